//! `keyless` of an authority: which certificates are its own. Refuses identities that an outsider could get.
//!
//! A public certificate authority gives a certificate to everybody; who it names is all that tells one from another. And
//! a build system runs anybody's builds: a workflow that others may call is called by strangers too, so that only what
//! is bound to a repository names one's own builds.

use std::collections::BTreeMap;

use super::matchers::{self, Written};
use crate::policy::{Keyless, TextMatcher};
use crate::signature::Extension;
use crate::yaml::{Field, Mapping};

/// Issuers that run anybody's builds, by how their names begin.
const BUILD_SYSTEMS: [&str; 9] = [
    "https://token.actions.githubusercontent.com",
    "https://gitlab.com",
    "https://agent.buildkite.com",
    "https://oidc.circleci.com",
    "https://oidc.codefresh.io",
    "https://vstoken.dev.azure.com",
    "https://app.harness.io",
    "https://api.bitbucket.org",
    "https://oidc.semaphoreci.com",
];
/// Words in the names of such issuers where somebody runs one of their own.
const BUILD_WORDS: [&str; 6] = [
    "token.actions.",
    "gitlab",
    "buildkite",
    "circleci",
    "codefresh",
    "/_services/token",
];

/// Extensions that only builds of one repository, or of one owner, carry.
const BOUND: [Extension; 8] = [
    Extension::GithubWorkflowRepository,
    Extension::SourceRepositoryUri,
    Extension::SourceRepositoryDigest,
    Extension::SourceRepositoryIdentifier,
    Extension::SourceRepositoryOwnerUri,
    Extension::SourceRepositoryOwnerIdentifier,
    Extension::BuildConfigUri,
    Extension::TokenSubject,
];

/// What a stranger's certificate can say anywhere: a matcher that accepts one of these constrains nothing.
const STRANGERS: [&str; 9] = [
    "https://github.com/zz-stranger/zz",
    "https://github.com/zz-stranger/zz/.github/workflows/zz.yml@refs/heads/main",
    "https://github.com/zz-stranger/zz/.github/workflows/release.yml@refs/tags/v1.0.0",
    "https://gitlab.com/zz-stranger/zz//.gitlab-ci.yml@refs/heads/main",
    "https://github.com/zz-stranger",
    "zz-stranger/zz",
    "stranger@zz.example",
    "repo:zz-stranger/zz:ref:refs/heads/main",
    "99999999999",
];

/// `keyless`.
pub(super) fn keyless(field: &Field<'_>) -> Option<Keyless> {
    field.mapping(|mapping| {
        let issuer = one_of(
            mapping,
            "issuer",
            [("issuer", matchers::exact), ("issuerRegexp", matchers::regexp)],
        );
        let subject = one_of(
            mapping,
            "subject",
            [
                ("subject", matchers::exact as Decode),
                ("subjectGlob", matchers::glob),
                ("subjectRegexp", matchers::regexp),
            ],
        );
        let source = mapping.field("sourceRepository");
        let mut extensions = mapping
            .field("extensions")
            .and_then(|field| extensions(&field))
            .unwrap_or_default();
        if let Some(source) = source {
            if extensions.contains_key(&Extension::SourceRepositoryUri) {
                source.problem(
                    "sourceRepository is the extension sourceRepositoryUri",
                    "write one of them",
                );
            }
            extensions.insert(Extension::SourceRepositoryUri, matchers::any(&source)?);
        }
        let (issuer, subject) = (issuer?, subject?);
        if outsider(mapping, &issuer, &subject, &extensions) {
            return None;
        }
        Some(Keyless {
            issuer: issuer.matcher,
            subject: subject.matcher,
            extensions: extensions
                .into_iter()
                .map(|(name, written)| (name, written.matcher))
                .collect(),
        })
    })?
}

type Decode = fn(&Field<'_>) -> Option<Written>;

/// The one of several keys that says the same thing in different ways.
fn one_of<const N: usize>(mapping: &mut Mapping<'_>, name: &str, ways: [(&'static str, Decode); N]) -> Option<Written> {
    let given: Vec<_> = ways
        .into_iter()
        .filter_map(|(key, decode)| Some((mapping.field(key)?, decode)))
        .collect();
    let keys: Vec<&str> = ways.iter().map(|(key, _)| *key).collect();
    match given.as_slice() {
        [(field, decode)] => decode(field),
        [] => {
            let message = format!("{name} is missing: every certificate of the trust root would do");
            mapping.problem(message, format!("write {}", keys.join(" or ")));
            None
        }
        [_, (field, _), ..] => {
            field.problem(
                format!("{name} is written twice"),
                format!("write one of {}", keys.join(", ")),
            );
            None
        }
    }
}

fn extensions(field: &Field<'_>) -> Option<BTreeMap<Extension, Written>> {
    super::shared::refuse_nothing(field, &["buildTrigger", "sourceRepositoryRef"]);
    field.mapping(|mapping| {
        Extension::ALL
            .into_iter()
            .filter_map(|extension| Some((extension, matchers::any(&mapping.field(extension.name())?)?)))
            .collect()
    })
}

/// Says and answers whether a stranger could get such a certificate.
fn outsider(
    mapping: &Mapping<'_>,
    issuer: &Written,
    subject: &Written,
    extensions: &BTreeMap<Extension, Written>,
) -> bool {
    if issuer.texts().is_empty() || accepts_strangers(&issuer.matcher) || issuer.matcher.accepts("https://zz.example") {
        mapping.problem(
            "the issuer may be anybody",
            "name the identity providers that you trust, each in full",
        );
        return true;
    }
    let bound = BOUND
        .iter()
        .filter_map(|name| extensions.get(name))
        .any(|written| !accepts_strangers(&written.matcher));
    if is_build_system(issuer, subject) && !bound {
        mapping.problem(
            "the issuer signs for anybody's builds, and others may call the same workflow",
            "add `sourceRepository`, or another extension that is bound to your repository",
        );
        return true;
    }
    if accepts_strangers(&subject.matcher) && !bound {
        mapping.problem(
            "the subject may be anybody whom the issuer knows",
            "name accounts, or workloads below a name of yours",
        );
        return true;
    }
    false
}

fn accepts_strangers(matcher: &TextMatcher) -> bool {
    STRANGERS.iter().any(|text| matcher.accepts(text))
}

fn is_build_system(issuer: &Written, subject: &Written) -> bool {
    let of_issuer = |text: &String| {
        let text = text.to_ascii_lowercase().replace('\\', "");
        BUILD_SYSTEMS.iter().any(|known| text.starts_with(known)) || BUILD_WORDS.iter().any(|word| text.contains(word))
    };
    let of_subject = |text: &String| {
        let text = text.replace('\\', "");
        text.contains("/.github/workflows/") || text.contains(".gitlab-ci.yml")
    };
    issuer.texts().iter().any(of_issuer)
        || BUILD_SYSTEMS.iter().any(|known| issuer.matcher.accepts(known))
        || subject.texts().iter().any(of_subject)
}

//! `signatures`: which images must be signed by whom, and what must be attested about them.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use jiff::SignedDuration;

use super::matchers;
use super::shared::{filled, is_word, parsed, unique};
use super::{Context, images};
use crate::policy::signatures::{AttestationRule, Quorum, SignatureRule, SignedIdentity};
use crate::policy::version::Version;
use crate::policy::{Authority, Signers, TextMatcher};
use crate::signature::Format;
use crate::yaml::{Field, Mapping, nearest, quoted};

const SLSA_V0_2: &str = "https://slsa.dev/provenance/v0.2";
const SLSA_V1: &str = "https://slsa.dev/provenance/v1";
const VULNERABILITIES: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";
/// Longest age that a policy can ask for, in days.
const LONGEST_AGE: i64 = 3650;
/// Most authorities that one list names: each is a question for each image.
const MOST_AUTHORITIES: usize = 16;

/// `signatures`.
pub(super) fn signatures(field: &Field<'_>, context: Context<'_>) -> Option<Vec<SignatureRule>> {
    filled(field, |item| item.mapping(|rule| one_rule(rule, context))?)
}

fn one_rule(rule: &mut Mapping<'_>, context: Context<'_>) -> Option<SignatureRule> {
    let origin = context.at(rule.span());
    let patterns = rule
        .required("images")
        .and_then(|field| parsed(&field, images::pattern));
    let require = rule.required("require").and_then(|field| quorum(&field, context));
    let signed_identity = rule.field("signedIdentity").map(|field| (identity(&field), field));
    let max_age = rule.field("maxAge").map(|field| (age(&field), field));
    let minimum = rule.field("minimumVersion").map(|field| (version(&field), field));
    let asked = require
        .as_ref()
        .map(|quorum| quorum.names().cloned().collect::<Vec<_>>())
        .unwrap_or_default();
    let asked: Vec<&Authority> = asked.iter().filter_map(|name| context.known.authority(name)).collect();
    if let Some((_, field)) = &signed_identity {
        each(
            &asked,
            |a| a.formats.contains(&Format::Bundle),
            |name| {
                field.problem(
                    format!("signatures of {name} may be bundles, which carry no name to compare"),
                    "take an authority with `formats: [legacy]` only, or remove signedIdentity",
                );
            },
        );
    }
    if let Some((_, field)) = &max_age {
        each(&asked, |a| !a.has_times(), |name| no_times(field, name));
    }
    if let Some((_, field)) = &minimum {
        let none = |a: &Authority| matches!(a.signers, Signers::Keys(_)) && a.formats == [Format::Bundle];
        each(&asked, none, |name| {
            field.problem(
                format!("signatures of {name} carry no version: keys sign bundles without a name"),
                "take an authority with certificates or with `formats: [legacy]`, or remove minimumVersion",
            );
        });
    }
    let attestations = rule
        .field("attestations")
        .map(|field| filled(&field, |item| item.mapping(|one| attestation(one, &asked, context))?));
    Some(SignatureRule {
        images: patterns?,
        require: require?,
        signed_identity: optional(signed_identity)?,
        attestations: attestations.unwrap_or(Some(Vec::new()))?,
        max_age: optional(max_age)?,
        minimum_version: optional(minimum)?,
        origin,
    })
}

fn optional<T, F>(value: Option<(Option<T>, F)>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some((value, _)) => value.map(Some),
    }
}

fn each(asked: &[&Authority], is: impl Fn(&Authority) -> bool, mut say: impl FnMut(String)) {
    for authority in asked.iter().filter(|authority| is(authority)) {
        say(quoted(&authority.name));
    }
}

fn no_times(field: &Field<'_>, name: String) {
    field.problem(
        format!("nobody vouches for when {name} signed: its log is ignored and no timestamp authority is trusted"),
        "give the authority a log or a timestamp authority, or remove maxAge",
    );
}

/// `require`.
fn quorum(field: &Field<'_>, context: Context<'_>) -> Option<Quorum> {
    field.mapping(|mapping| {
        let any = mapping.field("any");
        let all = mapping.field("all");
        let count = mapping.field("atLeast");
        let of = mapping.field("of").map(|field| names(&field, context));
        let with = mapping.field("with").map(|field| (names(&field, context), field));
        match (any, all, count) {
            (Some(any), None, None) if of.is_none() && with.is_none() => names(&any, context).map(Quorum::Any),
            (None, Some(all), None) if of.is_none() && with.is_none() => names(&all, context).map(Quorum::All),
            (None, None, Some(count)) => at_least(mapping, &count, of, with),
            _ => {
                mapping.problem(
                    "require takes one of any, all and atLeast",
                    "write `{ any: [...] }`, `{ all: [...] }` or `{ atLeast: 2, of: [...], with: [...] }`",
                );
                None
            }
        }
    })?
}

fn at_least(
    mapping: &Mapping<'_>,
    count: &Field<'_>,
    of: Option<Option<Vec<String>>>,
    with: Option<(Option<Vec<String>>, Field<'_>)>,
) -> Option<Quorum> {
    let Some(of) = of else {
        mapping.problem("of is missing", "list the authorities that are counted");
        return None;
    };
    let of = of?;
    let most = i64::try_from(of.len()).unwrap_or(i64::MAX);
    let number = count.integer(1..=most)?.value;
    let with = match with {
        None => Vec::new(),
        Some((with, field)) => {
            let with = with?;
            let strangers: Vec<String> = with
                .iter()
                .filter(|name| !of.contains(name))
                .map(|name| quoted(name))
                .collect();
            if !strangers.is_empty() {
                field.problem(
                    format!("{} in with is not in of", strangers.join(", ")),
                    "with names those of `of` that may not be missing",
                );
                return None;
            }
            with
        }
    };
    Some(Quorum::AtLeast {
        count: NonZeroUsize::new(usize::try_from(number).ok()?)?,
        of,
        with,
    })
}

/// Names of authorities; unknown ones are problems.
fn names(field: &Field<'_>, context: Context<'_>) -> Option<Vec<String>> {
    let known = &context.known.authorities;
    let names = filled(
        field,
        unique(|item, text| {
            if known.contains_key(text) {
                return Some(text.to_owned());
            }
            let meant = nearest(text, known.keys().map(String::as_str));
            let help = match meant {
                Some(meant) => format!("did you mean {meant:?}?"),
                None if known.is_empty() => "write a document with `kind: Authority`".to_owned(),
                None => format!(
                    "known are {}",
                    known.keys().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
                ),
            };
            item.problem(format!("no authority is named {}", quoted(text)), help);
            None
        }),
    )?;
    if names.len() > MOST_AUTHORITIES {
        field.problem(
            format!(
                "{} authorities are listed, {MOST_AUTHORITIES} are accepted at most",
                names.len()
            ),
            "one authority may have several keys",
        );
        return None;
    }
    Some(names)
}

fn identity(field: &Field<'_>) -> Option<SignedIdentity> {
    if is_word(field, "exact") {
        return Some(SignedIdentity::Exact);
    }
    if is_word(field, "repository") {
        return Some(SignedIdentity::Repository);
    }
    if super::shared::is_scalar(field) {
        return super::shared::refuse_word(field, "exact", "\"repository\" or a mapping with remap");
    }
    field.mapping(|mapping| {
        mapping.required("remap")?.mapping(|remap| {
            let prefix = remap.required("prefix").and_then(|field| name_prefix(&field));
            let signed_prefix = remap.required("signedPrefix").and_then(|field| name_prefix(&field));
            Some(SignedIdentity::Remap {
                prefix: prefix?,
                signed_prefix: signed_prefix?,
            })
        })?
    })?
}

/// The beginning of a name, up to a slash or the end: half a part would also begin the name of a stranger.
fn name_prefix(field: &Field<'_>) -> Option<String> {
    let text = field.filled_text()?.value;
    let whole = text.trim_end_matches('/');
    // With a path behind it a prefix is a name like any other.
    let read = crate::image::Reference::parse(&format!("{whole}/x/y"));
    match read {
        Ok(read) if read.name() == format!("{whole}/x/y") => Some(whole.to_owned()),
        Ok(_) | Err(_) => {
            field.problem(
                format!("{} is not the beginning of a full name", quoted(&text)),
                "write the registry, and folders below it, as in `mirror.example.com/acme`",
            );
            None
        }
    }
}

/// `30d`, `12h` or `90m`.
fn age(field: &Field<'_>) -> Option<SignedDuration> {
    let text = field.filled_text()?.value;
    let read = || {
        let (index, unit) = text.char_indices().last()?;
        let digits = text
            .get(..index)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
        let count: i64 = digits.parse().ok().filter(|count| *count > 0)?;
        let minutes = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            _ => return None,
        };
        let minutes = count
            .checked_mul(minutes)
            .filter(|minutes| *minutes <= LONGEST_AGE * 24 * 60)?;
        Some(SignedDuration::from_mins(minutes))
    };
    let read = read();
    if read.is_none() {
        field.problem(
            format!("{} is not an age", quoted(&text)),
            format!("write days, hours or minutes, as in `30d`, `12h` or `90m`, up to {LONGEST_AGE}d"),
        );
    }
    read
}

fn version(field: &Field<'_>) -> Option<Version> {
    let text = field.filled_text()?.value;
    let version = Version::parse(&text);
    if version.is_none() {
        field.problem(
            format!("{} is not a version", quoted(&text)),
            "write numbers with dots, as in 1.4 or 2.0.1-rc.1",
        );
    }
    version
}

fn attestation(one: &mut Mapping<'_>, of_rule: &[&Authority], context: Context<'_>) -> Option<AttestationRule> {
    let origin = context.at(one.span());
    let predicate = one
        .required("predicateType")
        .and_then(|field| Some((predicate_type(&field)?, field)));
    let require = one.field("require").map(|field| (quorum(&field, context), field));
    let own: Option<Vec<&Authority>> = require.as_ref().map(|(quorum, _)| {
        let names: BTreeSet<&String> = quorum.iter().flat_map(Quorum::names).collect();
        names
            .into_iter()
            .filter_map(|name| context.known.authority(name))
            .collect()
    });
    let asked: Vec<&Authority> = own.unwrap_or_else(|| of_rule.to_vec());
    let builder = one.field("builder").map(|field| (matcher(&field), field));
    let source_repository = one.field("sourceRepository").map(|field| (matcher(&field), field));
    let source_ref = one.field("sourceRef").map(|field| (matcher(&field), field));
    let max_age = one.field("maxAge").map(|field| (age(&field), field));
    let vulnerabilities = one.field("vulnerabilities").map(|field| (severities(&field), field));
    if let Some((predicate, _)) = &predicate {
        let slsa = [builder.as_ref(), source_repository.as_ref(), source_ref.as_ref()];
        for (_, field) in slsa.into_iter().flatten() {
            if predicate != SLSA_V0_2 && predicate != SLSA_V1 {
                field.problem(
                    format!(
                        "{} is asked of provenance only, not of {}",
                        field.path(),
                        quoted(predicate)
                    ),
                    format!("take the predicate type {} or {}", quoted(SLSA_V0_2), quoted(SLSA_V1)),
                );
            }
        }
        if let Some((_, field)) = &vulnerabilities
            && predicate != VULNERABILITIES
        {
            field.problem(
                format!("vulnerabilities are not what {} is about", quoted(predicate)),
                format!("take the predicate type {}", quoted(VULNERABILITIES)),
            );
        }
    }
    if let Some((_, field)) = &builder {
        each(
            &asked,
            |a| matches!(a.signers, Signers::Keys(_)),
            |name| {
                field.problem(
                    format!(
                        "{name} signs with keys, which prove no builder; what provenance says of itself proves nothing"
                    ),
                    "take an authority with `keyless`, or remove builder",
                );
            },
        );
    }
    if let Some((_, field)) = &max_age {
        each(&asked, |a| !a.has_times(), |name| no_times(field, name));
    }
    Some(AttestationRule {
        predicate_type: predicate?.0,
        require: optional(require)?,
        builder: optional(builder)?,
        source_repository: optional(source_repository)?,
        source_ref: optional(source_ref)?,
        max_age: optional(max_age)?,
        vulnerabilities: optional(vulnerabilities)?,
        origin,
    })
}

fn matcher(field: &Field<'_>) -> Option<TextMatcher> {
    Some(matchers::any(field)?.matcher)
}

fn predicate_type(field: &Field<'_>) -> Option<String> {
    let text = field.filled_text()?.value;
    let is_uri = text.contains(':') && !text.chars().any(|c| c.is_whitespace() || c.is_control());
    if !is_uri || text.len() > 512 {
        field.problem(
            format!("{} is not a predicate type", quoted(&text)),
            format!("write the whole URI, as in {}", quoted(SLSA_V1)),
        );
        return None;
    }
    Some(text)
}

/// `{ critical: 0, high: 5 }`
fn severities(field: &Field<'_>) -> Option<BTreeMap<String, u64>> {
    const KNOWN: [&str; 6] = ["critical", "high", "medium", "low", "negligible", "unknown"];
    super::shared::refuse_nothing(field, &KNOWN);
    let bounds = field.mapping(|mapping| {
        let bounds = KNOWN.into_iter().filter_map(|severity| {
            let most = mapping.field(severity)?.integer(0..=1_000_000)?.value;
            Some((severity.to_owned(), u64::try_from(most).ok()?))
        });
        bounds.collect::<BTreeMap<_, _>>()
    })?;
    (!bounds.is_empty()).then_some(bounds)
}

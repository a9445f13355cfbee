//! `authority-weakened`: see the page below. It refuses nothing, whatever the mode of the policy.

use std::collections::BTreeSet;

use super::support::quoted;
use crate::admission::check::check;
use crate::admission::signed::covering;
use crate::admission::{Raw, RuleView};
use crate::policy::{Quorum, SignatureRule};

check! {
    /// Verdicts that rest on an authority with a check switched off say so.
    ///
    /// **Field** `image` **Allowed** everything: this is said in the verdict and refuses nothing
    ///
    /// **Policy** `transparencyLog: ignored` and `insecure…` keys of authorities that a matching signature rule names
    ///
    /// ## Why
    ///
    /// Without a transparency log nobody else sees what a stolen key signs, and without proofs of a certificate log a
    /// certificate can be given out in secret. There are good reasons to do without them, such as a signing service of
    /// one's own; whoever reads a verdict has to know it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   signatures: [ { images: ["ghcr.io/acme/**"], require: { any: [acme-unlogged] } } ]
    /// signed:
    ///   - { authority: acme-unlogged, proofs: [ { by: alice } ] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   signatures: [ { images: ["ghcr.io/acme/**"], require: { any: [acme-release] } } ]
    /// signed:
    ///   - { authority: acme-release, proofs: [ { by: alice } ] }
    /// ```
    "authority-weakened" => Rule(run), help = "nothing, if the platform team accepts it; otherwise have the authority ask a log"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let authorities = &view.task.request.policies.authorities;
    let mut raws = Vec::new();
    for rule in covering(view.policy, &view.task.plan.image) {
        for authority in named(rule).into_iter().filter_map(|name| authorities.get(name)) {
            for weakness in authority.weaknesses() {
                let message = format!("authority {} has `{weakness}`", quoted(&authority.name));
                raws.push(Raw::note("image", message).by(&authority.origin));
            }
        }
    }
    raws
}

fn named(rule: &SignatureRule) -> BTreeSet<&String> {
    let own = rule
        .attestations
        .iter()
        .filter_map(|attestation| attestation.require.as_ref());
    own.chain([&rule.require]).flat_map(Quorum::names).collect()
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{Example, tasks};
    use super::*;
    use crate::admission::{Class, Refuses};

    #[test]
    fn what_is_switched_off_is_said() {
        let said = "image: authority `acme-unlogged` has `transparencyLog: ignored`";
        tasks(
            &CHECK,
            &[
                ("no rule", "policy: {}", &[]),
                (
                    "another image",
                    "policy: { signatures: [ { images: [alpine], require: { any: [acme-unlogged] } } ] }",
                    &[],
                ),
                (
                    "an authority with a log",
                    r#"policy: { signatures: [ { images: ["**"], require: { any: [acme-release] } } ] }"#,
                    &[],
                ),
                (
                    "the image's",
                    r#"policy: { signatures: [ { images: ["**"], require: { any: [acme-release, acme-unlogged] } } ] }"#,
                    &[said],
                ),
                (
                    "an attestation's",
                    r#"policy: { signatures: [ { images: ["**"], require: { any: [acme-release] }, attestations: [ { predicateType: "https://spdx.dev/Document", require: { any: [acme-unlogged] } } ] } ] }"#,
                    &[said],
                ),
                (
                    "a certificate log",
                    r#"policy: { signatures: [ { images: ["**"], require: { any: [acme-private] } } ] }"#,
                    &["image: authority `acme-private` has `insecureCertificateLog: ignored`"],
                ),
            ],
        );
    }

    #[test]
    fn it_refuses_nothing_and_is_said_in_every_verdict() {
        for signed in ["[]", "[ { authority: acme-unlogged, proofs: [ { by: alice } ] } ]"] {
            let yaml = format!(
                "policy: {{ signatures: [ {{ images: [\"**\"], require: {{ any: [acme-unlogged] }} }} ] }}\nsigned: {signed}"
            );
            let findings = Example::read(&yaml).judged();
            let notes: Vec<_> = findings.iter().filter(|finding| finding.check == CHECK.id).collect();
            assert!(
                notes.len() == 1 && notes[0].class == Class::Note && notes[0].refuses() == Refuses::No,
                "{findings:#?}"
            );
        }
    }
}

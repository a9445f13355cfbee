//! `image-attestation`: see the page below. Must never take an attestation of another type, of another image or of
//! nobody for the one that is asked for; a statement that cannot be read is none.

use super::image_not_allowed::admitted;
use super::support::quoted;
use crate::admission::check::check;
use crate::admission::signed::{Judging, Outcome, covering, quorum_words};
use crate::admission::{Raw, RuleView};

check! {
    /// Images must carry the attestations that the policy asks for.
    ///
    /// **Field** `image` **Allowed** images about which the authorities signed a statement of the wanted type, with the
    /// builder and source, the findings and the age that the policy accepts
    ///
    /// **Policy** `signatures[].attestations[]`
    ///
    /// ## Why
    ///
    /// Provenance says from which source an image was built and by whom; a scan says what was known to be wrong with it,
    /// and when. The builder is judged by the certificate that signed, never by what provenance says of itself. Of scans
    /// only the newest of each authority counts, and its age is measured by witnesses, not by its own date. Where the
    /// signer is a key, source and ref are those that it stated.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   signatures:
    ///     - images: ["ghcr.io/acme/**"]
    ///       require: { any: [acme-release] }
    ///       attestations: [ { predicateType: "https://spdx.dev/Document" } ]
    /// signed:
    ///   - { authority: acme-release, proofs: [ { by: alice } ] }
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   image: ghcr.io/acme/app:1.0
    /// policy:
    ///   signatures:
    ///     - images: ["ghcr.io/acme/**"]
    ///       require: { any: [acme-release] }
    ///       attestations: [ { predicateType: "https://spdx.dev/Document" } ]
    /// signed:
    ///   - { authority: acme-release, proofs: [ { by: alice } ] }
    ///   - { authority: acme-release, attested: "https://spdx.dev/Document", proofs: [ { by: alice, summary: { sbom: spdx } } ] }
    /// ```
    "image-attestation" => Rule(run), help = "use an image that was built and attested as the policy asks"
}

fn run(view: &RuleView<'_>) -> Vec<Raw> {
    let task = &view.task;
    let reference = &task.plan.image;
    let mut raws = Vec::new();
    for rule in covering(view.policy, reference) {
        let Some(judging) = Judging::of(rule, task) else {
            continue;
        };
        let image = quoted(&reference.to_string());
        for (asked, outcome) in rule.attestations.iter().zip(judging.attestations()) {
            let predicate = quoted(&asked.predicate_type);
            let by = quorum_words(asked.require.as_ref().unwrap_or(&rule.require));
            match outcome {
                Outcome::Met(_) => {}
                Outcome::NotMet(why) => raws.push(
                    Raw::denied(
                        "image",
                        format!(
                            "image {image} has no attestation {predicate} as asked, by {by}; {}",
                            why.join("; ")
                        ),
                    )
                    .by(&asked.origin),
                ),
                Outcome::Open(why) if admitted(task.request, task.plan, task.policies, task.image) => raws.push(
                    Raw::undecided(
                        "image",
                        format!(
                            "whether image {image} has the attestation {predicate} by {by} is not known; {}",
                            why.join("; ")
                        ),
                    )
                    .help("send the event again when the registry answers")
                    .by(&asked.origin),
                ),
                Outcome::Open(_) => {}
            }
        }
    }
    raws
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::Example;
    use super::*;
    use crate::admission::Class;

    const SLSA: &str = "https://slsa.dev/provenance/v1";
    const SCAN: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";

    /// A rule that asks for one attestation, what is said of it by each authority, and when.
    fn found(asked: &str, predicate: &str, said: &str, at: &str) -> Vec<(Class, String)> {
        let yaml = format!(
            "policy: {{ signatures: [ {{ images: [\"**\"], require: {{ any: [acme-release] }}, attestations: [ {{ predicateType: \"{predicate}\"{asked} }} ] }} ] }}\nsigned: [ {{ authority: acme-release, attested: \"{predicate}\", {said} }} ]\nat: \"{at}\""
        );
        let raws = Example::read(&yaml).run(&CHECK);
        raws.into_iter().map(|raw| (raw.class, raw.message)).collect()
    }

    fn check(rows: &[(&str, &str, &str, &str, Option<&str>)]) {
        for (asked, predicate, said, at, why) in rows {
            let raws = found(asked, predicate, said, at);
            match why {
                None => assert_eq!(raws, [], "{asked} {said}"),
                Some(why) => assert!(
                    raws.len() == 1 && raws[0].0 == Class::Denied && raws[0].1.contains(why),
                    "{asked} {said}: {raws:?}"
                ),
            }
        }
    }

    const NOW: &str = "2026-06-01T00:00:00Z";

    #[test]
    fn the_type_that_is_asked_for_has_to_be_there() {
        let spdx = "https://spdx.dev/Document";
        check(&[
            (
                "",
                spdx,
                "proofs: [ { by: alice, summary: { sbom: spdx } } ]",
                NOW,
                None,
            ),
            (
                "",
                spdx,
                "proofs: []",
                NOW,
                Some("has no attestation `https://spdx.dev/Document` as asked, by `acme-release`"),
            ),
            (
                "",
                spdx,
                "refused: [ { code: predicate-type, message: it is of another type } ]",
                NOW,
                Some("predicate-type: it is of another type"),
            ),
            // The verifier gives no such proof; if it did, it would not count.
            (
                "",
                spdx,
                "proofs: [ { by: alice, attestation: { predicateType: other, summary: other } } ]",
                NOW,
                Some("it is of the type `other`"),
            ),
            (
                "",
                spdx,
                "proofs: [ { by: alice, attestation: null } ]",
                NOW,
                Some("it is a signature and states nothing"),
            ),
        ]);
        let raws = found("", spdx, "unavailable: registry down", NOW);
        assert!(raws.len() == 1 && raws[0].0 == Class::Undecided, "{raws:?}");
    }

    #[test]
    fn an_attestation_may_ask_for_authorities_of_its_own() {
        let yaml = |authority: &str| {
            format!(
                "policy: {{ signatures: [ {{ images: [\"**\"], require: {{ any: [acme-release] }}, attestations: [ {{ predicateType: \"{SLSA}\", require: {{ any: [acme-private] }} }} ] }} ] }}\nsigned: [ {{ authority: {authority}, attested: \"{SLSA}\", proofs: [ {{ by: alice }} ] }} ]"
            )
        };
        assert!(Example::read(&yaml("acme-private")).run(&CHECK).is_empty());
        assert_eq!(Example::read(&yaml("acme-release")).run(&CHECK).len(), 1);
    }

    #[test]
    fn the_builder_is_read_from_the_certificate_and_never_from_provenance() {
        let asked = ", builder: \"https://github.com/acme/ci/.github/workflows/release.yml@refs/tags/v1\"";
        let stated = "summary: { slsa: { version: v1, builderIdStated: \"https://github.com/acme/ci/.github/workflows/release.yml@refs/tags/v1\" } }";
        let by = |subject: &str, extensions: &str| {
            format!(
                "proofs: [ {{ by: alice, identity: {{ issuer: i, subject: \"{subject}\", subjectKind: uri, extensions: {{ {extensions} }} }}, {stated} }} ]"
            )
        };
        let good = "https://github.com/acme/ci/.github/workflows/release.yml@refs/tags/v1";
        for (said, why) in [
            (by(good, ""), None),
            (
                by("https://github.com/acme/app", &format!("buildSignerUri: \"{good}\"")),
                None,
            ),
            (
                by(good, "buildSignerUri: \"https://github.com/evil/ci\""),
                Some("its builder is `https://github.com/evil/ci`"),
            ),
            (
                by("https://github.com/acme/app", ""),
                Some("its builder is `https://github.com/acme/app`"),
            ),
            (
                format!("proofs: [ {{ by: alice, {stated} }} ]"),
                Some("it names no builder"),
            ),
        ] {
            check(&[(asked, SLSA, &said, NOW, why)]);
        }
    }

    #[test]
    fn the_source_is_the_certificates_where_there_is_one() {
        let asked = ", sourceRepository: \"https://github.com/acme/app\", sourceRef: { glob: \"refs/tags/*\" }";
        let stated = |source: &str, reference: &str| {
            format!("summary: {{ slsa: {{ version: v1, source: \"{source}\", reference: \"{reference}\" }} }}")
        };
        let identity = |source: &str, reference: &str| {
            format!(
                "identity: {{ issuer: i, subject: s, subjectKind: uri, extensions: {{ sourceRepositoryUri: \"{source}\", sourceRepositoryRef: \"{reference}\" }} }}"
            )
        };
        let (app, tag) = ("https://github.com/acme/app", "refs/tags/v1");
        for (proof, why) in [
            (stated(app, tag), None),
            (
                stated("https://github.com/acme/app.git", tag),
                Some("its source repository is"),
            ),
            (stated("Agithub.com/acme/app", tag), Some("its source repository is")),
            (
                stated("https://github.com/acme/app-slsa", tag),
                Some("its source repository is"),
            ),
            (
                stated(app, "refs/heads/main"),
                Some("its source ref is `refs/heads/main`"),
            ),
            (
                format!(
                    "{}, {}",
                    identity(app, tag),
                    stated("https://github.com/evil/app", "refs/heads/x")
                ),
                None,
            ),
            (
                format!("{}, {}", identity("https://github.com/evil/app", tag), stated(app, tag)),
                Some("its source repository is `https://github.com/evil/app`"),
            ),
            (
                format!(
                    "identity: {{ issuer: i, subject: s, subjectKind: email }}, {}",
                    stated(app, tag)
                ),
                Some("it names no source repository"),
            ),
            ("summary: other".to_owned(), Some("it names no source repository")),
        ] {
            check(&[(asked, SLSA, &format!("proofs: [ {{ by: alice, {proof} }} ]"), NOW, why)]);
        }
    }

    #[test]
    fn of_scans_only_the_newest_counts() {
        let asked = ", vulnerabilities: { critical: 0, high: 2 }, maxAge: 10d";
        let scan = |at: &str, found: &str| {
            format!("{{ by: alice, at: \"{at}\", summary: {{ vulnerabilities: {{ found: {{ {found} }} }} }} }}")
        };
        let (old, new) = ("2026-05-25T00:00:00Z", "2026-05-30T00:00:00Z");
        for (proofs, why) in [
            (scan(new, ""), None),
            (scan(new, "high: 2, low: 99"), None),
            (scan(new, "high: 3"), Some("the newest scan found 3 high (at most 2)")),
            (format!("{}, {}", scan(old, "critical: 1"), scan(new, "")), None),
            (
                format!("{}, {}", scan(new, "critical: 1"), scan(old, "")),
                Some("the newest scan found 1 critical (at most 0)"),
            ),
            (scan("2026-05-01T00:00:00Z", ""), Some("longer ago than 10d")),
            (
                format!("{{ by: alice, at: \"{new}\", summary: other }}"),
                Some("it does not say what the scan found"),
            ),
        ] {
            check(&[(asked, SCAN, &format!("proofs: [ {proofs} ]"), NOW, why)]);
        }
        // Without witnesses nobody knows which one is newer: each has to pass.
        let undated = "{ by: alice, summary: { vulnerabilities: { found: { critical: 1 } } } }";
        let said = format!("proofs: [ {undated}, {} ]", scan(new, ""));
        check(&[(
            ", vulnerabilities: { critical: 0 }",
            SCAN,
            &said,
            NOW,
            Some("the newest scan found 1 critical"),
        )]);
    }
}

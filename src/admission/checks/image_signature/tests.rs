//! What a signature rule refuses, and in which words.

use super::super::support::testing::{Example, tasks};
use super::*;
use crate::admission::Class;

const RELEASE: &str = "`acme-release` (`release@acme.example` of `https://accounts.acme.example`; bundle)";

/// A rule over all images with these keys, and what is said of signatures.
fn ruled(rule: &str, signed: &str) -> String {
    format!("policy: {{ signatures: [ {{ images: [\"**\"], {rule} }} ] }}\nsigned: [ {signed} ]")
}

fn found(yaml: &str) -> Vec<(Class, String)> {
    let raws = Example::read(yaml).run(&CHECK);
    raws.into_iter().map(|raw| (raw.class, raw.message)).collect()
}

#[test]
fn each_image_needs_the_signers_of_its_rule() {
    let not = "image: image `ghcr.io/acme/app:1.0` is not signed as asked, by";
    tasks(
        &CHECK,
        &[
            ("no rule", "policy: {}", &[]),
            (
                "another image",
                "policy: { signatures: [ { images: [alpine], require: { any: [acme-release] } } ] }",
                &[],
            ),
            (
                "signed",
                &ruled(
                    "require: { any: [acme-release] }",
                    "{ authority: acme-release, proofs: [ { by: alice } ] }",
                ),
                &[],
            ),
            (
                "nobody signed",
                &ruled("require: { any: [acme-release] }", ""),
                &[&format!("{not} `acme-release`; {RELEASE}: nothing of theirs was found")],
            ),
            (
                "what was seen does not count",
                &ruled(
                    "require: { any: [acme-release] }",
                    "{ authority: acme-release, refused: [ { code: digest-not-in-payload, message: it names another digest } ] }",
                ),
                &[&format!(
                    "{not} `acme-release`; {RELEASE}: 1 seen, none counts - digest-not-in-payload: it names another digest"
                )],
            ),
            (
                "another authority signed",
                &ruled(
                    "require: { any: [acme-release] }",
                    "{ authority: acme-key, proofs: [ { by: alice } ] }",
                ),
                &[&format!("{not} `acme-release`; {RELEASE}: nothing of theirs was found")],
            ),
            (
                "each of two rules",
                r#"policy: { signatures: [ { images: ["**"], require: { any: [acme-release] } }, { images: ["ghcr.io/acme/**"], require: { any: [acme-private] } } ] }
signed: [ { authority: acme-private, proofs: [ { by: alice } ] } ]"#,
                &[&format!("{not} `acme-release`; {RELEASE}: nothing of theirs was found")],
            ),
            (
                "an attestation is no signature",
                &ruled(
                    "require: { any: [acme-release] }",
                    r#"{ authority: acme-release, proofs: [ { by: alice, attestation: { predicateType: "https://spdx.dev/Document", summary: { sbom: spdx } } } ] }"#,
                ),
                &[&format!("{not} `acme-release`; {RELEASE}: nothing of theirs was found")],
            ),
        ],
    );
}

#[test]
fn distinct_signers_are_needed_and_named() {
    let rule = "require: { atLeast: 2, of: [acme-release, acme-private], with: [acme-release] }";
    let both = |a: &str, b: &str| {
        format!(
            "{{ authority: acme-release, proofs: [ {{ by: {a} }} ] }}, {{ authority: acme-private, proofs: [ {{ by: {b} }} ] }}"
        )
    };
    assert_eq!(found(&ruled(rule, &both("alice", "bob"))), []);
    let one = found(&ruled(rule, &both("alice", "alice")));
    assert!(
        one.len() == 1
            && one[0]
                .1
                .contains("by 2 of `acme-release`, `acme-private` with `acme-release`, each by a signer of its own"),
        "{one:?}"
    );
}

#[test]
fn a_registry_that_does_not_answer_is_never_an_unsigned_image() {
    let down = "{ authority: acme-release, unavailable: registry ghcr.io answered 429 }";
    for (rule, signed, class) in [
        (
            "require: { any: [acme-release] }",
            down.to_owned(),
            Some(Class::Undecided),
        ),
        (
            "require: { any: [acme-release, acme-private] }",
            down.to_owned(),
            Some(Class::Undecided),
        ),
        (
            "require: { any: [acme-release, acme-private] }",
            format!("{down}, {{ authority: acme-private, proofs: [ {{ by: bob }} ] }}"),
            None,
        ),
        (
            "require: { all: [acme-release, acme-private] }",
            down.to_owned(),
            Some(Class::Denied),
        ),
        (
            "require: { all: [acme-release, acme-private] }",
            format!("{down}, {{ authority: acme-private, proofs: [ {{ by: bob }} ] }}"),
            Some(Class::Undecided),
        ),
        (
            "require: { any: [acme-release] }",
            "{ authority: acme-release, refuted: no such repository }".to_owned(),
            Some(Class::Denied),
        ),
    ] {
        let raws = found(&ruled(rule, &signed));
        assert_eq!(
            raws.first().map(|(class, _)| *class),
            class,
            "{rule} {signed}: {raws:?}"
        );
        assert!(
            raws.iter()
                .all(|(class, text)| *class == Class::Denied || text.contains("is not known"))
        );
    }
}

#[test]
fn what_no_policy_admits_by_name_is_not_asked_for() {
    for (images, asked) in [("\"ghcr.io/acme/*\"", true), ("alpine", false)] {
        let yaml = format!(
            "policy: {{ images: {{ allow: [ {{ image: {images} }}, {{ image: quay.io/x }} ] }}, signatures: [ {{ images: [\"ghcr.io/acme/**\", \"docker.io/**\"], require: {{ any: [acme-release] }} }} ] }}\ntask: {{ image: \"ghcr.io/acme/app@sha256:{}\" }}",
            "a".repeat(64)
        );
        let example = Example::read(&yaml);
        let request = example.request();
        let judgement = crate::admission::judge(&request, &crate::admission::Facts::default());
        let crate::admission::Judgement::Needs(queries) = judgement else {
            panic!("{judgement:?}")
        };
        let found = queries
            .iter()
            .any(|query| matches!(query, crate::admission::Query::Signatures(_)));
        assert_eq!(found, asked, "{images}: {queries:?}");
        assert_eq!(example.run(&CHECK).is_empty(), !asked);
    }
}

#[test]
fn an_image_of_any_registry_may_run_if_it_is_signed() {
    let yaml = |signed: &str| {
        format!(
            "task: {{ image: quay.example/any/where:7 }}\npolicy: {{ images: {{ allow: [ {{ image: \"**\", reason: signed }} ] }}, unsigned: deny, signatures: [ {{ images: [\"**\"], require: {{ any: [acme-release] }} }} ] }}\nsigned: {signed}"
        )
    };
    assert!(
        Example::read(&yaml("[ { authority: acme-release, proofs: [ { by: alice } ] } ]"))
            .judged()
            .is_empty()
    );
    let denied: Vec<String> = Example::read(&yaml("[]"))
        .judged()
        .into_iter()
        .map(|finding| finding.check)
        .collect();
    assert_eq!(denied, ["image-signature"]);
}

#[test]
fn a_signature_is_measured_by_its_witnesses() {
    let rule = "require: { any: [acme-release] }, maxAge: 30d";
    for (times, at, why) in [
        (
            r#"[ { at: "2026-01-01T00:00:00Z", source: log } ]"#,
            "2026-01-30T00:00:00Z",
            None,
        ),
        (
            r#"[ { at: "2026-01-01T00:00:00Z", source: log } ]"#,
            "2026-01-31T00:00:00Z",
            Some("signed at 2026-01-01T00:00:00Z, which is longer ago than 30d"),
        ),
        // A stamp of today on a signature of last year does not make it young.
        (
            r#"[ { at: "2025-01-01T00:00:00Z", source: log }, { at: "2026-01-29T00:00:00Z", source: timestampAuthority } ]"#,
            "2026-01-30T00:00:00Z",
            Some("signed at 2025-01-01T00:00:00Z"),
        ),
        (
            "[]",
            "2026-01-30T00:00:00Z",
            Some("nobody vouches for when it was signed"),
        ),
    ] {
        let yaml = ruled(
            rule,
            &format!("{{ authority: acme-release, proofs: [ {{ by: alice, verifiedAt: {times} }} ] }}"),
        );
        let raws = found(&format!("{yaml}\nat: \"{at}\""));
        match why {
            None => assert_eq!(raws, []),
            Some(why) => assert!(raws.len() == 1 && raws[0].1.contains(why), "{raws:?}"),
        }
    }
}

#[test]
fn the_name_that_was_signed_is_compared() {
    for (identity, image, signed, fits) in [
        ("exact", "ghcr.io/acme/app:1.0", "ghcr.io/acme/app:1.0", true),
        ("exact", "ghcr.io/acme/app:1.0", "ghcr.io/acme/app:0.9", false),
        ("exact", "ghcr.io/acme/app:1.0", "ghcr.io/acme/app", false),
        ("exact", "ghcr.io/acme/app", "ghcr.io/acme/app", false),
        ("exact", "ghcr.io/acme/app:1.0", "ghcr.io/acme/other:1.0", false),
        ("exact", "alpine:3", "index.docker.io/library/alpine:3", true),
        ("repository", "ghcr.io/acme/app:1.0", "ghcr.io/acme/app", true),
        ("repository", "ghcr.io/acme/app:1.0", "ghcr.io/acme/app2", false),
        ("repository", "ghcr.io/acme/app:1.0", "ghcr.io/acme", false),
        ("repository", "ghcr.io/acme/app:1.0", "not a name", false),
        (
            "{ remap: { prefix: mirror.example.com/hub, signedPrefix: docker.io } }",
            "mirror.example.com/hub/acme/app:1",
            "docker.io/acme/app",
            true,
        ),
        (
            "{ remap: { prefix: mirror.example.com/hub, signedPrefix: docker.io } }",
            "mirror.example.com/hub/acme/app:1",
            "docker.io/evil/app",
            false,
        ),
        (
            "{ remap: { prefix: mirror.example.com/hub, signedPrefix: docker.io } }",
            "mirror.example.com/hubs/acme/app:1",
            "docker.io/s/acme/app",
            false,
        ),
        (
            "{ remap: { prefix: mirror.example.com/hub, signedPrefix: docker.io } }",
            "docker.io/acme/app:1",
            "docker.io/acme/app",
            false,
        ),
    ] {
        let rule = format!("require: {{ any: [acme-key] }}, signedIdentity: {identity}");
        let proof =
            format!("{{ authority: acme-key, proofs: [ {{ by: alice, format: legacy, reference: \"{signed}\" }} ] }}");
        let raws = found(&format!("{}\ntask: {{ image: \"{image}\" }}", ruled(&rule, &proof)));
        assert_eq!(raws.is_empty(), fits, "{identity} {image} {signed}: {raws:?}");
    }
    let none = found(&ruled(
        "require: { any: [acme-key] }, signedIdentity: repository",
        "{ authority: acme-key, proofs: [ { by: alice } ] }",
    ));
    assert!(
        none.len() == 1 && none[0].1.contains("it carries no name to compare"),
        "{none:?}"
    );
}

#[test]
fn an_older_signed_image_under_a_newer_tag_is_refused() {
    for (image, reference, source, why) in [
        ("ghcr.io/acme/app:2.0", Some("ghcr.io/acme/app:2.0"), None, None),
        (
            "ghcr.io/acme/app:2.0",
            Some("ghcr.io/acme/app:1.3"),
            None,
            Some("it is of version `1.3`"),
        ),
        (
            "ghcr.io/acme/app:2.0",
            None,
            Some("refs/tags/v1.3.9"),
            Some("it is of version `v1.3.9`"),
        ),
        ("ghcr.io/acme/app:2.0", None, Some("refs/tags/v1.10"), None),
        (
            "ghcr.io/acme/app:2.0",
            Some("ghcr.io/acme/app:1.5"),
            Some("refs/tags/v1.3"),
            Some("it is of version `v1.3`"),
        ),
        (
            "ghcr.io/acme/app:2.0",
            None,
            Some("refs/heads/main"),
            Some("it carries no version"),
        ),
        ("ghcr.io/acme/app:2.0", None, None, Some("it carries no version")),
        (
            "ghcr.io/acme/app:1.0",
            Some("ghcr.io/acme/app:1.5"),
            None,
            Some("it is of version `1.0`"),
        ),
        ("ghcr.io/acme/app:stable", Some("ghcr.io/acme/app:1.5"), None, None),
    ] {
        let reference = reference.map_or(String::new(), |name| format!(", reference: \"{name}\""));
        let source = source.map_or(String::new(), |name| format!(", identity: {{ issuer: i, subject: s, subjectKind: uri, extensions: {{ sourceRepositoryRef: \"{name}\" }} }}"));
        let proof = format!("{{ authority: acme-release, proofs: [ {{ by: alice{reference}{source} }} ] }}");
        let yaml = ruled("require: { any: [acme-release] }, minimumVersion: \"1.4\"", &proof);
        let raws = found(&format!("{yaml}\ntask: {{ image: \"{image}\" }}"));
        match why {
            None => assert_eq!(raws, [], "{image}"),
            Some(why) => assert!(raws.len() == 1 && raws[0].1.contains(why), "{image} {raws:?}"),
        }
    }
}

#[test]
fn what_a_registry_shows_never_makes_a_message_long() {
    let refusal = "{ code: evidence-malformed, message: \"x\" }";
    let yaml = ruled(
        "require: { any: [acme-release] }",
        &format!(
            "{{ authority: acme-release, refused: [ {} ] }}",
            [refusal; 30].join(", ")
        ),
    );
    let raws = found(&yaml);
    assert!(raws[0].1.ends_with("; and 25 more"), "{raws:?}");
}

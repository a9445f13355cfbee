//! Statements about an image, in both formats.

use super::*;

const SLSA: &str = "https://slsa.dev/provenance/v1";

fn asked(predicate_type: &str) -> About {
    About::Attestation(predicate_type.to_owned())
}

fn slsa() -> Value {
    json!({
        "buildDefinition": { "buildType": "https://build.test/v1", "externalParameters": {} },
        "runDetails": { "builder": { "id": "https://builder.test/says" } },
    })
}

#[test]
fn a_statement_is_accepted_in_both_formats_by_key_and_by_certificate() {
    let world = World::new();
    let pki = &world.pki;
    let content = || statement(&world.digest(), SLSA, &slsa());
    let keyed = || pki.logged(pki.by_key(&world.key, content()), Kind::Dsse);
    let keyless = || pki.logged(pki.by_person(&world.person(), content()), Kind::Dsse);
    for (name, evidence, authority) in [
        ("layer by key", attestations(&[keyed()]), world.by_logged_key()),
        ("layer by key, no log", attestations(&[keyed()]), world.by_key()),
        ("layer by certificate", attestations(&[keyless()]), world.by_person()),
        ("bundle by key", bundles(&[keyed()]), world.by_logged_key()),
        ("bundle by certificate", bundles(&[keyless()]), world.by_person()),
    ] {
        let signed = verify(&evidence, &world.subject, &authority, &asked(SLSA), later());
        assert!(signed.refused.is_empty(), "{name}: {:#?}", signed.refused);
        let attestation = proven(&signed).attestation.clone().unwrap();
        assert_eq!(attestation.predicate_type, SLSA, "{name}");
        let Summary::Slsa(summary) = attestation.summary else {
            panic!("{name}")
        };
        assert_eq!(summary.builder_id_stated.as_deref(), Some("https://builder.test/says"));
    }
}

#[test]
fn a_timestamp_of_a_layer_is_over_its_envelope() {
    let world = World::new();
    let pki = &world.pki;
    let mut parts = pki.logged(
        pki.by_person(&world.person(), statement(&world.digest(), SLSA, &slsa())),
        Kind::Dsse,
    );
    let envelope = parts.envelope().to_string();
    parts.timestamps = vec![pki.timestamps.stamp(envelope.as_bytes(), SIGNED)];
    let signed = verify(
        &attestations(&[parts.clone()]),
        &world.subject,
        &world.by_person(),
        &asked(SLSA),
        later(),
    );
    assert_eq!(proven(&signed).verified_at.len(), 2);
    let parts = pki.stamped(parts);
    let signed = verify(
        &attestations(&[parts]),
        &world.subject,
        &world.by_person(),
        &asked(SLSA),
        later(),
    );
    refused("over the signature", &signed, Code::TimestampInvalid);
}

#[test]
fn only_what_is_asked_for_is_an_answer() {
    // cosign CVE-2022-35929 and CVE-2026-39395, policy-controller CVE-2022-35930, cosign #5016.
    let world = World::new();
    let hex = world.subject.digest.hex().to_owned();
    let other = subject(b"x").digest.hex().to_owned();
    let about = |subjects: Value, kind: &str, predicate_type: &str, predicate: Value| json!({ "_type": kind, "subject": subjects, "predicateType": predicate_type, "predicate": predicate });
    let v1 = "https://in-toto.io/Statement/v1";
    let us = || json!([{ "name": "x", "digest": { "sha256": hex } }]);
    let (malformed, digest) = (Code::EvidenceMalformed, Code::DigestNotInPayload);
    let mut table: Vec<(&str, Value, Option<Code>)> = vec![
        ("v1", about(us(), v1, SLSA, slsa()), None),
        (
            "v0.1",
            about(us(), "https://in-toto.io/Statement/v0.1", SLSA, slsa()),
            None,
        ),
        (
            "several subjects",
            about(
                json!([{ "digest": { "sha256": other } }, { "digest": { "sha256": hex, "sha512": "x" } }]),
                v1,
                SLSA,
                slsa(),
            ),
            None,
        ),
        (
            "another type",
            about(us(), v1, "https://slsa.dev/provenance/v0.2", slsa()),
            Some(Code::PredicateType),
        ),
        (
            "a signature of the image",
            about(us(), v1, IMAGE_PREDICATE, json!({})),
            Some(Code::PredicateType),
        ),
        (
            "another version of statements",
            about(us(), "https://in-toto.io/Statement/v2", SLSA, slsa()),
            Some(malformed),
        ),
        (
            "another subject",
            about(json!([{ "digest": { "sha256": other } }]), v1, SLSA, slsa()),
            Some(digest),
        ),
        ("no subjects", about(json!([]), v1, SLSA, slsa()), Some(digest)),
        (
            "a subject without digest",
            about(json!([{ "name": "x" }]), v1, SLSA, slsa()),
            Some(digest),
        ),
        (
            "our digest under another algorithm",
            about(json!([{ "digest": { "sha512": hex } }]), v1, SLSA, slsa()),
            Some(digest),
        ),
        (
            "our digest in upper case",
            about(
                json!([{ "digest": { "sha256": hex.to_uppercase() } }]),
                v1,
                SLSA,
                slsa(),
            ),
            Some(digest),
        ),
        ("null subjects", about(Value::Null, v1, SLSA, slsa()), Some(malformed)),
        (
            "a predicate that is a list",
            about(us(), v1, SLSA, json!([])),
            Some(malformed),
        ),
        (
            "a predicate that is a text",
            about(us(), v1, SLSA, json!("x")),
            Some(malformed),
        ),
        (
            "no predicate",
            about(us(), v1, SLSA, Value::Null),
            Some(Code::PredicateMalformed),
        ),
        (
            "an empty predicate",
            about(us(), v1, SLSA, json!({})),
            Some(Code::PredicateMalformed),
        ),
        ("a text", json!("statement"), Some(malformed)),
    ];
    let mut unknown = about(us(), v1, SLSA, slsa());
    unknown["extra"] = json!(1);
    table.push(("an unknown field", unknown, Some(malformed)));
    for (name, value, code) in table {
        let parts = world.pki.by_key(&world.key, Content::envelope(&value));
        for evidence in [attestations(std::slice::from_ref(&parts)), bundles(&[parts])] {
            let signed = verify(&evidence, &world.subject, &world.by_key(), &asked(SLSA), later());
            match code {
                None => drop(proven(&signed).clone()),
                Some(code) => refused(name, &signed, code),
            }
        }
    }
    let twice = r#"{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","predicateType":"https://slsa.dev/provenance/v1","#;
    let text = about(us(), v1, SLSA, slsa()).to_string().replacen('{', twice, 1);
    let envelope = Content::Envelope {
        payload_type: "application/vnd.in-toto+json".to_owned(),
        payload: text.into_bytes(),
    };
    let parts = world.pki.by_key(&world.key, envelope);
    let signed = verify(
        &bundles(&[parts]),
        &world.subject,
        &world.by_key(),
        &asked(SLSA),
        later(),
    );
    refused("a key twice", &signed, malformed);
}

#[test]
fn an_attestation_is_no_signature_of_the_image() {
    // sigstore-verify does not look at predicate types.
    let world = World::new();
    for predicate_type in [SLSA, "https://spdx.dev/Document", "https://sigstore.dev/cosign/sign/v2"] {
        let parts = world
            .pki
            .by_key(&world.key, statement(&world.digest(), predicate_type, &slsa()));
        refused(
            predicate_type,
            &world.verify(&bundles(&[parts]), &world.by_key()),
            Code::PredicateType,
        );
    }
    let payload_type = Content::Envelope {
        payload_type: "application/json".to_owned(),
        payload: match world.image_statement() {
            Content::Envelope { payload, .. } => payload,
            Content::Message(_) => panic!("a statement"),
        },
    };
    let parts = world.pki.by_key(&world.key, payload_type);
    refused(
        "another payload type",
        &world.verify(&bundles(&[parts]), &world.by_key()),
        Code::EvidenceMalformed,
    );
}

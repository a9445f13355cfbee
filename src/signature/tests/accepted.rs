//! Every form that is accepted, and what its proof says.

use super::*;

#[test]
fn every_form_is_accepted_and_its_proof_says_what_was_verified() {
    let world = World::new();
    let pki = &world.pki;
    let person = world.person();
    let key = || pki.by_key(&world.key, world.payload());
    let keyed_bundle = || pki.by_key(&world.key, world.image_statement());
    let keyless = || pki.by_person(&person, world.payload());
    let keyless_bundle = || pki.by_person(&person, world.image_statement());
    let unlogged_person = Authority {
        transparency_log: TransparencyLog::Ignored,
        ..world.by_person()
    };
    let (log, stamp, both): (&[TimeSource], &[TimeSource], &[TimeSource]) = (
        &[TimeSource::Log],
        &[TimeSource::TimestampAuthority],
        &[TimeSource::Log, TimeSource::TimestampAuthority],
    );
    let (legacy, bundle) = (Format::Legacy, Format::Bundle);
    let table: Vec<(&str, Evidence, Authority, Format, &[TimeSource])> = vec![
        ("key, no log", signatures(&[key()]), world.by_key(), legacy, &[]),
        (
            "key, log",
            signatures(&[pki.logged(key(), Kind::HashedRekord)]),
            world.by_logged_key(),
            legacy,
            log,
        ),
        (
            "key, log and timestamp",
            signatures(&[pki.stamped(pki.logged(key(), Kind::HashedRekord))]),
            world.by_logged_key(),
            legacy,
            both,
        ),
        (
            "keyless, log",
            signatures(&[pki.logged(keyless(), Kind::HashedRekord)]),
            world.by_person(),
            legacy,
            log,
        ),
        (
            "keyless, log and timestamp",
            signatures(&[pki.stamped(pki.logged(keyless(), Kind::HashedRekord))]),
            world.by_person(),
            legacy,
            both,
        ),
        (
            "keyless, timestamp only",
            signatures(&[pki.stamped(keyless())]),
            unlogged_person.clone(),
            legacy,
            stamp,
        ),
        (
            "bundle by key, no log",
            bundles(&[keyed_bundle()]),
            world.by_key(),
            bundle,
            &[],
        ),
        (
            "bundle by key, log",
            bundles(&[pki.logged(keyed_bundle(), Kind::Dsse)]),
            world.by_logged_key(),
            bundle,
            log,
        ),
        (
            "bundle by key, Rekor v2",
            bundles(&[pki.logged(keyed_bundle(), Kind::Second)]),
            world.by_logged_key(),
            bundle,
            &[],
        ),
        (
            "bundle by key, Rekor v2 and timestamp",
            bundles(&[pki.stamped(pki.logged(keyed_bundle(), Kind::Second))]),
            world.by_logged_key(),
            bundle,
            stamp,
        ),
        (
            "bundle, keyless, log",
            bundles(&[pki.logged(keyless_bundle(), Kind::Dsse)]),
            world.by_person(),
            bundle,
            log,
        ),
        (
            "bundle, keyless, Rekor v2 and timestamp",
            bundles(&[pki.stamped(pki.logged(keyless_bundle(), Kind::Second))]),
            world.by_person(),
            bundle,
            stamp,
        ),
        (
            "bundle, keyless, timestamp only",
            bundles(&[pki.stamped(keyless_bundle())]),
            unlogged_person,
            bundle,
            stamp,
        ),
    ];
    for (name, evidence, authority, format, times) in table {
        let signed = world.verify(&evidence, &authority);
        assert!(signed.refused.is_empty(), "{name}: {:#?}", signed.refused);
        let proof = proven(&signed);
        assert_eq!(proof.format, format, "{name}");
        let sources: Vec<TimeSource> = proof.verified_at.iter().map(|time| time.source).collect();
        assert_eq!(sources, times, "{name}");
        assert!(proof.verified_at.iter().all(|time| time.at == at(SIGNED)), "{name}");
        let logged = matches!(proof.log, LogUse::Verified(_));
        assert_eq!(
            logged,
            authority.transparency_log == TransparencyLog::Required,
            "{name}"
        );
        assert_eq!(
            proof.identity.is_some(),
            matches!(authority.signers, Signers::Keyless(_)),
            "{name}"
        );
        assert_eq!(
            proof.reference.as_deref(),
            (format == legacy).then_some("registry.test/acme/app"),
            "{name}"
        );
        assert!(signed.valid_until.is_none(), "{name}");
        let json = serde_json::to_string(&signed).unwrap();
        assert_eq!(serde_json::from_str::<Signed>(&json).unwrap(), signed, "{name}");
    }
}

#[test]
fn nothing_is_not_a_refusal() {
    let world = World::new();
    assert_eq!(world.verify(&Evidence::default(), &world.by_key()), Signed::default());
}

#[test]
fn a_format_that_is_not_listed_is_not_looked_at() {
    let world = World::new();
    let good = world.pki.by_key(&world.key, world.payload());
    let mut bad = world.pki.by_key(&world.key, world.image_statement());
    bad.signature = b"no signature".to_vec();
    let mut evidence = signatures(&[good]);
    evidence.bundles = bundles(&[bad]).bundles;
    let only = |format| Authority {
        formats: vec![format],
        ..world.by_key()
    };
    refused(
        "a good legacy signature beside a bad bundle",
        &world.verify(&evidence, &only(Format::Bundle)),
        Code::SignatureDoesNotMatch,
    );
    proven(&world.verify(&evidence, &only(Format::Legacy)));
}

#[test]
fn a_bad_signature_hides_no_good_one_and_is_named() {
    let world = World::new();
    let good = world.pki.by_key(&world.key, world.payload());
    let stranger = world.pki.by_key(&Key::p256(), world.payload());
    let signed = world.verify(&signatures(&[stranger, good]), &world.by_key());
    assert_eq!(signed.proofs.len(), 1);
    assert_eq!(signed.refused.len(), 1);
}

#[test]
fn evidence_survives_a_file() {
    let world = World::new();
    let mut evidence = signatures(&[world.pki.by_key(&world.key, world.payload())]);
    evidence.bundles = bundles(&[world.pki.by_key(&world.key, world.image_statement())]).bundles;
    let json = serde_json::to_string(&evidence).unwrap();
    assert_eq!(serde_json::from_str::<Evidence>(&json).unwrap(), evidence);
    let spoiled = json.replace(r#""payload":""#, r#""payload":"%"#);
    assert!(serde_json::from_str::<Evidence>(&spoiled).is_err());
}

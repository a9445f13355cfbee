//! Which keys are read, and when a key may sign.

use super::*;

#[test]
fn four_kinds_of_keys_are_accepted_and_verify_their_own_signatures_only() {
    let world = World::new();
    for (algorithm, kind) in [
        (&rcgen::PKCS_ECDSA_P256_SHA256, KeyKind::EcdsaP256),
        (&rcgen::PKCS_ECDSA_P384_SHA384, KeyKind::EcdsaP384),
        (&rcgen::PKCS_ED25519, KeyKind::Ed25519),
        (&rcgen::PKCS_RSA_SHA256, KeyKind::Rsa),
    ] {
        let key = Key::of(algorithm);
        assert_eq!(PublicKey::from_pem(&key.pem()).unwrap().kind(), kind);
        let authority = authority(Signers::Keys(vec![listed(&key)]));
        for evidence in [
            signatures(&[world.pki.by_key(&key, world.payload())]),
            bundles(&[world.pki.by_key(&key, world.image_statement())]),
        ] {
            let signed = world.verify(&evidence, &authority);
            let Signer::Key { fingerprint } = &proven(&signed).signer else {
                panic!("a key signed")
            };
            assert_eq!(*fingerprint, Digest::of_bytes(&key.spki()));
            refused(
                "another key",
                &world.verify(&evidence, &world.by_key()),
                Code::SignatureDoesNotMatch,
            );
        }
    }
}

#[test]
fn other_keys_are_refused_with_what_is_accepted() {
    let key = Key::p256();
    let small = pki::pem("PUBLIC KEY", &pki::small_rsa());
    let p521 = Key::of(&rcgen::PKCS_ECDSA_P521_SHA512).pem();
    let two = format!("{}{}", key.pem(), key.pem());
    let private = key.0.serialize_pem();
    let certificate = pki::pem("CERTIFICATE", b"x");
    let garbage = pki::pem("PUBLIC KEY", b"not a key");
    let behind = format!("{}x", key.pem());
    let before = format!("x\n{}", key.pem());
    let mut trailing = key.spki();
    trailing.push(0);
    let trailing = pki::pem("PUBLIC KEY", &trailing);
    for (name, text, said) in [
        ("nothing", "", "no PEM block"),
        ("text", "a key", "no PEM block"),
        ("two keys", two.as_str(), "several PEM blocks"),
        ("a private key", private.as_str(), "private key"),
        ("a certificate", certificate.as_str(), "certificate"),
        ("garbage", garbage.as_str(), "accepted are ECDSA P-256"),
        ("RSA of 1024 bits", small.as_str(), "accepted are ECDSA P-256"),
        ("another curve", p521.as_str(), "accepted are ECDSA P-256"),
        ("bytes behind the key", trailing.as_str(), "accepted are ECDSA P-256"),
        ("text behind the block", behind.as_str(), "behind its PEM block"),
        (
            "text before the block",
            before.as_str(),
            "before or behind its PEM block",
        ),
    ] {
        let error = PublicKey::from_pem(text).expect_err(name).to_string();
        assert!(error.contains(said), "{name}: {error}");
    }
    assert!(PublicKey::from_pem(&" ".repeat(9000)).is_err());
}

#[test]
fn a_key_signs_only_in_its_time_and_only_where_a_witness_says_when() {
    let world = World::new();
    let logged = signatures(&[world
        .pki
        .logged(world.pki.by_key(&world.key, world.payload()), Kind::HashedRekord)]);
    let window = |first: Option<i64>, last: Option<i64>| AuthorityKey {
        not_before: first.map(at),
        not_after: last.map(at),
        ..listed(&world.key)
    };
    let by = |keys: Vec<AuthorityKey>, base: Authority| Authority {
        signers: Signers::Keys(keys),
        ..base
    };
    for (name, key, code) in [
        ("in its time", window(Some(SIGNED - 1), Some(SIGNED + 1)), None),
        ("at its ends", window(Some(SIGNED), Some(SIGNED)), None),
        (
            "too early",
            window(Some(SIGNED + 1), None),
            Some(Code::KeyOutsideValidity),
        ),
        (
            "too late",
            window(None, Some(SIGNED - 1)),
            Some(Code::KeyOutsideValidity),
        ),
    ] {
        let signed = world.verify(&logged, &by(vec![key.clone()], world.by_logged_key()));
        match code {
            None => drop(proven(&signed).clone()),
            Some(code) => refused(name, &signed, code),
        }
        refused(
            "a time that no witness vouches for",
            &world.verify(&logged, &by(vec![key], world.by_key())),
            Code::NoVerifiedTime,
        );
    }
    let several = vec![window(None, Some(SIGNED - 1)), window(Some(SIGNED), None)];
    proven(&world.verify(&logged, &by(several, world.by_logged_key())));
}

#[test]
fn a_timestamp_that_is_required_is_required() {
    let world = World::new();
    let parts = world.pki.by_key(&world.key, world.payload());
    let authority = Authority {
        timestamps: Timestamps::Required,
        trust: Some(world.trust()),
        ..world.by_key()
    };
    refused(
        "none",
        &world.verify(&signatures(std::slice::from_ref(&parts)), &authority),
        Code::NoVerifiedTime,
    );
    proven(&world.verify(&signatures(&[world.pki.stamped(parts)]), &authority));
}

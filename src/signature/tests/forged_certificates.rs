//! Certificates and timestamps that are wrong in one thing.

use super::*;
use pki::{CertificateProof, Faults};
use rcgen::{ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose};

#[test]
fn a_certificate_that_is_not_made_for_signing_code_signs_nothing() {
    // sigstore-rs compares the usage bits with a flag whose number is 0.
    let world = World::new();
    let pki = &world.pki;
    let faults = |change: fn(&mut Faults)| {
        let mut faults = Faults::default();
        change(&mut faults);
        faults
    };
    let unsuitable = Code::CertificateUnsuitable;
    for (name, faults, code) in [
        ("no usage", faults(|f| f.usages = Vec::new()), unsuitable),
        (
            "key agreement only",
            faults(|f| f.usages = vec![KeyUsagePurpose::KeyAgreement]),
            unsuitable,
        ),
        (
            "may sign certificates",
            faults(|f| f.usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign]),
            unsuitable,
        ),
        ("no purpose", faults(|f| f.purposes = Vec::new()), unsuitable),
        (
            "for servers",
            faults(|f| f.purposes = vec![ExtendedKeyUsagePurpose::ServerAuth]),
            unsuitable,
        ),
        (
            "for anything",
            faults(|f| f.purposes = vec![ExtendedKeyUsagePurpose::Any]),
            unsuitable,
        ),
        (
            "for servers too",
            faults(|f| f.purposes.push(ExtendedKeyUsagePurpose::ServerAuth)),
            unsuitable,
        ),
        (
            "an authority",
            faults(|f| f.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained)),
            unsuitable,
        ),
        (
            "no proof of the certificate log",
            faults(|f| f.proof = CertificateProof::Missing),
            Code::CertificateNotLogged,
        ),
        (
            "a proof by another log",
            faults(|f| f.proof = CertificateProof::OfAnother),
            Code::CertificateNotLogged,
        ),
    ] {
        for statement in [false, true] {
            let leaf = pki.faulty_leaf(&world.person(), &faults);
            let content = if statement {
                world.image_statement()
            } else {
                world.payload()
            };
            let kind = if statement { Kind::Dsse } else { Kind::HashedRekord };
            let parts = pki.logged(pki.by_leaf(leaf, content), kind);
            let evidence = if statement {
                bundles(&[parts])
            } else {
                signatures(&[parts])
            };
            refused(name, &world.verify(&evidence, &world.by_person()), code);
        }
    }
    let insecure = Authority {
        certificate_log: CertificateLog::InsecureIgnored,
        ..world.by_person()
    };
    let leaf = pki.faulty_leaf(&world.person(), &faults(|f| f.proof = CertificateProof::Missing));
    let parts = pki.logged(pki.by_leaf(leaf, world.payload()), Kind::HashedRekord);
    proven(&world.verify(&signatures(&[parts]), &insecure));
}

#[test]
fn a_certificate_of_another_authority_or_another_time_signs_nothing() {
    let world = World::new();
    let pki = &world.pki;
    let other = Pki::new();
    let foreign = pki.logged(other.by_person(&world.person(), world.payload()), Kind::HashedRekord);
    refused(
        "another authority's",
        &world.verify(&signatures(&[foreign]), &world.by_person()),
        Code::CertificateUntrusted,
    );
    for second in [SIGNED - 601, SIGNED + 601] {
        let parts = pki.stamped_at(pki.by_person(&world.person(), world.payload()), second);
        let unlogged = Authority {
            transparency_log: TransparencyLog::Ignored,
            ..world.by_person()
        };
        refused(
            "outside its time",
            &world.verify(&signatures(&[parts]), &unlogged),
            Code::CertificateUntrusted,
        );
    }
    // One early witness does not excuse a late one: every verified time counts (TOB-SIGSTORE-4).
    let parts = pki.logged(pki.by_person(&world.person(), world.payload()), Kind::HashedRekord);
    let parts = pki.stamped_at(parts, SIGNED + 601);
    refused(
        "one witness of two outside",
        &world.verify(&signatures(&[parts]), &world.by_person()),
        Code::CertificateUntrusted,
    );
    // An authority counts only for the time the trust root gives it.
    let mut root = pki.trusted_root_value();
    root["certificateAuthorities"][0]["validFor"] =
        json!({ "start": "2020-01-01T00:00:00Z", "end": "2024-01-01T00:00:00Z" });
    let ended = Authority {
        trust: Some(Arc::new(TrustRoot::parse(&root.to_string()).unwrap())),
        ..world.by_person()
    };
    let parts = pki.logged(pki.by_person(&world.person(), world.payload()), Kind::HashedRekord);
    refused(
        "an authority that had ended",
        &world.verify(&signatures(&[parts]), &ended),
        Code::CertificateUntrusted,
    );
}

#[test]
fn a_timestamp_is_of_this_signature_by_that_authority_in_its_time() {
    let world = World::new();
    let pki = &world.pki;
    let logged = || pki.logged(pki.by_key(&world.key, world.payload()), Kind::HashedRekord);
    let mut of_another = logged();
    of_another.timestamps = vec![pki.timestamps.stamp(b"another signature", SIGNED)];
    let by_another = Pki::new().stamped(logged());
    let mut garbage = logged();
    garbage.timestamps = vec![b"garbage".to_vec()];
    for (name, parts) in [
        ("of another", of_another),
        ("by another", by_another),
        ("garbage", garbage),
    ] {
        refused(
            name,
            &world.verify(&signatures(&[parts]), &world.by_logged_key()),
            Code::TimestampInvalid,
        );
    }
    let mut root = pki.trusted_root_value();
    root["timestampAuthorities"][0]["validFor"] =
        json!({ "start": "2020-01-01T00:00:00Z", "end": "2024-01-01T00:00:00Z" });
    let ended = Authority {
        trust: Some(Arc::new(TrustRoot::parse(&root.to_string()).unwrap())),
        ..world.by_logged_key()
    };
    refused(
        "an authority that had ended",
        &world.verify(&signatures(&[pki.stamped(logged())]), &ended),
        Code::TimestampInvalid,
    );
}

#[test]
fn what_is_dated_later_than_the_judgement_is_refused_until_then() {
    let world = World::new();
    let parts = world
        .pki
        .logged(world.pki.by_key(&world.key, world.payload()), Kind::HashedRekord);
    let evidence = signatures(&[parts]);
    let before = verify(
        &evidence,
        &world.subject,
        &world.by_logged_key(),
        &About::Image,
        at(SIGNED - 1),
    );
    refused("a second too early", &before, Code::SignedInTheFuture);
    assert_eq!(before.valid_until, Some(at(SIGNED)));
    proven(&verify(
        &evidence,
        &world.subject,
        &world.by_logged_key(),
        &About::Image,
        at(SIGNED),
    ));
    let stamped = world.pki.stamped(world.pki.by_key(&world.key, world.payload()));
    let stamps = Authority {
        trust: Some(world.trust()),
        ..world.by_key()
    };
    let before = verify(
        &signatures(&[stamped]),
        &world.subject,
        &stamps,
        &About::Image,
        at(SIGNED - 1),
    );
    refused("a timestamp a second too early", &before, Code::SignedInTheFuture);
}

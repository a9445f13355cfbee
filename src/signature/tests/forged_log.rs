//! Log entries that are wrong in one thing. Each demonstrated hole of a library and each lesson of another verifier is a row.

use super::*;
use pki::from_body;

#[test]
fn a_log_entry_of_something_else_proves_nothing() {
    // sigstore-rs accepts a borrowed promise; cosign CVE-2022-36056 and CVE-2026-22703; gitsign CVE-2024-51746.
    let world = World::new();
    let pki = &world.pki;
    let other = simple_signing("registry.test/acme/app", &subject(b"another image").digest.to_string());
    let stranger = pki.by_person(&world.person(), world.payload());
    let mine = || pki.by_person(&world.person(), world.payload());
    let borrowed = |from: Parts| {
        let mut parts = mine();
        parts.entries = pki.logged(from, Kind::HashedRekord).entries;
        parts
    };
    let unrelated = br#"{"apiVersion":"0.0.1","kind":"hashedrekord","spec":{"anything":{}}}"#.to_vec();
    let mut unrelated_body = mine();
    unrelated_body.entries = vec![from_body(&pki.log, unrelated, Kind::HashedRekord, SIGNED)];
    for (name, parts, code) in [
        (
            "of another image",
            borrowed(pki.by_person(&world.person(), other)),
            Code::LogEntryOfAnotherSignature,
        ),
        (
            "of another certificate",
            borrowed(stranger),
            Code::LogEntryOfAnotherSignature,
        ),
        (
            "of a key",
            borrowed(pki.by_key(&world.key, world.payload())),
            Code::LogEntryOfAnotherSignature,
        ),
        ("of nothing", unrelated_body, Code::LogEntryNotProven),
    ] {
        refused(name, &world.verify(&signatures(&[parts]), &world.by_person()), code);
    }
    let keyed = || pki.by_key(&world.key, world.payload());
    let mut borrowed_by_key = keyed();
    borrowed_by_key.entries = pki.logged(mine(), Kind::HashedRekord).entries;
    refused(
        "of a certificate",
        &world.verify(&signatures(&[borrowed_by_key]), &world.by_logged_key()),
        Code::LogEntryOfAnotherSignature,
    );
}

#[test]
fn a_promise_by_another_log_or_at_another_time_proves_nothing() {
    let world = World::new();
    let pki = &world.pki;
    let logged = || pki.logged(pki.by_person(&world.person(), world.payload()), Kind::HashedRekord);
    let mut backdated = logged();
    backdated.entries[0].integrated = Some(SIGNED - 60);
    let mut other_index = logged();
    other_index.entries[0].index += 1;
    let mut unknown = logged();
    unknown.entries[0].log = Key::p256().id();
    let other = Pki::new();
    let foreign = other.logged(pki.by_person(&world.person(), world.payload()), Kind::HashedRekord);
    let mut renamed = foreign.clone();
    renamed.entries[0].log = pki.log.id();
    let mut unsigned = logged();
    unsigned.entries[0].promise = Some(Vec::new());
    for (name, parts) in [
        ("backdated", backdated),
        ("another index", other_index),
        ("unknown log", unknown),
        ("foreign log", foreign),
        ("foreign log under our log's name", renamed),
        ("no promise", unsigned),
    ] {
        refused(
            name,
            &world.verify(&signatures(&[parts]), &world.by_person()),
            Code::LogEntryNotProven,
        );
    }
    let late = pki.logged_at(
        pki.by_person(&world.person(), world.payload()),
        Kind::HashedRekord,
        SIGNED + 700,
    );
    refused(
        "logged after the certificate ended",
        &world.verify(&signatures(&[late]), &world.by_person()),
        Code::CertificateUntrusted,
    );
}

#[test]
fn a_missing_log_entry_is_missing_in_every_format() {
    let world = World::new();
    let pki = &world.pki;
    let keyless = pki.by_person(&world.person(), world.payload());
    let keyed = pki.by_key(&world.key, world.payload());
    let statement = pki.by_key(&world.key, world.image_statement());
    for (name, evidence, authority) in [
        (
            "legacy, keyless",
            signatures(&[pki.stamped(keyless)]),
            world.by_person(),
        ),
        ("legacy, key", signatures(&[keyed]), world.by_logged_key()),
        (
            "bundle, key",
            bundles(std::slice::from_ref(&statement)),
            world.by_logged_key(),
        ),
        (
            "bundle, key, timestamp",
            bundles(&[pki.stamped(statement)]),
            world.by_logged_key(),
        ),
    ] {
        refused(name, &world.verify(&evidence, &authority), Code::LogEntryMissing);
    }
}

#[test]
fn the_requirement_of_a_proof_comes_from_us_and_not_from_the_bundle() {
    // sigstore-verify takes v0.1 at its word; sigstore-go #145 skipped the check for v0.3; jans #14636.
    let world = World::new();
    let pki = &world.pki;
    let good = pki.stamped(pki.logged(pki.by_person(&world.person(), world.image_statement()), Kind::Dsse));
    proven(&world.verify(&bundles(std::slice::from_ref(&good)), &world.by_person()));
    let bundle = good.bundle();
    let entry = "/verificationMaterial/tlogEntries/0";
    let remove = |value: Value, at: &str, key: &str| with(value, at, |v| drop(v.as_object_mut().unwrap().remove(key)));
    let named = |version: &str| with(bundle.clone(), "/mediaType", |v| *v = json!(version));
    let downgraded = remove(
        named("application/vnd.dev.sigstore.bundle+json;version=0.1"),
        entry,
        "inclusionProof",
    );
    let second = with(bundle.clone(), "/verificationMaterial/tlogEntries", |list| {
        let list = list.as_array_mut().unwrap();
        let mut copy = list[0].clone();
        copy.as_object_mut().unwrap().remove("inclusionProof");
        list.push(copy);
    });
    for (name, value, code) in [
        ("v0.1 without a proof", downgraded, Code::BundleVersion),
        (
            "v0.1",
            named("application/vnd.dev.sigstore.bundle+json;version=0.1"),
            Code::BundleVersion,
        ),
        (
            "v0.2",
            named("application/vnd.dev.sigstore.bundle+json;version=0.2"),
            Code::BundleVersion,
        ),
        (
            "v0.4",
            named("application/vnd.dev.sigstore.bundle.v0.4+json"),
            Code::EvidenceMalformed,
        ),
        (
            "no version",
            remove(bundle.clone(), "", "mediaType"),
            Code::EvidenceMalformed,
        ),
        (
            "no proof",
            remove(bundle.clone(), entry, "inclusionProof"),
            Code::LogEntryNotProven,
        ),
        (
            "no checkpoint",
            remove(bundle.clone(), &format!("{entry}/inclusionProof"), "checkpoint"),
            Code::LogEntryNotProven,
        ),
        ("a second entry without a proof", second, Code::LogEntryNotProven),
    ] {
        refused(name, &world.verify(&raw_bundles(&[value]), &world.by_person()), code);
    }
}

#[test]
fn a_checkpoint_of_another_trusted_log_does_not_prove_an_entry_here() {
    let world = World::new();
    let other = Pki::new();
    let statement = world.image_statement();
    let mut parts = other.logged(world.pki.by_key(&world.key, statement), Kind::Second);
    parts.entries[0].log = world.pki.log.id();
    let mut root = world.pki.trusted_root_value();
    root["tlogs"]
        .as_array_mut()
        .unwrap()
        .push(other.trusted_root_value()["tlogs"][0].clone());
    let authority = Authority {
        trust: Some(Arc::new(TrustRoot::parse(&root.to_string()).unwrap())),
        ..world.by_logged_key()
    };
    refused(
        "a checkpoint of another log",
        &world.verify(&bundles(&[parts]), &authority),
        Code::LogEntryNotProven,
    );
}

//! How much is looked at, and that its order is nobody's choice.

use super::*;

#[test]
fn a_hundred_signatures_in_any_order_give_one_answer_and_one_more_gives_none() {
    let world = World::new();
    let mut parts: Vec<Parts> = (0..60)
        .map(|_| world.pki.by_key(&Key::p256(), world.payload()))
        .collect();
    parts.extend((0..39).map(|_| world.pki.by_key(&world.key, world.payload())));
    let mut evidence = signatures(&parts);
    evidence.bundles = bundles(&[world.pki.by_key(&world.key, world.image_statement())]).bundles;
    let first = world.verify(&evidence, &world.by_key());
    assert_eq!(
        first.proofs.len(),
        2,
        "one for each format: the same signer in the same manifest counts once"
    );
    for turn in 1..20 {
        let mut shuffled = evidence.clone();
        shuffled.signatures.rotate_left(turn * 5);
        if turn % 2 == 0 {
            shuffled.signatures.reverse();
        }
        assert_eq!(world.verify(&shuffled, &world.by_key()), first);
    }
    evidence.signatures.push(evidence.signatures[0].clone());
    let signed = world.verify(&evidence, &world.by_key());
    refused("the hundred and first", &signed, Code::TooManySignatures);
    let only_bundles = Authority {
        formats: vec![Format::Bundle],
        ..world.by_key()
    };
    proven(&world.verify(&evidence, &only_bundles));
}

#[test]
fn every_limit_has_its_own_code() {
    let world = World::new();
    let pki = &world.pki;
    let statement = || pki.by_key(&world.key, world.image_statement());
    let mut entries = pki.logged(statement(), Kind::Dsse);
    entries.entries = vec![entries.entries[0].clone(); MAX_LOG_ENTRIES + 1];
    let mut stamps = pki.stamped(statement());
    stamps.timestamps = vec![stamps.timestamps[0].clone(); MAX_TIMESTAMPS + 1];
    let mut chain = pki.by_person(&world.person(), world.payload());
    if let pki::Signer::Certificate { chain } = &mut chain.signer {
        let last = chain[1].clone();
        chain.extend(vec![last; MAX_CHAIN]);
    }
    let mut large = bundles(&[statement()]);
    large.bundles[0].json.0.extend(vec![b' '; MAX_BUNDLE_BYTES]);
    let mut payload = signatures(&[pki.by_key(&world.key, world.payload())]);
    payload.signatures[0].payload.0.extend(vec![b' '; MAX_BUNDLE_BYTES]);
    let mut annotation = signatures(&[pki.by_key(&world.key, world.payload())]);
    annotation.signatures[0].annotations.insert(
        "dev.sigstore.cosign/bundle".to_owned(),
        " ".repeat(MAX_BUNDLE_BYTES + 1),
    );
    for (name, evidence, code) in [
        ("log entries", bundles(&[entries]), Code::TooManyLogEntries),
        ("timestamps", bundles(&[stamps]), Code::TooManyTimestamps),
        ("certificates", signatures(&[chain]), Code::ChainTooLong),
        ("a bundle's bytes", large, Code::EvidenceTooLarge),
        ("a payload's bytes", payload, Code::EvidenceTooLarge),
        ("an annotation's bytes", annotation, Code::EvidenceTooLarge),
    ] {
        refused(name, &world.verify(&evidence, &world.by_key()), code);
    }
    let mut envelope = attestations(&[statement()]);
    envelope.attestations[0]
        .payload
        .0
        .extend(vec![b' '; MAX_ATTESTATION_BYTES]);
    let about = About::Attestation(IMAGE_PREDICATE.to_owned());
    let signed = verify(&envelope, &world.subject, &world.by_key(), &about, later());
    refused("an attestation's bytes", &signed, Code::EvidenceTooLarge);
}

#[test]
fn as_many_as_the_limits_allow_are_looked_at() {
    let world = World::new();
    let mut parts = world.pki.stamped(
        world
            .pki
            .logged(world.pki.by_key(&world.key, world.image_statement()), Kind::Dsse),
    );
    parts.entries = vec![parts.entries[0].clone(); MAX_LOG_ENTRIES];
    parts.timestamps = vec![parts.timestamps[0].clone(); MAX_TIMESTAMPS];
    let signed = world.verify(&bundles(&[parts]), &world.by_logged_key());
    let proof = proven(&signed);
    assert!(
        matches!(&proof.log, LogUse::Verified(entries) if entries.len() == 1),
        "two entries of one log are one witness"
    );
    assert_eq!(proof.verified_at.len(), 2);
}

#[test]
fn what_the_registry_lists_wrongly_is_said_and_hides_nothing() {
    let world = World::new();
    let mut evidence = signatures(&[world.pki.by_key(&world.key, world.payload())]);
    evidence.refused.push(Refusal {
        code: Code::EvidenceOfAnotherImage,
        message: "it lists a referrer which is about another image".to_owned(),
        evidence: Some(Digest::of_bytes(b"another manifest")),
    });
    let signed = world.verify(&evidence, &world.by_key());
    assert_eq!((signed.proofs.len(), signed.refused), (1, evidence.refused.clone()));
    let only_that = Evidence {
        refused: evidence.refused,
        ..Evidence::default()
    };
    refused(
        "only that",
        &world.verify(&only_that, &world.by_key()),
        Code::EvidenceOfAnotherImage,
    );
}

//! Bundles and layers changed at every place. What is still accepted has to mean the same.

use super::*;

/// What stands in a bundle without meaning anything: the hint of a key, the name beside a checkpoint's signature, and
/// what Rekor v2 repeats of its checkpoint. A timestamp names algorithms outside of what its
/// signer signs; the key's kind decides.
fn meaningless(before: &str, after: &str, kind: Kind) -> bool {
    let repeated = [
        "\"rootHash\":\"",
        "\"treeSize\":\"",
        "\"inclusionProof\":{",
        "\"logIndex\":\"",
    ];
    before.contains(r#""publicKey":{"#)
        || before.contains('\u{2014}')
        || after.starts_with('\u{2014}')
        // The bits that a last base64 character has to spare.
        || after.chars().nth(1).is_some_and(|next| next == '=' || next == '"')
        || (kind == Kind::Second
            && repeated
                .iter()
                .any(|name| before.contains(name) || after.contains(name)))
}

#[test]
fn a_changed_bundle_is_refused_or_says_the_same() {
    let world = World::new();
    let pki = &world.pki;
    for (kind, parts, authority) in [
        (
            Kind::Dsse,
            pki.logged(pki.by_person(&world.person(), world.image_statement()), Kind::Dsse),
            world.by_person(),
        ),
        (
            Kind::Second,
            pki.stamped(pki.logged(pki.by_key(&world.key, world.image_statement()), Kind::Second)),
            world.by_logged_key(),
        ),
    ] {
        let text = parts.bundle().to_string();
        let original = world.verify(&bundles(std::slice::from_ref(&parts)), &authority);
        let original = proven(&original).clone();
        let mut accepted = Vec::new();
        for position in (0..text.len()).step_by(3) {
            let mut bytes = text.clone().into_bytes();
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let mut evidence = bundles(std::slice::from_ref(&parts));
            evidence.bundles[0].json = bytes.into();
            if let Some(proof) = world.verify(&evidence, &authority).proofs.first() {
                assert_eq!(
                    *proof,
                    original,
                    "at {position}: {}",
                    text.get(position.saturating_sub(40)..position).unwrap()
                );
                accepted.push(position);
            }
        }
        assert!(
            accepted.len() < text.len() / 20,
            "{} of {}",
            accepted.len(),
            text.len() / 3
        );
        for position in accepted {
            let stamp = text.find("\"signedTimestamp\":").is_some_and(|begin| {
                let end = text.find("\"tlogEntries\"").unwrap();
                (begin..end).contains(&position)
            });
            let before = String::from_utf8_lossy(&text.as_bytes()[position.saturating_sub(60)..position]).into_owned();
            let after =
                String::from_utf8_lossy(&text.as_bytes()[position..(position + 60).min(text.len())]).into_owned();
            assert!(
                stamp || meaningless(&before, &after, kind),
                "accepted at {position}: …{before}¦{after}…"
            );
        }
    }
}

#[test]
fn a_changed_layer_is_refused() {
    let world = World::new();
    let pki = &world.pki;
    let parts = pki.logged(pki.by_person(&world.person(), world.payload()), Kind::HashedRekord);
    let original = signatures(&[parts]);
    proven(&world.verify(&original, &world.by_person()));
    let layer = original.signatures[0].clone();
    for position in 0..layer.payload.0.len() {
        let mut evidence = original.clone();
        evidence.signatures[0].payload.0[position] ^= 1;
        assert!(
            world.verify(&evidence, &world.by_person()).proofs.is_empty(),
            "payload at {position}"
        );
    }
    for (key, text) in &layer.annotations {
        // The chain ends in a root that only the trust root vouches for; what stands there beside it is not needed.
        if key.ends_with("/chain") {
            continue;
        }
        for position in (0..text.len()).step_by(2) {
            let mut bytes = text.clone().into_bytes();
            if bytes[position].is_ascii_whitespace() {
                continue;
            }
            bytes[position] = if bytes[position] == b'A' { b'B' } else { b'A' };
            let mut evidence = original.clone();
            evidence.signatures[0]
                .annotations
                .insert(key.clone(), String::from_utf8(bytes).unwrap());
            assert!(
                world.verify(&evidence, &world.by_person()).proofs.is_empty(),
                "{key} at {position}"
            );
        }
    }
}

#[test]
fn a_cut_bundle_is_refused() {
    let world = World::new();
    let parts = world.pki.by_key(&world.key, world.image_statement());
    let text = parts.bundle().to_string();
    for length in 0..text.len() {
        let mut evidence = bundles(std::slice::from_ref(&parts));
        evidence.bundles[0].json.0.truncate(length);
        assert!(world.verify(&evidence, &world.by_key()).proofs.is_empty(), "{length}");
    }
}

#[test]
fn any_bytes_have_an_answer() {
    use proptest::prelude::*;
    let world = World::new();
    let bundle = world
        .pki
        .by_key(&world.key, world.image_statement())
        .bundle()
        .to_string()
        .into_bytes();
    let keys: Vec<String> = layer(&world.pki.by_person(&world.person(), world.payload()))
        .annotations
        .into_keys()
        .collect();
    let authorities = [world.by_key(), world.by_logged_key(), world.by_person()];
    let strategy = (
        any::<prop::sample::Index>(),
        any::<Vec<u8>>(),
        ".{0,40}",
        any::<prop::sample::Index>(),
    );
    proptest!(ProptestConfig::with_cases(200), |((place, bytes, text, key) in strategy)| {
        let mut json = bundle.clone();
        let at = place.index(json.len());
        json.splice(at..json.len().min(at + bytes.len()), bytes.iter().copied());
        let mut evidence = signatures(&[world.pki.by_key(&world.key, world.payload())]);
        evidence.signatures[0].payload = bytes.into();
        evidence.signatures[0].annotations.insert(keys[key.index(keys.len())].clone(), text);
        evidence.attestations = evidence.signatures.clone();
        evidence.bundles = vec![BundleFile { manifest: Digest::of_bytes(b"m"), json: json.into() }];
        for authority in &authorities {
            for about in [About::Image, About::Attestation("x".to_owned())] {
                let signed = verify(&evidence, &world.subject, authority, &about, later());
                prop_assert_eq!(signed.proofs.len() + signed.refused.len(), 2);
            }
        }
    });
}

//! Parts of signatures that are all valid where they come from. In any other place they are worth nothing.

use super::*;

/// One part of a signature, taken from another.
type Splice = fn(&mut Parts, &Parts);

const SPLICES: [(&str, Splice); 8] = [
    ("content", |to, from| to.content = from.content.clone()),
    ("signature", |to, from| to.signature.clone_from(&from.signature)),
    ("signer", |to, from| to.signer = from.signer.clone()),
    ("entry", |to, from| to.entries.clone_from(&from.entries)),
    ("timestamp", |to, from| to.timestamps.clone_from(&from.timestamps)),
    ("entry's body", |to, from| {
        to.entries[0].body.clone_from(&from.entries[0].body)
    }),
    ("promise", |to, from| {
        to.entries[0].promise.clone_from(&from.entries[0].promise)
    }),
    ("proof", |to, from| {
        to.entries[0].proof.clone_from(&from.entries[0].proof)
    }),
];

/// What a splice may leave as it was: nothing is forged where the parts are equal or where a format does not carry them.
fn same(format: Format, left: &Parts, right: &Parts) -> bool {
    match format {
        Format::Legacy => left.layer() == right.layer(),
        Format::Bundle => left.bundle() == right.bundle(),
    }
}

#[test]
fn no_valid_part_of_one_signature_is_worth_anything_in_another() {
    let world = World::new();
    let pki = &world.pki;
    let other = subject(b"another image").digest.to_string();
    let colleague = Person::workload("https://github.test/acme/app/.github/workflows/test.yml@refs/heads/x");
    let finish = |parts: Parts, kind| pki.stamped(pki.logged(parts, kind));
    let contents = |legacy: bool| {
        if legacy {
            [
                world.payload(),
                simple_signing("registry.test/acme/other", &world.digest()),
                simple_signing("x", &other),
            ]
        } else {
            [
                world.image_statement(),
                statement(&world.digest(), "https://example.test/other", &json!({})),
                statement(&other, IMAGE_PREDICATE, &json!({})),
            ]
        }
    };
    let (mut spliced, mut kinds) = (0, 0);
    for (format, kind) in [
        (Format::Legacy, Kind::HashedRekord),
        (Format::Bundle, Kind::Dsse),
        (Format::Bundle, Kind::Second),
    ] {
        let mut all = Vec::new();
        for content in contents(format == Format::Legacy) {
            all.push(finish(pki.by_key(&world.key, content.clone()), kind));
            all.push(finish(pki.by_key(&Key::p256(), content.clone()), kind));
            all.push(finish(pki.by_person(&world.person(), content.clone()), kind));
            all.push(finish(pki.by_person(&colleague, content), kind));
        }
        let show = |parts: &Parts| match format {
            Format::Legacy => signatures(std::slice::from_ref(parts)),
            Format::Bundle => bundles(std::slice::from_ref(parts)),
        };
        let authorities = [world.by_logged_key(), world.by_person()];
        let accepted = |parts: &Parts| {
            authorities
                .iter()
                .any(|authority| !world.verify(&show(parts), authority).proofs.is_empty())
        };
        kinds += all.iter().filter(|parts| accepted(parts)).count();
        for to in &all {
            for from in &all {
                for (name, splice) in SPLICES {
                    let mut parts = to.clone();
                    splice(&mut parts, from);
                    // A proof stands for the whole log, so that it is the same for equal bodies only.
                    if same(format, &parts, to) || same(format, &parts, from) {
                        continue;
                    }
                    spliced += 1;
                    assert!(!accepted(&parts), "{kind:?}: a {name} of another is accepted");
                }
            }
        }
    }
    assert_eq!(
        kinds, 8,
        "legacy: two names by two signers; bundles: one statement by two signers, twice"
    );
    assert!(spliced > 2000, "{spliced}");
}

//! Payloads, bundles and layers that two readers could read differently.

use super::*;

#[test]
fn a_payload_signs_one_digest_strictly() {
    let world = World::new();
    let sign = |text: String| signatures(&[world.pki.by_key(&world.key, Content::Message(text.into_bytes()))]);
    let digest = world.digest();
    let payload = |identity: &str, image: &str, kind: &str, more: &str| {
        format!(r#"{{"critical":{{"identity":{identity},"image":{image},"type":{kind}{more}}},"optional":null}}"#)
    };
    let ours = format!(r#"{{"docker-manifest-digest":"{digest}"}}"#);
    let twice = format!(r#"{{"docker-manifest-digest":"sha256:0","docker-manifest-digest":"{digest}"}}"#);
    let kind = r#""cosign container image signature""#;
    let name = r#"{"docker-reference":"x"}"#;
    let malformed = Code::EvidenceMalformed;
    let other = ours.replace("sha256:", "sha512:");
    for (what, text, code) in [
        (
            "another digest",
            payload(
                name,
                &ours.replace(&digest, &subject(b"x").digest.to_string()),
                kind,
                "",
            ),
            Code::DigestNotInPayload,
        ),
        (
            "another algorithm",
            payload(name, &other, kind, ""),
            Code::DigestNotInPayload,
        ),
        (
            "upper case",
            payload(
                name,
                &format!(r#"{{"docker-manifest-digest":"{}"}}"#, digest.to_uppercase()),
                kind,
                "",
            ),
            Code::DigestNotInPayload,
        ),
        ("no digest", payload(name, "{}", kind, ""), malformed),
        ("two digests", payload(name, &twice, kind, ""), malformed),
        (
            "another type",
            payload(name, &ours, r#""atomic container signature""#, ""),
            malformed,
        ),
        (
            "an unknown field",
            payload(name, &ours, kind, r#","extra":1"#),
            malformed,
        ),
        ("no JSON", "signed".to_owned(), malformed),
        (
            "two documents",
            format!("{0}{0}", payload(name, &ours, kind, "")),
            malformed,
        ),
        ("a list", "[]".to_owned(), malformed),
    ] {
        refused(what, &world.verify(&sign(text), &world.by_key()), code);
    }
    let unnamed = world.verify(&sign(payload("{}", &ours, kind, "")), &world.by_key());
    assert_eq!(proven(&unnamed).reference, None);
}

#[test]
fn a_bundle_has_one_reading() {
    let world = World::new();
    let good = world.pki.by_key(&world.key, world.image_statement()).bundle();
    let both = with(good.clone(), "", |v| {
        v["messageSignature"] = json!({ "signature": "AA==" })
    });
    let signers = with(good.clone(), "/verificationMaterial", |v| {
        v["certificate"] = json!({ "rawBytes": "AA==" })
    });
    let signer = with(good.clone(), "/verificationMaterial", |v| {
        drop(v.as_object_mut().unwrap().remove("publicKey"))
    });
    let unknown = with(good.clone(), "", |v| v["extra"] = json!(1));
    let message = with(both.clone(), "", |v| {
        drop(v.as_object_mut().unwrap().remove("dsseEnvelope"))
    });
    let signed_twice = with(good.clone(), "/dsseEnvelope/signatures", |v| {
        let list = v.as_array_mut().unwrap();
        list.push(list[0].clone());
    });
    let unsigned = with(good.clone(), "/dsseEnvelope/signatures", |v| *v = json!([]));
    let malformed = Code::EvidenceMalformed;
    for (name, value, code) in [
        ("two contents", both, malformed),
        ("two signers", signers, malformed),
        ("no signer", signer, malformed),
        ("an unknown field", unknown, malformed),
        ("plain bytes", message, Code::ContentKind),
        ("two signatures (TOB-SIGSTORE-9)", signed_twice, malformed),
        ("no signature", unsigned, malformed),
        ("a list", json!([]), malformed),
    ] {
        refused(name, &world.verify(&raw_bundles(&[value]), &world.by_key()), code);
    }
    let text = good
        .to_string()
        .replacen(r#""mediaType":"#, r#""mediaType":"x","mediaType":"#, 1);
    let mut evidence = raw_bundles(&[good]);
    evidence.bundles[0].json = text.into_bytes().into();
    refused("a key twice", &world.verify(&evidence, &world.by_key()), malformed);
}

#[test]
fn a_layer_without_its_signature_is_refused() {
    let world = World::new();
    let mut evidence = signatures(&[world.pki.by_key(&world.key, world.payload())]);
    evidence.signatures[0].annotations.clear();
    refused(
        "no annotation",
        &world.verify(&evidence, &world.by_key()),
        Code::SignatureMissing,
    );
    let names = [
        "dev.cosignproject.cosign/signature",
        "dev.sigstore.cosign/certificate",
        "dev.sigstore.cosign/chain",
        "dev.sigstore.cosign/bundle",
        "dev.sigstore.cosign/rfc3161timestamp",
    ];
    for name in names {
        let mut evidence = signatures(&[world.pki.by_person(&world.person(), world.payload())]);
        evidence.signatures[0]
            .annotations
            .insert(name.to_owned(), "{".to_owned());
        refused(
            name,
            &world.verify(&evidence, &world.by_person()),
            Code::EvidenceMalformed,
        );
    }
}

#[test]
fn a_key_is_no_certificate_and_a_certificate_no_key() {
    let world = World::new();
    let keyless = world.pki.logged(
        world.pki.by_person(&world.person(), world.payload()),
        Kind::HashedRekord,
    );
    let keyed = world
        .pki
        .logged(world.pki.by_key(&world.key, world.payload()), Kind::HashedRekord);
    refused(
        "a certificate",
        &world.verify(&signatures(&[keyless]), &world.by_logged_key()),
        Code::SignerKind,
    );
    refused(
        "a key",
        &world.verify(&signatures(std::slice::from_ref(&keyed)), &world.by_person()),
        Code::SignerKind,
    );
    let rootless = Authority {
        trust: None,
        ..world.by_logged_key()
    };
    refused(
        "no roots",
        &world.verify(&signatures(&[keyed]), &rootless),
        Code::TrustMissing,
    );
}

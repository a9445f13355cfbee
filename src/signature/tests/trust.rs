//! Which trusted roots are read.

use super::*;

#[test]
fn a_trusted_root_is_read_once_and_strictly() {
    let pki = Pki::new();
    let root = TrustRoot::parse(&pki.trusted_root()).unwrap();
    assert_eq!(
        (
            root.certificate_authorities(),
            root.logs(),
            root.certificate_logs(),
            root.timestamp_authorities()
        ),
        (1, 1, 1, 1)
    );
    assert_eq!(*root.digest(), Digest::of_bytes(pki.trusted_root().as_bytes()));
    let change = |pointer: &str, value: Value| {
        let mut root = pki.trusted_root_value();
        *root.pointer_mut(pointer).unwrap() = value;
        root.to_string()
    };
    let twice = |list: &str| {
        let mut root = pki.trusted_root_value();
        let first = root[list][0].clone();
        root[list].as_array_mut().unwrap().push(first);
        root.to_string()
    };
    let empty = json!({ "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1" }).to_string();
    let backwards = json!({ "start": "2024-01-01T00:00:00Z", "end": "2023-01-01T00:00:00Z" });
    for (name, text) in [
        ("nothing", String::new()),
        ("a list", "[]".to_owned()),
        ("empty", empty),
        (
            "another document",
            change("/mediaType", json!("application/vnd.dev.sigstore.bundle.v0.3+json")),
        ),
        (
            "a certificate that is none",
            change(
                "/certificateAuthorities/0/certChain/certificates/0/rawBytes",
                json!("AAAA"),
            ),
        ),
        (
            "an authority without certificates",
            change("/certificateAuthorities/0/certChain/certificates", json!([])),
        ),
        (
            "a log's key that is none",
            change("/tlogs/0/publicKey/rawBytes", json!("AAAA")),
        ),
        (
            "a period that ends before it begins",
            change("/tlogs/0/publicKey/validFor", backwards),
        ),
        ("one log twice", twice("tlogs")),
        (
            "a key twice",
            pki.trusted_root().replacen("\"tlogs\"", "\"tlogs\":[],\"tlogs\"", 1),
        ),
        ("too long", " ".repeat((1 << 20) + 1)),
    ] {
        assert!(TrustRoot::parse(&text).is_err(), "{name}");
    }
}

//! Digests: what parses, what does not and why, and that bytes are hashed as everybody hashes them.

use super::super::{Algorithm, Digest};
use super::EMPTY;

#[test]
fn bytes_have_the_digest_that_other_tools_print() {
    let rows = [
        (&b""[..], EMPTY),
        (
            &b"abc"[..],
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
    ];
    for (bytes, expected) in rows {
        assert_eq!(Digest::of_bytes(bytes).to_string(), expected);
        assert_eq!(Digest::parse(expected).unwrap(), Digest::of_bytes(bytes));
    }
}

#[test]
fn a_digest_knows_its_bytes_and_no_others_in_both_algorithms() {
    let sha512 = "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                  2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    let sha256 = Digest::of_bytes(b"abc").to_string();
    for (text, algorithm) in [(sha512, Algorithm::Sha512), (&sha256, Algorithm::Sha256)] {
        let digest = Digest::parse(text).unwrap();
        assert_eq!(digest.algorithm(), algorithm);
        assert_eq!(digest.hex().len(), algorithm.hex_digits());
        assert!(digest.is_of(b"abc"), "{text}");
        assert!(!digest.is_of(b"abd"), "{text}");
        assert!(!digest.is_of(b""), "{text}");
        assert_eq!(digest.to_string(), text);
    }
}

#[test]
fn what_is_no_digest_is_refused_with_the_reason() {
    let hex = "a".repeat(64);
    let rows = [
        (
            String::new(),
            "digest `` names no algorithm; write `sha256:` and 64 hexadecimal digits",
        ),
        (
            hex.clone(),
            &*format!("digest `{hex}` names no algorithm; write `sha256:` and 64 hexadecimal digits"),
        ),
        (
            format!("md5:{hex}"),
            "digest algorithm `md5` is not supported; write `sha256` or `sha512` in lower case",
        ),
        (
            format!("SHA256:{hex}"),
            "digest algorithm `SHA256` is not supported; write `sha256` or `sha512` in lower case",
        ),
        (
            format!(" sha256:{hex}"),
            "digest algorithm ` sha256` is not supported; write `sha256` or `sha512` in lower case",
        ),
        (
            String::from("sha256:"),
            "digest has 0 characters after `sha256:`; exactly 64 hexadecimal digits are needed",
        ),
        (
            format!("sha256:{hex}a"),
            "digest has 65 characters after `sha256:`; exactly 64 hexadecimal digits are needed",
        ),
        (
            format!("sha256:{hex}\n"),
            "digest has 65 characters after `sha256:`; exactly 64 hexadecimal digits are needed",
        ),
        (
            format!("sha512:{hex}"),
            "digest has 64 characters after `sha512:`; exactly 128 hexadecimal digits are needed",
        ),
        (
            format!("sha256:{}", "A".repeat(64)),
            "digest has upper-case hexadecimal digits; write them in lower case",
        ),
        (
            format!("sha256:{}g", "a".repeat(63)),
            "character `g` is not allowed in a digest; only `0` to `9` and `a` to `f` are",
        ),
        (
            format!("sha256:../{}", "a".repeat(61)),
            "character `.` is not allowed in a digest; only `0` to `9` and `a` to `f` are",
        ),
        (
            // 62 letters and one of two bytes: as long as a digest, and none.
            format!("sha256:{}\u{e9}", "a".repeat(62)),
            "character U+00E9 is not allowed in a digest; only `0` to `9` and `a` to `f` are",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(Digest::parse(&text).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn a_digest_is_read_from_json_only_by_parsing_it() {
    let digest: Digest = serde_json::from_value(serde_json::json!(EMPTY)).unwrap();
    assert_eq!(serde_json::to_value(&digest).unwrap(), serde_json::json!(EMPTY));
    for bad in [
        serde_json::json!("sha256:0"),
        serde_json::json!({ "algorithm": "sha256", "hex": "../x" }),
    ] {
        assert!(serde_json::from_value::<Digest>(bad.clone()).is_err(), "{bad}");
    }
}

//! `job-lint verify` without a network. What real cosign signs is tried in `tests/signatures`.

use data_encoding::BASE64;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::desk::Desk;

const DIGEST: &str = "sha256:9b4fb24edd6d1d8830e272398263cdbf026b97392cc35387b991dc0248a628f9";

/// A desk with a file, a key, and a bundle of both.
fn desk() -> Desk {
    let desk = Desk::new();
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let content = "app\n";
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": "" }, "tlogEntries": [] },
        "messageSignature": {
            "messageDigest": { "algorithm": "SHA2_256", "digest": BASE64.encode(&Sha256::digest(content)) },
            "signature": BASE64.encode(&key.sign(content.as_bytes()).unwrap())
        }
    });
    desk.write("app", content);
    desk.write("another", "another\n");
    desk.write("release.pub", key.public_key_pem());
    desk.write("bundle.json", bundle.to_string());
    desk.write("no-bundle.json", "{}");
    desk.write(
        "empty-root.json",
        r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#,
    );
    desk
}

const CALL: [&str; 6] = ["verify", "bundle", "--bundle", "bundle.json", "--key", "release.pub"];
const NO_LOG: [&str; 2] = ["--transparency-log", "ignored"];

#[test]
fn a_verified_bundle_ends_with_0_and_a_refused_one_with_1_and_both_say_what_was_found() {
    let desk = desk();
    for (artifact, code, parts) in [
        (
            "app",
            0,
            [
                "verified: app\n",
                "signed by the key sha256:",
                "no transparency log was asked",
            ],
        ),
        (
            "another",
            1,
            [
                "refused: another\n",
                "  digest-not-in-payload: the bundle is about ",
                "asked for is sha256:",
            ],
        ),
    ] {
        let run = desk.run(&[&CALL[..], &NO_LOG, &[artifact]].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(code), ""), "{run}");
        for part in parts {
            assert!(run.out.contains(part), "{part}: {run}");
        }
        let run = desk.run(&[&CALL[..], &NO_LOG, &["--format", "json", artifact]].concat());
        assert_eq!((run.code, run.err.as_str()), (Some(code), ""), "{run}");
        let answer: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(answer["verified"], code == 0, "{run}");
        assert_eq!(answer["proof"].is_object(), code == 0, "{run}");
        assert_eq!(answer["refusal"]["code"] == "digest-not-in-payload", code == 1, "{run}");
    }
    let run = desk.run(&[
        "verify-bundle",
        "--bundle",
        "no-bundle.json",
        "--key",
        "release.pub",
        "--transparency-log",
        "ignored",
        "app",
    ]);
    assert!(run.code == Some(1) && run.out.contains("evidence-malformed"), "{run}");
}

#[test]
fn what_is_not_asked_rightly_ends_with_2_and_says_what_to_write() {
    let desk = desk();
    for (arguments, part) in [
        (&["--bundle", "bundle.json", "app"][..], "proves nothing"),
        (
            &["--bundle", "bundle.json", "--certificate-identity", "x", "app"],
            "proves nothing",
        ),
        (
            &["--bundle", "bundle.json", "--certificate-oidc-issuer", "x", "app"],
            "proves nothing",
        ),
        (
            &[
                "--bundle",
                "bundle.json",
                "--key",
                "release.pub",
                "--certificate-identity",
                "x",
                "app",
            ],
            "write `--key FILE`, or",
        ),
        (
            &["--bundle", "bundle.json", "--key", "release.pub", "app"],
            "write `--transparency-log ignored`",
        ),
        (
            &[
                "--bundle",
                "bundle.json",
                "--certificate-identity",
                "x",
                "--certificate-oidc-issuer",
                "y",
                "app",
            ],
            "none is built in or downloaded",
        ),
        (
            &[
                "--bundle",
                "bundle.json",
                "--certificate-identity",
                "",
                "--certificate-oidc-issuer",
                "y",
                "app",
            ],
            "--certificate-identity: an accepted text is empty",
        ),
        (
            &["--bundle", "bundle.json", "--key", "app", "app"],
            "key app: the text has no PEM block",
        ),
        (
            &[
                "--bundle",
                "absent",
                "--key",
                "release.pub",
                "--transparency-log",
                "ignored",
                "app",
            ],
            "absent cannot be read",
        ),
        (
            &[
                "--bundle",
                "bundle.json",
                "--key",
                "release.pub",
                "--transparency-log",
                "ignored",
                "absent",
            ],
            "absent cannot be read",
        ),
        (
            &[
                "--bundle",
                "bundle.json",
                "--key",
                "release.pub",
                "--transparency-log",
                "ignored",
                "sha256:1",
            ],
            "sha256",
        ),
        (
            &[
                "--bundle",
                "bundle.json",
                "--key",
                "release.pub",
                "--trusted-root",
                "app",
                "app",
            ],
            "trusted root app: ",
        ),
        (
            &[
                "--bundle",
                "bundle.json",
                "--key",
                "release.pub",
                "--trusted-root",
                "empty-root.json",
                "app",
            ],
            "the trusted root is empty",
        ),
    ] {
        let run = desk.run(&[&["verify", "bundle"], arguments].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run}");
        assert!(
            run.err.starts_with("error: ") && run.err.contains(part),
            "{part}: {run}"
        );
    }
}

#[test]
fn a_digest_stands_for_its_file() {
    let desk = desk();
    let digest = format!("sha256:{}", data_encoding::HEXLOWER.encode(&Sha256::digest("app\n")));
    let run = desk.run(&[&CALL[..], &NO_LOG, &[&digest]].concat());
    assert!(run.code == Some(0) && run.out.contains(&digest), "{run}");
    let run = desk.run(&[&CALL[..], &NO_LOG, &[DIGEST]].concat());
    assert!(
        run.code == Some(1) && run.out.contains("digest-not-in-payload"),
        "{run}"
    );
}

#[test]
fn an_image_that_no_policy_admits_by_name_is_refused_and_its_registry_is_not_asked() {
    let desk = desk();
    desk.write(
        "signed.yaml",
        r#"apiVersion: job-executor.keptn.sh/v1alpha1
kind: Policy
metadata: { name: signed }
images: { allow: [ { image: "registry.example.com/app" } ] }
signatures: [ { images: ["registry.example.com/**"], require: { any: [release] } } ]
unsigned: deny
---
apiVersion: job-executor.keptn.sh/v1alpha1
kind: Authority
metadata: { name: release }
keys: [ { file: release.pub } ]
formats: [bundle]
transparencyLog: ignored
"#,
    );
    let image = format!("evil.example/app@{DIGEST}");
    let run = desk.run(&["verify", "image", "--policy", "signed.yaml", "--format", "json", &image]);
    let answer: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((run.code, &answer["verdict"]), (Some(1), &"denied".into()), "{run}");
    assert_eq!(answer["signatures"], json!([]), "{run}");
    let run = desk.run(&["verify", "image", "--policy", "signed.yaml", &image]);
    assert!(run.code == Some(1) && run.out.contains("image-not-allowed"), "{run}");
    assert!(!run.out.contains("authority release"), "{run}");
    let run = desk.run(&["verify", "image", "--policy", "signed.yaml", "Not/An image"]);
    assert!(
        run.code == Some(2) && run.err.starts_with("error: `Not/An image`: "),
        "{run}"
    );
}

//! Bundles that the public instances made, with their own trusted roots: they come with the library's package, whose
//! source stands where cargo unpacked it.

use std::path::PathBuf;

use data_encoding::BASE64;
use sigstore::trust_root::{
    SIGSTORE_GITHUB_TRUSTED_ROOT, SIGSTORE_PRODUCTION_TRUSTED_ROOT, SIGSTORE_STAGING_TRUSTED_ROOT,
};

use super::*;

fn package() -> PathBuf {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))
        .unwrap();
    let sources = std::fs::read_dir(home.join("registry/src")).expect("cargo has unpacked its packages");
    sources
        .map(|source| source.unwrap().path().join("sigstore-verify-0.15.1/test_data"))
        .find(|path| path.exists())
        .expect("the package of sigstore-verify 0.15.1 is unpacked")
}

/// The bundle, and an authority that takes anybody's certificate of this root.
fn judged(name: &str, root: &str, log: TransparencyLog) -> Signed {
    let text = std::fs::read_to_string(package().join(name)).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let payload = value.pointer("/dsseEnvelope/payload").and_then(Value::as_str).unwrap();
    let statement: Value = serde_json::from_slice(&BASE64.decode(payload.as_bytes()).unwrap()).unwrap();
    let hex = statement
        .pointer("/subject/0/digest/sha256")
        .and_then(Value::as_str)
        .unwrap();
    let subject = Subject {
        name: "conformance".to_owned(),
        digest: Digest::parse(&format!("sha256:{hex}")).unwrap(),
    };
    let anybody = || TextMatcher::glob("**").unwrap();
    let authority = Authority {
        trust: Some(Arc::new(TrustRoot::parse(root).unwrap())),
        transparency_log: log,
        ..authority(Signers::Keyless(Box::new(Keyless {
            issuer: anybody(),
            subject: anybody(),
            extensions: BTreeMap::new(),
        })))
    };
    let about = About::Attestation(
        statement
            .get("predicateType")
            .and_then(Value::as_str)
            .unwrap()
            .to_owned(),
    );
    verify(&raw_bundles(&[value]), &subject, &authority, &about, Timestamp::now())
}

#[test]
fn bundles_of_the_public_instances_are_accepted_by_their_own_roots_only() {
    let roots = [
        ("production", SIGSTORE_PRODUCTION_TRUSTED_ROOT),
        ("staging", SIGSTORE_STAGING_TRUSTED_ROOT),
        ("another instance", SIGSTORE_GITHUB_TRUSTED_ROOT),
    ];
    for (name, home, source) in [
        ("bundles/conda-attestation.sigstore.json", "production", TimeSource::Log),
        (
            "bundles/conda-attestation-rekor2.sigstore.json",
            "staging",
            TimeSource::TimestampAuthority,
        ),
        (
            "upstream/sigstore-python/a.dsse.staging-rekor-v2.txt.sigstore.json",
            "staging",
            TimeSource::TimestampAuthority,
        ),
    ] {
        for (instance, root) in roots {
            let signed = judged(name, root, TransparencyLog::Required);
            if instance != home {
                refused(name, &signed, Code::LogEntryNotProven);
                continue;
            }
            let proof = proven(&signed);
            assert!(proof.verified_at.iter().any(|time| time.source == source), "{name}");
            let identity = proof.identity.as_ref().unwrap();
            let repository = identity.extensions.get(&Extension::SourceRepositoryUri);
            assert_eq!(
                repository.is_some(),
                identity.subject_kind == SubjectKind::Uri,
                "{name}"
            );
            assert!(repository.is_none_or(|uri| identity.subject.starts_with(uri)), "{name}");
        }
    }
}

#[test]
fn without_a_log_a_certificate_of_another_instance_is_still_not_trusted() {
    let name = "bundles/conda-attestation-rekor2.sigstore.json";
    proven(&judged(name, SIGSTORE_STAGING_TRUSTED_ROOT, TransparencyLog::Ignored));
    refused(
        name,
        &judged(name, SIGSTORE_GITHUB_TRUSTED_ROOT, TransparencyLog::Ignored),
        Code::TimestampInvalid,
    );
}

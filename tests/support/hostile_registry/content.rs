//! The honest content: an image, an index, and signatures that look like ones (nothing here verifies; that is not what
//! this registry is for).

use job_executor_service::image::Digest;
use serde_json::{Value, json};

/// Media type of manifests.
pub const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of indexes.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Media type of bundles.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// Media type of the payload of legacy signatures.
pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// Media type of envelopes of legacy attestations.
pub const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

/// The image manifest of a repository; `version` makes another one of it.
pub fn image(repository: &str, version: usize) -> Vec<u8> {
    let config = blob(&format!("config of {repository}"));
    json!({ "schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [],
        "annotations": { "version": version.to_string() } })
    .to_string()
    .into_bytes()
}

/// What signatures in a repository are about.
pub fn evidence_subject(repository: &str) -> Digest {
    Digest::of_bytes(&image(repository, 0))
}

/// An index of two platforms, an attestation of BuildKit's, and an index within.
pub fn platforms() -> Vec<u8> {
    let child =
        |number: usize| json!({ "mediaType": IMAGE, "digest": Digest::of_bytes(&image("child", number)), "size": 1 });
    let with = |mut child: Value, fields: Value| {
        child
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        child
    };
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [
        with(child(0), json!({ "platform": { "os": "linux", "architecture": "amd64" } })),
        with(child(1), json!({ "platform": { "os": "linux", "architecture": "arm", "variant": "v7" } })),
        with(child(2), json!({ "platform": { "os": "unknown", "architecture": "unknown" } })),
        with(child(3), json!({ "annotations": { "vnd.docker.reference.type": "attestation-manifest" } })),
        with(child(4), json!({ "mediaType": INDEX })),
        child(5),
    ] })
    .to_string()
    .into_bytes()
}

/// A descriptor of a small blob that says `text`.
fn blob(text: &str) -> Value {
    json!({ "mediaType": "application/octet-stream", "digest": Digest::of_bytes(text.as_bytes()), "size": text.len() })
}

/// The text of the bundle of this number.
pub fn bundle(number: usize) -> String {
    json!({ "mediaType": BUNDLE, "number": number }).to_string()
}

/// A manifest that carries a bundle and says what it is about.
pub fn referrer(subject: &Digest, number: usize) -> Vec<u8> {
    let mut layer = blob(&bundle(number));
    layer["mediaType"] = json!(BUNDLE);
    manifest_of(subject, layer)
}

/// The same with a layer of one's own.
pub fn manifest_of(subject: &Digest, layer: Value) -> Vec<u8> {
    json!({ "schemaVersion": 2, "mediaType": IMAGE, "artifactType": BUNDLE, "config": blob("{}"), "layers": [layer],
        "subject": { "mediaType": IMAGE, "digest": subject, "size": 1 } })
    .to_string()
    .into_bytes()
}

/// A descriptor of a manifest in a list of referrers.
pub fn listed(manifest: &[u8]) -> Value {
    json!({ "mediaType": IMAGE, "artifactType": BUNDLE, "digest": Digest::of_bytes(manifest), "size": manifest.len() })
}

/// A list of referrers.
pub fn list(entries: &[Value]) -> Vec<u8> {
    json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries })
        .to_string()
        .into_bytes()
}

/// A `.sig` or `.att` manifest with so many layers of the same blob.
pub fn legacy(media_type: &str, count: usize) -> Vec<u8> {
    let layers: Vec<Value> = (0..count)
        .map(|number| {
            let mut layer = blob(&bundle(0));
            layer["mediaType"] = json!(media_type);
            layer["annotations"] = json!({ "dev.cosignproject.cosign/signature": number.to_string() });
            layer
        })
        .collect();
    json!({ "schemaVersion": 2, "mediaType": IMAGE, "config": blob("{}"), "layers": layers })
        .to_string()
        .into_bytes()
}

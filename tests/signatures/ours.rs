//! What our own verifier says of an image, asked as the gate asks it.

use std::collections::BTreeMap;
use std::sync::Arc;

use job_executor_service::image::Digest;
use job_executor_service::policy::{
    Authority, AuthorityKey, CertificateLog, Keyless, PolicySpan, Signers, TextMatcher, Timestamps, TransparencyLog,
};
use job_executor_service::signature::{
    About, BundleFile, Evidence, Format, Layer, PublicKey, Signed, Subject, TrustRoot, verify,
};
use job_executor_service::yaml::Span;

use crate::rows::Row;
use crate::signing::cosign::Trusts;
use crate::signing::registry::Image;
use crate::stage::Stage;

/// Everything that a registry holds about an image.
pub(crate) async fn evidence(image: &Image) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.signatures.extend(layers(image, "sig").await);
    evidence.attestations.extend(layers(image, "att").await);
    for descriptor in image.registry.referrers(image).await {
        let digest = descriptor["digest"].as_str().unwrap();
        let manifest = image.registry.manifest(&image.repository, digest).await.unwrap();
        let layer = manifest["layers"][0]["digest"].as_str().unwrap();
        let json = image.registry.blob(&image.repository, layer).await.into();
        let manifest = Digest::parse(digest).unwrap();
        evidence.bundles.push(BundleFile { manifest, json });
    }
    evidence
}

async fn layers(image: &Image, suffix: &str) -> Vec<Layer> {
    let Some(manifest) = image.registry.manifest(&image.repository, &image.tag(suffix)).await else {
        return Vec::new();
    };
    let mut layers = Vec::new();
    for layer in manifest["layers"].as_array().unwrap() {
        let payload = image
            .registry
            .blob(&image.repository, layer["digest"].as_str().unwrap())
            .await
            .into();
        let annotations: Option<BTreeMap<String, String>> =
            serde_json::from_value(layer["annotations"].clone()).unwrap();
        let manifest = Digest::of_bytes(manifest.to_string().as_bytes());
        layers.push(Layer {
            manifest,
            payload,
            annotations: annotations.unwrap_or_default(),
        });
    }
    layers
}

/// Somebody who is trusted, as an authority of a policy; both formats count.
pub(crate) fn authority(trusts: &Trusts) -> Authority {
    let root = |folder: &std::path::Path| {
        let text = std::fs::read_to_string(folder.join("trusted_root.json")).unwrap();
        Arc::new(TrustRoot::parse(&text).unwrap())
    };
    let (signers, trust, transparency_log) = match trusts {
        Trusts::Key { public, log } => {
            let key = PublicKey::from_pem(&std::fs::read_to_string(public).unwrap()).unwrap();
            let key = AuthorityKey {
                key,
                not_before: None,
                not_after: None,
            };
            let asked = if log.is_some() {
                TransparencyLog::Required
            } else {
                TransparencyLog::Ignored
            };
            (Signers::Keys(vec![key]), log.as_deref().map(root), asked)
        }
        Trusts::Identity {
            issuer,
            subject,
            sigstore,
        } => {
            let keyless = Keyless {
                issuer: TextMatcher::exact(issuer).unwrap(),
                subject: TextMatcher::exact(subject).unwrap(),
                extensions: BTreeMap::new(),
            };
            (
                Signers::Keyless(Box::new(keyless)),
                Some(root(sigstore)),
                TransparencyLog::Required,
            )
        }
    };
    Authority {
        name: "asked".to_owned(),
        origin: PolicySpan {
            file: String::new(),
            span: Span::default(),
        },
        signers,
        formats: vec![Format::Legacy, Format::Bundle],
        trust,
        transparency_log,
        timestamps: Timestamps::Accepted,
        certificate_log: CertificateLog::Required,
        hash: Digest::of_bytes(b"asked"),
    }
}

/// What is proven of a row's image.
pub(crate) async fn judge(stage: &Stage, row: &Row, image: &Image) -> Signed {
    let subject = Subject {
        name: image.name(),
        digest: Digest::parse(&image.digest).unwrap(),
    };
    let about = row
        .predicate
        .map_or(About::Image, |(_, uri)| About::Attestation(uri.to_owned()));
    let authority = authority(&stage.trusts(row.asked));
    verify(
        &evidence(image).await,
        &subject,
        &authority,
        &about,
        jiff::Timestamp::now(),
    )
}

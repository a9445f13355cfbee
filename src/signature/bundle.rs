//! Sigstore bundles v0.3: the document in, its parts out. What the document says about itself (its version, say) is
//! nobody's word: a bundle of another version is refused, and how much proof is needed is the authority's to say.

use serde::Deserialize;
use serde::de::IgnoredAny;
use sigstore_verify::types::{Bundle, MediaType, SignatureContent, VerificationMaterialContent};

use super::evidence::BundleFile;
use super::fault::{Fault, shown};
use super::json;
use super::limits::MAX_BUNDLE_BYTES;
use super::material::{Content, Material, Timestamped};
use super::refusal::Code;
use super::signed::{About, Format, Subject};
use super::statement;

/// The fields of a bundle. The library takes the first of two alternatives and leaves what it does not know: a bundle
/// with both, or with more, would be read by others as another one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    #[serde(rename = "mediaType")]
    _media_type: IgnoredAny,
    verification_material: Signer,
    #[serde(default)]
    message_signature: Option<IgnoredAny>,
    #[serde(default)]
    dsse_envelope: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Signer {
    #[serde(default)]
    certificate: Option<IgnoredAny>,
    #[serde(default)]
    x509_certificate_chain: Option<IgnoredAny>,
    #[serde(default)]
    public_key: Option<IgnoredAny>,
    #[serde(rename = "tlogEntries", default)]
    _tlog_entries: Option<IgnoredAny>,
    #[serde(rename = "timestampVerificationData", default)]
    _timestamps: Option<Timestamps>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Timestamps {
    #[serde(rename = "rfc3161Timestamps", default)]
    _rfc3161_timestamps: Option<IgnoredAny>,
}

impl Fields {
    /// Whether each alternative is taken exactly once.
    fn unambiguous(&self) -> bool {
        let signer = &self.verification_material;
        let signers = [&signer.certificate, &signer.x509_certificate_chain, &signer.public_key];
        let contents = [&self.message_signature, &self.dsse_envelope];
        signers.into_iter().flatten().count() == 1 && contents.into_iter().flatten().count() == 1
    }
}

/// One bundle that must be about this subject.
pub(super) fn read(file: &BundleFile, subject: &Subject, about: &About) -> Result<Material, Fault> {
    let bytes = &file.json.0;
    if bytes.len() > MAX_BUNDLE_BYTES {
        let message = format!(
            "the bundle has {} bytes, at most {MAX_BUNDLE_BYTES} are read",
            bytes.len()
        );
        return Err(Fault::new(Code::EvidenceTooLarge, message));
    }
    let malformed = |error: &dyn std::fmt::Display| Fault::of(Code::EvidenceMalformed, "not a bundle", error);
    let fields: Fields = json::read(bytes).map_err(|error| malformed(&error))?;
    if !fields.unambiguous() {
        return Err(malformed(
            &"it names more or fewer than one signer or more or fewer than one content",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    let bundle = Bundle::from_json(text).map_err(|error| malformed(&error))?;
    if bundle.media_type() != MediaType::Bundle0_3 {
        let message = format!(
            "the bundle says it is `{}`; accepted is `{}`",
            shown(bundle.media_type().as_str()),
            MediaType::Bundle0_3
        );
        return Err(Fault::new(Code::BundleVersion, message));
    }
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's enum grows; what is new is refused"
    )]
    let envelope = match bundle.content {
        SignatureContent::DsseEnvelope(envelope) => envelope,
        _ => {
            let message = "the bundle signs plain bytes; a signature of an image is an in-toto statement";
            return Err(Fault::new(Code::ContentKind, message));
        }
    };
    let payload = envelope.payload.as_bytes().to_vec();
    let attestation = statement::read(&envelope.payload_type, &payload, subject, about)?;
    let material = bundle.verification_material;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's enum grows; what is new is refused"
    )]
    let chain = match material.content {
        VerificationMaterialContent::Certificate(certificate) => vec![certificate.raw_bytes],
        VerificationMaterialContent::PublicKey(_) => Vec::new(),
        _ => {
            let message = "the bundle carries a certificate chain; v0.3 carries one certificate or a key's name";
            return Err(Fault::new(Code::EvidenceMalformed, message));
        }
    };
    let tokens = material.timestamp_verification_data.rfc3161_timestamps;
    Material {
        format: Format::Bundle,
        content: Content::Envelope {
            payload_type: envelope.payload_type,
            payload,
        },
        signature: envelope.signature.sig.as_bytes().to_vec(),
        chain,
        entries: material.tlog_entries,
        timestamps: tokens.into_iter().map(|timestamp| timestamp.signed_timestamp).collect(),
        timestamped: Timestamped::Signature,
        reference: None,
        attestation,
    }
    .within_limits()
}

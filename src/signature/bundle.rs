//! Sigstore bundles v0.3: the document in, its parts out. What the document says about itself (its version, say) is
//! nobody's word: a bundle of another version is refused, and how much proof is needed is the authority's to say.

use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sigstore::types::{
    Bundle, DsseEnvelope, HashAlgorithm, MediaType, SignatureContent, VerificationMaterial, VerificationMaterialContent,
};

use super::artifact::Artifact;
use super::evidence::BundleFile;
use super::fault::{Fault, shown};
use super::json;
use super::limits::MAX_BUNDLE_BYTES;
use super::material::{Content, Material, Timestamped};
use super::refusal::Code;
use super::signed::{About, Attestation, Format, Subject};
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

/// One bundle that must be about this image.
pub(super) fn read(file: &BundleFile, subject: &Subject, about: &About) -> Result<Material, Fault> {
    let bundle = parse(&file.json.0)?;
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
    let payload = envelope.payload.as_bytes();
    let attestation = statement::read(&envelope.payload_type, payload, subject, about)?;
    material(bundle.verification_material, signed(envelope), attestation)
}

/// One bundle that must be about this artifact: plain bytes, or a statement of any type.
pub(super) fn about_artifact(json: &[u8], artifact: &Artifact, subject: &Subject) -> Result<Material, Fault> {
    let bundle = parse(json)?;
    match bundle.content {
        SignatureContent::DsseEnvelope(envelope) => {
            let payload = envelope.payload.as_bytes();
            let about = About::Attestation(statement::predicate_type(payload)?);
            let attestation = statement::read(&envelope.payload_type, payload, subject, &about)?;
            material(bundle.verification_material, signed(envelope), attestation)
        }
        SignatureContent::MessageSignature(message) => {
            if let Some(stated) = &message.message_digest {
                let stated_hex = HEXLOWER.encode(stated.digest.as_bytes());
                if stated.algorithm != HashAlgorithm::Sha2256 || stated_hex != subject.digest.hex() {
                    let text = format!(
                        "the bundle is about {} {stated_hex}, asked for is {}",
                        stated.algorithm, subject.digest
                    );
                    return Err(Fault::new(Code::DigestNotInPayload, text));
                }
            }
            let content = match artifact {
                Artifact::Bytes(bytes) => Content::Message(bytes.clone()),
                Artifact::Digest(digest) => Content::Digest(digest.clone()),
            };
            let signature = message.signature.as_bytes().to_vec();
            material(bundle.verification_material, (content, signature), None)
        }
        _ => Err(Fault::new(
            Code::ContentKind,
            "the bundle signs something that is neither plain bytes nor an envelope",
        )),
    }
}

fn parse(bytes: &[u8]) -> Result<Bundle, Fault> {
    if bytes.len() > MAX_BUNDLE_BYTES {
        let message = format!(
            "the bundle has {} bytes, at most {MAX_BUNDLE_BYTES} are read",
            bytes.len()
        );
        return Err(Fault::new(Code::EvidenceTooLarge, message));
    }
    let malformed = |error: &dyn std::fmt::Display| Fault::of(Code::EvidenceMalformed, "not a bundle", error);
    let fields: Fields =
        json::read(bytes).map_err(|error| Fault::of(error.code(Code::EvidenceMalformed), "not a bundle", &error))?;
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
    Ok(bundle)
}

/// What an envelope signs, and its signature.
fn signed(envelope: DsseEnvelope) -> (Content, Vec<u8>) {
    let content = Content::Envelope {
        payload: envelope.payload.as_bytes().to_vec(),
        payload_type: envelope.payload_type,
    };
    (content, envelope.signature.sig.as_bytes().to_vec())
}

fn material(
    material: VerificationMaterial,
    (content, signature): (Content, Vec<u8>),
    attestation: Option<Attestation>,
) -> Result<Material, Fault> {
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
        content,
        signature,
        chain,
        entries: material.tlog_entries,
        timestamps: tokens.into_iter().map(|timestamp| timestamp.signed_timestamp).collect(),
        timestamped: Timestamped::Signature,
        reference: None,
        attestation,
    }
    .within_limits()
}

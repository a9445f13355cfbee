//! What Rekor logs, as far as it binds an entry to a signature: `hashedrekord` 0.0.1 and 0.0.2 and `dsse` 0.0.1. Shapes
//! only; `log_body` compares.

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Body<S> {
    pub(super) spec: S,
}

#[derive(Deserialize)]
pub(super) struct Hash {
    pub(super) algorithm: String,
    #[serde(alias = "digest")]
    pub(super) value: String,
}

#[derive(Deserialize)]
pub(super) struct HashedRekord {
    pub(super) data: Data,
    pub(super) signature: Signature,
}

#[derive(Deserialize)]
pub(super) struct Data {
    pub(super) hash: Hash,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Signature {
    pub(super) content: String,
    pub(super) public_key: Pem,
}

#[derive(Deserialize)]
pub(super) struct Pem {
    pub(super) content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dsse {
    pub(super) payload_hash: Hash,
    pub(super) signatures: Vec<DsseSignature>,
}

#[derive(Deserialize)]
pub(super) struct DsseSignature {
    pub(super) signature: String,
    pub(super) verifier: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Second {
    pub(super) hashed_rekord_v002: HashedRekordV002,
}

#[derive(Deserialize)]
pub(super) struct HashedRekordV002 {
    pub(super) data: Hash,
    pub(super) signature: SignatureV002,
}

#[derive(Deserialize)]
pub(super) struct SignatureV002 {
    pub(super) content: String,
    pub(super) verifier: VerifierV002,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VerifierV002 {
    #[serde(default)]
    pub(super) x509_certificate: Option<Raw>,
    #[serde(default)]
    pub(super) public_key: Option<Raw>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Raw {
    pub(super) raw_bytes: String,
}

//! How much evidence is looked at. A registry chooses what it sends; these bounds choose what it can cost.

/// Signatures, envelopes and bundles of one digest, all formats together.
pub const MAX_SIGNATURES: usize = 100;
/// Log entries of one bundle.
pub const MAX_LOG_ENTRIES: usize = 32;
/// Timestamps of one signature.
pub const MAX_TIMESTAMPS: usize = 32;
/// Certificates that come with one signature.
pub const MAX_CHAIN: usize = 10;
/// Bytes of a bundle, of a signed payload and of an annotation.
pub const MAX_BUNDLE_BYTES: usize = 1 << 20;
/// Bytes of an attestation's envelope.
pub const MAX_ATTESTATION_BYTES: usize = 10 << 20;

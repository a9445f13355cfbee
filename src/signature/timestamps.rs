//! RFC 3161 timestamps. Each one that is there has to be by an authority of the trust root, of this very signature, and
//! at an instant that this authority may be trusted for.

use jiff::Timestamp;
use sigstore::tsa::verify_timestamp_for_authority;
use sigstore::types::SignatureBytes;

use super::fault::Fault;
use super::material::Material;
use super::refusal::Code;
use super::trust::TrustRoot;

/// The instants that timestamp authorities vouch for. Where the trust root names none, timestamps are not looked at.
pub(super) fn verified(material: &Material, trust: Option<&TrustRoot>) -> Result<Vec<Timestamp>, Fault> {
    let authorities = trust.map(TrustRoot::witnesses).unwrap_or_default();
    if authorities.is_empty() {
        return Ok(Vec::new());
    }
    let of = SignatureBytes::from_bytes(material.timestamped());
    let mut times = Vec::new();
    for token in &material.timestamps {
        let mut why = String::new();
        let vouched = authorities.iter().find_map(|authority| {
            verify_timestamp_for_authority(token, &of, authority)
                .map_err(|error| why = error.to_string())
                .ok()
        });
        match vouched {
            Some(time) => times.push(time),
            None => {
                let what = "a timestamp is by no authority of the trust root, or of something else";
                return Err(Fault::of(Code::TimestampInvalid, what, &why));
            }
        }
    }
    Ok(times)
}

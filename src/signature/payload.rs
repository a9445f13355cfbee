//! The payload of a legacy signature ("simple signing"): a digest and the name it was signed under. Read strictly: a
//! field that is not known could be one that means something to somebody else.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::fault::{Fault, shown};
use super::json;
use super::refusal::Code;
use super::signed::Subject;

const TYPE: &str = "cosign container image signature";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    critical: Critical,
    #[serde(rename = "optional", default)]
    _optional: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Identity {
    #[serde(rename = "docker-reference", default)]
    reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

/// Reads a payload that must be about this subject; what comes back is the name that was signed.
pub(super) fn read(bytes: &[u8], subject: &Subject) -> Result<Option<String>, Fault> {
    let payload: Payload = json::read(bytes).map_err(|error| {
        Fault::of(
            error.code(Code::EvidenceMalformed),
            "the payload is not a simple signing document",
            &error,
        )
    })?;
    let critical = payload.critical;
    if critical.kind != TYPE {
        let message = format!(
            "the payload is of type `{}`; accepted is `{TYPE}`",
            shown(&critical.kind)
        );
        return Err(Fault::new(Code::EvidenceMalformed, message));
    }
    if critical.image.digest != subject.digest.to_string() {
        let found = shown(&critical.image.digest);
        let message = format!("the payload signs {found}, {} is {}", subject.name, subject.digest);
        return Err(Fault::new(Code::DigestNotInPayload, message));
    }
    Ok(critical.identity.reference.filter(|name| !name.is_empty()))
}

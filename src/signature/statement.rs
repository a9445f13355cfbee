//! in-toto statements (v0.1 and v1): whom they are about, and what kind of thing they state. Read strictly; a statement
//! that cannot be read states nothing.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::fault::{Fault, shown};
use super::json;
use super::predicate;
use super::refusal::Code;
use super::signed::{About, Attestation, Subject};
use crate::image::Algorithm;

/// The predicate by which cosign 3 signs an image.
pub(super) const IMAGE_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
const STATEMENTS: [&str; 2] = ["https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Named>,
    predicate_type: String,
    #[serde(default)]
    predicate: Option<Object>,
}

/// A subject, or a resource descriptor of v1; what else it says is not looked at.
#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    digest: BTreeMap<String, String>,
}

/// An object whose content is read elsewhere.
struct Object;

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Skip;
        impl<'de> Visitor<'de> for Skip {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a predicate that is an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Object)
            }
        }
        deserializer.deserialize_map(Skip)
    }
}

/// The predicate type of a statement, whatever it is about.
pub(super) fn predicate_type(payload: &[u8]) -> Result<String, Fault> {
    Ok(parse(payload)?.predicate_type)
}

/// Reads a statement that must be about this subject and of the kind that is asked for.
pub(super) fn read(
    payload_type: &str,
    payload: &[u8],
    subject: &Subject,
    about: &About,
) -> Result<Option<Attestation>, Fault> {
    if payload_type != PAYLOAD_TYPE {
        let message = format!(
            "the envelope holds `{}`; accepted is `{PAYLOAD_TYPE}`",
            shown(payload_type)
        );
        return Err(Fault::new(Code::EvidenceMalformed, message));
    }
    let statement = parse(payload)?;
    if !STATEMENTS.contains(&statement.kind.as_str()) {
        let message = format!(
            "the statement is of type `{}`; accepted are v0.1 and v1",
            shown(&statement.kind)
        );
        return Err(Fault::new(Code::EvidenceMalformed, message));
    }
    let names_us = |named: &Named| {
        named
            .digest
            .get("sha256")
            .is_some_and(|hex| hex == subject.digest.hex())
    };
    if subject.digest.algorithm() != Algorithm::Sha256 || !statement.subject.iter().any(names_us) {
        let message = format!(
            "none of the statement's {} subjects is {} under sha256",
            statement.subject.len(),
            subject.digest
        );
        return Err(Fault::new(Code::DigestNotInPayload, message));
    }
    let wanted = match about {
        About::Image => IMAGE_PREDICATE,
        About::Attestation(wanted) => wanted,
    };
    if statement.predicate_type != wanted {
        let message = format!(
            "the predicate is `{}`, asked for is `{}`",
            shown(&statement.predicate_type),
            shown(wanted)
        );
        return Err(Fault::new(Code::PredicateType, message));
    }
    match (about, statement.predicate) {
        (About::Image, _) => Ok(None),
        (About::Attestation(_), None) => Err(Fault::new(
            Code::PredicateMalformed,
            "the statement has no predicate; it states nothing",
        )),
        (About::Attestation(_), Some(Object)) => Ok(Some(Attestation {
            summary: predicate::summary(&statement.predicate_type, payload)?,
            predicate_type: statement.predicate_type,
        })),
    }
}

fn parse(payload: &[u8]) -> Result<Statement, Fault> {
    let what = "the payload is not an in-toto statement";
    json::read(payload).map_err(|error| Fault::of(error.code(Code::EvidenceMalformed), what, &error))
}

//! Authorities of the examples, and what the rim would answer about their signatures.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{over, unhappy};
use crate::admission::{Fact, SignatureQuery};
use crate::image::Digest;
use crate::signature::{About, Signed};

/// What the example says of an authority's signatures, or of its attestations of one type: none by default.
pub(super) fn said(said: &Value, query: &SignatureQuery) -> Fact<Signed> {
    let attested = match &query.about {
        About::Image => Value::Null,
        About::Attestation(predicate) => json!(predicate),
    };
    let of_query = |said: &&Value| said["authority"] == json!(query.authority) && said["attested"] == attested;
    let Some(said) = said.as_array().into_iter().flatten().find(of_query) else {
        return Fact::Known(Signed::default());
    };
    let list = |key: &str| said[key].as_array().cloned().unwrap_or_default();
    let proofs = list("proofs").into_iter().map(|proof| signature(proof, &attested));
    let signed =
        json!({ "proofs": proofs.collect::<Vec<_>>(), "refused": list("refused"), "validUntil": said["validUntil"] });
    unhappy(said).unwrap_or_else(|| Fact::Known(serde_json::from_value(signed).unwrap()))
}

/// The authorities that the examples name, with keys and roots whose private halves nobody has.
pub(super) fn authorities() -> BTreeMap<String, String> {
    let authority = |name: &str, rest: &str| {
        let head = "apiVersion: job-executor.keptn.sh/v1alpha1\nkind: Authority";
        let text = format!("{head}\nmetadata: {{ name: {name} }}\ntrustRoot: {{ file: root.json }}\n{rest}\n");
        (format!("{name}.yaml"), text)
    };
    let keyless =
        "keyless: { issuer: https://accounts.acme.example, subject: release@acme.example }\nformats: [bundle]";
    let named = [
        authority("acme-release", keyless),
        authority("acme-key", "keys: [ { file: one.pub } ]\nformats: [legacy]"),
        authority(
            "acme-unlogged",
            "keys: [ { file: two.pub } ]\nformats: [legacy]\ntransparencyLog: ignored",
        ),
        authority("acme-private", &format!("{keyless}\ninsecureCertificateLog: ignored")),
    ];
    let files = [
        ("root.json", include_str!("../../../../policy/tests/data/root.json")),
        ("one.pub", include_str!("../../../../policy/tests/data/one.pub")),
        ("two.pub", include_str!("../../../../policy/tests/data/two.pub")),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    named.into_iter().chain(files).collect()
}

/// A proof with the parts that an example names: `by` a signer, `at` an instant, the `summary` of what it states.
fn signature(mut parts: Value, attested: &Value) -> Value {
    let mut take = |key: &str| parts.as_object_mut().unwrap().remove(key).unwrap_or_default();
    let (by, at, summary) = (take("by"), take("at"), take("summary"));
    let digest = Digest::of_bytes(by.as_str().unwrap().as_bytes());
    let times = if at.is_null() {
        json!([])
    } else {
        json!([ { "at": at, "source": "log" } ])
    };
    let mut proof = json!({
        "format": "bundle",
        "signer": { "key": { "fingerprint": digest } },
        "verifiedAt": times,
        "log": { "verified": [ { "log": "00", "index": 1 } ] },
        "evidence": Digest::of_bytes(b"manifest"),
    });
    if !attested.is_null() {
        let summary = if summary.is_null() { json!("other") } else { summary };
        proof["attestation"] = json!({ "predicateType": attested, "summary": summary });
    }
    over(proof, parts)
}

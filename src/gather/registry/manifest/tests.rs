//! Documents that two readers could read differently are refused, each under its own code.

use super::*;
use crate::gather::registry::clients::Route;

fn answer(content_type: Option<&str>, body: &str) -> Answer {
    Answer {
        bytes: body.as_bytes().to_vec(),
        content_type: content_type.map(str::to_owned),
        stated_digest: None,
        link: None,
        route: Route::Direct,
    }
}

fn code(answer: &Answer) -> &'static str {
    Manifest::of_tag(answer).map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn a_document_is_of_one_known_type_or_refused() {
    let (oci, list) = (Some(OCI_MANIFEST), Some(OCI_INDEX));
    let docker = Some(DOCKER_MANIFEST);
    let with_type = format!(r#"{{"mediaType":"{OCI_MANIFEST}","layers":[]}}"#);
    let as_list = format!(r#"{{"mediaType":"{OCI_INDEX}","layers":[]}}"#);
    let many = format!(r#"{{"manifests":[{}]}}"#, vec![child(0); MAX_CHILDREN + 1].join(","));
    let keys: Vec<String> = (0..100).map(|number| format!("\"{number}\":0")).collect();
    let keys = format!(r#"{{"layers":[],{}}}"#, keys.join(","));
    for (content_type, body, expected) in [
        (oci, r#"{"layers":[]}"#, "ok"),
        (oci, &with_type, "ok"),
        (
            Some("application/vnd.oci.image.manifest.v1+json; charset=utf-8"),
            r#"{"layers":[]}"#,
            "ok",
        ),
        (list, r#"{"manifests":[]}"#, "ok"),
        (None, r#"{"layers":[]}"#, "media-type-unknown"),
        (Some("application/json"), r#"{"layers":[]}"#, "media-type-unknown"),
        (Some("text/html"), "<html></html>", "media-type-unknown"),
        (
            Some("application/vnd.docker.distribution.manifest.v1+prettyjws"),
            r#"{"fsLayers":[]}"#,
            "media-type-unknown",
        ),
        (oci, r#"{"fsLayers":[],"layers":[]}"#, "malformed"),
        (oci, "<html></html>", "malformed"),
        (oci, "[]", "malformed"),
        (oci, "", "malformed"),
        (oci, "{}", "malformed"),
        (oci, &keys, "malformed"),
        (oci, r#"{"layers":[],"manifests":[]}"#, "manifest-and-index"),
        (list, r#"{"layers":[],"manifests":[]}"#, "manifest-and-index"),
        (oci, r#"{"manifests":[]}"#, "malformed"),
        (list, r#"{"layers":[]}"#, "malformed"),
        (list, &with_type, "media-type-mismatch"),
        (oci, &as_list, "media-type-mismatch"),
        (docker, r#"{"layers":[]}"#, "media-type-mismatch"),
        (oci, r#"{"layers":[],"layers":[]}"#, "malformed"),
        (oci, r#"{"layers":[],"Manifests":[]}"#, "malformed"),
        (oci, r#"{"Layers":[]}"#, "malformed"),
        (oci, r#"{"layers":[{"digest":"sha256:../../etc"}]}"#, "malformed"),
        (list, r#"{"manifests":[{"mediaType":"x"}]}"#, "malformed"),
        (list, &many, "too-many-children"),
    ] {
        assert_eq!(
            code(&answer(content_type, body)),
            expected,
            "{content_type:?} {body:.80}"
        );
    }
}

fn child(number: u8) -> String {
    format!(r#"{{"digest":"{}"}}"#, Digest::of_bytes(&[number]))
}

#[test]
fn a_stated_digest_is_compared_and_never_believed() {
    let body = r#"{"layers":[]}"#;
    let own = Digest::of_bytes(body.as_bytes());
    let other = Digest::of_bytes(b"other").to_string();
    for (stated, expected) in [
        (None, "ok"),
        (Some(Stated::Once(own.to_string())), "ok"),
        (Some(Stated::Once(other)), "digest-header"),
        (Some(Stated::Once(own.to_string().to_uppercase())), "digest-header"),
        (Some(Stated::Once(String::new())), "digest-header"),
        (Some(Stated::Once("sha256:../../../x".to_owned())), "digest-header"),
        (Some(Stated::Unreadable), "digest-header"),
    ] {
        let mut answer = answer(Some(OCI_MANIFEST), body);
        answer.stated_digest = stated;
        assert_eq!(code(&answer), expected, "{:?}", answer.stated_digest);
        if expected == "ok" {
            assert_eq!(Manifest::of_tag(&answer).unwrap().digest, own);
        }
    }
}

#[test]
fn bytes_asked_for_by_digest_are_those_bytes() {
    let answer = answer(Some(OCI_MANIFEST), r#"{"layers":[]}"#);
    let (own, other) = (Digest::of_bytes(&answer.bytes), Digest::of_bytes(b"other"));
    assert_eq!(Manifest::of_digest(&answer, &own).unwrap().digest, own);
    assert_eq!(
        Manifest::of_digest(&answer, &other).unwrap_err().code(),
        "digest-mismatch"
    );
}

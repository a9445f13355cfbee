//! The lines of `job-lint image --format json`.

use super::super::{Pattern, describe};
use super::EMPTY;
use serde_json::json;

#[test]
fn a_reference_is_described_in_full_and_an_error_with_every_key() {
    let rows = [
        (
            String::from("alpine"),
            json!({
                "input": "alpine", "valid": true, "registry": "docker.io", "repository": "library/alpine", "tag": "latest",
                "digest": null, "normalized": "docker.io/library/alpine:latest", "error": null,
            }),
        ),
        (
            format!("Ghcr.io/acme/x:1@{EMPTY}"),
            json!({
                "input": format!("Ghcr.io/acme/x:1@{EMPTY}"), "valid": true, "registry": "ghcr.io", "repository": "acme/x",
                "tag": "1", "digest": EMPTY, "normalized": format!("ghcr.io/acme/x:1@{EMPTY}"), "error": null,
                "notes": ["the digest decides what runs; the tag must still lead to it"],
            }),
        ),
        (
            String::from("x:"),
            json!({
                "input": "x:", "valid": false, "registry": null, "repository": null, "tag": null, "digest": null,
                "normalized": null, "error": "tag is empty; write one after the `:` or leave the `:` out",
            }),
        ),
    ];
    for (input, expected) in rows {
        assert_eq!(serde_json::to_value(describe(&input, &[])).unwrap(), expected);
    }
}

#[test]
fn with_patterns_each_is_answered_and_one_is_enough() {
    let patterns = ["acme/*", "alpine"].map(|text| Pattern::parse(text).unwrap());
    let rows = [
        ("alpine:3", true, [false, true]),
        ("acme/x", true, [true, false]),
        ("x", false, [false, false]),
        ("", false, [false, false]),
    ];
    for (input, any, each) in rows {
        let described = serde_json::to_value(describe(input, &patterns)).unwrap();
        assert_eq!(described["matches"], json!(any), "{input}");
        let answers = json!([
            { "pattern": "docker.io/acme/*", "matches": each[0] },
            { "pattern": "docker.io/library/alpine", "matches": each[1] },
        ]);
        assert_eq!(described["patterns"], answers, "{input}");
    }
}

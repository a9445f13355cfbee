//! `job-lint image`: how references are read.

use serde_json::Value;

use crate::desk::Desk;

const DIGEST: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

#[test]
fn json_has_the_same_keys_for_every_reference() {
    let desk = Desk::new();
    let digest = format!("GHCR.io/acme/app:1@{DIGEST}");
    let run = desk.run(&["image", "--format", "json", "alpine", "ghcr.io/Acme/app", &digest, ""]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), ""), "{run}");
    let keys = "input,valid,registry,repository,tag,digest,normalized,error";
    let lines: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4, "{run}");
    for line in run.out.lines() {
        let found: Vec<&str> = line
            .split('"')
            .filter(|text| keys.split(',').any(|key| key == *text))
            .collect();
        assert_eq!(found.join(","), keys, "{line}");
    }
    assert_eq!(lines[0]["normalized"], "docker.io/library/alpine:latest");
    assert_eq!(
        (&lines[0]["valid"], &lines[0]["error"]),
        (&Value::Bool(true), &Value::Null)
    );
    assert_eq!(
        (&lines[1]["valid"], &lines[1]["normalized"]),
        (&Value::Bool(false), &Value::Null)
    );
    assert!(lines[1]["error"].is_string() && lines[3]["error"].is_string());
    assert_eq!(lines[2]["registry"], "ghcr.io");
    assert_eq!((&lines[2]["tag"], &lines[2]["digest"]), (&"1".into(), &DIGEST.into()));
}

#[test]
fn a_pattern_adds_whether_it_matches() {
    let desk = Desk::new();
    let run = desk.run(&[
        "image",
        "--format=json",
        "--pattern",
        "alpine",
        "--pattern",
        "ghcr.io/acme/**",
        "ghcr.io/acme/x",
        "quay.io/x/y",
    ]);
    assert_eq!(run.code, Some(0), "not to match is an answer, no refusal: {run}");
    let lines: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&lines[0]["matches"], &lines[1]["matches"]),
        (&Value::Bool(true), &Value::Bool(false))
    );
    let patterns: Vec<(&str, bool)> = lines[0]["patterns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| {
            (
                answer["pattern"].as_str().unwrap(),
                answer["matches"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        patterns,
        [("docker.io/library/alpine", false), ("ghcr.io/acme/**", true)]
    );
}

#[test]
fn exit_codes_tell_references_from_wrong_calls() {
    let desk = Desk::new();
    for (arguments, code) in [
        (&["alpine"][..], 0),
        (&["alpine", "nginx:1"], 0),
        (&["alpine", "UPPER"], 1),
        (&["--", "--pattern"], 1),
        (&["--", "alpine"], 0),
        (&["--pattern", "alpine", "--", "nginx"], 0),
        (&["--pattern", "**/", "alpine"], 2),
        (&["--pattern", "", "alpine"], 2),
        (&["--pattern"], 2),
        (&["--bogus", "alpine"], 2),
        (&[], 2),
    ] {
        let run = desk.run(&[&["image"], arguments].concat());
        assert_eq!(run.code, Some(code), "{run}");
    }
}

#[test]
fn the_outputs_read_well() {
    let desk = Desk::new();
    let run = desk.run(&[
        "image",
        "--pattern",
        "alpine",
        "alpine",
        "evil.example/alpine",
        "test.com:5000",
        "Alpine",
        "--pattern",
        "docker.io/*/*",
    ]);
    insta::assert_snapshot!("image", run);
    insta::assert_snapshot!("image_pattern", desk.run(&["image", "--pattern", "*.io/x", "alpine"]));
}

//! `job-lint plan`: the verdict on one event, and the objects that would be created.

use job_executor_service::yaml::{Limits, parse_documents};
use serde_json::Value;

use crate::desk::{Desk, GOOD};

const BASIS: [&str; 7] = [
    "plan",
    "--policy",
    "policies",
    "--facts",
    "facts.json",
    "--event",
    "event.json",
];

fn plan<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&BASIS[..], more].concat()
}

#[test]
fn the_outputs_read_well() {
    let desk = Desk::new();
    desk.write(
        "other.json",
        include_str!("../cases/event.json").replace("sample", "other"),
    );
    let basis = ["plan", "--policy", "policies", "--facts", "facts.json", "--event"];
    for (name, event, file) in [
        ("plan_admitted", "event.json", "good/job/config.yaml"),
        ("plan_denied", "event.json", "bad/job/config.yaml"),
        ("plan_broken", "event.json", "broken.yaml"),
        ("plan_unmatched", "other.json", "good/job/config.yaml"),
    ] {
        let arguments = [&basis[..], &[event, file]].concat();
        insta::assert_snapshot!(name, desk.run(&arguments));
    }
}

#[test]
fn the_whole_output_is_yaml_that_can_be_applied() {
    let desk = Desk::new();
    // Two tasks under one fence, and an action of which the policy refuses the image.
    let task = "      - { name: \"Again\\n---\\n\", image: \"alpine:3.20\" }\n";
    let refused =
        "  - name: \"Refused\"\n    events: [ { name: sample } ]\n    tasks: [ { name: x, image: quay.io/x/y } ]\n";
    desk.write("mixed.yaml", format!("{GOOD}{task}{refused}"));
    let run = desk.run(&plan(&["mixed.yaml"]));
    assert_eq!(run.code, Some(1), "{run}");
    let (comments, objects) = run.out.split_once("---\n").unwrap();
    assert!(comments.lines().all(|line| line.starts_with('#')), "{comments}");
    assert!(comments.contains("# error[image-not-allowed]") && comments.contains("# mixed.yaml: denied"));
    let documents = parse_documents("plan", objects, &Limits::default()).unwrap();
    assert_eq!(documents.len(), 3, "{objects}");
    let kinds: Vec<&str> = objects.lines().filter_map(|line| line.strip_prefix("kind: ")).collect();
    assert_eq!(kinds, ["NetworkPolicy", "Job", "Job"]);
    let hidden = objects.lines().filter(|line| *line == "---").count();
    assert_eq!(hidden, 2, "a task's name must not end a document: {objects}");
}

#[test]
fn json_is_the_verdict_on_one_line_whatever_was_matched() {
    let desk = Desk::new();
    desk.write("other.yaml", GOOD.replace("sample", "other"));
    for (file, verdict, code, actions) in [
        ("good/job/config.yaml", "admitted", 0, 1),
        ("bad/job/config.yaml", "denied", 1, 1),
        ("other.yaml", "admitted", 0, 0),
    ] {
        let run = desk.run(&plan(&[
            "--format",
            "json",
            "--at",
            "2026-01-01T00:00:00.000000001Z",
            file,
        ]));
        assert_eq!(
            (run.code, run.out.lines().count(), run.err.as_str()),
            (Some(code), 1, ""),
            "{run}"
        );
        let line: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(line["verdict"], verdict, "{run}");
        assert_eq!(line["actions"].as_array().unwrap().len(), actions, "{run}");
        assert_eq!(line["at"], "2026-01-01T00:00:00.000000001Z");
        assert_eq!(line["eventType"], "sh.keptn.event.sample.triggered");
    }
    let run = desk.run(&plan(&["--format", "json", "broken.yaml"]));
    let line: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (run.code, &line["verdict"], &line["file"]),
        (Some(1), &"denied".into(), &"broken.yaml".into())
    );
}

#[test]
fn without_facts_nothing_is_planned() {
    let desk = Desk::new();
    let run = desk.run(&[
        "plan",
        "--policy",
        "policies",
        "--event",
        "event.json",
        "good/job/config.yaml",
    ]);
    assert_eq!(run.code, Some(2), "{run}");
    assert!(!run.out.contains("kind: Job"), "{run}");
    assert!(run.err.contains("--live looks up images and NetworkPolicies"), "{run}");
}

#[test]
fn an_event_that_the_service_could_not_handle_is_refused_in_its_words() {
    let desk = Desk::new();
    for (name, event, code, says) in [
        (
            "no-json",
            "{".to_owned(),
            2,
            "error: event no-json.json: event is not JSON",
        ),
        (
            "no-event",
            "{}".to_owned(),
            2,
            "error: event no-event.json: event attribute `id` is missing",
        ),
        (
            "no-project",
            include_str!("../cases/event.json").replace("sockshop", ""),
            1,
            "project `` of the event cannot be looked up",
        ),
        (
            "outside",
            include_str!("../cases/event.json").replace("sockshop", "../other"),
            1,
            "project `../other` of the event cannot be looked up",
        ),
        (
            "number",
            include_str!("../cases/event.json").replace("\"sockshop\"", "7"),
            1,
            "data.project is a number, expected a string",
        ),
    ] {
        let file = format!("{name}.json");
        desk.write(&file, event);
        let arguments = ["plan", "--policy", "policies", "--event", &file, "good/job/config.yaml"];
        let run = desk.run(&arguments);
        assert_eq!(run.code, Some(code), "{run}");
        assert!(format!("{}{}", run.err, run.out).contains(says), "{says}\n{run}");
    }
}

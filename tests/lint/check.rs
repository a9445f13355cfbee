//! `job-lint check`: every task of some configs, without an event.

use serde_json::Value;

use crate::desk::{BAD, BROKEN, Desk, GOOD};

const BASIS: [&str; 4] = ["--policy", "policies", "--facts", "facts.json"];

fn check<'a>(basis: &[&'a str], files: &[&'a str]) -> Vec<&'a str> {
    [&["check"], basis, files].concat()
}

#[test]
fn the_outputs_read_well() {
    let desk = Desk::new();
    for (name, arguments) in [
        ("check_admitted", check(&BASIS, &["good"])),
        ("check_denied", check(&BASIS, &["bad/job/config.yaml"])),
        ("check_undecided", check(&BASIS[..2], &["good/job/config.yaml"])),
        ("check_broken", check(&BASIS, &["broken.yaml"])),
        ("check_built_in", check(&[], &["good/job/config.yaml"])),
        (
            "check_several",
            check(&BASIS, &["none.yaml", "good", "privileged.yaml"]),
        ),
    ] {
        insta::assert_snapshot!(name, desk.run(&arguments));
    }
}

#[test]
fn a_policy_that_says_nothing_new_is_warned_of_and_used() {
    let desk = Desk::new();
    desk.write(
        "warned.yaml",
        "apiVersion: job-executor.keptn.sh/v1alpha1\nkind: Policy\nmetadata: { name: warned }\nimages:\n  allow:\n    \
         - image: alpine\n    - image: docker.io/library/*\n",
    );
    for format in ["human", "json"] {
        let run = desk.run(&[
            "check",
            "--policy",
            "warned.yaml",
            "--format",
            format,
            "good/job/config.yaml",
        ]);
        assert_eq!(run.code, Some(1), "{run}");
        for expected in ["warning: ", "warned.yaml:6:7", "\"alpine\" adds nothing", "line 7"] {
            assert!(run.to_string().contains(expected), "{expected}\n{run}");
        }
    }
}

#[test]
fn the_worst_verdict_is_the_exit_code_and_denied_beats_undecided() {
    let desk = Desk::new();
    desk.write("empty.yaml", "apiVersion: v2\nactions: []\n");
    let (good, bad) = ("good/job/config.yaml", "bad/job/config.yaml");
    for (basis, files, code) in [
        (&BASIS[..], &[good][..], 0),
        (&BASIS[..], &[good, good], 0),
        // Without facts nobody knows the image.
        (&BASIS[..2], &[good], 2),
        (&BASIS[..2], &[good, "empty.yaml"], 2),
        (&BASIS[..2], &["empty.yaml"], 0),
        (&BASIS[..2], &[good, bad], 1),
        (&BASIS[..2], &[bad, good], 1),
        (&BASIS[..], &["none.yaml", good], 2),
        (&BASIS[..], &["none.yaml", bad], 1),
        (&BASIS[..], &[bad, "none.yaml"], 1),
        (&BASIS[..], &["broken.yaml"], 1),
        (&BASIS[..], &[good, "broken.yaml"], 1),
    ] {
        let run = desk.run(&check(basis, files));
        assert_eq!(run.code, Some(code), "{run}");
        let json = desk.run(&check(&[basis, &["--format", "json"]].concat(), files));
        assert_eq!(json.code, Some(code), "{json}");
    }
}

#[test]
fn json_is_one_line_for_each_document_that_says_which_one_it_is() {
    let desk = Desk::new();
    let files = ["good/job/config.yaml", "broken.yaml", "-"];
    let arguments = check(&[&BASIS[..], &["--format", "json"]].concat(), &files);
    let run = desk.run_with(&arguments, BAD.as_bytes());
    let lines: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let summary: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| (line["file"].as_str().unwrap(), line["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(
        summary,
        [
            ("good/job/config.yaml", "admitted"),
            ("broken.yaml", "denied"),
            ("<stdin>", "denied")
        ]
    );
    assert_eq!(run.err, "", "nothing but data: {run}");
    assert_eq!(lines[1]["problems"].as_array().unwrap().len(), 3, "{run}");
    assert_eq!(lines[1]["problems"][0]["span"]["line"], 4);
    let image = lines[0]["actions"][0]["images"][0].as_str().unwrap();
    assert!(image.starts_with("docker.io/library/alpine@sha256:5f70"), "{image}");
    let notes: Vec<&str> = lines[0]["actions"][0]["notes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["mode"].as_str().unwrap())
        .collect();
    assert_eq!(notes, ["audit", "warn"]);
    let finding = &lines[2]["actions"][0]["findings"][0];
    for key in [
        "check", "class", "mode", "task", "field", "at", "message", "help", "policy", "rule",
    ] {
        assert!(finding.get(key).is_some(), "{key} is missing in {finding:#}");
    }
    // A rule is named by its file's name alone, as in the service; for people the path is printed.
    assert_eq!(finding["rule"]["file"], "team.yaml");
}

#[test]
fn a_folder_stands_for_every_config_below_it() {
    let desk = Desk::new();
    desk.write("repo/a/job/config.yaml", GOOD);
    desk.write("repo/b/c/job/config.yaml", GOOD);
    desk.write("repo/config.yaml", BROKEN);
    desk.write("repo/job/other.yaml", BROKEN);
    desk.write("repo/.git/job/config.yaml", BROKEN);
    std::os::unix::fs::symlink("../../broken.yaml", desk.path("repo/b/linked.yaml")).unwrap();
    std::os::unix::fs::symlink("../bad", desk.path("repo/linked")).unwrap();
    let files = |run: &crate::desk::Run| -> Vec<String> {
        let name = |line: &str| {
            serde_json::from_str::<Value>(line).unwrap()["file"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        run.out.lines().map(name).collect()
    };
    for (folder, expected) in [
        ("repo", &["repo/a/job/config.yaml", "repo/b/c/job/config.yaml"][..]),
        ("repo/a", &["repo/a/job/config.yaml"]),
        ("repo/a/job", &["repo/a/job/config.yaml"]),
    ] {
        let run = desk.run(&check(&[&BASIS[..], &["--format", "json"]].concat(), &[folder]));
        assert_eq!(files(&run), expected, "{run}");
        assert_eq!(run.code, Some(0), "{run}");
    }
    desk.folder("nothing");
    let run = desk.run(&check(&BASIS, &["nothing"]));
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run}");
    assert_eq!(run.err, "error: there is no job/config.yaml in nothing or below it\n");
}

#[test]
fn files_are_looked_for_beside_the_job_folder_or_where_it_is_said() {
    let desk = Desk::new();
    let config = GOOD.replace("cmd: ", "files: [ a.txt ]\n        cmd: ");
    desk.write("repo/job/config.yaml", &config);
    desk.write("loose.yaml", &config);
    desk.write("files/a.txt", "a");
    let run = desk.run(&check(&BASIS, &["repo"]));
    assert_eq!(run.code, Some(1), "{run}");
    assert!(
        run.out
            .contains("error[files-missing]: could not find file or directory `a.txt`"),
        "{run}"
    );
    let run = desk.run(&check(&BASIS, &["loose.yaml"]));
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.out.contains("name the checkout with --files DIR"), "{run}");
    let run = desk.run(&check(
        &[&BASIS[..], &["--files", "files"]].concat(),
        &["loose.yaml", "repo"],
    ));
    assert_eq!(run.code, Some(0), "{run}");
    desk.write("repo/a.txt", "a");
    let run = desk.run(&check(&BASIS, &["repo"]));
    assert_eq!(run.code, Some(0), "{run}");
    let run = desk.run(&check(&[&BASIS[..], &["--files", "none"]].concat(), &["repo"]));
    assert_eq!(
        (run.code, run.err.as_str()),
        (Some(2), "error: --files none is no folder\n")
    );
}

#[test]
fn what_was_accepted_and_may_surprise_is_a_warning() {
    let desk = Desk::new();
    let config = GOOD.replace(
        "events: [ { name: \"sh.keptn.event.sample.triggered\" } ]",
        "silent: yes\n    events:\n      - name: \"*\"\n      - { name: x, jsonpath: { property: \"$.data.[\", match: y } }",
    ) + "  - name: \"never\"\n    tasks: []\n";
    desk.write("odd.yaml", config);
    insta::assert_snapshot!("check_warnings", desk.run(&check(&BASIS, &["odd.yaml"])));
    let run = desk.run(&check(&[&BASIS[..], &["--format", "json"]].concat(), &["odd.yaml"]));
    let line: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(line["warnings"].as_array().unwrap().len(), 4, "{run}");
}

#[test]
fn a_broken_policy_is_said_whole_and_judges_nothing() {
    let desk = Desk::new();
    desk.write(
        "broken/a.yaml",
        "apiVersion: job-executor.keptn.sh/v1alpha1\nkind: Policy\nmetadata: { name: x }\nimages: { allow: [] }\nmod: warn\n",
    );
    desk.write("broken/b.yaml", "\n");
    desk.write("broken/readme.md", "not read");
    let run = desk.run(&["check", "--policy", "broken", "good"]);
    insta::assert_snapshot!("check_policy_broken", run);
    for place in ["broken/a.yaml:4:18", "broken/a.yaml:5:1", "broken/b.yaml:1:1"] {
        assert!(run.to_string().contains(place), "{place} is missing in {run}");
    }
    desk.folder("nothing");
    desk.write("binary/x.yaml", [0xff, 0xfe]);
    for (arguments, says) in [
        (["check", "--policy", "nothing", "good"], "there is no policy file"),
        (
            ["check", "--policy", "none", "good"],
            "error: policy none cannot be read",
        ),
        (
            ["check", "--policy", "binary", "good"],
            "error: policy binary/x.yaml cannot be read",
        ),
        (
            ["check", "--settings", "event.json", "good"],
            "error: settings event.json: unknown field `specversion`",
        ),
        (
            ["check", "--facts", "event.json", "good"],
            "error: facts event.json: unknown field `specversion`",
        ),
        (
            ["check", "--settings", "none.json", "good"],
            "error: none.json cannot be read",
        ),
    ] {
        for format in ["human", "json"] {
            let run = desk.run(&[&arguments[..], &["--format", format]].concat());
            assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run}");
            assert!(run.to_string().contains(says), "{says}\n{run}");
        }
    }
}

//! The original's form, exactly: `job-lint [-allow-privileged-jobs[=BOOL]] FILE` (protocol reference 4.2).

use crate::desk::Desk;

#[test]
fn a_valid_config_is_said_to_be_valid_on_standard_error() {
    let desk = Desk::new();
    let file = "good/job/config.yaml";
    for arguments in [
        &[file][..],
        &["-allow-privileged-jobs", file],
        &["--allow-privileged-jobs", file],
        &["-allow-privileged-jobs=true", file],
        &["-allow-privileged-jobs=false", file],
        &["--", file],
        &["-allow-privileged-jobs", "--", file],
    ] {
        let run = desk.run(arguments);
        assert_eq!(run.code, Some(0), "{run}");
        assert_eq!(
            (run.out.as_str(), run.err.as_str()),
            ("", "config good/job/config.yaml is valid\n")
        );
    }
}

#[test]
fn privileged_tasks_need_the_flag_in_one_of_go_s_spellings() {
    let desk = Desk::new();
    for (flag, code) in [
        ("-allow-privileged-jobs", 0),
        ("--allow-privileged-jobs", 0),
        ("-allow-privileged-jobs=1", 0),
        ("-allow-privileged-jobs=t", 0),
        ("-allow-privileged-jobs=T", 0),
        ("-allow-privileged-jobs=true", 0),
        ("-allow-privileged-jobs=TRUE", 0),
        ("--allow-privileged-jobs=True", 0),
        ("-allow-privileged-jobs=0", 1),
        ("-allow-privileged-jobs=f", 1),
        ("-allow-privileged-jobs=F", 1),
        ("--allow-privileged-jobs=false", 1),
        ("-allow-privileged-jobs=FALSE", 1),
        ("-allow-privileged-jobs=False", 1),
        ("-allow-privileged-jobs=yes", 2),
        ("-allow-privileged-jobs=", 2),
        ("-allow-privileged-jobs=tRUE", 2),
        ("--", 1),
    ] {
        let run = desk.run(&[flag, "privileged.yaml"]);
        assert_eq!(run.code, Some(code), "{run}");
        assert_eq!(run.out, "", "{run}");
    }
    insta::assert_snapshot!("legacy_privileged", desk.run(&["privileged.yaml"]));
}

#[test]
fn what_cannot_be_read_is_refused_and_wrong_flags_are_a_wrong_call() {
    let desk = Desk::new();
    for (arguments, code, says) in [
        (
            &["none.yaml"][..],
            1,
            "error: none.yaml cannot be read: No such file or directory",
        ),
        (&["broken.yaml"], 1, "broken.yaml:4:5"),
        (
            &["good"],
            1,
            "`job-lint check good` judges every job/config.yaml below it",
        ),
        (&["chek"], 1, "did you mean the command `job-lint check`?"),
        (&["-x", "broken.yaml"], 2, "flag provided but not defined: -x"),
        (&["--x=1", "broken.yaml"], 2, "flag provided but not defined: -x"),
        (&["---x", "broken.yaml"], 2, "bad flag syntax: ---x"),
        (&["-=true", "broken.yaml"], 2, "bad flag syntax: -=true"),
        (
            &["-allow-privileged-jobs=maybe", "broken.yaml"],
            2,
            "invalid boolean value \"maybe\" for -allow-privileged-jobs: parse error",
        ),
        (
            &["-allow-privileged-jobs"],
            2,
            "exactly one file is wanted, 0 were given",
        ),
        (
            &["broken.yaml", "broken.yaml"],
            2,
            "exactly one file is wanted, 2 were given",
        ),
        // Go stops at the first argument that is no flag.
        (
            &["broken.yaml", "-allow-privileged-jobs"],
            2,
            "exactly one file is wanted, 2 were given",
        ),
        (
            &["--policy", "policies", "broken.yaml"],
            2,
            "--policy belongs behind a command: `job-lint check --policy …`",
        ),
        (&["--event=event.json", "x"], 2, "`job-lint plan --event …`"),
    ] {
        let run = desk.run(arguments);
        assert_eq!(run.code, Some(code), "{run}");
        assert!(run.err.contains(says), "{says}\n{run}");
        assert_eq!(run.out, "", "{run}");
        assert_eq!(run.err.contains("usage: job-lint "), code == 2, "{run}");
    }
}

#[test]
fn every_mistake_of_a_file_is_said_at_once() {
    insta::assert_snapshot!("legacy_broken", Desk::new().run(&["broken.yaml"]));
}

#[test]
fn a_config_can_come_by_a_pipe() {
    let run = Desk::new().run_with(&["-"], crate::desk::GOOD.as_bytes());
    assert_eq!(
        (run.code, run.err.as_str()),
        (Some(0), "config <stdin> is valid\n"),
        "{run}"
    );
}

/// The original looks at the form of a config and at privileges, not at what a registry, a cluster or a checkout holds.
#[test]
fn the_examples_of_the_documents_are_valid_but_for_those_that_show_a_wrong_form() {
    let mut folders: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path().join("config.yaml"))
        .filter(|path| path.is_file())
        .collect();
    folders.sort();
    assert!(folders.len() > 30);
    let desk = Desk::new();
    let invalid: Vec<String> = folders
        .iter()
        .filter(|path| {
            let text = std::fs::read_to_string(path)
                .unwrap()
                .replace("${JOB_NAMESPACE}", "keptn-jobs");
            let run = desk.run_with(&["-allow-privileged-jobs", "-"], text.as_bytes());
            assert!(matches!(run.code, Some(0 | 1)), "{}: {run}", path.display());
            run.code == Some(1)
        })
        .filter_map(|path| Some(path.parent()?.file_name()?.to_str()?.to_owned()))
        .collect();
    assert_eq!(
        invalid,
        [
            "54-environment-value-from-unknown",
            "68-quantity-that-is-none",
            "70-poll-duration-zero",
            "75-seccomp-profile-without-type",
            "80-pull-policy-unknown",
            "91-key-unknown",
            "92-key-twice",
            "93-api-version-missing",
            "94-command-as-text",
            "95-image-missing",
        ]
    );
}

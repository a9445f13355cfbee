//! Help, version, and calls that are none.

use crate::desk::Desk;

#[test]
fn help_is_data_and_names_every_command_and_the_exit_codes() {
    let desk = Desk::new();
    let help = desk.run(&["--help"]);
    insta::assert_snapshot!("help", help);
    for same in ["-h", "-help", "help"] {
        let run = desk.run(&[same]);
        assert_eq!(
            (run.code, run.out.as_str(), run.err.as_str()),
            (Some(0), help.out.as_str(), ""),
            "{run}"
        );
    }
    for command in ["check", "plan", "image", "verify", "explain"] {
        assert!(help.out.contains(command));
        let run = desk.run(&[command, "--help"]);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run}");
        assert!(run.out.contains(&format!("Usage: job-lint {command}")), "{run}");
    }
    let version = desk.run(&["--version"]);
    assert_eq!(version.out, format!("job-lint {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_call_ends_with_2_and_says_on_standard_error_what_would_be_right() {
    let desk = Desk::new();
    for arguments in [
        &[][..],
        &["check"],
        &["check", "--bogus", "x"],
        &["check", "--format", "xml", "good"],
        &["check", "--at", "yesterday", "good"],
        &["check", "--policy"],
        &["plan", "good/job/config.yaml"],
        &["plan", "--event", "event.json"],
        &["plan", "--event", "event.json", "a", "b"],
        &["image"],
        &["verify"],
        &["verify", "bundle", "file"],
        &["verify-bundle", "--bundle", "b"],
        &["explain", "a", "b"],
        &["help", "bogus"],
    ] {
        let run = desk.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run}");
        assert!(
            run.err.to_lowercase().contains("usage: job-lint") || run.err.contains("--help"),
            "{run}"
        );
    }
}

//! Inputs that want to steer a terminal, a log reader or the process itself.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::process::Stdio;

use crate::desk::{Desk, GOOD, Run};

/// Texts that YAML writes as escapes, so that the file itself is plain.
const NASTY: &str = r#""x\e[31m\u009b2J\u202Etxt\u2028\u200b\a\n::error::injected\r\t""#;

fn is_harmless(run: &Run) {
    let text = format!("{}{}", run.out, run.err);
    let odd = text.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    });
    assert_eq!(odd, None, "{run}");
    let injected = text.lines().any(|line| line.trim_start().starts_with("::error"));
    assert!(!injected, "{run}");
}

#[test]
fn nothing_in_a_file_reaches_the_terminal_as_it_is() {
    let desk = Desk::new();
    let names = GOOD.replace("\"Greet\"", NASTY).replace("\"Say hello\"", NASTY);
    let everywhere = names.replace("\"alpine:3.20\"", NASTY).replace(
        "cmd: ",
        &format!("serviceAccount: {NASTY}\n        namespace: {NASTY}\n        cmd: "),
    );
    let event = GOOD.replace("\"sh.keptn.event.sample.triggered\"", NASTY);
    let unknown = GOOD.replace("cmd: ", &format!("{NASTY}: 1\n        cmd: "));
    desk.write("policies/nasty.yaml", format!("{NASTY}: 1\n"));
    desk.write("raw.yaml", "apiVersion: v2\nactions: \u{1b}[31m\u{9b}x\n");
    desk.write("latin.yaml", [0x61, 0xe4]);
    desk.write("x\u{1b}[31m\n::error::.yaml", &names);
    for (number, text) in [names, everywhere, event, unknown].iter().enumerate() {
        let file = format!("{number}.yaml");
        desk.write(&file, text);
        for format in ["human", "json"] {
            let basis = ["--policy", "policies/team.yaml", "--format", format];
            is_harmless(&desk.run(&[&["check"], &basis[..], &[&file]].concat()));
            let event = ["--facts", "facts.json", "--event", "event.json"];
            is_harmless(&desk.run(&[&["plan"], &basis[..], &event, &[&file]].concat()));
        }
        is_harmless(&desk.run(&[&file]));
    }
    for arguments in [
        &["raw.yaml"][..],
        &["latin.yaml"],
        &["x\u{1b}[31m\n::error::.yaml"],
        &["none\u{1b}[31m\n::error::.yaml"],
        &[
            "check",
            "raw.yaml",
            "latin.yaml",
            "x\u{1b}[31m\n::error::.yaml",
            "none\u{1b}",
        ],
        &["check", "--policy", "policies", "raw.yaml"],
        &["check", "--settings", "none\u{1b}\u{9b}", "x"],
        &["check", "--policy", "none\u{1b}\u{9b}", "x"],
        &["check", "--files", "none\u{1b}\u{9b}", "x"],
        &["image", "a\u{1b}[31m\u{202e}b\u{9b}"],
        &["image", "--format", "json", "a\u{1b}[31m\u{202e}b\u{9b}"],
        &["image", "--pattern", "a\u{1b}\u{202e}b\u{9b}", "alpine"],
        &["-\u{1b}[31m", "x"],
        &["-allow-privileged-jobs=\u{1b}[31m", "x"],
    ] {
        is_harmless(&desk.run(arguments));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    let desk = Desk::new();
    let task = "      - { name: \"t\", image: \"evil.example/x\" }\n";
    desk.write("long.yaml", format!("{GOOD}{}", task.repeat(400)));
    for arguments in [
        &["check", "--policy", "policies", "long.yaml"][..],
        &["check", "--policy", "policies", "--format", "json", "long.yaml"],
        &["long.yaml"],
        &["--help"],
        &["explain", "privileged"],
        &["image", "alpine"],
    ] {
        let mut child = desk
            .command()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Both pipes are closed before anything is read from them.
        drop(child.stdout.take());
        drop(child.stderr.take());
        let status = child.wait().unwrap();
        assert!(status.code().is_some_and(|code| code <= 2), "{arguments:?}: {status}");
    }
}

#[test]
fn an_argument_that_is_no_text_is_a_wrong_call() {
    let argument = OsString::from_vec(vec![b'a', 0xff]);
    for arguments in [vec![argument.clone()], vec![OsString::from("check"), argument]] {
        let run = Desk::new().run_with(&arguments, b"");
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run}");
        assert_eq!(run.err, "error: the argument a\u{fffd} is not UTF-8\n");
    }
}

#[test]
fn a_file_without_end_is_refused_like_one_that_is_too_large() {
    let desk = Desk::new();
    desk.write("large.yaml", "#".repeat(1024 * 1024 + 1));
    for (arguments, code) in [
        (&["check", "/dev/zero"][..], 2),
        (&["check", "large.yaml"], 2),
        (&["large.yaml"], 1),
        (&["check", "--settings", "/dev/zero", "large.yaml"], 2),
        (&["plan", "--event", "/dev/zero", "large.yaml"], 2),
    ] {
        let run = desk.run(arguments);
        assert_eq!(run.code, Some(code), "{run}");
        assert!(
            run.err
                .contains("larger than 1048576 bytes, the most that the service reads"),
            "{run}"
        );
    }
}

//! The form of the original: `job-lint [-allow-privileged-jobs[=BOOL]] FILE`.
//!
//! Go's flag rules: one or two dashes, flags before the file, exactly one file; messages go to standard error.

use std::path::PathBuf;

use super::arguments::{NAMES, OPTIONS};
use super::check::judge;
use super::configs::{Unopened, open};
use super::desk::{Desk, Unusable};
use super::{Exit, Streams};
use crate::admission::Class;
use crate::report::{Level, VerdictKind, escape_line, problem_text, verdict_text};
use crate::settings::{PrivilegedJobs, Settings};
use crate::yaml::nearest;

const FLAG: &str = "allow-privileged-jobs";
const USAGE: &str =
    "usage: job-lint [-allow-privileged-jobs[=true|false]] FILE\n       job-lint --help shows the other commands";

/// Whether the arguments are of this form, rather than of the commands.
pub(super) fn wants(arguments: &[String]) -> bool {
    arguments.first().is_some_and(|first| {
        let help = ["-h", "-help", "--help", "-V", "--version"];
        !NAMES.contains(&first.as_str()) && !help.contains(&first.as_str())
    })
}

/// Parses and judges. Like the original it looks at what a desk can know: what could not be looked up is not reported.
pub(super) async fn run(arguments: &[String], streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let (privileged_jobs, file) = match parse(arguments) {
        Ok(parsed) => parsed,
        Err(message) => {
            writeln!(streams.err, "{message}\n{USAGE}")?;
            return Ok(Exit::Undecided);
        }
    };
    let opened = match open(&file) {
        Ok(opened) => opened,
        Err(Unopened::Unreadable(Unusable(message))) => {
            write!(streams.err, "{message}")?;
            if let Some(command) = nearest(&file.to_string_lossy(), NAMES).filter(|_| !file.exists()) {
                writeln!(streams.err, "did you mean the command `job-lint {command}`?")?;
            }
            if file.is_dir() {
                let folder = escape_line(&file.display().to_string());
                writeln!(
                    streams.err,
                    "`job-lint check {folder}` judges every job/config.yaml below it"
                )?;
            }
            return Ok(Exit::Denied);
        }
        Err(Unopened::Refused { source, problems }) => {
            for problem in &problems {
                writeln!(streams.err, "{}", problem_text(Level::Error, problem, &source))?;
            }
            return Ok(Exit::Denied);
        }
    };
    let desk = match Desk::compatible(Settings {
        privileged_jobs,
        ..Settings::chart_defaults()
    }) {
        Ok(desk) => desk,
        Err(Unusable(message)) => {
            write!(streams.err, "{message}")?;
            return Ok(Exit::Undecided);
        }
    };
    let mut report = judge(&desk, &file, &opened.config).await;
    for action in &mut report.actions {
        action.findings.retain(|finding| finding.class == Class::Denied);
        // The original knew no exceptions; what its built-in policy lets through is no news here.
        action.accepted.clear();
    }
    if report.findings().next().is_none() {
        writeln!(streams.err, "config {} is valid", escape_line(&opened.source.name))?;
        return Ok(Exit::Clean);
    }
    report.verdict = VerdictKind::Denied;
    write!(streams.err, "{}", verdict_text(&desk.shown(&report), &opened.source))?;
    Ok(Exit::Denied)
}

fn parse(arguments: &[String]) -> Result<(PrivilegedJobs, PathBuf), String> {
    let mut privileged = PrivilegedJobs::Refused;
    let mut rest = arguments;
    while let Some((first, after)) = rest.split_first() {
        if first == "--" {
            rest = after;
            break;
        }
        let Some(flag) = first
            .strip_prefix("--")
            .or_else(|| first.strip_prefix('-'))
            .filter(|flag| !flag.is_empty())
        else {
            break;
        };
        let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
        if name.is_empty() || name.starts_with('-') {
            return Err(format!("bad flag syntax: {}", escape_line(first)));
        }
        if name != FLAG {
            let hint = OPTIONS
                .iter()
                .find(|(option, _)| *option == name)
                .map(|(option, command)| {
                    format!("\n--{option} belongs behind a command: `job-lint {command} --{option} …`")
                });
            let hint = hint.unwrap_or_default();
            return Err(format!("flag provided but not defined: -{}{hint}", escape_line(name)));
        }
        privileged = match value {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => PrivilegedJobs::Policy,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => PrivilegedJobs::Refused,
            other => {
                let other = escape_line(other);
                return Err(format!("invalid boolean value \"{other}\" for -{FLAG}: parse error"));
            }
        };
        rest = after;
    }
    match rest {
        [file] => Ok((privileged, file.into())),
        files => Err(format!("exactly one file is wanted, {} were given", files.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<(PrivilegedJobs, PathBuf), String> {
        parse(
            &arguments
                .iter()
                .map(|argument| (*argument).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn flags_are_read_as_go_reads_them() {
        for (arguments, privileged) in [
            (vec!["f"], PrivilegedJobs::Refused),
            (vec!["-allow-privileged-jobs", "f"], PrivilegedJobs::Policy),
            (vec!["--allow-privileged-jobs", "f"], PrivilegedJobs::Policy),
            (vec!["-allow-privileged-jobs=true", "f"], PrivilegedJobs::Policy),
            (vec!["-allow-privileged-jobs=T", "f"], PrivilegedJobs::Policy),
            (vec!["--allow-privileged-jobs=0", "f"], PrivilegedJobs::Refused),
            (vec!["--", "f"], PrivilegedJobs::Refused),
        ] {
            assert_eq!(parsed(&arguments), Ok((privileged, "f".into())), "{arguments:?}");
        }
        for arguments in [
            vec![],
            vec!["a", "b"],
            vec!["-x", "f"],
            vec!["-allow-privileged-jobs=maybe", "f"],
            vec!["-allow-privileged-jobs=", "f"],
            vec!["---allow-privileged-jobs", "f"],
            vec!["-=true", "f"],
            vec!["f", "-allow-privileged-jobs"],
        ] {
            assert!(parsed(&arguments).is_err(), "{arguments:?}");
        }
    }
}

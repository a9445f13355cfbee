//! `job-lint check`: every task of a config, without an event.

use std::path::Path;
use std::sync::Arc;

use super::arguments::{CheckArguments, Format};
use super::desk::{Desk, Unusable, read};
use super::{Exit, Streams};
use crate::admission::{Facts, Request};
use crate::config::{self, JobConfig};
use crate::event::Event;
use crate::plan::Values;
use crate::report::{VerdictKind, VerdictReport, problem_text, verdict_text};

pub(super) async fn run(arguments: &CheckArguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let desk = match Desk::open(&arguments.basis).await {
        Ok(desk) => desk,
        Err(Unusable(text)) => {
            write!(streams.err, "{text}")?;
            return Ok(Exit::Undecided);
        }
    };
    if arguments.basis.format == Format::Human {
        writeln!(streams.err, "judged by {}", desk.used)?;
    }
    let mut exit = Exit::Clean;
    for path in &arguments.configs {
        exit = exit.max(one(&desk, path, arguments.basis.format, streams).await?);
    }
    Ok(exit)
}

async fn one(desk: &Desk, path: &Path, format: Format, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let (text, config) = match open(path) {
        Ok(opened) => opened,
        Err(Unopened::Unreadable(text)) => {
            write!(streams.err, "{text}")?;
            return Ok(Exit::Undecided);
        }
        Err(Unopened::Refused { text, problems }) => {
            refuse(path, &text, &problems, format, streams)?;
            return Ok(Exit::Denied);
        }
    };
    let report = judge(desk, path, &config).await;
    print(&report, path, &text, format, streams)?;
    Ok(exit_of(report.verdict))
}

/// A config that could not be judged.
pub(super) enum Unopened {
    /// The file cannot be read.
    Unreadable(String),
    /// It is not a job config.
    Refused {
        /// Its text.
        text: String,
        /// Why.
        problems: Vec<crate::yaml::Problem>,
    },
}

/// Reads and parses a config.
pub(super) fn open(path: &Path) -> Result<(String, JobConfig), Unopened> {
    let text = read(path).map_err(|Unusable(text)| Unopened::Unreadable(text))?;
    match config::parse(&path.display().to_string(), &text) {
        Ok(config) => Ok((text, config)),
        Err(problems) => Err(Unopened::Refused { text, problems }),
    }
}

/// Judges every task of a config; values of the event are placeholders.
pub(super) async fn judge(desk: &Desk, path: &Path, config: &JobConfig) -> VerdictReport {
    let event = Arc::new(Event::placeholder());
    let all: Vec<usize> = config.actions.iter().map(|action| action.index).collect();
    let request = Request {
        actions: crate::plan::plan(&event, config, &all, &desk.settings, Values::Placeholders),
        event,
        settings: Arc::clone(&desk.settings),
        policies: Arc::clone(&desk.policies),
        at: desk.at,
    };
    let (verdicts, _) = crate::gather::decide(&request, Facts::default(), &desk.answers(path)).await;
    VerdictReport::of(&request, &verdicts)
}

/// Prints what keeps a text from being a job config.
pub(super) fn refuse(
    path: &Path,
    text: &str,
    problems: &[crate::yaml::Problem],
    format: Format,
    streams: &mut Streams<'_>,
) -> std::io::Result<()> {
    let file = path.display().to_string();
    match format {
        Format::Json => {
            let document = serde_json::json!({ "file": file, "verdict": "denied", "problems": problems });
            writeln!(streams.out, "{document}")
        }
        Format::Human => {
            for problem in problems {
                writeln!(streams.out, "{}", problem_text(problem, &file, text))?;
            }
            writeln!(
                streams.out,
                "{}: denied, {} problem(s)",
                crate::report::escape(&file),
                problems.len()
            )
        }
    }
}

/// Prints a verdict.
pub(super) fn print(
    report: &VerdictReport,
    path: &Path,
    text: &str,
    format: Format,
    streams: &mut Streams<'_>,
) -> std::io::Result<()> {
    match format {
        Format::Json => writeln!(streams.out, "{}", report.to_json()),
        Format::Human => write!(
            streams.out,
            "{}",
            verdict_text(report, &path.display().to_string(), text)
        ),
    }
}

/// Exit code of a verdict.
pub(super) fn exit_of(verdict: VerdictKind) -> Exit {
    match verdict {
        VerdictKind::Admitted => Exit::Clean,
        VerdictKind::Denied => Exit::Denied,
        VerdictKind::Undecided => Exit::Undecided,
    }
}

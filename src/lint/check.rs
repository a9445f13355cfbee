//! `job-lint check`: every task of a config, without an event.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::arguments::{CheckArguments, Format};
use super::configs::{Opened, Unopened, expand, open};
use super::desk::{Desk, Unusable};
use super::{Exit, Streams};
use crate::admission::{Class, Request};
use crate::config::JobConfig;
use crate::event::Event;
use crate::plan::Values;
use crate::report::{Level, VerdictKind, VerdictReport, counted, escape_line, problem_text, verdict_text};
use crate::yaml::{Problem, SourceText};

/// One line of `--format json`: the verdict, and which document it is about.
#[derive(Serialize)]
struct Document<'a> {
    file: &'a str,
    #[serde(flatten)]
    report: &'a VerdictReport,
    #[serde(skip_serializing_if = "<[Problem]>::is_empty")]
    warnings: &'a [Problem],
}

pub(super) async fn run(arguments: &CheckArguments, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    let format = arguments.basis.format;
    let opened = Desk::open(&arguments.basis).await;
    let (desk, paths) = match opened.and_then(|desk| Ok((desk, expand(&arguments.configs)?))) {
        Ok(opened) => opened,
        Err(Unusable(text)) => {
            write!(streams.err, "{text}")?;
            return Ok(Exit::Undecided);
        }
    };
    write!(streams.err, "{}", desk.warnings())?;
    if format == Format::Human {
        writeln!(streams.err, "judged by {}", escape_line(&desk.used))?;
    }
    let mut exits = Vec::new();
    let mut reports = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        if index > 0 && format == Format::Human {
            writeln!(streams.out)?;
        }
        let opened = match open(path) {
            Ok(opened) => opened,
            Err(unopened) => {
                exits.push(refuse(&unopened, format, streams)?);
                continue;
            }
        };
        let report = judge(&desk, path, &opened.config).await;
        match format {
            Format::Json => writeln!(streams.out, "{}", document(&opened, &report))?,
            Format::Human => {
                write!(streams.out, "{}", warnings_text(&opened))?;
                write!(streams.out, "{}", verdict_text(&desk.shown(&report), &opened.source))?;
            }
        }
        exits.push(exit_of(report.verdict));
        reports.push(report);
    }
    if format == Format::Human {
        if exits.len() > 1 {
            let count = |exit: Exit| exits.iter().filter(|one| **one == exit).count();
            let (clean, denied, open) = (count(Exit::Clean), count(Exit::Denied), count(Exit::Undecided));
            let files = counted(exits.len(), "file");
            writeln!(
                streams.err,
                "{files}: {clean} admitted, {denied} denied, {open} undecided"
            )?;
        }
        hints(&desk, &reports, streams)?;
    }
    Ok(exits.into_iter().max().unwrap_or(Exit::Clean))
}

fn document(opened: &Opened, report: &VerdictReport) -> String {
    let document = Document {
        file: &opened.source.name,
        report,
        warnings: &opened.warnings,
    };
    crate::report::json_line(&document)
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
    let (verdicts, _) = crate::gather::decide(&request, desk.facts.clone(), &desk.answers(path, None)).await;
    VerdictReport::of(&request, &verdicts)
}

/// Prints why a config could not be judged.
pub(super) fn refuse(unopened: &Unopened, format: Format, streams: &mut Streams<'_>) -> std::io::Result<Exit> {
    match (unopened, format) {
        (Unopened::Unreadable(Unusable(text)), _) => {
            write!(streams.err, "{text}")?;
            return Ok(Exit::Undecided);
        }
        (Unopened::Refused { source, problems }, Format::Json) => {
            let document = serde_json::json!({ "file": source.name, "verdict": "denied", "problems": problems });
            writeln!(streams.out, "{}", crate::report::json_line(&document))?;
        }
        (Unopened::Refused { source, problems }, Format::Human) => {
            for problem in problems {
                writeln!(streams.out, "{}", problem_text(Level::Error, problem, source))?;
            }
            let count = counted(problems.len(), "problem");
            writeln!(
                streams.out,
                "{}: denied, {count}: this is no job config",
                escape_line(&source.name)
            )?;
        }
    }
    Ok(Exit::Denied)
}

/// What was accepted and may surprise.
pub(super) fn warnings_text(opened: &Opened) -> String {
    let text = |warning| problem_text(Level::Warning, warning, &opened.source) + "\n";
    opened.warnings.iter().map(text).collect()
}

/// What to do next, for people.
pub(super) fn hints(desk: &Desk, reports: &[VerdictReport], streams: &mut Streams<'_>) -> std::io::Result<()> {
    let findings = || reports.iter().flat_map(VerdictReport::findings);
    if !desk.is_live() && findings().any(|finding| finding.class == Class::Undecided) {
        writeln!(
            streams.err,
            "nobody was asked: --live looks up images and NetworkPolicies"
        )?;
    }
    let denied = findings().find(|finding| finding.class == Class::Denied);
    if let Some(finding) = denied.or_else(|| findings().next()) {
        writeln!(streams.err, "more about a finding: job-lint explain {}", finding.check)?;
    }
    Ok(())
}

/// Exit code of a verdict.
pub(super) fn exit_of(verdict: VerdictKind) -> Exit {
    match verdict {
        VerdictKind::Admitted => Exit::Clean,
        VerdictKind::Denied => Exit::Denied,
        VerdictKind::Undecided => Exit::Undecided,
    }
}

/// A source for problems that are about no file's text.
pub(super) fn nowhere(name: &str) -> SourceText {
    SourceText::new(name, "")
}

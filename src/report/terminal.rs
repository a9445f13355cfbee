//! Findings as a compiler would print them: id, place, source line, help.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{VerdictKind, VerdictReport, counted, escape_line};
use crate::admission::{Class, Finding};
use crate::policy::Mode;
use crate::yaml::{Problem, SourceText, Span};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The file cannot be used.
    Error,
    /// It can, and may surprise.
    Warning,
}

/// A verdict with every finding, over the file it is about. The last line sums up.
#[must_use]
pub fn verdict_text(report: &VerdictReport, source: &SourceText) -> String {
    let mut text = String::new();
    for (finding, others) in grouped(report) {
        text.push_str(&finding_text(finding, &others, source));
        text.push('\n');
    }
    text.push_str(&accepted_text(report));
    let _ = writeln!(text, "{}: {}", escape_line(&source.name), summary(report));
    text
}

/// Every finding in order. A question that stays open in the same words for several tasks is one, with the others.
fn grouped(report: &VerdictReport) -> Vec<(&Finding, Vec<&Finding>)> {
    let mut groups: Vec<(&Finding, Vec<&Finding>)> = Vec::new();
    for finding in report
        .actions
        .iter()
        .flat_map(|action| action.findings.iter().chain(&action.notes))
    {
        let same = |(first, _): &&mut (&Finding, Vec<&Finding>)| {
            finding.class == Class::Undecided
                && (first.class, &first.check, &first.policy, &first.message)
                    == (finding.class, &finding.check, &finding.policy, &finding.message)
        };
        match groups.iter_mut().find(same) {
            Some((_, others)) => others.push(finding),
            None => groups.push((finding, Vec::new())),
        }
    }
    groups
}

/// The reasons that policies give for what they let through, a line each, and a line between them and what follows.
fn accepted_text(report: &VerdictReport) -> String {
    let accepted = report.actions.iter().flat_map(|action| &action.accepted);
    let lines: BTreeSet<String> = accepted
        .map(|accepted| {
            let (rule, policy) = (&accepted.rule, escape_line(&accepted.policy));
            let place = format!("{}:{}:{}", escape_line(&rule.file), rule.span.line, rule.span.column);
            let reason = escape_line(&accepted.reason);
            format!("accepted[{}]: {reason} (policy {policy}, {place})\n", accepted.check)
        })
        .collect();
    let mut text: String = lines.into_iter().collect();
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn summary(report: &VerdictReport) -> String {
    let findings: Vec<&Finding> = report.findings().collect();
    let undecided = findings
        .iter()
        .filter(|finding| finding.class == Class::Undecided)
        .count();
    let refused: BTreeSet<(usize, usize)> = findings
        .iter()
        .map(|finding| (finding.task.action_index, finding.task.task_index))
        .collect();
    let tasks: usize = report.actions.iter().map(|action| action.images.len()).sum();
    let about = format!("in {} of {}", refused.len(), counted(tasks, "task"));
    let mut text = match report.verdict {
        VerdictKind::Admitted => format!(
            "admitted, {} in {}",
            counted(tasks, "task"),
            counted(report.actions.len(), "action")
        ),
        VerdictKind::Denied if undecided == 0 => format!("denied, {} {about}", counted(findings.len(), "finding")),
        VerdictKind::Denied => format!(
            "denied, {} ({undecided} undecided) {about}",
            counted(findings.len(), "finding")
        ),
        VerdictKind::Undecided => format!("undecided, {} {about}", counted(undecided, "open question")),
    };
    for (mode, noun) in [(Mode::Warn, "warning"), (Mode::Audit, "note")] {
        let notes = report.actions.iter().flat_map(|action| &action.notes);
        let is_note = |note: &Finding| note.class == Class::Note || note.mode == Mode::Audit;
        let count = notes.filter(|note| is_note(note) == (mode == Mode::Audit)).count();
        if count > 0 {
            let _ = write!(text, ", {}", counted(count, noun));
        }
    }
    text
}

fn finding_text(finding: &Finding, others: &[&Finding], source: &SourceText) -> String {
    let level = match (finding.class, finding.mode) {
        (Class::Undecided, _) => "undecided",
        (Class::Denied, Mode::Enforce) => "error",
        (Class::Denied, Mode::Warn) => "warning",
        (Class::Denied, Mode::Audit) | (Class::Note, _) => "note",
    };
    let mut text = format!("{level}[{}]: {}\n", finding.check, escape_line(&finding.message));
    let gutter = snippet(&mut text, source, finding.at);
    let task = |finding: &Finding| format!("{} (action {})", name(&finding.task.task), name(&finding.task.action));
    let _ = writeln!(text, "{gutter} = task: {}", task(finding));
    for other in others {
        let place = escape_line(&source.place(other.at));
        let _ = writeln!(text, "{gutter} = also: {}, {place}", task(other));
    }
    match (&finding.policy, &finding.rule) {
        (Some(policy), Some(rule)) => {
            let place = if rule.span.line == 0 {
                String::new()
            } else {
                format!(":{}:{}", rule.span.line, rule.span.column)
            };
            let _ = writeln!(
                text,
                "{gutter} = rule: policy {}, {}{place}",
                escape_line(policy),
                escape_line(&rule.file)
            );
        }
        (Some(policy), None) => {
            let _ = writeln!(text, "{gutter} = rule: policy {}", escape_line(policy));
        }
        (None, _) => {
            let _ = writeln!(text, "{gutter} = rule: built in");
        }
    }
    let _ = writeln!(text, "{gutter} = help: {}", escape_line(&finding.help));
    text
}

fn name(text: &str) -> String {
    if text.is_empty() {
        "without a name".to_owned()
    } else {
        escape_line(text)
    }
}

/// What is wrong with a file, at its place.
#[must_use]
pub fn problem_text(level: Level, problem: &Problem, source: &SourceText) -> String {
    let word = match level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    // Most messages name the field they are about, and the place says which one it is.
    let last = problem.field.rsplit('.').next().unwrap_or_default();
    let last = last.split('[').next().unwrap_or_default();
    let field = if problem.message.contains(last) {
        String::new()
    } else {
        format!("{}: ", escape_line(&problem.field))
    };
    let mut text = format!("{word}: {field}{}\n", escape_line(&problem.message));
    let gutter = snippet(&mut text, source, problem.span);
    if !problem.help.is_empty() {
        let _ = writeln!(text, "{gutter} = help: {}", escape_line(&problem.help));
    }
    text
}

/// `  --> file:line:col` and the line itself with what is meant underlined. Returns the room left of the bars.
fn snippet(text: &mut String, source: &SourceText, span: Span) -> String {
    let place = escape_line(&source.place(span));
    if span.line == 0 {
        if !place.is_empty() {
            let _ = writeln!(text, " --> {place}");
        }
        return " ".to_owned();
    }
    let number = span.line.to_string();
    let gutter = " ".repeat(number.len());
    let _ = writeln!(text, "{gutter}--> {place}");
    if let Some(line) = source.line(span.line) {
        let before = usize::try_from(span.column).unwrap_or(1).saturating_sub(1);
        let length = usize::try_from(span.length).unwrap_or(1).max(1);
        let (left, marked, right) = parts(line, before, length);
        let _ = writeln!(text, "{number} | {left}{marked}{right}");
        let (pad, marks) = (left.chars().count(), marked.chars().count().max(1));
        let _ = writeln!(text, "{gutter} | {}{}", " ".repeat(pad), "^".repeat(marks));
    }
    gutter
}

/// A line before, at and after what is meant, each escaped, so that the marks stand below what was printed. A long line
/// is cut around it.
fn parts(line: &str, before: usize, length: usize) -> (String, String, String) {
    const BEFORE: usize = 80;
    const MARKED: usize = 80;
    const AFTER: usize = 40;
    let shown = |text: String| escape_line(&text.replace('\t', "    "));
    let cut_left = before.saturating_sub(BEFORE);
    let chars = || line.chars();
    let left: String = chars().skip(cut_left).take(before.saturating_sub(cut_left)).collect();
    let marked: String = chars().skip(before).take(length.min(MARKED)).collect();
    let after = before.saturating_add(length.min(MARKED));
    let right: String = chars().skip(after).take(AFTER).collect();
    let cut_right = chars().nth(after.saturating_add(AFTER)).is_some();
    let dots = |cut: bool| if cut { "…" } else { "" };
    (
        format!("{}{}", dots(cut_left > 0), shown(left)),
        shown(marked),
        format!("{}{}", shown(right), dots(cut_right)),
    )
}

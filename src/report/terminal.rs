//! Findings as a compiler would print them: id, place, source line, help.

use std::fmt::Write as _;

use super::{VerdictKind, VerdictReport, escape};
use crate::admission::{Class, Finding};
use crate::policy::Mode;
use crate::yaml::{Problem, Span};

/// A verdict with every finding, over the file it is about. `file` is its name, `source` its text.
#[must_use]
pub fn verdict_text(report: &VerdictReport, file: &str, source: &str) -> String {
    let mut text = String::new();
    for finding in report
        .actions
        .iter()
        .flat_map(|action| action.findings.iter().chain(&action.notes))
    {
        text.push_str(&finding_text(finding, file, source));
        text.push('\n');
    }
    let denied = count(report, Class::Denied);
    let undecided = count(report, Class::Undecided);
    let tasks: usize = report.actions.iter().map(|action| action.images.len()).sum();
    let summary = match report.verdict {
        VerdictKind::Admitted => format!("admitted, {tasks} task(s) in {} action(s)", report.actions.len()),
        VerdictKind::Denied => format!("denied, {denied} finding(s), {undecided} undecided, {tasks} task(s)"),
        VerdictKind::Undecided => format!("undecided, {undecided} finding(s), {tasks} task(s)"),
    };
    let _ = writeln!(text, "{}: {summary}", escape(file));
    text
}

fn count(report: &VerdictReport, class: Class) -> usize {
    report.findings().filter(|finding| finding.class == class).count()
}

fn finding_text(finding: &Finding, file: &str, source: &str) -> String {
    let level = match (finding.class, finding.mode) {
        (Class::Undecided, _) => "undecided",
        (Class::Denied, Mode::Enforce) => "error",
        (Class::Denied, Mode::Warn) => "warning",
        (Class::Denied, Mode::Audit) => "note",
    };
    let mut text = format!("{level}[{}]: {}\n", finding.check, escape(&finding.message));
    text.push_str(&snippet(file, source, finding.at));
    let _ = writeln!(
        text,
        "   = task: {} (action {})",
        escape(&finding.task.task),
        escape(&finding.task.action)
    );
    if let (Some(policy), Some(rule)) = (&finding.policy, &finding.rule) {
        let _ = writeln!(
            text,
            "   = rule: policy {policy}, {}:{}:{}",
            escape(&rule.file),
            rule.span.line,
            rule.span.column
        );
    }
    let _ = writeln!(text, "   = help: {}", escape(&finding.help));
    text
}

/// A problem of a file that could not be read as what it should be.
#[must_use]
pub fn problem_text(problem: &Problem, file: &str, source: &str) -> String {
    let field = if problem.field.is_empty() {
        String::new()
    } else {
        format!("{}: ", escape(&problem.field))
    };
    let mut text = format!("error: {field}{}\n", escape(&problem.message));
    text.push_str(&snippet(file, source, problem.span));
    if !problem.help.is_empty() {
        let _ = writeln!(text, "   = help: {}", escape(&problem.help));
    }
    text
}

/// `  --> file:line:col` and the line itself with what is meant underlined.
fn snippet(file: &str, source: &str, span: Span) -> String {
    let file = escape(file);
    if span.line == 0 {
        return format!("  --> {file} (a default, written nowhere)\n");
    }
    let mut text = format!("  --> {file}:{}:{}\n", span.line, span.column);
    let index = usize::try_from(span.line).unwrap_or(1).saturating_sub(1);
    if let Some(line) = source.lines().nth(index) {
        let number = span.line.to_string();
        let gap = " ".repeat(number.len());
        let before = usize::try_from(span.column).unwrap_or(1).saturating_sub(1);
        let room = line.chars().count().saturating_sub(before).max(1);
        let length = usize::try_from(span.length).unwrap_or(1).clamp(1, room);
        let pad: String = line
            .chars()
            .take(before)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let _ = writeln!(text, "{number} | {}", escape(line));
        let _ = writeln!(text, "{gap} | {pad}{}", "^".repeat(length));
    }
    text
}

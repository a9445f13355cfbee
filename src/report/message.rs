//! The refusal as the Keptn bridge shows it: every finding, what would be accepted, and where the rule stands.

use std::fmt::Write as _;

use super::{ActionReport, VerdictKind, counted, escape_line};
use crate::admission::{Class, Finding};

/// Longest message, in bytes; what is left out is counted.
const MAX_BYTES: usize = 16 * 1024;

/// The message of the finished event of an action that was not admitted.
#[must_use]
pub fn refusal_message(action: &ActionReport) -> String {
    let word = match action.verdict {
        VerdictKind::Denied => "denied",
        VerdictKind::Undecided => "could not be decided",
        VerdictKind::Admitted => return String::new(),
    };
    let count = action.findings.len();
    let mut message = format!(
        "Action '{}' {word} by admission: {}. None of its jobs was started.\n",
        escape_line(&action.name),
        counted(count, "finding")
    );
    for (shown, finding) in action.findings.iter().enumerate() {
        let text = finding_text(finding);
        if message.len().saturating_add(text.len()) > MAX_BYTES {
            let _ = writeln!(
                message,
                "… and {} more; `job-lint check` shows all",
                count.saturating_sub(shown)
            );
            break;
        }
        message.push_str(&text);
    }
    if let Some(first) = action.findings.first() {
        let _ = writeln!(message, "\nWhy a check refuses: `job-lint explain {}`", first.check);
    }
    message
}

fn finding_text(finding: &Finding) -> String {
    let class = match finding.class {
        Class::Denied => "denied",
        Class::Undecided => "undecided",
        Class::Note => "note",
    };
    let mut text = format!(
        "\n{class} [{}] task '{}', {}",
        finding.check,
        escape_line(&finding.task.task),
        place(finding)
    );
    let _ = write!(
        text,
        ": {}\n  help: {}\n",
        escape_line(&finding.message),
        escape_line(&finding.help)
    );
    match (&finding.policy, &finding.rule) {
        (Some(policy), Some(rule)) => {
            let _ = writeln!(
                text,
                "  rule: policy {policy}, {}:{}:{}",
                escape_line(&rule.file),
                rule.span.line,
                rule.span.column
            );
        }
        (Some(policy), None) => {
            let _ = writeln!(text, "  rule: policy {policy}");
        }
        (None, _) => text.push_str("  rule: built in\n"),
    }
    text
}

fn place(finding: &Finding) -> String {
    let field = if finding.field.is_empty() {
        "the task"
    } else {
        &finding.field
    };
    if finding.at.line == 0 {
        format!("{} (a default)", escape_line(field))
    } else {
        format!(
            "{} at job/config.yaml:{}:{}",
            escape_line(field),
            finding.at.line,
            finding.at.column
        )
    }
}

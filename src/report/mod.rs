//! Verdicts and findings as text: JSON for machines, compiler-style for terminals, one message for events.
//!
//! Decides nothing. Every control character is escaped before it reaches a sink.

mod escape;
mod message;
mod terminal;
mod verdict;

pub use escape::{escape, escape_line};
pub use message::refusal_message;
pub use terminal::{Level, problem_text, verdict_text};
pub use verdict::{ActionReport, VerdictKind, VerdictReport};

/// A value as one line of JSON, without characters that a terminal would obey.
#[must_use]
pub fn json_line<T: serde::Serialize>(value: &T) -> String {
    escape::escape_json(&serde_json::to_string(value).unwrap_or_default())
}

/// `1 task`, `2 tasks`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

//! Verdicts and findings as text: JSON for machines, compiler-style for terminals, one message for events.
//!
//! Decides nothing. Every control character is escaped before it reaches a sink.

mod escape;
mod message;
mod terminal;
mod verdict;

pub use escape::escape;
pub use message::refusal_message;
pub use terminal::{problem_text, verdict_text};
pub use verdict::{ActionReport, VerdictKind, VerdictReport};

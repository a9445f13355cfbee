//! A refusal in the making: what is wrong with one piece of evidence, before it is known which one.

use jiff::Timestamp;

use super::refusal::{Code, Refusal};
use crate::image::Digest;

/// Characters of foreign text in a message: a subject of a workflow fits, a flood does not.
const LONGEST: usize = 300;

/// Why a piece of evidence does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) message: String,
    /// From when on it may count after all.
    pub(super) until: Option<Timestamp>,
}

impl Fault {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            until: None,
        }
    }

    /// A fault that another library or parser found.
    pub(super) fn of(code: Code, what: &str, error: &dyn std::fmt::Display) -> Self {
        Self::new(code, format!("{what}: {}", shown(&error.to_string())))
    }

    pub(super) fn at(self, evidence: &Digest) -> Refusal {
        Refusal {
            code: self.code,
            message: self.message,
            evidence: Some(evidence.clone()),
        }
    }
}

/// Foreign text as a message may carry it: escaped and bounded.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

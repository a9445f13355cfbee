//! YAML text in, a tree of nodes that remember where they stood.
//!
//! `config` and `policy` decode from this tree, so that every value keeps its position and all
//! errors of a file are reported at once. YAML itself (anchors, merge keys, duplicate keys,
//! budgets against hostile input) is the library's work; nothing here knows what a field means.

use serde::{Deserialize, Serialize};

/// Where a value stands in its file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    /// Line, from 1. 0 means that the value was written nowhere (a default).
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Length in characters on that line; 0 when unknown.
    pub length: u32,
}

/// A value and the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

/// Something wrong in a file: where, what, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Where it stands.
    pub span: Span,
    /// Dotted path of the field, such as `actions[0].tasks[1].image`; empty for the whole file.
    pub field: String,
    /// What is wrong, a lower-case phrase that names the value.
    pub message: String,
    /// What would be accepted, or what to do next. May be empty.
    pub help: String,
}

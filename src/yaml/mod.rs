//! YAML text in, a tree of nodes that remember where they stood.
//!
//! `config` and `policy` decode from this tree, so that every value keeps its position and all
//! errors of a file are reported at once. The grammar is the parser's work (the event parser of the
//! `serde_yaml` dependency); this module adds what must hold for hostile input: budgets, duplicate
//! keys, anchors and merge keys, one reading of every text. Nothing here knows what a field means.
//!
//! Plain scalars keep their source text: `1.10`, `true`, `010` and dates are text until a decoder
//! asks for a number or a boolean.

mod cost;
mod decode;
#[cfg(test)]
mod decode_tests;
mod field;
mod frames;
#[cfg(test)]
mod hostile_tests;
mod load;
mod loader;
mod mapping;
mod problems;
mod scalar;
mod source;
mod suggest;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use decode::{Decoded, Decoder};
pub use field::Field;
pub(crate) use load::single_document;
pub use load::{Limits, Loaded, load, parse, parse_documents};
pub use mapping::Mapping;
pub use scalar::Coercion;
pub use source::SourceText;
pub use suggest::{nearest, quoted};

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

impl<T> Located<T> {
    /// A value and its place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with a value made from this one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Located<U> {
        Located::new(change(self.value), self.span)
    }
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

impl Problem {
    /// A problem of the field `field` at `span`.
    pub fn new(span: Span, field: impl Into<String>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            span,
            field: field.into(),
            message: message.into(),
            help: help.into(),
        }
    }

    /// The problem on one line, `FILE:LINE:COLUMN: MESSAGE; HELP`, as compilers write it.
    /// Place and help are left out where there are none.
    pub fn in_file(&self, name: &str) -> String {
        let mut line = name.to_owned();
        if self.span.line > 0 {
            line.push_str(&format!(":{}:{}", self.span.line, self.span.column));
        }
        line.push_str(": ");
        line.push_str(&self.message);
        if !self.help.is_empty() {
            line.push_str("; ");
            line.push_str(&self.help);
        }
        line
    }
}

/// One value of a file and where it stands.
///
/// A value reached through an alias stands where the alias is written; what lies below it stands
/// where it was defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it stands. A mapping or list stands where its first entry begins.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: `~`, `null`, or no text at all.
    Null,
    /// Any text, number, boolean or date, not interpreted yet.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping in the order of the file, keys unique, merge keys (`<<`) already applied.
    Mapping(Vec<(Located<String>, Node)>),
}

/// A scalar as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text: of a plain scalar exactly what stands in the file.
    pub text: String,
    /// How it was written, which decides whether it may be read as a number or a boolean.
    pub style: Style,
}

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: may be a number or a boolean.
    Plain,
    /// In quotes, or tagged `!!str` or `!!binary`: always text.
    Quoted,
    /// A block scalar (`|` or `>`): always text.
    Block,
}

impl fmt::Display for Value {
    /// What the value is, in words that fit after "is" or "found".
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("nothing"),
            Self::Scalar(Scalar {
                text,
                style: Style::Plain,
            }) => formatter.write_str(&quoted(text)),
            Self::Scalar(Scalar { text, style: _ }) => write!(formatter, "the text {}", quoted(text)),
            Self::Sequence(_) => formatter.write_str("a list"),
            Self::Mapping(_) => formatter.write_str("a mapping"),
        }
    }
}

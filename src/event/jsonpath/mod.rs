//! The jsonpath of `job/config.yaml`, in the dialect of the original service.
//!
//! The dialect is not RFC 9535: a definite path gives the value itself and an error when nothing
//! stands there; a path without `$` is a variable; keys in brackets are expressions, single quotes
//! hold one character, equality is an expression. jsonpath-rust reads the RFC only, so its parser
//! refuses a third of what works here and its evaluator answers lists and silence where we need a
//! value and a reason. Hence this small evaluator of our own over a parsed list of steps; the
//! tests hold it against the original's answers (`tests/data/jsonpath.json`) and against
//! jsonpath-rust where both dialects agree.
//!
//! What differs from the original on purpose: whole numbers stay exact, object order is sorted, a
//! variable past the end of a list is an error, and functions and scripts are refused at once.
//! Must never do unbounded work: length, nesting and steps are limited.

mod bracket;
mod error;
mod eval;
mod parse;
#[cfg(test)]
mod tests;
mod token;
mod value;

pub use error::JsonPathError;

use serde_json::Value;

/// Most bytes of a path.
pub const MAX_PATH_BYTES: usize = 4096;

/// Most values an evaluation may look at or copy.
pub const MAX_STEPS: u64 = 1_000_000;

/// A path that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPath {
    root: Expr,
    text: String,
}

impl JsonPath {
    /// Understands a path.
    ///
    /// # Errors
    /// [`JsonPathError`] says where it ends being a path and what would work.
    pub fn parse(text: &str) -> Result<JsonPath, JsonPathError> {
        let root = parse::parse(text)?;
        Ok(JsonPath {
            root,
            text: text.to_owned(),
        })
    }

    /// The value at this path: one value for a definite path; a list as soon as a `*`, `..`, slice,
    /// union or filter takes part.
    ///
    /// # Errors
    /// A definite path that leads nowhere: missing key, index out of range, a way through null,
    /// text, number or boolean.
    pub fn evaluate(&self, document: &Value) -> Result<Value, JsonPathError> {
        let mut left = MAX_STEPS;
        self.evaluate_within(document, &mut left)
    }

    /// The same, where several evaluations share what they may look at: `left` is lowered by what this one took, which
    /// is never more than [`MAX_STEPS`].
    ///
    /// # Errors
    /// As [`JsonPath::evaluate`]; [`JsonPathError::TooMuchWork`] as well when nothing is left.
    pub fn evaluate_within(&self, document: &Value, left: &mut u64) -> Result<Value, JsonPathError> {
        eval::evaluate(&self.root, document, left)
    }

    /// Why no answer of this path can ever be a text, if so: what it gives instead.
    pub fn never_a_text(&self) -> Option<&'static str> {
        match &self.root {
            Expr::Path { steps, .. } if steps.iter().any(Step::is_ambiguous) => {
                Some("`*`, `..`, a slice, a union or a filter gives a list")
            }
            Expr::Equal(..) | Expr::NotEqual(..) => Some("a comparison gives true or false"),
            Expr::Negate(_) => Some("`-` gives a number"),
            Expr::Const(value) if !value.is_string() => Some("the literal is no text"),
            Expr::Path { .. } | Expr::Variable(_) | Expr::Const(_) => None,
        }
    }

    /// The path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// What can stand on its own, between brackets and in filters.
#[derive(Debug, Clone, PartialEq)]
enum Expr {
    Const(Value),
    Path { start: Start, steps: Vec<Step> },
    Variable(Vec<Expr>),
    Negate(Box<Expr>),
    Equal(Box<Expr>, Box<Expr>),
    NotEqual(Box<Expr>, Box<Expr>),
}

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// `$`
    Document,
    /// `@`: the value that a filter or a key in brackets looks at; null outside of them.
    Current,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// `.name`, `["name"]`, `[0]`
    Select(Expr),
    /// `.*`, `[*]`
    Every,
    /// `..`
    Descend,
    /// `[a, b]`
    Union(Vec<Expr>),
    /// `[from:to:step]`
    Slice { from: Expr, to: Expr, step: Expr },
    /// `[?(…)]`
    Filter(Expr),
}

impl Step {
    fn is_ambiguous(&self) -> bool {
        !matches!(self, Step::Select(_))
    }
}

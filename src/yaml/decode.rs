//! From nodes to typed values, all mistakes of a file in one pass.
//!
//! ```
//! use job_executor_service::yaml::{self, Coercion, Decoder, Limits};
//!
//! let node = yaml::parse("p.yaml", "name: a\nlimit: 3\n", &Limits::default()).unwrap();
//! let decoder = Decoder::new(Coercion::Strict);
//! let decoded = decoder.root(&node).mapping(|file| {
//!     (file.required_text("name").value, file.integer("limit", 1..=10).map(|limit| limit.value))
//! });
//! assert_eq!(decoder.finish(decoded).unwrap().value, ("a".to_owned(), Some(3)));
//! ```
//!
//! A getter that meets a mistake records it and returns nothing (or an empty value); what was built
//! comes out of [`Decoder::finish`] only if no problem was recorded. A key that no getter asked for
//! is a problem, at its own place. So take every field before you look at any: an early return
//! leaves the keys after it unasked.

use std::cell::RefCell;

use super::field::Field;
use super::problems::Problems;
use super::scalar::Coercion;
use super::{Node, Problem, Span};
/// Collects problems and warnings while a file is decoded.
#[derive(Debug)]
pub struct Decoder {
    pub(super) coercion: Coercion,
    problems: RefCell<Problems>,
    warnings: RefCell<Problems>,
}

/// A decoded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<T> {
    /// What it says.
    pub value: T,
    /// What was accepted and may surprise, by position.
    pub warnings: Vec<Problem>,
}

impl Decoder {
    /// A decoder that has met nothing yet.
    pub fn new(coercion: Coercion) -> Self {
        Self {
            coercion,
            problems: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    /// The whole document as a field.
    pub fn root<'d>(&'d self, node: &'d Node) -> Field<'d> {
        Field::new(self, node, String::new())
    }

    /// Records a problem: nothing will come out of this decoder.
    pub fn problem(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Records something that is accepted but may surprise.
    pub fn warning(&self, warning: Problem) {
        self.warnings.borrow_mut().push(warning);
    }

    /// What was decoded, if nothing was wrong.
    ///
    /// # Errors
    /// Every problem that was recorded, by position.
    pub fn finish<T>(self, value: Option<T>) -> Result<Decoded<T>, Vec<Problem>> {
        let problems = self.problems.into_inner().into_sorted();
        match value {
            Some(value) if problems.is_empty() => Ok(Decoded {
                value,
                warnings: self.warnings.into_inner().into_sorted(),
            }),
            None if problems.is_empty() => Err(vec![Problem::new(
                Span::default(),
                "",
                "the file says nothing that is understood",
                "",
            )]),
            Some(_) | None => Err(problems),
        }
    }

    /// Whether further problems are only counted.
    pub(super) fn is_full(&self) -> bool {
        self.problems.borrow().is_full()
    }
}

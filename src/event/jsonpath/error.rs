//! Why a path is no path, or leads nowhere. Positions count characters from 1.
//!
//! The texts are read by authors of `job/config.yaml`: each says what would work instead.

use thiserror::Error;

/// Why a path cannot be parsed or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonPathError {
    /// The path is longer than [`super::MAX_PATH_BYTES`].
    #[error("path has {bytes} bytes, at most {limit} are accepted")]
    TooLong {
        /// Its bytes.
        bytes: usize,
        /// Bytes that are accepted.
        limit: usize,
    },
    /// Brackets, parentheses and comparisons nest too deep.
    #[error("path nests deeper than {limit} levels at character {at}")]
    TooDeep {
        /// Levels that are accepted.
        limit: usize,
        /// Where.
        at: usize,
    },
    /// Something else should stand here.
    #[error("unexpected {found} at character {at}, expected {expected}")]
    Unexpected {
        /// What stands there.
        found: String,
        /// Where.
        at: usize,
        /// What would be accepted.
        expected: &'static str,
    },
    /// More than one character in single quotes.
    #[error("'{text}' at character {at}: single quotes hold one character only, write \"{text}\"")]
    SingleQuotes {
        /// Excerpt of what the quotes hold.
        text: String,
        /// Where.
        at: usize,
    },
    /// A quoted text that does not end or holds a wrong escape.
    #[error("text at character {at} {problem}")]
    Text {
        /// Where.
        at: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Digits that are no decimal number.
    #[error("`{text}` at character {at} is no decimal number")]
    Number {
        /// Excerpt of the digits.
        text: String,
        /// Where.
        at: usize,
    },
    /// `.0`: indexes stand in brackets.
    #[error(
        "a name cannot begin with a digit at character {at}, write [{digit}…] for an index, [\"{digit}…\"] for a key"
    )]
    DigitAfterDot {
        /// The digit.
        digit: char,
        /// Where.
        at: usize,
    },
    /// Something other languages of this name have and this dialect does not.
    #[error("{what} at character {at}: only paths, literals, `==` and `!=` are understood")]
    NotInDialect {
        /// What it is.
        what: String,
        /// Where.
        at: usize,
    },
    /// A constant index below zero.
    #[error("negative index {index}: lists count from 0; only slices count from the end, such as [-1:]")]
    NegativeIndex {
        /// The index.
        index: i64,
    },
    /// The object has no such key.
    #[error("no key \"{key}\"")]
    MissingKey {
        /// Excerpt of the key.
        key: String,
    },
    /// The list is shorter.
    #[error("no index {index} in a list of {length}")]
    OutOfRange {
        /// The index asked for.
        index: i64,
        /// Elements of the list.
        length: usize,
    },
    /// A list is asked for something that is no number.
    #[error("a list is indexed by numbers, not by \"{key}\"")]
    NotAnIndex {
        /// Excerpt of what it was asked for.
        key: String,
    },
    /// A list or an object stands where a key is needed.
    #[error("{found} cannot be a key, expected a string or a number")]
    NotAKey {
        /// What stands there.
        found: &'static str,
    },
    /// The way leads through a value that has no parts.
    #[error("no \"{key}\" in {found}, only objects and lists have parts")]
    NoParts {
        /// Excerpt of the part asked for.
        key: String,
        /// What stands there.
        found: &'static str,
    },
    /// `-` before something that is no number.
    #[error("cannot negate {found}, expected a number")]
    NotANumber {
        /// What stands there.
        found: &'static str,
    },
    /// The evaluation looked at more than [`super::MAX_STEPS`] values.
    #[error("path looks at more than {limit} values, make it more definite")]
    TooMuchWork {
        /// Values that are accepted.
        limit: u64,
    },
}

//! Why a pattern is none: the texts stand in lint findings and say what would work.

use thiserror::Error;

/// Why a pattern can never match.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Re2Error {
    /// Longer than [`super::MAX_PATTERN_BYTES`].
    #[error("pattern has {bytes} bytes, at most {limit} are accepted")]
    TooLong {
        /// Its bytes.
        bytes: usize,
        /// Bytes that are accepted.
        limit: usize,
    },
    /// Larger than [`super::MAX_COMPILED_BYTES`] once compiled.
    #[error("pattern needs more than {limit} bytes once compiled, use smaller repetitions")]
    TooLarge {
        /// Bytes that are accepted.
        limit: usize,
    },
    /// Groups nest too deep.
    #[error("groups nest deeper than {limit} levels")]
    TooDeep {
        /// Levels that are accepted.
        limit: usize,
    },
    /// A bracket or parenthesis has no partner.
    #[error("`{what}` has no `{missing}`, write `\\{what}` for the character")]
    Unclosed {
        /// What stands alone.
        what: &'static str,
        /// What is missing.
        missing: &'static str,
    },
    /// A repetition at the beginning of a pattern, group or branch.
    #[error("`{operator}` has nothing to repeat; this is a regular expression, `.*` matches anything")]
    NothingToRepeat {
        /// The operator.
        operator: String,
    },
    /// A repetition behind a repetition.
    #[error("`{operator}` follows another repetition, put the first into a group")]
    RepeatedRepeat {
        /// The second operator.
        operator: String,
    },
    /// Counts in braces that are too large or the wrong way around.
    #[error("repetition is out of range, counts go up to {limit} (nested ones multiply), the smaller one first")]
    RepeatTooLarge {
        /// The highest count.
        limit: u32,
    },
    /// `\` before something Go gives no meaning.
    #[error("`\\{sequence}` is no escape of RE2")]
    Escape {
        /// What follows the backslash.
        sequence: String,
    },
    /// A wrong range or name in a class.
    #[error("`{class}` is no character class of RE2")]
    Class {
        /// The class or range.
        class: String,
    },
    /// `(?…)` that is neither flags nor a name; look-around is not part of RE2.
    #[error("`(?{sequence}` is no group of RE2, which has (?:…), (?P<name>…) and the flags i, m, s, U only")]
    Group {
        /// What follows the question mark.
        sequence: String,
    },
    /// A group's name that is no word.
    #[error("`{name}` is no group name, use letters, digits and `_`")]
    GroupName {
        /// Excerpt of the name.
        name: String,
    },
    /// Valid for Go and not for the engine we use, which is a gap of ours.
    #[error("pattern is not supported: {reason}")]
    Untranslatable {
        /// What the engine says.
        reason: String,
    },
}

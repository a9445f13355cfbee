//! What `job-lint image` says about one reference: its normalised form, or why it has none, and which patterns match.

use serde::Serialize;

use super::pattern::Pattern;
use super::reference::Reference;

/// One line of `job-lint image --format json`. Keys are always there, null where they do not apply, save those about
/// patterns and notes, which are there when there is something to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The text as given.
    pub input: String,
    /// Whether it is a reference.
    pub valid: bool,
    /// The registry's host and port, normalised.
    pub registry: Option<String>,
    /// The path below it.
    pub repository: Option<String>,
    /// The tag as written, or the implicit `latest`.
    pub tag: Option<String>,
    /// The digest as written.
    pub digest: Option<String>,
    /// The whole reference, normalised.
    pub normalized: Option<String>,
    /// Why the text is no reference.
    pub error: Option<String>,
    /// Whether at least one of the given patterns matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<bool>,
    /// Each given pattern, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<PatternAnswer>,
    /// What the author may not have meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What one pattern says of a reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PatternAnswer {
    /// The pattern, normalised.
    pub pattern: String,
    /// Whether it names the reference.
    pub matches: bool,
}

/// Describes a reference. With no patterns nothing is said about matching; text that is no reference matches none.
pub fn describe(reference: &str, patterns: &[Pattern]) -> Description {
    let parsed = Reference::parse(reference);
    let image = parsed.as_ref().ok();
    let answers: Vec<PatternAnswer> = patterns
        .iter()
        .map(|pattern| PatternAnswer {
            pattern: pattern.to_string(),
            matches: image.is_some_and(|image| pattern.matches(image)),
        })
        .collect();
    Description {
        input: reference.to_owned(),
        valid: image.is_some(),
        registry: image.map(|image| image.registry().to_owned()),
        repository: image.map(|image| image.repository().to_owned()),
        tag: image.and_then(Reference::tag).map(ToString::to_string),
        digest: image.and_then(Reference::digest).map(ToString::to_string),
        normalized: image.map(ToString::to_string),
        error: parsed.as_ref().err().map(ToString::to_string),
        matches: if answers.is_empty() {
            None
        } else {
            Some(answers.iter().any(|answer| answer.matches))
        },
        patterns: answers,
        notes: image
            .map(|image| image.remarks().iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
    }
}

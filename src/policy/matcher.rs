//! How a policy names the texts it accepts in a certificate: exactly, as a glob, or as an expression over the whole text.
//!
//! A match is always one of the whole text: an expression that stood anywhere inside would match
//! `https://evil.example/?https://github.com/acme`. Case counts. Must never match an empty text.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

const LONGEST: usize = 1024;
/// Bytes that a compiled expression may take.
const COMPILED: usize = 1 << 20;

/// Accepted texts.
#[derive(Debug, Clone)]
pub struct TextMatcher {
    written: String,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    OneOf(BTreeSet<String>),
    Expression(Regex),
}

/// Why a matcher is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatcherError {
    /// Nothing, or blanks at an end.
    #[error("an accepted text is empty or begins or ends with a blank; write the whole text as the certificate has it")]
    Blank,
    /// A list without entries.
    #[error("the list of accepted texts is empty; it would accept nothing")]
    NoTexts,
    /// Longer than any text of a certificate.
    #[error("an accepted text is longer than {LONGEST} characters")]
    TooLong,
    /// Not an expression.
    #[error("not an expression: {0}")]
    Expression(String),
}

impl TextMatcher {
    /// Exactly this text.
    ///
    /// # Errors
    /// [`MatcherError`], for a text that no certificate has.
    pub fn exact(text: &str) -> Result<Self, MatcherError> {
        Self::one_of([text])
    }

    /// Exactly one of these texts.
    ///
    /// # Errors
    /// [`MatcherError`], for an empty list and for a text that no certificate has.
    pub fn one_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, MatcherError> {
        let texts: BTreeSet<String> = texts
            .into_iter()
            .map(|text| usable(text).map(str::to_owned))
            .collect::<Result<_, _>>()?;
        if texts.is_empty() {
            return Err(MatcherError::NoTexts);
        }
        let written: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
        Ok(Self {
            written: written.join(" or "),
            rule: Rule::OneOf(texts),
        })
    }

    /// `*` stands for any characters but `/`, `**` for any characters; all others for themselves.
    ///
    /// # Errors
    /// [`MatcherError`], for a pattern that is empty or too long.
    pub fn glob(pattern: &str) -> Result<Self, MatcherError> {
        let mut expression = String::new();
        for (index, piece) in usable(pattern)?.split("**").enumerate() {
            if index > 0 {
                expression.push_str("(?s:.*)");
            }
            let literal: Vec<String> = piece.split('*').map(regex::escape).collect();
            expression.push_str(&literal.join("[^/]*"));
        }
        Self::compiled(&expression, format!("`{pattern}`"))
    }

    /// An expression that the whole text has to match; it is anchored here.
    ///
    /// # Errors
    /// [`MatcherError`], with what is wrong in the expression.
    pub fn expression(pattern: &str) -> Result<Self, MatcherError> {
        // Compiled alone first: `a)|(?:b` must not close the group that anchors it.
        build(usable(pattern)?)?;
        Self::compiled(pattern, format!("the expression `{pattern}`"))
    }

    fn compiled(expression: &str, written: String) -> Result<Self, MatcherError> {
        Ok(Self {
            written,
            rule: Rule::Expression(build(&format!(r"\A(?:{expression})\z"))?),
        })
    }

    /// Whether this text is accepted. An empty text never is.
    #[must_use]
    pub fn accepts(&self, text: &str) -> bool {
        !text.is_empty()
            && match &self.rule {
                Rule::OneOf(texts) => texts.contains(text),
                Rule::Expression(expression) => expression.is_match(text),
            }
    }

    /// What would be accepted, for messages.
    #[must_use]
    pub fn describe(&self) -> &str {
        &self.written
    }

    /// The accepted texts, where they are written out.
    #[must_use]
    pub fn texts(&self) -> Option<&BTreeSet<String>> {
        match &self.rule {
            Rule::OneOf(texts) => Some(texts),
            Rule::Expression(_) => None,
        }
    }
}

fn usable(text: &str) -> Result<&str, MatcherError> {
    if text.is_empty() || text.trim() != text {
        return Err(MatcherError::Blank);
    }
    if text.chars().count() > LONGEST {
        return Err(MatcherError::TooLong);
    }
    Ok(text)
}

fn build(expression: &str) -> Result<Regex, MatcherError> {
    let built = RegexBuilder::new(expression).size_limit(COMPILED).build();
    built.map_err(|error| {
        let last = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
        MatcherError::Expression(last.trim_start_matches("error: ").to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matcher_accepts_whole_texts_only() {
        let glob = |text| TextMatcher::glob(text).unwrap();
        let expression = |text| TextMatcher::expression(text).unwrap();
        let workflow = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*";
        for (matcher, text, accepted) in [
            (TextMatcher::exact("a@b.c").unwrap(), "a@b.c", true),
            (TextMatcher::exact("a@b.c").unwrap(), "A@b.c", false),
            (TextMatcher::exact("a.b").unwrap(), "axb", false),
            (TextMatcher::one_of(["x", "y"]).unwrap(), "y", true),
            (TextMatcher::one_of(["x", "y"]).unwrap(), "xy", false),
            (
                glob(workflow),
                "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1",
                true,
            ),
            (
                glob(workflow),
                "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1/x",
                false,
            ),
            (
                glob(workflow),
                "https://github.com/acme/appX.github/workflows/release.yml@refs/tags/v1",
                false,
            ),
            (
                glob("https://github.com/acme/**"),
                "https://github.com/acme/a/b\nc",
                true,
            ),
            (
                glob("https://github.com/acme/**"),
                "https://evil/?https://github.com/acme/a",
                false,
            ),
            (glob("*@acme.example"), "a/b@acme.example", false),
            (glob("*@acme.example"), "a@acme.example.evil", false),
            (
                expression("https://github.com/acme/.*"),
                "https://evil/?https://github.com/acme/x",
                false,
            ),
            (expression("^https://a|evil$"), "xevil", false),
            (expression("^https://a|evil$"), "https://ab", false),
            (expression("^https://a|evil$"), "evil", true),
            (expression("a.c"), "abc", true),
            (expression("a.c"), "abc\n", false),
            (expression("(?m)^a$"), "a\nb", false),
            (expression(".*"), "", false),
            (glob("**"), "", false),
        ] {
            assert_eq!(matcher.accepts(text), accepted, "{} on {text:?}", matcher.describe());
        }
    }

    #[test]
    fn a_matcher_that_accepts_nothing_or_hides_its_anchors_is_refused() {
        assert_eq!(TextMatcher::one_of([]).unwrap_err(), MatcherError::NoTexts);
        for text in ["", " a", "a\n"] {
            assert_eq!(TextMatcher::exact(text).unwrap_err(), MatcherError::Blank);
            assert_eq!(TextMatcher::glob(text).unwrap_err(), MatcherError::Blank);
            assert_eq!(TextMatcher::expression(text).unwrap_err(), MatcherError::Blank);
        }
        assert_eq!(
            TextMatcher::exact(&"a".repeat(1025)).unwrap_err(),
            MatcherError::TooLong
        );
        for text in ["a)|(?:b", "(", "a{1000000}", "(?=a)b"] {
            let error = TextMatcher::expression(text).unwrap_err();
            assert!(matches!(error, MatcherError::Expression(_)), "{text}: {error}");
        }
    }
}

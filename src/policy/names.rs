//! Lists of name patterns: `*` and `?` inside one part of a name, `**` for whole parts between slashes. In names that
//! have no parts (of projects, events, actions, tasks) `*` is anything: an author's slash must not lead out of a scope.
//!
//! Must never have a second reading: no classes, no alternatives, no escapes. The whole name has to match, in its case.

use globset::{GlobBuilder, GlobMatcher};

use crate::yaml::quoted;

/// Longest pattern, in characters: longer than any name that Kubernetes or Keptn accepts.
const LONGEST: usize = 512;

/// A non-empty list of names with `*` and `?` (a star stops at `/`; `**` crosses it).
#[derive(Debug, Clone)]
pub struct Names(Vec<NamePattern>);

/// One pattern of [`Names`].
#[derive(Debug, Clone)]
pub struct NamePattern {
    /// As written.
    pub text: String,
    matcher: GlobMatcher,
}

/// What a slash is in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slash {
    /// It parts folders, or domain and name.
    PartsNames,
    /// A character as any other.
    Ordinary,
}

/// Why a text is not a name pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamePatternError {
    /// Nothing, or only blanks at an end.
    #[error("the pattern {0} is empty or begins or ends with a blank")]
    Blank(String),
    /// Longer than any name.
    #[error("the pattern {0} is longer than {LONGEST} characters")]
    TooLong(String),
    /// A character that other glob languages give a meaning to.
    #[error("the pattern {pattern} has the character {character:?}, which has no meaning here")]
    Sign {
        /// The pattern, safe to print.
        pattern: String,
        /// The character.
        character: char,
    },
    /// `a**`, or three stars.
    #[error("the pattern {0} has `**` beside other characters")]
    DoubleStar(String),
}

impl NamePatternError {
    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Blank(_) => "write the name, `*` for any one, or `prefix-*`",
            Self::TooLong(_) => "write a shorter one with `*`",
            Self::Sign { .. } => "write `?` for one character that cannot be written out, or one pattern a line",
            Self::DoubleStar(_) => {
                "write `*` inside one part of a name; `**` stands alone between slashes, as in `dir/**`"
            }
        }
    }
}

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`NamePatternError`] when it is empty or could be read in two ways.
    pub fn parse(text: &str) -> Result<Self, NamePatternError> {
        Self::compile(text, Slash::PartsNames)
    }

    /// Reads a pattern of names in which a slash is a character as any other.
    ///
    /// # Errors
    /// As [`NamePattern::parse`].
    pub fn parse_title(text: &str) -> Result<Self, NamePatternError> {
        Self::compile(text, Slash::Ordinary)
    }

    fn compile(text: &str, slash: Slash) -> Result<Self, NamePatternError> {
        if text.is_empty() || text.trim() != text {
            return Err(NamePatternError::Blank(quoted(text)));
        }
        if text.chars().count() > LONGEST {
            return Err(NamePatternError::TooLong(quoted(text)));
        }
        if let Some(character) = text.chars().find(|c| "[]{}\\!".contains(*c) || c.is_control()) {
            return Err(NamePatternError::Sign {
                pattern: quoted(text),
                character,
            });
        }
        if text.split('/').any(|part| part != "**" && part.contains("**")) {
            return Err(NamePatternError::DoubleStar(quoted(text)));
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(slash == Slash::PartsNames)
            .backslash_escape(false)
            .build();
        let matcher = glob
            .map_err(|_| NamePatternError::TooLong(quoted(text)))?
            .compile_matcher();
        Ok(Self {
            text: text.to_owned(),
            matcher,
        })
    }

    /// Whether the whole name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }
}

impl Names {
    /// `None` for no pattern at all: a list that allows nothing is not a list.
    #[must_use]
    pub fn of(patterns: Vec<NamePattern>) -> Option<Self> {
        if patterns.is_empty() {
            None
        } else {
            Some(Self(patterns))
        }
    }

    /// The first pattern that matches the whole name.
    #[must_use]
    pub fn matches(&self, name: &str) -> Option<&NamePattern> {
        self.0.iter().find(|pattern| pattern.matches(name))
    }

    /// The patterns as written, in the order of the file.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|pattern| pattern.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stops_at_a_slash_and_two_stars_cross_it() {
        for (pattern, name, expected) in [
            ("", "", None),
            ("keptn-jobs", "keptn-jobs", Some(true)),
            ("keptn-jobs", "keptn-jobs-evil", Some(false)),
            ("keptn-jobs", "evil-keptn-jobs", Some(false)),
            ("keptn-jobs", "Keptn-jobs", Some(false)),
            ("task-*", "task-", Some(true)),
            ("task-*", "task-a", Some(true)),
            ("task-*", "other-task-a", Some(false)),
            ("*-default-job-account", "jes-default-job-account", Some(true)),
            ("*default-job-account", "default-job-account", Some(true)),
            ("*", "anything at all", Some(true)),
            ("*", "", Some(true)),
            ("*", "a/b", Some(false)),
            ("**", "a/b/c", Some(true)),
            ("**", "a", Some(true)),
            ("locust/*", "locust/a.py", Some(true)),
            ("locust/*", "locust/a/b.py", Some(false)),
            ("locust/**", "locust/a/b.py", Some(true)),
            ("locust/**", "locust/", Some(true)),
            ("locust/**", "locust", Some(false)),
            ("locust/**", "locust-evil/a", Some(false)),
            ("**/conf.yaml", "conf.yaml", Some(true)),
            ("**/conf.yaml", "a/b/conf.yaml", Some(true)),
            ("a/**/z", "a/z", Some(true)),
            ("a/**/z", "a/b/c/z", Some(true)),
            ("a/**/z", "a/bz", Some(false)),
            ("prod-?", "prod-1", Some(true)),
            ("prod-?", "prod-", Some(false)),
            ("prod-?", "prod-/", Some(false)),
            (
                "sh.keptn.event.*.triggered",
                "sh.keptn.event.test.triggered",
                Some(true),
            ),
            ("sh.keptn.event.*.triggered", "sh.keptn.event.test.started", Some(false)),
            (
                "sh.keptn.event.*.triggered",
                "shXkeptnXeventXtestXtriggered",
                Some(false),
            ),
            ("a*", "a\nb", Some(true)),
            ("Run locust tests", "Run locust tests", Some(true)),
            (" a", " a", None),
            ("a ", "a ", None),
            ("[ab]", "a", None),
            ("{a,b}", "a", None),
            ("!a", "b", None),
            ("a\\*", "a*", None),
            ("a\nb", "a\nb", None),
            ("a**", "ab", None),
            ("**a", "ba", None),
            ("***", "a", None),
        ] {
            assert_eq!(
                NamePattern::parse(pattern).ok().map(|p| p.matches(name)),
                expected,
                "{pattern:?} {name:?}"
            );
        }
    }

    #[test]
    fn a_slash_in_a_title_is_a_character_as_any_other() {
        for (pattern, name, expected) in [
            ("*", "", true),
            ("*", "a/b", true),
            ("a*", "a/b", true),
            ("a?b", "a/b", true),
            ("*b", "a/b", true),
            ("**", "a/b", true),
            ("a", "a/b", false),
            ("b*", "a/b", false),
        ] {
            let pattern = NamePattern::parse_title(pattern).expect(pattern);
            assert_eq!(pattern.matches(name), expected, "{} {name:?}", pattern.text);
        }
    }

    #[test]
    fn an_endless_pattern_is_refused_and_no_list_is_built_of_nothing() {
        assert!(matches!(
            NamePattern::parse(&"a".repeat(LONGEST + 1)),
            Err(NamePatternError::TooLong(_))
        ));
        assert!(Names::of(Vec::new()).is_none());
    }

    #[test]
    fn the_first_matching_pattern_is_the_answer() {
        let names = ["a", "b*", "*"]
            .iter()
            .filter_map(|text| NamePattern::parse(text).ok())
            .collect();
        let names = Names::of(names).expect("three patterns");
        assert_eq!(names.texts().collect::<Vec<_>>(), ["a", "b*", "*"]);
        for (name, pattern) in [("a", Some("a")), ("bc", Some("b*")), ("c", Some("*")), ("c/d", None)] {
            assert_eq!(names.matches(name).map(|found| found.text.as_str()), pattern, "{name}");
        }
    }
}

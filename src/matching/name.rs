//! The name of an event pattern, compiled: nearly all are written without any sign but the dot, and those need no
//! automaton. Must mean exactly what [`re2`](super::re2) makes of the same text.

use regex::bytes::Regex;

use super::re2::{self, Re2Error};

/// A pattern that is looked for anywhere in a type.
#[derive(Debug, Clone)]
pub(super) enum Name {
    /// Characters that stand for themselves, and dots for any one character but a line break.
    Dotted(String),
    /// Everything else.
    Regex(Box<Regex>),
}

impl Name {
    /// Compiles a pattern with Go's meaning.
    ///
    /// # Errors
    /// [`Re2Error`]: what Go refuses, and what is too large.
    pub(super) fn compile(pattern: &str) -> Result<Self, Re2Error> {
        let special = |char| "\\+*?()|[]{}^$".contains(char);
        if pattern.len() <= re2::MAX_PATTERN_BYTES && !pattern.contains(special) {
            return Ok(Self::Dotted(pattern.to_owned()));
        }
        re2::compile(pattern).map(Box::new).map(Self::Regex)
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Dotted(pattern) => {
                let mut places = std::iter::successors(Some(text), |rest| {
                    let mut chars = rest.chars();
                    chars.next().map(|_| chars.as_str())
                });
                places.any(|rest| begins_with(rest, pattern))
            }
            Self::Regex(regex) => regex.is_match(text.as_bytes()),
        }
    }
}

fn begins_with(text: &str, pattern: &str) -> bool {
    let mut chars = text.chars();
    pattern.chars().all(|wanted| match (wanted, chars.next()) {
        (_, None) => false,
        ('.', Some(found)) => found != '\n',
        (wanted, Some(found)) => wanted == found,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_without_signs_need_no_automaton_and_all_others_do() {
        for (pattern, dotted) in [
            ("sh.keptn.event.test.triggered", true),
            ("", true),
            ("ä-_/ 0", true),
            ("sh.keptn.event.*", false),
            ("a|b", false),
            ("\\.", false),
            ("a{", false),
            ("a]", false),
        ] {
            assert_eq!(
                matches!(Name::compile(pattern), Ok(Name::Dotted(_))),
                dotted,
                "{pattern}"
            );
        }
        let long = "a".repeat(re2::MAX_PATTERN_BYTES + 1);
        assert!(matches!(Name::compile(&long), Err(Re2Error::TooLong { .. })));
    }

    proptest! {
        #[test]
        fn a_name_without_signs_means_what_the_automaton_makes_of_it(pattern in "[ab.é]{0,6}", text in "[ab.é\n]{0,9}") {
            let Ok(name @ Name::Dotted(_)) = Name::compile(&pattern) else { panic!("{pattern}") };
            let regex = Name::Regex(Box::new(re2::compile(&pattern).unwrap()));
            prop_assert_eq!(name.is_in(&text), regex.is_in(&text));
        }
    }
}

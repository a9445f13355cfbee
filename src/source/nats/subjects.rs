//! The list of subjects a source subscribes to: checked, and no event named twice.
//!
//! Never empty. A subject that another one of the list covers is left out, because each subscription would deliver the
//! same event once more.

use super::SourceError;

/// One or more NATS subjects, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects(Vec<String>);

impl Subjects {
    /// Parses the configured subjects; surrounding blanks do not count, empty items neither.
    ///
    /// # Errors
    /// An empty list, or a subject that is none.
    pub fn parse<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Result<Self, SourceError> {
        let mut all = Vec::new();
        for item in items {
            let subject = item.as_ref().trim();
            if subject.is_empty() {
                continue;
            }
            if let Err(reason) = checked(subject) {
                return Err(SourceError::Subject {
                    subject: subject.to_owned(),
                    reason,
                });
            }
            all.push(subject.to_owned());
        }
        all.sort();
        all.dedup();
        let kept: Vec<String> = all
            .iter()
            .filter(|subject| !all.iter().any(|other| other != *subject && covers(other, subject)))
            .cloned()
            .collect();
        if kept.is_empty() {
            Err(SourceError::NoSubjects)
        } else {
            Ok(Self(kept))
        }
    }

    /// The subjects in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// What NATS asks of a subject to subscribe to.
fn checked(subject: &str) -> Result<(), &'static str> {
    if subject.chars().any(|char| char.is_whitespace() || char.is_control()) {
        return Err("it holds blanks or control characters");
    }
    let mut rest = subject.split('.').peekable();
    while let Some(part) = rest.next() {
        match part {
            "" => return Err("a part between dots is empty"),
            ">" if rest.peek().is_some() => return Err("`>` stands for the rest and can only be the last part"),
            ">" | "*" => {}
            _ if part.contains(['*', '>']) => return Err("`*` and `>` can only stand alone between dots"),
            _ => {}
        }
    }
    Ok(())
}

/// Whether every subject that `narrow` matches is matched by `wide`.
fn covers(wide: &str, narrow: &str) -> bool {
    let mut narrow = narrow.split('.');
    for part in wide.split('.') {
        match (part, narrow.next()) {
            (">", Some(_)) => return true,
            (_, None | Some(">")) => return false,
            ("*", Some(_)) => {}
            (part, Some(other)) if part == other => {}
            _ => return false,
        }
    }
    narrow.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_a_subject_is_refused() {
        for items in [vec![], vec![""], vec![" ", ""]] {
            assert_eq!(Subjects::parse(&items), Err(SourceError::NoSubjects), "{items:?}");
        }
    }

    #[test]
    fn what_is_no_subject_is_refused() {
        for subject in ["a..b", ".a", "a.", "a.>.b", "a.b*", "a.>b", "a b", "a\tb", "a\u{0}"] {
            let parsed = Subjects::parse([subject]);
            assert!(
                matches!(parsed, Err(SourceError::Subject { .. })),
                "{subject:?}: {parsed:?}"
            );
        }
    }

    #[test]
    fn subjects_are_sorted_and_each_event_is_asked_for_once() {
        let rows: [(&[&str], &[&str]); 9] = [
            (&["b.c", "a.b"], &["a.b", "b.c"]),
            (&["a.b", " a.b "], &["a.b"]),
            (&["a.b", "a.>"], &["a.>"]),
            (&["a.b", ">"], &[">"]),
            (&["a.*.c", "a.b.c"], &["a.*.c"]),
            (&["a.*", "a.b.c"], &["a.*", "a.b.c"]),
            (&["a.*", "a.>"], &["a.>"]),
            (&["a", "a.>"], &["a", "a.>"]),
            (&["a.*.>", "a.>", "a.b.>"], &["a.>"]),
        ];
        for (items, expected) in rows {
            let subjects = Subjects::parse(items).unwrap();
            assert_eq!(subjects.iter().collect::<Vec<_>>(), expected, "{items:?}");
        }
    }
}

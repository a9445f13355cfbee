//! Texts for messages: values quoted and bounded, lists that stay readable.

/// Longest value that a message repeats, in characters.
const LONGEST: usize = 100;
/// Most entries of a list that a message repeats.
const MOST: usize = 12;

/// A value in backticks, cut where it is long and with control characters escaped.
pub(in crate::admission::checks) fn quoted(text: &str) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default())
        } else {
            shown.push(character)
        }
    }
    format!("`{shown}`")
}

/// `` `a`, `b` or `c` ``; `none` where there is nothing.
pub(in crate::admission::checks) fn any_of<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    joined(texts, "or")
}

/// `` `a`, `b` and `c` ``; `none` where there is nothing.
pub(in crate::admission::checks) fn all_of<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    joined(texts, "and")
}

fn joined<T: AsRef<str>>(texts: impl IntoIterator<Item = T>, word: &str) -> String {
    let mut shown: Vec<String> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
    if shown.len() > MOST {
        let more = shown.len().saturating_sub(MOST);
        shown.truncate(MOST);
        return format!("{} and {more} more", shown.join(", "));
    }
    match shown.pop() {
        None => "none".to_owned(),
        Some(last) if shown.is_empty() => last,
        Some(last) => format!("{} {word} {last}", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_bounded_and_harmless() {
        for (text, shown) in [("", "``"), ("a b", "`a b`"), ("a\u{1b}[31m\n", "`a\\u{1b}[31m\\n`")] {
            assert_eq!(quoted(text), shown);
        }
        assert_eq!(quoted(&"x".repeat(500)).chars().count(), 103);
    }

    #[test]
    fn lists_read_as_a_choice() {
        for (list, shown) in [
            (vec![], "none"),
            (vec!["a"], "`a`"),
            (vec!["a", "b"], "`a` or `b`"),
            (vec!["a", "b", "c"], "`a`, `b` or `c`"),
        ] {
            assert_eq!(any_of(list), shown);
        }
        assert_eq!(all_of(["a", "b"]), "`a` and `b`");
        assert!(any_of((0..20).map(|n| n.to_string())).ends_with("`11` and 8 more"));
    }
}

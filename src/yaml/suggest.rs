//! Names a reader may have meant, and values shown in messages.
//!
//! Only words for people: nothing here may decide what a file means.

/// The longest value, in characters, that a message repeats in full.
const SHOWN: usize = 60;

/// The known name that is nearest to `written`, if one is near enough to be what was meant.
///
/// A difference in letter case only is always near enough; otherwise about one edit in three
/// characters is allowed.
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Long keys are no typing errors, and the distance is quadratic.
    if written.chars().count() > SHOWN {
        return None;
    }
    let folded = written.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&folded, &name.to_lowercase()), name))
        .filter(|(edits, name)| *edits <= allowed_edits(&folded, name))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// A value as a message shows it: in double quotes, escaped, on one line, shortened.
pub fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        format!("{shown:?}… ({} characters)", text.chars().count())
    } else {
        format!("{shown:?}")
    }
}

fn allowed_edits(written: &str, name: &str) -> usize {
    let longer = written.chars().count().max(name.chars().count());
    (longer / 3).min(3)
}

/// Edits (insert, remove, replace, swap neighbours) that make one text of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous_left = None;
    for (row, letter) in left.chars().enumerate() {
        let mut current = vec![row + 1];
        let mut previous_right = None;
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let replaced = at(&last, column).saturating_add(usize::from(letter != *other));
            let removed = at(&last, column + 1).saturating_add(1);
            let inserted = at(&current, column).saturating_add(1);
            let mut least = replaced.min(removed).min(inserted);
            if column > 0 && previous_left == Some(*other) && previous_right == Some(letter) {
                least = least.min(at(&before_last, column - 1).saturating_add(1));
            }
            current.push(least);
            previous_right = Some(*other);
        }
        before_last = last;
        last = current;
        previous_left = Some(letter);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 6] = ["name", "image", "imagePullPolicy", "cmd", "args", "env"];

    #[test]
    fn a_misspelt_name_is_recognised_and_a_foreign_one_is_not() {
        for (written, meant) in [
            ("imagePullPolcy", Some("imagePullPolicy")),
            ("imagepullpolicy", Some("imagePullPolicy")),
            ("Image", Some("image")),
            ("iamge", Some("image")),
            ("agrs", Some("args")),
            ("cdm", Some("cmd")),
            ("namess", Some("name")),
            ("volumes", None),
            ("", None),
            ("x", None),
            ("serviceAccount", None),
        ] {
            assert_eq!(nearest(written, KNOWN), meant, "{written}");
        }
        assert_eq!(nearest(&"a".repeat(1_000_000), KNOWN), None);
    }

    #[test]
    fn a_value_in_a_message_is_escaped_and_short() {
        assert_eq!(quoted("a\n\u{1b}[31m\"b"), r#""a\n\u{1b}[31m\"b""#);
        assert_eq!(quoted(""), r#""""#);
        assert_eq!(
            quoted(&"é".repeat(61)),
            format!("\"{}\"… (61 characters)", "é".repeat(60))
        );
        assert_eq!(quoted(&"é".repeat(60)), format!("\"{}\"", "é".repeat(60)));
    }
}

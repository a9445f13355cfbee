//! The one way to shorten a text of an event: from the middle, saying how much is gone.
//!
//! The start of a message says which task it is about and the end of a log says why it failed, so both survive.
//! Nothing here cuts a text without saying so.

/// How many bytes a text takes inside a JSON string, without the quotes, as our encoder writes it.
#[must_use]
pub fn json_len(text: &str) -> usize {
    text.chars().map(json_char_len).sum()
}

/// `text` if it takes at most `budget` bytes inside a JSON string; otherwise its start (a quarter) and its end with a
/// note between them that says how many bytes are missing. `None` when not even the note fits.
#[must_use]
pub fn shorten(text: &str, budget: usize) -> Option<String> {
    if json_len(text) <= budget {
        return Some(text.to_owned());
    }
    // The note is measured with the largest number it can hold, so that the real one always fits.
    let room = budget.checked_sub(json_len(&note(text.len())))?;
    let head: String = taken(text.chars(), room / 4);
    let rest = room.saturating_sub(json_len(&head));
    let tail: String = taken(text.chars().rev(), rest).chars().rev().collect();
    let cut = text.len().saturating_sub(head.len()).saturating_sub(tail.len());
    Some(format!("{head}{}{tail}", note(cut)))
}

/// The note that stands where text is missing; `cut` counts bytes of the text itself.
fn note(cut: usize) -> String {
    format!("\n[... {cut} bytes cut ...]\n")
}

/// The longest run of leading characters that fits the budget.
fn taken(chars: impl Iterator<Item = char>, budget: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|char| {
            used += json_char_len(*char);
            used <= budget
        })
        .collect()
}

/// Bytes of one character inside a JSON string.
fn json_char_len(char: char) -> usize {
    match char {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => char.len_utf8(),
    }
}

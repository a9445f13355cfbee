//! Text from events, configs and registries, made safe for terminals, logs and events.

use std::fmt::Write as _;

/// Replaces control, bidirectional and invisible characters by `\u{…}`; newlines stay where `text` may have lines.
#[must_use]
pub fn escape(text: &str) -> String {
    let keep = |c| c == '\n' || c == '\t' || !is_unsafe(c);
    escaped(text, keep)
}

/// As [`escape`], for a text that has to stay on its line: whoever named a task must not write lines of our report.
#[must_use]
pub fn escape_line(text: &str) -> String {
    escaped(text, |c| !is_unsafe(c))
}

fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if keep(c) => safe.push(c),
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            c => safe.extend(c.escape_unicode()),
        }
    }
    safe
}

/// JSON in which such characters are written as JSON writes them, so that a document is one line to every reader. What
/// it means does not change: outside of strings JSON has none of them.
#[must_use]
pub(super) fn escape_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Characters that change how the text around them is shown.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_steer_a_terminal_is_shown_instead() {
        for (text, safe) in [
            ("plain äöü\n\tindented", "plain äöü\n\tindented"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{9b}31mred", "\\u{9b}31mred"),
            ("a\rb", "a\\u{d}b"),
            ("user\u{202e}gpj", "user\\u{202e}gpj"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
        ] {
            assert_eq!(escape(text), safe);
        }
    }

    #[test]
    fn a_text_of_one_line_stays_on_it() {
        assert_eq!(escape_line("a\n::error::b\tc\u{2028}d"), "a\\n::error::b\\tc\\u{2028}d");
    }

    #[test]
    fn json_means_the_same_and_is_one_line_to_every_reader() {
        let value = serde_json::json!({ "a\u{2028}": "b\u{9b}\u{202e}\u{e0041}\u{85}ü\n" });
        let json = escape_json(&value.to_string());
        assert_eq!(json, r#"{"a\u2028":"b\u009b\u202e\udb40\udc41\u0085ü\n"}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }
}

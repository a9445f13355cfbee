//! Text from events, configs and registries, made safe for terminals, logs and events.

/// Replaces control, bidirectional and invisible characters by `\u{…}`; newlines stay where `text` may have lines.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || c == '\t' || !is_unsafe(c) {
            safe.push(c);
        } else {
            safe.extend(c.escape_unicode());
        }
    }
    safe
}

/// Characters that change how the text around them is shown.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_could_steer_a_terminal_is_shown_instead() {
        for (text, safe) in [
            ("plain äöü\n\tindented", "plain äöü\n\tindented"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\rb", "a\\u{d}b"),
            ("user\u{202e}gpj", "user\\u{202e}gpj"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
        ] {
            assert_eq!(escape(text), safe);
        }
    }
}

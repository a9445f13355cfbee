//! Which characters may stand in a reference or a pattern at all, and how the others are shown in a message:
//! never raw, because what an author wrote goes to terminals, logs and events.

use super::error::{Part, ReferenceError};

/// One piece of the author's text and where it begins (0-based, in characters).
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl Piece<'_> {
    /// The 1-based column of the character at this offset.
    pub(super) fn column(self, offset: usize) -> usize {
        self.at.saturating_add(offset).saturating_add(1)
    }
}

/// A character for a message: quoted where it prints, by its number where it does not.
pub(super) fn shown(character: char) -> String {
    if character.is_ascii_graphic() {
        format!("`{character}`")
    } else {
        format!("U+{:04X}", u32::from(character))
    }
}

/// Text for a message: in backticks, escaped, at most 80 characters.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("`");
    for (count, character) in text.chars().enumerate() {
        if count == 80 {
            out.push_str("...");
            break;
        }
        if character == ' ' || character.is_ascii_graphic() {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out.push('`');
    out
}

/// Refuses the first character that no part of a reference may hold. After it, bytes and characters are the same.
pub(super) fn check(text: &str) -> Result<(), ReferenceError> {
    let offending = text.chars().enumerate().find(|(_, c)| !is_known(*c));
    match offending {
        None => Ok(()),
        Some((offset, character)) => Err(ReferenceError::Character {
            character: shown(character),
            column: offset.saturating_add(1),
            part: Part::Reference,
            hint: hint(character),
        }),
    }
}

fn is_known(character: char) -> bool {
    character.is_ascii_alphanumeric() || ".-_/:@[]".contains(character)
}

fn hint(character: char) -> &'static str {
    match character {
        '%' => "percent escapes are not decoded, and an IPv6 address has no zone here",
        '*' | '?' => "a reference names one image; wildcards belong to a policy's patterns",
        c if c.is_whitespace() => "remove the white space",
        c if c.is_control() => "remove the control character",
        c if !c.is_ascii() => "only ASCII is; an international registry name is written in its `xn--` form",
        _ => "only letters, digits and `.`, `-`, `_`, `/`, `:`, `@`, `[`, `]` are",
    }
}

//! Sets of characters: `[…]`, `\d`, `[:alpha:]`, `\p{Greek}`, and single characters.
//!
//! Written as ranges of numbers, so that neither `&&`, `--` nor a stray bracket can mean anything.

use std::fmt::Write;

use super::escape::Reader;
use super::{Flags, Re2Error};
use crate::event::excerpt;

/// Matches nothing: surrogates, which no text holds.
const NOTHING: &str = "[^\\x{0}-\\x{10FFFF}]";

/// One character, in both cases under `(?i)`.
pub(super) fn literal(code: u32, flags: Flags) -> String {
    match char::from_u32(code) {
        None => NOTHING.to_owned(),
        Some(character) if flags.fold && (character.is_alphabetic() || !character.is_ascii()) => {
            format!("(?i:\\x{{{code:X}}})")
        }
        Some(_) => format!("\\x{{{code:X}}}"),
    }
}

/// Behind a backslash, outside of brackets: `\d` and its kin and `\p`, if that is what stands
/// there.
pub(super) fn escaped(reader: &mut Reader<'_>, flags: Flags) -> Result<Option<String>, Re2Error> {
    let class = match named_by_letter(reader) {
        Some(class) => Some(class.to_owned()),
        None => unicode(reader)?,
    };
    Ok(class.map(|class| folded(&class, flags)))
}

fn folded(class: &str, flags: Flags) -> String {
    if flags.fold {
        format!("(?i:{class})")
    } else {
        class.to_owned()
    }
}

/// Behind `[`: a whole class.
pub(super) fn bracket(reader: &mut Reader<'_>, flags: Flags) -> Result<String, Re2Error> {
    let mut class = String::from(if reader.accept('^') { "[^" } else { "[" });
    // Keeps the class from being empty when it holds surrogates only.
    class.push_str(NOTHING);
    let mut first = true;
    loop {
        match reader.peek() {
            None => {
                return Err(Re2Error::Unclosed {
                    what: "[",
                    missing: "]",
                });
            }
            Some(']') if !first => {
                reader.next();
                class.push(']');
                return Ok(folded(&class, flags));
            }
            Some(_) => {}
        }
        first = false;
        let item = match posix(reader)? {
            Some(item) => item.to_owned(),
            None => item(reader)?,
        };
        class.push_str(&item);
    }
}

/// `\d`, `\pL`, a character or a range.
fn item(reader: &mut Reader<'_>) -> Result<String, Re2Error> {
    let start = reader.rest();
    if start.starts_with('\\') {
        let mut ahead = Reader::new(start);
        ahead.next();
        let class = match named_by_letter(&mut ahead) {
            Some(class) => Some(class.to_owned()),
            None => unicode(&mut ahead)?,
        };
        if let Some(class) = class {
            *reader = ahead;
            return Ok(class);
        }
    }
    let low = character(reader)?;
    let high = match reader.rest().strip_prefix('-') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(']') => {
            reader.next();
            character(reader)?
        }
        Some(_) | None => low,
    };
    if high < low {
        let length = start.len().saturating_sub(reader.rest().len());
        return Err(Re2Error::Class {
            class: excerpt(start.get(..length).unwrap_or(start)),
        });
    }
    Ok(range(low, high))
}

fn character(reader: &mut Reader<'_>) -> Result<u32, Re2Error> {
    match reader.next() {
        Some('\\') => reader.escape(),
        Some(character) => Ok(u32::from(character)),
        None => Err(Re2Error::Unclosed {
            what: "[",
            missing: "]",
        }),
    }
}

/// A range without the surrogates, which Rust refuses.
fn range(low: u32, high: u32) -> String {
    let mut text = String::new();
    for (low, high) in [(low, high.min(0xD7FF)), (low.max(0xE000), high)] {
        if low <= high {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{{{low:X}}}-\\x{{{high:X}}}");
        }
    }
    text
}

/// ASCII, unlike Rust's own.
fn named_by_letter(reader: &mut Reader<'_>) -> Option<&'static str> {
    let class = match reader.peek()? {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => "[\\t\\n\\x{C}\\r\\x{20}]",
        'S' => "[^\\t\\n\\x{C}\\r\\x{20}]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        _ => return None,
    };
    reader.next();
    Some(class)
}

/// `[:alpha:]` and `[:^alpha:]`. Without a closing `:]` the bracket is a character like any other.
fn posix(reader: &mut Reader<'_>) -> Result<Option<&'static str>, Re2Error> {
    let Some((name, rest)) = reader.rest().strip_prefix("[:").and_then(|rest| rest.split_once(":]")) else {
        return Ok(None);
    };
    let class = match name {
        "alnum" => "[0-9A-Za-z]",
        "^alnum" => "[^0-9A-Za-z]",
        "alpha" => "[A-Za-z]",
        "^alpha" => "[^A-Za-z]",
        "ascii" => "[\\x{0}-\\x{7F}]",
        "^ascii" => "[^\\x{0}-\\x{7F}]",
        "blank" => "[\\t\\x{20}]",
        "^blank" => "[^\\t\\x{20}]",
        "cntrl" => "[\\x{0}-\\x{1F}\\x{7F}]",
        "^cntrl" => "[^\\x{0}-\\x{1F}\\x{7F}]",
        "digit" => "[0-9]",
        "^digit" => "[^0-9]",
        "graph" => "[\\x{21}-\\x{7E}]",
        "^graph" => "[^\\x{21}-\\x{7E}]",
        "lower" => "[a-z]",
        "^lower" => "[^a-z]",
        "print" => "[\\x{20}-\\x{7E}]",
        "^print" => "[^\\x{20}-\\x{7E}]",
        "punct" => "[\\x{21}-\\x{2F}\\x{3A}-\\x{40}\\x{5B}-\\x{60}\\x{7B}-\\x{7E}]",
        "^punct" => "[^\\x{21}-\\x{2F}\\x{3A}-\\x{40}\\x{5B}-\\x{60}\\x{7B}-\\x{7E}]",
        "space" => "[\\x{9}-\\x{D}\\x{20}]",
        "^space" => "[^\\x{9}-\\x{D}\\x{20}]",
        "upper" => "[A-Z]",
        "^upper" => "[^A-Z]",
        "word" => "[0-9A-Za-z_]",
        "^word" => "[^0-9A-Za-z_]",
        "xdigit" => "[0-9A-Fa-f]",
        "^xdigit" => "[^0-9A-Fa-f]",
        other => {
            return Err(Re2Error::Class {
                class: format!("[:{}:]", excerpt(other)),
            });
        }
    };
    *reader = Reader::new(rest);
    Ok(Some(class))
}

/// `\pN`, `\p{Greek}`, `\P{^Greek}`: general categories and scripts, as in Go; no other property.
fn unicode(reader: &mut Reader<'_>) -> Result<Option<String>, Re2Error> {
    let negative = match reader.peek() {
        Some('p') => false,
        Some('P') => true,
        _ => return Ok(None),
    };
    reader.next();
    let wrong = |name: &str| Re2Error::Class {
        class: format!("\\p{{{}}}", excerpt(name)),
    };
    let name = if reader.accept('{') {
        reader.until("}").ok_or_else(|| wrong(reader.rest()))?.to_owned()
    } else {
        reader.next().map(String::from).ok_or_else(|| wrong(""))?
    };
    let (name, negative) = match name.strip_prefix('^') {
        Some(rest) => (rest, !negative),
        None => (name.as_str(), negative),
    };
    let set = match name {
        "Any" => "\\x{0}-\\x{10FFFF}".to_owned(),
        "Cs" => NOTHING.to_owned(),
        _ if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') => return Err(wrong(name)),
        _ => {
            let property = ["gc", "sc"].into_iter().map(|kind| format!("\\p{{{kind}={name}}}"));
            property
                .into_iter()
                .find(|text| regex::Regex::new(text).is_ok())
                .ok_or_else(|| wrong(name))?
        }
    };
    Ok(Some(if negative {
        format!("[^{set}]")
    } else {
        format!("[{set}]")
    }))
}

//! Globs as the original's library reads them, for [`super::allow_list`] alone: `*` and `**` any run of characters, `?`
//! one, `[ab]` and `[a-c]` one of them, `[!..]` one other, `\` the next character as itself.
//!
//! Where globset reads a sign differently it is written in globset's way: `[^a]` is a literal `^` or `a`, `**/` has no
//! meaning of its own, an unclosed `{` and a lone `}` are nothing special. There are no commas here (the list was split
//! at them), so that braces hold one alternative only and fall away. Matched texts are ASCII, so bytes are characters.

use std::iter::Peekable;
use std::str::Chars;

use globset::{GlobBuilder, GlobMatcher};

/// One sign of a glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sign {
    /// This character.
    Literal(char),
    /// One character.
    One,
    /// Any run of characters.
    Run,
    /// One of these characters, as far as they are ASCII.
    In(Vec<char>),
    /// One character that is none of these.
    NotIn(Vec<char>),
}

/// Why the original's library would not compile a glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum GlobError {
    #[error("a `[` is not closed; write `\\[` for the character itself")]
    Unclosed,
    #[error("a `[...]` is empty or mixes a list with a range; write `[ab]`, `[a-c]` or `[!a]`")]
    Class,
    #[error("a range runs backwards; write it as in `[a-c]`")]
    Backwards,
}

/// Reads a glob sign by sign.
pub(super) fn parse(text: &str) -> Result<Vec<Sign>, GlobError> {
    let mut signs = Vec::new();
    let mut open_braces = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(character) = chars.next() {
        if character == '}'
            && let Some(braces_hold) = open_braces.pop()
        {
            signs.extend(never_if(braces_hold));
            continue;
        }
        // At the very end a backslash stands for nothing, as in the original.
        if character == '\\' && chars.peek().is_none() {
            break;
        }
        if let Some(braces_hold) = open_braces.last_mut() {
            *braces_hold = Emptiness::Filled;
        }
        match character {
            '*' if signs.last() == Some(&Sign::Run) => {}
            '*' => signs.push(Sign::Run),
            '?' => signs.push(Sign::One),
            '[' => signs.push(class(&mut chars)?),
            '{' => open_braces.push(Emptiness::Empty),
            '\\' => signs.extend(chars.next().map(Sign::Literal)),
            other => signs.push(Sign::Literal(other)),
        }
    }
    signs.extend(open_braces.into_iter().filter_map(never_if));
    Ok(signs)
}

#[derive(Clone, Copy)]
enum Emptiness {
    Empty,
    Filled,
}

/// The original never matches where braces hold nothing, and a list split inside braces leaves such pieces behind.
fn never_if(braces: Emptiness) -> Option<Sign> {
    match braces {
        Emptiness::Empty => Some(Sign::In(Vec::new())),
        Emptiness::Filled => None,
    }
}

/// After `[`: a range of exactly two ends, or a list in which `-` and `^` are nothing special.
fn class(chars: &mut Peekable<Chars<'_>>) -> Result<Sign, GlobError> {
    let negated = chars.next_if_eq(&'!').is_some();
    let mut ahead = chars.clone();
    let lo = ahead.next().ok_or(GlobError::Unclosed)?;
    let members = if ahead.next_if_eq(&'-').is_some() {
        let hi = ahead.next().ok_or(GlobError::Unclosed)?;
        match ahead.next() {
            Some(']') => {}
            Some(_) => return Err(GlobError::Class),
            None => return Err(GlobError::Unclosed),
        }
        *chars = ahead;
        if hi < lo {
            return Err(GlobError::Backwards);
        }
        (lo..=hi).take_while(char::is_ascii).collect()
    } else {
        list(chars)?
    };
    Ok(if negated {
        Sign::NotIn(members)
    } else {
        Sign::In(members)
    })
}

fn list(chars: &mut Peekable<Chars<'_>>) -> Result<Vec<char>, GlobError> {
    let mut members = Vec::new();
    loop {
        match chars.next().ok_or(GlobError::Unclosed)? {
            ']' if members.is_empty() => return Err(GlobError::Class),
            ']' => return Ok(members),
            '\\' => members.push(chars.next().ok_or(GlobError::Unclosed)?),
            other => members.push(other),
        }
    }
}

/// Compiles signs to a matcher of whole texts, in which a run crosses every character. None if it is too large.
pub(super) fn compile(signs: &[Sign]) -> Option<GlobMatcher> {
    let glob: String = signs.iter().map(to_globset).collect();
    let glob = GlobBuilder::new(&glob)
        .literal_separator(false)
        .backslash_escape(true)
        .build();
    glob.ok().map(|glob| glob.compile_matcher())
}

fn to_globset(sign: &Sign) -> String {
    match sign {
        Sign::Literal(character) => format!("\\{character}"),
        Sign::One => String::from("?"),
        Sign::Run => String::from("*"),
        // Written as alternatives: in a globset class `^`, `!`, `-` and `]` change their meaning with their place.
        Sign::In(members) if !members.is_empty() => {
            let alternatives: Vec<String> = members.iter().map(|c| format!("\\{c}")).collect();
            format!("{{{}}}", alternatives.join(","))
        }
        // A range without an ASCII character: no reference holds a space, so this never matches.
        Sign::In(_) => String::from("\\ "),
        Sign::NotIn(members) => not_in(members),
    }
}

/// In a negated globset class a `]` is itself in the first place only and a `-` in the last.
fn not_in(members: &[char]) -> String {
    let ascii: Vec<char> = members.iter().copied().filter(char::is_ascii).collect();
    if ascii.is_empty() {
        return String::from("?");
    }
    let first = if ascii.contains(&']') { "]" } else { "" };
    let last = if ascii.contains(&'-') { "-" } else { "" };
    let middle: String = ascii.iter().filter(|c| !matches!(c, ']' | '-')).collect();
    format!("[!{first}{middle}{last}]")
}

/// Writes signs back as the original would read them, for messages.
pub(super) fn render(signs: &[Sign]) -> String {
    signs.iter().map(render_sign).collect()
}

fn render_sign(sign: &Sign) -> String {
    match sign {
        Sign::Literal(c) if "*?[]{}\\".contains(*c) => format!("\\{c}"),
        Sign::Literal(c) => c.to_string(),
        Sign::One => String::from("?"),
        Sign::Run => String::from("*"),
        Sign::In(members) if members.is_empty() => String::from("{}"),
        Sign::In(members) => format!("[{}]", render_members(members)),
        Sign::NotIn(members) => format!("[!{}]", render_members(members)),
    }
}

/// A dash in the first place is itself; escaped there it would begin a range.
fn render_members(members: &[char]) -> String {
    let mut out = String::new();
    for (place, member) in members.iter().enumerate() {
        if "\\]!".contains(*member) || *member == '-' && place > 0 {
            out.push('\\');
        }
        out.push(*member);
    }
    out
}

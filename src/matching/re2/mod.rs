//! Go's regular expressions (RE2 syntax as `regexp.MatchString` reads it), by translation.
//!
//! Rust's syntax is close enough to be mistaken for it: `\d` is Unicode there, `[a&&b]` an
//! intersection, `x{` and `\Q` errors, `{,2}` a repetition. So the pattern is read here by Go's
//! rules and written anew in a form that leaves nothing to Rust's reading: every character by its
//! number, every flag beside what it governs. What Go refuses is refused. Only whether it matches
//! is asked, so groups and greediness are dropped. Must never build a large automaton: the pattern,
//! its nesting and the compiled size are limited, where Go's limits are a hundred times higher.

mod class;
mod error;
mod escape;
#[cfg(test)]
mod tests;

use regex::bytes::{Regex, RegexBuilder};

pub use error::Re2Error;
use escape::Reader;

/// Most bytes of a pattern.
pub const MAX_PATTERN_BYTES: usize = 4096;

/// Most bytes of a compiled pattern.
pub const MAX_COMPILED_BYTES: usize = 1024 * 1024;

/// How deep groups may nest.
const MAX_NESTING: usize = 100;

/// Go's limit for one repetition, and for the product of nested ones.
const MAX_REPEAT: u32 = 1000;

/// Compiles a pattern with Go's meaning.
///
/// # Errors
/// [`Re2Error`]: what Go refuses, and what is too large.
pub(super) fn compile(pattern: &str) -> Result<Regex, Re2Error> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return Err(Re2Error::TooLong {
            bytes: pattern.len(),
            limit: MAX_PATTERN_BYTES,
        });
    }
    let translated = translate(pattern)?;
    RegexBuilder::new(&translated)
        .size_limit(MAX_COMPILED_BYTES)
        .dfa_size_limit(MAX_COMPILED_BYTES)
        .nest_limit(1000)
        .build()
        .map_err(|error| {
            if let regex::Error::CompiledTooBig(limit) = error {
                Re2Error::TooLarge { limit }
            } else {
                Re2Error::Untranslatable {
                    reason: last_line(&error.to_string()),
                }
            }
        })
}

fn last_line(text: &str) -> String {
    text.lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned()
}

/// `(?ims)`; `U` turns greediness around, which nobody sees here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Flags {
    fold: bool,
    lines: bool,
    dot_all: bool,
}

/// A piece that a repetition would apply to, and the product of the repetitions inside.
struct Piece {
    text: String,
    repeats: u32,
}

/// A group that is still open; the outermost is the pattern itself.
#[derive(Default)]
struct Group {
    /// Finished branches, each followed by `|`.
    branches: String,
    repeats: u32,
    pieces: Vec<Piece>,
    /// Flags to return to behind the group.
    outside: Flags,
}

impl Group {
    fn end_branch(&mut self) {
        for piece in self.pieces.drain(..) {
            self.branches.push_str(&piece.text);
            self.repeats = self.repeats.max(piece.repeats);
        }
    }
}

struct Translator<'p> {
    reader: Reader<'p>,
    flags: Flags,
    group: Group,
    outer: Vec<Group>,
    /// Whether the piece before is a repetition, which cannot be repeated without a group.
    repeated: bool,
}

/// The same pattern in a form that Rust reads as Go reads the original.
fn translate(pattern: &str) -> Result<String, Re2Error> {
    let mut translator = Translator {
        reader: Reader::new(pattern),
        flags: Flags::default(),
        group: Group::default(),
        outer: Vec::new(),
        repeated: false,
    };
    while let Some(next) = translator.reader.next() {
        translator.item(next)?;
    }
    if !translator.outer.is_empty() {
        return Err(Re2Error::Unclosed {
            what: "(",
            missing: ")",
        });
    }
    translator.group.end_branch();
    Ok(translator.group.branches)
}

impl Translator<'_> {
    fn push(&mut self, text: String) {
        self.group.pieces.push(Piece { text, repeats: 1 });
    }

    fn literal(&mut self, code: u32) {
        let text = class::literal(code, self.flags);
        self.push(text);
    }

    fn item(&mut self, next: char) -> Result<(), Re2Error> {
        let after_repeat = std::mem::take(&mut self.repeated);
        match next {
            '(' => self.open()?,
            ')' => self.close()?,
            '|' => {
                self.group.end_branch();
                self.group.branches.push('|');
            }
            '^' => self.push(if self.flags.lines { "(?m:^)" } else { "\\A" }.to_owned()),
            '$' => self.push(if self.flags.lines { "(?m:$)" } else { "\\z" }.to_owned()),
            '.' => self.push(if self.flags.dot_all { "(?s:.)" } else { "[^\\n]" }.to_owned()),
            '[' => {
                let text = class::bracket(&mut self.reader, self.flags)?;
                self.push(text);
            }
            '*' => self.repeat("*", 1, after_repeat)?,
            '+' => self.repeat("+", 1, after_repeat)?,
            '?' => self.repeat("?", 1, after_repeat)?,
            '{' => match self.reader.counts()? {
                None => self.literal(u32::from('{')),
                Some((least, most)) => {
                    let most_text = most.map_or_else(String::new, |most| most.to_string());
                    // A piece repeated no times counts no repetitions, whatever it holds.
                    let factor = if most == Some(0) {
                        0
                    } else {
                        most.unwrap_or(least).max(1)
                    };
                    self.repeat(&format!("{{{least},{most_text}}}"), factor, after_repeat)?;
                }
            },
            '\\' => self.escape()?,
            other => self.literal(u32::from(other)),
        }
        Ok(())
    }

    fn repeat(&mut self, operator: &str, factor: u32, after_repeat: bool) -> Result<(), Re2Error> {
        self.reader.accept('?');
        if after_repeat {
            return Err(Re2Error::RepeatedRepeat {
                operator: operator.to_owned(),
            });
        }
        let piece = self.group.pieces.pop().ok_or_else(|| Re2Error::NothingToRepeat {
            operator: operator.to_owned(),
        })?;
        let repeats = if factor == 0 {
            1
        } else {
            piece.repeats.saturating_mul(factor)
        };
        if factor >= 2 && repeats > MAX_REPEAT {
            return Err(Re2Error::RepeatTooLarge { limit: MAX_REPEAT });
        }
        self.group.pieces.push(Piece {
            text: format!("(?:{}){operator}", piece.text),
            repeats,
        });
        self.repeated = true;
        Ok(())
    }

    /// A group, or `(?flags)`, which changes what follows and is no piece.
    fn open(&mut self) -> Result<(), Re2Error> {
        let outside = self.flags;
        if self.reader.accept('?') {
            if let Some(name) = self.reader.group_name() {
                check_name(&name?)?;
            } else {
                let (flags, opens) = self.reader.flags(self.flags)?;
                self.flags = flags;
                if !opens {
                    return Ok(());
                }
            }
        }
        if self.outer.len() >= MAX_NESTING {
            return Err(Re2Error::TooDeep { limit: MAX_NESTING });
        }
        let inner = Group {
            outside,
            ..Group::default()
        };
        self.outer.push(std::mem::replace(&mut self.group, inner));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Re2Error> {
        let outer = self.outer.pop().ok_or(Re2Error::Unclosed {
            what: ")",
            missing: "(",
        })?;
        let mut inner = std::mem::replace(&mut self.group, outer);
        inner.end_branch();
        self.flags = inner.outside;
        let repeats = inner.repeats.max(1);
        self.group.pieces.push(Piece {
            text: format!("(?:{})", inner.branches),
            repeats,
        });
        Ok(())
    }

    fn escape(&mut self) -> Result<(), Re2Error> {
        match self.reader.peek() {
            Some('A') => self.assertion("\\A"),
            Some('z') => self.assertion("\\z"),
            Some('b') => self.assertion("(?-u:\\b)"),
            // Rust's ASCII `\B` also holds inside a character; the Unicode pair does not.
            Some('B') => self.assertion("(?:(?-u:\\B)(?:\\b|\\B))"),
            Some('Q') => {
                self.reader.next();
                for character in self.reader.quoted() {
                    self.literal(u32::from(character));
                }
            }
            _ => match class::escaped(&mut self.reader, self.flags)? {
                Some(text) => self.push(text),
                None => {
                    let code = self.reader.escape()?;
                    self.literal(code);
                }
            },
        }
        Ok(())
    }

    fn assertion(&mut self, text: &str) {
        self.reader.next();
        self.push(text.to_owned());
    }
}

fn check_name(name: &str) -> Result<(), Re2Error> {
    let word = name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    if word && !name.is_empty() {
        Ok(())
    } else {
        Err(Re2Error::GroupName {
            name: crate::event::excerpt(name),
        })
    }
}

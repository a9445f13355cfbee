//! The words of a path: what the original's scanner (Go's) takes for one token.
//!
//! Spaces may stand between all of them. Must never decide what a token means.

use std::iter::Peekable;
use std::str::CharIndices;

use serde_json::Number;

use super::JsonPathError;
use crate::event::excerpt;

/// One word, and the character (from 1) it begins at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) at: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    Name(String),
    Text(String),
    Number(Number),
    Equal,
    NotEqual,
    Sign(char),
}

impl Word {
    /// How an error names it.
    pub(super) fn describe(&self) -> String {
        match self {
            Word::Name(name) => format!("name `{}`", excerpt(name)),
            Word::Text(text) => format!("text \"{}\"", excerpt(text)),
            Word::Number(number) => format!("number {number}"),
            Word::Equal => "`==`".to_owned(),
            Word::NotEqual => "`!=`".to_owned(),
            Word::Sign(sign) => format!("`{}`", sign.escape_debug()),
        }
    }
}

/// Splits a path into its words.
pub(super) fn tokens(path: &str) -> Result<Vec<Token>, JsonPathError> {
    let mut scanner = Scanner {
        rest: path.char_indices().peekable(),
        at: 0,
    };
    let mut found = Vec::new();
    while let Some(token) = scanner.token()? {
        found.push(token);
    }
    Ok(found)
}

struct Scanner<'p> {
    rest: Peekable<CharIndices<'p>>,
    /// Characters read so far.
    at: usize,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, character)| *character)
    }

    fn next(&mut self) -> Option<char> {
        let (_, character) = self.rest.next()?;
        self.at = self.at.saturating_add(1);
        Some(character)
    }

    fn take_while(&mut self, into: &mut String, accept: fn(char) -> bool) {
        while let Some(character) = self.peek().filter(|character| accept(*character)) {
            into.push(character);
            self.next();
        }
    }

    fn token(&mut self) -> Result<Option<Token>, JsonPathError> {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r')) {
            self.next();
        }
        let at = self.at.saturating_add(1);
        let Some(first) = self.next() else { return Ok(None) };
        let word = match first {
            '"' => Word::Text(self.quoted(at)?),
            '`' => Word::Text(self.raw(at)?),
            '\'' => Word::Text(self.character(at)?),
            '0'..='9' => Word::Number(self.number(first, at)?),
            '.' if self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                let digit = self.peek().unwrap_or('0');
                return Err(JsonPathError::DigitAfterDot {
                    digit,
                    at: at.saturating_add(1),
                });
            }
            '=' if self.peek() == Some('=') => {
                self.next();
                Word::Equal
            }
            '!' if self.peek() == Some('=') => {
                self.next();
                Word::NotEqual
            }
            letter if letter == '_' || letter.is_alphabetic() => {
                let mut name = String::from(letter);
                self.take_while(&mut name, |c| c == '_' || c.is_alphanumeric());
                Word::Name(name)
            }
            sign => Word::Sign(sign),
        };
        Ok(Some(Token { word, at }))
    }

    /// Decimal digits with fraction and exponent. Whole numbers stay whole.
    fn number(&mut self, first: char, at: usize) -> Result<Number, JsonPathError> {
        let mut digits = String::from(first);
        self.take_while(&mut digits, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        if digits.ends_with(['e', 'E'])
            && let Some(sign) = self.peek().filter(|c| matches!(c, '+' | '-'))
        {
            digits.push(sign);
            self.next();
            self.take_while(&mut digits, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        }
        let wrong = || JsonPathError::Number {
            text: excerpt(&digits),
            at,
        };
        if digits
            .chars()
            .any(|c| !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-')))
        {
            return Err(wrong());
        }
        if let Ok(whole) = digits.parse::<u64>() {
            return Ok(whole.into());
        }
        digits.parse().ok().and_then(Number::from_f64).ok_or_else(wrong)
    }

    /// `'a'`: Go's character literal, which may be empty as well. Authors who know other jsonpaths put whole keys here.
    fn character(&mut self, at: usize) -> Result<String, JsonPathError> {
        let mut held = String::new();
        loop {
            match self.next() {
                None | Some('\n') => {
                    return Err(JsonPathError::Text {
                        at,
                        problem: "does not end, a ' is missing",
                    });
                }
                Some('\'') => break,
                Some('\\') => held.push(self.escape(at, '\'')?),
                Some(other) => held.push(other),
            }
        }
        if held.chars().nth(1).is_some() {
            return Err(JsonPathError::SingleQuotes {
                text: excerpt(&held),
                at,
            });
        }
        Ok(held)
    }

    fn quoted(&mut self, at: usize) -> Result<String, JsonPathError> {
        let mut text = String::new();
        loop {
            match self.next() {
                None | Some('\n') => {
                    return Err(JsonPathError::Text {
                        at,
                        problem: "does not end, a \" is missing",
                    });
                }
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape(at, '"')?),
                Some(other) => text.push(other),
            }
        }
    }

    fn raw(&mut self, at: usize) -> Result<String, JsonPathError> {
        let mut text = String::new();
        loop {
            match self.next() {
                None => {
                    return Err(JsonPathError::Text {
                        at,
                        problem: "does not end, a ` is missing",
                    });
                }
                Some('`') => return Ok(text),
                // Go drops carriage returns from raw texts.
                Some('\r') => {}
                Some(other) => text.push(other),
            }
        }
    }

    /// Go's escapes. `\x` and octal ones name bytes there; those above 127 are halves of
    /// characters and refused.
    fn escape(&mut self, at: usize, quote: char) -> Result<char, JsonPathError> {
        const WRONG: &str = "holds an escape that Go does not know";
        let wrong = || JsonPathError::Text { at, problem: WRONG };
        let escaped = match self.next().ok_or_else(wrong)? {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' => '\\',
            'x' => self.code(2, 16, "").filter(char::is_ascii).ok_or_else(wrong)?,
            'u' => self.code(4, 16, "").ok_or_else(wrong)?,
            'U' => self.code(8, 16, "").ok_or_else(wrong)?,
            digit @ '0'..='7' => self
                .code(2, 8, digit.encode_utf8(&mut [0; 4]))
                .filter(char::is_ascii)
                .ok_or_else(wrong)?,
            other if other == quote => quote,
            _ => return Err(wrong()),
        };
        Ok(escaped)
    }

    fn code(&mut self, count: usize, radix: u32, begun: &str) -> Option<char> {
        let mut digits = String::from(begun);
        for _ in 0..count {
            digits.push(self.next().filter(|c| c.is_digit(radix))?);
        }
        char::from_u32(u32::from_str_radix(&digits, radix).ok()?)
    }
}

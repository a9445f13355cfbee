//! Reading a pattern from left to right: escapes, counts in braces, flags, quoted stretches.
//!
//! Knows how things are spelled in Go, not what they match.

use super::{Flags, MAX_REPEAT, Re2Error};

/// The rest of a pattern.
pub(super) struct Reader<'p> {
    rest: &'p str,
}

impl<'p> Reader<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        Reader { rest: pattern }
    }

    pub(super) fn rest(&self) -> &'p str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    pub(super) fn accept(&mut self, expected: char) -> bool {
        self.strip(expected.encode_utf8(&mut [0; 4]))
    }

    pub(super) fn strip(&mut self, prefix: &str) -> bool {
        let stripped = self.rest.strip_prefix(prefix);
        self.rest = stripped.unwrap_or(self.rest);
        stripped.is_some()
    }

    /// Everything before `end`, which is read as well.
    pub(super) fn until(&mut self, end: &str) -> Option<&'p str> {
        let (found, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(found)
    }

    /// Behind `\Q`: everything before `\E`, or to the end.
    pub(super) fn quoted(&mut self) -> std::str::Chars<'p> {
        let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
        self.rest = rest;
        quoted.chars()
    }

    /// Behind `{`: `3}`, `3,}` or `3,5}`. Anything else, and a number with leading zeros, makes the
    /// brace a character like any other.
    pub(super) fn counts(&mut self) -> Result<Option<(u32, Option<u32>)>, Re2Error> {
        let Some((inside, rest)) = self.rest.split_once('}') else {
            return Ok(None);
        };
        let (least, most) = match inside.split_once(',') {
            None => (inside, Some(inside)),
            Some((least, "")) => (least, None),
            Some((least, most)) => (least, Some(most)),
        };
        let is_count = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits && (text.len() == 1 || !text.starts_with('0'))
        };
        if !is_count(least) || !most.is_none_or(is_count) {
            return Ok(None);
        }
        self.rest = rest;
        let count = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
        let (least, most) = (count(least), most.map(count));
        if least > MAX_REPEAT || most.is_some_and(|most| most > MAX_REPEAT || most < least) {
            return Err(Re2Error::RepeatTooLarge { limit: MAX_REPEAT });
        }
        Ok(Some((least, most)))
    }

    /// Behind `(?`: the name of `P<name>` or `<name>`, if that is what stands there.
    pub(super) fn group_name(&mut self) -> Option<Result<String, Re2Error>> {
        if !(self.strip("P<") || self.strip("<")) {
            return None;
        }
        let name = self.until(">").map(str::to_owned);
        Some(name.ok_or_else(|| Re2Error::GroupName {
            name: crate::event::excerpt(self.rest),
        }))
    }

    /// Behind `(?`: flags up to `:` (opens a group: true) or `)`.
    pub(super) fn flags(&mut self, before: Flags) -> Result<(Flags, bool), Re2Error> {
        let start = self.rest;
        let mut flags = before;
        // Some(false) once `-` was read, Some(true) when a flag followed it.
        let mut negated = None;
        loop {
            let next = self.next();
            match next {
                Some('i') => flags.fold = negated.is_none(),
                Some('m') => flags.lines = negated.is_none(),
                Some('s') => flags.dot_all = negated.is_none(),
                Some('U') => {}
                Some('-') if negated.is_none() => {
                    negated = Some(false);
                    continue;
                }
                Some(end @ (':' | ')')) if negated != Some(false) => return Ok((flags, end == ':')),
                _ => {
                    return Err(Re2Error::Group {
                        sequence: crate::event::excerpt(start),
                    });
                }
            }
            negated = negated.map(|_| true);
        }
    }

    /// Behind `\`: the code point that is meant. Surrogates can be written and match nothing.
    pub(super) fn escape(&mut self) -> Result<u32, Re2Error> {
        let start = self.rest;
        let wrong = || Re2Error::Escape {
            sequence: start.chars().next().map(String::from).unwrap_or_default(),
        };
        match self.next().ok_or_else(wrong)? {
            'a' => Ok(7),
            'f' => Ok(12),
            'n' => Ok(10),
            'r' => Ok(13),
            't' => Ok(9),
            'v' => Ok(11),
            'x' => self.hexadecimal().ok_or_else(wrong),
            // A single digit but 0 would be a back-reference.
            '1'..='7' if !self.peek().is_some_and(|c| c.is_digit(8)) => Err(wrong()),
            digit @ '0'..='7' => {
                let mut code = digit.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    if let Some(next) = self.peek().and_then(|c| c.to_digit(8)) {
                        code = code.saturating_mul(8).saturating_add(next);
                        self.next();
                    }
                }
                Ok(code)
            }
            other if other.is_ascii() && !other.is_ascii_alphanumeric() => Ok(u32::from(other)),
            _ => Err(wrong()),
        }
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let digits: String = if self.accept('{') {
            self.until("}")?.to_owned()
        } else {
            [self.next()?, self.next()?].into_iter().collect()
        };
        if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            return Some(0);
        }
        u32::from_str_radix(significant, 16)
            .ok()
            .filter(|code| *code <= u32::from(char::MAX))
    }
}

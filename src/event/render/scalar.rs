//! One YAML scalar: which of yaml.v2's styles it gets, and how it is written in that style.
//!
//! Long lines are folded behind column 80 where a single space allows it, as yaml.v2 does.

use super::plain;

/// Where a scalar stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A key on the line of its value: never folded, never over several lines.
    Key,
    /// Anything else; its further lines are indented by that many spaces.
    Value { indent: usize },
}

/// Longest key, in bytes, that stands on the line of its value.
pub(super) const LONGEST_KEY: usize = 128;

/// Where lines are folded.
const WIDTH: usize = 80;

/// The text so far, and how many characters its last line has.
#[derive(Default)]
pub(super) struct Writer {
    text: String,
    column: usize,
}

impl Writer {
    pub(super) fn put(&mut self, text: &str) {
        for character in text.chars() {
            self.push(character);
        }
    }

    fn push(&mut self, character: char) {
        self.text.push(character);
        self.column = if is_break(character) {
            0
        } else {
            self.column.saturating_add(1)
        };
    }

    /// Begins a line, unless one has just begun, and indents it.
    pub(super) fn line(&mut self, indent: usize) {
        if self.column > 0 {
            self.push('\n');
        }
        self.pad(indent);
    }

    /// Fills the line with spaces up to a column.
    pub(super) fn pad(&mut self, column: usize) {
        while self.column < column {
            self.push(' ');
        }
    }

    /// Ends the last line and gives the text away.
    pub(super) fn finish(mut self) -> String {
        self.line(0);
        self.text
    }

    /// Folds the line at a space, when it is long enough and nothing but the space would be lost.
    fn folds(&self, role: Role) -> Option<usize> {
        match role {
            Role::Value { indent } if self.column > WIDTH => Some(indent),
            Role::Value { .. } | Role::Key => None,
        }
    }

    /// A text of the event, quoted as far as it must be.
    pub(super) fn string(&mut self, text: &str, role: Role) {
        match style(text, role) {
            Style::Plain => self.flowing(text, role, None),
            Style::Single => self.flowing(text, role, Some('\'')),
            Style::Double => self.double(text, role),
            Style::Literal { indent } => self.literal(text, indent),
        }
    }

    /// Plain, or between single quotes. Only line separators of Unicode can break lines here:
    /// texts with other breaks have other styles.
    fn flowing(&mut self, text: &str, role: Role, quote: Option<char>) {
        if let Some(quote) = quote {
            self.push(quote);
        }
        let mut characters = text.chars().peekable();
        let (mut first, mut after_space, mut after_break) = (true, false, false);
        while let Some(character) = characters.next() {
            let last = characters.peek().is_none();
            if character == ' ' {
                let single = !after_space && !last && characters.peek() != Some(&' ');
                match self.folds(role).filter(|_| single && !(first && quote.is_some())) {
                    Some(indent) => self.line(indent),
                    None => self.push(' '),
                }
                after_space = true;
            } else if is_break(character) {
                self.push(character);
                after_break = true;
            } else {
                if after_break && let Role::Value { indent } = role {
                    self.line(indent);
                }
                if Some(character) == quote {
                    self.push(character);
                }
                self.push(character);
                (after_space, after_break) = (false, false);
            }
            first = false;
        }
        if let Some(quote) = quote {
            self.push(quote);
        }
    }

    fn double(&mut self, text: &str, role: Role) {
        // yaml.v2 escapes everything when the text begins with a byte order mark.
        let all = text.starts_with('\u{feff}');
        self.push('"');
        let mut characters = text.chars().peekable();
        let (mut first, mut after_space) = (true, false);
        while let Some(character) = characters.next() {
            let next = characters.peek().copied();
            if all || !is_printable(character) || is_break(character) || matches!(character, '"' | '\\') {
                self.escape(character);
                after_space = false;
            } else if character == ' ' {
                let inside = !first && !after_space && next.is_some();
                match self.folds(role).filter(|_| inside) {
                    Some(indent) => {
                        self.line(indent);
                        if next == Some(' ') {
                            self.push('\\');
                        }
                    }
                    None => self.push(' '),
                }
                after_space = true;
            } else {
                self.push(character);
                after_space = false;
            }
            first = false;
        }
        self.push('"');
    }

    fn escape(&mut self, character: char) {
        let code = u32::from(character);
        let escaped = match character {
            '\0' => "\\0".to_owned(),
            '\u{7}' => "\\a".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\u{b}' => "\\v".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '\r' => "\\r".to_owned(),
            '\u{1b}' => "\\e".to_owned(),
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\u{85}' => "\\N".to_owned(),
            '\u{a0}' => "\\_".to_owned(),
            '\u{2028}' => "\\L".to_owned(),
            '\u{2029}' => "\\P".to_owned(),
            _ if code <= 0xff => format!("\\x{code:02X}"),
            _ if code <= 0xffff => format!("\\u{code:04X}"),
            _ => format!("\\U{code:08X}"),
        };
        self.put(&escaped);
    }

    /// `|`, line by line, with the hints a reader needs to get the ends right.
    fn literal(&mut self, text: &str, indent: usize) {
        self.push('|');
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.push('2');
        }
        let mut ends = text.chars().rev();
        match (ends.next().is_some_and(is_break), ends.next()) {
            (false, _) => self.push('-'),
            (true, None) => self.push('+'),
            (true, Some(before)) if is_break(before) => self.push('+'),
            (true, Some(_)) => {}
        }
        self.push('\n');
        for character in text.chars() {
            if !is_break(character) && self.column == 0 {
                self.pad(indent);
            }
            self.push(character);
        }
    }
}

enum Style {
    Plain,
    Single,
    Double,
    Literal { indent: usize },
}

/// Whether a key must be introduced by `?`.
pub(super) fn needs_question_mark(key: &str) -> bool {
    key.len() > LONGEST_KEY || key.contains(is_break)
}

fn style(text: &str, role: Role) -> Style {
    let shape = Shape::of(text);
    let quoted = if shape.single { Style::Single } else { Style::Double };
    match role {
        Role::Key if text.contains(is_break) => Style::Double,
        Role::Value { indent } if text.contains('\n') => {
            if shape.literal {
                Style::Literal { indent }
            } else {
                Style::Double
            }
        }
        Role::Key | Role::Value { .. } if !plain::is_text(text) => Style::Double,
        Role::Key | Role::Value { .. } => {
            if shape.plain {
                Style::Plain
            } else {
                quoted
            }
        }
    }
}

/// Which styles can carry a text at all.
struct Shape {
    plain: bool,
    single: bool,
    literal: bool,
}

impl Shape {
    fn of(text: &str) -> Shape {
        let breaks = text.contains(is_break);
        let special = !text.chars().all(is_printable);
        let pair = |one: fn(char) -> bool, other: fn(char) -> bool| {
            text.chars().zip(text.chars().skip(1)).any(|(a, b)| one(a) && other(b))
        };
        let break_space = pair(is_break, is_space);
        let space_break = pair(is_space, is_break);
        let edge = |c| is_space(c) || is_break(c);
        let loose = text.starts_with(edge) || text.ends_with(edge);
        Shape {
            plain: !(breaks || special || loose || has_indicator(text)),
            single: !(break_space || space_break || special),
            literal: !(text.ends_with(is_space) || space_break || special),
        }
    }
}

/// Whether a bare text would be taken for syntax.
fn has_indicator(text: &str) -> bool {
    let blank = |next: Option<&char>| next.is_none_or(|c| matches!(c, ' ' | '\t'));
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut characters = text.chars().peekable();
    let mut before = ' ';
    let mut first = true;
    while let Some(character) = characters.next() {
        let ends_word = blank(characters.peek());
        let found = match character {
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
            '?' | '-' => first && ends_word,
            ':' => ends_word,
            '#' => matches!(before, ' ' | '\t' | '\0') || is_break(before),
            _ => false,
        };
        if found {
            return true;
        }
        before = character;
        first = false;
    }
    false
}

fn is_space(character: char) -> bool {
    character == ' '
}

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What yaml.v2 writes as it is; nothing beyond the basic plane.
fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && character != '\u{feff}'
}

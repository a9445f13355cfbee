//! Words in, an expression out: the grammar of the original's path language.
//!
//! Must never recurse deeper than [`MAX_NESTING`]; what the original's expression language has
//! beyond literals and equality is refused by name.

use serde_json::Value;

use super::bracket::Bracket;
use super::token::{Token, Word, tokens};
use super::{Expr, JsonPathError, MAX_PATH_BYTES, Start, Step};

/// How deep brackets, parentheses and comparisons may nest.
const MAX_NESTING: usize = 32;

/// Understands a whole path.
pub(super) fn parse(text: &str) -> Result<Expr, JsonPathError> {
    if text.len() > MAX_PATH_BYTES {
        return Err(JsonPathError::TooLong {
            bytes: text.len(),
            limit: MAX_PATH_BYTES,
        });
    }
    let end = text.chars().count().saturating_add(1);
    let mut parser = Parser {
        words: tokens(text)?,
        next: 0,
        end,
        nesting: 0,
    };
    let expression = parser.expression()?;
    match parser.peek() {
        None => Ok(expression),
        Some(Word::Sign('-')) => Err(parser.unexpected("`.`, `[` or the end (keys with hyphens stand in [\"…\"])")),
        Some(Word::Sign('(')) => Err(parser.foreign("a call")),
        Some(Word::Sign('&' | '|' | '<' | '>' | '+' | '*' | '/' | '%' | '^' | '~' | '=' | '!')) => {
            Err(parser.foreign("an operator"))
        }
        Some(Word::Name(_) | Word::Text(_) | Word::Number(_) | Word::Equal | Word::NotEqual | Word::Sign(_)) => {
            Err(parser.unexpected("`.`, `[`, `==`, `!=` or the end"))
        }
    }
}

pub(super) struct Parser {
    words: Vec<Token>,
    next: usize,
    /// Position behind the last character.
    end: usize,
    nesting: usize,
}

impl Parser {
    pub(super) fn peek(&self) -> Option<&Word> {
        self.words.get(self.next).map(|token| &token.word)
    }

    fn at(&self) -> usize {
        self.words.get(self.next).map_or(self.end, |token| token.at)
    }

    pub(super) fn bump(&mut self) -> Option<Word> {
        let word = self.peek().cloned();
        self.next = self.next.saturating_add(1);
        word
    }

    pub(super) fn accept(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Word::Sign(sign));
        if found {
            self.next = self.next.saturating_add(1);
        }
        found
    }

    fn found(&self) -> String {
        self.peek().map_or_else(|| "end".to_owned(), Word::describe)
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> JsonPathError {
        JsonPathError::Unexpected {
            found: self.found(),
            at: self.at(),
            expected,
        }
    }

    pub(super) fn foreign(&self, what: &str) -> JsonPathError {
        JsonPathError::NotInDialect {
            what: format!("{what} {}", self.found()),
            at: self.at(),
        }
    }

    fn deeper(&mut self) -> Result<(), JsonPathError> {
        self.nesting = self.nesting.saturating_add(1);
        if self.nesting > MAX_NESTING {
            return Err(JsonPathError::TooDeep {
                limit: MAX_NESTING,
                at: self.at(),
            });
        }
        Ok(())
    }

    pub(super) fn expression(&mut self) -> Result<Expr, JsonPathError> {
        let outer = self.nesting;
        self.deeper()?;
        let mut left = self.primary()?;
        loop {
            let build: fn(Box<Expr>, Box<Expr>) -> Expr = match self.peek() {
                Some(Word::Equal) => Expr::Equal,
                Some(Word::NotEqual) => Expr::NotEqual,
                None | Some(Word::Name(_) | Word::Text(_) | Word::Number(_) | Word::Sign(_)) => break,
            };
            self.bump();
            // A chain of comparisons is as deep as it is long once it is evaluated.
            self.deeper()?;
            let right = self.primary()?;
            left = build(Box::new(left), Box::new(right));
        }
        self.nesting = outer;
        Ok(left)
    }

    fn primary(&mut self) -> Result<Expr, JsonPathError> {
        const EXPECTED: &str = "`$`, `@`, a name or a literal";
        match self.peek().cloned() {
            Some(Word::Number(number)) => {
                self.bump();
                Ok(Expr::Const(Value::Number(number)))
            }
            Some(Word::Text(text)) => {
                self.bump();
                Ok(Expr::Const(Value::String(text)))
            }
            Some(Word::Name(name)) => {
                self.bump();
                match name.as_str() {
                    "true" => Ok(Expr::Const(Value::Bool(true))),
                    "false" => Ok(Expr::Const(Value::Bool(false))),
                    _ => self.variable(name),
                }
            }
            Some(Word::Sign('$')) => self.path(Start::Document),
            Some(Word::Sign('@')) => self.path(Start::Current),
            Some(Word::Sign('(')) => {
                self.bump();
                let inner = self.expression()?;
                if self.accept(')') {
                    Ok(inner)
                } else {
                    Err(self.unexpected("`)`"))
                }
            }
            Some(Word::Sign('-')) => {
                self.bump();
                let outer = self.nesting;
                self.deeper()?;
                let inner = self.primary()?;
                self.nesting = outer;
                negate(inner)
            }
            Some(Word::Sign('!' | '~' | '[' | '{' | '#')) => Err(self.foreign("an expression")),
            None | Some(Word::Equal | Word::NotEqual | Word::Sign(_)) => Err(self.unexpected(EXPECTED)),
        }
    }

    /// `data.labels["a-b"]`: without `$`, names are looked up one by one, unknown ones are null.
    fn variable(&mut self, name: String) -> Result<Expr, JsonPathError> {
        let mut keys = vec![Expr::Const(Value::String(name))];
        loop {
            if self.accept('.') {
                match self.peek().cloned() {
                    Some(Word::Name(name)) => {
                        self.bump();
                        keys.push(Expr::Const(Value::String(name)));
                    }
                    None | Some(Word::Text(_) | Word::Number(_) | Word::Equal | Word::NotEqual | Word::Sign(_)) => {
                        return Err(self.unexpected("a name (`*` and `..` need a path that begins with `$`)"));
                    }
                }
            } else if self.accept('[') {
                let key = self.expression()?;
                keys.push(not_negative(key)?);
                if !self.accept(']') {
                    return Err(self.unexpected("`]`"));
                }
            } else if self.peek() == Some(&Word::Sign('(')) {
                return Err(self.foreign("a function call"));
            } else {
                return Ok(Expr::Variable(keys));
            }
        }
    }

    fn path(&mut self, start: Start) -> Result<Expr, JsonPathError> {
        self.bump();
        let mut steps = Vec::new();
        loop {
            if self.accept('.') {
                self.dotted(&mut steps)?;
            } else if self.accept('[') {
                let step = match self.bracket()? {
                    Bracket::Every => Step::Every,
                    Bracket::Filter(condition) => Step::Filter(condition),
                    Bracket::Slice { from, to, step } => Step::Slice { from, to, step },
                    Bracket::Keys(keys) => match <[Expr; 1]>::try_from(keys) {
                        Ok([key]) => Step::Select(not_negative(key)?),
                        Err(keys) => Step::Union(keys),
                    },
                };
                steps.push(step);
            } else if self.peek() == Some(&Word::Sign('(')) {
                return Err(self.foreign("a script"));
            } else {
                return Ok(Expr::Path { start, steps });
            }
        }
    }

    /// What follows a dot: a name, `*`, or a second dot.
    fn dotted(&mut self, steps: &mut Vec<Step>) -> Result<(), JsonPathError> {
        if self.accept('.') {
            steps.push(Step::Descend);
            if self.accept('[') {
                let step = match self.bracket()? {
                    Bracket::Every => Step::Every,
                    Bracket::Filter(condition) => Step::Filter(condition),
                    Bracket::Keys(keys) => Step::Union(keys),
                    Bracket::Slice { .. } => return Err(self.foreign("a slice directly after `..`, before")),
                };
                steps.push(step);
                return Ok(());
            }
        }
        match self.peek().cloned() {
            Some(Word::Name(name)) => {
                self.bump();
                steps.push(Step::Select(Expr::Const(Value::String(name))));
                Ok(())
            }
            Some(Word::Sign('*')) => {
                self.bump();
                steps.push(Step::Every);
                Ok(())
            }
            Some(Word::Sign('(')) => Err(self.foreign("a script")),
            None | Some(Word::Text(_) | Word::Number(_) | Word::Equal | Word::NotEqual | Word::Sign(_)) => {
                Err(self.unexpected("a name, `*` or `.`"))
            }
        }
    }
}

/// `-5` is a constant, so that a constant negative index can be told before any event arrives.
fn negate(inner: Expr) -> Result<Expr, JsonPathError> {
    match inner {
        Expr::Const(value) => super::value::negated(&value).map(Expr::Const),
        other @ (Expr::Path { .. } | Expr::Variable(_) | Expr::Negate(_) | Expr::Equal(..) | Expr::NotEqual(..)) => {
            Ok(Expr::Negate(Box::new(other)))
        }
    }
}

/// A list has no negative index in this dialect, so such a path can never lead anywhere.
fn not_negative(key: Expr) -> Result<Expr, JsonPathError> {
    match &key {
        Expr::Const(Value::Number(number)) if number.as_f64().is_some_and(|n| n <= -1.0) => {
            Err(JsonPathError::NegativeIndex {
                index: super::value::whole(number),
            })
        }
        Expr::Const(_)
        | Expr::Path { .. }
        | Expr::Variable(_)
        | Expr::Negate(_)
        | Expr::Equal(..)
        | Expr::NotEqual(..) => Ok(key),
    }
}

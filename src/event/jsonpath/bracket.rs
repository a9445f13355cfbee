//! What may stand between brackets: keys, a slice, a filter or `*`.

use serde_json::Value;

use super::parse::Parser;
use super::token::Word;
use super::{Expr, JsonPathError};

/// A slice's end when none is written: more than any list has.
const FAR: i64 = i32::MAX as i64;

/// What stands between brackets.
pub(super) enum Bracket {
    Every,
    Keys(Vec<Expr>),
    Slice { from: Expr, to: Expr, step: Expr },
    Filter(Expr),
}

impl Parser {
    /// Everything up to the closing bracket. A colon stands for a bound that was left out, the
    /// first from the start, the second to the end.
    pub(super) fn bracket(&mut self) -> Result<Bracket, JsonPathError> {
        if self.accept('?') {
            let condition = self.expression()?;
            return if self.accept(']') {
                Ok(Bracket::Filter(condition))
            } else {
                Err(self.unexpected("`]`"))
            };
        }
        if self.accept('*') {
            return if self.accept(']') {
                Ok(Bracket::Every)
            } else {
                Err(self.unexpected("`]`"))
            };
        }
        let mut keys = Vec::new();
        let mut slicing = false;
        loop {
            if self.peek() == Some(&Word::Sign(':')) {
                if !slicing && !keys.is_empty() {
                    return Err(self.unexpected("`,` or `]`"));
                }
                slicing = true;
                keys.push(number(if keys.len() == 1 { FAR } else { 0 }));
            } else if slicing && self.peek() == Some(&Word::Sign(']')) {
                self.bump();
                break;
            } else {
                keys.push(self.expression()?);
            }
            let comma = !slicing && self.accept(',');
            let colon = !comma && (slicing || keys.len() == 1) && self.accept(':');
            slicing |= colon;
            if !comma && !colon {
                if self.accept(']') {
                    break;
                }
                return Err(self.unexpected("`,`, `:` or `]`"));
            }
        }
        match (slicing, keys.len()) {
            (true, 1..=3) => Ok(slice(keys)),
            (true, _) => Err(self.foreign("a slice with more than three parts, before")),
            (false, _) => Ok(Bracket::Keys(keys)),
        }
    }
}

fn number(value: i64) -> Expr {
    Expr::Const(Value::Number(value.into()))
}

fn slice(bounds: Vec<Expr>) -> Bracket {
    let mut bounds = bounds.into_iter();
    Bracket::Slice {
        from: bounds.next().unwrap_or_else(|| number(0)),
        to: bounds.next().unwrap_or_else(|| number(FAR)),
        step: bounds.next().unwrap_or_else(|| number(1)),
    }
}

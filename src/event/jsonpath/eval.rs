//! An expression and a document in, a value out.
//!
//! Nodes of the document are walked by reference and copied once at the end. Every look at a value
//! costs one step; where the original would go on for minutes, this stops and says so. Must never
//! let a spent budget pass for a shorter list.

use std::borrow::Cow;
use std::cell::Cell;

use serde_json::Value;

use super::value::{children, is_true, negated, number_of};
use super::{Expr, JsonPathError, MAX_STEPS, Start, Step};
use crate::event::render::display;
use crate::event::{describe, excerpt};

/// Why there is no value: a filter passes over a miss, nothing passes over the end of the budget.
enum Stop {
    Miss(JsonPathError),
    Spent,
}

impl From<JsonPathError> for Stop {
    fn from(error: JsonPathError) -> Self {
        Stop::Miss(error)
    }
}

type Answer<'a> = Result<Cow<'a, Value>, Stop>;

/// Evaluates an expression over a document.
pub(super) fn evaluate(expression: &Expr, document: &Value, left: &mut u64) -> Result<Value, JsonPathError> {
    let allowed = MAX_STEPS.min(*left);
    let work = Work {
        document,
        left: Cell::new(allowed),
    };
    let answer = work.eval(expression, None).and_then(|answer| match answer {
        Cow::Borrowed(value) => work.copy(value),
        Cow::Owned(value) => Ok(value),
    });
    *left = left.saturating_sub(allowed.saturating_sub(work.left.get()));
    answer.map_err(|stop| match stop {
        Stop::Miss(error) => error,
        Stop::Spent => JsonPathError::TooMuchWork { limit: MAX_STEPS },
    })
}

struct Work<'a> {
    document: &'a Value,
    left: Cell<u64>,
}

impl<'a> Work<'a> {
    fn spend(&self) -> Result<(), Stop> {
        self.spend_on("")
    }

    /// Long texts are copied and compared in pieces of sixteen bytes, so to speak.
    fn spend_on(&self, text: &str) -> Result<(), Stop> {
        let cost = u64::try_from(text.len() / 16).unwrap_or(u64::MAX).saturating_add(1);
        match self.left.get().checked_sub(cost) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(Stop::Spent),
        }
    }

    fn copy(&self, value: &Value) -> Result<Value, Stop> {
        self.spend_on(value.as_str().unwrap_or_default())?;
        Ok(match value {
            Value::Array(list) => Value::Array(list.iter().map(|value| self.copy(value)).collect::<Result<_, _>>()?),
            Value::Object(object) => {
                let copies = object.iter().map(|(key, value)| Ok((key.clone(), self.copy(value)?)));
                Value::Object(copies.collect::<Result<_, Stop>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        })
    }

    fn eval(&self, expression: &'a Expr, current: Option<&'a Value>) -> Answer<'a> {
        self.spend()?;
        match expression {
            Expr::Const(value) => Ok(Cow::Borrowed(value)),
            Expr::Path { start, steps } => {
                let start = match start {
                    Start::Document => self.document,
                    Start::Current => current.unwrap_or(&Value::Null),
                };
                self.path(start, steps)
            }
            Expr::Variable(keys) => self.variable(keys, current),
            Expr::Negate(inner) => Ok(Cow::Owned(negated(self.eval(inner, current)?.as_ref())?)),
            Expr::Equal(left, right) => self
                .same(left, right, current)
                .map(|same| Cow::Owned(Value::Bool(same))),
            Expr::NotEqual(left, right) => self
                .same(left, right, current)
                .map(|same| Cow::Owned(Value::Bool(!same))),
        }
    }

    /// Follows a path. Up to the first ambiguous step there is one value and a miss is an error;
    /// from there on there is a list and a miss is passed over, as in the original, where even a
    /// miss before the first ambiguous step leaves an empty list.
    fn path(&self, start: &'a Value, steps: &'a [Step]) -> Answer<'a> {
        let mut nodes = vec![start];
        let mut missed = None;
        let mut listed = false;
        for step in steps {
            let mut next = Vec::new();
            for node in nodes {
                self.spend()?;
                match self.step(step, node, &mut next) {
                    Ok(()) => {}
                    Err(Stop::Spent) => return Err(Stop::Spent),
                    Err(Stop::Miss(error)) => missed = Some(error),
                }
            }
            listed |= step.is_ambiguous();
            nodes = next;
        }
        if listed {
            let copies = nodes.into_iter().map(|node| self.copy(node));
            return Ok(Cow::Owned(Value::Array(copies.collect::<Result<_, _>>()?)));
        }
        match (nodes.first(), missed) {
            (Some(node), _) => Ok(Cow::Borrowed(node)),
            (None, Some(error)) => Err(Stop::Miss(error)),
            (None, None) => Ok(Cow::Owned(Value::Null)),
        }
    }

    fn step(&self, step: &'a Step, node: &'a Value, found: &mut Vec<&'a Value>) -> Result<(), Stop> {
        match step {
            Step::Select(key) => found.push(self.select(node, self.eval(key, Some(node))?.as_ref())?),
            Step::Every => found.extend(children(node)),
            Step::Descend => self.descend(node, found)?,
            Step::Union(keys) => {
                for key in keys {
                    match self
                        .eval(key, Some(node))
                        .and_then(|key| self.select(node, key.as_ref()))
                    {
                        Ok(value) => found.push(value),
                        Err(Stop::Miss(_)) => {}
                        Err(Stop::Spent) => return Err(Stop::Spent),
                    }
                }
            }
            Step::Slice { from, to, step } => {
                if let Value::Array(list) = node {
                    let bound = |expression| Ok::<_, Stop>(number_of(self.eval(expression, Some(node))?.as_ref()));
                    if let (Some(from), Some(to), Some(step)) = (bound(from)?, bound(to)?, bound(step)?) {
                        self.slice(list, from as i64, to as i64, step as i64, found)?;
                    }
                }
            }
            Step::Filter(condition) => {
                for child in children(node) {
                    match self.eval(condition, Some(child)) {
                        Ok(answer) if is_true(answer.as_ref()) => found.push(child),
                        Ok(_) | Err(Stop::Miss(_)) => {}
                        Err(Stop::Spent) => return Err(Stop::Spent),
                    }
                }
            }
        }
        Ok(())
    }

    /// The value itself, then everything below it, parents before children. Recursion is as deep
    /// as the document, which parsing has bounded.
    fn descend(&self, node: &'a Value, found: &mut Vec<&'a Value>) -> Result<(), Stop> {
        self.spend()?;
        found.push(node);
        children(node).try_for_each(|child| self.descend(child, found))
    }

    fn slice(&self, list: &'a [Value], from: i64, to: i64, step: i64, found: &mut Vec<&'a Value>) -> Result<(), Stop> {
        // The original compares the bounds as they were written, before it counts from the end.
        if from > to {
            return Ok(());
        }
        let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
        let bound = |n: i64| {
            if n < 0 {
                length.saturating_add(n).max(0)
            } else {
                n.min(length)
            }
        };
        let (from, to) = (bound(from), bound(to));
        let step = if step == 0 { 1 } else { step };
        let mut index = if step > 0 { from } else { to.saturating_sub(1) };
        while index >= from && index < to {
            self.spend()?;
            found.extend(usize::try_from(index).ok().and_then(|index| list.get(index)));
            index = index.saturating_add(step);
        }
        Ok(())
    }

    /// A path without `$`: unknown names are null, but nothing leads on from there.
    fn variable(&self, keys: &'a [Expr], current: Option<&'a Value>) -> Answer<'a> {
        let mut value = Some(self.document);
        for key in keys {
            let key = self.eval(key, current)?;
            value = match value {
                Some(Value::Object(object)) => object.get(self.key_text(key.as_ref())?.as_ref()),
                other => Some(self.select(other.unwrap_or(&Value::Null), key.as_ref())?),
            };
        }
        Ok(value.map_or(Cow::Owned(Value::Null), Cow::Borrowed))
    }

    /// One part of a value. Lists take numbers and texts that are numbers, cut to whole ones;
    /// objects take texts, and anything simple as its text.
    fn select<'v>(&self, node: &'v Value, key: &Value) -> Result<&'v Value, Stop> {
        let text = self.key_text(key)?;
        match node {
            Value::Array(list) => {
                let number = number_of(key).ok_or_else(|| JsonPathError::NotAnIndex { key: excerpt(&text) })?;
                let index = number as i64;
                if number <= -1.0 {
                    return Err(JsonPathError::NegativeIndex { index }.into());
                }
                let found = usize::try_from(index).ok().and_then(|index| list.get(index));
                Ok(found.ok_or(JsonPathError::OutOfRange {
                    index,
                    length: list.len(),
                })?)
            }
            Value::Object(object) => Ok(object
                .get(text.as_ref())
                .ok_or_else(|| JsonPathError::MissingKey { key: excerpt(&text) })?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Err(JsonPathError::NoParts {
                key: excerpt(&text),
                found: describe(node),
            }
            .into()),
        }
    }

    /// A key as text. The original would take a whole list or object, printed, for a key.
    fn key_text<'k>(&self, key: &'k Value) -> Result<Cow<'k, str>, Stop> {
        match key {
            Value::String(text) => self.spend_on(text).map(|()| Cow::Borrowed(text.as_str())),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Cow::Owned(display(key))),
            Value::Array(_) | Value::Object(_) => Err(JsonPathError::NotAKey { found: describe(key) }.into()),
        }
    }

    fn same(&self, left: &'a Expr, right: &'a Expr, current: Option<&'a Value>) -> Result<bool, Stop> {
        let left = self.eval(left, current)?;
        let right = self.eval(right, current)?;
        self.equal(left.as_ref(), right.as_ref())
    }

    /// Deep equality in which `1` and `1.0` are one number.
    fn equal(&self, left: &Value, right: &Value) -> Result<bool, Stop> {
        self.spend_on(left.as_str().unwrap_or_default())?;
        match (left, right) {
            (Value::Number(left), Value::Number(right)) => {
                Ok(left == right || ((left.is_f64() || right.is_f64()) && left.as_f64() == right.as_f64()))
            }
            (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
                self.all_equal(left.iter().zip(right))
            }
            (Value::Object(left), Value::Object(right)) if left.len() == right.len() => {
                for (key, left) in left {
                    match right.get(key) {
                        Some(right) if self.equal(left, right)? => {}
                        Some(_) | None => return Ok(false),
                    }
                }
                Ok(true)
            }
            (left, right) => Ok(left == right),
        }
    }

    fn all_equal<'v>(&self, pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Result<bool, Stop> {
        for (left, right) in pairs {
            if !self.equal(left, right)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

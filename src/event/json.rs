//! Strict JSON: text in, a value out.
//!
//! serde_json lets the last of two equal keys win. Two readers that disagree about which one wins
//! are a way around a gate, so a repeated key is refused at any depth. Depth and number of values
//! are bounded, because a value in memory is up to eighty times larger than its text. Must never
//! repair anything.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep objects and lists may nest in an event.
pub const MAX_DEPTH: usize = 100;

/// How many values (objects, lists, texts, numbers, …) an event may hold.
pub const MAX_VALUES: usize = 100_000;

/// Why a text is no strict JSON value. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JsonProblem {
    Syntax {
        line: usize,
        column: usize,
        message: String,
    },
    DuplicateKey {
        key: String,
        line: usize,
        column: usize,
    },
    TooDeep {
        line: usize,
        column: usize,
    },
    TooMany,
}

/// Reads exactly one JSON value.
pub(super) fn parse(text: &str) -> Result<Value, JsonProblem> {
    let watch = RefCell::new(Watch { values: 0, cause: None });
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let node = Node {
        depth: 0,
        watch: &watch,
    };
    let read = node
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match watch.take().cause {
            Some(Cause::Duplicate(key)) => JsonProblem::DuplicateKey { key, line, column },
            Some(Cause::Deep) => JsonProblem::TooDeep { line, column },
            Some(Cause::Many) => JsonProblem::TooMany,
            None => JsonProblem::Syntax {
                line,
                column,
                message: without_position(&error.to_string()),
            },
        }
    })
}

/// serde_json ends its messages with the position, which we carry in fields of its own.
fn without_position(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

enum Cause {
    Duplicate(String),
    Deep,
    Many,
}

/// What the visitors share: serde's errors carry text only, so the typed cause travels here.
#[derive(Default)]
struct Watch {
    values: usize,
    cause: Option<Cause>,
}

#[derive(Clone, Copy)]
struct Node<'w> {
    depth: usize,
    watch: &'w RefCell<Watch>,
}

impl Node<'_> {
    fn fail<E: Error>(&self, cause: Cause) -> E {
        self.watch.borrow_mut().cause = Some(cause);
        E::custom("refused")
    }

    fn count<E: Error>(&self) -> Result<(), E> {
        let values = {
            let mut watch = self.watch.borrow_mut();
            watch.values = watch.values.saturating_add(1);
            watch.values
        };
        if values > MAX_VALUES {
            Err(self.fail(Cause::Many))
        } else {
            Ok(())
        }
    }

    fn inner<E: Error>(&self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fail(Cause::Deep));
        }
        Ok(Node {
            depth: self.depth.saturating_add(1),
            watch: self.watch,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.count().map(|()| Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.count().map(|()| Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.count().map(|()| Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.count().map(|()| Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.count()?;
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.count().map(|()| Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        self.count().map(|()| Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        self.count()?;
        let inner = self.inner()?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        self.count()?;
        let inner = self.inner()?;
        let mut values = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            if values.contains_key(&key) {
                return Err(self.fail(Cause::Duplicate(key)));
            }
            let value = object.next_value_seed(inner)?;
            values.insert(key, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn repeated_keys_are_refused_at_any_depth_and_with_any_spelling() {
        for (text, key) in [
            (r#"{"a":1,"a":1}"#, "a"),
            (r#"{"x":{"b":1,"b":2}}"#, "b"),
            (r#"[[{"c":null,"d":0,"c":{}}]]"#, "c"),
            (r#"{"a":1,"\u0061":2}"#, "a"),
            (r#"{"":1,"":2}"#, ""),
        ] {
            let found = parse(text);
            assert!(
                matches!(&found, Err(JsonProblem::DuplicateKey { key: k, line: 1, .. }) if k == key),
                "{text}: {found:?}"
            );
        }
        assert!(parse(r#"{"a":{"a":{"a":1}},"A":2}"#).is_ok());
    }

    #[test]
    fn depth_is_bounded_for_lists_and_objects() {
        let lists = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&lists(MAX_DEPTH)).is_ok());
        assert!(matches!(
            parse(&lists(MAX_DEPTH + 1)),
            Err(JsonProblem::TooDeep { line: 1, .. })
        ));
        assert!(matches!(parse(&lists(300_000)), Err(JsonProblem::TooDeep { .. })));
        let objects = format!("{}1{}", r#"{"a":"#.repeat(MAX_DEPTH + 1), "}".repeat(MAX_DEPTH + 1));
        assert!(matches!(parse(&objects), Err(JsonProblem::TooDeep { .. })));
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        let list = |n: usize| format!("[{}0]", "0,".repeat(n - 2));
        assert!(parse(&list(MAX_VALUES)).is_ok());
        assert_eq!(parse(&list(MAX_VALUES + 1)), Err(JsonProblem::TooMany));
    }

    #[test]
    fn what_is_no_json_is_a_syntax_error_with_its_place() {
        for (text, line) in [
            ("", 1),
            ("{", 1),
            ("{\n\n,}", 3),
            ("NaN", 1),
            ("{\"a\":NaN}", 1),
            ("{\"a\":Infinity}", 1),
            ("{\"a\":1e999}", 1),
            ("{\"a\":01}", 1),
            ("{} {}", 1),
            ("{\"a\":\"\\ud800\"}", 1),
            ("\u{feff}{}", 1),
            ("{\"a\":\"\u{0}\"}", 1),
        ] {
            match parse(text) {
                Err(JsonProblem::Syntax {
                    line: found, message, ..
                }) => {
                    assert_eq!(found, line, "{text:?}");
                    assert!(!message.contains("at line"), "{message}");
                }
                other => panic!("{text:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn numbers_keep_their_exact_value() {
        for (text, value) in [
            ("12345678901234567", json!(12_345_678_901_234_567_u64)),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("33.333333333333336", json!(100.0 / 3.0)),
            ("0.1", json!(0.1)),
            ("1.7976931348623157e308", json!(f64::MAX)),
            ("5e-324", json!(5e-324)),
        ] {
            assert_eq!(parse(text), Ok(value), "{text}");
        }
    }
}

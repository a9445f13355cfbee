//! Strict JSON of evidence: no repeated key at any depth, bounded nesting, nothing behind the value.
//!
//! Two readers that disagree about which of two equal keys wins are a way around a gate. The document is walked once
//! without building a tree (a bill of materials has megabytes), then read into its type. Must never repair anything.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::refusal::Code;

/// How deep objects and lists may nest.
const MAX_DEPTH: usize = 64;
/// How many values a document may hold: ten megabytes of brackets would be a gigabyte in the memory of whoever keeps them.
const MAX_VALUES: usize = 250_000;

/// Why bytes are not the JSON they have to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum JsonError {
    /// Syntax, shape, depth, or a repeated key.
    #[error("{0}")]
    Malformed(String),
    /// More values than are read.
    #[error("more than {MAX_VALUES} values")]
    TooMany,
}

impl JsonError {
    /// The code of a refusal for this reason.
    pub(super) fn code(&self, malformed: Code) -> Code {
        match self {
            Self::Malformed(_) => malformed,
            Self::TooMany => Code::EvidenceTooLarge,
        }
    }
}

/// Reads exactly one value of this type. What the type does not name is checked for shape and skipped.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    check(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    T::deserialize(&mut deserializer).map_err(described)
}

/// Whether this is one well-formed value without repeated keys.
pub(super) fn check(bytes: &[u8]) -> Result<(), JsonError> {
    let left = Cell::new(MAX_VALUES);
    let shape = Shape { depth: 0, left: &left };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = shape.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match read {
        Err(_) if left.get() == 0 => Err(JsonError::TooMany),
        read => read.map_err(described),
    }
}

fn described(error: serde_json::Error) -> JsonError {
    JsonError::Malformed(crate::event::excerpt(&error.to_string()))
}

#[derive(Clone, Copy)]
struct Shape<'c> {
    depth: usize,
    left: &'c Cell<usize>,
}

impl Shape<'_> {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self {
            depth: self.depth.saturating_add(1),
            left: self.left,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Shape<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let left = self.left.get().saturating_sub(1);
        self.left.set(left);
        if left == 0 {
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        while list.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.inner()?;
        let mut keys = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format!("the key {key:?} stands there twice")));
            }
            keys.insert(key);
            map.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn two_readers_cannot_read_it_differently() {
        let deep = format!("{}1{}", "[".repeat(65), "]".repeat(65));
        for (text, said) in [
            (r#"{"a":1,"a":2}"#, "twice"),
            (r#"{"a":1,"\u0061":2}"#, "twice"),
            (r#"[{"x":{"b":1,"b":1}}]"#, "twice"),
            (r#"{"a":1}{"a":2}"#, "trailing"),
            (r#"{"a":1} x"#, "trailing"),
            ("", "EOF"),
            ("{'a':1}", "key must be a string"),
            ("NaN", "expected"),
            (deep.as_str(), "deeper"),
        ] {
            let error = read::<Value>(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
        let many = format!("[{}1]", "1,".repeat(MAX_VALUES));
        assert_eq!(check(many.as_bytes()), Err(JsonError::TooMany));
        assert!(read::<Value>(b"{\"a\":\"\xff\"}").is_err(), "not UTF-8");
        assert!(read::<Value>(br#" {"a":[1,2.5,-3,null,true,"x"],"b":{"a":1}} "#).is_ok());
    }
}

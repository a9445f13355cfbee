//! Strict JSON of evidence: no repeated key at any depth, bounded nesting, nothing behind the value.
//!
//! Two readers that disagree about which of two equal keys wins are a way around a gate. The document is walked once
//! without building a tree (a bill of materials has megabytes), then read into its type. Must never repair anything.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// How deep objects and lists may nest.
const MAX_DEPTH: usize = 64;

/// Why bytes are not the JSON they have to be. The text names no content longer than a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct JsonError(String);

/// Reads exactly one value of this type. What the type does not name is checked for shape and skipped.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    check(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    T::deserialize(&mut deserializer).map_err(described)
}

/// Whether this is one well-formed value without repeated keys.
pub(super) fn check(bytes: &[u8]) -> Result<(), JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    Shape { depth: 0 }.deserialize(&mut deserializer).map_err(described)?;
    deserializer.end().map_err(described)
}

fn described(error: serde_json::Error) -> JsonError {
    JsonError(crate::event::excerpt(&error.to_string()))
}

#[derive(Clone, Copy)]
struct Shape {
    depth: usize,
}

impl Shape {
    fn inner<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Self {
            depth: self.depth.saturating_add(1),
        })
    }
}

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Shape {
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
        assert!(read::<Value>(b"{\"a\":\"\xff\"}").is_err(), "not UTF-8");
        assert!(read::<Value>(br#" {"a":[1,2.5,-3,null,true,"x"],"b":{"a":1}} "#).is_ok());
    }
}

//! The one text that a value is hashed by.
//!
//! Must never give two different values the same text because neither could be written: a hash of nothing would make
//! them equal.

use std::fmt::Debug;

use serde::Serialize;

/// A value as JSON; one that has no JSON is told apart by its own description.
#[must_use]
pub fn text<T: Serialize + Debug>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| format!("{error}: {value:?}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_value_without_json_has_a_text_of_its_own() {
        let unwritable = |key: u8| BTreeMap::from([(vec![key], key)]);
        assert_ne!(text(&unwritable(1)), text(&unwritable(2)));
        assert_ne!(text(&unwritable(1)), "");
        assert_eq!(text(&BTreeMap::from([("a", 1)])), r#"{"a":1}"#);
    }
}

//! JSON lists and maps of which only the first entries are kept: a document of a few megabytes must not become hundreds
//! in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The first `N` entries of a list, and whether there were more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Few<T, const N: usize> {
    pub(super) entries: Vec<T>,
    pub(super) more: More,
}

/// Whether something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    /// All of it is here.
    No,
    /// There was more than is kept.
    Yes,
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Few<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T, const N: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Entries<T, N> {
            type Value = Few<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while entries.len() < N {
                    match list.next_element()? {
                        Some(entry) => entries.push(entry),
                        None => {
                            return Ok(Few {
                                entries,
                                more: More::No,
                            });
                        }
                    }
                }
                let mut more = More::No;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    more = More::Yes;
                }
                Ok(Few { entries, more })
            }
        }
        deserializer.deserialize_seq(Entries(PhantomData))
    }
}

/// Most annotations of one object that are kept.
const MAX_ANNOTATIONS: usize = 64;

/// Annotations: texts by name. More than a few, or one name twice, are an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Annotations(pub(super) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Annotations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Annotations;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a few texts by name")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Annotations::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((name, text)) = map.next_entry::<String, String>()? {
                    if texts.len() >= MAX_ANNOTATIONS || texts.insert(name, text).is_some() {
                        return Err(serde::de::Error::custom("too many annotations, or one twice"));
                    }
                }
                Ok(Annotations(texts))
            }
        }
        deserializer.deserialize_any(Texts)
    }
}

/// The keys of a JSON object, to find the ones that readers disagree on. Only `N` are kept.
pub(super) struct Keys(pub(super) Vec<String>);

/// Most keys that a manifest may have.
const MAX_KEYS: usize = 64;

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a few keys")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    if keys.len() >= MAX_KEYS {
                        return Err(serde::de::Error::custom("too many keys"));
                    }
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_entries_are_kept() {
        for (json, expected) in [
            ("[]", Some((0, More::No))),
            ("[1,2]", Some((2, More::No))),
            ("[1,2,3]", Some((2, More::Yes))),
            ("[1,2,{}]", Some((2, More::Yes))),
            ("[{}]", None),
            ("null", None),
            ("{}", None),
        ] {
            let few = serde_json::from_str::<Few<u8, 2>>(json).ok();
            assert_eq!(few.map(|few| (few.entries.len(), few.more)), expected, "{json}");
        }
    }

    #[test]
    fn annotations_are_few_texts_each_once() {
        let many: Vec<String> = (0..=MAX_ANNOTATIONS)
            .map(|number| format!("\"{number}\":\"\""))
            .collect();
        for (json, good) in [
            (r#"{"a":"b"}"#.to_owned(), true),
            ("null".to_owned(), true),
            ("{}".to_owned(), true),
            (r#"{"a":"b","a":"c"}"#.to_owned(), false),
            (r#"{"a":1}"#.to_owned(), false),
            ("[]".to_owned(), false),
            (format!("{{{}}}", many.join(",")), false),
        ] {
            assert_eq!(serde_json::from_str::<Annotations>(&json).is_ok(), good, "{json:.60}");
        }
    }
}

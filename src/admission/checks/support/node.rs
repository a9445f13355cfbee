//! One JSON value of a pod together with its path. Absent and null are the same; a value of another type than the
//! one that Kubernetes has there is [`Malformed`], never "unset".

use serde_json::Value;

use super::words::quoted;
use crate::admission::Raw;

/// A JSON value, or its absence, and the path it stands at.
#[derive(Debug, Clone)]
pub(in crate::admission::checks) struct Node<'a> {
    path: String,
    json: Option<&'a Value>,
}

/// A value of a type that cannot stand in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::admission::checks) struct Malformed {
    path: String,
    found: String,
    wanted: &'static str,
}

impl Malformed {
    /// What is wrong at a path: `found` says what stands there, `wanted` what would be accepted.
    pub(in crate::admission::checks) fn new(path: &str, found: impl Into<String>, wanted: &'static str) -> Self {
        Self {
            path: path.to_owned(),
            found: found.into(),
            wanted,
        }
    }
}

impl From<Malformed> for Raw {
    fn from(malformed: Malformed) -> Self {
        let Malformed { path, found, wanted } = malformed;
        let key = path.rsplit('.').next().unwrap_or(&path);
        let message = format!("`{key}` is {found}, which cannot be judged; accepted: {wanted}");
        Self::denied(path, message)
    }
}

impl<'a> Node<'a> {
    /// A value at a path; null counts as absent.
    pub(in crate::admission::checks) fn new(path: impl Into<String>, json: &'a Value) -> Self {
        Self {
            path: path.into(),
            json: Some(json).filter(|json| !json.is_null()),
        }
    }

    /// Where it stands, such as `spec.containers[0].image`.
    pub(in crate::admission::checks) fn path(&self) -> &str {
        &self.path
    }

    /// Whether anything but null stands there.
    pub(in crate::admission::checks) fn is_set(&self) -> bool {
        self.json.is_some()
    }

    /// The value below some keys; absent where one of them is absent.
    pub(in crate::admission::checks) fn at(&self, keys: &[&str]) -> Result<Node<'a>, Malformed> {
        keys.iter().try_fold(self.clone(), |node, key| node.get(key))
    }

    /// The value below one key.
    pub(in crate::admission::checks) fn get(&self, key: &str) -> Result<Node<'a>, Malformed> {
        let path = format!("{}.{key}", self.path);
        match self.json {
            None => Ok(Node { path, json: None }),
            Some(Value::Object(map)) => Ok(Node {
                path,
                json: map.get(key).filter(|json| !json.is_null()),
            }),
            Some(_) => Err(self.malformed("an object")),
        }
    }

    /// Keys and values of an object, those that are null left out; none where it is absent.
    pub(in crate::admission::checks) fn entries(&self) -> Result<Vec<(&'a str, Node<'a>)>, Malformed> {
        match self.json {
            None => Ok(Vec::new()),
            Some(Value::Object(map)) => {
                let set = map.iter().filter(|(_, json)| !json.is_null());
                Ok(set
                    .map(|(key, json)| (key.as_str(), Node::new(format!("{}.{key}", self.path), json)))
                    .collect())
            }
            Some(_) => Err(self.malformed("an object")),
        }
    }

    /// The entries of a list; none where it is absent. An entry that is null stays, as an absent value.
    pub(in crate::admission::checks) fn items(&self) -> Result<Vec<Node<'a>>, Malformed> {
        match self.json {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => {
                let nodes = list.iter().enumerate();
                Ok(nodes
                    .map(|(index, json)| Node::new(format!("{}[{index}]", self.path), json))
                    .collect())
            }
            Some(_) => Err(self.malformed("a list")),
        }
    }

    /// A boolean.
    pub(in crate::admission::checks) fn flag(&self) -> Result<Option<bool>, Malformed> {
        match self.json {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.malformed("`true` or `false`")),
        }
    }

    /// A text.
    pub(in crate::admission::checks) fn text(&self) -> Result<Option<&'a str>, Malformed> {
        match self.json {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.malformed("a text")),
        }
    }

    /// A whole number of 64 bits.
    pub(in crate::admission::checks) fn integer(&self) -> Result<Option<i64>, Malformed> {
        match self.json {
            None => Ok(None),
            Some(json) => json.as_i64().map(Some).ok_or_else(|| self.malformed("a whole number")),
        }
    }

    /// Accepts a text, a number or a boolean, or a list of them.
    pub(in crate::admission::checks) fn plain(&self) -> Result<(), Malformed> {
        match self.json {
            None | Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => Ok(()),
            Some(Value::Array(list)) if list.iter().all(|json| !json.is_array() && !json.is_object()) => Ok(()),
            Some(Value::Array(_) | Value::Object(_)) => Err(self.malformed("a plain value")),
        }
    }

    /// This value, refused for its type.
    pub(in crate::admission::checks) fn malformed(&self, wanted: &'static str) -> Malformed {
        let found = match self.json {
            None => "absent".to_owned(),
            Some(Value::Null) => "null".to_owned(),
            Some(Value::Bool(flag)) => format!("`{flag}`"),
            Some(Value::Number(number)) => format!("the number `{number}`"),
            Some(Value::String(text)) => format!("the text {}", quoted(text)),
            Some(Value::Array(_)) => "a list".to_owned(),
            Some(Value::Object(_)) => "an object".to_owned(),
        };
        Malformed::new(&self.path, found, wanted)
    }
}

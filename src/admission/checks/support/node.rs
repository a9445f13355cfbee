//! One JSON value of a pod together with its path. Absent and null are the same; a value of another type than the
//! one that Kubernetes has there is [`Malformed`], never "unset".

use std::fmt;
use std::rc::Rc;

use serde_json::Value;

use super::words::quoted;
use crate::admission::Raw;

/// A JSON value, or its absence, and the path it stands at.
#[derive(Debug, Clone)]
pub(in crate::admission::checks) struct Node<'a> {
    path: Rc<Path<'a>>,
    json: Option<&'a Value>,
}

/// A path, step by step: it becomes a text only where something is found, which is rare.
#[derive(Debug)]
enum Path<'a> {
    Root(&'a str),
    Key(Rc<Path<'a>>, &'a str),
    Index(Rc<Path<'a>>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
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
    pub(in crate::admission::checks) fn new(
        path: impl Into<String>,
        found: impl Into<String>,
        wanted: &'static str,
    ) -> Self {
        Self {
            path: path.into(),
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
    pub(in crate::admission::checks) fn new(path: &'a str, json: &'a Value) -> Self {
        Self::there(Path::Root(path), json)
    }

    fn there(path: Path<'a>, json: &'a Value) -> Self {
        Self {
            path: Rc::new(path),
            json: Some(json).filter(|json| !json.is_null()),
        }
    }

    /// Where it stands, such as `spec.containers[0].image`.
    pub(in crate::admission::checks) fn path(&self) -> String {
        self.path.to_string()
    }

    /// Whether anything but null stands there.
    pub(in crate::admission::checks) fn is_set(&self) -> bool {
        self.json.is_some()
    }

    /// The value below some keys; absent where one of them is absent.
    pub(in crate::admission::checks) fn at(&self, keys: &[&'a str]) -> Result<Node<'a>, Malformed> {
        keys.iter().try_fold(self.clone(), |node, key| node.get(key))
    }

    /// The value below one key.
    pub(in crate::admission::checks) fn get(&self, key: &'a str) -> Result<Node<'a>, Malformed> {
        let json = match self.json {
            None => None,
            Some(Value::Object(map)) => map.get(key).filter(|json| !json.is_null()),
            Some(_) => return Err(self.malformed("an object")),
        };
        let path = Rc::new(Path::Key(Rc::clone(&self.path), key));
        Ok(Node { path, json })
    }

    /// Keys and values of an object, those that are null left out; none where it is absent.
    pub(in crate::admission::checks) fn entries(&self) -> Result<Vec<(&'a str, Node<'a>)>, Malformed> {
        match self.json {
            None => Ok(Vec::new()),
            Some(Value::Object(map)) => {
                let set = map.iter().filter(|(_, json)| !json.is_null());
                Ok(set
                    .map(|(key, json)| {
                        let path = Path::Key(Rc::clone(&self.path), key);
                        (key.as_str(), Node::there(path, json))
                    })
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
                    .map(|(index, json)| Node::there(Path::Index(Rc::clone(&self.path), index), json))
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
        Malformed::new(self.path(), found, wanted)
    }
}

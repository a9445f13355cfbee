//! The data that Keptn's events have in common: whose event it is and how things went so far.
//!
//! Spec: Keptn CloudEvents 0.2, common data. Absent and empty are the same there, so both are the
//! empty text here. Must never guess: what is no text is reported, all of it at once.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Event, describe, excerpt};

/// The common data of an event. Texts are empty when the event does not have them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Common {
    /// `data.project`.
    pub project: String,
    /// `data.stage`.
    pub stage: String,
    /// `data.service`.
    pub service: String,
    /// `data.labels`, by key.
    pub labels: BTreeMap<String, String>,
    /// `data.status`: `succeeded`, `errored`, `unknown`, `aborted` or anything else.
    pub status: String,
    /// `data.result`: `pass`, `warning`, `fail` or anything else.
    pub result: String,
    /// `data.message`.
    pub message: String,
}

/// A field of the common data that has the wrong type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotText {
    /// Where it stands, such as `data.labels["owner"]`.
    pub field: String,
    /// What it is, such as `a number`.
    pub found: &'static str,
    /// What it must be, such as `a string`.
    pub expected: &'static str,
}

/// All fields of the common data that have the wrong type; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonError {
    /// In the order of [`Common`], labels by key.
    pub problems: Vec<NotText>,
}

impl std::error::Error for CommonError {}

impl fmt::Display for CommonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        for (number, problem) in self.problems.iter().take(SHOWN).enumerate() {
            let separator = if number == 0 { "" } else { "; " };
            write!(
                formatter,
                "{separator}{} is {}, expected {}",
                problem.field, problem.found, problem.expected
            )?;
        }
        match self.problems.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more"),
        }
    }
}

impl Event {
    /// The common data. Blocks of other names, `temporaryData` among them, do not matter whatever
    /// they are; an event without data has the empty common data.
    ///
    /// # Errors
    /// [`CommonError`] lists every field that is no text.
    pub fn common(&self) -> Result<Common, CommonError> {
        let (common, problems) = self.read();
        if problems.is_empty() {
            Ok(common)
        } else {
            Err(CommonError { problems })
        }
    }

    /// What can be read of the common data, whatever else is wrong with it: an answer that tells
    /// what is wrong has to reach the event's project. Nothing is ever decided by it.
    pub fn readable_common(&self) -> Common {
        self.read().0
    }

    fn read(&self) -> (Common, Vec<NotText>) {
        let mut reader = Reader { problems: Vec::new() };
        let common = match self.data() {
            Value::Null => Common::default(),
            Value::Object(data) => Common {
                project: reader.text(data, "project"),
                stage: reader.text(data, "stage"),
                service: reader.text(data, "service"),
                labels: reader.labels(data.get("labels")),
                status: reader.text(data, "status"),
                result: reader.text(data, "result"),
                message: reader.text(data, "message"),
            },
            other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                reader.wrong("data".to_owned(), other, "an object");
                Common::default()
            }
        };
        (common, reader.problems)
    }
}

struct Reader {
    problems: Vec<NotText>,
}

impl Reader {
    fn wrong(&mut self, field: String, found: &Value, expected: &'static str) {
        self.problems.push(NotText {
            field,
            found: describe(found),
            expected,
        });
    }

    fn text(&mut self, data: &Map<String, Value>, name: &str) -> String {
        match data.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_))) => {
                self.wrong(format!("data.{name}"), other, "a string");
                String::new()
            }
        }
    }

    fn labels(&mut self, labels: Option<&Value>) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        match labels {
            None | Some(Value::Null) => {}
            Some(Value::Object(labels)) => {
                for (key, value) in labels {
                    match value.as_str() {
                        Some(text) => {
                            texts.insert(key.clone(), text.to_owned());
                        }
                        None => self.wrong(format!("data.labels[\"{}\"]", excerpt(key)), value, "a string"),
                    }
                }
            }
            Some(other @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_))) => {
                self.wrong("data.labels".to_owned(), other, "an object of strings");
            }
        }
        texts
    }
}

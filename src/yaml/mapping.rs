//! A mapping with known keys, and what is said about the others.
//!
//! No key is ever skipped in silence: what no decoder asked for is a problem.

use std::ops::RangeInclusive;

use super::decode::Decoder;
use super::field::Field;
use super::scalar::Coercion;
use super::{Located, Node, Problem, Span, Value, nearest, quoted};

/// An open mapping with known keys. A key that is present without a value counts as absent in the
/// old reading and is a problem in the strict one.
#[derive(Debug)]
pub struct Mapping<'d> {
    decoder: &'d Decoder,
    entries: &'d [(Located<String>, Node)],
    span: Span,
    path: String,
    asked: Vec<&'static str>,
}

impl<'d> Mapping<'d> {
    /// A mapping nobody has asked anything of yet.
    pub(super) fn new(decoder: &'d Decoder, entries: &'d [(Located<String>, Node)], span: Span, path: &str) -> Self {
        Self {
            decoder,
            entries,
            span,
            path: path.to_owned(),
            asked: Vec::new(),
        }
    }

    /// Where the mapping stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The dotted path of the mapping.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Records a problem of the mapping as a whole.
    pub fn problem(&self, message: impl Into<String>, help: impl Into<String>) {
        self.decoder
            .problem(Problem::new(self.span, self.path.clone(), message, help));
    }

    /// The value of a key that may be absent.
    pub fn field(&mut self, name: &'static str) -> Option<Field<'d>> {
        self.asked.push(name);
        let (_, node) = self.entries.iter().find(|(key, _)| key.value == name)?;
        let field = Field::new(self.decoder, node, join(&self.path, name));
        if node.value != Value::Null {
            return Some(field);
        }
        if self.decoder.coercion == Coercion::Strict {
            field.problem(
                format!("{name} must not be empty"),
                "write the value, or remove the key",
            );
        }
        None
    }

    /// The value of a key that must be there.
    pub fn required(&mut self, name: &'static str) -> Option<Field<'d>> {
        let present = self.entries.iter().any(|(key, node)| {
            key.value == name && (node.value != Value::Null || self.decoder.coercion == Coercion::Strict)
        });
        if !present {
            self.decoder.problem(Problem::new(
                self.span,
                join(&self.path, name),
                format!("{name} is missing"),
                "",
            ));
        }
        self.field(name)
    }

    /// A key that is refused with its own advice instead of being merely unknown.
    pub fn refuse(&mut self, name: &'static str, help: &str) {
        if let Some((key, _)) = self.entries.iter().find(|(key, _)| key.value == name) {
            self.asked.push(name);
            let path = join(&self.path, name);
            self.decoder.problem(Problem::new(
                key.span,
                path,
                format!("the key {name:?} is not accepted here"),
                help,
            ));
        }
    }

    /// A text that may be absent.
    pub fn text(&mut self, name: &'static str) -> Option<Located<String>> {
        self.field(name)?.text()
    }

    /// A text that must be there and not be empty; empty when a problem was recorded.
    pub fn required_text(&mut self, name: &'static str) -> Located<String> {
        self.required(name)
            .and_then(|field| field.filled_text())
            .unwrap_or_default()
    }

    /// A boolean that may be absent.
    pub fn boolean(&mut self, name: &'static str) -> Option<Located<bool>> {
        self.field(name)?.boolean()
    }

    /// A whole number that may be absent.
    pub fn integer(&mut self, name: &'static str, range: RangeInclusive<i64>) -> Option<Located<i64>> {
        self.field(name)?.integer(range)
    }

    /// One of several words, or absent.
    pub fn choice<T: Clone>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Option<Located<T>> {
        self.field(name)?.choice(choices)
    }

    /// A list of texts; empty when absent. Ask [`Mapping::field`] where absent and empty differ.
    pub fn texts(&mut self, name: &'static str) -> Vec<Located<String>> {
        self.field(name).map(|field| field.texts()).unwrap_or_default()
    }

    /// A list; empty when absent.
    pub fn list<T>(&mut self, name: &'static str, decode: impl FnMut(Field<'d>) -> Option<T>) -> Vec<T> {
        self.field(name).map(|field| field.list(decode)).unwrap_or_default()
    }

    /// A mapping with known keys that may be absent.
    pub fn mapping<T>(&mut self, name: &'static str, decode: impl FnOnce(&mut Mapping<'d>) -> T) -> Option<T> {
        self.field(name)?.mapping(decode)
    }

    /// Every key that nobody asked for, at its own place, with the name that may have been meant.
    pub(super) fn refuse_unknown(&self) {
        for (key, _) in self
            .entries
            .iter()
            .filter(|(key, _)| !self.asked.contains(&key.value.as_str()))
        {
            // The words cost time, and a hostile file has many such keys.
            let help = if self.decoder.is_full() {
                String::new()
            } else if let Some(name) = nearest(&key.value, self.asked.iter().copied()) {
                format!("did you mean {name:?}?")
            } else {
                format!("known here: {}", self.asked.join(", "))
            };
            let message = format!("unknown key {}", quoted(&key.value));
            self.decoder
                .problem(Problem::new(key.span, join(&self.path, &key.value), message, help));
        }
    }
}

/// The path of a key below `path`. Keys that are no plain words are shown in brackets and quotes.
pub(super) fn join(path: &str, key: &str) -> String {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    if key.is_empty() || key.len() > 60 || !key.chars().all(is_word) {
        format!("{path}[{}]", quoted(key))
    } else if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

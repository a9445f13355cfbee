//! One value and the ways to read it.
//!
//! A value that cannot be read leaves a problem in the decoder; nothing is guessed.

use std::ops::RangeInclusive;

use super::decode::Decoder;
use super::mapping::{Mapping, join};
use super::scalar::{Coercion, Reading};
use super::{Located, Node, Problem, Scalar, Span, Style, Value, nearest, quoted};

/// Where a value may stand: an item of a list or map may be nothing in the old reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Field,
    Item,
}

/// A value of the file with the path that leads to it.
#[derive(Debug, Clone)]
pub struct Field<'d> {
    decoder: &'d Decoder,
    node: &'d Node,
    path: String,
    item: Place,
}

impl<'d> Field<'d> {
    /// The value of a key, or the whole document.
    pub(super) fn new(decoder: &'d Decoder, node: &'d Node, path: String) -> Self {
        Self {
            decoder,
            node,
            path,
            item: Place::Field,
        }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// The dotted path, such as `actions[0].name`; empty for the whole document.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value itself, for decoders that accept several shapes.
    pub fn node(&self) -> &'d Node {
        self.node
    }

    /// Records a problem of this value.
    pub fn problem(&self, message: impl Into<String>, help: impl Into<String>) {
        self.decoder
            .problem(Problem::new(self.node.span, self.path.clone(), message, help));
    }

    /// Records a problem of a part of this value, such as one of its keys, at the part's place.
    pub fn problem_at(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.decoder
            .problem(Problem::new(span, self.path.clone(), message, help));
    }

    /// Records something about this value that is accepted but may surprise.
    pub fn warning(&self, message: impl Into<String>, help: impl Into<String>) {
        self.decoder
            .warning(Problem::new(self.node.span, self.path.clone(), message, help));
    }

    /// Decodes a mapping with known keys; `decode` asks for each of them. All others are problems.
    pub fn mapping<T>(&self, decode: impl FnOnce(&mut Mapping<'d>) -> T) -> Option<T> {
        let entries: &'d [(Located<String>, Node)] = match &self.node.value {
            Value::Mapping(entries) => entries,
            Value::Null if self.item == Place::Item => &[],
            Value::Null | Value::Scalar(_) | Value::Sequence(_) => return self.expected("a mapping", ""),
        };
        let mut mapping = Mapping::new(self.decoder, entries, self.node.span, &self.path);
        let value = decode(&mut mapping);
        mapping.refuse_unknown();
        Some(value)
    }

    /// Decodes a mapping whose keys are free, in the order of the file.
    pub fn entries<T>(&self, mut decode: impl FnMut(&Located<String>, Field<'d>) -> Option<T>) -> Vec<T> {
        let Value::Mapping(entries) = &self.node.value else {
            return self.expected("a mapping", "").unwrap_or_default();
        };
        let fields = entries
            .iter()
            .map(|(name, node)| (name, join(&self.path, &name.value), node));
        fields
            .filter_map(|(name, path, node)| self.item(path, node).and_then(|field| decode(name, field)))
            .collect()
    }

    /// Decodes every item of a list.
    pub fn list<T>(&self, mut decode: impl FnMut(Field<'d>) -> Option<T>) -> Vec<T> {
        let Value::Sequence(items) = &self.node.value else {
            let help = match &self.node.value {
                Value::Scalar(scalar) => format!("write a list: [{}]", quoted(&scalar.text)),
                Value::Null | Value::Sequence(_) | Value::Mapping(_) => String::new(),
            };
            return self.expected("a list", &help).unwrap_or_default();
        };
        let fields = items
            .iter()
            .enumerate()
            .map(|(index, node)| (format!("{}[{index}]", self.path), node));
        fields
            .filter_map(|(path, node)| self.item(path, node).and_then(&mut decode))
            .collect()
    }

    /// A list of texts.
    pub fn texts(&self) -> Vec<Located<String>> {
        self.list(|item| item.text())
    }

    /// Any scalar as the text it was written with.
    pub fn text(&self) -> Option<Located<String>> {
        match &self.node.value {
            Value::Scalar(scalar) => Some(self.located(scalar.text.clone())),
            Value::Null if self.item == Place::Item => Some(self.located(String::new())),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) => self.expected("text", ""),
        }
    }

    /// A text of at least one character.
    pub fn filled_text(&self) -> Option<Located<String>> {
        let text = self.text()?;
        if text.value.is_empty() {
            self.expected("a text that is not empty", "")
        } else {
            Some(text)
        }
    }

    /// A boolean, written without quotes.
    pub fn boolean(&self) -> Option<Located<bool>> {
        let accepted = "true or false";
        let reading = match self.plain() {
            Some(text) => self.decoder.coercion.boolean(text),
            None => Reading::Refused,
        };
        self.read(reading, accepted).map(|value| self.located(value))
    }

    /// A whole number within `range`, written without quotes.
    pub fn integer(&self, range: RangeInclusive<i64>) -> Option<Located<i64>> {
        let reading = match self.plain() {
            Some(text) => self.decoder.coercion.integer(text),
            None => Reading::Refused,
        };
        let value = self.read(reading, "a whole number")?;
        if !range.contains(&value) {
            let accepted = format!("a whole number from {} to {}", range.start(), range.end());
            return self.expected(&accepted, "");
        }
        Some(self.located(value))
    }

    /// One of several words.
    pub fn choice<T: Clone>(&self, choices: &[(&str, T)]) -> Option<Located<T>> {
        let text = self.text()?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text.value) {
            return Some(self.located(value.clone()));
        }
        let words = || choices.iter().map(|(word, _)| *word);
        let help = nearest(&text.value, words())
            .map(|word| format!("did you mean {word:?}?"))
            .unwrap_or_default();
        self.expected(&one_of(words()), &help)
    }

    /// An item of this list or map, unless it is nothing where that is refused.
    fn item(&self, path: String, node: &'d Node) -> Option<Field<'d>> {
        let field = Field {
            decoder: self.decoder,
            node,
            path,
            item: Place::Item,
        };
        if node.value == Value::Null {
            match self.decoder.coercion {
                Coercion::Yaml11 => field.warning(
                    format!("{} is empty and taken as an empty value", field.label()),
                    "write the value, or remove the line",
                ),
                Coercion::Strict => {
                    field.problem(
                        format!("{} must not be empty", field.label()),
                        "write the value, or remove the line",
                    );
                    return None;
                }
            }
        }
        Some(field)
    }

    fn located<T>(&self, value: T) -> Located<T> {
        Located::new(value, self.node.span)
    }

    /// The text of a scalar that may be a number or a boolean.
    fn plain(&self) -> Option<&'d str> {
        match &self.node.value {
            Value::Scalar(Scalar {
                text,
                style: Style::Plain,
            }) => Some(text),
            Value::Scalar(_) | Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    fn read<T: Copy + std::fmt::Display>(&self, reading: Reading<T>, accepted: &str) -> Option<T> {
        match reading {
            Reading::Plain(value) => Some(value),
            Reading::Surprising { value, as_what } => {
                let text = self.plain().unwrap_or_default();
                self.warning(
                    format!("{} is read as {value}: it is {as_what}", quoted(text)),
                    format!("write {value}"),
                );
                Some(value)
            }
            Reading::Refused => {
                let in_quotes = matches!(
                    &self.node.value,
                    Value::Scalar(Scalar {
                        style: Style::Quoted,
                        ..
                    })
                );
                self.expected(accepted, if in_quotes { "remove the quotes" } else { "" })
            }
        }
    }

    /// Records that the value is not what was expected.
    fn expected<T>(&self, expected: &str, help: &str) -> Option<T> {
        self.problem(
            format!("{} must be {expected}, found {}", self.label(), self.node.value),
            help,
        );
        None
    }

    /// How messages call this value: the last part of its path.
    fn label(&self) -> &str {
        label(&self.path)
    }
}

/// The last part of a path: `files[2]` of `tasks[0].files[2]`.
fn label(path: &str) -> &str {
    // A bracketed key may hold dots of its own: then the whole path is the clearest name.
    let last = if path.contains('"') {
        path
    } else {
        path.rsplit('.').next().unwrap_or(path)
    };
    if last.is_empty() { "the file" } else { last }
}

fn one_of<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let words: Vec<String> = words.map(|word| format!("{word:?}")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "absent".to_owned(),
    }
}

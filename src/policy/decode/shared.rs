//! What several topics are made of: lists that must say something, names, rules with their place.

use std::collections::BTreeSet;

use super::Context;
use crate::policy::names::{NamePattern, Names};
use crate::policy::types::Ruled;
use crate::yaml::{Field, Value, quoted};

/// A rule and its place, when the key is there and was understood.
pub(super) fn ruled<'d, T>(
    field: Option<Field<'d>>,
    context: Context<'_>,
    decode: impl FnOnce(&Field<'d>) -> Option<T>,
) -> Option<Ruled<T>> {
    let field = field?;
    let rule = decode(&field)?;
    Some(Ruled {
        rule,
        origin: context.at(field.span()),
    })
}

/// A list with at least one entry.
pub(super) fn filled<'d, T>(field: &Field<'d>, decode: impl FnMut(Field<'d>) -> Option<T>) -> Option<Vec<T>> {
    if field.node().value == Value::Sequence(Vec::new()) {
        field.problem(
            format!("{} must not be an empty list", field.path()),
            "write what it lists, or remove the key",
        );
        return None;
    }
    let entries = field.list(decode);
    if entries.is_empty() { None } else { Some(entries) }
}

/// A list of texts, each read by `parse` and none given twice.
pub(super) fn parsed<T>(field: &Field<'_>, parse: impl Fn(&Field<'_>, &str) -> Option<T>) -> Option<Vec<T>> {
    filled(field, unique(parse))
}

/// Reads an item of a list; a text that was read before is a problem.
pub(super) fn unique<'d, T>(parse: impl Fn(&Field<'_>, &str) -> Option<T>) -> impl FnMut(Field<'d>) -> Option<T> {
    let mut seen = BTreeSet::new();
    move |item| {
        let text = item.filled_text()?;
        let value = parse(&item, &text.value);
        if !seen.insert(text.value.clone()) {
            item.problem(format!("{} is listed twice", quoted(&text.value)), "remove one of them");
            return None;
        }
        value
    }
}

/// What the names of a list are names of: decides which patterns could never match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NamesOf {
    /// Names without parts, which senders and authors choose.
    Titles,
    /// Keys of annotations.
    Keys,
    /// Kubernetes objects: lower-case letters, digits, `-` and `.`.
    Objects,
    /// Files of the repository, below its root.
    Files,
}

/// A list of name patterns.
pub(super) fn names(field: &Field<'_>, of: NamesOf) -> Option<Names> {
    Names::of(parsed(field, |item, text| name(item, text, of))?)
}

/// `{ allow: [...] }`
pub(super) fn allowed_names(field: &Field<'_>, of: NamesOf) -> Option<Names> {
    field.mapping(|topic| topic.required("allow").and_then(|allow| names(&allow, of)))?
}

fn name(item: &Field<'_>, text: &str, of: NamesOf) -> Option<NamePattern> {
    let parsed = match of {
        NamesOf::Titles => NamePattern::parse_title(text),
        NamesOf::Keys | NamesOf::Objects | NamesOf::Files => NamePattern::parse(text),
    };
    let pattern = match parsed {
        Ok(pattern) => pattern,
        Err(error) => {
            item.problem(error.to_string(), error.help());
            return None;
        }
    };
    match of.refusal(text) {
        None => Some(pattern),
        Some((what, help)) => {
            item.problem(format!("the pattern {} matches no {what}", quoted(text)), help);
            None
        }
    }
}

impl NamesOf {
    /// What a pattern that could never match would have to match, and what to write.
    fn refusal(self, text: &str) -> Option<(&'static str, &'static str)> {
        let object = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.*?".contains(c);
        // A folder is named with a slash behind it.
        let path = text.strip_suffix('/').unwrap_or(text);
        match self {
            Self::Objects if text != "**" && !text.chars().all(object) => Some((
                "name of a Kubernetes object",
                "use lower-case letters, digits, `-`, `.`, `*` and `?`",
            )),
            Self::Files if path.split('/').any(|part| matches!(part, "" | "." | "..")) => Some((
                "file of a repository",
                "begin at its root, without `/` or `./`, as in `locust/**`",
            )),
            Self::Titles | Self::Keys | Self::Objects | Self::Files => None,
        }
    }
}

/// A text that says why, which a verdict will repeat.
pub(super) fn reason(field: &Field<'_>) -> Option<String> {
    let text = field.filled_text()?;
    if text.value.trim().is_empty() {
        field.problem("the reason is blank", "say in a few words why this is accepted");
        return None;
    }
    Some(text.value)
}

/// One word of a field that also takes a list or mapping.
pub(super) fn is_word(field: &Field<'_>, word: &str) -> bool {
    matches!(&field.node().value, Value::Scalar(scalar) if scalar.text == word)
}

/// Whether a field is a scalar, whatever it says.
pub(super) fn is_scalar(field: &Field<'_>) -> bool {
    matches!(&field.node().value, Value::Scalar(_))
}

/// Says that a scalar is not the one word that is accepted in place of a list or mapping.
pub(super) fn refuse_word<T>(field: &Field<'_>, word: &str, instead: &str) -> Option<T> {
    field.problem(
        format!(
            "{} must be {word:?} or {instead}, found {}",
            field.path(),
            field.node().value
        ),
        "",
    );
    None
}

/// A mapping with optional keys only: without any of them it would be a rule that says nothing.
pub(super) fn refuse_nothing(field: &Field<'_>, keys: &[&str]) {
    if field.node().value == Value::Mapping(Vec::new()) {
        let help = format!("write at least one of {}, or remove the key", keys.join(", "));
        field.problem(format!("{} says nothing", field.path()), help);
    }
}

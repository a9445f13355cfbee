//! The ways into the module: text in, documents and problems out, within a budget.
//!
//! Loading never fails as a whole: it returns the documents it could build and every problem it
//! met, because a file with a duplicate key can still be decoded for its other mistakes. Callers
//! that decode nothing use [`parse`] or [`parse_documents`], which refuse a file with any problem.
//! Nothing is dropped silently: what two YAML parsers could read differently is a problem.

use super::loader::Loader;
use super::{Node, Problem, Span, Value, quoted};

/// What a file may cost. Hostile files are refused before they cost more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file; twice as many for all text once aliases are expanded.
    pub bytes: usize,
    /// How deep mappings and lists may nest.
    pub depth: usize,
    /// Keys and values of all documents together, aliases expanded, anchored values counted again.
    pub nodes: usize,
    /// Aliases (`*name`) of all documents together.
    pub aliases: usize,
}

impl Default for Limits {
    /// 1 MiB, 40 levels, 20 000 keys and values, 16 aliases.
    fn default() -> Self {
        Self {
            bytes: 1 << 20,
            depth: 40,
            nodes: 20_000,
            aliases: 16,
        }
    }
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The complete documents, in the order of the file. After a problem that ends loading (bad
    /// grammar, a budget) only those before it.
    pub documents: Vec<Node>,
    /// Every problem that was met, by position.
    pub problems: Vec<Problem>,
    /// Whether the whole text was read.
    pub complete: bool,
}

/// The one document of a file that must not hold several. `name` is the file's name in messages.
///
/// # Errors
/// Every problem of the text: bad grammar, duplicate keys, an exhausted budget, no document at all,
/// or a second one.
pub fn parse(name: &str, text: &str, limits: &Limits) -> Result<Node, Vec<Problem>> {
    let mut loaded = load(text, limits);
    loaded.problems.extend(single_document(name, &loaded));
    if !loaded.problems.is_empty() {
        loaded.problems.sort();
        return Err(loaded.problems);
    }
    loaded
        .documents
        .into_iter()
        .next()
        .ok_or_else(|| vec![empty_file(name)])
}

/// All documents of a file, those left out that hold nothing (a `---` too many is no document).
/// `name` is the file's name in messages.
///
/// # Errors
/// Every problem of the text: bad grammar, duplicate keys, an exhausted budget, or no document at all.
pub fn parse_documents(name: &str, text: &str, limits: &Limits) -> Result<Vec<Node>, Vec<Problem>> {
    let mut loaded = load(text, limits);
    if !loaded.problems.is_empty() {
        return Err(loaded.problems);
    }
    loaded.documents.retain(|document| document.value != Value::Null);
    if loaded.documents.is_empty() {
        Err(vec![empty_file(name)])
    } else {
        Ok(loaded.documents)
    }
}

/// The problem of a file with no document or with several, for files that must hold exactly one.
pub(crate) fn single_document(name: &str, loaded: &Loaded) -> Option<Problem> {
    if let (true, Some(second)) = (loaded.complete, loaded.documents.get(1)) {
        return Some(Problem::new(
            second.span,
            "",
            format!(
                "{} holds {} YAML documents, this is the second",
                quoted(name),
                loaded.documents.len()
            ),
            "only one document is read: remove the others and the `---` between them",
        ));
    }
    let nothing = loaded
        .documents
        .first()
        .is_none_or(|document| document.value == Value::Null);
    (nothing && loaded.complete).then(|| empty_file(name))
}

fn empty_file(name: &str) -> Problem {
    Problem::new(
        Span {
            line: 1,
            column: 1,
            length: 0,
        },
        "",
        format!("{} is empty", quoted(name)),
        "write a mapping that starts with `apiVersion`",
    )
}

/// Every document of the text, and every problem.
pub fn load(text: &str, limits: &Limits) -> Loaded {
    // A mark at the start of the file tells the encoding and is no character of the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Loader::new(*limits).load(text)
}

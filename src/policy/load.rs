//! Files in, a policy set or every problem of every file out.
//!
//! Two passes: first all files become trees and the names in them are gathered, then each document is decoded with
//! all names known. So a reference may point into another file, and a broken file hides no problem of the others.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::attached;
use super::authority::Authority;
use super::decode::{self, Document, Known};
use super::problem::FileProblem;
use super::types::PolicySet;
use crate::yaml::{self, Coercion, Decoder, Limits, Located, Node, Problem, Span, Value, quoted};

/// Most bytes of all files as one JSON text: what a ConfigMap of a run holds.
const MOST_BYTES: usize = 950_000;

impl PolicySet {
    /// Reads policy files, by name, and the files that they name (see [`super::is_attached`]).
    ///
    /// The hash is SHA-256 over each file's name and content in order of name, each preceded by its length in bytes as
    /// a big-endian 64 bit number, so that no two sets of files share a text.
    ///
    /// # Errors
    /// Every problem of every file, by file and position. Never empty.
    pub fn load(files: &BTreeMap<String, String>) -> Result<Self, Vec<FileProblem>> {
        let mut problems = Vec::new();
        let trees: Vec<Tree<'_>> = attached::policies(files)
            .map(|(name, text)| Tree::read(name, text, &mut problems))
            .collect();
        let mut known = names(&trees, &mut problems);
        known.attached = files
            .iter()
            .filter(|(name, _)| attached::is_attached(name))
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect();
        let mut warnings = Vec::new();
        for tree in &trees {
            for authority in tree.authorities(&known, &mut problems, &mut warnings) {
                known.authorities.insert(authority.name.clone(), Some(authority));
            }
        }
        let mut set = Self {
            policies: Vec::new(),
            classes: BTreeMap::new(),
            hash: hash(files),
            sources: files.clone(),
            authorities: known
                .authorities
                .iter()
                .filter_map(|(name, one)| Some((name.clone(), one.clone()?)))
                .collect(),
            warnings,
        };
        for tree in &trees {
            for document in tree.decode(&known, &mut problems, &mut set.warnings) {
                match document {
                    Document::Policy(policy) => set.policies.push(*policy),
                    Document::NetworkClass(class) => {
                        set.classes.insert(class.name.clone(), class);
                    }
                }
            }
        }
        if set.policies.is_empty() && problems.is_empty() {
            problems.push(nothing(files));
        }
        refuse_too_much(files, &mut problems);
        if problems.is_empty() {
            super::unused::warn(&mut set);
            set.warnings
                .sort_by(|a, b| (&a.file, &a.problem).cmp(&(&b.file, &b.problem)));
            set.policies.sort_by(|a, b| a.name.cmp(&b.name));
            return Ok(set);
        }
        // What stands nowhere sums up what stands somewhere: it comes last.
        problems.sort_by(|a, b| {
            let key = |problem: &FileProblem| (problem.file.clone(), problem.problem.span.line == 0);
            key(a).cmp(&key(b)).then_with(|| a.problem.cmp(&b.problem))
        });
        problems.dedup();
        Err(problems)
    }
}

/// A file as trees of its documents.
struct Tree<'a> {
    file: &'a str,
    documents: Vec<Node>,
}

impl<'a> Tree<'a> {
    /// Keeps what could be read: a file with a duplicate key is decoded for its other mistakes.
    fn read(file: &'a str, text: &str, problems: &mut Vec<FileProblem>) -> Self {
        let mut loaded = yaml::load(text, &Limits::default());
        loaded.documents.retain(|document| document.value != Value::Null);
        if loaded.documents.is_empty() && loaded.problems.is_empty() {
            let message = "the file holds no document";
            let help = "write one that begins with `apiVersion`, or remove the file";
            loaded.problems.push(Problem::new(
                Span {
                    line: 1,
                    column: 1,
                    length: 0,
                },
                "",
                message,
                help,
            ));
        }
        problems.extend(loaded.problems.into_iter().map(|problem| FileProblem {
            file: file.to_owned(),
            problem,
        }));
        Self {
            file,
            documents: loaded.documents,
        }
    }

    /// The documents of this file, or none of them and its problems.
    fn decode(&self, known: &Known, problems: &mut Vec<FileProblem>, warnings: &mut Vec<FileProblem>) -> Vec<Document> {
        self.each(problems, warnings, |document, decoder| {
            decode::document(document, decoder, self.file, known)
        })
    }

    /// The authorities of this file.
    fn authorities(
        &self,
        known: &Known,
        problems: &mut Vec<FileProblem>,
        warnings: &mut Vec<FileProblem>,
    ) -> Vec<Authority> {
        self.each(problems, warnings, |document, decoder| {
            let (_, kind) = scalar(document, "kind")?;
            (kind == decode::AUTHORITY).then(|| decode::authority(document, decoder, self.file, known))?
        })
    }

    fn each<T>(
        &self,
        problems: &mut Vec<FileProblem>,
        warnings: &mut Vec<FileProblem>,
        decode: impl Fn(&Node, &Decoder) -> Option<T>,
    ) -> Vec<T> {
        let in_file = |problem| FileProblem {
            file: self.file.to_owned(),
            problem,
        };
        let decoder = Decoder::new(Coercion::Strict);
        let documents = self
            .documents
            .iter()
            .filter_map(|document| decode(document, &decoder))
            .collect();
        match decoder.finish(Some(documents)) {
            Ok(decoded) => {
                warnings.extend(decoded.warnings.into_iter().map(in_file));
                decoded.value
            }
            Err(found) => {
                problems.extend(found.into_iter().map(in_file));
                Vec::new()
            }
        }
    }
}

/// The names of all network classes, those of broken documents too, so that one mistake is not reported at every use.
fn names(trees: &[Tree<'_>], problems: &mut Vec<FileProblem>) -> Known {
    let mut seen: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut classes = BTreeSet::new();
    let mut authorities = BTreeMap::new();
    for tree in trees {
        for document in &tree.documents {
            let Some((kind, name)) = head(document) else { continue };
            if kind == decode::NETWORK_CLASS {
                classes.insert(name.value.clone());
            }
            if kind == decode::AUTHORITY {
                authorities.insert(name.value.clone(), None);
            }
            let place = format!("{}:{}:{}", tree.file, name.span.line, name.span.column);
            if let Some(first) = seen.get(&(kind.to_owned(), name.value.clone())) {
                let message = format!("the {kind} {} is already defined at {first}", quoted(&name.value));
                let problem = Problem::new(name.span, "metadata.name", message, "give one of them another name");
                problems.push(FileProblem {
                    file: tree.file.to_owned(),
                    problem,
                });
            } else {
                seen.insert((kind.to_owned(), name.value), place);
            }
        }
    }
    Known {
        classes,
        authorities,
        attached: BTreeMap::new(),
    }
}

/// Kind and name of a document, when it has them.
fn head(document: &Node) -> Option<(&str, Located<String>)> {
    let (_, kind) = scalar(document, "kind")?;
    let metadata = entry(document, "metadata")?;
    let (span, name) = scalar(metadata, "name")?;
    Some((kind, Located::new(name.to_owned(), span)))
}

fn entry<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let Value::Mapping(entries) = &node.value else {
        return None;
    };
    entries
        .iter()
        .find(|(key, _)| key.value == name)
        .map(|(_, value)| value)
}

fn scalar<'n>(node: &'n Node, name: &str) -> Option<(Span, &'n str)> {
    let node = entry(node, name)?;
    let Value::Scalar(scalar) = &node.value else {
        return None;
    };
    Some((node.span, &scalar.text))
}

/// The problem of a set without any policy: without one nothing may be admitted, so it is no set.
fn nothing(files: &BTreeMap<String, String>) -> FileProblem {
    let message = if files.is_empty() {
        "there is no policy file".to_owned()
    } else {
        let names: Vec<String> = files.keys().map(|name| quoted(name)).collect();
        format!("no document of {} is a policy", names.join(", "))
    };
    let help = "write at least one document with `kind: Policy`; without one every task is refused";
    FileProblem {
        file: String::new(),
        problem: Problem::new(Span::default(), "", message, help),
    }
}

/// A run record keeps the whole set as one text.
fn refuse_too_much(files: &BTreeMap<String, String>, problems: &mut Vec<FileProblem>) {
    let bytes = serde_json::to_string(files).map_or(usize::MAX, |text| text.len());
    if bytes > MOST_BYTES {
        let message = format!("the policy files have {bytes} bytes together, {MOST_BYTES} are accepted at most");
        problems.push(FileProblem {
            file: String::new(),
            problem: Problem::new(
                Span::default(),
                "",
                message,
                "a run keeps them all; remove what is not used",
            ),
        });
    }
}

fn hash(files: &BTreeMap<String, String>) -> String {
    let mut hasher = Sha256::new();
    for part in files.iter().flat_map(|(name, text)| [name, text]) {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hasher.update(length.to_be_bytes());
        hasher.update(part.as_bytes());
    }
    format!("sha256:{}", data_encoding::HEXLOWER.encode(&hasher.finalize()))
}

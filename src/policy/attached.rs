//! Files that policies name: keys (`*.pem`, `*.pub`) and trusted roots (`*.json`). They lie beside the policy files, are
//! loaded with them and are part of the set, so that a verdict says by which keys it was given.

use std::collections::{BTreeMap, BTreeSet};

use super::decode::AUTHORITY;
use crate::yaml::{self, Limits, Node, Value};

/// Longest attached file, in bytes.
pub const LONGEST_ATTACHED: usize = 1 << 20;

const ENDINGS: [&str; 3] = [".pem", ".pub", ".json"];

/// Whether a file of this name is named by policies and is none itself.
#[must_use]
pub fn is_attached(name: &str) -> bool {
    ENDINGS
        .iter()
        .any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

/// The names of the files that the authorities of a policy file name, as far as it can be read. Only plain names of
/// files in the same folder: what leads elsewhere is a problem when the set loads, and is never opened.
#[must_use]
pub fn attached_files(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for document in &yaml::load(text, &Limits::default()).documents {
        if scalar(document, "kind") != Some(AUTHORITY) {
            continue;
        }
        let keys = match entry(document, "keys").map(|keys| &keys.value) {
            Some(Value::Sequence(keys)) => keys.as_slice(),
            _ => &[],
        };
        let named = keys.iter().chain(entry(document, "trustRoot"));
        names.extend(
            named
                .filter_map(|node| scalar(node, "file"))
                .filter(|name| plain(name))
                .map(str::to_owned),
        );
    }
    names
}

/// A file name without a folder.
pub(super) fn plain(name: &str) -> bool {
    is_attached(name)
        && !name.starts_with('.')
        && !name.contains(['/', '\\', '\0'])
        && !name.chars().any(char::is_control)
}

/// Those of the files that are policies.
pub(super) fn policies(files: &BTreeMap<String, String>) -> impl Iterator<Item = (&String, &String)> {
    files.iter().filter(|(name, _)| !is_attached(name))
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

fn scalar<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    match &entry(node, name)?.value {
        Value::Scalar(scalar) => Some(&scalar.text),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => None,
    }
}

//! Collections that are being read, from the document down to the current value.

use std::collections::BTreeSet;

use super::mapping::join;
use super::{Located, Node, Span};

/// The key a mapping is waiting to pair with its value.
pub(super) enum Key {
    Plain(Located<String>),
    /// `<<`: the value's entries are merged into the mapping.
    Merge,
    /// Already reported; its value is read and dropped.
    Refused(String),
}

/// A collection that is being read.
pub(super) enum Frame {
    Sequence {
        span: Span,
        anchor: usize,
        items: Vec<Node>,
    },
    Mapping {
        span: Span,
        anchor: usize,
        entries: Entries,
        key: Option<Key>,
    },
}

#[derive(Default)]
pub(super) struct Entries {
    pub(super) own: Vec<(Located<String>, Node)>,
    pub(super) names: BTreeSet<String>,
    pub(super) merged: Vec<Node>,
    pub(super) merges: bool,
}

/// The dotted path of the value that is being read.
pub(super) fn path(frames: &[Frame]) -> String {
    let mut path = String::new();
    for frame in frames {
        match frame {
            Frame::Sequence { items, .. } => path.push_str(&format!("[{}]", items.len())),
            Frame::Mapping {
                key: Some(Key::Plain(name)),
                ..
            } => path = join(&path, &name.value),
            Frame::Mapping {
                key: Some(Key::Refused(name)),
                ..
            } => path = join(&path, name),
            Frame::Mapping {
                key: Some(Key::Merge) | None,
                ..
            } => {}
        }
    }
    path
}

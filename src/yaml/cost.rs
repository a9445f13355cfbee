//! What a tree costs, for the budget.
//!
//! It only counts; who pays and what happens when the budget is used up is the loader's.

use super::{Node, Value};

/// Keys and values, bytes of text, and levels of nesting.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    pub(super) nodes: usize,
    pub(super) bytes: usize,
    pub(super) height: usize,
}

impl Cost {
    /// What a copy of the node costs. Depth is bounded before, so recursion is.
    pub(super) fn of(node: &Node) -> Self {
        let mut cost = Self {
            nodes: 1,
            bytes: Self::text(node),
            height: 0,
        };
        match &node.value {
            Value::Null | Value::Scalar(_) => {}
            Value::Sequence(items) => {
                cost.height = 1;
                items.iter().for_each(|item| cost.add(item));
            }
            Value::Mapping(entries) => {
                cost.height = 1;
                for (name, value) in entries {
                    cost.nodes = cost.nodes.saturating_add(1);
                    cost.bytes = cost.bytes.saturating_add(name.value.len());
                    cost.add(value);
                }
            }
        }
        cost
    }

    /// Bytes of the node's own text.
    pub(super) fn text(node: &Node) -> usize {
        match &node.value {
            Value::Scalar(scalar) => scalar.text.len(),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) => 0,
        }
    }

    fn add(&mut self, child: &Node) {
        let inner = Self::of(child);
        self.nodes = self.nodes.saturating_add(inner.nodes);
        self.bytes = self.bytes.saturating_add(inner.bytes);
        self.height = self.height.max(inner.height.saturating_add(1));
    }
}

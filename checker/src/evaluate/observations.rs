//! Observations during evaluation: sums that were not empty, derivatives that were not zero.

use std::collections::BTreeSet;

use crate::resolve::ir::NodeId;

/// Sets of nodes, by observation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observations {
    empty: BTreeSet<NodeId>,
    filled: BTreeSet<NodeId>,
    still: BTreeSet<NodeId>,
    moved: BTreeSet<NodeId>,
}

impl Observations {
    pub(crate) fn folded(&mut self, node: NodeId, filled: bool) {
        if filled {
            self.filled.insert(node)
        } else {
            self.empty.insert(node)
        };
    }

    pub(crate) fn differentiated(&mut self, node: NodeId, moved: bool) {
        if moved {
            self.moved.insert(node)
        } else {
            self.still.insert(node)
        };
    }

    pub(crate) fn merge(&mut self, other: &Observations) {
        self.empty.extend(&other.empty);
        self.filled.extend(&other.filled);
        self.still.extend(&other.still);
        self.moved.extend(&other.moved);
    }

    /// The sum was evaluated, and was always empty.
    pub(crate) fn never_filled(&self, node: NodeId) -> bool {
        self.empty.contains(&node) && !self.filled.contains(&node)
    }

    /// The derivative was evaluated, and was always zero.
    pub(crate) fn never_moved(&self, node: NodeId) -> bool {
        self.still.contains(&node) && !self.moved.contains(&node)
    }
}

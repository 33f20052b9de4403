//! What was seen while evaluating: which sums were ever over something, which derivatives were ever
//! not zero.

use std::collections::BTreeSet;

use crate::resolve::ir::NodeId;

/// Nodes by what happened at them.
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

    /// A sum that was evaluated, and never over anything.
    pub(crate) fn never_filled(&self, node: NodeId) -> bool {
        self.empty.contains(&node) && !self.filled.contains(&node)
    }

    /// A derivative that was taken, and always zero.
    pub(crate) fn never_moved(&self, node: NodeId) -> bool {
        self.still.contains(&node) && !self.moved.contains(&node)
    }
}

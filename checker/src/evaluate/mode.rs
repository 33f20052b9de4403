//! Whether a value is being differentiated; phases of inference; arguments of exponentials.

use crate::resolve::ir::NodeId;

/// Whether, and by which target, the value is being differentiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mode(u32);

impl Mode {
    /// Nothing moves.
    pub(crate) const BASE: Mode = Mode(0);

    /// The target with this number in the document moves.
    pub(crate) fn moving(target: usize) -> Mode {
        Mode(target as u32 + 1)
    }

    pub(crate) fn target(self) -> Option<usize> {
        self.0.checked_sub(1).map(|target| target as usize)
    }
}

/// A phase of inference: what the network settles to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phase {
    /// The family, where it stands.
    pub(crate) node: NodeId,
    /// The family of states.
    pub(crate) states: NodeId,
    /// The action that the action circuit is clamped to.
    pub(crate) action: Option<usize>,
    /// How strongly, from 0 to 1; `None` is entirely.
    pub(crate) strength: Option<NodeId>,
}

/// The argument of an exponential.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Argument {
    Node(NodeId),
    /// This entry of a family over the units.
    Entry(NodeId, usize),
}

//! Modes of evaluation, phases of inference, arguments of exponentials.

use crate::resolve::ir::NodeId;

/// Whether the value is differentiated, and by which target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mode(u32);

impl Mode {
    /// No target moves.
    pub(crate) const BASE: Mode = Mode(0);

    /// The target with this number in the document moves.
    pub(crate) fn moving(target: usize) -> Mode {
        Mode(target as u32 + 1)
    }

    pub(crate) fn target(self) -> Option<usize> {
        self.0.checked_sub(1).map(|target| target as usize)
    }
}

/// A phase of inference, free or clamped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phase {
    /// The node of the family.
    pub(crate) node: NodeId,
    /// The family of states.
    pub(crate) states: NodeId,
    /// The clamped action, as a unit; `None` in the free phase.
    pub(crate) action: Option<usize>,
    /// Strength of the clamp, 0 to 1; `None` means 1.
    pub(crate) strength: Option<NodeId>,
}

/// The argument of an exponential.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Argument {
    Node(NodeId),
    /// This entry of a family over the units.
    Entry(NodeId, usize),
}

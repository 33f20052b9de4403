//! Frames: the values of the names bound in an expression.

use std::rc::Rc;

use smallvec::SmallVec;

use crate::resolve::ir::NodeId;

/// The value of a slot of a frame.
#[derive(Clone, Debug)]
pub(crate) enum SlotValue {
    Unset,
    Index(u32),
    /// A number or a family that is evaluated at its use, with the frame of its call.
    Thunk(Rc<Thunk>),
    /// The unknowns of a linear system, while its coefficients are computed.
    Solved(u32),
}

#[derive(Debug)]
pub(crate) struct Thunk {
    pub(crate) node: NodeId,
    pub(crate) frame: Frame,
}

pub(crate) type Frame = Vec<SlotValue>;

/// The indices of an entry of a family.
pub(crate) type EntryIndices = SmallVec<[usize; 4]>;

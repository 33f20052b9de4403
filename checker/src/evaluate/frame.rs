//! Frames: what the names bound in an expression stand for.

use std::rc::Rc;

use smallvec::SmallVec;

use crate::resolve::ir::NodeId;

/// What stands in a slot of a frame.
#[derive(Clone, Debug)]
pub(crate) enum SlotValue {
    Unset,
    Index(u32),
    /// A number or a family, evaluated where it is used, with the frame in which it was written.
    Thunk(Rc<Thunk>),
    /// The unknowns of a linear system, while its coefficients are read off.
    Solved(u32),
}

#[derive(Debug)]
pub(crate) struct Thunk {
    pub(crate) node: NodeId,
    pub(crate) frame: Frame,
}

pub(crate) type Frame = Vec<SlotValue>;

/// The indices of an entry.
pub(crate) type EntryIndices = SmallVec<[usize; 4]>;

//! A cache of values, by node, mode and the free slots of the node.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::frame::{Frame, SlotValue};
use super::mode::Mode;
use crate::resolve::ir::{Document, NodeId};

/// A node, the mode, and the values of all slots that the node depends on.
pub(crate) type Key = (NodeId, Mode, SmallVec<[u32; 8]>);

/// Markers in keys, larger than any index.
const THUNK: u32 = u32::MAX;
const SOLVED: u32 = u32::MAX - 1;
pub(super) const DENOMINATOR: u32 = u32::MAX - 2;
pub(super) const EXPONENTIAL: u32 = u32::MAX - 3;

/// Cached numbers, and cached solutions of linear systems.
#[derive(Debug)]
pub(super) struct Cache<N> {
    pub(super) numbers: FxHashMap<Key, N>,
    pub(super) vectors: FxHashMap<Key, Rc<Vec<N>>>,
}

impl<N> Default for Cache<N> {
    fn default() -> Self {
        Self { numbers: FxHashMap::default(), vectors: FxHashMap::default() }
    }
}

/// Adds the values of all slots that a node depends on.
pub(super) fn push_key(document: &Document, node: NodeId, frame: &Frame, key: &mut SmallVec<[u32; 8]>) {
    for &slot in &document.nodes[node].free {
        match &frame[slot] {
            SlotValue::Index(index) => key.push(*index),
            SlotValue::Thunk(thunk) => {
                key.extend([THUNK, thunk.node as u32]);
                push_key(document, thunk.node, &thunk.frame, key);
            }
            SlotValue::Solved(id) => key.extend([SOLVED, *id]),
            SlotValue::Unset => key.push(0),
        }
    }
}

//! How probable it is that the exact tier missed a difference on a shape (Schwartz–Zippel), instance by instance: one that has
//! a value at few points is known less well than the others.

use std::collections::BTreeMap;

use crate::evaluate::{Frame, SlotValue};
use crate::resolve::ir::ChainNode;

/// The logarithm, to base two, of that probability for every instance of a chain that was met.
#[derive(Debug, Default)]
pub(super) struct Confidence {
    instances: BTreeMap<Vec<u32>, f64>,
}

impl Confidence {
    /// A point at which the instances were met; where one was compared, its probability is multiplied.
    pub(super) fn point(
        &mut self,
        chain: &ChainNode,
        frames: &[Frame],
        compared: &[bool],
        log_probability: f64,
    ) {
        for (at, frame) in frames.iter().enumerate() {
            let known = self.instances.entry(indices(chain, frame)).or_insert(0.0);
            if compared.get(at) == Some(&true) {
                *known += log_probability;
            }
        }
    }

    /// The largest of all instances.
    pub(super) fn log_probability(&self) -> f64 {
        self.instances.values().copied().reduce(f64::max).unwrap_or(0.0)
    }
}

fn indices(chain: &ChainNode, frame: &Frame) -> Vec<u32> {
    chain
        .binders
        .iter()
        .map(|binder| match frame[binder.slot] {
            SlotValue::Index(index) => index,
            _ => u32::MAX,
        })
        .collect()
}

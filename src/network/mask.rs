//! Which blocks of weights exist.

use super::Circuits;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::uniform::twin::uniform;
use serde::{Deserialize, Serialize};

/// Families of blocks, by the units that they connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Hidden with hidden units.
    HiddenHidden,
    /// Hidden with action units.
    HiddenAction,
    /// States with hidden units.
    StateHidden,
    /// States with action units.
    StateAction,
}

/// A masked weight is zero and stays zero. Blocks within a circuit and between action circuits
/// never exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    circuits: usize,
    recurrent: Vec<bool>,
    state_hidden: bool,
    state_action: bool,
}

impl Mask {
    /// The mask in which all possible blocks exist.
    pub fn full(circuits: &Circuits) -> Self {
        let (n, hidden) = (circuits.count(), circuits.hidden());
        let recurrent =
            (0..n * n).map(|at| at / n != at % n && (at / n < hidden || at % n < hidden)).collect();
        Self { circuits: n, recurrent, state_hidden: true, state_action: true }
    }

    /// Does the block between two circuits exist?
    pub fn recurrent(&self, c: usize, d: usize) -> bool {
        self.recurrent[c * self.circuits + d]
    }

    /// Do the weights from states to hidden units exist?
    pub fn state_hidden(&self) -> bool {
        self.state_hidden
    }

    /// Do the weights from states to action units exist?
    pub fn state_action(&self) -> bool {
        self.state_action
    }

    /// Drops the block between two circuits, in both directions.
    pub fn drop_block(&mut self, c: usize, d: usize) {
        self.recurrent[c * self.circuits + d] = false;
        self.recurrent[d * self.circuits + c] = false;
    }

    /// Drops all blocks of a family.
    pub fn drop_family(&mut self, circuits: &Circuits, family: Family) {
        match family {
            Family::StateHidden => self.state_hidden = false,
            Family::StateAction => self.state_action = false,
            Family::HiddenHidden | Family::HiddenAction => {
                for c in 0..circuits.hidden() {
                    for d in (0..circuits.count()).filter(|&d| in_family(circuits, family, d)) {
                        self.drop_block(c, d);
                    }
                }
            }
        }
    }

    /// Drops, for every ordered pair of circuits of a recurrent family, the block in both
    /// directions with this probability. Source: the published implementation of Yang et al. 2022
    /// (arXiv 2210.13225).
    pub fn drop_at_random(&mut self, circuits: &Circuits, family: Family, probability: f32, seed: u32) {
        let n = circuits.count();
        let place = Place { seed, stream: Stream::Mask, step: 0, iteration: 0, sample: 0 };
        for c in 0..circuits.hidden() {
            for d in (0..n).filter(|&d| d != c && in_family(circuits, family, d)) {
                if uniform(&place, c * n + d) < probability {
                    self.drop_block(c, d);
                }
            }
        }
    }
}

/// Does a pair of a hidden circuit and circuit `d` belong to the family?
fn in_family(circuits: &Circuits, family: Family, d: usize) -> bool {
    match family {
        Family::HiddenHidden => d < circuits.hidden(),
        Family::HiddenAction => d >= circuits.hidden(),
        Family::StateHidden | Family::StateAction => false,
    }
}

//! Sizes of a network, and the order of its units.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Sizes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// State neurons, S ≥ 0.
    pub states: usize,
    /// Hidden circuits, G ≥ 0.
    pub hidden_circuits: usize,
    /// Units of a hidden circuit, D ≥ 1 if there is a hidden circuit.
    pub hidden_size: usize,
    /// Units of the action circuit, A ≥ 1.
    pub actions: usize,
}

impl Shape {
    /// Units of hidden circuits, G·D. This and the following functions require a validated shape.
    pub fn hidden_units(self) -> usize {
        self.hidden_circuits * self.hidden_size
    }

    /// All units, N = G·D + A.
    pub fn units(self) -> usize {
        self.hidden_units() + self.actions
    }

    /// All circuits, G + 1.
    pub fn circuits(self) -> usize {
        self.hidden_circuits + 1
    }

    /// The units of a circuit; circuit G is the action circuit.
    pub fn circuit(self, index: usize) -> Range<usize> {
        if index < self.hidden_circuits {
            index * self.hidden_size..(index + 1) * self.hidden_size
        } else {
            self.hidden_units()..self.units()
        }
    }

    /// The circuit that a unit belongs to.
    pub fn circuit_of(self, unit: usize) -> usize {
        if unit < self.hidden_units() { unit / self.hidden_size } else { self.hidden_circuits }
    }

    /// The largest size, with its key.
    pub(super) fn largest(self) -> (&'static str, usize) {
        let Self { states, hidden_circuits, hidden_size, actions } = self;
        let sizes = [
            ("states", states),
            ("hidden_circuits", hidden_circuits),
            ("hidden_size", hidden_size),
            ("actions", actions),
        ];
        sizes.into_iter().reduce(|most, one| if one.1 > most.1 { one } else { most }).unwrap_or(sizes[0])
    }

    /// Do the numbers of units and weights fit in `usize`?
    pub(super) fn is_countable(self) -> bool {
        let hidden = self.hidden_circuits.checked_mul(self.hidden_size);
        let units = hidden.and_then(|hidden| hidden.checked_add(self.actions));
        units.is_some_and(|n| n.checked_mul(n).is_some() && n.checked_mul(self.states).is_some())
    }
}

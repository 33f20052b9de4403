//! Shapes of networks: the sizes of all index sets, and the circuit of each unit.

use std::fmt;
use std::ops::Range;

use crate::resolve::sort::Sort;

/// The shape of a network, and the sizes of the other index sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// State neurons.
    pub states: usize,
    /// Hidden circuits.
    pub hidden_circuits: usize,
    /// Units in each hidden circuit.
    pub hidden_size: usize,
    /// Units of the action circuit.
    pub actions: usize,
    /// Situations: states of a decision process, samples of a batch.
    pub situations: usize,
    /// Time steps of a window.
    pub window: usize,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { states, hidden_circuits, hidden_size, actions, .. } = self;
        let plural = |count: &usize| if *count == 1 { "" } else { "s" };
        let (state, action) = (plural(states), plural(actions));
        write!(f, "{states} state{state}, {hidden_circuits}×{hidden_size} hidden, {actions} action{action}")
    }
}

impl Shape {
    pub(crate) fn hidden_units(&self) -> usize {
        self.hidden_circuits * self.hidden_size
    }

    pub(crate) fn units(&self) -> usize {
        self.hidden_units() + self.actions
    }

    pub(crate) fn circuits(&self) -> usize {
        self.hidden_circuits + 1
    }

    pub(crate) fn configurations(&self) -> usize {
        self.hidden_size.pow(self.hidden_circuits as u32) * self.actions
    }

    pub(crate) fn circuit_of(&self, unit: usize) -> usize {
        if unit < self.hidden_units() { unit / self.hidden_size } else { self.hidden_circuits }
    }

    pub(crate) fn members(&self, circuit: usize) -> Range<usize> {
        if circuit < self.hidden_circuits {
            circuit * self.hidden_size..(circuit + 1) * self.hidden_size
        } else {
            self.hidden_units()..self.units()
        }
    }

    /// The unit that wins `circuit` in a configuration. The action circuit is the lowest digit.
    pub(crate) fn winner(&self, configuration: usize, circuit: usize) -> usize {
        if circuit == self.hidden_circuits {
            return self.hidden_units() + configuration % self.actions;
        }
        let above = configuration / self.actions / self.hidden_size.pow(circuit as u32);
        circuit * self.hidden_size + above % self.hidden_size
    }

    /// The indices of a set, as in frames. An action has the number of its unit.
    pub(crate) fn range(&self, sort: Sort) -> Range<usize> {
        match sort {
            Sort::Unit => 0..self.units(),
            Sort::Hidden => 0..self.hidden_units(),
            Sort::Action => self.hidden_units()..self.units(),
            Sort::State => 0..self.states,
            Sort::Circuit => 0..self.circuits(),
            Sort::Situation => 0..self.situations,
            Sort::Lag => 0..self.window,
            Sort::Configuration => 0..self.configurations(),
            Sort::Train => 0..1 << self.window,
        }
    }

    /// Position of an entry in a family over `sorts`, row-major.
    pub(crate) fn flat(&self, sorts: &[Sort], indices: &[usize]) -> usize {
        sorts.iter().zip(indices).fold(0, |flat, (&sort, &index)| {
            let range = self.range(sort);
            flat * range.len() + (index - range.start)
        })
    }

    /// Number of entries of a family over `sorts`.
    pub(crate) fn entries(&self, sorts: &[Sort]) -> usize {
        sorts.iter().map(|&sort| self.range(sort).len()).product()
    }

    /// Calls `visit` with the position and the indices of every entry of a family over `sorts`.
    pub(crate) fn each_entry(&self, sorts: &[Sort], visit: &mut dyn FnMut(usize, &[usize])) {
        let lengths: Vec<usize> = sorts.iter().map(|&sort| self.range(sort).len()).collect();
        for flat in 0..self.entries(sorts) {
            let mut rest = flat;
            let mut indices = vec![0; sorts.len()];
            for at in (0..sorts.len()).rev() {
                indices[at] = self.range(sorts[at]).start + rest % lengths[at];
                rest /= lengths[at];
            }
            visit(flat, &indices);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shape;
    use std::collections::BTreeSet;

    #[test]
    fn configurations_are_all_different_and_one_hot() {
        let shape =
            Shape { states: 1, hidden_circuits: 2, hidden_size: 3, actions: 2, situations: 1, window: 1 };
        let all: BTreeSet<Vec<usize>> = (0..shape.configurations())
            .map(|v| (0..shape.circuits()).map(|circuit| shape.winner(v, circuit)).collect())
            .collect();
        assert_eq!(all.len(), 18);
        for winners in all {
            for (circuit, unit) in winners.into_iter().enumerate() {
                assert!(shape.members(circuit).contains(&unit));
                assert_eq!(shape.circuit_of(unit), circuit);
            }
        }
    }
}

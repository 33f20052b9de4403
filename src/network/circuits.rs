//! The partition of the units into circuits.

use crate::Error;
use std::ops::Range;

/// Hidden circuits, then action circuits; units are numbered circuit by circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circuits {
    sizes: Vec<usize>,
    starts: Vec<usize>,
    hidden: usize,
}

/// With more units, the recurrent matrix would be larger than 256 MiB.
const MAX_UNITS: usize = 8192;

impl Circuits {
    /// `hidden` circuits of `hidden_size` units and `votes` action circuits of `actions` units.
    ///
    /// # Errors
    /// Bad input: a size or the number of action circuits is zero, or there are more than 8192
    /// units.
    pub fn new(hidden: usize, hidden_size: usize, votes: usize, actions: usize) -> Result<Self, Error> {
        let place = format!("{hidden}×{hidden_size} hidden, {votes}×{actions} action units");
        if (hidden > 0 && hidden_size == 0) || votes == 0 || actions == 0 {
            return Err(Error::bad_input(place, "a circuit has no unit", "give sizes of at least 1"));
        }
        let units = hidden
            .checked_mul(hidden_size)
            .zip(votes.checked_mul(actions))
            .and_then(|(h, a)| h.checked_add(a));
        if units.is_none_or(|units| units > MAX_UNITS) {
            return Err(Error::bad_input(
                place,
                format_args!("more than {MAX_UNITS} units"),
                "take fewer or smaller circuits",
            ));
        }
        let sizes: Vec<usize> =
            std::iter::repeat_n(hidden_size, hidden).chain(std::iter::repeat_n(actions, votes)).collect();
        let starts = sizes
            .iter()
            .scan(0, |start, size| {
                let own = *start;
                *start += size;
                Some(own)
            })
            .collect();
        Ok(Self { sizes, starts, hidden })
    }

    /// Number of units of each circuit.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Number of circuits.
    pub fn count(&self) -> usize {
        self.sizes.len()
    }

    /// Number of hidden circuits.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Number of action circuits.
    pub fn votes(&self) -> usize {
        self.count() - self.hidden
    }

    /// Number of units of an action circuit.
    pub fn actions(&self) -> usize {
        self.sizes[self.hidden]
    }

    /// Number of units.
    pub fn units(&self) -> usize {
        self.starts[self.hidden] + self.votes() * self.actions()
    }

    /// Number of hidden units. The action units follow them.
    pub fn hidden_units(&self) -> usize {
        self.starts[self.hidden]
    }

    /// The units of a circuit.
    pub fn members(&self, circuit: usize) -> Range<usize> {
        self.starts[circuit]..self.starts[circuit] + self.sizes[circuit]
    }

    /// All circuits with their units, in order.
    pub fn iter(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        (0..self.count()).map(|circuit| self.members(circuit))
    }

    /// The circuit of a unit.
    pub fn circuit_of(&self, unit: usize) -> usize {
        self.starts.partition_point(|&start| start <= unit) - 1
    }

    /// The action of the first action circuit, one per sample, counted from 0; `winners` are unit
    /// numbers, samples × circuits.
    pub(crate) fn first_actions(&self, winners: &[u32]) -> Vec<usize> {
        let all = winners.chunks_exact(self.count());
        all.map(|winners| winners[self.hidden] as usize - self.hidden_units()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Circuits;

    #[test]
    fn units_are_numbered_circuit_by_circuit() {
        let circuits = Circuits::new(3, 2, 2, 4).unwrap();
        assert_eq!((circuits.units(), circuits.hidden_units(), circuits.actions()), (14, 6, 4));
        assert_eq!(circuits.members(3), 6..10);
        for (circuit, members) in circuits.iter().enumerate() {
            for unit in members {
                assert_eq!(circuits.circuit_of(unit), circuit);
            }
        }
    }

    #[test]
    fn impossible_sizes_are_refused() {
        for (hidden, size, votes, actions) in
            [(1, 0, 1, 2), (1, 1, 0, 2), (1, 1, 1, 0), (usize::MAX, 2, 1, 2), (1, 8190, 1, 3)]
        {
            assert!(Circuits::new(hidden, size, votes, actions).unwrap_err().is_bad_input());
        }
        assert_eq!(Circuits::new(0, 0, 1, 2).unwrap().units(), 2);
    }
}

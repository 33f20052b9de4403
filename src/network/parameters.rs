//! Weights and biases.

use super::{Circuits, Mask};
use crate::json_object::by_name;
use crate::kernel::matrix::{AlignedMatrix, WIDTH, padded};
use crate::kernel::philox::{Place, Stream};
use crate::kernel::simd::Level;
use crate::kernel::uniform::uniform;
use std::ops::Range;

/// The convention of the energy for pairs of units: `-E = κ·vᵀWv + sᵀUv + bᵀv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// κ = 1: every unordered pair counts twice.
    Full,
    /// κ = ½: every unordered pair counts once.
    Half,
}

by_name!(Convention);

impl Convention {
    /// Both values.
    pub const ALL: [Convention; 2] = [Convention::Full, Convention::Half];

    /// The name in cases and configurations.
    pub fn name(self) -> &'static str {
        match self {
            Convention::Full => "full",
            Convention::Half => "half",
        }
    }

    /// κ.
    pub fn kappa(self) -> f32 {
        match self {
            Convention::Full => 1.0,
            Convention::Half => 0.5,
        }
    }
}

/// The parameters of a network, as one matrix of inputs × units: first the recurrent rows, padded
/// with rows of zeros to complete lines, then the state rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// The circuits of the units.
    pub circuits: Circuits,
    /// Number of state neurons.
    pub states: usize,
    /// Convention of the energy.
    pub convention: Convention,
    /// Which blocks exist.
    pub mask: Mask,
    /// `W` (symmetric), zeros, `U`: see [`Parameters::state_row`].
    pub weights: AlignedMatrix,
    /// `b`, a single row.
    pub bias: AlignedMatrix,
}

impl Parameters {
    /// Parameters that are all zero.
    pub fn zeros(circuits: Circuits, states: usize, convention: Convention, mask: Mask) -> Self {
        let units = circuits.units();
        let weights = AlignedMatrix::zeros(padded(units) + states, units);
        Self { circuits, states, convention, mask, weights, bias: AlignedMatrix::zeros(1, units) }
    }

    /// Number of units.
    pub fn units(&self) -> usize {
        self.circuits.units()
    }

    /// Number of inputs of a unit, equal to the number of rows of `weights`.
    pub fn inputs(&self) -> usize {
        self.weights.rows()
    }

    /// The row of `weights` that holds the weights of state neuron `k`.
    pub fn state_row(&self, k: usize) -> usize {
        padded(self.units()) + k
    }

    /// Ranges of rows of `W`, each with the range of units that it connects to. Together they
    /// contain all nonzero entries of `W`, and every range begins at a line. If no hidden circuits
    /// are connected, hidden units connect only to action units.
    pub(crate) fn recurrent_blocks(&self) -> Vec<(Range<usize>, Range<usize>)> {
        let (units, circuits) = (self.units(), &self.circuits);
        let hidden = 0..circuits.hidden();
        if hidden.clone().any(|c| hidden.clone().any(|d| self.mask.recurrent(c, d))) {
            return vec![(0..units, 0..units)];
        }
        let split = circuits.hidden_units() / WIDTH * WIDTH;
        vec![(0..split, split..units), (split..units, 0..units)]
    }

    /// Draws `W`, `U` and `b` uniformly from `range` and masks them. `W` is the mean of a draw and
    /// its transpose.
    pub fn randomise(&mut self, level: Level, seed: u32, range: Range<f32>) {
        let Range { start: low, end: high } = range;
        let units = self.units();
        for row in (0..units).chain(self.state_row(0)..self.inputs()) {
            let place = Place { seed, stream: Stream::Weights, step: 0, iteration: 0, sample: row as u32 };
            uniform(level, place, self.weights.padded_row_mut(row));
        }
        let place = Place { seed, stream: Stream::Weights, step: 1, iteration: 0, sample: 0 };
        uniform(level, place, self.bias.padded_row_mut(0));
        for entry in self.weights.all_mut().iter_mut().chain(self.bias.all_mut()) {
            *entry = low + (high - low) * *entry;
        }
        self.bias.padded_row_mut(0)[units..].fill(0.0);
        for i in 0..units {
            for j in 0..i {
                let mean = 0.5 * (self.weights.row(i)[j] + self.weights.row(j)[i]);
                self.weights.row_mut(i)[j] = mean;
                self.weights.row_mut(j)[i] = mean;
            }
        }
        self.apply_mask();
    }

    /// Sets masked weights, and all padding, to zero.
    pub fn apply_mask(&mut self) {
        let mut weights = std::mem::replace(&mut self.weights, AlignedMatrix::zeros(0, 0));
        self.mask_rows(&mut weights);
        self.weights = weights;
    }

    /// Sets masked entries and all padding to zero in a matrix of the shape of the weights.
    pub(crate) fn mask_rows(&self, rows: &mut AlignedMatrix) {
        let (units, hidden) = (self.units(), self.circuits.hidden_units());
        for (c, from) in self.circuits.iter().enumerate() {
            for i in from {
                for (d, to) in self.circuits.iter().enumerate() {
                    if !self.mask.recurrent(c, d) {
                        rows.row_mut(i)[to].fill(0.0);
                    }
                }
                rows.padded_row_mut(i)[units..].fill(0.0);
            }
        }
        for row in units..rows.rows() {
            let all = row < self.state_row(0);
            let kept = rows.padded_row_mut(row);
            if all || !self.mask.state_hidden() {
                kept[..hidden].fill(0.0);
            }
            if all || !self.mask.state_action() {
                kept[hidden..units].fill(0.0);
            }
            kept[units..].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Convention, Parameters};
    use crate::kernel::matrix::WIDTH;
    use crate::kernel::simd::Level;
    use crate::network::{Circuits, Family, Mask};

    #[test]
    fn recurrent_blocks_hold_every_weight_once() {
        for (hidden, size, dropped) in
            [(5, 4, true), (5, 4, false), (1, 2, true), (8, 2, true), (1, 16, true)]
        {
            let circuits = Circuits::new(hidden, size, 1, 3).unwrap();
            let mut mask = Mask::full(&circuits);
            if dropped {
                mask.drop_family(&circuits, Family::HiddenHidden);
            }
            let mut parameters = Parameters::zeros(circuits, 2, Convention::Full, mask);
            parameters.weights.all_mut().fill(1.0);
            parameters.apply_mask();
            let (units, blocks) = (parameters.units(), parameters.recurrent_blocks());
            assert_eq!(blocks.len(), if dropped || hidden == 1 { 2 } else { 1 });
            for (i, j) in (0..units).flat_map(|i| (0..units).map(move |j| (i, j))) {
                let times = blocks.iter().filter(|(rows, to)| rows.contains(&i) && to.contains(&j)).count();
                assert!(times <= 1 && (times == 1 || parameters.weights.row(i)[j] == 0.0), "{i} {j}");
            }
            assert!(blocks.iter().all(|(rows, to)| rows.start % WIDTH == 0 && to.start % WIDTH == 0));
        }
    }

    #[test]
    fn what_is_masked_and_what_is_padding_is_zero() {
        let circuits = Circuits::new(2, 3, 1, 2).unwrap();
        for family in [None, Some(Family::StateHidden), Some(Family::StateAction)] {
            let mut mask = Mask::full(&circuits);
            mask.drop_block(0, 1);
            family.into_iter().for_each(|family| mask.drop_family(&circuits, family));
            let mut parameters = Parameters::zeros(circuits.clone(), 5, Convention::Full, mask);
            parameters.weights.all_mut().fill(1.0);
            parameters.apply_mask();
            for row in 0..parameters.inputs() {
                for (unit, &weight) in parameters.weights.padded_row(row).iter().enumerate() {
                    let recurrent = row < 8 && unit < 8 && (row < 6) != (unit < 6);
                    let dropped = if unit < 6 { Family::StateHidden } else { Family::StateAction };
                    let state = row >= parameters.state_row(0) && unit < 8 && family != Some(dropped);
                    let expected = f32::from(u8::from(recurrent || state));
                    assert_eq!(weight, expected, "{family:?}: row {row}, unit {unit}");
                }
            }
            parameters.randomise(Level::best(None), 1, 0.0..1.0);
            let padding = &parameters.weights.all()[8 * 16..16 * 16];
            assert!(padding.iter().all(|&weight| weight == 0.0));
        }
    }
}

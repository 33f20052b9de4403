//! Parameters in the memory layout of spiking inference.

use crate::kernel::categorical::Interleaved;
use crate::kernel::matrix::{AlignedMatrix, padded};
use crate::kernel::threads::{Threads, pieces};
use crate::network::Parameters;

/// Rows of weights, units interleaved ([`categorical`](crate::kernel::categorical)) both as inputs
/// and as outputs.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) shape: Interleaved,
    /// The place of each unit.
    pub(super) places: Vec<u32>,
    /// Recurrent rows by place, times 2κ; rows of zeros; state rows.
    pub(super) weights: AlignedMatrix,
    /// Biases by place, −∞ at places without a unit.
    pub(super) bias: AlignedMatrix,
}

impl Layout {
    /// A layout with zero weights, until [`Layout::fill`].
    pub(super) fn new(parameters: &Parameters) -> Self {
        let circuits = &parameters.circuits;
        let members = circuits.sizes().iter().copied().max().unwrap_or(0);
        let shape = Interleaved { circuits: circuits.count(), members };
        let place = |(c, units): (usize, std::ops::Range<usize>)| {
            (0..units.len()).map(move |d| (d * shape.circuits + c) as u32)
        };
        let mut bias = AlignedMatrix::zeros(1, shape.row());
        bias.row_mut(0)[..shape.units()].fill(f32::NEG_INFINITY);
        Self {
            shape,
            places: circuits.iter().enumerate().flat_map(place).collect(),
            weights: AlignedMatrix::zeros(padded(shape.units()) + parameters.states, shape.row()),
            bias,
        }
    }

    /// The row of `weights` that holds the weights of state neuron 0.
    pub(super) fn first_state(&self) -> usize {
        padded(self.shape.units())
    }

    /// The unit of each place; of a place without a unit, the number of units.
    pub(super) fn units(&self) -> Vec<usize> {
        let mut units = vec![self.places.len(); self.shape.row()];
        self.places.iter().enumerate().for_each(|(unit, &place)| units[place as usize] = unit);
        units
    }

    /// Copies the parameters.
    pub(super) fn fill(&mut self, threads: &Threads, parameters: &Parameters) {
        assert!(self.places.len() == parameters.units());
        assert!(self.weights.rows() == self.first_state() + parameters.states);
        let gain = 2.0 * parameters.convention.kappa();
        let (first, places) = (self.first_state(), &self.places);
        // The unit of each row, by place.
        let mut units = vec![None; first];
        places.iter().enumerate().for_each(|(unit, &place)| units[place as usize] = Some(unit));
        let stride = self.weights.stride();
        let ranges = threads.split(self.weights.rows(), 1);
        let rows = pieces(self.weights.all_mut(), ranges.iter().map(|range| range.len() * stride));
        threads.each(ranges.into_iter().zip(rows).collect(), |(range, rows)| {
            for (row, out) in range.zip(rows.chunks_exact_mut(stride)) {
                let (gain, from) = match units.get(row) {
                    Some(&Some(unit)) => (gain, parameters.weights.row(unit)),
                    Some(None) => continue,
                    None => (1.0, parameters.weights.row(parameters.state_row(row - first))),
                };
                for (&place, weight) in places.iter().zip(from) {
                    out[place as usize] = gain * weight;
                }
            }
        });
        let bias = self.bias.row_mut(0);
        places.iter().zip(parameters.bias.row(0)).for_each(|(&place, &b)| bias[place as usize] = b);
    }
}

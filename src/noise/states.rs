//! Noise on the states that a network observes.

use super::{Draws, Purpose};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::noise::Noise;
use crate::kernel::simd::Level;
use crate::kernel::uniform::uniform;

/// Adds normal noise of this standard deviation.
pub(super) fn gaussian(isa: Level, draws: Draws, first: usize, sigma: f64, states: &mut AlignedMatrix) {
    let sigma = sigma as f32;
    let mut clean = vec![0.0; states.stride()];
    let columns = states.columns();
    for row in 0..states.rows() {
        clean.copy_from_slice(states.padded_row(row));
        let place = draws.place(Purpose::Gaussian, first + row);
        Noise { place, sigma, gain: 1.0, clean: &clean, out: states.padded_row_mut(row) }.fill(isa);
        states.padded_row_mut(row)[columns..].fill(0.0);
    }
}

/// Sets a state to 0 if its uniform draw is below `zeros`, else to 1 if the draw is below `ones`.
pub(super) fn impulses(
    isa: Level,
    draws: Draws,
    first: usize,
    (zeros, ones): (f64, f64),
    states: &mut AlignedMatrix,
) {
    let (zeros, ones) = (zeros as f32, ones as f32);
    let mut uniforms = vec![0.0; states.stride()];
    for row in 0..states.rows() {
        uniform(isa, draws.place(Purpose::Impulse, first + row), &mut uniforms);
        for (state, &draw) in states.row_mut(row).iter_mut().zip(&uniforms) {
            if draw < zeros {
                *state = 0.0;
            } else if draw < ones {
                *state = 1.0;
            }
        }
    }
}

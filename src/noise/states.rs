//! Noise on the states that a network observes.

use super::protocol::{Clamp, Names, Protocol};
use super::{Draws, Purpose};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::mul_add::mul_add;
use crate::kernel::noise::{Bounds, Noise};
use crate::kernel::simd::Level;
use crate::kernel::uniform::uniform;

/// Noise on the states of a batch: where its draws are, its level and the switches of its protocol.
#[derive(Clone, Copy, Debug)]
pub struct StateNoise {
    pub(super) isa: Level,
    pub(super) draws: Draws,
    /// The number of the first sample.
    pub(super) first: usize,
    pub(super) level: f64,
    pub(super) protocol: Protocol,
}

impl StateNoise {
    fn bounds(&self) -> Bounds {
        if self.protocol.clamp == Clamp::Before { Bounds::UNIT } else { Bounds::NONE }
    }

    /// Adds normal noise of the standard deviation `sigma`.
    pub(super) fn gaussian(&self, sigma: f64, states: &mut AlignedMatrix) {
        let Self { isa, draws, first, .. } = *self;
        let (sigma, bounds) = (sigma as f32, self.bounds());
        let mut clean = vec![0.0; states.stride()];
        let columns = states.columns();
        for row in 0..states.rows() {
            clean.copy_from_slice(states.padded_row(row));
            let place = draws.place(Purpose::Gaussian, first + row);
            let out = states.padded_row_mut(row);
            Noise { place, sigma, gain: 1.0, bounds, clean: &clean, out }.fill(isa);
            states.padded_row_mut(row)[columns..].fill(0.0);
        }
    }

    /// Adds uniform noise of at most `size`.
    pub(super) fn uniform(&self, size: f64, states: &mut AlignedMatrix) {
        let clamps = self.protocol.clamp == Clamp::Before;
        self.each_row(Purpose::Uniform, states, &|state, draw| {
            let noisy = mul_add(size as f32, 2.0 * draw - 1.0, *state);
            *state = if clamps { noisy.clamp(0.0, 1.0) } else { noisy };
        });
    }

    /// Sets a state to 0 if its uniform draw is below `zeros`, else to 1 if the draw is below
    /// `ones`. If the protocol says so, adds uniform noise of the level instead.
    pub(super) fn impulses(&self, (zeros, ones): (f64, f64), states: &mut AlignedMatrix) {
        if self.protocol.names == Names::AllUniform {
            return self.uniform(self.level, states);
        }
        let (zeros, ones) = (zeros as f32, ones as f32);
        self.each_row(Purpose::Impulse, states, &|state, draw| {
            if draw < zeros {
                *state = 0.0;
            } else if draw < ones {
                *state = 1.0;
            }
        });
    }

    /// Normal noise of this standard deviation, then ones with the level as their probability. If
    /// the protocol says so, adds uniform noise of the level instead.
    pub(super) fn gaussian_salt(&self, sigma: f64, states: &mut AlignedMatrix) {
        if self.protocol.names == Names::AsNamed {
            self.gaussian(sigma, states);
        }
        self.impulses((0.0, self.level), states);
    }

    /// Calls `change` with every state and its uniform draw.
    fn each_row(&self, purpose: Purpose, states: &mut AlignedMatrix, change: &dyn Fn(&mut f32, f32)) {
        let mut uniforms = vec![0.0; states.stride()];
        for row in 0..states.rows() {
            uniform(self.isa, self.draws.place(purpose, self.first + row), &mut uniforms);
            for (state, &draw) in states.row_mut(row).iter_mut().zip(&uniforms) {
                change(state, draw);
            }
        }
    }
}

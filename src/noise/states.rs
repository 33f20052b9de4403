//! Noise on what a network observes.

use super::{Draws, Kind, Perturbation, Purpose};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::noise::Noise;
use crate::kernel::simd::Level;
use crate::kernel::uniform::uniform;

/// σ of the normal noise beneath the salt of [`Kind::GaussianSalt`].
const SIGMA_BENEATH_SALT: f32 = 0.05;

impl Perturbation {
    /// Perturbs `states`, samples × states in `[0,1]`, whose first row is sample `first`. Kinds
    /// whose [`Target`](super::Target) is another change nothing.
    pub fn perturb_states(self, isa: Level, draws: Draws, first: usize, states: &mut AlignedMatrix) {
        let share = self.level() as f32;
        match self.kind() {
            Kind::Gaussian => gaussian(isa, draws, first, share, states),
            Kind::Pepper => impulses(isa, draws, first, (share, share), states),
            Kind::Salt => impulses(isa, draws, first, (0.0, share), states),
            Kind::SaltPepper => impulses(isa, draws, first, (0.5 * share, share), states),
            Kind::GaussianSalt => {
                gaussian(isa, draws, first, SIGMA_BENEATH_SALT, states);
                impulses(isa, draws, first, (0.0, share), states);
            }
            Kind::WeightGaussian
            | Kind::WeightUniform
            | Kind::RelativeGaussian
            | Kind::RelativeUniform
            | Kind::Remove(_)
            | Kind::Fgsm
            | Kind::PoleLength
            | Kind::PoleThickness
            | Kind::PoleSize => {}
        }
    }
}

fn gaussian(isa: Level, draws: Draws, first: usize, sigma: f32, states: &mut AlignedMatrix) {
    let mut clean = vec![0.0; states.stride()];
    let columns = states.columns();
    for row in 0..states.rows() {
        clean.copy_from_slice(states.padded_row(row));
        let place = draws.place(Purpose::Gaussian, first + row);
        Noise { place, sigma, gain: 1.0, clean: &clean, out: states.padded_row_mut(row) }.fill(isa);
        states.padded_row_mut(row)[columns..].fill(0.0);
    }
}

/// Sets a state to 0 where its uniform draw is below `zeros`, else to 1 where it is below `ones`.
fn impulses(isa: Level, draws: Draws, first: usize, (zeros, ones): (f32, f32), states: &mut AlignedMatrix) {
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

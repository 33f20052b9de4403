//! Noise on the states that a network observes.

use super::kind::{Effect, Kind, Published};
use super::{Draws, Purpose};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::noise::Noise;
use crate::kernel::simd::Level;
use crate::kernel::uniform::uniform;

pub(super) static GAUSSIAN: Kind = Kind {
    name: "gaussian",
    summary: "normal noise of this standard deviation on states, clamped",
    range: 0.0..=1000.0,
    published: Published { first: 0, last: 31, unit: 20.0 },
    effect: Effect::States(|isa, draws, level, first, states| {
        gaussian(isa, draws, first, level as f32, states);
    }),
};

/// Levels of the kinds that set states to 0 or 1.
const SHARES: Published = Published { first: 0, last: 25, unit: 50.0 };

pub(super) static PEPPER: Kind = Kind {
    name: "pepper",
    summary: "states set to 0 with this probability",
    range: 0.0..=1.0,
    published: SHARES,
    effect: Effect::States(|isa, draws, level, first, states| {
        impulses(isa, draws, first, (level as f32, level as f32), states);
    }),
};

pub(super) static SALT: Kind = Kind {
    name: "salt",
    summary: "states set to 1 with this probability",
    range: 0.0..=1.0,
    published: SHARES,
    effect: Effect::States(|isa, draws, level, first, states| {
        impulses(isa, draws, first, (0.0, level as f32), states);
    }),
};

pub(super) static SALT_PEPPER: Kind = Kind {
    name: "salt-pepper",
    summary: "states set to 0 or to 1, each with half of this probability",
    range: 0.0..=1.0,
    published: SHARES,
    effect: Effect::States(|isa, draws, level, first, states| {
        impulses(isa, draws, first, (0.5 * level as f32, level as f32), states);
    }),
};

/// σ of the normal noise in [`GAUSSIAN_SALT`].
const SIGMA_BENEATH_SALT: f32 = 0.05;

pub(super) static GAUSSIAN_SALT: Kind = Kind {
    name: "gaussian-salt",
    summary: "gaussian=0.05, then salt of this probability",
    range: 0.0..=1.0,
    published: Published { first: 0, last: 100, unit: 200.0 },
    effect: Effect::States(|isa, draws, level, first, states| {
        gaussian(isa, draws, first, SIGMA_BENEATH_SALT, states);
        impulses(isa, draws, first, (0.0, level as f32), states);
    }),
};

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

/// Sets a state to 0 if its uniform draw is below `zeros`, else to 1 if the draw is below `ones`.
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

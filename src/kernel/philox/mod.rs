//! Philox4x32-10: counter-based random words.
//!
//! ```text
//! ten times: (c0, c1, c2, c3) ← (hi(B·c2) ^ c1 ^ k0, lo(B·c2), hi(A·c0) ^ c3 ^ k1, lo(A·c0));  (k0, k1) ← (k0 + Wa, k1 + Wb)
//! ```
//!
//! A word is a function of only its [`Place`] and its unit, so draws do not depend on threads, on
//! the split of a batch, or on the width of vectors. Key: seed and stream. Counter: block, sample,
//! iteration, step. Source: Salmon, Moraes, Dror, Shaw 2011, doi 10.1145/2063384.2063405; a test
//! compares it with the known answers of Random123, the library of its authors.
//!
//! # Which word belongs to which unit
//! Units are numbered in groups of 64. Unit `64 g + 16 w + l` takes word `w` of the block `16 g +
//! l`: sixteen adjacent blocks fill the widest vector; narrower vectors use a half or a quarter of
//! them.
//!
//! A *series* gives a neuron draws of consecutive time steps: neuron `k` uses the four words of the
//! block `k`, and the iteration of the place selects the time steps. With few neurons, or a few of
//! many neurons, no block is wasted.
//!
//! [`PhiloxRng`] reads the same words in sequence, as a generator with the traits of `rand`.

mod generator;
mod simd;
#[cfg(test)]
mod tests;
pub mod twin;

pub use generator::PhiloxRng;
pub(crate) use simd::{SeriesSink, Sink, draw, series};

use super::matrix::WIDTH;
use super::simd::{Level, Simd, Work, run};

/// Number of units that share sixteen blocks.
pub const GROUP: usize = 64;

pub(super) const A: u32 = 0xd251_1f53;
pub(super) const B: u32 = 0xcd9e_8d57;
pub(super) const WEYL_A: u32 = 0x9e37_79b9;
pub(super) const WEYL_B: u32 = 0xbb67_ae85;

/// The purpose of a draw. This is the table of all streams: a number is never used twice, and never
/// gets another purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Stream {
    /// Start of rate and spiking inference: `u ~ U[0,1)` per unit.
    Start = 1,
    /// Noise on the activity of units.
    UnitNoise = 2,
    /// Noise on states.
    StateNoise = 3,
    /// Winners sampled from the final activity, by circuit.
    Sample = 4,
    /// Winners at the time steps of spiking inference, a series by circuit: four time steps per
    /// iteration.
    UnitSpikes = 5,
    /// Spikes of state neurons, a series by neuron: eight time steps per iteration.
    StateSpikes = 6,
    /// Order of the training images.
    Order = 7,
    /// Masked blocks of the recurrent weights.
    Mask = 8,
    /// Initial weights.
    Weights = 9,
    /// Initial weights of the critic.
    Critic = 10,
    /// Initial state of the pendulum.
    Reset = 11,
    /// Noise in evaluations.
    Evaluation = 12,
}

/// The position in the sequence of all draws, without the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The run's seed.
    pub seed: u32,
    /// The purpose of the draw.
    pub stream: Stream,
    /// Step of training or evaluation.
    pub step: u32,
    /// Iteration, or group of time steps, within the step.
    pub iteration: u32,
    /// Sample of the batch.
    pub sample: u32,
}

/// The draws of a computation: the parts of a [`Place`] that the caller chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// The run's seed.
    pub seed: u32,
    /// The number of the step or of the evaluation. Each number has its own draws.
    pub step: u32,
}

struct Fill<'a> {
    place: Place,
    out: &'a mut [u32],
}

/// Fills `out` with the words of units 0, 1, …
///
/// # Panics
/// If the length is not a multiple of 16.
pub fn fill(level: Level, place: Place, out: &mut [u32]) {
    assert!(out.len().is_multiple_of(WIDTH));
    run(level, Fill { place, out });
}

impl Work for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let (place, length) = (self.place, self.out.len());
        draw(s, &place, length, &mut self);
    }
}

impl<S: Simd> Sink<S> for Fill<'_> {
    #[inline(always)]
    fn put(&mut self, s: S, at: usize, first: S::U, second: S::U) {
        self.line(s, at, first);
        if at + WIDTH < self.out.len() {
            self.line(s, at + WIDTH, second);
        }
    }
}

impl Fill<'_> {
    #[inline(always)]
    fn line<S: Simd>(&mut self, s: S, at: usize, words: S::U) {
        debug_assert!(at + S::LANES <= self.out.len());
        // SAFETY: `at` is below the length and at a multiple of LANES behind a line; the length is
        // a multiple of WIDTH. A word is as large as an f32.
        unsafe { s.store(s.float(words), self.out.as_mut_ptr().add(at).cast()) }
    }
}

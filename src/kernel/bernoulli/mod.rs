//! Spikes of independent neurons at eight time steps.
//!
//! ```text
//! neuron k spikes at time t   where   h < 2¹⁶·s_k − ½,   h a half of a word of its series
//! ```
//!
//! 1. `h` is one of 2¹⁶ equally likely numbers and represents the middle of its interval. The
//!    probability is the multiple of 2⁻¹⁶ closest to `s_k` (the lower one in a tie), so `s = 0`
//!    never spikes and `s = 1` always. An error of 2⁻¹⁷ in a probability is visible only with 10⁹
//!    draws or more. Two draws per word halve the cost of a spike.
//! 2. Time `t` uses the half `t mod 2` (the low half first) of the word `t mod 8 / 2` of the series
//!    whose place has the iteration `⌊t/8⌋`.
//! 3. The list of neurons is arbitrary. Neurons that never spike can be omitted.
//!
//! `s`: any f32; a NaN and everything below 2⁻¹⁷ never spikes. Spikes are bits, 64 neurons per
//! word, for eight consecutive times.

#[cfg(test)]
mod tests;
pub mod twin;

use super::matrix::WIDTH;
use super::philox::{Place, SeriesSink, series};
use super::simd::{Level, Simd, Work, run};

/// Number of time steps per call.
pub const TIMES: usize = 8;

/// Number of neurons per word of spikes.
pub const NEURONS: usize = 64;

/// A neuron spikes if its half word is below this number: `2¹⁶·s − ½`.
pub fn threshold(s: f32) -> f32 {
    s * 65_536.0 - 0.5
}

struct Spikes<'a> {
    place: Place,
    neurons: &'a [u32],
    thresholds: &'a [f32],
    out: &'a mut [u64],
}

/// Fills `out` with the spikes of the listed neurons: bit `n mod 64` of the word `⌊n/64⌋` of a time
/// belongs to the `n`th neuron of the list.
///
/// # Panics
/// If the length of the list is not a multiple of 16, if the number of thresholds differs, or if
/// `out` does not have eight times `⌈neurons/64⌉` words.
pub fn spikes(level: Level, place: Place, neurons: &[u32], thresholds: &[f32], out: &mut [u64]) {
    let count = neurons.len();
    assert!(count.is_multiple_of(WIDTH) && thresholds.len() == count);
    assert!(out.len() == TIMES * count.div_ceil(NEURONS));
    out.fill(0);
    run(level, Spikes { place, neurons, thresholds, out });
}

impl Work for Spikes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let (place, neurons) = (self.place, self.neurons);
        series(s, &place, neurons, &mut self);
    }
}

impl<S: Simd> SeriesSink<S> for Spikes<'_> {
    #[inline(always)]
    fn put(&mut self, s: S, at: usize, words: [S::U; 4]) {
        debug_assert!(at + S::LANES <= self.thresholds.len());
        // SAFETY: `at` is a multiple of LANES below the number of neurons, a multiple of LANES;
        // there are as many thresholds.
        let threshold = unsafe { s.load(self.thresholds.as_ptr().add(at)) };
        let (word, shift, stride) = (at / NEURONS, at % NEURONS, self.neurons.len().div_ceil(NEURONS));
        let (zero, one, low) = (s.splat(0.0), s.splat(1.0), s.splat_bits(0xffff));
        let mut pair = 0;
        while pair < TIMES / 2 {
            let halves = [s.and(words[pair], low), s.shift_right::<16>(words[pair])];
            let mut half = 0;
            while half < 2 {
                let spikes = s.less(s.convert(halves[half]), threshold);
                let bits = u64::from(s.nonzero(s.select(spikes, one, zero)));
                self.out[(2 * pair + half) * stride + word] |= bits << shift;
                half += 1;
            }
            pair += 1;
        }
    }
}

//! Noise on the inputs of a mean-field iteration: `x_u = gain·clamp(clean_u + σ·n_u, low, high)`.
//!
//! `n_u` is the standard normal draw of unit `u` at the [`Place`]; if σ is 0, there is no draw.
//! `gain` is 2κ for recurrent inputs, a power of two and so exact, and 1 for states. The bounds are
//! 0 and 1, or infinite. `clean` and `out` are padded rows; padding of `out` is filled with finite
//! numbers that must not affect results. A NaN passes through. Source: experiments of Yang et al.
//! 2022 (arXiv 2210.13225), σ = 0.02.

#[cfg(test)]
mod tests;
pub mod twin;

use super::matrix::WIDTH;
use super::normal::pair;
use super::philox::{Place, Sink, draw};
use super::simd::{Level, Simd, Work, run};

/// The bounds of the clamp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// No number is below.
    pub low: f32,
    /// No number is above.
    pub high: f32,
}

impl Bounds {
    /// 0 and 1.
    pub const UNIT: Bounds = Bounds { low: 0.0, high: 1.0 };
    /// None.
    pub const NONE: Bounds = Bounds { low: f32::NEG_INFINITY, high: f32::INFINITY };
}

/// One row of noisy inputs.
#[derive(Debug)]
pub struct Noise<'a> {
    /// The place of the draws.
    pub place: Place,
    /// Standard deviation, at least 0.
    pub sigma: f32,
    /// Factor after the clamp.
    pub gain: f32,
    /// Bounds of the clamp.
    pub bounds: Bounds,
    /// Clean inputs; as long as `out`, a multiple of 16.
    pub clean: &'a [f32],
    /// Noisy inputs.
    pub out: &'a mut [f32],
}

impl Noise<'_> {
    /// Fills `out`.
    ///
    /// # Panics
    /// If the lengths differ or are not multiples of 16.
    pub fn fill(self, level: Level) {
        assert!(self.clean.len() == self.out.len() && self.out.len().is_multiple_of(WIDTH));
        run(level, self);
    }
}

impl Work for Noise<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let (place, length) = (self.place, self.out.len());
        if self.sigma != 0.0 {
            draw(s, &place, length, &mut self);
            return;
        }
        let mut at = 0;
        while at < length {
            // SAFETY: `at + LANES <= length`, as LANES divides the length; `clean` is as long.
            let clean = unsafe { s.load(self.clean.as_ptr().add(at)) };
            self.clamped(s, at, clean);
            at += S::LANES;
        }
    }
}

impl<S: Simd> Sink<S> for Noise<'_> {
    #[inline(always)]
    fn put(&mut self, s: S, at: usize, first: S::U, second: S::U) {
        let (first, second) = pair(s, first, second);
        self.line(s, at, first);
        if at + WIDTH < self.out.len() {
            self.line(s, at + WIDTH, second);
        }
    }
}

impl Noise<'_> {
    #[inline(always)]
    fn line<S: Simd>(&mut self, s: S, at: usize, normal: S::F) {
        debug_assert!(at + S::LANES <= self.out.len());
        // SAFETY: `at` is below the length and at a multiple of LANES behind a line; the length is
        // a multiple of WIDTH. `clean` is as long.
        let clean = unsafe { s.load(self.clean.as_ptr().add(at)) };
        self.clamped(s, at, s.mul_add(s.splat(self.sigma), normal, clean));
    }

    #[inline(always)]
    fn clamped<S: Simd>(&mut self, s: S, at: usize, x: S::F) {
        debug_assert!(at + S::LANES <= self.out.len());
        let x = s.min(s.splat(self.bounds.high), s.max(s.splat(self.bounds.low), x));
        // SAFETY: both callers stay below the length by LANES.
        unsafe { s.store(s.mul(s.splat(self.gain), x), self.out.as_mut_ptr().add(at)) }
    }
}

//! Uniform draws in `[0,1)`: multiples of 2⁻²⁴, the upper 24 bits of a unit's word.

#[cfg(test)]
mod tests;
pub mod twin;

use super::matrix::WIDTH;
use super::philox::{Place, Sink, draw};
use super::simd::{Level, Simd, Work, run};

struct Uniform<'a> {
    place: Place,
    out: &'a mut [f32],
}

/// Fills `out` with the draws of units 0, 1, …
///
/// # Panics
/// If the length is not a multiple of 16.
pub fn uniform(level: Level, place: Place, out: &mut [f32]) {
    assert!(out.len().is_multiple_of(WIDTH));
    run(level, Uniform { place, out });
}

impl Work for Uniform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let (place, length) = (self.place, self.out.len());
        draw(s, &place, length, &mut self);
    }
}

impl<S: Simd> Sink<S> for Uniform<'_> {
    #[inline(always)]
    fn put(&mut self, s: S, at: usize, first: S::U, second: S::U) {
        self.line(s, at, first);
        if at + WIDTH < self.out.len() {
            self.line(s, at + WIDTH, second);
        }
    }
}

impl Uniform<'_> {
    #[inline(always)]
    fn line<S: Simd>(&mut self, s: S, at: usize, words: S::U) {
        debug_assert!(at + S::LANES <= self.out.len());
        let x = s.mul(s.convert(s.shift_right::<8>(words)), s.splat(1.0 / 16_777_216.0));
        // SAFETY: `at` is below the length and at a multiple of LANES behind a line; the length is
        // a multiple of WIDTH.
        unsafe { s.store(x, self.out.as_mut_ptr().add(at)) }
    }
}

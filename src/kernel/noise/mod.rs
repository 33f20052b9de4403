//! Noise on the inputs of a mean-field iteration: `x_u = gain·clamp(clean_u + σ·n_u, 0, 1)`.
//!
//! `n_u` is the standard normal draw of unit `u` at the [`Place`]. `gain` is 2κ for recurrent inputs, a power of two and so exact, and 1 for states. `clean` and `out`
//! are padded rows; padding of `out` is filled with finite numbers that no result may depend on. A NaN passes through. Source: experiments of Yang et al. 2022
//! (arXiv 2210.13225), σ = 0.02.

#[cfg(test)]
mod tests;
pub mod twin;

use super::normal::pair;
use super::philox::{ABREAST, GROUP, Keys, Place, words};
use super::rows::WIDTH;
use super::simd::{Level, Simd, Work, run};

/// One row of noisy inputs.
#[derive(Debug)]
pub struct Noise<'a> {
    /// Which draws.
    pub place: Place,
    /// Standard deviation, at least 0.
    pub sigma: f32,
    /// Factor behind the clamp.
    pub gain: f32,
    /// Clean inputs; as long as `out`, a multiple of 16.
    pub clean: &'a [f32],
    /// Noisy inputs.
    pub out: &'a mut [f32],
}

impl Noise<'_> {
    /// Fills `out`.
    ///
    /// # Panics
    /// Where the lengths differ or are no multiple of 16.
    pub fn fill(self, level: Level) {
        assert!(self.clean.len() == self.out.len() && self.out.len().is_multiple_of(WIDTH));
        run(level, self);
    }
}

impl Work for Noise<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let keys = Keys::new(&self.place);
        let lanes: [u32; WIDTH] = std::array::from_fn(|lane| lane as u32);
        let (sigma, gain) = (s.splat(self.sigma), s.splat(self.gain));
        let length = self.out.len();
        let parts = WIDTH / S::LANES;
        // Vector `t` of blocks: part `t % parts` of the sixteen blocks of group `t / parts`.
        let vectors = length.div_ceil(GROUP) * parts;
        let mut t = 0;
        while t < vectors {
            let mut blocks = [s.splat_bits(0); ABREAST];
            for (v, block) in blocks.iter_mut().enumerate() {
                let (group, lane) = ((t + v) / parts, (t + v) % parts * S::LANES);
                // SAFETY: `lane + LANES <= WIDTH`, as LANES divides WIDTH.
                let numbers = unsafe { s.load_bits(lanes.as_ptr().add(lane)) };
                *block = s.add_bits(numbers, s.splat_bits((group * WIDTH) as u32));
            }
            let w = words(s, &keys, &self.place, blocks);
            let mut half = 0;
            while half < 2 {
                let mut v = 0;
                while v < ABREAST {
                    let at = (t + v) / parts * GROUP + half * 2 * WIDTH + (t + v) % parts * S::LANES;
                    let (first, second) = pair(s, w[v][2 * half], w[v][2 * half + 1]);
                    // SAFETY: `at` is less than a line behind a multiple of WIDTH, and `length` is such a multiple: where `at < length`, LANES numbers
                    // follow, in `out` and in `clean`, which is as long. The second line likewise.
                    unsafe {
                        let (clean, out) = (self.clean.as_ptr(), self.out.as_mut_ptr());
                        if at < length {
                            noisy(s, first, sigma, gain, clean.add(at), out.add(at));
                        }
                        if at + WIDTH < length {
                            noisy(s, second, sigma, gain, clean.add(at + WIDTH), out.add(at + WIDTH));
                        }
                    }
                    v += 1;
                }
                half += 1;
            }
            t += ABREAST;
        }
    }
}

/// # Safety
/// `LANES` numbers can be read at `clean` and written at `out`.
#[inline(always)]
unsafe fn noisy<S: Simd>(s: S, normal: S::F, sigma: S::F, gain: S::F, clean: *const f32, out: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let x = s.fused(sigma, normal, s.load(clean));
        let x = s.min(s.splat(1.0), s.max(s.splat(0.0), x));
        s.store(s.mul(gain, x), out);
    }
}

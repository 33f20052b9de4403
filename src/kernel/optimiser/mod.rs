//! One step of gradient ascent, entry by entry: SGD, RMSProp, Adam.
//!
//! ```text
//! SGD      p ← p + rate·g
//! RMSProp  v ← α·v + (1−α)·g²                                        p ← p + rate·(g/(√v + ε))
//! Adam     m ← m + (1−β₁)(g − m),   v ← β₂·v + (1−β₂)·g²             p ← p + rate/(1−β₁ᵗ)·(m/(√v/√(1−β₂ᵗ) + ε))
//! ```
//!
//! `g` is the direction of ascent, `t` counts steps from 1. The last operation of every line is one
//! multiply-add. An entry whose `g` was always zero keeps its value, so masked weights and padding
//! are unchanged. A NaN in `g` makes the entry and its optimiser state NaN. Sources: Tieleman and
//! Hinton 2012, as implemented in PyTorch; Kingma and Ba 2015, arXiv 1412.6980.

pub mod twin;

use super::matrix::WIDTH;
use super::simd::{Level, Simd, Work, run};

/// Constants of a step of RMSProp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    /// Learning rate.
    pub rate: f32,
    /// α.
    pub decay: f32,
    /// 1 − α.
    pub rest: f32,
    /// ε.
    pub epsilon: f32,
}

impl RmsProp {
    /// The constants, each computed in f64 and rounded once.
    pub fn new(rate: f64, decay: f64, epsilon: f64) -> Self {
        Self { rate: rate as f32, decay: decay as f32, rest: (1.0 - decay) as f32, epsilon: epsilon as f32 }
    }
}

/// Constants of a step of Adam.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// Learning rate divided by 1 − β₁ᵗ.
    pub rate: f32,
    /// 1 − β₁.
    pub mean_rest: f32,
    /// β₂.
    pub square_decay: f32,
    /// 1 − β₂.
    pub square_rest: f32,
    /// √(1 − β₂ᵗ).
    pub root: f32,
    /// ε.
    pub epsilon: f32,
}

impl Adam {
    /// The constants of step `t`, from 1, each computed in f64 and rounded once.
    pub fn new(rate: f64, (beta_1, beta_2): (f64, f64), epsilon: f64, t: u64) -> Self {
        Self {
            rate: (rate / (1.0 - power(beta_1, t))) as f32,
            mean_rest: (1.0 - beta_1) as f32,
            square_decay: beta_2 as f32,
            square_rest: (1.0 - beta_2) as f32,
            root: (1.0 - power(beta_2, t)).sqrt() as f32,
            epsilon: epsilon as f32,
        }
    }
}

/// `base^exponent` by squaring, because the function of the library can differ between platforms.
fn power(mut base: f64, mut exponent: u64) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    result
}

struct SgdStep<'a> {
    rate: f32,
    gradient: &'a [f32],
    parameters: &'a mut [f32],
}

/// A step of SGD.
///
/// # Panics
/// If the lengths differ or are not multiples of 16.
pub fn sgd(level: Level, rate: f32, gradient: &[f32], parameters: &mut [f32]) {
    assert!(gradient.len() == parameters.len() && gradient.len().is_multiple_of(WIDTH));
    run(level, SgdStep { rate, gradient, parameters });
}

impl Work for SgdStep<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let rate = s.splat(self.rate);
        let mut at = 0;
        while at < self.gradient.len() {
            // SAFETY: both are as long, a multiple of 16 and so of LANES: LANES numbers follow
            // `at`.
            unsafe {
                let g = s.load(self.gradient.as_ptr().add(at));
                let p = self.parameters.as_mut_ptr().add(at);
                s.store(s.mul_add(rate, g, s.load(p)), p);
            }
            at += S::LANES;
        }
    }
}

struct RmsPropStep<'a> {
    step: RmsProp,
    gradient: &'a [f32],
    squares: &'a mut [f32],
    parameters: &'a mut [f32],
}

/// A step of RMSProp; `squares` is `v`, zero at first.
///
/// # Panics
/// If the lengths differ or are not multiples of 16.
pub fn rmsprop(level: Level, step: RmsProp, gradient: &[f32], squares: &mut [f32], parameters: &mut [f32]) {
    let length = gradient.len();
    assert!(squares.len() == length && parameters.len() == length && length.is_multiple_of(WIDTH));
    run(level, RmsPropStep { step, gradient, squares, parameters });
}

impl Work for RmsPropStep<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (rate, epsilon) = (s.splat(self.step.rate), s.splat(self.step.epsilon));
        let (decay, rest) = (s.splat(self.step.decay), s.splat(self.step.rest));
        let mut at = 0;
        while at < self.gradient.len() {
            // SAFETY: all are as long, a multiple of 16 and so of LANES: LANES numbers follow `at`.
            unsafe {
                let g = s.load(self.gradient.as_ptr().add(at));
                let square = self.squares.as_mut_ptr().add(at);
                let p = self.parameters.as_mut_ptr().add(at);
                let v = s.mul_add(rest, s.mul(g, g), s.mul(decay, s.load(square)));
                s.store(v, square);
                let direction = s.div(g, s.add(s.sqrt(v), epsilon));
                s.store(s.mul_add(rate, direction, s.load(p)), p);
            }
            at += S::LANES;
        }
    }
}

struct AdamStep<'a> {
    step: Adam,
    gradient: &'a [f32],
    means: &'a mut [f32],
    squares: &'a mut [f32],
    parameters: &'a mut [f32],
}

/// A step of Adam; `means` is `m` and `squares` is `v`, zero at first.
///
/// # Panics
/// If the lengths differ or are not multiples of 16.
pub fn adam(
    level: Level,
    step: Adam,
    gradient: &[f32],
    means: &mut [f32],
    squares: &mut [f32],
    parameters: &mut [f32],
) {
    let length = gradient.len();
    assert!(means.len() == length && squares.len() == length && parameters.len() == length);
    assert!(length.is_multiple_of(WIDTH));
    run(level, AdamStep { step, gradient, means, squares, parameters });
}

impl Work for AdamStep<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (rate, epsilon) = (s.splat(self.step.rate), s.splat(self.step.epsilon));
        let (mean_rest, root) = (s.splat(self.step.mean_rest), s.splat(self.step.root));
        let (decay, rest) = (s.splat(self.step.square_decay), s.splat(self.step.square_rest));
        let mut at = 0;
        while at < self.gradient.len() {
            // SAFETY: all are as long, a multiple of 16 and so of LANES: LANES numbers follow `at`.
            unsafe {
                let g = s.load(self.gradient.as_ptr().add(at));
                let mean = self.means.as_mut_ptr().add(at);
                let square = self.squares.as_mut_ptr().add(at);
                let p = self.parameters.as_mut_ptr().add(at);
                let before = s.load(mean);
                let m = s.mul_add(mean_rest, s.sub(g, before), before);
                let v = s.mul_add(rest, s.mul(g, g), s.mul(decay, s.load(square)));
                s.store(m, mean);
                s.store(v, square);
                let direction = s.div(m, s.add(s.div(s.sqrt(v), root), epsilon));
                s.store(s.mul_add(rate, direction, s.load(p)), p);
            }
            at += S::LANES;
        }
    }
}

#[cfg(test)]
mod tests;

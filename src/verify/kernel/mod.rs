//! The kernels on this machine: every one on every instruction set, against its twin in every bit,
//! and against f64.
//!
//! Operands are fixed: the edges of the format (NaN, ±0, infinities, subnormal numbers), sizes that
//! fill no vector, circuits of one unit, and numbers drawn by a fixed seed. They take a fraction of
//! a second. `exp`, `ln` and softmax are compared with the reference's in f64, the others with
//! their formula in f64, and the random words with the known answers of their authors. The error of
//! a result is counted in ulp of f32 at its scale, which [`KERNELS`] states.

mod draws;
mod functions;
mod list;
mod optimiser;
mod spikes;
mod sums;

pub use list::{KERNELS, KernelCheck, ulp};

use super::report::Kernel;
use crate::kernel::edges::same;
use crate::kernel::simd::Level;
use crate::random::SplitMix64;

/// What a kernel gives on its fixed operands, and what it should give.
struct Comparison {
    /// The twin's results.
    twin: Vec<f32>,
    /// What f64 has for each; `None` where only the bits are compared.
    exact: Vec<Option<Exact>>,
    /// The results of an instruction set.
    vector: Box<dyn Fn(Level) -> Vec<f32>>,
}

/// A result in f64.
#[derive(Clone, Copy)]
struct Exact {
    value: f64,
    /// The error is counted in ulp at this positive number.
    scale: f64,
}

impl Exact {
    /// In ulp of the result itself.
    fn relative(value: f64) -> Option<Self> {
        Some(Self { value, scale: value.abs() })
    }
}

/// Every kernel on every instruction set that this machine has and that is no wider than `widest`.
pub fn check(widest: Level) -> Vec<Kernel> {
    KERNELS.iter().flat_map(|kernel| rows(kernel, &comparison(kernel), widest)).collect()
}

fn comparison(kernel: &KernelCheck) -> Comparison {
    (kernel.compare)(&mut SplitMix64::new(0))
}

fn rows(kernel: &KernelCheck, comparison: &Comparison, widest: Level) -> Vec<Kernel> {
    let row = |level: Level| {
        let found = (comparison.vector)(level);
        let is_as_long = found.len() == comparison.twin.len();
        let is_same = found.iter().zip(&comparison.twin).all(|(&found, &twin)| same(found, twin));
        let errors =
            found.iter().zip(&comparison.exact).filter_map(|(&found, exact)| Some(error(found, (*exact)?)));
        Kernel {
            id: kernel.name.to_owned(),
            isa: level.isa().to_string(),
            bitwise_equal: is_as_long && is_same,
            max_ulp_vs_reference: errors.fold(0.0, f64::max),
            allowed_ulp: kernel.allowed_ulp,
        }
    };
    widest.up_to().map(row).collect()
}

/// The first number too large for f32, which an infinite result stands for.
const TOO_LARGE: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;

/// Distance of a result from the exact one, in ulp of f32 at its scale. A NaN is further from every
/// number than any number is.
fn error(found: f32, exact: Exact) -> f64 {
    if found.is_nan() || exact.value.is_nan() {
        return if found.is_nan() && exact.value.is_nan() { 0.0 } else { f64::MAX };
    }
    let finite = |x: f64| x.clamp(-TOO_LARGE, TOO_LARGE);
    (finite(f64::from(found)) - finite(exact.value)).abs() / ulp(exact.scale.min(f64::from(f32::MAX)))
}

#[cfg(test)]
mod tests;

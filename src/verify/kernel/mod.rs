//! The kernels on this machine: compares every kernel on every instruction set with its twin, bit
//! by bit, and with f64.
//!
//! Operands are fixed: the edges of the format (NaN, ±0, infinities, subnormal numbers), sizes that
//! do not fill a vector, circuits of one unit, and numbers drawn with a fixed seed. The check takes
//! a fraction of a second. `exp`, `ln` and softmax are compared with the reference's in f64, the
//! others with their formula in f64, and the random words with the known answers of their authors.
//! The error of a result is counted in ulp of f32 at its scale, which [`KERNELS`] states.

mod draws;
mod exact;
mod functions;
mod list;
mod optimiser;
mod spikes;
mod sums;

pub use exact::{GIVEN_KERNELS, GivenKernel, Operand};
pub use list::{KERNELS, KernelCheck, ulp};

use super::report::Kernel;
use crate::Error;
use crate::kernel::edges::same;
use crate::kernel::simd::Level;
use crate::random::SplitMix64;

/// The results of a kernel on its fixed operands, and the expected results.
struct Comparison {
    /// The twin's results.
    twin: Vec<f32>,
    /// The result of each in f64; `None` if only the bits are compared.
    exact: Vec<Option<Exact>>,
    /// The results of an instruction set.
    vector: Box<dyn Fn(Level) -> Vec<f32>>,
}

/// A result in f64.
#[derive(Clone, Copy)]
struct Exact {
    value: f64,
    /// The error is measured in ulp of f32 at this positive number.
    scale: f64,
}

impl Exact {
    /// With the result itself as scale.
    fn relative(value: f64) -> Option<Self> {
        Some(Self { value, scale: value.abs() })
    }
}

/// Checks every kernel on every instruction set of this machine that is not wider than `widest`.
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

/// The smallest number that overflows in f32. It replaces an infinite result.
const TOO_LARGE: f64 = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;

/// Distance of a result from the exact one, in ulp of f32 at its scale. The distance of a NaN is
/// larger than that of every number.
fn error(found: f32, exact: Exact) -> f64 {
    if found.is_nan() || exact.value.is_nan() {
        return if found.is_nan() && exact.value.is_nan() { 0.0 } else { f64::MAX };
    }
    let finite = |x: f64| x.clamp(-TOO_LARGE, TOO_LARGE);
    (finite(f64::from(found)) - finite(exact.value)).abs() / ulp(exact.scale.min(f64::from(f32::MAX)))
}

#[cfg(test)]
mod tests;

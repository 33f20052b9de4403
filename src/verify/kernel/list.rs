//! The list of kernels: names, and the allowed error of each relative to f64, with the reason. All
//! tolerances of kernels are here.

use super::{Comparison, draws, functions, optimiser, spikes, sums};
use crate::random::SplitMix64;

/// A kernel with its check in `svpg verify`.
#[derive(Clone, Copy, Debug)]
pub struct KernelCheck {
    /// The name in reports.
    pub name: &'static str,
    /// The folder in `src/kernel/`.
    pub folder: &'static str,
    /// What the kernel computes, in a few words.
    pub summary: &'static str,
    /// Largest allowed error, in ulp of f32 at the scale that `reason` states.
    pub allowed_ulp: f64,
    /// The scale of the error, and why this error is allowed.
    pub reason: &'static str,
    /// Compares twin, vector code and f64 on fixed operands.
    pub(super) compare: fn(&mut SplitMix64) -> Comparison,
}

impl KernelCheck {
    /// The kernel of this name.
    pub fn named(name: &str) -> Option<&'static KernelCheck> {
        KERNELS.iter().find(|kernel| kernel.name == name)
    }
}

/// Every kernel, in the order of the report.
pub static KERNELS: [KernelCheck; 14] = [
    KernelCheck {
        name: "exp",
        folder: "exp",
        summary: "exponentials",
        allowed_ulp: 1.0,
        reason: "of the result; measured over all inputs by tests/elementary_functions.rs",
        compare: functions::exp,
    },
    KernelCheck {
        name: "ln",
        folder: "ln",
        summary: "natural logarithms",
        allowed_ulp: 1.0,
        reason: "of the result; measured over all inputs by tests/elementary_functions.rs",
        compare: functions::ln,
    },
    KernelCheck {
        name: "philox",
        folder: "philox",
        summary: "random words",
        allowed_ulp: 0.0,
        reason: "whole numbers are exact",
        compare: draws::philox,
    },
    KernelCheck {
        name: "uniform",
        folder: "uniform",
        summary: "uniform draws",
        allowed_ulp: 0.0,
        reason: "multiples of 2^-24 are exact",
        compare: draws::uniform,
    },
    KernelCheck {
        name: "normal",
        folder: "normal",
        summary: "normal draws",
        allowed_ulp: 4.0,
        reason: "of the draw: half an ulp each for ln, 2 ln and the root of the radius, for the angle, for its sine or \
                 cosine, and for their product",
        compare: draws::normal,
    },
    KernelCheck {
        name: "noise",
        folder: "noise",
        summary: "noisy inputs",
        allowed_ulp: 0.75,
        reason: "of 1: the rounding of clean + sigma*n, and the error of n times sigma <= 0.1",
        compare: draws::noise,
    },
    KernelCheck {
        name: "product",
        folder: "product",
        summary: "matrix products",
        allowed_ulp: 3.0,
        reason: "of sum |x*w| + |start|: 784 roundings, each below half an ulp of a partial sum that is much smaller \
                 than the scale",
        compare: sums::product,
    },
    KernelCheck {
        name: "outer",
        folder: "outer",
        summary: "sums of outer products",
        allowed_ulp: 2.0,
        reason: "of sum |x*e|: up to 100 roundings, as for the product",
        compare: sums::outer,
    },
    KernelCheck {
        name: "softmax",
        folder: "softmax",
        summary: "softmax of circuits",
        allowed_ulp: 5.0,
        reason: "of 1, the sum of a circuit's probabilities: exp, the quotient, and a sum of up to 20 terms, each \
                 rounded to half an ulp of a sum that is mostly below 4",
        compare: functions::softmax,
    },
    KernelCheck {
        name: "optimiser",
        folder: "optimiser",
        summary: "steps of SGD, RMSProp and Adam",
        allowed_ulp: 3.0,
        reason: "of the parameter or its change, whichever is larger: half an ulp for their sum, and the roundings of \
                 the change, which is mostly small",
        compare: optimiser::optimiser,
    },
    KernelCheck {
        name: "bernoulli",
        folder: "bernoulli",
        summary: "spikes of independent neurons",
        allowed_ulp: 0.0,
        reason: "comparisons of multiples of 2^-24 are exact",
        compare: spikes::bernoulli,
    },
    KernelCheck {
        name: "categorical",
        folder: "categorical",
        summary: "winners of circuits",
        allowed_ulp: 3.0,
        reason: "of 1, the sum of a circuit's probabilities: as softmax, without the quotient",
        compare: spikes::categorical,
    },
    KernelCheck {
        name: "rectangle",
        folder: "activity",
        summary: "activity in a rectangular window",
        allowed_ulp: 3.0,
        reason: "of the net input, about 40: half an ulp for the sum with the base, and the roundings of 150 changes \
                 of about 2^6 terms each, divided by the window",
        compare: spikes::rectangle,
    },
    KernelCheck {
        name: "double-exponential",
        folder: "activity",
        summary: "activity with a double-exponential kernel",
        allowed_ulp: 8.0,
        reason: "of the net input: three roundings per time step of two sums over about 1/(1 - alpha) steps, which \
                 are about eight times larger than their difference",
        compare: spikes::double_exponential,
    },
];

/// The ulp of f32 at a positive number.
pub fn ulp(scale: f64) -> f64 {
    let exponent = (scale.to_bits() >> 52) as i32 - 1023;
    2f64.powi(exponent.max(-126) - 23)
}

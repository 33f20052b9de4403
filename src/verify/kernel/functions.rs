//! Compares `exp`, `ln` and softmax with those of the reference in f64.

use super::{Comparison, Exact};
use crate::kernel::edges::{EDGES, lines};
use crate::kernel::matrix::{WIDTH, padded};
use crate::kernel::simd::Level;
use crate::kernel::{exp, ln, softmax};
use crate::random::SplitMix64;
use svpg_reference::number::Real;

/// The edges, numbers of every size and sign (their bits differ by a prime), and drawn numbers.
fn operands(draw: impl FnMut() -> f32) -> Vec<f32> {
    let everywhere = (0..=u32::MAX).step_by(2_097_143).map(f32::from_bits);
    EDGES.into_iter().chain(everywhere).chain(std::iter::repeat_with(draw).take(1000)).collect()
}

/// Compares a function of one number, applied to complete lines.
fn elementwise(
    numbers: Vec<f32>,
    twin: fn(f32) -> f32,
    exact: fn(&f64) -> f64,
    vector: fn(Level, &mut [[f32; WIDTH]]),
) -> Comparison {
    Comparison {
        twin: numbers.iter().map(|&x| twin(x)).collect(),
        exact: numbers.iter().map(|&x| Exact::relative(exact(&f64::from(x)))).collect(),
        vector: Box::new(move |level| {
            let mut all = lines(&numbers);
            vector(level, &mut all);
            all.as_flattened()[..numbers.len()].to_vec()
        }),
    }
}

pub(super) fn exp(random: &mut SplitMix64) -> Comparison {
    elementwise(operands(|| random.symmetric(80.0) as f32), exp::twin::exp, Real::exp, exp::exp_all)
}

pub(super) fn ln(random: &mut SplitMix64) -> Comparison {
    // Around 1, where the logarithm is small.
    elementwise(operands(|| 1.0 + random.symmetric(0.5) as f32), ln::twin::ln, Real::ln, ln::ln_all)
}

/// The softmax of a circuit. The scale is 1, the sum of its probabilities.
pub(super) fn softmax_of(z: &[f64]) -> Vec<Option<Exact>> {
    let shares = svpg_reference::softmax::softmax(z);
    shares.into_iter().map(|value| Some(Exact { value, scale: 1.0 })).collect()
}

/// Circuits of 1 to 20 units, and circuits with one edge, an edge between numbers, and two edges.
pub(super) fn softmax(random: &mut SplitMix64) -> Comparison {
    // Many circuits: the largest errors occur if the first units contribute most of the sum.
    let mut circuits: Vec<Vec<f32>> =
        (0..20_000).map(|k| (0..1 + k % 20).map(|_| random.symmetric(8.0) as f32).collect()).collect();
    for edge in EDGES {
        circuits.extend([vec![edge], vec![1.0, edge, 2.0], vec![edge; 2]]);
    }
    let sizes: Vec<usize> = circuits.iter().map(Vec::len).collect();
    let row = circuits.concat();
    let exact = circuits.iter().flat_map(|circuit| {
        let wide: Vec<f64> = circuit.iter().copied().map(f64::from).collect();
        softmax_of(&wide)
    });
    Comparison {
        twin: circuits.iter().flat_map(|circuit| softmax::twin::softmax(circuit)).collect(),
        exact: exact.collect(),
        vector: Box::new(move |level| {
            let mut found = row.clone();
            found.resize(padded(row.len()), f32::NAN);
            softmax::softmax(level, &sizes, &mut found);
            found.truncate(row.len());
            found
        }),
    }
}

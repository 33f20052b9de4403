//! Bounds on the rounding error of one step, for programs with any order of summation.
//!
//! `u` is the unit roundoff (2⁻²⁴ in f32, 2⁻⁵³ in f64) and `γ(n) = n·u/(1 − n·u)`: the largest
//! relative error of a product of n factors `1 + δ`, `|δ| ≤ u` (Higham 2002, *Accuracy and
//! Stability of Numerical Algorithms*, lemma 3.1). A sum of n products in any order, with or
//! without fused multiply-add, is within `γ(n)·Σ|terms|` of the exact one. The bounds hold for
//! programs whose `exp` has an error of at most 4 ulp.

use crate::conformance::case::{Parameters, Shape};

/// Largest relative error of `exp`, in units of `u`: 4 ulp.
const EXP: f64 = 8.0;

/// Probabilities of the units with the bounds on their errors.
pub(super) struct Bounded {
    pub(super) q: Vec<f64>,
    pub(super) error: Vec<f64>,
    /// Bound on the error of a cumulative probability, of every circuit.
    pub(super) cumulative: Vec<f64>,
}

/// The arithmetic of a program.
#[derive(Clone, Copy)]
pub(super) struct Rounding {
    /// `u`.
    pub(super) unit: f64,
    /// Smallest normal number: what is below it may be 0.
    smallest: f64,
}

impl Rounding {
    pub(super) const SINGLE: Self = Self { unit: 1.0 / 16_777_216.0, smallest: f32::MIN_POSITIVE as f64 };
    pub(super) const DOUBLE: Self = Self { unit: f64::EPSILON / 2.0, smallest: f64::MIN_POSITIVE };

    pub(super) fn gamma(self, n: f64) -> f64 {
        n * self.unit / (1.0 - n * self.unit)
    }

    /// The softmax of every circuit of net inputs `z` with errors of at most `error`. A relative
    /// error ρ of every power changes a share by less than a factor `e^(2ρ)`; the sum, the division
    /// and `z − max` add theirs.
    pub(super) fn softmax(self, shape: Shape, z: &[f64], error: &[f64]) -> Bounded {
        let mut bounded = Bounded { q: Vec::new(), error: Vec::new(), cumulative: Vec::new() };
        for c in 0..shape.circuits() {
            let circuit = shape.circuit(c);
            let largest = z[circuit.clone()].iter().fold(f64::NEG_INFINITY, |most, &z| most.max(z));
            let powers: Vec<f64> = z[circuit.clone()].iter().map(|z| (z - largest).exp()).collect();
            let total: f64 = powers.iter().sum();
            // Only the units with a share count: the others are limited by their size.
            let of_power = circuit.clone().map(|i| error[i] + 2.0 * self.unit * (z[i] - largest).abs());
            let exponent = of_power.fold(0.0, f64::max);
            let own = self.gamma(2.0 * EXP + powers.len() as f64 + 4.0);
            let relative = (2.0 * exponent + own).exp_m1();
            let before = bounded.error.len();
            for power in powers {
                let q = power / total;
                bounded.q.push(q);
                bounded.error.push(q * relative + self.smallest);
            }
            let sum: f64 = bounded.error[before..].iter().sum();
            bounded.cumulative.push(sum + self.gamma(circuit.len() as f64 + 2.0));
        }
        bounded
    }
}

/// The net inputs from the inputs of units (with the factor 2κ in `gain`) and states, with
/// `Σ|terms|` of each.
pub(super) fn net_inputs(
    weights: &Parameters,
    gain: f64,
    units: &[f64],
    states: &[f64],
) -> (Vec<f64>, Vec<f64>) {
    let (mut z, mut magnitude) =
        (weights.bias.clone(), weights.bias.iter().map(|b| b.abs()).collect::<Vec<_>>());
    let rows = units.iter().map(|x| gain * x).zip(&weights.recurrent);
    for (x, row) in rows.chain(states.iter().copied().zip(&weights.state)) {
        for ((z, magnitude), weight) in z.iter_mut().zip(&mut magnitude).zip(row) {
            *z += x * weight;
            *magnitude += (x * weight).abs();
        }
    }
    (z, magnitude)
}

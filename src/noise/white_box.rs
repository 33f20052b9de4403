//! The gradient of a network's own answer with respect to its states, through its fixed point.
//!
//! ```text
//! q = softmax(b + Uᵀs + 2κWᵀq) in every circuit,   p_a the mean of q_a over the action circuits,   C = −ln p_label
//! x = e + J·2κW x,   e = w_c·(onehot(label) − q) on action circuit c, 0 elsewhere,   −∂C/∂s = U x
//! w_c = q_label of circuit c divided by its sum over the action circuits,   J = diag(q) − qqᵀ in every circuit
//! ```
//!
//! Both are iterated in f64. From the 100th step on, a step of `q` is the mean of the old and the
//! new activity, so that it does not oscillate. If `x` does not converge within 100 steps, the
//! linear system is solved by elimination. With one action circuit and symmetric weights, `x` is
//! the adjoint of the rule `implicit`. A network that infers by spikes, or acts by free energies,
//! is attacked through the same fixed point, which is not its exact gradient. `W` need not be
//! symmetric.

use crate::kernel::compute::Compute;
use crate::kernel::elimination::Equations;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::kernel::threads::pieces;
use crate::network::Parameters;
use std::ops::Range;

/// Most steps to a fixed point.
const MAX_STEPS: usize = 1000;

/// Steps before the mean is taken.
const FULL_STEPS: usize = 100;

/// An iteration stops if no number changes by more than this share of the largest, or of 1.
const TOLERANCE: f64 = 1.0e-13;

/// A network in f64.
#[derive(Clone, Debug)]
pub struct WhiteBox {
    circuits: Vec<Range<usize>>,
    votes: Vec<Range<usize>>,
    /// `2κW`, units × units.
    coupling: Vec<f64>,
    /// Its transpose.
    transposed: Vec<f64>,
    /// `U`, states × units.
    state: Vec<f64>,
    bias: Vec<f64>,
}

impl WhiteBox {
    /// The network with these parameters.
    pub fn new(parameters: &Parameters) -> Self {
        let factor = 2.0 * f64::from(parameters.convention.kappa());
        let rows = |rows: Range<usize>, factor: f64| {
            rows.flat_map(|row| parameters.weights.row(row).iter().map(move |&w| factor * f64::from(w)))
                .collect()
        };
        let circuits: Vec<Range<usize>> = parameters.circuits.iter().collect();
        let units = parameters.units();
        let coupling: Vec<f64> = rows(0..units, factor);
        let entry = |at: usize| coupling[at % units * units + at / units];
        Self {
            transposed: (0..units * units).map(entry).collect(),
            votes: circuits[parameters.circuits.hidden()..].to_vec(),
            circuits,
            coupling,
            state: rows(parameters.state_row(0)..parameters.inputs(), 1.0),
            bias: parameters.bias.row(0).iter().map(|&b| f64::from(b)).collect(),
        }
    }

    /// `−∂C/∂s` of each sample, rounded to f32: samples × states, for `states` of the same shape
    /// and one label per sample.
    ///
    /// # Panics
    /// If a label is no action.
    pub fn minus_slopes(&self, compute: &Compute, states: &AlignedMatrix, labels: &[u16]) -> AlignedMatrix {
        let mut all = AlignedMatrix::zeros(states.rows(), states.columns());
        let (stride, ranges) = (all.stride().max(1), compute.threads.split(states.rows(), 1));
        let parts = pieces(all.all_mut(), ranges.iter().map(|range| range.len() * stride));
        compute.threads.each(ranges.into_iter().zip(parts).collect(), |(samples, rows)| {
            for (sample, row) in samples.zip(rows.chunks_exact_mut(stride)) {
                let state: Vec<f64> = states.row(sample).iter().map(|&x| f64::from(x)).collect();
                let (q, _) = self.fixed_point(&state);
                let slopes = self.minus_slopes_at(compute.level, &q, usize::from(labels[sample]));
                row.iter_mut().zip(slopes).for_each(|(out, slope)| *out = slope as f32);
            }
        });
        all
    }

    /// `q*`, from the uniform activity, and whether it came to rest.
    fn fixed_point(&self, states: &[f64]) -> (Vec<f64>, bool) {
        let units = self.bias.len();
        let mut drive = self.bias.clone();
        add_products(states, &self.state, &mut drive);
        let mut start = vec![0.0; units];
        for circuit in &self.circuits {
            start[circuit.clone()].fill(1.0 / circuit.len() as f64);
        }
        iterate(start, MAX_STEPS, |q, next| {
            next.copy_from_slice(&drive);
            add_products(q, &self.coupling, next);
            self.circuits.iter().for_each(|circuit| softmax(&mut next[circuit.clone()]));
        })
    }

    /// `−∂C/∂s` at a fixed point.
    fn minus_slopes_at(&self, level: Level, q: &[f64], label: usize) -> Vec<f64> {
        let units = q.len();
        let source = self.source(q, label);
        let (x, converged) = self.adjoint(q, source.clone());
        let x = if converged { Some(x) } else { self.eliminate(level, q, &source) };
        let Some(x) = x else { return vec![0.0; self.state.len() / units] };
        let row = |row: &[f64]| row.iter().zip(&x).fold(0.0, |sum, (u, x)| sum + u * x);
        self.state.chunks_exact(units).map(row).collect()
    }

    /// `x` by iteration, and whether it came to rest.
    fn adjoint(&self, q: &[f64], source: Vec<f64>) -> (Vec<f64>, bool) {
        iterate(source.clone(), FULL_STEPS, |x, next| {
            next.fill(0.0);
            add_products(x, &self.transposed, next);
            self.through_softmax(q, next);
            next.iter_mut().zip(&source).for_each(|(out, source)| *out += source);
        })
    }

    /// `e`.
    fn source(&self, q: &[f64], label: usize) -> Vec<f64> {
        let total: f64 = self.votes.iter().map(|vote| q[vote.start + label]).sum();
        let mut source = vec![0.0; q.len()];
        for vote in &self.votes {
            let share =
                if total > 0.0 { q[vote.start + label] / total } else { 1.0 / self.votes.len() as f64 };
            for unit in vote.clone() {
                let is_label = f64::from(u8::from(unit == vote.start + label));
                source[unit] = share * (is_label - q[unit]);
            }
        }
        source
    }

    /// `J y`.
    fn through_softmax(&self, q: &[f64], y: &mut [f64]) {
        for circuit in &self.circuits {
            let (q, y) = (&q[circuit.clone()], &mut y[circuit.clone()]);
            let mean = q.iter().zip(y.iter()).fold(0.0, |sum, (q, y)| sum + q * y);
            y.iter_mut().zip(q).for_each(|(y, q)| *y = q * (*y - mean));
        }
    }

    /// The solution of `(I − J·2κW) x = e`; none if the fixed point is degenerate.
    fn eliminate(&self, level: Level, q: &[f64], source: &[f64]) -> Option<Vec<f64>> {
        let units = q.len();
        let mut equations = Equations::zeros(units);
        let mut column = vec![0.0; units];
        for j in 0..units {
            column.iter_mut().enumerate().for_each(|(i, entry)| *entry = self.coupling[i * units + j]);
            self.through_softmax(q, &mut column);
            column.iter().enumerate().for_each(|(i, entry)| equations.row_mut(i)[j] = -entry);
            equations.row_mut(j)[j] += 1.0;
        }
        source.iter().enumerate().for_each(|(i, &entry)| equations.row_mut(i)[units] = entry);
        equations.solve(level)
    }
}

/// Iterates `step(old, new)` until it comes to rest, at most `steps` times. Returns the result, and
/// whether it came to rest.
fn iterate(mut now: Vec<f64>, steps: usize, step: impl Fn(&[f64], &mut [f64])) -> (Vec<f64>, bool) {
    let mut next = vec![0.0; now.len()];
    for number in 0..steps {
        step(&now, &mut next);
        if number >= FULL_STEPS {
            next.iter_mut().zip(&now).for_each(|(next, now)| *next = 0.5 * (*next + now));
        }
        let size = next.iter().fold(1.0, |most: f64, x| most.max(x.abs()));
        let rests = |(a, b): (&f64, &f64)| (a - b).abs() <= TOLERANCE * size;
        let at_rest = now.iter().zip(&next).all(rests);
        std::mem::swap(&mut now, &mut next);
        if at_rest {
            return (now, true);
        }
    }
    (now, false)
}

/// Adds the sum of the rows, each times its factor.
fn add_products(factors: &[f64], rows: &[f64], out: &mut [f64]) {
    for (&factor, row) in factors.iter().zip(rows.chunks_exact(out.len())) {
        if factor != 0.0 {
            out.iter_mut().zip(row).for_each(|(out, entry)| *out += factor * entry);
        }
    }
}

fn softmax(z: &mut [f64]) {
    let largest = z.iter().fold(f64::NEG_INFINITY, |largest, &z| largest.max(z));
    z.iter_mut().for_each(|z| *z = libm::exp(*z - largest));
    let sum = z.iter().fold(0.0, |sum, z| sum + z);
    z.iter_mut().for_each(|z| *z /= sum);
}

#[cfg(test)]
mod tests;

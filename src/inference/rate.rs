//! Rate inference: noisy mean-field iteration of a batch.
//!
//! ```text
//! q ← softmax(u), u uniform
//! up to 50 times:  x ← clamp((q, s) + 0.02·n, 0, 1);  q' ← softmax(2κWx_q + Uᵀx_s + b);  stop if mean |q − q'| < 0.005;  q ← q'
//! ```
//!
//! The mean is over batch and units; at the stop `q'` is not taken. Clamped action circuits keep their one-hot value: no noise is added to what they are set to. Source:
//! Yang et al. 2022 (arXiv 2210.13225), its published implementation.

use super::threads::{Threads, pieces};
use crate::Error;
use crate::kernel::noise::Noise;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::product::product;
use crate::kernel::rows::{Rows, WIDTH, padded};
use crate::kernel::simd::Level;
use crate::kernel::softmax::softmax;
use crate::kernel::uniform::uniform;
use crate::network::{Convention, Parameters};
use serde::{Deserialize, Serialize};

/// How to iterate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Standard deviation of the noise; 0 for none.
    pub sigma: f32,
    /// The mean change at which to stop.
    pub tolerance: f32,
    /// Iterations at most.
    pub most_iterations: u32,
}

impl Rate {
    /// As published: σ = 0.02, stop below 0.005, at most 50 iterations.
    pub const PUBLISHED: Rate = Rate { sigma: 0.02, tolerance: 0.005, most_iterations: 50 };

    pub(super) fn check(&self) -> Result<(), Error> {
        if !self.sigma.is_finite() || self.sigma < 0.0 {
            return Err(Error::bad_input("sigma", self.sigma, "give a number of at least 0, such as 0.02"));
        }
        if self.tolerance.is_nan() {
            return Err(Error::bad_input("tolerance", self.tolerance, "give a number, such as 0.005"));
        }
        if self.most_iterations == 0 {
            return Err(Error::bad_input("most_iterations", 0, "give a number of at least 1"));
        }
        Ok(())
    }
}

/// Where an iteration begins, and what is held.
#[derive(Clone, Copy, Debug)]
pub enum Phase<'a> {
    /// From a random activity, nothing held.
    Free,
    /// From the activity that stands there, with the first action circuit held at these actions, one a sample.
    Clamped(&'a [usize]),
}

/// The working memory of rate inference, and its result.
#[derive(Debug)]
pub struct RateInference {
    /// Samples × units: the activity.
    pub q: Rows,
    rate: Rate,
    x: Rows,
    next: Rows,
    distances: Vec<f32>,
}

/// One thread's share of the batch.
struct Part<'a> {
    first: usize,
    q: &'a mut [f32],
    x: &'a mut [f32],
    next: &'a mut [f32],
    distances: &'a mut [f32],
}

impl RateInference {
    /// For batches of this size, to iterate like this.
    pub fn new(parameters: &Parameters, batch: usize, rate: Rate) -> Self {
        let units = parameters.units();
        Self {
            q: Rows::zeros(batch, units),
            rate,
            x: Rows::zeros(batch, parameters.inputs()),
            next: Rows::zeros(batch, units),
            distances: vec![0.0; batch],
        }
    }

    /// Runs to the stop; returns the number of iterations. `states` is samples × states; seed and step say which draws to take.
    ///
    /// # Panics
    /// Where `states` or the held actions have another number of samples.
    pub fn run(
        &mut self,
        level: Level,
        threads: &Threads,
        parameters: &Parameters,
        states: &Rows,
        (seed, step): (u32, u32),
        phase: Phase<'_>,
    ) -> u32 {
        let (batch, rate) = (self.q.rows(), self.rate);
        assert!(states.rows() == batch && states.columns() == parameters.states);
        let ranges = threads.split(batch, 1);
        let units = padded(parameters.units());
        let lengths = |stride: usize| ranges.iter().map(move |range| range.len() * stride);
        let x_stride = self.x.stride();
        let place =
            |stream, iteration, sample: usize| Place { seed, stream, step, iteration, sample: sample as u32 };
        let sizes = parameters.circuits.sizes();
        let gain = match parameters.convention {
            Convention::Full => 2.0,
            Convention::Half => 1.0,
        };
        let held = |q: &mut [f32], sample: usize| {
            if let Phase::Clamped(actions) = phase {
                let members = parameters.circuits.members(parameters.circuits.hidden());
                q[members.clone()].fill(0.0);
                q[members.start + actions[sample]] = 1.0;
            }
        };
        let first_iteration = match phase {
            Phase::Free => 0,
            Phase::Clamped(_) => CLAMPED,
        };
        let mut iteration = 0;
        loop {
            let mut parts = Vec::with_capacity(ranges.len());
            let q = pieces(self.q.all_mut(), lengths(units));
            let x = pieces(self.x.all_mut(), lengths(x_stride));
            let next = pieces(self.next.all_mut(), lengths(units));
            let distances = pieces(&mut self.distances, lengths(1));
            for ((((range, q), x), next), distances) in ranges.iter().zip(q).zip(x).zip(next).zip(distances) {
                parts.push(Part { first: range.start, q, x, next, distances });
            }
            threads.each(parts, |part| {
                let rows = part.q.chunks_exact_mut(units).zip(part.x.chunks_exact_mut(x_stride));
                for (at, (q, x)) in rows.enumerate() {
                    let sample = part.first + at;
                    if iteration == 0 {
                        if matches!(phase, Phase::Free) {
                            uniform(level, place(Stream::Start, 0, sample), q);
                            let mut scratch = [0.0; MOST_STACK];
                            with_scratch(&mut scratch, units, |scratch| softmax(level, sizes, q, scratch));
                        }
                        held(q, sample);
                    }
                    let (unit_inputs, state_inputs) = x.split_at_mut(units);
                    let iteration = first_iteration + iteration;
                    let sigma = rate.sigma;
                    let (clean, place) = (&*q, |stream| place(stream, iteration, sample));
                    Noise { place: place(Stream::UnitNoise), sigma, gain, clean, out: unit_inputs }
                        .fill(level);
                    let clean = states.padded_row(sample);
                    Noise { place: place(Stream::StateNoise), sigma, gain: 1.0, clean, out: state_inputs }
                        .fill(level);
                    if let Phase::Clamped(_) = phase {
                        let members = parameters.circuits.members(parameters.circuits.hidden());
                        for unit in members {
                            unit_inputs[unit] = gain * q[unit];
                        }
                    }
                }
                product(
                    level,
                    parameters.bias.padded_row(0),
                    part.x,
                    x_stride,
                    &parameters.weights,
                    part.next,
                );
                let rows =
                    part.next.chunks_exact_mut(units).zip(part.q.chunks_exact(units)).zip(part.distances);
                for (at, ((next, q), distance)) in rows.enumerate() {
                    let mut scratch = [0.0; MOST_STACK];
                    with_scratch(&mut scratch, units, |scratch| softmax(level, sizes, next, scratch));
                    held(next, part.first + at);
                    *distance = difference(&q[..parameters.units()], &next[..parameters.units()]);
                }
            });
            iteration += 1;
            let sum: f64 = self.distances.iter().fold(0.0, |sum, &distance| sum + f64::from(distance));
            let mean = sum / (batch * parameters.units()) as f64;
            if mean < f64::from(rate.tolerance) {
                return iteration;
            }
            std::mem::swap(&mut self.q, &mut self.next);
            if iteration == rate.most_iterations {
                return iteration;
            }
        }
    }
}

/// Iterations of the clamped phase are numbered from here, so that they draw their own noise.
const CLAMPED: u32 = 1 << 16;

/// Rows up to this length need no memory from the heap.
const MOST_STACK: usize = 512;

fn with_scratch(stack: &mut [f32; MOST_STACK], length: usize, work: impl FnOnce(&mut [f32])) {
    match stack.get_mut(..length) {
        Some(scratch) => work(scratch),
        None => work(&mut vec![0.0; length]),
    }
}

/// `Σ |a − b|`, in sixteen sums of every sixteenth unit, added up in order.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; WIDTH];
    let (mut a, mut b) = (a.chunks_exact(WIDTH), b.chunks_exact(WIDTH));
    for (a, b) in a.by_ref().zip(b.by_ref()) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b).abs();
        }
    }
    for ((sum, a), b) in sums.iter_mut().zip(a.remainder()).zip(b.remainder()) {
        *sum += (a - b).abs();
    }
    sums.iter().fold(0.0, |sum, part| sum + part)
}

//! Rate inference: noisy mean-field iteration of a batch.
//!
//! ```text
//! q ← softmax(u), u uniform
//! up to 50 times:  x ← clamp((q, s) + 0.02·n, 0, 1);  q' ← softmax((b + Uᵀx_s) + 2κWx_q);  stop if mean |q − q'| < 0.005;  q ← q'
//! ```
//!
//! The mean is over batch and units. When the iteration stops, `q` is not replaced by `q'`. Clamped
//! action circuits keep their one-hot value without noise. Source: Yang et al. 2022 (arXiv
//! 2210.13225), its published implementation.

use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH, padded};
use crate::kernel::noise::{Bounds, Noise};
use crate::kernel::philox::{Draws, Place, Stream};
use crate::kernel::product::add_product;
use crate::kernel::softmax::softmax;
use crate::kernel::threads::pieces;
use crate::kernel::tile::Tile;
use crate::kernel::uniform::uniform;
use crate::network::Parameters;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Options of the iteration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Standard deviation of the noise; 0 for none.
    pub sigma: f32,
    /// The iteration stops if the mean change is below this.
    pub tolerance: f32,
    /// Maximum number of iterations.
    pub max_iterations: u32,
    /// Are noisy states not clamped? It is for evaluations alone, and no part of a configuration.
    #[serde(skip)]
    pub unclamped: bool,
}

impl Rate {
    /// As published: σ = 0.02, stop below 0.005, at most 50 iterations.
    pub const PUBLISHED: Rate = Rate { sigma: 0.02, tolerance: 0.005, max_iterations: 50, unclamped: false };

    pub(super) fn check(&self) -> Result<(), Error> {
        if !self.sigma.is_finite() || self.sigma < 0.0 {
            return Err(Error::bad_input("sigma", self.sigma, "give a number of at least 0, such as 0.02"));
        }
        if self.tolerance.is_nan() {
            return Err(Error::bad_input("tolerance", self.tolerance, "give a number, such as 0.005"));
        }
        if self.max_iterations == 0 {
            return Err(Error::bad_input("max_iterations", 0, "give a number of at least 1"));
        }
        Ok(())
    }
}

/// The initial activity of an iteration, and the clamp.
#[derive(Clone, Copy, Debug)]
pub enum Phase<'a> {
    /// Random initial activity, no clamp.
    Free,
    /// Starts from the current activity, with the first action circuit clamped.
    Clamped {
        /// The action of each sample, counted from 0.
        actions: &'a [usize],
        /// β, in `[−1,1]` and not 0: the circuit is at `(1−β)·softmax(z) + β·onehot(action)`. At 1
        /// it is constant at the action, without noise.
        beta: f32,
    },
}

/// The working memory of rate inference, and its result.
#[derive(Debug)]
pub struct RateInference {
    /// Samples × units: the activity.
    pub q: AlignedMatrix,
    rate: Rate,
    state_inputs: AlignedMatrix,
    /// Samples × units: `Uᵀx_s + b`.
    pub(super) drive: AlignedMatrix,
    pub(super) unit_inputs: AlignedMatrix,
    pub(super) next: AlignedMatrix,
    distances: Vec<f32>,
    pub(super) blocks: Vec<(Range<usize>, Range<usize>)>,
}

/// The part of the batch for one thread.
struct Part<'a> {
    first: usize,
    q: &'a mut [f32],
    state_inputs: &'a mut [f32],
    drive: &'a mut [f32],
    unit_inputs: &'a mut [f32],
    next: &'a mut [f32],
    distances: &'a mut [f32],
}

impl RateInference {
    /// Working memory for batches of `batch` samples with these options.
    pub fn new(parameters: &Parameters, batch: usize, rate: Rate) -> Self {
        let units = || AlignedMatrix::zeros(batch, parameters.units());
        Self {
            q: units(),
            rate,
            state_inputs: AlignedMatrix::zeros(batch, parameters.states),
            drive: units(),
            unit_inputs: units(),
            next: units(),
            distances: vec![0.0; batch],
            blocks: parameters.recurrent_blocks(),
        }
    }

    /// Iterates until it stops and returns the number of iterations. `states` is samples × states.
    ///
    /// # Panics
    /// If `states` or the clamped actions have another number of samples.
    ///
    /// ```
    /// use svpg::inference::{Draws, Phase, Rate, RateInference};
    /// use svpg::kernel::compute::Compute;
    /// use svpg::kernel::matrix::AlignedMatrix;
    /// use svpg::kernel::simd::Level;
    /// use svpg::network::{Circuits, Convention, Mask, Parameters};
    ///
    /// // Two hidden circuits of 3 units, one action circuit of 2; 4 state neurons.
    /// let circuits = Circuits::new(2, 3, 1, 2)?;
    /// let mask = Mask::full(&circuits);
    /// let mut parameters = Parameters::zeros(circuits, 4, Convention::Full, mask);
    /// parameters.randomise(Level::best(None), 1, -0.5..0.5);
    /// let states = AlignedMatrix::from_fn(16, 4, |sample, k| ((sample >> k) & 1) as f32);
    ///
    /// let draws = Draws { seed: 1, step: 0 };
    /// let activity = |level| {
    ///     let mut inference = RateInference::new(&parameters, 16, Rate::PUBLISHED);
    ///     let iterations = inference.run(&Compute::single(level), &parameters, &states, draws, Phase::Free);
    ///     (iterations, inference.q)
    /// };
    /// // Every instruction set of the machine gives the same bits.
    /// let (iterations, q) = activity(Level::best(None));
    /// assert!((1..=50).contains(&iterations));
    /// assert!(Level::all().all(|level| activity(level) == (iterations, q.clone())));
    /// let sum: f32 = q.row(5)[6..8].iter().sum();
    /// assert!((sum - 1.0).abs() < 1e-6);
    /// # Ok::<(), svpg::Error>(())
    /// ```
    pub fn run(
        &mut self,
        compute: &Compute,
        parameters: &Parameters,
        states: &AlignedMatrix,
        draws: Draws,
        phase: Phase<'_>,
    ) -> u32 {
        self.iterate(compute, parameters, states, draws, phase, false)
    }

    /// [`RateInference::run`]. `driven` says that the input from the same states was computed by an
    /// earlier run: without noise, it is not computed again.
    pub(super) fn iterate(
        &mut self,
        compute: &Compute,
        parameters: &Parameters,
        states: &AlignedMatrix,
        draws: Draws,
        phase: Phase<'_>,
        driven: bool,
    ) -> u32 {
        let Compute { level, threads } = compute;
        let (level, Draws { seed, step }) = (*level, draws);
        let (batch, rate) = (self.q.rows(), self.rate);
        assert!(states.rows() == batch && states.columns() == parameters.states);
        let ranges = threads.split(batch, 1);
        let units = padded(parameters.units());
        let state_stride = states.stride();
        let lengths = |stride: usize| ranges.iter().map(move |range| range.len() * stride);
        let gain = 2.0 * parameters.convention.kappa();
        let first_iteration = match phase {
            Phase::Free => 0,
            Phase::Clamped { beta, .. } if beta > 0.0 => CLAMPED,
            Phase::Clamped { .. } => AGAINST,
        };
        let (weights, bias) = (&parameters.weights, parameters.bias.padded_row(0));
        let sizes = parameters.circuits.sizes();
        let actions = parameters.circuits.members(parameters.circuits.hidden());
        let hold = |q: &mut [f32], sample: usize, value: f32| {
            if let Phase::Clamped { actions: held, beta: 1.0 } = phase {
                q[actions.clone()].fill(0.0);
                q[actions.start + held[sample]] = value;
            }
        };
        let nudge = |q: &mut [f32], sample: usize| match phase {
            Phase::Clamped { actions: held, beta } if beta != 1.0 => {
                let own = &mut q[actions.clone()];
                own.iter_mut().for_each(|share| *share *= 1.0 - beta);
                own[held[sample]] += beta;
            }
            _ => {}
        };
        let mut iteration = 0;
        loop {
            let place = |stream, sample: usize| {
                let iteration = first_iteration + iteration;
                Place { seed, stream, step, iteration, sample: sample as u32 }
            };
            let mut parts = Vec::with_capacity(ranges.len());
            let q = pieces(self.q.all_mut(), lengths(units));
            let state_inputs = pieces(self.state_inputs.all_mut(), lengths(state_stride));
            let drive = pieces(self.drive.all_mut(), lengths(units));
            let unit_inputs = pieces(self.unit_inputs.all_mut(), lengths(units));
            let next = pieces(self.next.all_mut(), lengths(units));
            let distances = pieces(&mut self.distances, lengths(1));
            let blocks = &self.blocks;
            let inputs = state_inputs.into_iter().zip(drive).zip(unit_inputs);
            for ((((range, q), ((state_inputs, drive), unit_inputs)), next), distances) in
                ranges.iter().zip(q).zip(inputs).zip(next).zip(distances)
            {
                let first = range.start;
                parts.push(Part { first, q, state_inputs, drive, unit_inputs, next, distances });
            }
            threads.each(parts, |part| {
                let samples = part.first..part.first + part.distances.len();
                let noisy = |stream, sample, gain, bounds, clean: &[f32], out: &mut [f32]| {
                    Noise { place: place(stream, sample), sigma: rate.sigma, gain, bounds, clean, out }
                        .fill(level);
                };
                let of_states = if rate.unclamped { Bounds::NONE } else { Bounds::UNIT };
                if iteration == 0 {
                    for (sample, q) in samples.clone().zip(part.q.chunks_exact_mut(units)) {
                        if matches!(phase, Phase::Free) {
                            uniform(level, place(Stream::Start, sample), q);
                            softmax(level, sizes, q);
                        }
                        hold(q, sample, 1.0);
                    }
                }
                // Without noise, the drive does not change.
                if (iteration == 0 && !driven) || rate.sigma > 0.0 {
                    let x = if rate.sigma > 0.0 {
                        // Without states there are no chunks.
                        let rows = part.state_inputs.chunks_exact_mut(state_stride.max(1));
                        for (sample, x) in samples.clone().zip(rows) {
                            noisy(Stream::StateNoise, sample, 1.0, of_states, states.padded_row(sample), x);
                        }
                        &*part.state_inputs
                    } else {
                        &states.all()[samples.start * state_stride..samples.end * state_stride]
                    };
                    let rows = parameters.state_row(0)..parameters.inputs();
                    part.drive.chunks_exact_mut(units).for_each(|row| row.copy_from_slice(bias));
                    let out = Tile::new(part.drive, units, 0..parameters.units());
                    add_product(level, (x, state_stride), (weights, rows), out);
                }
                let rows = part.q.chunks_exact(units).zip(part.unit_inputs.chunks_exact_mut(units));
                for (sample, (q, x)) in samples.clone().zip(rows) {
                    noisy(Stream::UnitNoise, sample, gain, Bounds::UNIT, q, x);
                    hold(x, sample, gain);
                }
                part.next.copy_from_slice(part.drive);
                for (inputs, to) in blocks.iter().cloned() {
                    let x = part.unit_inputs.get(inputs.start..).unwrap_or_default();
                    let out = Tile::new(part.next, units, to);
                    add_product(level, (x, units), (weights, inputs), out);
                }
                let rows = part.next.chunks_exact_mut(units).zip(part.q.chunks_exact(units));
                for (sample, ((next, q), distance)) in samples.zip(rows.zip(part.distances)) {
                    softmax(level, sizes, next);
                    hold(next, sample, 1.0);
                    nudge(next, sample);
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
            if iteration == rate.max_iterations {
                return iteration;
            }
        }
    }
}

/// The iteration numbers of the clamped phase start here, so this phase has its own noise.
const CLAMPED: u32 = 1 << 16;

/// The iteration numbers of a phase with negative β start here.
const AGAINST: u32 = 2 << 16;

/// `Σ |a − b|`, as sixteen sums over every sixteenth unit, which are then added in order.
pub(crate) fn difference(a: &[f32], b: &[f32]) -> f32 {
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

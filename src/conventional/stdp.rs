//! Reward-modulated plasticity: spikes of a pair of neurons leave a trace at their synapse, and the
//! learning signal turns the trace into a change of the weight.
//!
//! ```text
//! T time steps:
//!   states     x(t) = 1 with probability s, else 0
//!   hidden     one winner y(t) in each group, with probability softmax of the group (b¹ + x(t) W¹)
//!   logits     1/T Σ_t (b² + y(t) W²)
//!   output     winner-take-all: the unit of the action a spikes at every time step, o_i(t) = [i = a]
//! every synapse, between a presynaptic train x and a postsynaptic train y:
//!   P(t) = λ·P(t−1) + x(t)                 presynaptic trace
//!   Q(t) = λ·Q(t−1) + y(t)                 postsynaptic trace
//!   E(t) = μ·E(t−1) + α₊·P(t)·y(t) − α₋·x(t)·Q(t−1)       eligibility; all are 0 at t = 0
//! direction    mean over the samples of signal·E(T)
//! ```
//!
//! 1. A presynaptic spike at the time of a postsynaptic one is earlier: it is a cause of it.
//! 2. A bias is the weight from a neuron that spikes at every time step.
//! 3. λ = ½, μ = 0.95, α₊ = 1, α₋ = ½. Hidden weights start uniform on ±8/√inputs, so that
//!    winners depend on the state; output weights start uniform on ±1/√inputs.
//! 4. The rule is a heuristic. Chapter `derivations/18-r-stdp.md` says what its expectation is, and
//!    that this is not the gradient of the expected reward. A signal whose mean is not zero adds a
//!    Hebbian drift that has no bound, so a baseline should centre the signal.
//!
//! Spikes and updates are functions of the draws, so `direction` sees the spikes that the logits
//! were made of. Spike-timing-dependent plasticity with a reward signal and eligibility traces:
//! Izhikevich 2007, doi 10.1093/cercor/bhl152; Florian 2007, doi 10.1162/neco.2007.19.6.1468.
//! Winner-take-all circuits of stochastic units: Nessler et al. 2013,
//! doi 10.1371/journal.pcbi.1003037.

use super::batches::{in_batches, sum_time_steps};
use super::graph::group_softmax;
use super::spikes::StateSpikes;
use super::{ConventionalMethod, Layers, Size, Update};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH, padded};
use crate::kernel::outer::outer;
use crate::kernel::philox::{Draws, Place, Stream};
use crate::kernel::simd::Level;
use crate::kernel::threads::pieces;
use crate::kernel::uniform::uniform;
use crate::perceptron::Layer;
use std::ops::Range;

/// λ, the decay of the traces of spikes.
const TRACE: f32 = 0.5;
/// μ, the decay of the eligibility.
const ELIGIBILITY: f32 = 0.95;
/// α₊, for a presynaptic spike before a postsynaptic one.
const POTENTIATION: f32 = 1.0;
/// α₋, for a presynaptic spike after a postsynaptic one.
const DEPRESSION: f32 = 0.5;
/// Bound of the first hidden weights, in units of 1/√inputs.
const HIDDEN_START: f32 = 8.0;

/// Rows, one for each sample and time step, that are in memory at once.
const ROWS: usize = 512;

/// Reward-modulated spike-timing-dependent plasticity.
#[derive(Debug)]
pub struct RewardStdp;

/// Spike trains of some samples. The rows of a sample, one for each time step, are adjacent.
#[derive(Debug)]
struct Trains {
    states: AlignedMatrix,
    hidden: AlignedMatrix,
}

impl ConventionalMethod for RewardStdp {
    fn name(&self) -> &'static str {
        "r-stdp"
    }

    fn summary(&self) -> &'static str {
        "reward-modulated spike-timing-dependent plasticity with eligibility traces, winner-take-all groups"
    }

    fn spikes(&self) -> bool {
        true
    }

    fn has_state_gradient(&self) -> bool {
        false
    }

    fn start(&self, level: Level, size: Size, seed: u32) -> Layers {
        assert!(size.steps > 0, "there is no time step");
        let widths = [size.states, size.hidden_units(), size.actions];
        let mut layers = Layers::uniform(level, &widths, size, seed);
        layers.layers[0].weights.all_mut().iter_mut().for_each(|weight| *weight *= HIDDEN_START);
        layers
    }

    fn trains(&self, _: usize) -> bool {
        true
    }

    fn logits(
        &self,
        compute: &Compute,
        layers: &Layers,
        states: &AlignedMatrix,
        draws: Draws,
        logits: &mut AlignedMatrix,
    ) {
        assert!(states.rows() == logits.rows() && states.columns() == layers.size.states);
        assert!(logits.columns() == layers.size.actions);
        let (at_once, each) = (samples_at_once(layers), (1.0 / layers.size.steps as f64) as f32);
        in_batches(compute, logits, at_once, |compute, samples, logits| {
            let Trains { hidden, .. } = trains(compute, layers, states, samples, draws);
            let mut out = AlignedMatrix::zeros(hidden.rows(), layers.size.actions);
            layers.layers[1].apply(compute, (hidden.all(), hidden.stride()), &mut out, |_| ());
            sum_time_steps(layers.size.steps, &out, logits);
            logits.iter_mut().for_each(|sum| *sum *= each);
        });
    }

    fn direction(&self, compute: &Compute, layers: &Layers, update: &Update<'_>, direction: &mut Layers) {
        let (samples, actions) = (update.states.rows(), layers.size.actions);
        assert!(update.signals.len() == samples && update.actions.len() == samples);
        direction.clone_from(&layers.zeros_like());
        for first in (0..samples).step_by(samples_at_once(layers)) {
            let chunk = first..samples.min(first + samples_at_once(layers));
            let Trains { states, hidden } =
                trains(compute, layers, update.states, chunk.clone(), update.draws);
            let output = AlignedMatrix::from_fn(states.rows(), actions, |row, action| {
                f32::from(u8::from(update.actions[first + row / layers.size.steps] == action))
            });
            let factors: Vec<f32> =
                update.signals[chunk].iter().map(|signal| signal / samples as f32).collect();
            for ((pre, post), sum) in
                [(&states, &hidden), (&hidden, &output)].into_iter().zip(&mut direction.layers)
            {
                add_eligibility(compute, layers.size.steps, (pre, post), &factors, sum);
            }
        }
    }

    fn state_gradient(
        &self,
        _: &Compute,
        _: &Layers,
        _: &AlignedMatrix,
        _: Draws,
        _: &AlignedMatrix,
    ) -> Option<AlignedMatrix> {
        None
    }
}

/// Samples whose trains are in memory at once. Sums of a direction depend on it, so it must not
/// depend on the threads.
fn samples_at_once(layers: &Layers) -> usize {
    (ROWS / layers.size.steps).max(1)
}

/// The spikes of these samples.
fn trains(
    compute: &Compute,
    layers: &Layers,
    states: &AlignedMatrix,
    samples: Range<usize>,
    draws: Draws,
) -> Trains {
    let [first, _] = layers.two();
    let steps = layers.size.steps;
    let mut x = AlignedMatrix::zeros(samples.len() * steps, states.columns());
    let of_threads = compute.threads.split(samples.len(), 1);
    let stride = x.stride();
    let lengths = of_threads.iter().map(|part| part.len() * steps * stride);
    let parts = of_threads.iter().zip(pieces(x.all_mut(), lengths)).collect();
    compute.threads.each(parts, |(part, out): (&Range<usize>, &mut [f32])| {
        let mut spikes = StateSpikes::default();
        for (at, out) in part.clone().zip(out.chunks_exact_mut(steps * stride)) {
            let sample = samples.start + at;
            spikes.fill(compute.level, (draws, sample as u32), states.row(sample), (out, stride));
        }
    });

    let mut hidden = AlignedMatrix::zeros(x.rows(), first.weights.columns());
    first.apply(compute, (x.all(), stride), &mut hidden, |_| ());
    group_softmax(compute, &layers.size.groups(), &mut hidden);
    let (units, stride) = (hidden.columns(), hidden.stride());
    let lengths = of_threads.iter().map(|part| part.len() * steps * stride);
    let parts = of_threads.iter().zip(pieces(hidden.all_mut(), lengths)).collect();
    compute.threads.each(parts, |(part, out): (&Range<usize>, &mut [f32])| {
        let mut chances = vec![0.0; padded(layers.size.hidden.0)];
        for (at, row) in (part.start * steps..).zip(out.chunks_exact_mut(stride)) {
            let (sample, iteration) = ((samples.start + at / steps) as u32, (at % steps) as u32);
            let Draws { seed, step } = draws;
            let place = Place { seed, stream: Stream::UnitSpikes, step, iteration, sample };
            uniform(compute.level, place, &mut chances);
            for (group, &chance) in row[..units].chunks_exact_mut(layers.size.hidden.1).zip(&chances) {
                let winner = winner(group, chance);
                group.fill(0.0);
                group[winner] = 1.0;
            }
        }
    });
    Trains { states: x, hidden }
}

/// The unit whose interval of cumulative probabilities has `chance`, which is in `[0,1)`.
fn winner(probabilities: &[f32], chance: f32) -> usize {
    let last = probabilities.len() - 1;
    let mut sum = 0.0;
    let below = probabilities[..last].iter().position(|probability| {
        sum += probability;
        chance < sum
    });
    below.unwrap_or(last)
}

/// Adds `factor·E(T)` of every sample to `sum`. `pre` and `post` are the trains, the rows of a
/// sample, one for each time step, being adjacent.
///
/// `E(T) = Σ_t μ^(T−t)·(α₊·P(t)·y(t) − α₋·x(t)·Q(t−1))`: a sum of outer products of two for each
/// row of the trains.
fn add_eligibility(
    compute: &Compute,
    steps: usize,
    (pre, post): (&AlignedMatrix, &AlignedMatrix),
    factors: &[f32],
    sum: &mut Layer,
) {
    let rows = 2 * pre.rows();
    let mut x = AlignedMatrix::zeros(rows, pre.columns());
    let mut y = AlignedMatrix::zeros(rows, post.columns());
    let mut of_bias = vec![0.0; rows];
    for (sample, &factor) in factors.iter().enumerate() {
        let mut traces = (vec![0.0; pre.columns()], vec![0.0; post.columns()], 0.0);
        for t in 0..steps {
            let row = sample * steps + t;
            let weight = (t + 1..steps).fold(factor, |weight, _| weight * ELIGIBILITY);
            for ((out, trace), &after) in
                y.row_mut(2 * row + 1).iter_mut().zip(&mut traces.1).zip(post.row(row))
            {
                *out = -DEPRESSION * weight * *trace;
                *trace = TRACE * *trace + after;
            }
            x.row_mut(2 * row + 1).copy_from_slice(pre.row(row));
            of_bias[2 * row + 1] = 1.0;
            for ((out, trace), &before) in x.row_mut(2 * row).iter_mut().zip(&mut traces.0).zip(pre.row(row))
            {
                *trace = TRACE * *trace + before;
                *out = *trace;
            }
            traces.2 = TRACE * traces.2 + 1.0;
            of_bias[2 * row] = traces.2;
            for (out, &after) in y.row_mut(2 * row).iter_mut().zip(post.row(row)) {
                *out = POTENTIATION * weight * after;
            }
        }
    }
    let samples: Vec<u32> = (0..rows as u32).collect();
    let mut found = AlignedMatrix::zeros(pre.columns(), post.columns());
    let inputs = compute.threads.split(pre.columns(), WIDTH);
    let lengths = inputs.iter().map(|inputs| inputs.len() * post.stride());
    let parts: Vec<_> = inputs.iter().zip(pieces(found.all_mut(), lengths)).collect();
    compute.threads.each(parts, |(inputs, out)| {
        outer(compute.level, (&x, &samples, inputs.start), (&y, 0..post.columns()), out);
    });
    sum.weights.all_mut().iter_mut().zip(found.all()).for_each(|(sum, found)| *sum += found);
    for (row, trace) in of_bias.into_iter().enumerate() {
        sum.bias.row_mut(0).iter_mut().zip(y.row(row)).for_each(|(sum, after)| *sum += trace * after);
    }
}

#[cfg(test)]
#[path = "stdp_tests.rs"]
mod tests;

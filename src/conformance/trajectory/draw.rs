//! The random trajectories of the vectors.

use super::document::{Inference, SampleDraws, Trajectory};
use crate::Error;
use crate::conformance::case::{Convention, MaskDocument, Parameters, Shape};
use crate::inference::SpikeKernel;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::{bernoulli, categorical, normal, uniform};

/// Noise and tolerance: multiples of powers of 2, which every format represents.
const SIGMA: f64 = 5.0 / 256.0;
const TOLERANCE: f64 = 5.0 / 1024.0;
const MAX_ITERATIONS: u32 = 12;
const STEPS: u32 = 24;
const WINDOW: u32 = 8;

/// The inference of trajectory number `index`: rates, without noise for every third of them, and
/// spikes of both kernels.
pub(crate) fn inference(index: usize) -> Inference {
    let kernel = if index % 4 == 1 { SpikeKernel::Rectangle } else { SpikeKernel::DoubleExponential };
    match index % 2 {
        0 => {
            let sigma = if index % 6 == 4 { 0.0 } else { SIGMA };
            Inference::Rate { sigma, tolerance: TOLERANCE, max_iterations: MAX_ITERATIONS }
        }
        _ => Inference::Spiking { kernel, steps: STEPS, window: WINDOW },
    }
}

/// A trajectory of a network, whose numbers are rounded to f32, with the draws that svpg makes for
/// `seed` at step 0.
///
/// # Errors
/// As [`Trajectory::new`].
pub fn draw(
    (shape, convention): (Shape, Convention),
    weights: &Parameters,
    mask: Option<MaskDocument>,
    inference: Inference,
    states: &[Vec<f64>],
    seed: u32,
) -> Result<Trajectory, Error> {
    let single = |x: f64| f64::from(x as f32);
    let batch = states.iter().enumerate().map(|(b, state)| {
        let place = |stream, iteration| Place { seed, stream, step: 0, iteration, sample: b as u32 };
        let start = Place { iteration: 0, ..place(Stream::Start, 0) };
        let start = (0..shape.units()).map(|unit| f64::from(uniform::twin::uniform(&start, unit))).collect();
        let (units, states) = match inference {
            Inference::Rate { max_iterations, .. } => {
                let row = |stream, k, count| {
                    (0..count).map(|i| f64::from(normal::twin::normal(&place(stream, k), i))).collect()
                };
                let rows = |stream, count| (0..max_iterations).map(|k| row(stream, k, count)).collect();
                (rows(Stream::UnitNoise, shape.units()), rows(Stream::StateNoise, shape.states))
            }
            Inference::Spiking { steps, .. } => {
                let winner = |t: u32, c: usize| {
                    let draw =
                        categorical::twin::draw(&place(Stream::UnitSpikes, t / 4), c as u32, t as usize % 4);
                    f64::from(draw)
                };
                let spike = |t: u32, k: usize| {
                    let half =
                        bernoulli::twin::half(&place(Stream::StateSpikes, t / 8), k as u32, t as usize % 8);
                    (f64::from(half) + 0.5) / 65_536.0
                };
                let units =
                    (0..steps).map(|t| (0..shape.circuits()).map(|c| winner(t, c)).collect()).collect();
                let states = (0..steps).map(|t| (0..shape.states).map(|k| spike(t, k)).collect()).collect();
                (units, states)
            }
        };
        SampleDraws { state: state.iter().map(|&s| single(s)).collect(), start, units, states }
    });
    let batch = batch.collect();
    Trajectory::new(shape, convention, weights.map(single), mask, inference, batch)
}

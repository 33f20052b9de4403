//! The random numbers of rate inference, for programs that infer with the same ones.

use crate::kernel::normal::twin::normal;
use crate::kernel::philox::{Draws, Place, Stream};
use crate::kernel::uniform::twin::uniform;
use crate::network::Parameters;

/// The draws of the free phase of [`RateInference`](super::RateInference) with `Draws`.
#[derive(Clone, Debug, PartialEq)]
pub struct RateDraws {
    /// Samples × units, in `[0,1)`: the initial activity is their softmax.
    pub start: Vec<f32>,
    /// Iterations × samples × states: standard normal noise of the states.
    pub states: Vec<f32>,
    /// Iterations × samples × units: standard normal noise of the units.
    pub units: Vec<f32>,
}

impl RateDraws {
    /// For a batch of `samples` and this number of iterations.
    pub fn new(parameters: &Parameters, samples: usize, iterations: u32, draws: Draws) -> Self {
        let place = |stream, iteration, sample| {
            let Draws { seed, step } = draws;
            Place { seed, stream, step, iteration, sample }
        };
        let samples = samples as u32;
        let noise = |stream, count: usize| {
            (0..iterations)
                .flat_map(|iteration| (0..samples).map(move |sample| place(stream, iteration, sample)))
                .flat_map(|place| (0..count).map(move |unit| normal(&place, unit)))
                .collect()
        };
        let units = parameters.units();
        Self {
            start: (0..samples)
                .map(|sample| place(Stream::Start, 0, sample))
                .flat_map(|place| (0..units).map(move |unit| uniform(&place, unit)))
                .collect(),
            states: noise(Stream::StateNoise, parameters.states),
            units: noise(Stream::UnitNoise, units),
        }
    }
}

//! Spiking inference.

use super::sample::winner_of;
use super::threads::Threads;
use crate::Error;
use crate::kernel::philox::{Place, Stream, twin};
use crate::kernel::rows::Rows;
use crate::kernel::simd::Level;
use crate::kernel::{softmax, uniform};
use crate::network::{Convention, Parameters};
use serde::{Deserialize, Serialize};

/// The kernel `κ` over the last `L` time steps, normalised to sum 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpikeKernel {
    /// `κ_τ = 1/L`.
    Rectangle,
    /// `κ_τ ∝ e^(−τ/8) − e^(−τ/2)`.
    DoubleExponential,
}

/// How long to spike, and how spikes are filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spiking {
    /// The kernel.
    pub kernel: SpikeKernel,
    /// `T`: time steps.
    pub steps: u32,
    /// `L`: time steps of the window.
    pub window: u32,
}

impl Spiking {
    /// As published for images: T = 200, L = 50.
    pub const PUBLISHED: Spiking = Spiking { kernel: SpikeKernel::Rectangle, steps: 200, window: 50 };

    pub(super) fn check(&self) -> Result<(), Error> {
        let wrong = |place: &str, value: u32, remedy: &dyn std::fmt::Display| {
            Err(Error::bad_input(place, format_args!("{value} cannot be used"), remedy))
        };
        let shortest = match self.kernel {
            SpikeKernel::Rectangle => 1,
            SpikeKernel::DoubleExponential => 2,
        };
        if !(shortest..=LONGEST_WINDOW).contains(&self.window) {
            let remedy = format!("give a number from {shortest} to {LONGEST_WINDOW} for this kernel");
            return wrong("window", self.window, &remedy);
        }
        if !(self.window..=MOST_STEPS).contains(&self.steps) {
            let remedy = format!("give a number from the window, {}, to {MOST_STEPS}", self.window);
            return wrong("time steps", self.steps, &remedy);
        }
        Ok(())
    }
}

const LONGEST_WINDOW: u32 = 1 << 16;
const MOST_STEPS: u32 = 1 << 24;

/// The working memory of spiking inference, and its result.
#[derive(Debug)]
pub struct SpikingInference {
    /// Samples × units: the activity.
    pub q: Rows,
    spiking: Spiking,
}

impl SpikingInference {
    /// For batches of this size, to spike like this.
    pub fn new(parameters: &Parameters, batch: usize, spiking: Spiking) -> Self {
        Self { q: Rows::zeros(batch, parameters.units()), spiking }
    }

    /// Infers `q`; returns how often it was updated. `states` is samples × states; seed and step say which draws to take.
    ///
    /// # Panics
    /// Where `states` has another number of samples.
    pub fn run(
        &mut self,
        _level: Level,
        _threads: &Threads,
        parameters: &Parameters,
        states: &Rows,
        (seed, step): (u32, u32),
    ) -> u32 {
        let Spiking { kernel, steps, window } = self.spiking;
        assert!(states.rows() == self.q.rows() && states.columns() == parameters.states);
        let weights: Vec<f64> = (0..window)
            .map(|tau| match kernel {
                SpikeKernel::Rectangle => 1.0,
                SpikeKernel::DoubleExponential => {
                    libm::exp(-f64::from(tau) / 8.0) - libm::exp(-f64::from(tau) / 2.0)
                }
            })
            .collect();
        let sum: f64 = weights.iter().sum();
        let gain = match parameters.convention {
            Convention::Full => 2.0,
            Convention::Half => 1.0,
        };
        for sample in 0..self.q.rows() {
            let place = |stream, iteration| Place { seed, stream, step, iteration, sample: sample as u32 };
            let block = |stream, unit: usize, iteration| {
                twin::block([unit as u32, sample as u32, iteration, step], [seed, stream as u32])
            };
            let start: Vec<f32> = (0..parameters.units())
                .map(|u| uniform::twin::uniform(&place(Stream::Start, 0), u))
                .collect();
            let by_circuit = |z: &[f32]| -> Vec<f32> {
                parameters.circuits.iter().flat_map(|members| softmax::twin::softmax(&z[members])).collect()
            };
            let mut q = by_circuit(&start);
            let mut spikes: Vec<Vec<usize>> = vec![];
            for t in 0..steps {
                let mut now: Vec<usize> = parameters
                    .circuits
                    .iter()
                    .enumerate()
                    .map(|(c, members)| {
                        let word = block(Stream::UnitSpikes, c, t / 4)[t as usize % 4];
                        members.start + winner_of(&q[members], uniform::twin::of_word(word))
                    })
                    .collect();
                for (k, &rate) in states.row(sample).iter().enumerate() {
                    let word = block(Stream::StateSpikes, k, t / 8)[t as usize % 8 / 2];
                    let half = (word >> (16 * (t % 2))) & 0xffff;
                    if half as f32 + 0.5 < rate * 65536.0 {
                        now.push(parameters.state_row(k));
                    }
                }
                spikes.insert(0, now);
                spikes.truncate(window as usize);
                if t + 1 >= window {
                    let mut z: Vec<f64> = parameters.bias.row(0).iter().map(|&b| f64::from(b)).collect();
                    for (rows, weight) in spikes.iter().zip(&weights) {
                        for &row in rows {
                            let gain = if row < parameters.units() { gain } else { 1.0 };
                            for (z, &w) in z.iter_mut().zip(parameters.weights.row(row)) {
                                *z += gain * weight / sum * f64::from(w);
                            }
                        }
                    }
                    q = by_circuit(&z.iter().map(|&z| z as f32).collect::<Vec<_>>());
                }
            }
            self.q.row_mut(sample).copy_from_slice(&q);
        }
        (steps + 1).saturating_sub(window)
    }
}

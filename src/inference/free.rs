//! The free phase, by rates or by spikes.

use super::rate::{Phase, Rate, RateInference};
use super::spiking::{Spiking, SpikingInference};
use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::network::Parameters;
use serde::{Deserialize, Serialize};

/// How the activity of units is inferred from states.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inference {
    /// Noisy mean-field iteration.
    Rate(Rate),
    /// Spikes, filtered over a window.
    Spiking(Spiking),
}

impl Inference {
    /// Checks every number.
    ///
    /// # Errors
    /// Bad input: a number outside its domain, or spikes for less than a window, after which the
    /// activity is still the random one of the start.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Inference::Rate(rate) => rate.check(),
            Inference::Spiking(spiking) => spiking.check(),
        }
    }
}

/// The working memory of the free phase, and its result.
#[derive(Debug)]
pub enum FreeInference {
    /// By rates.
    Rate(RateInference),
    /// By spikes.
    Spiking(SpikingInference),
}

impl FreeInference {
    /// For batches of this size.
    pub fn new(parameters: &Parameters, batch: usize, inference: Inference) -> Self {
        match inference {
            Inference::Rate(rate) => Self::Rate(RateInference::new(parameters, batch, rate)),
            Inference::Spiking(spiking) => Self::Spiking(SpikingInference::new(parameters, batch, spiking)),
        }
    }

    /// Samples × units: the activity.
    pub fn q(&self) -> &AlignedMatrix {
        match self {
            Self::Rate(inference) => &inference.q,
            Self::Spiking(inference) => &inference.q,
        }
    }

    /// Infers `q`; returns how often it was updated. `states` is samples × states.
    ///
    /// # Panics
    /// Where `states` has another number of samples.
    pub fn run(
        &mut self,
        compute: &Compute,
        parameters: &Parameters,
        states: &AlignedMatrix,
        draws: Draws,
    ) -> u32 {
        match self {
            Self::Rate(inference) => inference.run(compute, parameters, states, draws, Phase::Free),
            Self::Spiking(inference) => inference.run(compute, parameters, states, draws),
        }
    }
}

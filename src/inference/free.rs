//! The free phase, with rates or with spikes.

use super::rate::{Phase, Rate, RateInference};
use super::spiking::{Spiking, SpikingInference};
use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::network::Parameters;
use serde::{Deserialize, Serialize};

/// The method that infers the activity of units from states.
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
    /// Bad input: a number is outside its domain, or there are fewer time steps of spikes than the
    /// window has, so the activity would remain the random initial one.
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
    /// Rate inference.
    Rate(RateInference),
    /// Spiking inference.
    Spiking(SpikingInference),
}

impl FreeInference {
    /// Working memory for batches of `batch` samples.
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

    /// Infers `q` and returns the number of its updates. `states` is samples × states.
    ///
    /// # Panics
    /// If `states` has another number of samples.
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

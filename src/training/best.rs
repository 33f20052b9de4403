//! The parameters that a selection keeps.

use crate::Error;
use crate::kernel::matrix::AlignedMatrix;
use crate::network::Parameters;
use crate::run::{Flat, Snapshot};

/// The network with the best score so far; none before the first.
#[derive(Clone, Debug)]
pub(super) struct Best {
    weights: AlignedMatrix,
    bias: AlignedMatrix,
    /// Less than 0 before the first.
    score: f64,
    step: u64,
}

/// What a selection has kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The network.
    pub parameters: Parameters,
    /// Accuracy, or mean length of an episode.
    pub score: f64,
    /// Steps, or episodes, after which it was the network.
    pub step: u64,
}

impl Best {
    /// None yet, of networks like this one.
    pub(super) fn none(parameters: &Parameters) -> Self {
        Self { weights: parameters.weights.clone(), bias: parameters.bias.clone(), score: -1.0, step: 0 }
    }

    /// Keeps the network if its score, at least 0, is better than all before.
    pub(super) fn offer(&mut self, parameters: &Parameters, score: f64, step: u64) {
        if score > self.score {
            self.weights.all_mut().copy_from_slice(parameters.weights.all());
            self.bias.all_mut().copy_from_slice(parameters.bias.all());
            (self.score, self.step) = (score, step);
        }
    }

    /// What is kept, of networks like this one.
    pub(super) fn selected(&self, parameters: &Parameters) -> Option<Selected> {
        let Self { weights, bias, score, step } = self;
        let parameters = || Parameters { weights: weights.clone(), bias: bias.clone(), ..parameters.clone() };
        (*score >= 0.0).then(|| Selected { parameters: parameters(), score: *score, step: *step })
    }

    pub(super) fn state(&self) -> Snapshot {
        let mut state = Snapshot::default();
        state.put_rows("weights", &self.weights);
        state.put_rows("bias", &self.bias);
        state.put("score", Flat::F64(vec![self.score]));
        state.put("step", Flat::U64(vec![self.step]));
        state
    }

    pub(super) fn restore(&mut self, state: &Snapshot) -> Result<(), Error> {
        state.read_rows("weights", &mut self.weights)?;
        state.read_rows("bias", &mut self.bias)?;
        self.score = state.f64("score", 1)?[0];
        self.step = state.u64("step", 1)?[0];
        Ok(())
    }
}

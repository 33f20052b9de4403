//! The parameters that a selection keeps.

use crate::Error;
use crate::agent::Network;
use crate::run::{Flat, Snapshot};

/// The network with the best score so far; none before the first.
#[derive(Clone, Debug)]
pub(super) struct Best {
    network: Network,
    /// Less than 0 before the first.
    score: f64,
    step: u64,
}

/// What a selection has kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The network.
    pub network: Network,
    /// Accuracy, or mean length of an episode.
    pub score: f64,
    /// Steps, or episodes, after which it was the network.
    pub step: u64,
}

impl Best {
    /// None yet, of networks like this one.
    pub(super) fn none(network: &Network) -> Self {
        Self { network: network.clone(), score: -1.0, step: 0 }
    }

    /// Keeps the network if its score, at least 0, is better than all before.
    pub(super) fn offer(&mut self, network: &Network, score: f64, step: u64) {
        if score > self.score {
            self.network.clone_from(network);
            (self.score, self.step) = (score, step);
        }
    }

    /// The kept network.
    pub(super) fn selected(&self) -> Option<Selected> {
        let Self { network, score, step } = self;
        (*score >= 0.0).then(|| Selected { network: network.clone(), score: *score, step: *step })
    }

    pub(super) fn state(&self) -> Snapshot {
        let mut state = self.network.state();
        state.put("score", Flat::F64(vec![self.score]));
        state.put("step", Flat::U64(vec![self.step]));
        state
    }

    pub(super) fn restore(&mut self, state: &Snapshot) -> Result<(), Error> {
        self.network.restore(state)?;
        self.score = state.f64("score", 1)?[0];
        self.step = state.u64("step", 1)?[0];
        Ok(())
    }
}

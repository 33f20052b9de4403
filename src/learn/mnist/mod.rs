//! Images as a one-step policy task: the state is the image, the action a digit, the reward says
//! whether it is right.
//!
//! ```text
//! step:  a batch of images → inference → a sampled configuration each → rewards, advantages → the rule's factors → the optimiser
//! ```
//!
//! A training is a function of configuration, data and seed: it may be stored after any step
//! ([`MnistTrainer::state`]) and continued to the same bits, on any number of threads. Sources:
//! Yang et al. 2022, arXiv 2210.13225; Yang et al. 2025, doi 10.1109/TPAMI.2024.3511936.

mod batch;
mod config;
mod data;
mod evaluate;
mod signal;
#[cfg(test)]
mod tests;

pub use config::{Baseline, MnistAlgorithm, MnistConfig, MnistRule, Selection, Start};
pub use data::{ACTIONS, MnistData};
pub use evaluate::Test;

use super::best::Best;
use super::{Critic, Flat, Optimiser, Selected, State};
use crate::Error;
use crate::kernel::simd::Level;
use crate::network::{Circuits, Mask, Parameters};
use batch::Batch;
use data::Order;
use std::ops::Range;

/// Hidden neurons of the published critic. Source: doi 10.1109/TPAMI.2024.3511936.
const CRITIC_HIDDEN: [usize; 3] = [2048, 1024, 1024];

/// A training between two steps.
#[derive(Debug)]
pub struct MnistTrainer {
    config: MnistConfig,
    seed: u32,
    level: Level,
    data: MnistData,
    parameters: Parameters,
    optimiser: Optimiser,
    critic: Option<Critic>,
    order: Order,
    steps: u64,
    best: Best,
    batch: Batch,
}

impl MnistConfig {
    /// The network before the first step, for images of so many pixels.
    ///
    /// # Errors
    /// Bad input: a circuit without a unit, or too many units.
    pub fn network(&self, level: Level, pixels: usize, seed: u32) -> Result<Parameters, Error> {
        let circuits = Circuits::new(self.hidden.0, self.hidden.1, self.votes, ACTIONS)?;
        let mut mask = Mask::full(&circuits);
        if let Some((family, probability)) = self.dropped {
            mask.drop_at_random(&circuits, family, probability, seed);
        }
        let mut parameters = Parameters::zeros(circuits, pixels, self.convention, mask);
        if let Start::Uniform { low, high } = self.start {
            parameters.randomise(level, seed, (low, high));
        }
        Ok(parameters)
    }
}

/// What happened in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepReport {
    /// Share of right answers among those that were sampled.
    pub accuracy: f64,
    /// Iterations of the first inference.
    pub iterations: u32,
    /// Mean squared error of the critic; 0 without one.
    pub critic_error: f64,
}

impl MnistTrainer {
    /// A training before its first step.
    ///
    /// # Errors
    /// Bad input: a number of the configuration outside its domain, or fewer images than a batch
    /// has.
    pub fn new(config: MnistConfig, level: Level, seed: u32, data: MnistData) -> Result<Self, Error> {
        config.check()?;
        let images = training_range(&config, &data);
        if images.len() < config.batch {
            return Err(Error::bad_input(
                "training images",
                format_args!("{} are fewer than a batch of {}", images.len(), config.batch),
                "give a smaller --batch, or a folder with more images",
            ));
        }
        let parameters = config.network(level, data.states(), seed)?;
        let critic = matches!(config.baseline, Baseline::Critic { .. }).then(|| {
            let [a, b, c] = CRITIC_HIDDEN;
            Critic::new(level, &[data.states(), a, b, c, 1], seed)
        });
        Ok(Self {
            config,
            seed,
            level,
            optimiser: Optimiser::for_parameters(config.method, &parameters),
            order: Order::new(seed, config.batch, images),
            steps: 0,
            best: Best::none(&parameters),
            batch: Batch::new(&config, &parameters, critic.as_ref()),
            data,
            parameters,
            critic,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &MnistConfig {
        &self.config
    }

    /// The images.
    pub fn data(&self) -> &MnistData {
        &self.data
    }

    /// The network.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The selected network so far, its score the accuracy, if there was a test to select by.
    pub fn best(&self) -> Option<Selected> {
        self.best.selected(&self.parameters)
    }

    /// The learning rate of the next step.
    fn rate(&self) -> f64 {
        let share = self.steps.min(self.config.steps) as f64 / self.config.steps as f64;
        self.config.learning_rate * (1.0 + (self.config.final_rate - 1.0) * share)
    }

    /// Everything that configuration, data and seed do not say.
    pub fn state(&self) -> State {
        let mut state = State::default();
        state.put_rows("weights", &self.parameters.weights);
        state.put_rows("bias", &self.parameters.bias);
        state.put_all("best", self.best.state());
        state.put("steps", Flat::U64(vec![self.steps]));
        state.put_all("optimiser", self.optimiser.state());
        if let Some(critic) = &self.critic {
            state.put_all("critic", critic.state());
        }
        state
    }

    /// Takes back what [`MnistTrainer::state`] gave, in a training of the same configuration, data
    /// and seed.
    ///
    /// # Errors
    /// Bad input: a tensor is missing or has another size.
    pub fn restore(&mut self, state: &State) -> Result<(), Error> {
        state.read_rows("weights", &mut self.parameters.weights)?;
        state.read_rows("bias", &mut self.parameters.bias)?;
        self.best.restore(&state.within("best"))?;
        self.steps = state.u64("steps", 1)?[0];
        self.optimiser.restore(&state.within("optimiser"))?;
        if let Some(critic) = &mut self.critic {
            critic.restore(&state.within("critic"))?;
        }
        Ok(())
    }
}

/// The images that are trained on: all but the last tenth, where that is for validation.
fn training_range(config: &MnistConfig, data: &MnistData) -> Range<usize> {
    let count = data.train.images.count();
    match config.selection {
        Selection::Validation => 0..count - count / 10,
        Selection::Last | Selection::Test => 0..count,
    }
}

//! Training: any rule on any task, by the learner of the task's kind.
//!
//! ```text
//! preset, overrides → setup (config.toml) → learner → session (folder, checkpoints) → certificate
//!
//! one-step learner:  a batch of examples → inference → sampled answers
//!                    → rewards − baseline → the rule → the optimiser
//! replay learner:    episodes fill a buffer
//!                    every so many steps: critic → advantages → the rule → the optimiser
//! ```
//!
//! A learner knows its task as a [`OneStepTask`](crate::task::OneStepTask) or an
//! [`Environment`](crate::task::Environment), and its rule as a
//! [`LearningRule`](crate::rule::LearningRule). A training is a function of configuration, data and
//! seed: it may be stored after any step and continued to the same bits, on any number of threads.

mod actor;
mod best;
mod buffer;
mod checkpoint;
mod config;
mod config_text;
mod evaluation;
mod exactness;
mod interval;
#[cfg(test)]
mod learner_tests;
mod metrics_row;
mod one_step;
mod order;
mod overrides;
mod preset;
mod replay;
mod session;
mod setup;
mod stored_network;

pub use best::Selected;
pub use config::{Algorithm, Baseline, Config, Hidden, MAX_LENGTH, Selection, Start};
pub use evaluation::{Evaluation, MAX_EVALUATIONS};
pub use exactness::{BlockExactness, Exactness, UpdateExactness, measure as measure_exactness};
pub use interval::{Interval, mean};
pub use metrics_row::MetricsRow;
pub use one_step::{CRITIC_HIDDEN, MAX_BATCH, OneStepLearner, StepReport};
pub use overrides::{BaselineName, InferenceName, OptimiserName, Overrides};
pub use preset::Preset;
pub use replay::{EpisodeReport, MAX_EPISODES, ReplayConfig, ReplayLearner};
pub use session::{Ending, Options, Progress, Session};
pub use setup::{ImageOptions, PendulumOptions, Setup, TaskName, TaskSetup};
pub use stored_network::StoredNetwork;

use crate::Error;
use crate::agent::Network;
use crate::kernel::compute::Compute;
use crate::run::Snapshot;

/// What trains, and can be stored after any step. A step is one batch of examples, or one episode.
pub trait Learner {
    /// Steps so far.
    fn done(&self) -> u64;

    /// Steps of the whole training.
    fn total(&self) -> u64;

    /// The network.
    fn network(&self) -> &Network;

    /// What was selected so far, where the run selects.
    fn best(&self) -> Option<Selected>;

    /// Everything that setup and data do not say.
    fn snapshot(&self) -> Snapshot;

    /// Takes back what [`Learner::snapshot`] gave.
    ///
    /// # Errors
    /// Bad input: a tensor is missing, has another size, or holds what it cannot.
    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Error>;

    /// One step, with the evaluations that are due after it; its metrics, if it has any.
    ///
    /// # Errors
    /// No fixed point: the rule met a sample whose fixed point has no gradient.
    fn advance(&mut self, compute: &Compute) -> Result<Option<MetricsRow>, Error>;
}

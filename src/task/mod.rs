//! Tasks: observations, actions and rewards. One folder per task.
//!
//! A task is a [`OneStepTask`], with one observation and one action per example, or an
//! [`Environment`], where actions change the next observation. The learners of
//! [`training`](crate::training) use a task only through these traits. A task does not depend on
//! training.
//!
//! To add a task: a folder that implements one of the two traits, its options in
//! `training/setup.rs`, its presets in `training/preset.rs`.

mod episodes;
pub mod mnist;
pub mod pendulum;

pub(crate) use episodes::FIRST_TEST_EPISODE;
pub use episodes::{Episodes, reset};

use crate::agent::{Activity, Network};
use crate::inference::{ActionPolicy, Inference};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::network::Circuits;
use std::fmt::Debug;
use std::ops::Range;

/// A network with the settings by which it selects actions.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// Instruction set and threads.
    pub compute: &'a Compute,
    /// The network.
    pub network: &'a Network,
    /// The inference of a winner-take-all network.
    pub inference: Inference,
    /// The policy of a winner-take-all network that selects the action.
    pub action_policy: ActionPolicy,
    /// Seed of the random numbers.
    pub seed: u32,
}

impl Policy<'_> {
    /// Working memory for batches of `batch` samples.
    pub(crate) fn activity(&self, batch: usize) -> Activity {
        Activity::new(self.network, batch, self.inference, self.action_policy)
    }
}

/// The position of the first of the largest entries.
pub(crate) fn first_largest<T: PartialOrd>(all: &[T]) -> usize {
    (1..all.len()).fold(0, |best, at| if all[at] > all[best] { at } else { best })
}

/// Draws of evaluations have step numbers from here on.
pub(crate) const EVALUATION: u32 = 1 << 31;

/// Changes the states of a batch. The arguments are the position of the first example of the batch,
/// the labels, and the states, samples × states.
pub type Perturb<'a> = dyn FnMut(usize, &[u16], &mut AlignedMatrix) + 'a;

/// A task with examples, each with one observation and one action.
pub trait OneStepTask: Debug {
    /// Number of state neurons.
    fn states(&self) -> usize;

    /// Number of actions.
    fn actions(&self) -> usize;

    /// Number of training examples.
    fn training_examples(&self) -> usize;

    /// Fills the rows of `states` with the training examples `which`.
    fn load(&self, compute: &Compute, which: &[usize], states: &mut AlignedMatrix);

    /// Fills the rewards of all circuits, samples × circuits. `winners` are unit numbers, samples ×
    /// circuits. Returns the number of right answers.
    fn judge(&self, circuits: &Circuits, which: &[usize], winners: &[u32], rewards: &mut Vec<f32>) -> usize;

    /// Fraction of right answers with the most probable action, for a range of the training
    /// examples, or for all test examples. Draws depend only on the seed of the policy, on
    /// `evaluation` and on the position of the example in the range.
    fn accuracy(
        &self,
        policy: Policy<'_>,
        evaluation: u32,
        of: Option<Range<usize>>,
        perturb: &mut Perturb<'_>,
    ) -> f64;
}

/// The result of a step of an environment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<S> {
    /// The next state.
    pub state: S,
    /// The reward.
    pub reward: f32,
    /// Has the episode terminated? The caller truncates after [`Environment::max_steps`].
    pub over: bool,
}

/// A task in which actions change the state, in episodes.
pub trait Environment: Debug + Sync {
    /// The state of the environment. The network sees only its observation.
    type State: Copy + Debug + PartialEq + Send;

    /// Number of state neurons of an observation.
    fn states(&self) -> usize;

    /// Number of actions.
    fn actions(&self) -> usize;

    /// Number of steps after which an episode is truncated, at most 256.
    fn max_steps(&self) -> usize;

    /// The initial state for these draws, uniform on `[0,1)`.
    fn reset(&self, draws: &[f32; WIDTH]) -> Self::State;

    /// Writes the observation of a state, in `[0,1]`.
    fn observe(&self, state: &Self::State, observation: &mut [f32]);

    /// The result of `action` in `state`.
    fn step(&self, state: &Self::State, action: usize) -> Step<Self::State>;
}

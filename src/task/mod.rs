//! Tasks: what is observed, what can be done, and what it is worth. One folder a task.
//!
//! A task is a [`OneStepTask`], where every example is observed once and answered once, or an
//! [`Environment`], where actions change what is observed next. The learners of
//! [`training`](crate::training) know nothing else of a task. A task knows nothing of training.
//!
//! To add a task: a folder that implements one of the two traits, its options in
//! `training/setup.rs`, its presets in `training/preset.rs`.

mod episodes;
pub mod mnist;
pub mod pendulum;

pub(crate) use episodes::FIRST_TEST_EPISODE;
pub use episodes::{Episodes, reset};

use crate::inference::{ActionPolicy, Inference};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::network::{Circuits, Parameters};
use std::fmt::Debug;
use std::ops::Range;

/// A network, and how it is asked for an action.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// What it runs on.
    pub compute: &'a Compute,
    /// The network.
    pub parameters: &'a Parameters,
    /// Its inference.
    pub inference: Inference,
    /// Which policy acts.
    pub action_policy: ActionPolicy,
    /// Seed of its random numbers.
    pub seed: u32,
}

/// Steps of draws from here on are those of evaluations.
pub(crate) const EVALUATION: u32 = 1 << 31;

/// Changes the states of a batch: it is given the place of the batch's first example, their labels,
/// and the states, samples × states.
pub type Perturb<'a> = dyn FnMut(usize, &[u16], &mut AlignedMatrix) + 'a;

/// Examples to answer, each in one step.
pub trait OneStepTask: Debug {
    /// State neurons.
    fn states(&self) -> usize;

    /// Actions.
    fn actions(&self) -> usize;

    /// Examples to train on.
    fn training_examples(&self) -> usize;

    /// Fills the rows of `states` with examples to train on.
    fn load(&self, compute: &Compute, which: &[usize], states: &mut AlignedMatrix);

    /// Fills the rewards of all circuits, samples × circuits, for the winners, unit numbers,
    /// samples × circuits. Returns the number of right answers.
    fn judge(&self, circuits: &Circuits, which: &[usize], winners: &[u32], rewards: &mut Vec<f32>) -> usize;

    /// Share of right answers, most probable action, to a range of the training examples, or to all
    /// test examples. Draws depend on the policy's seed, on `evaluation` and on an example's place
    /// in the range alone.
    fn accuracy(
        &self,
        policy: Policy<'_>,
        evaluation: u32,
        of: Option<Range<usize>>,
        perturb: &mut Perturb<'_>,
    ) -> f64;
}

/// What a step of an environment leads to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step<S> {
    /// The next state.
    pub state: S,
    /// The reward.
    pub reward: f32,
    /// Has the episode ended? The cut after [`Environment::max_steps`] is the caller's.
    pub over: bool,
}

/// A process that actions control, in episodes.
pub trait Environment: Debug + Sync {
    /// Its state, of which the network sees an observation.
    type State: Copy + Debug + PartialEq + Send;

    /// State neurons of an observation.
    fn states(&self) -> usize;

    /// Actions.
    fn actions(&self) -> usize;

    /// Steps after which an episode is cut off, at most 256.
    fn max_steps(&self) -> usize;

    /// The initial state for these draws, uniform on `[0,1)`.
    fn reset(&self, draws: &[f32; WIDTH]) -> Self::State;

    /// Writes the observation of a state, in `[0,1]`.
    fn observe(&self, state: &Self::State, observation: &mut [f32]);

    /// The step that an action leads to.
    fn step(&self, state: &Self::State, action: usize) -> Step<Self::State>;
}

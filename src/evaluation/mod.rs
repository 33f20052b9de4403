//! What a trained network is worth: accuracy on test images, or the length of fresh episodes,
//! perturbed or not.
//!
//! ```text
//! images:    an evaluation is a pass over all test images; its result their share of right answers
//! pendulum:  an evaluation is an episode that no training and no validation has seen; its result its length in steps
//! ```
//!
//! Every evaluation has draws of its own, of its inference and of its perturbations; they depend on
//! the seed and the evaluation's number alone. Evaluation 0 of images without perturbations has
//! those of the tests during training.

mod interval;

pub use interval::{Interval, mean};

use crate::Error;
use crate::inference::Threads;
use crate::kernel::simd::Level;
use crate::learn::mnist::{MnistConfig, MnistData, Test};
use crate::learn::pendulum::{Evaluation, FIRST_TEST_EPISODE, PendulumConfig};
use crate::network::Parameters;
use crate::noise::{Draws, Perturbation, Substitute, Target};
use crate::task::pendulum::Pendulum;

/// Evaluations at most.
const MAX: u32 = 100_000;

/// How to evaluate.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Instruction set.
    pub level: Level,
    /// To work with.
    pub threads: &'a Threads,
    /// Of all draws.
    pub seed: u32,
    /// Number of evaluations.
    pub evaluations: u32,
    /// What is perturbed, in this order.
    pub noise: &'a [Perturbation],
}

impl Plan<'_> {
    /// Checks that the perturbations are for the task, and the number of evaluations.
    ///
    /// # Errors
    /// Bad input: one of them is not.
    fn check(&self, task: &str, foreign: &[Target]) -> Result<(), Error> {
        if let Some(wrong) = self.noise.iter().find(|noise| foreign.contains(&noise.kind().target())) {
            let what = format_args!("it is not for {task}");
            return Err(Error::bad_input(format_args!("noise {wrong}"), what, "leave it out"));
        }
        if !(1..=MAX).contains(&self.evaluations) {
            let remedy = format_args!("give a number from 1 to {MAX}");
            return Err(Error::bad_input("--evaluations", self.evaluations, remedy));
        }
        Ok(())
    }

    /// The network as evaluation `number` sees it.
    fn perturbed(&self, parameters: &Parameters, number: u32) -> Parameters {
        let mut perturbed = parameters.clone();
        for noise in self.noise {
            noise.perturb_parameters(Draws { seed: self.seed, step: number }, &mut perturbed);
        }
        perturbed
    }

    /// The accuracy of every evaluation on all test images.
    ///
    /// # Errors
    /// Bad input: a perturbation that is for another task, or a number of evaluations out of range.
    pub fn images(
        &self,
        config: &MnistConfig,
        parameters: &Parameters,
        data: &MnistData,
    ) -> Result<Vec<f64>, Error> {
        self.check("images", &[Target::Pole])?;
        let Self { level, threads, seed, .. } = *self;
        let adversary = self.noise.iter().any(|noise| noise.kind().target() == Target::LabelledStates);
        let substitute = adversary.then(|| Substitute::train(level, threads, &data.train, seed));
        let evaluate = |number| {
            let parameters = &self.perturbed(parameters, number);
            let test = Test { level, threads, parameters, inference: config.inference, seed };
            let images = (&data.test, 0..data.test.images.count());
            test.accuracy_under(number, images, &mut |first, labels, states| {
                for &noise in self.noise {
                    noise.perturb_states(level, Draws { seed, step: number }, first, states);
                    if let Some(substitute) = &substitute {
                        substitute.perturb_states(level, noise, labels, states);
                    }
                }
            })
        };
        Ok((0..self.evaluations).map(evaluate).collect())
    }

    /// The length of every evaluation's episode, in steps.
    ///
    /// # Errors
    /// Bad input: a perturbation that is for another task, or that leaves no pole; or a number of
    /// evaluations out of range.
    pub fn pendulum(&self, config: &PendulumConfig, parameters: &Parameters) -> Result<Vec<f64>, Error> {
        self.check("the pendulum", &[Target::LabelledStates])?;
        let (length, radius) = self.noise.iter().fold(config.pole, |pole, noise| noise.perturb_pole(pole));
        let pendulum = Pendulum::new(length, radius)?;
        let Self { level, threads, seed, evaluations, .. } = *self;
        let lengths = |parameters: &Parameters, first, count| {
            let evaluation =
                Evaluation { pendulum: &pendulum, parameters, inference: config.inference, seed };
            evaluation.lengths_under(level, threads, (FIRST_TEST_EPISODE + first, count), &|step, states| {
                for noise in self.noise {
                    noise.perturb_states(level, Draws { seed, step }, 0, states);
                }
            })
        };
        let all: Vec<u32> = if self.noise.iter().any(|noise| noise.kind().target() == Target::Parameters) {
            (0..evaluations).flat_map(|n| lengths(&self.perturbed(parameters, n), n, 1)).collect()
        } else {
            lengths(parameters, 0, evaluations)
        };
        Ok(all.into_iter().map(f64::from).collect())
    }
}

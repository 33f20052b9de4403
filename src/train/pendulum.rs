//! The pendulum: metrics of every episode, validations every so many.

use super::{Learner, Line};
use crate::Error;
use crate::inference::Threads;
use crate::learn::pendulum::PendulumTrainer;
use crate::learn::{Selected, State};
use crate::network::Parameters;

/// A training on the pendulum with its metrics.
#[derive(Debug)]
pub struct PendulumLearner {
    trainer: PendulumTrainer,
}

impl PendulumLearner {
    /// Of a training.
    pub fn new(trainer: PendulumTrainer) -> Self {
        Self { trainer }
    }
}

impl Learner for PendulumLearner {
    fn done(&self) -> u64 {
        self.trainer.episodes()
    }

    fn total(&self) -> u64 {
        self.trainer.config().episodes
    }

    fn parameters(&self) -> &Parameters {
        self.trainer.parameters()
    }

    fn best(&self) -> Option<Selected> {
        self.trainer.best()
    }

    fn state(&self) -> State {
        self.trainer.state()
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.trainer.restore(state)
    }

    fn advance(&mut self, threads: &Threads) -> Result<Option<Line>, Error> {
        let report = self.trainer.episode(threads);
        let done = self.done();
        let mut values = vec![("return", f64::from(report.length))];
        if done.is_multiple_of(self.trainer.config().validation_interval) || done == self.total() {
            values.push(("validation_return", self.trainer.validate(threads)));
        }
        if report.updates > 0 {
            values.push(("critic_error", report.critic_error));
            values.push(("entropy", report.entropy));
            values.push(("iterations", report.iterations));
        }
        Ok(Some(Line::new("episode", done, values)))
    }
}

//! Images: tests every so many steps.

use super::{Learner, Line};
use crate::Error;
use crate::inference::Threads;
use crate::learn::mnist::{Baseline, MnistTrainer, Selection, StepReport};
use crate::learn::{Flat, Selected, State};
use crate::network::Parameters;

/// A training on images with its metrics.
#[derive(Debug)]
pub struct MnistLearner {
    trainer: MnistTrainer,
    window: Window,
}

/// Sums over the steps since the last test.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Window {
    steps: u64,
    iterations: u64,
    accuracy: f64,
    critic_error: f64,
}

impl Window {
    fn add(&mut self, report: &StepReport) {
        self.steps += 1;
        self.iterations += u64::from(report.iterations);
        self.accuracy += report.accuracy;
        self.critic_error += report.critic_error;
    }
}

impl MnistLearner {
    /// Of a training.
    pub fn new(trainer: MnistTrainer) -> Self {
        Self { trainer, window: Window::default() }
    }

    /// What is due after the last step of a window.
    fn test(&mut self, threads: &Threads) -> Line {
        let Window { steps, iterations, accuracy, critic_error } = std::mem::take(&mut self.window);
        let mean = |sum: f64| sum / steps as f64;
        let mut values = vec![("train_accuracy", mean(accuracy))];
        let selected = self.trainer.select(threads);
        match (self.trainer.config().selection, selected) {
            (Selection::Test, Some(test)) => values.push(("test_accuracy", test)),
            (_, validation) => {
                values.push(("test_accuracy", self.trainer.test(threads)));
                values.extend(validation.map(|accuracy| ("validation_accuracy", accuracy)));
            }
        }
        values.push(("iterations", mean(iterations as f64)));
        if matches!(self.trainer.config().baseline, Baseline::Critic { .. }) {
            values.push(("critic_error", mean(critic_error)));
        }
        Line::new("step", self.trainer.steps(), values)
    }
}

impl Learner for MnistLearner {
    fn done(&self) -> u64 {
        self.trainer.steps()
    }

    fn total(&self) -> u64 {
        self.trainer.config().steps
    }

    fn parameters(&self) -> &Parameters {
        self.trainer.parameters()
    }

    fn best(&self) -> Option<Selected> {
        self.trainer.best()
    }

    fn state(&self) -> State {
        let mut state = self.trainer.state();
        let Window { steps, iterations, accuracy, critic_error } = self.window;
        state.put("window/counts", Flat::U64(vec![steps, iterations]));
        state.put("window/sums", Flat::F64(vec![accuracy, critic_error]));
        state
    }

    fn restore(&mut self, state: &State) -> Result<(), Error> {
        self.trainer.restore(state)?;
        let (counts, sums) = (state.u64("window/counts", 2)?, state.f64("window/sums", 2)?);
        self.window =
            Window { steps: counts[0], iterations: counts[1], accuracy: sums[0], critic_error: sums[1] };
        Ok(())
    }

    fn advance(&mut self, threads: &Threads) -> Result<Option<Line>, Error> {
        let report = self
            .trainer
            .step(threads)
            .map_err(|error| error.within(format_args!("step {}", self.trainer.steps() + 1)))?;
        self.window.add(&report);
        let done = self.done();
        let due = done.is_multiple_of(self.trainer.config().test_interval) || done == self.total();
        Ok(due.then(|| self.test(threads)))
    }
}

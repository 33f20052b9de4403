//! Accuracy without learning: the most probable action, as published.

use super::data::load;
use super::{ACTIONS, MnistTrainer, Selection, training_range};
use crate::inference::{FreeInference, Inference, Threads};
use crate::kernel::rows::Rows;
use crate::kernel::simd::Level;
use crate::network::Parameters;
use crate::task::mnist::Labelled;
use std::ops::Range;

/// Steps of draws from here are those of evaluations.
const EVALUATION: u32 = 1 << 31;

/// Images that are inferred together: the stopping rule looks at their mean.
const BATCH: usize = 100;

/// Share of right answers of a network to a range of images.
///
/// Draws depend on the seed and on the place of an image in the range alone.
pub fn accuracy(
    level: Level,
    threads: &Threads,
    parameters: &Parameters,
    inference: Inference,
    seed: u32,
    (images, range): (&Labelled, Range<usize>),
) -> f64 {
    let which: Vec<usize> = range.collect();
    let circuits = &parameters.circuits;
    let mut free = FreeInference::new(parameters, 0, inference);
    let mut states = Rows::zeros(0, parameters.states);
    let mut right = 0;
    for (number, which) in which.chunks(BATCH).enumerate() {
        if states.rows() != which.len() {
            free = FreeInference::new(parameters, which.len(), inference);
            states = Rows::zeros(which.len(), parameters.states);
        }
        load(threads, &images.images, which, &mut states);
        free.run(level, threads, parameters, &states, (seed, EVALUATION | number as u32));
        for (b, &image) in which.iter().enumerate() {
            let mut sums = [0.0; ACTIONS];
            for vote in circuits.hidden()..circuits.count() {
                let q = &free.q().row(b)[circuits.members(vote)];
                sums.iter_mut().zip(q).for_each(|(sum, q)| *sum += q);
            }
            let answer = (1..ACTIONS).fold(0, |best, a| if sums[a] > sums[best] { a } else { best });
            right += usize::from(answer == usize::from(images.labels[image]));
        }
    }
    right as f64 / which.len().max(1) as f64
}

impl MnistTrainer {
    /// Accuracy on the test images.
    pub fn test(&self, threads: &Threads) -> f64 {
        let images = (&self.data.test, 0..self.data.test.images.count());
        accuracy(self.level, threads, &self.parameters, self.config.inference, self.seed, images)
    }

    /// Tests as the selection says, and keeps the parameters if none before were as good. Returns that accuracy; nothing where the last parameters are selected.
    pub fn select(&mut self, threads: &Threads) -> Option<f64> {
        let (images, range) = match self.config.selection {
            Selection::Last => return None,
            Selection::Test => (&self.data.test, 0..self.data.test.images.count()),
            Selection::Validation => {
                let first = training_range(&self.config, &self.data).end;
                (&self.data.train, first..self.data.train.images.count())
            }
        };
        let found = accuracy(
            self.level,
            threads,
            &self.parameters,
            self.config.inference,
            self.seed,
            (images, range),
        );
        self.best.offer(&self.parameters, found, self.steps);
        Some(found)
    }
}

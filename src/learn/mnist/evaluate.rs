//! Accuracy without learning: the most probable action, as published.

use super::data::load;
use super::{ACTIONS, MnistTrainer, Selection, training_range};
use crate::inference::{FreeInference, Inference, Threads};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::network::Parameters;
use crate::task::mnist::Labelled;
use std::ops::Range;

/// Steps of draws from here are those of evaluations.
const EVALUATION: u32 = 1 << 31;

/// Images that are inferred together: the stopping rule looks at their mean.
const BATCH: usize = 100;

/// A network and how it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Test<'a> {
    /// Instruction set.
    pub level: Level,
    /// To work with.
    pub threads: &'a Threads,
    /// The network.
    pub parameters: &'a Parameters,
    /// Its inference.
    pub inference: Inference,
    /// The run's seed.
    pub seed: u32,
}

impl Test<'_> {
    /// Share of right answers to a range of images.
    ///
    /// Draws depend on the seed, the number of the evaluation and the place of an image in the
    /// range alone.
    pub fn accuracy(&self, evaluation: u32, images: (&Labelled, Range<usize>)) -> f64 {
        self.accuracy_under(evaluation, images, &mut |_, _, _| {})
    }

    /// The same of states that `perturb` changes: it is given the place in the range of the first
    /// image of a batch, the labels, and the states.
    pub fn accuracy_under(
        &self,
        evaluation: u32,
        (images, range): (&Labelled, Range<usize>),
        perturb: &mut dyn FnMut(usize, &[u8], &mut AlignedMatrix),
    ) -> f64 {
        let Self { level, threads, parameters, inference, seed } = *self;
        let which: Vec<usize> = range.collect();
        let circuits = &parameters.circuits;
        let mut free = FreeInference::new(parameters, 0, inference);
        let mut states = AlignedMatrix::zeros(0, parameters.states);
        let (mut right, mut labels) = (0, Vec::with_capacity(BATCH));
        let first = evaluation * which.len().div_ceil(BATCH) as u32;
        for (number, which) in which.chunks(BATCH).enumerate() {
            if states.rows() != which.len() {
                free = FreeInference::new(parameters, which.len(), inference);
                states = AlignedMatrix::zeros(which.len(), parameters.states);
            }
            load(threads, &images.images, which, &mut states);
            labels.clear();
            labels.extend(which.iter().map(|&image| images.labels[image]));
            perturb(number * BATCH, &labels, &mut states);
            free.run(level, threads, parameters, &states, (seed, EVALUATION | (first + number as u32)));
            for (b, &label) in labels.iter().enumerate() {
                let mut sums = [0.0; ACTIONS];
                for vote in circuits.hidden()..circuits.count() {
                    let q = &free.q().row(b)[circuits.members(vote)];
                    sums.iter_mut().zip(q).for_each(|(sum, q)| *sum += q);
                }
                let answer = (1..ACTIONS).fold(0, |best, a| if sums[a] > sums[best] { a } else { best });
                right += usize::from(answer == usize::from(label));
            }
        }
        right as f64 / which.len().max(1) as f64
    }
}

impl MnistTrainer {
    /// Accuracy on the test images.
    pub fn test(&self, threads: &Threads) -> f64 {
        self.accuracy(threads, (&self.data.test, 0..self.data.test.images.count()))
    }

    /// Tests as the selection says, and keeps the parameters if none before were as good. Returns
    /// that accuracy; nothing where the last parameters are selected.
    pub fn select(&mut self, threads: &Threads) -> Option<f64> {
        let (images, range) = match self.config.selection {
            Selection::Last => return None,
            Selection::Test => (&self.data.test, 0..self.data.test.images.count()),
            Selection::Validation => {
                let first = training_range(&self.config, &self.data).end;
                (&self.data.train, first..self.data.train.images.count())
            }
        };
        let found = self.accuracy(threads, (images, range));
        self.best.offer(&self.parameters, found, self.steps);
        Some(found)
    }

    fn accuracy(&self, threads: &Threads, images: (&Labelled, Range<usize>)) -> f64 {
        let Self { level, parameters, seed, config, .. } = self;
        let test = Test { level: *level, threads, parameters, inference: config.inference, seed: *seed };
        test.accuracy(0, images)
    }
}

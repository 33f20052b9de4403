//! Image classification as a one-step task: the state is the image, the action is a class, and the
//! reward depends on whether the class is right.
//!
//! Several action circuits can vote: in training, the answer is the class with the most votes, the
//! first one in a tie. In evaluation, the answer is the class with the highest sum of probabilities
//! over the action circuits. Sources: Yang et al. 2022, arXiv 2210.13225; Yang et al. 2025, doi
//! 10.1109/TPAMI.2024.3511936.

mod data;
mod reward;

pub use data::{Images, Labelled, MAX_CLASSES, Split};
pub use reward::Rewards;

use super::{EVALUATION, OneStepTask, Perturb, Policy, first_largest};
use crate::Error;
use crate::agent::Activity;
use crate::hex::hex;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::kernel::simd::{Simd, Work, run};
use crate::kernel::threads::pieces;
use crate::network::Circuits;
use sha2::{Digest, Sha256};
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;

/// Training and test images.
#[derive(Clone, Debug)]
pub struct ImageData {
    /// Images for training and, if the run validates, for validation.
    pub train: Labelled,
    /// Images for testing.
    pub test: Labelled,
}

impl ImageData {
    /// Reads the four files of a folder, plain or gzipped.
    ///
    /// # Errors
    /// Bad input: a file is missing or malformed, there is no image, training and test images
    /// differ in size, or there is only one class.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let (train, test) = (Labelled::read(folder, Split::Train)?, Labelled::read(folder, Split::Test)?);
        let pixels = (train.images.pixels_per_image(), test.images.pixels_per_image());
        let refuse = |what: String, remedy: &str| Err(Error::bad_input(folder.display(), what, remedy));
        if pixels.0 != pixels.1 {
            let what = format!("training images have {} pixels, test images {}", pixels.0, pixels.1);
            return refuse(what, "fetch both files again");
        }
        let data = Self { train, test };
        if data.classes() < 2 {
            return refuse("all labels are 0".to_owned(), "give images of at least two classes");
        }
        Ok(data)
    }

    /// SHA-256 of the pixels and labels of the training images, then of the test images, all bytes
    /// in order without separators, in lower-case hexadecimal. A run identifies its data by it,
    /// independently of their storage. A label is one byte; with more than 256 classes it is two
    /// bytes, the high one first.
    pub fn sha256(&self) -> String {
        let wide = self.classes() > 256;
        let mut hasher = Sha256::new();
        for part in [&self.train, &self.test] {
            hasher.update(part.images.all());
            let bytes = part.labels.iter().flat_map(|label| {
                let [high, low] = label.to_be_bytes();
                wide.then_some(high).into_iter().chain([low])
            });
            hasher.update(bytes.collect::<Vec<u8>>());
        }
        hex(&hasher.finalize())
    }

    /// Number of state neurons.
    pub fn pixels(&self) -> usize {
        self.train.images.pixels_per_image()
    }

    /// Number of classes: the largest label plus 1.
    pub fn classes(&self) -> usize {
        let labels = self.train.labels.iter().chain(&self.test.labels);
        usize::from(labels.copied().max().unwrap_or(0)) + 1
    }
}

/// The image task.
#[derive(Clone, Debug)]
pub struct ImageTask {
    /// The images.
    pub data: ImageData,
    /// The rewards of answers.
    pub rewards: Rewards,
}

impl ImageTask {
    fn labels(&self, which: &[usize]) -> Vec<u16> {
        which.iter().map(|&image| self.data.train.labels[image]).collect()
    }
}

/// Batch size in evaluations. It affects the result, because the stopping rule uses the mean over
/// the batch.
const BATCH: usize = 100;

impl OneStepTask for ImageTask {
    fn states(&self) -> usize {
        self.data.pixels()
    }

    fn actions(&self) -> usize {
        self.data.classes()
    }

    fn training_examples(&self) -> usize {
        self.data.train.images.count()
    }

    fn load(&self, compute: &Compute, which: &[usize], states: &mut AlignedMatrix) {
        load(compute, &self.data.train.images, which, states);
    }

    fn judge(&self, circuits: &Circuits, which: &[usize], winners: &[u32], rewards: &mut Vec<f32>) -> usize {
        self.rewards.judge(circuits, winners, &self.labels(which), rewards)
    }

    fn accuracy(
        &self,
        policy: Policy<'_>,
        evaluation: u32,
        of: Option<Range<usize>>,
        perturb: &mut Perturb<'_>,
    ) -> f64 {
        match of {
            Some(range) => accuracy(policy, evaluation, (&self.data.train, range), perturb),
            None => {
                let test = &self.data.test;
                accuracy(policy, evaluation, (test, 0..test.images.count()), perturb)
            }
        }
    }
}

/// Batches of a round, for each thread. They take different numbers of iterations: with many, no
/// thread waits long for the others.
const ROUND: usize = 16;

/// Fraction of right answers for a range of images; see [`OneStepTask::accuracy`]. A thread infers
/// a batch alone: threads that share a batch wait for each other in every iteration.
fn accuracy(
    acting: Policy<'_>,
    evaluation: u32,
    (images, range): (&Labelled, Range<usize>),
    perturb: &mut Perturb<'_>,
) -> f64 {
    let which: Vec<usize> = range.collect();
    let compute = acting.compute;
    let first = evaluation * which.len().div_ceil(BATCH) as u32;
    let numbered: Vec<(u32, &[usize])> = (0..).zip(which.chunks(BATCH)).collect();
    let round = match compute.threads.count() {
        1 => 1,
        threads => ROUND * threads,
    };
    let mut batches: Vec<Batch> = Vec::new();
    let idle = Mutex::new(Vec::new());
    let mut right = 0;
    for numbered in numbered.chunks(round) {
        batches.resize_with(numbered.len(), || Batch::new(acting.network.states()));
        let alone = &compute.alone();
        // A single batch has all threads.
        let of_each = if numbered.len() == 1 { compute } else { alone };
        let parts = batches.iter_mut().zip(numbered).collect();
        compute.threads.each(parts, |(batch, (_, which))| batch.load(of_each, images, which));
        for (batch, (number, _)) in batches.iter_mut().zip(numbered) {
            perturb(*number as usize * BATCH, &batch.labels, &mut batch.states);
            batch.step = EVALUATION | (first + number);
        }
        compute.threads.each(batches.iter_mut().collect(), |batch| batch.infer(acting, of_each, &idle));
        right += batches.iter().map(|batch| batch.right).sum::<usize>();
    }
    right as f64 / which.len().max(1) as f64
}

/// A batch of images.
struct Batch {
    states: AlignedMatrix,
    labels: Vec<u16>,
    /// Number of the draws of its inference.
    step: u32,
    /// Number of right answers.
    right: usize,
}

impl Batch {
    /// No images yet.
    fn new(states: usize) -> Self {
        Self { states: AlignedMatrix::zeros(0, states), labels: Vec::with_capacity(BATCH), step: 0, right: 0 }
    }

    fn load(&mut self, compute: &Compute, images: &Labelled, which: &[usize]) {
        let Self { states, labels, .. } = self;
        if states.rows() != which.len() {
            *states = AlignedMatrix::zeros(which.len(), states.columns());
        }
        load(compute, &images.images, which, states);
        labels.clear();
        labels.extend(which.iter().map(|&image| images.labels[image]));
    }

    /// Counts the right answers, with working memory from `idle` where there is one that fits.
    fn infer(&mut self, acting: Policy<'_>, compute: &Compute, idle: &Mutex<Vec<Activity>>) {
        let Self { states, labels, step, right } = self;
        let Policy { network, seed, .. } = acting;
        let lock = || idle.lock().expect("no thread panics with the lock");
        let found = {
            let mut idle = lock();
            let fits = idle.iter().position(|activity| activity.acting().rows() == states.rows());
            fits.map(|at| idle.swap_remove(at))
        };
        let mut activity = found.unwrap_or_else(|| acting.activity(states.rows()));
        activity.run(compute, network, states, Draws { seed, step: *step });
        let answers = answers(network.circuits(), activity.acting());
        *right = labels.iter().zip(answers).filter(|(label, answer)| **label == *answer).count();
        lock().push(activity);
    }
}

/// The class with the highest sum of probabilities over the action circuits, for each sample.
/// `acting` is samples × units, as [`Activity::acting`].
pub fn answers(circuits: &Circuits, acting: &AlignedMatrix) -> Vec<u16> {
    let mut sums = vec![0.0; circuits.actions()];
    let answer = |b: usize| {
        sums.fill(0.0);
        for vote in circuits.hidden()..circuits.count() {
            let q = &acting.row(b)[circuits.members(vote)];
            sums.iter_mut().zip(q).for_each(|(sum, q)| *sum += q);
        }
        first_largest(&sums) as u16
    };
    (0..acting.rows()).map(answer).collect()
}

/// Fills the rows of `states` with images, pixels / 255.
fn load(compute: &Compute, images: &Images, which: &[usize], states: &mut AlignedMatrix) {
    assert!(states.rows() == which.len() && states.columns() == images.pixels_per_image());
    let stride = states.stride();
    let ranges = compute.threads.split(which.len(), 1);
    let rows = pieces(states.all_mut(), ranges.iter().map(|range| range.len() * stride));
    compute.threads.each(ranges.iter().zip(rows).collect(), |(range, rows)| {
        for (&image, row) in which[range.clone()].iter().zip(rows.chunks_exact_mut(stride)) {
            run(compute.level, Fractions { pixels: images.pixels(image), out: row });
        }
    });
}

/// `out[k] = pixels[k]/255`, compiled for the vectors of an instruction set.
struct Fractions<'a> {
    pixels: &'a [u8],
    out: &'a mut [f32],
}

impl Work for Fractions<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        for (entry, &pixel) in self.out.iter_mut().zip(self.pixels) {
            *entry = f32::from(pixel) / 255.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH, ImageData, ImageTask, Images, Labelled, ROUND, Rewards};
    use crate::agent::Network;
    use crate::hex::hex;
    use crate::inference::{ActionPolicy, Inference, Rate};
    use crate::kernel::compute::Compute;
    use crate::kernel::simd::Level;
    use crate::kernel::threads::Threads;
    use crate::network::{Circuits, Convention, Mask, Parameters};
    use crate::task::{OneStepTask, Policy};
    use sha2::{Digest, Sha256};

    /// The images are several rounds of two threads, one of three, and end with a smaller batch.
    #[test]
    fn the_accuracy_does_not_depend_on_the_number_of_threads() {
        let count = BATCH * (2 * ROUND + 1) + BATCH / 2;
        let number = |n: usize| n * n % 251;
        let images = Images::new(4, (0..4 * count).map(|n| number(n) as u8).collect());
        let test = Labelled { images, labels: (0..count).map(|n| (number(n) % 3) as u16).collect() };
        let data = ImageData { train: test.clone(), test };
        let task = ImageTask { data, rewards: Rewards { right: 1.0, wrong: 0.0, shared: 0.0 } };
        let circuits = Circuits::new(2, 3, 1, 3).unwrap();
        let mask = Mask::full(&circuits);
        let mut parameters = Parameters::zeros(circuits, 4, Convention::Full, mask);
        parameters.randomise(Level::best(None), 1, -2.0..2.0);
        let network = &Network::Rwta(parameters);
        let [expected, others @ ..] = [1, 2, 3].map(|threads| {
            let compute = &Compute { level: Level::best(None), threads: Threads::new(threads).unwrap() };
            let inference = Inference::Rate(Rate::PUBLISHED);
            let policy =
                Policy { compute, network, inference, action_policy: ActionPolicy::MeanField, seed: 1 };
            let mut perturbed = Vec::new();
            let accuracy = task.accuracy(policy, 1, None, &mut |first, labels, states| {
                perturbed.push((first, labels.to_vec(), states.clone()));
                (0..states.rows()).for_each(|sample| states.row_mut(sample).reverse());
            });
            (accuracy, perturbed)
        });
        assert!(expected.0 > 0.2 && expected.0 < 0.8, "{}", expected.0);
        assert_eq!(expected.1.len(), count.div_ceil(BATCH));
        assert!(others.iter().all(|other| *other == expected));
    }

    #[test]
    fn the_checksum_is_that_of_all_bytes_in_order() {
        let part = |pixels: &[u8], labels: &[u16]| Labelled {
            images: Images::new(2, pixels.to_vec()),
            labels: labels.to_vec(),
        };
        let data = |last| ImageData { train: part(&[1, 2, 3, 4], &[5, 6]), test: part(&[7, 8], &[last]) };
        assert_eq!(data(9).sha256(), hex(&Sha256::digest([1, 2, 3, 4, 5, 6, 7, 8, 9])));
        assert_ne!(data(8).sha256(), data(9).sha256());
        let wide = hex(&Sha256::digest([1, 2, 3, 4, 0, 5, 0, 6, 7, 8, 1, 0]));
        assert_eq!((data(256).sha256(), data(256).classes()), (wide, 257));
    }
}

//! A substitute network that an adversary trains because the gradient of the attacked network is
//! unknown.
//!
//! | what it learns | network | training | what it attacks |
//! | --- | --- | --- | --- |
//! | the labels of all training images | states – 128 rectified neurons – answers | Adam 1e-3, 2 passes | the label |
//! | the attacked network's answers to 1000 samples, as published | states – 2048 – 1024 – 1024 – answers | Adam 1e-4, 20 passes | its own most probable answer |
//!
//! ```text
//! C the cross-entropy of the substitute's softmax and the attacked answer:  s ← clamp(s + ε·sign ∂C/∂s, 0, 1)
//! ```
//!
//! Where the gradient is zero, the state is unchanged. The number of passes over the memory is not
//! published; after 20 passes, the substitute gives the attacked network's answer to nearly all
//! samples of the memory. Source: Goodfellow, Shlens, Szegedy 2015, arXiv 1412.6572, equation in
//! section 4; transfer to another network: Papernot et al. 2017, doi 10.1145/3052973.3053009.

use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::product::transposed_product;
use crate::kernel::simd::Level;
use crate::kernel::softmax::softmax;
use crate::perceptron::{Pass, Perceptron};
use crate::task::first_largest;
use crate::task::mnist::Labelled;

/// Hidden neurons of the substitute that learns labels.
const HIDDEN: usize = 128;

/// Hidden neurons of the layers of the published substitute.
const PUBLISHED_HIDDEN: [usize; 3] = [2048, 1024, 1024];

/// Samples of a training step.
const BATCH: usize = 100;

/// Learning rate of Adam, to labels and to answers.
const RATE: f64 = 0.001;
const PUBLISHED_RATE: f64 = 1.0e-4;

/// Number of passes over the images, and over the memory.
const EPOCHS: usize = 2;
const PUBLISHED_EPOCHS: usize = 20;

/// Samples with the attacked network's answers.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Samples × states.
    pub states: AlignedMatrix,
    /// One answer per sample.
    pub answers: Vec<u16>,
}

impl Memory {
    /// Number of samples of the published memory.
    pub const PUBLISHED: usize = 1000;
}

/// A trained substitute.
#[derive(Clone, Debug)]
pub struct Substitute {
    network: Perceptron,
    attacks_own_answer: bool,
}

impl Substitute {
    /// Trains to the labels of all images in their order, batch by batch. The rest that does not
    /// fill a batch is not used. The same seed gives the same bits.
    pub fn of_labels(compute: &Compute, images: &Labelled, answers: usize, seed: u32) -> Self {
        let states = images.images.pixels_per_image();
        let mut network = Perceptron::new(compute.level, &[states, HIDDEN, answers], seed);
        for _ in 0..EPOCHS {
            let batches = (0..images.images.count() / BATCH).map(|batch| {
                let of = batch * BATCH..(batch + 1) * BATCH;
                (images.images.states(of.clone()), &images.labels[of])
            });
            train(compute, RATE, &mut network, batches);
        }
        Self { network, attacks_own_answer: false }
    }

    /// Trains the published substitute to the answers of a memory, `answers` different ones, with
    /// batches as above. The same seed gives the same bits.
    ///
    /// # Panics
    /// If there is not one answer per sample.
    pub fn of_answers(compute: &Compute, memory: &Memory, answers: usize, seed: u32) -> Self {
        let Memory { states, answers: given } = memory;
        assert!(states.rows() == given.len());
        let [first, second, third] = PUBLISHED_HIDDEN;
        let mut network =
            Perceptron::new(compute.level, &[states.columns(), first, second, third, answers], seed);
        for _ in 0..PUBLISHED_EPOCHS {
            let batches = (0..states.rows() / BATCH).map(|batch| {
                let first = batch * BATCH;
                let x = AlignedMatrix::from_fn(BATCH, states.columns(), |b, k| states.row(first + b)[k]);
                (x, &given[first..first + BATCH])
            });
            train(compute, PUBLISHED_RATE, &mut network, batches);
        }
        Self { network, attacks_own_answer: true }
    }

    /// Number of classes.
    fn answers(&self) -> usize {
        self.network.layers().last().expect("a perceptron has layers").bias.columns()
    }

    /// `−∂C/∂s` of each sample, samples × states, for `states` of the same shape. `labels` are
    /// attacked, one per sample, or the substitute's own answers are.
    ///
    /// # Panics
    /// If there is not one label per sample, or if the substitute was trained on another number of
    /// states.
    pub fn minus_slopes(&self, compute: &Compute, labels: &[u16], states: &AlignedMatrix) -> AlignedMatrix {
        assert!(labels.len() == states.rows());
        let mut pass = Pass::new(&self.network, labels.len());
        let mut cotangent = AlignedMatrix::zeros(labels.len(), self.answers());
        let logits = self.network.forward(compute, states, &mut pass);
        let own: Vec<u16>;
        let attacked = if self.attacks_own_answer {
            own = (0..labels.len()).map(|sample| first_largest(logits.row(sample)) as u16).collect();
            &own
        } else {
            labels
        };
        minus_derivatives(compute.level, 1.0, logits, attacked, &mut cotangent);
        let drives = self.network.propagate(compute, &cotangent, &mut pass);
        let weights = &self.network.layers()[0].weights;
        let mut slopes = AlignedMatrix::zeros(labels.len(), weights.rows());
        let weights = (weights.all(), weights.stride(), weights.columns());
        transposed_product(compute.level, (drives.all(), drives.stride()), weights, slopes.tile());
        slopes
    }
}

/// One pass over batches of states and answers.
fn train<'a>(
    compute: &Compute,
    rate: f64,
    network: &mut Perceptron,
    batches: impl Iterator<Item = (AlignedMatrix, &'a [u16])>,
) {
    let answers = network.layers().last().expect("a perceptron has layers").bias.columns();
    let mut pass = Pass::new(network, BATCH);
    let mut cotangent = AlignedMatrix::zeros(BATCH, answers);
    for (x, labels) in batches {
        let logits = network.forward(compute, &x, &mut pass);
        minus_derivatives(compute.level, 1.0 / BATCH as f32, logits, labels, &mut cotangent);
        network.ascend(compute, rate, &x, &cotangent, &mut pass);
    }
}

/// Minus the derivative of `share` times the sum of the cross-entropies with respect to the logits:
/// `share·(1[label] − softmax)`.
fn minus_derivatives(
    isa: Level,
    share: f32,
    logits: &AlignedMatrix,
    labels: &[u16],
    cotangent: &mut AlignedMatrix,
) {
    let answers = logits.columns();
    for (sample, &label) in labels.iter().enumerate() {
        let row = cotangent.padded_row_mut(sample);
        row.copy_from_slice(logits.padded_row(sample));
        softmax(isa, &[answers], row);
        for (answer, entry) in row[..answers].iter_mut().enumerate() {
            *entry = share * (f32::from(u8::from(answer == usize::from(label))) - *entry);
        }
    }
}

#[cfg(test)]
mod tests;

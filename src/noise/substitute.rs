//! A substitute network that an adversary trains because the gradient of the attacked network is
//! unknown.
//!
//! ```text
//! a perceptron, states – 128 rectified neurons – answers, trained to the labels by cross-entropy C:  s ← clamp(s + ε·sign ∂C/∂s, 0, 1)
//! ```
//!
//! If the gradient is zero, the state is unchanged. Source: Goodfellow, Shlens, Szegedy 2015, arXiv
//! 1412.6572, equation in section 4; transfer to another network: Papernot et al. 2017, doi
//! 10.1145/3052973.3053009.

use super::{Effect, Perturbation};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::product::transposed_product;
use crate::kernel::simd::Level;
use crate::kernel::softmax::softmax;
use crate::perceptron::{Pass, Perceptron};
use crate::task::mnist::Labelled;

/// Hidden neurons.
const HIDDEN: usize = 128;

/// Images of a training step.
const BATCH: usize = 100;

/// Learning rate of Adam.
const RATE: f64 = 0.001;

/// Number of passes over the images.
const EPOCHS: usize = 2;

/// A trained substitute.
#[derive(Clone, Debug)]
pub struct Substitute {
    network: Perceptron,
}

impl Substitute {
    /// Trains on all images in their order, batch by batch. The rest that does not fill a batch is
    /// not used. The same seed gives the same bits.
    pub fn train(compute: &Compute, images: &Labelled, answers: usize, seed: u32) -> Self {
        let states = images.images.pixels_per_image();
        let mut network = Perceptron::new(compute.level, &[states, HIDDEN, answers], seed);
        let mut pass = Pass::new(&network, BATCH);
        let mut cotangent = AlignedMatrix::zeros(BATCH, answers);
        for _ in 0..EPOCHS {
            for batch in 0..images.images.count() / BATCH {
                let of = batch * BATCH..(batch + 1) * BATCH;
                let x = images.images.states(of.clone());
                let logits = network.forward(compute, &x, &mut pass);
                let share = 1.0 / BATCH as f32;
                minus_derivatives(compute.level, share, logits, &images.labels[of], &mut cotangent);
                network.ascend(compute, RATE, &x, &cotangent, &mut pass);
            }
        }
        Self { network }
    }

    /// Moves `states`, samples × states in `[0,1]`, away from their labels, one label per sample.
    /// Kinds with another effect do not change them.
    ///
    /// # Panics
    /// If there is not one label per sample, or if the substitute was trained on another number of
    /// states.
    pub fn perturb_states(
        &self,
        isa: Level,
        perturbation: Perturbation,
        labels: &[u16],
        states: &mut AlignedMatrix,
    ) {
        if !matches!(perturbation.kind().effect, Effect::LabelledStates) {
            return;
        }
        assert!(labels.len() == states.rows());
        let epsilon = perturbation.level() as f32;
        let slopes = self.minus_slopes(isa, labels, states);
        for sample in 0..labels.len() {
            for (state, &slope) in states.row_mut(sample).iter_mut().zip(slopes.row(sample)) {
                if slope != 0.0 {
                    *state = (*state - epsilon.copysign(slope)).clamp(0.0, 1.0);
                }
            }
        }
    }

    /// Number of classes.
    fn answers(&self) -> usize {
        self.network.layers().last().expect("a perceptron has layers").bias.columns()
    }

    /// `−∂C/∂s` of each sample, samples × states.
    fn minus_slopes(&self, isa: Level, labels: &[u16], states: &AlignedMatrix) -> AlignedMatrix {
        let compute = &Compute::single(isa);
        let mut pass = Pass::new(&self.network, labels.len());
        let mut cotangent = AlignedMatrix::zeros(labels.len(), self.answers());
        let logits = self.network.forward(compute, states, &mut pass);
        minus_derivatives(isa, 1.0, logits, labels, &mut cotangent);
        let drives = self.network.propagate(compute, &cotangent, &mut pass);
        let weights = &self.network.layers()[0].weights;
        let mut slopes = AlignedMatrix::zeros(labels.len(), weights.rows());
        let weights = (weights.all(), weights.stride(), weights.columns());
        transposed_product(isa, (drives.all(), drives.stride()), weights, slopes.tile());
        slopes
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
mod tests {
    use super::Substitute;
    use crate::kernel::compute::Compute;
    use crate::kernel::matrix::AlignedMatrix;
    use crate::kernel::simd::Level;
    use crate::noise::{KINDS, Kind, Perturbation};
    use crate::perceptron::Pass;
    use crate::random::SplitMix64;
    use crate::task::mnist::{Images, Labelled};

    const PIXELS: usize = 40;
    const ANSWERS: usize = 10;

    /// Images of ten prototypes of random pixels. Each pixel is replaced at random with probability
    /// 0.3.
    fn prototypes(count: usize) -> Labelled {
        let mut random = SplitMix64::new(5);
        let prototypes: Vec<u8> = (0..ANSWERS * PIXELS).map(|_| random.below(256) as u8).collect();
        let labels: Vec<u16> = (0..count).map(|_| random.below(ANSWERS) as u16).collect();
        let mut pixel = |label: u16, k: usize| {
            if random.chance(0.3) {
                random.below(256) as u8
            } else {
                prototypes[usize::from(label) * PIXELS + k]
            }
        };
        let pixels =
            labels.iter().flat_map(|&label| (0..PIXELS).map(|k| pixel(label, k)).collect::<Vec<_>>());
        Labelled { images: Images::new(PIXELS, pixels.collect()), labels: labels.clone() }
    }

    fn states(images: &Labelled) -> AlignedMatrix {
        images.images.states(0..images.images.count())
    }

    fn accuracy(substitute: &Substitute, states: &AlignedMatrix, labels: &[u16]) -> f64 {
        let mut pass = Pass::new(&substitute.network, states.rows());
        let logits = substitute.network.forward(&Compute::single(Level::best(None)), states, &mut pass);
        let most = |row: &[f32]| (1..ANSWERS).fold(0, |best, a| if row[a] > row[best] { a } else { best });
        let right = labels.iter().enumerate().filter(|(b, l)| most(logits.row(*b)) == usize::from(**l));
        right.count() as f64 / labels.len() as f64
    }

    /// Cross-entropy of one sample, computed in f64 from the weights.
    fn cross_entropy(substitute: &Substitute, state: &[f64], label: usize) -> f64 {
        let mut activity = state.to_vec();
        let layers = substitute.network.layers();
        for (at, layer) in layers.iter().enumerate() {
            let drive = |u: usize| {
                let weighted =
                    activity.iter().enumerate().map(|(k, x)| x * f64::from(layer.weights.row(k)[u]));
                f64::from(layer.bias.row(0)[u]) + weighted.sum::<f64>()
            };
            let next = (0..layer.weights.columns()).map(drive);
            let rectify = at + 1 < layers.len();
            activity = next.map(|x| if rectify { x.max(0.0) } else { x }).collect();
        }
        activity.iter().map(|x| x.exp()).sum::<f64>().ln() - activity[label]
    }

    /// Compares the gradient with central differences, and the attack with noise of the same size,
    /// which must have much less effect.
    #[test]
    fn moves_along_the_gradient_and_misleads() {
        let isa = Level::best(None);
        let compute = Compute::single(isa);
        let images = prototypes(4000);
        let substitute = Substitute::train(&compute, &images, ANSWERS, 1);
        let clean = states(&images);
        let before = accuracy(&substitute, &clean, &images.labels);
        assert!(before > 0.95, "{before}");

        let slopes = substitute.minus_slopes(isa, &images.labels, &clean);
        for sample in 0..10 {
            let (state, label) = (clean.row(sample), images.labels[sample]);
            let slope = slopes.row(sample);
            let state: Vec<f64> = state.iter().map(|&x| f64::from(x)).collect();
            let largest = slope.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            for k in 0..PIXELS {
                let at = |by: f64| {
                    let mut moved = state.clone();
                    moved[k] += by;
                    cross_entropy(&substitute, &moved, usize::from(label))
                };
                let difference = (at(1.0e-6) - at(-1.0e-6)) / 2.0e-6;
                let error = (f64::from(slope[k]) + difference).abs();
                assert!(error < 1.0e-4 * f64::from(largest), "{sample}, {k}: {}, {difference}", slope[k]);
            }
        }

        let fgsm = Perturbation::new(Kind::named("fgsm").unwrap(), 0.15).unwrap();
        let mut attacked = clean.clone();
        substitute.perturb_states(isa, fgsm, &images.labels, &mut attacked);
        let mut random = SplitMix64::new(9);
        let noisy = AlignedMatrix::from_fn(clean.rows(), PIXELS, |b, k| {
            (clean.row(b)[k] + if random.chance(0.5) { 0.15 } else { -0.15 }).clamp(0.0, 1.0)
        });
        for (found, clean) in attacked.entries().zip(clean.entries()) {
            assert!((0.0..=1.0).contains(&found));
            let step = (found - clean).abs();
            assert!((step - 0.15).abs() < 1.0e-6 || found == 0.0 || found == 1.0 || step == 0.0);
        }
        let (attacked, noisy) =
            (accuracy(&substitute, &attacked, &images.labels), accuracy(&substitute, &noisy, &images.labels));
        assert!(attacked < before - 0.3 && noisy > before - 0.1, "{before}, {attacked}, {noisy}");
    }

    #[test]
    fn bits_depend_on_nothing_but_the_seed() {
        let images = prototypes(300);
        let fgsm = Perturbation::new(Kind::named("fgsm").unwrap(), 0.1).unwrap();
        let of = |isa: Level, threads: usize, seed: u32| {
            let substitute = Substitute::train(&Compute::new(isa, threads).unwrap(), &images, ANSWERS, seed);
            let mut states = states(&images);
            substitute.perturb_states(isa, fgsm, &images.labels, &mut states);
            states
        };
        let expected = of(Level::best(None), 1, 1);
        for isa in Level::all() {
            assert_eq!(of(isa, 1, 1), expected, "{}", isa.isa());
        }
        assert_eq!(of(Level::best(None), 3, 1), expected);
        assert!(of(Level::best(None), 1, 2) != expected);
    }

    #[test]
    fn other_kinds_change_nothing() {
        let images = prototypes(100);
        let substitute = Substitute::train(&Compute::single(Level::best(None)), &images, ANSWERS, 1);
        for kind in KINDS.iter().filter(|kind| kind.name != "fgsm") {
            let mut states = states(&images);
            let perturbation = Perturbation::new(kind, *kind.range.end()).unwrap();
            substitute.perturb_states(Level::best(None), perturbation, &images.labels, &mut states);
            assert!(states == self::states(&images), "{kind}");
        }
    }
}

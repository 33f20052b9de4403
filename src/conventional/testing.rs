//! Shared code of the tests: finite differences in f64, comparison of bits, and toy tasks.

use super::{ConventionalMethod, Layers, Size, Update};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::kernel::simd::Level;
use crate::kernel::softmax::softmax;
use crate::optimiser::{Method, Optimiser};
use crate::random::SplitMix64;

/// Draws of a test.
pub(super) const DRAWS: Draws = Draws { seed: 5, step: 3 };

/// A network and its inputs in f64.
#[derive(Clone, Debug)]
pub(super) struct Plain {
    /// Weights, input by input, and biases.
    pub(super) layers: Vec<(Vec<Vec<f64>>, Vec<f64>)>,
    pub(super) decays: Vec<f64>,
    pub(super) states: Vec<Vec<f64>>,
}

/// All rows in f64.
pub(super) fn wide(matrix: &AlignedMatrix) -> Vec<Vec<f64>> {
    (0..matrix.rows()).map(|row| matrix.row(row).iter().map(|&x| f64::from(x)).collect()).collect()
}

impl Plain {
    pub(super) fn new(layers: &Layers, states: &AlignedMatrix) -> Self {
        let layer = |layer: &crate::perceptron::Layer| (wide(&layer.weights), wide(&layer.bias).remove(0));
        Self {
            layers: layers.layers.iter().map(layer).collect(),
            decays: wide(&layers.decays).into_iter().flatten().collect(),
            states: wide(states),
        }
    }

    /// `b + x W` of a layer.
    pub(super) fn affine(&self, layer: usize, x: &[f64]) -> Vec<f64> {
        let (weights, bias) = &self.layers[layer];
        let mut out = bias.clone();
        for (x, row) in x.iter().zip(weights) {
            out.iter_mut().zip(row).for_each(|(out, w)| *out += x * w);
        }
        out
    }

    /// Every parameter, in the order of [`entries`].
    fn parameters(&mut self) -> Vec<&mut f64> {
        let layers = self.layers.iter_mut();
        let layers = layers.flat_map(|(weights, bias)| weights.iter_mut().flatten().chain(bias));
        layers.chain(&mut self.decays).collect()
    }
}

/// Every parameter: weights and bias of each layer, then the decays.
pub(super) fn entries(layers: &Layers) -> Vec<f32> {
    let matrices = layers.layers.iter().flat_map(|layer| [&layer.weights, &layer.bias]);
    matrices.chain([&layers.decays]).flat_map(AlignedMatrix::entries).collect()
}

/// `ln softmax(logits)[action]`.
fn log_prob(logits: &[f64], action: usize) -> f64 {
    logits[action] - logits.iter().map(|z| z.exp()).sum::<f64>().ln()
}

/// States, actions, signals and a random cotangent.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    pub(super) states: AlignedMatrix,
    actions: Vec<usize>,
    signals: Vec<f32>,
    pub(super) cotangent: AlignedMatrix,
}

impl Samples {
    pub(super) fn new(size: Size, count: usize, seed: u64) -> Self {
        let mut random = SplitMix64::new(seed);
        Self {
            states: AlignedMatrix::from_fn(count, size.states, |_, _| random.unit() as f32),
            actions: (0..count).map(|_| random.below(size.actions)).collect(),
            signals: (0..count).map(|_| random.symmetric(2.0) as f32).collect(),
            cotangent: AlignedMatrix::from_fn(count, size.actions, |_, _| random.symmetric(1.0) as f32),
        }
    }
}

impl Samples {
    /// These rows.
    pub(super) fn part(&self, rows: std::ops::Range<usize>) -> Self {
        let of = |matrix: &AlignedMatrix| {
            AlignedMatrix::from_fn(rows.len(), matrix.columns(), |r, c| matrix.row(rows.start + r)[c])
        };
        Self {
            states: of(&self.states),
            actions: self.actions[rows.clone()].to_vec(),
            signals: self.signals[rows.clone()].to_vec(),
            cotangent: of(&self.cotangent),
        }
    }
}

/// Logits, samples × actions.
pub(super) fn logits(
    method: &dyn ConventionalMethod,
    compute: &Compute,
    layers: &Layers,
    states: &AlignedMatrix,
) -> AlignedMatrix {
    let mut logits = AlignedMatrix::zeros(states.rows(), layers.size.actions);
    method.logits(compute, layers, states, DRAWS, &mut logits);
    logits
}

/// The policy, samples × actions.
fn policy(compute: &Compute, mut logits: AlignedMatrix) -> AlignedMatrix {
    let sizes = [logits.columns()];
    for row in 0..logits.rows() {
        softmax(compute.level, &sizes, logits.padded_row_mut(row));
    }
    logits
}

/// The update of a method for these samples.
pub(super) fn direction(
    method: &dyn ConventionalMethod,
    compute: &Compute,
    layers: &Layers,
    Samples { states, actions, signals, .. }: &Samples,
) -> Layers {
    let probabilities = policy(compute, logits(method, compute, layers, states));
    let update = Update { states, draws: DRAWS, actions, signals, probabilities: &probabilities };
    let mut direction = layers.zeros_like();
    direction.layers.iter_mut().for_each(|layer| layer.weights.all_mut().fill(f32::NAN));
    method.direction(compute, layers, &update, &mut direction);
    direction
}

/// Compares [`ConventionalMethod::direction`] and [`ConventionalMethod::state_gradient`] with
/// central differences of `model`, the logits of a sample in f64.
pub(super) fn compare_with_differences(
    method: &dyn ConventionalMethod,
    layers: &Layers,
    samples: &Samples,
    model: impl Fn(&Plain, usize) -> Vec<f64>,
) {
    let compute = Compute::new(Level::best(None), 2).unwrap();
    let Samples { states, actions, signals, cotangent } = samples;
    let (mut plain, count) = (Plain::new(layers, states), states.rows());
    let near = |found: f32, wanted: f64, what: &str, at: usize| {
        let error = (f64::from(found) - wanted).abs();
        assert!(error <= 5e-7 + 3e-5 * wanted.abs(), "{what} {at}: {found:e}, not {wanted:e}");
    };
    let step = 1e-6;
    let expected = |plain: &Plain| -> f64 {
        let of = |b: usize| f64::from(signals[b]) * log_prob(&model(plain, b), actions[b]);
        (0..count).map(of).sum::<f64>() / count as f64
    };
    let found = direction(method, &compute, layers, samples);
    let trained: Vec<bool> = {
        let mut flags = layers.clone();
        let ones = |matrix: &mut AlignedMatrix| matrix.all_mut().fill(f32::INFINITY);
        flags.trained_mut(method).into_iter().for_each(ones);
        entries(&flags).iter().map(|x| x.is_infinite()).collect()
    };
    let mut visible = 0;
    for (at, found) in entries(&found).into_iter().enumerate() {
        if !trained[at] {
            assert_eq!(found, 0.0, "parameter {at} does not train");
            continue;
        }
        let mut at_distance = |distance: f64| {
            let before = *plain.parameters()[at];
            *plain.parameters()[at] = before + distance;
            let value = expected(&plain);
            *plain.parameters()[at] = before;
            value
        };
        let wanted = (at_distance(step) - at_distance(-step)) / (2.0 * step);
        visible += usize::from(wanted.abs() > 5e-6);
        near(found, wanted, "parameter", at);
    }
    let all = trained.iter().filter(|&&trains| trains).count();
    assert!(visible * 3 > all, "only {visible} of {all} derivatives are above the tolerance");

    let found = method.state_gradient(&compute, layers, states, DRAWS, cotangent);
    let found = found.expect("the method is differentiable");
    for b in 0..count {
        for k in 0..states.columns() {
            let mut at_distance = |distance: f64| {
                let before = plain.states[b][k];
                plain.states[b][k] = before + distance;
                let logits = model(&plain, b);
                plain.states[b][k] = before;
                let pairs = logits.iter().zip(cotangent.row(b));
                pairs.map(|(logit, &weight)| logit * f64::from(weight)).sum::<f64>()
            };
            let wanted = (at_distance(step) - at_distance(-step)) / (2.0 * step);
            near(found.row(b)[k], wanted, "state", b * states.columns() + k);
        }
    }
}

/// Asserts that logits, update and state gradient have the same bits on every instruction set and
/// for several numbers of threads.
pub(super) fn same_bits_everywhere(method: &dyn ConventionalMethod, size: Size, count: usize) {
    let bits = |level, threads| {
        let compute = Compute::new(level, threads).unwrap();
        let (layers, samples) = (method.start(level, size, 9), Samples::new(size, count, 4));
        let mut found = entries(&layers);
        found.extend(logits(method, &compute, &layers, &samples.states).entries());
        found.extend(entries(&direction(method, &compute, &layers, &samples)));
        let gradient = method.state_gradient(&compute, &layers, &samples.states, DRAWS, &samples.cotangent);
        found.extend(gradient.iter().flat_map(AlignedMatrix::entries));
        found.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    let expected = bits(Level::best(None), 1);
    for level in Level::all() {
        for threads in [1, 2, 3] {
            assert!(bits(level, threads) == expected, "{}: {level:?}, {threads} threads", method.name());
        }
    }
}

/// Samples of a batch of a toy task.
const BATCH: usize = 50;

/// A toy task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toy {
    /// One half of four pixels is bright: two classes.
    Halves,
    /// One pixel of each half is bright. The class is whether they have different places in their
    /// halves: no linear policy is right for more than three of the four patterns.
    Xor,
}

impl Toy {
    /// States, samples × 4, and classes.
    fn draw(self, count: usize, random: &mut SplitMix64) -> (AlignedMatrix, Vec<usize>) {
        let mut states = AlignedMatrix::zeros(count, 4);
        let classes = (0..count).map(|b| {
            let (first, second) = (random.below(2), random.below(2));
            let (bright, class) = match self {
                Toy::Halves => ([2 * first, 2 * first + 1], first),
                Toy::Xor => ([first, 2 + second], first ^ second),
            };
            for pixel in 0..4 {
                let light = if bright.contains(&pixel) { 0.7 } else { 0.0 };
                states.row_mut(b)[pixel] = light + 0.3 * random.unit() as f32;
            }
            class
        });
        let classes = classes.collect();
        (states, classes)
    }
}

/// The accuracy after `steps` steps of REINFORCE with batches of [`BATCH`], rewards ±½ and Adam.
pub(super) fn learn(
    method: &dyn ConventionalMethod,
    toy: Toy,
    hidden: (usize, usize),
    (steps, rate): (u32, f64),
) -> f64 {
    let compute = Compute::single(Level::best(None));
    let size = Size { states: 4, hidden, actions: 2, steps: 15 };
    let mut layers = method.start(compute.level, size, 1);
    let shapes: Vec<_> = layers.trained(method).iter().map(|m| (m.rows(), m.columns())).collect();
    let (mut optimiser, mut random) = (Optimiser::new(Method::ADAM, shapes), SplitMix64::new(2));
    let mut direction = layers.zeros_like();
    for step in 0..steps {
        let (states, classes) = toy.draw(BATCH, &mut random);
        let draws = Draws { seed: 1, step };
        let mut logits = AlignedMatrix::zeros(BATCH, 2);
        method.logits(&compute, &layers, &states, draws, &mut logits);
        let probabilities = policy(&compute, logits);
        let sample = |b| usize::from(random.unit() as f32 >= probabilities.row(b)[0]);
        let actions: Vec<usize> = (0..BATCH).map(sample).collect();
        let signal = |(action, class)| if action == class { 0.5 } else { -0.5 };
        let signals: Vec<f32> = actions.iter().zip(&classes).map(signal).collect();
        let update = Update {
            states: &states,
            draws,
            actions: &actions,
            signals: &signals,
            probabilities: &probabilities,
        };
        method.direction(&compute, &layers, &update, &mut direction);
        let pairs = layers.trained_mut(method).into_iter().zip(direction.trained(method));
        optimiser.step(&compute, rate, pairs.collect());
    }
    let (states, classes) = toy.draw(400, &mut random);
    accuracy(&logits(method, &compute, &layers, &states), &classes)
}

/// The share of samples whose class has the largest logit.
fn accuracy(logits: &AlignedMatrix, classes: &[usize]) -> f64 {
    let is_right = |&(b, &class): &(usize, &usize)| {
        let row = logits.row(b);
        row.iter().enumerate().all(|(action, &logit)| action == class || logit < row[class])
    };
    classes.iter().enumerate().filter(is_right).count() as f64 / classes.len() as f64
}

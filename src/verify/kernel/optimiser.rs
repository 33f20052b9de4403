//! Compares a step of SGD, RMSProp and Adam with the published formulas in f64.

use super::{Comparison, Exact};
use crate::kernel::edges::EDGES;
use crate::kernel::matrix::padded;
use crate::kernel::optimiser::{Adam, RmsProp, adam, rmsprop, sgd, twin};
use crate::random::SplitMix64;

const RATE: f64 = 1e-2;
const DECAY: f64 = 0.99;
const BETAS: (f64, f64) = (0.9, 0.999);
const EPSILON: f64 = 1e-8;
const STEPS: [u64; 3] = [1, 7, 1000];

/// Gradient, parameter and optimiser state of one entry.
#[derive(Clone, Copy)]
struct Entry {
    gradient: f32,
    parameter: f32,
    mean: f32,
    square: f32,
}

/// Entries with edges, for which only the bits are compared; then drawn entries, whose parameters
/// are also compared with f64.
pub(super) fn optimiser(random: &mut SplitMix64) -> Comparison {
    let edges = EDGES.len();
    let turned = |k: usize| Entry {
        gradient: EDGES[k % edges],
        parameter: EDGES[(5 * k + 1) % edges],
        mean: EDGES[(7 * k + 2) % edges],
        square: EDGES[(11 * k + k / edges) % edges].abs(),
    };
    let mut entries: Vec<Entry> = (0..4 * edges).map(turned).collect();
    let judged_from = entries.len();
    let mut number = |scale| random.symmetric(scale) as f32;
    entries.resize_with(padded(judged_from + 500), || Entry {
        gradient: number(0.2),
        parameter: number(1.0),
        mean: number(0.2),
        square: number(0.1).abs(),
    });
    let judged = |k: usize, exact: Exact| (k >= judged_from).then_some(exact);
    let (mut twins, mut exact) = (Vec::new(), Vec::new());
    for (k, entry) in entries.iter().enumerate() {
        let mut parameter = entry.parameter;
        twin::sgd(RATE as f32, entry.gradient, &mut parameter);
        twins.push(parameter);
        exact.push(judged(k, moved(entry, RATE * f64::from(entry.gradient), 0.0)));
    }
    let step = RmsProp::new(RATE, DECAY, EPSILON);
    for (k, entry) in entries.iter().enumerate() {
        let Entry { gradient, mut parameter, mut square, .. } = *entry;
        twin::rmsprop(&step, gradient, &mut square, &mut parameter);
        twins.extend([parameter, square]);
        exact.extend([judged(k, rmsprop_in_f64(entry)), None]);
    }
    for t in STEPS {
        let step = Adam::new(RATE, BETAS, EPSILON, t);
        for (k, entry) in entries.iter().enumerate() {
            let Entry { gradient, mut parameter, mut mean, mut square } = *entry;
            twin::adam(&step, gradient, &mut mean, &mut square, &mut parameter);
            twins.extend([parameter, mean, square]);
            exact.extend([judged(k, adam_in_f64(entry, t as i32)), None, None]);
        }
    }
    Comparison { twin: twins, exact, vector: Box::new(move |level| vector(level, &entries)) }
}

/// The parameter after a change. The scale of the error is the largest of the parameter, the change
/// and `scale`.
fn moved(entry: &Entry, change: f64, scale: f64) -> Exact {
    let parameter = f64::from(entry.parameter);
    Exact { value: parameter + change, scale: parameter.abs().max(change.abs()).max(scale) }
}

fn rmsprop_in_f64(entry: &Entry) -> Exact {
    let (g, square) = (f64::from(entry.gradient), f64::from(entry.square));
    let v = DECAY * square + (1.0 - DECAY) * g * g;
    moved(entry, RATE * g / (v.sqrt() + EPSILON), 0.0)
}

fn adam_in_f64(entry: &Entry, t: i32) -> Exact {
    let (g, mean, square) = (f64::from(entry.gradient), f64::from(entry.mean), f64::from(entry.square));
    let bias = 1.0 - BETAS.0.powi(t);
    let m = (BETAS.0 * mean + (1.0 - BETAS.0) * g) / bias;
    let v = (BETAS.1 * square + (1.0 - BETAS.1) * g * g) / (1.0 - BETAS.1.powi(t));
    // If mean and gradient cancel, the change is small, but its roundings are not.
    let terms = RATE * mean.abs().max(g.abs()) / bias / v.sqrt();
    moved(entry, RATE * m / (v.sqrt() + EPSILON), terms)
}

fn vector(level: crate::kernel::simd::Level, entries: &[Entry]) -> Vec<f32> {
    let column = |of: fn(&Entry) -> f32| entries.iter().map(of).collect::<Vec<f32>>();
    let gradients = column(|entry| entry.gradient);
    let start =
        || (column(|entry| entry.parameter), column(|entry| entry.mean), column(|entry| entry.square));
    let (mut found, _, _) = start();
    sgd(level, RATE as f32, &gradients, &mut found);
    let (mut parameters, _, mut squares) = start();
    rmsprop(level, RmsProp::new(RATE, DECAY, EPSILON), &gradients, &mut squares, &mut parameters);
    found.extend(parameters.iter().zip(&squares).flat_map(|(&parameter, &square)| [parameter, square]));
    for t in STEPS {
        let (mut parameters, mut means, mut squares) = start();
        adam(
            level,
            Adam::new(RATE, BETAS, EPSILON, t),
            &gradients,
            &mut means,
            &mut squares,
            &mut parameters,
        );
        let remembered = means.iter().zip(&squares);
        found.extend(
            parameters
                .iter()
                .zip(remembered)
                .flat_map(|(&parameter, (&mean, &square))| [parameter, mean, square]),
        );
    }
    found
}

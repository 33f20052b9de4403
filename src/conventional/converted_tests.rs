//! A computed example, the normalisation, and the agreement with the network it came from.

use super::super::testing::{Samples, logits};
use super::{
    AlignedMatrix, ConventionalMethod, Converted, Feedforward, Layers, Size, convert, fire, percentile_of,
};
use crate::kernel::compute::Compute;
use crate::kernel::simd::Level;

const SIZE: Size = Size { states: 12, hidden: (4, 5), actions: 3, steps: 2000 };

fn compute() -> Compute {
    Compute::new(Level::best(None), 2).unwrap()
}

/// Two samples of three time steps: the membrane keeps what is above the threshold, and a new
/// sample starts at 0.
#[test]
fn units_integrate_and_fire() {
    let currents = [[0.5, 2.25], [0.5, -1.0], [0.75, -0.5], [0.75, 0.0], [0.0, 1.0], [0.5, -1.0]];
    let mut rows = AlignedMatrix::from_fn(6, 2, |r, c| currents[r][c]);
    fire(Level::best(None), 3, &mut rows);
    // Membranes: 0.5, 1 → 0, 0.75 | 0.75, 0.75, 1.25.  2.25 → 1.25, 0.25, −0.25 | 0, 1 → 0, −1.
    let spikes = [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 1.0], [1.0, 0.0]];
    assert_eq!(rows, AlignedMatrix::from_fn(6, 2, |r, c| spikes[r][c]));
}

#[test]
fn a_percentile_is_an_entry() {
    let matrix = AlignedMatrix::from_fn(10, 10, |r, c| ((10 * r + c) * 37 % 100) as f32);
    for (percentile, expected) in [(100.0, 99.0), (99.0, 98.0), (50.0, 49.0), (0.5, 0.0), (98.5, 98.0)] {
        assert_eq!(percentile_of(&matrix, percentile), expected, "{percentile}");
    }
}

fn activations(layers: &Layers, states: &AlignedMatrix, layer: usize) -> AlignedMatrix {
    let mut x = states.clone();
    for layer in &layers.layers[..=layer] {
        let mut out = AlignedMatrix::zeros(x.rows(), layer.weights.columns());
        layer.apply(&compute(), (x.all(), x.stride()), &mut out, super::rectify);
        x = out;
    }
    x
}

/// The converted network computes the same function up to a scale, and its largest activation is 1
/// in every layer.
#[test]
fn activations_are_normalised() {
    let layers = Feedforward::BP.start(compute().level, SIZE, 1);
    let samples = Samples::new(SIZE, 200, 2);
    let converted = convert(&compute(), &layers, &samples.states, 100.0);
    for layer in 0..2 {
        let before = activations(&layers, &samples.states, layer);
        let largest = before.entries().fold(0.0, f32::max);
        let after = activations(&converted, &samples.states, layer);
        assert!(largest > 0.0);
        for (before, after) in before.entries().zip(after.entries()) {
            assert!((before / largest - after).abs() < 1e-5);
        }
    }
    // Only the first states count.
    let mut more = AlignedMatrix::zeros(super::MAX_STATES + 1, 12);
    more.all_mut()[..200 * 16].copy_from_slice(samples.states.all());
    let few = convert(&compute(), &layers, &more, 100.0);
    more.row_mut(super::MAX_STATES).fill(1000.0);
    assert_eq!(convert(&compute(), &layers, &more, 100.0), few);
}

/// In 2000 time steps, the share of steps with a spike approaches the rectified logit of the
/// normalised network.
#[test]
fn spike_counts_approach_the_logits_of_the_network() {
    let layers = Feedforward::BP.start(compute().level, SIZE, 1);
    let samples = Samples::new(SIZE, 30, 3);
    let converted = convert(&compute(), &layers, &samples.states, 100.0);
    let counts = logits(&Converted, &compute(), &converted, &samples.states);
    let expected = activations(&converted, &samples.states, 1);
    assert!(expected.entries().filter(|&x| x > 0.1).count() > 20);
    for (count, expected) in counts.entries().zip(expected.entries()) {
        assert!((count / 2000.0 - expected).abs() < 0.04, "{count}: {expected}");
    }
}

/// A layer that is never active keeps its scale.
#[test]
fn a_silent_layer_is_not_divided_by_zero() {
    let mut layers = Feedforward::BP.start(compute().level, SIZE, 1);
    layers.layers[0].weights.all_mut().fill(0.0);
    layers.layers[0].bias.row_mut(0).fill(-1.0);
    let converted = convert(&compute(), &layers, &Samples::new(SIZE, 5, 1).states, 99.0);
    assert!(converted.is_finite());
    assert_eq!(converted.layers[0], layers.layers[0]);
}

/// Other draws, other counts; the same draws, the same.
#[test]
fn counts_are_a_function_of_the_draws() {
    let size = Size { steps: 25, ..SIZE };
    let layers = Converted.start(compute().level, size, 1);
    let samples = Samples::new(size, 50, 2);
    let of = |step| {
        let mut found = AlignedMatrix::zeros(50, 3);
        let draws = super::Draws { seed: 1, step };
        Converted.logits(&compute(), &layers, &samples.states, draws, &mut found);
        found
    };
    assert_eq!(of(0), of(0));
    assert_ne!(of(0), of(1));
}

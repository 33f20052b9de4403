//! Gradients against finite differences, the logits against the graph and against rate inference,
//! and toy tasks.

use super::super::graph;
use super::super::testing::{Plain, Samples, Toy, compare_with_differences, learn, logits};
use super::{AlignedMatrix, ConventionalMethod, Draws, RecurrentBp, Size};
use crate::inference::{Phase, Rate, RateInference};
use crate::kernel::compute::Compute;
use crate::kernel::simd::Level;

const SIZE: Size = Size { states: 5, hidden: (3, 4), actions: 3, steps: 0 };

/// The logits of sample `b`. The weights are two-way entries: those of a pair `W_ij + W_ji`, as in
/// the field of the network, without the blocks of the circuits.
fn model(plain: &Plain, b: usize) -> Vec<f64> {
    let drive = plain.affine(0, &plain.states[b]);
    let circuits = [0..4, 4..8, 8..12, 12..15];
    let weights = &plain.layers[1].0;
    let mut z = [0.0; 15];
    for _ in 0..10 {
        let mut q = [0.0; 15];
        for circuit in &circuits {
            let sum: f64 = z[circuit.clone()].iter().map(|z: &f64| z.exp()).sum();
            circuit.clone().for_each(|i| q[i] = z[i].exp() / sum);
        }
        for circuit in &circuits {
            for i in circuit.clone() {
                let others = (0..15).filter(|j| !circuit.contains(j));
                z[i] = drive[i] + others.map(|j| (weights[i][j] + weights[j][i]) * q[j]).sum::<f64>();
            }
        }
    }
    z[12..].to_vec()
}

/// The bias of the second layer has no effect in the model, and no gradient.
#[test]
fn gradients_are_finite_differences() {
    for seed in 0..3 {
        let mut layers = RecurrentBp.start(Level::best(None), SIZE, seed);
        layers.layers.iter_mut().flat_map(|layer| layer.weights.all_mut()).for_each(|w| *w *= 2.0);
        let samples = Samples::new(SIZE, 6, u64::from(seed));
        compare_with_differences(&RecurrentBp, &layers, &samples, model);
    }
}

#[test]
fn the_logits_are_those_of_the_graph() {
    let size = Size { states: 20, hidden: (4, 9), actions: 3, steps: 0 };
    let compute = Compute::new(Level::best(None), 2).unwrap();
    let layers = RecurrentBp.start(compute.level, size, 3);
    let samples = Samples::new(size, 600, 2);
    let expected = graph::forward(&RecurrentBp, &compute, &layers, &samples.states);
    assert_eq!(logits(&RecurrentBp, &compute, &layers, &samples.states), expected);
}

/// Ten iterations reach the fixed point that rate inference finds without noise.
#[test]
fn the_policy_is_that_of_rate_inference() {
    let compute = Compute::single(Level::best(None));
    let layers = RecurrentBp.start(compute.level, SIZE, 3);
    let samples = Samples::new(SIZE, 20, 2);
    let parameters = RecurrentBp.winner_take_all(&layers).unwrap();
    let rate = Rate { sigma: 0.0, tolerance: 1e-7, max_iterations: 100, unclamped: false };
    let mut inference = RateInference::new(&parameters, 20, rate);
    inference.run(&compute, &parameters, &samples.states, Draws { seed: 1, step: 0 }, Phase::Free);
    let mut found = logits(&RecurrentBp, &compute, &layers, &samples.states);
    for b in 0..20 {
        crate::kernel::softmax::softmax(compute.level, &[3], found.padded_row_mut(b));
        for (found, q) in found.row(b).iter().zip(&inference.q.row(b)[12..]) {
            assert!((found - q).abs() < 1e-4, "{found} {q}");
        }
    }
}

#[test]
fn weights_stay_symmetric_and_outside_circuits() {
    let compute = Compute::single(Level::best(None));
    let layers = RecurrentBp.start(compute.level, SIZE, 3);
    let found = super::super::testing::direction(&RecurrentBp, &compute, &layers, &Samples::new(SIZE, 9, 2));
    for weights in [&layers.layers[1].weights, &found.layers[1].weights] {
        let is_zero = |i: usize, j: usize| i / 4 == j / 4;
        let expected =
            AlignedMatrix::from_fn(15, 15, |i, j| if is_zero(i, j) { 0.0 } else { weights.row(j)[i] });
        assert_eq!(*weights, expected);
        assert!((0..15).all(|i| (0..15).all(|j| is_zero(i, j) || weights.row(i)[j] != 0.0)));
    }
}

#[test]
fn a_toy_task_is_learned() {
    let found = learn(&RecurrentBp, Toy::Halves, (6, 4), (200, 0.02));
    assert!(found > 0.95, "{found}");
}

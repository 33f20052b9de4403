//! A computed example, gradients against finite differences, the logits against the graph, and a
//! toy task.

use super::super::graph;
use super::super::testing::{Plain, Samples, Toy, compare_with_differences, learn, logits};
use super::{ConventionalMethod, DECAY, Layers, Leaky, SLOPE, Size, SpikeFunction};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;

/// Three time steps of one hidden unit and two actions, by hand, with both β = ½:
///
/// | | current | membrane | spikes |
/// | --- | --- | --- | --- |
/// | hidden | 0.9, 0.9, 0.9 | 0.9, 1.35, 0.675 + 0.9 − 1 = 0.575 | 0, 1, 0 |
/// | action 0 | 0.75, 1.55, 0.75 | 0.75, 1.925, 0.9625 + 0.75 − 1 = 0.7125 | 0, 1, 0 |
/// | action 1 | 1.2, 0.2, 1.2 | 1.2, 0.6 + 0.2 − 1 = −0.2, 1.1 | 1, 0, 1 |
///
/// Without the reset, the third membranes of the hidden unit and of action 0 would be above 1.
#[test]
fn a_computed_example() {
    let compute = Compute::single(Level::best(None));
    let size = Size { states: 1, hidden: (1, 1), actions: 2, steps: 3 };
    let mut layers = Leaky::BPTT.start(compute.level, size, 1);
    layers.decays.row_mut(0).fill(0.5);
    layers.layers[0].weights.row_mut(0)[0] = 1.0;
    layers.layers[0].bias.row_mut(0)[0] = 0.4;
    layers.layers[1].weights.row_mut(0).copy_from_slice(&[0.8, -1.0]);
    layers.layers[1].bias.row_mut(0).copy_from_slice(&[0.75, 1.2]);
    let states = AlignedMatrix::from_fn(1, 1, |_, _| 0.5);
    let found = logits(&Leaky::BPTT, &compute, &layers, &states);
    let third = (1.0 / 3.0f64) as f32;
    assert_eq!(found.row(0), [third, 2.0 * third]);
    assert_eq!(graph::forward(&Leaky::BPTT, &compute, &layers, &states), found);
}

/// The spikes of a reset, by time step: hidden units, then actions.
type Resets = Vec<(Vec<f64>, Vec<f64>)>;

/// Logits with the smooth function, the resets, and the smallest distance of a membrane from the
/// threshold. Resets may be given: they have no derivative.
fn model(plain: &Plain, b: usize, steps: usize, resets: Option<&Resets>) -> (Vec<f64>, Resets, f64) {
    let current = plain.affine(0, &plain.states[b]);
    let mut membranes = vec![0.0; current.len()];
    let mut outputs = vec![0.0; plain.layers[1].1.len()];
    let (mut sum, mut found, mut margin) = (vec![0.0; outputs.len()], Vec::new(), f64::INFINITY);
    let smooth = |m: f64| (m - 1.0) / (1.0 + f64::from(SLOPE) * (m - 1.0).abs());
    let reset = |m: &[f64]| m.iter().map(|&m| f64::from(u8::from(m > 1.0))).collect::<Vec<_>>();
    for t in 0..steps {
        let pair = resets.map_or_else(|| (reset(&membranes), reset(&outputs)), |resets| resets[t].clone());
        for ((m, i), r) in membranes.iter_mut().zip(&current).zip(&pair.0) {
            *m = plain.decays[0] * *m + i - r;
            margin = margin.min((*m - 1.0).abs());
        }
        let y: Vec<f64> = membranes.iter().map(|&m| smooth(m)).collect();
        for (a, i) in plain.affine(1, &y).into_iter().enumerate() {
            outputs[a] = plain.decays[1] * outputs[a] + i - pair.1[a];
            margin = margin.min((outputs[a] - 1.0).abs());
            sum[a] += smooth(outputs[a]);
        }
        found.push(pair);
    }
    sum.iter_mut().for_each(|sum| *sum /= steps as f64);
    (sum, found, margin)
}

/// With the antiderivative of the surrogate in place of the step, the graph's gradient is that of a
/// function, if resets are held.
#[test]
fn gradients_are_finite_differences() {
    let method = Leaky { spike: SpikeFunction::Smooth };
    for size in [
        Size { states: 5, hidden: (3, 4), actions: 3, steps: 6 },
        Size { states: 3, hidden: (1, 18), actions: 17, steps: 3 },
    ] {
        let of_seed = |seed: u32| {
            let mut layers = method.start(Level::best(None), size, seed);
            // Strong inputs, so that units reach the threshold.
            layers.layers.iter_mut().flat_map(|layer| layer.weights.all_mut()).for_each(|w| *w *= 3.0);
            layers.layers[1].bias.all_mut()[..size.actions].iter_mut().for_each(|b| *b += 0.4);
            layers.decays.row_mut(0)[1] = 0.8;
            (layers, Samples::new(size, 4, u64::from(seed)))
        };
        let far = |(layers, samples): &(Layers, Samples)| {
            let plain = Plain::new(layers, &samples.states);
            (0..4).all(|b| model(&plain, b, size.steps, None).2 > 1e-4)
        };
        let (layers, samples) = (0..20).map(of_seed).find(far).expect("most of them are");
        let plain = Plain::new(&layers, &samples.states);
        let resets: Vec<Resets> = (0..4).map(|b| model(&plain, b, size.steps, None).1).collect();
        let hidden_fired = resets.iter().flatten().any(|(hidden, _)| hidden.contains(&1.0));
        let actions_fired = resets.iter().flatten().any(|(_, actions)| actions.contains(&1.0));
        assert!(hidden_fired && actions_fired, "resets are part of the test");
        compare_with_differences(&method, &layers, &samples, |plain, b| {
            model(plain, b, size.steps, Some(&resets[b])).0
        });
    }
}

#[test]
fn a_decay_outside_its_range_acts_as_the_nearest_and_has_no_gradient() {
    let compute = Compute::single(Level::best(None));
    let size = Size { states: 3, hidden: (1, 9), actions: 2, steps: 5 };
    let mut layers = Leaky::BPTT.start(compute.level, size, 2);
    assert_eq!(layers.decays.row(0), [DECAY, DECAY]);
    let samples = Samples::new(size, 6, 1);
    for (outside, nearest) in [(1.5, 1.0), (-0.5, 0.0)] {
        let mut of = |decay: f32| {
            layers.decays.row_mut(0)[0] = decay;
            let logits = logits(&Leaky::BPTT, &compute, &layers, &samples.states);
            (logits, super::super::testing::direction(&Leaky::BPTT, &compute, &layers, &samples))
        };
        let ((found, mut direction), (expected, at_nearest)) = (of(outside), of(nearest));
        assert_eq!(found, expected);
        assert_eq!(direction.decays.row(0)[0], 0.0);
        direction.decays.row_mut(0)[0] = at_nearest.decays.row(0)[0];
        assert_eq!(direction, at_nearest);
    }
}

#[test]
fn the_logits_are_those_of_the_graph() {
    let compute = Compute::new(Level::best(None), 2).unwrap();
    let size = Size { states: 20, hidden: (4, 9), actions: 3, steps: 7 };
    let mut layers = Leaky::BPTT.start(compute.level, size, 3);
    layers.layers.iter_mut().flat_map(|layer| layer.weights.all_mut()).for_each(|w| *w *= 3.0);
    let samples = Samples::new(size, 300, 2);
    let found = logits(&Leaky::BPTT, &compute, &layers, &samples.states);
    assert_eq!(found, graph::forward(&Leaky::BPTT, &compute, &layers, &samples.states));
    assert!(found.entries().any(|logit| logit > 0.0 && logit < 1.0));
}

#[test]
fn a_toy_task_is_learned() {
    let found = learn(&Leaky::BPTT, Toy::Halves, (8, 4), (400, 0.02));
    assert!(found > 0.95, "{found}");
}

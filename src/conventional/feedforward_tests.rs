//! Gradients against finite differences, the logits against the graph, and toy tasks.

use super::super::graph;
use super::super::testing::{Plain, Samples, Toy, compare_with_differences, learn, logits};
use super::{ConventionalMethod, Feedforward, Hidden, Size};
use crate::kernel::compute::Compute;
use crate::kernel::simd::Level;

const ALL: [Feedforward; 4] =
    [Feedforward::BP, Feedforward::LINEAR, Feedforward::RANDOM_HIDDEN, Feedforward::BP_SOFTMAX];

/// The hidden net inputs, and the logits.
fn model(method: &Feedforward, group: usize, plain: &Plain, b: usize) -> (Vec<f64>, Vec<f64>) {
    let first = plain.affine(0, &plain.states[b]);
    let hidden = match method.hidden {
        None => return (first.clone(), first),
        Some(Hidden::Relu) => first.iter().map(|z| z.max(0.0)).collect(),
        Some(Hidden::Softmax) => {
            let of = |group: &[f64]| {
                let sum: f64 = group.iter().map(|z| z.exp()).sum();
                group.iter().map(|z| z.exp() / sum).collect::<Vec<_>>()
            };
            first.chunks(group).flat_map(of).collect::<Vec<_>>()
        }
    };
    let logits = plain.affine(1, &hidden);
    (first, logits)
}

#[test]
fn gradients_are_finite_differences() {
    let level = Level::best(None);
    for method in ALL {
        for size in [
            Size { states: 5, hidden: (3, 4), actions: 3, steps: 0 },
            Size { states: 18, hidden: (2, 9), actions: 17, steps: 0 },
        ] {
            let group = size.hidden.1;
            // No unit at the kink of its activation.
            let of_seed = |seed| (method.start(level, size, seed), Samples::new(size, 6, u64::from(seed)));
            let far = |(layers, samples): &(_, Samples)| {
                let plain = Plain::new(layers, &samples.states);
                (0..6).all(|b| model(&method, group, &plain, b).0.iter().all(|z| z.abs() > 1e-4))
            };
            let (layers, samples) = (0..20).map(of_seed).find(far).expect("most of them are");
            let model = |plain: &Plain, b| model(&method, group, plain, b).1;
            compare_with_differences(&method, &layers, &samples, model);
        }
    }
}

#[test]
fn the_logits_are_those_of_the_graph() {
    let size = Size { states: 20, hidden: (4, 9), actions: 3, steps: 0 };
    for method in ALL {
        let compute = Compute::new(Level::best(None), 2).unwrap();
        let layers = method.start(compute.level, size, 3);
        let samples = Samples::new(size, 600, 2);
        let expected = graph::forward(&method, &compute, &layers, &samples.states);
        assert_eq!(logits(&method, &compute, &layers, &samples.states), expected, "{}", method.name());
    }
}

#[test]
fn toy_tasks_are_learned() {
    for method in ALL {
        assert!(learn(&method, Toy::Halves, (4, 4), (200, 0.02)) > 0.99, "{}", method.name());
    }
    for method in [Feedforward::BP, Feedforward::RANDOM_HIDDEN, Feedforward::BP_SOFTMAX] {
        let found = learn(&method, Toy::Xor, (8, 4), (400, 0.01));
        assert!(found > 0.99, "{}: {found}", method.name());
    }
    assert!(learn(&Feedforward::LINEAR, Toy::Xor, (8, 4), (400, 0.01)) < 0.8);
}

//! What holds for every method.

use super::testing::{DRAWS, Samples, direction, entries, same_bits_everywhere};
use super::{Conventional, METHODS, Size, Update};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;

#[test]
fn names_are_unique() {
    for method in METHODS {
        assert_eq!(method.name().parse::<Conventional>().unwrap().name(), method.name());
        assert_eq!(METHODS.iter().filter(|other| other.name() == method.name()).count(), 1);
        assert!(!method.summary().is_empty());
    }
    let said = "BP".parse::<Conventional>().unwrap_err().to_string();
    assert!(said.contains("did you mean `bp`?"), "{said}");
}

/// Layers of several lines, and more threads than samples.
#[test]
fn bits_depend_on_neither_instructions_nor_threads() {
    for method in METHODS {
        same_bits_everywhere(method, Size { states: 37, hidden: (5, 7), actions: 19, steps: 4 }, 30);
        same_bits_everywhere(method, Size { states: 1, hidden: (1, 1), actions: 1, steps: 1 }, 1);
    }
}

/// Samples of several chunks: the direction is the mean over all of them, and the state gradient is
/// that of each sample.
#[test]
fn chunks_of_samples_are_added() {
    let size = Size { states: 3, hidden: (31, 10), actions: 2, steps: 3 };
    let compute = Compute::new(Level::best(None), 2).unwrap();
    for method in METHODS {
        let layers = method.start(compute.level, size, 3);
        let all = Samples::new(size, 450, 1);
        // Draws belong to the row of a sample, so parts of the samples have other spikes.
        if method.state_gradient(&compute, &layers, &all.states, DRAWS, &all.cotangent).is_none() {
            continue;
        }
        let found = entries(&direction(method, &compute, &layers, &all));
        let parts = [0..150, 150..300, 300..450].map(|rows| all.part(rows));
        let means = parts.each_ref().map(|part| entries(&direction(method, &compute, &layers, part)));
        for (at, found) in found.iter().enumerate() {
            let mean = means.iter().map(|part| f64::from(part[at])).sum::<f64>() / 3.0;
            assert!((f64::from(*found) - mean).abs() < 1e-6 + 1e-5 * mean.abs(), "{}: {at}", method.name());
        }
        let of = |samples: &Samples| {
            let found = method.state_gradient(&compute, &layers, &samples.states, DRAWS, &samples.cotangent);
            found.expect("it has one").entries().collect::<Vec<_>>()
        };
        assert_eq!(of(&all), parts.iter().flat_map(of).collect::<Vec<_>>(), "{}", method.name());
    }
}

#[test]
fn a_restored_network_is_the_same() {
    let size = Size { states: 5, hidden: (3, 4), actions: 3, steps: 2 };
    let level = Level::best(None);
    for method in METHODS {
        let (first, mut second) = (method.start(level, size, 1), method.start(level, size, 2));
        assert_ne!(first, second);
        assert_eq!(first, method.start(level, size, 1));
        second.restore(&first.state()).unwrap();
        assert_eq!(first, second);
        assert!(first.is_finite());
        let last = second.layers.len() - 1;
        second.layers[last].bias.row_mut(0)[2] = f32::NAN;
        assert!(!second.is_finite());
        let other = Size { actions: 4, ..size };
        assert!(method.start(level, other, 1).restore(&first.state()).unwrap_err().is_bad_input());
    }
}

/// The direction is linear in the signals: none moves nothing, and the opposite signal the
/// opposite way.
#[test]
fn the_direction_is_linear_in_the_signals() {
    let size = Size { states: 6, hidden: (4, 4), actions: 3, steps: 5 };
    let compute = Compute::single(Level::best(None));
    for method in METHODS {
        let layers = method.start(compute.level, size, 3);
        let Samples { states, cotangent, .. } = Samples::new(size, 8, 1);
        let actions = [0, 1, 2, 0, 1, 2, 0, 1];
        let of = |factor: f32| {
            let signals: Vec<f32> = cotangent.entries().take(8).map(|signal| factor * signal).collect();
            let probabilities = AlignedMatrix::from_fn(8, 3, |_, a| [0.2, 0.3, 0.5][a]);
            let draws = DRAWS;
            let update = Update {
                states: &states,
                draws,
                actions: &actions,
                signals: &signals,
                probabilities: &probabilities,
            };
            let mut direction = layers.zeros_like();
            method.direction(&compute, &layers, &update, &mut direction);
            entries(&direction)
        };
        assert!(of(0.0).iter().all(|&entry| entry == 0.0), "{}", method.name());
        assert!(of(1.0).iter().zip(of(-1.0)).all(|(&x, y)| x == -y), "{}", method.name());
        let trains = !layers.trained(method).is_empty();
        assert_eq!(of(1.0).iter().any(|&entry| entry != 0.0), trains, "{}", method.name());
    }
}

#[test]
fn a_cotangent_is_the_derivative_of_the_mean_log_probability() {
    let states = AlignedMatrix::zeros(2, 1);
    let probabilities = AlignedMatrix::from_fn(2, 3, |b, a| [[0.5, 0.25, 0.25], [0.0, 0.75, 0.25]][b][a]);
    let update = Update {
        states: &states,
        draws: DRAWS,
        actions: &[1, 2],
        signals: &[4.0, -2.0],
        probabilities: &probabilities,
    };
    let expected = [[-1.0, 1.5, -0.5], [0.0, 0.75, -0.75]];
    assert_eq!(update.cotangent(), AlignedMatrix::from_fn(2, 3, |b, a| expected[b][a]));
}

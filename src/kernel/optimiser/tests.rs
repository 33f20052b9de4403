//! Compares every instruction set with the twin in every bit, and the twin with PyTorch's formulas
//! in f64.

use super::{Adam, RmsProp, adam, power, rmsprop, sgd, twin};
use crate::kernel::simd::Level;
use crate::random::SplitMix64;

/// Numbers of many magnitudes, including zeros, subnormal numbers and infinities.
fn numbers(random: &mut SplitMix64, count: usize) -> Vec<f32> {
    (0..count)
        .map(|_| match random.below(16) {
            0 => 0.0,
            1 => -0.0,
            2 => f32::MIN_POSITIVE * 0.25 * random.symmetric(1.0) as f32,
            3 => f32::INFINITY,
            4 => f32::MAX,
            _ => (random.symmetric(1.0) * 2f64.powi(random.below(60) as i32 - 40)) as f32,
        })
        .collect()
}

fn squares(random: &mut SplitMix64, count: usize) -> Vec<f32> {
    numbers(random, count).into_iter().map(f32::abs).collect()
}

/// The bits of a NaN are unspecified.
fn assert_same(found: &[f32], expected: &[f32], what: &str) {
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let same = found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
        assert!(same, "{what} at {at}: {found:e} and {expected:e}");
    }
}

#[test]
fn every_instruction_set_agrees_with_the_twin_in_every_bit() {
    let mut random = SplitMix64::new(5);
    for length in [0, 16, 48, 1024] {
        let g = numbers(&mut random, length);
        let (p, m, v) =
            (numbers(&mut random, length), numbers(&mut random, length), squares(&mut random, length));
        let (root, step) = (RmsProp::new(1e-3, 0.99, 1e-8), Adam::new(1e-3, (0.9, 0.999), 1e-8, 3));
        for level in Level::all() {
            let (mut found, mut expected) = (p.clone(), p.clone());
            sgd(level, 0.1, &g, &mut found);
            expected.iter_mut().zip(&g).for_each(|(p, &g)| twin::sgd(0.1, g, p));
            assert_same(&found, &expected, "sgd");

            let (mut found, mut expected) = ((p.clone(), v.clone()), (p.clone(), v.clone()));
            rmsprop(level, root, &g, &mut found.1, &mut found.0);
            for (at, &g) in g.iter().enumerate() {
                twin::rmsprop(&root, g, &mut expected.1[at], &mut expected.0[at]);
            }
            assert_same(&found.0, &expected.0, "rmsprop: p");
            assert_same(&found.1, &expected.1, "rmsprop: v");

            let (mut found, mut expected) =
                ((p.clone(), m.clone(), v.clone()), (p.clone(), m.clone(), v.clone()));
            adam(level, step, &g, &mut found.1, &mut found.2, &mut found.0);
            for (at, &g) in g.iter().enumerate() {
                twin::adam(&step, g, &mut expected.1[at], &mut expected.2[at], &mut expected.0[at]);
            }
            assert_same(&found.0, &expected.0, "adam: p");
            assert_same(&found.1, &expected.1, "adam: m");
            assert_same(&found.2, &expected.2, "adam: v");
        }
    }
}

/// Compares twenty steps in f32 with the formulas in PyTorch's documentation, in f64. Every step
/// has a few roundings of relative size 2⁻²⁴ in numbers of at most a few learning rates. The sum
/// stays below 1 and adds half an ulp per step.
#[test]
fn twenty_steps_follow_the_published_formulas() {
    let mut random = SplitMix64::new(6);
    let gradients: Vec<f32> = (0..20).map(|_| random.symmetric(0.2) as f32).collect();
    let (rate, alpha, beta_1, beta_2, epsilon) = (1e-2, 0.99, 0.9, 0.999, 1e-8);
    let (mut plain, mut root, mut moments) = (0.5f64, (0.5f64, 0.0f64), (0.5f64, 0.0f64, 0.0f64));
    let (mut found_plain, mut found_root, mut found_moments) = (0.5f32, (0.5f32, 0.0f32), (0.5f32, 0.0, 0.0));
    for (t, &gradient) in (1..).zip(&gradients) {
        let g = f64::from(gradient);
        plain += rate * g;
        root.1 = alpha * root.1 + (1.0 - alpha) * g * g;
        root.0 += rate * g / (root.1.sqrt() + epsilon);
        moments.1 = beta_1 * moments.1 + (1.0 - beta_1) * g;
        moments.2 = beta_2 * moments.2 + (1.0 - beta_2) * g * g;
        let (mean, square) = (moments.1 / (1.0 - beta_1.powi(t)), moments.2 / (1.0 - beta_2.powi(t)));
        moments.0 += rate * mean / (square.sqrt() + epsilon);

        twin::sgd(rate as f32, gradient, &mut found_plain);
        twin::rmsprop(&RmsProp::new(rate, alpha, epsilon), gradient, &mut found_root.1, &mut found_root.0);
        let step = Adam::new(rate, (beta_1, beta_2), epsilon, t as u64);
        twin::adam(&step, gradient, &mut found_moments.1, &mut found_moments.2, &mut found_moments.0);
    }
    let tolerance = 20.0 * 2f64.powi(-24);
    for (found, expected) in [(found_plain, plain), (found_root.0, root.0), (found_moments.0, moments.0)] {
        assert!((f64::from(found) - expected).abs() < tolerance, "{found} and {expected}");
        assert!((expected - 0.5).abs() > 1e-3, "the parameter moved");
    }
}

#[test]
fn an_entry_without_gradient_keeps_its_bits() {
    for level in Level::all() {
        let start = [-0.0f32, 0.0, 1.5, f32::MIN_POSITIVE / 4.0].repeat(4);
        let (g, mut m, mut v, mut p) = (vec![0.0; 16], vec![0.0; 16], vec![0.0; 16], start.clone());
        rmsprop(level, RmsProp::new(1e-3, 0.99, 1e-8), &g, &mut v, &mut p);
        adam(level, Adam::new(1e-3, (0.9, 0.999), 1e-8, 1), &g, &mut m, &mut v, &mut p);
        sgd(level, 0.1, &g, &mut p);
        // -0 + 0 is +0: a zero stays a zero.
        assert_eq!(p, start);
        assert!(m.iter().chain(&v).all(|&x| x == 0.0));
    }
}

#[test]
fn powers_are_those_of_repeated_multiplication() {
    assert_eq!(power(0.9, 0), 1.0);
    for t in 1..200u32 {
        let plain = (0..t).fold(1.0, |product, _| product * 0.999f64);
        assert!((power(0.999, u64::from(t)) / plain - 1.0).abs() < 1e-13);
    }
    assert_eq!(power(0.999, u64::MAX), 0.0);
}

//! Compares gradients with finite differences of a plain forward pass in f64, and bits for several
//! numbers of threads.

use super::{Layer, Pass, Perceptron, minus_squared_error, sum_rows};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::outer::outer;
use crate::kernel::simd::Level;
use crate::random::SplitMix64;

/// Weights and biases in f64.
type Plain = Vec<(Vec<Vec<f64>>, Vec<f64>)>;

fn plain(perceptron: &Perceptron) -> Plain {
    let wide = |row: &[f32]| row.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let layers = perceptron.layers().iter();
    layers
        .map(|l| ((0..l.weights.rows()).map(|k| wide(l.weights.row(k))).collect(), wide(l.bias.row(0))))
        .collect()
}

/// The output, and the smallest distance of a hidden neuron from the kink of its activation.
fn output(layers: &Plain, x: &[f64]) -> (Vec<f64>, f64) {
    let (mut a, mut margin) = (x.to_vec(), f64::INFINITY);
    for (at, (weights, bias)) in layers.iter().enumerate() {
        let mut z = bias.clone();
        for (a, row) in a.iter().zip(weights) {
            z.iter_mut().zip(row).for_each(|(z, w)| *z += a * w);
        }
        if at + 1 < layers.len() {
            margin = z.iter().fold(margin, |margin, z| margin.min(z.abs()));
            z.iter_mut().for_each(|z| *z = z.max(0.0));
        }
        a = z;
    }
    (a, margin)
}

struct Trial {
    perceptron: Perceptron,
    x: AlignedMatrix,
    cotangent: AlignedMatrix,
}

fn trial(sizes: &[usize], samples: usize, seed: u64) -> Trial {
    let mut random = SplitMix64::new(seed);
    let perceptron = Perceptron::new(Level::best(None), sizes, seed as u32);
    let x = AlignedMatrix::from_fn(samples, sizes[0], |_, _| random.symmetric(1.0) as f32);
    let cotangent =
        AlignedMatrix::from_fn(samples, *sizes.last().unwrap(), |_, _| random.symmetric(1.0) as f32);
    Trial { perceptron, x, cotangent }
}

/// `∂J/∂W` and `∂J/∂b` of all layers. `pass` has the activities for `x`.
fn gradients(
    perceptron: &Perceptron,
    compute: &Compute,
    x: &AlignedMatrix,
    cotangent: &AlignedMatrix,
    pass: &mut Pass,
) -> Vec<Layer> {
    perceptron.propagate(compute, cotangent, pass);
    let of = |(at, layer): (usize, &Layer)| {
        let error = pass.errors.get(at).unwrap_or(cotangent);
        let input = if at == 0 { x } else { &pass.activities[at - 1] };
        let mut gradient = Layer::zeros(layer.weights.rows(), layer.weights.columns());
        outer(
            compute.level,
            (input, &pass.samples, 0),
            (error, 0..error.columns()),
            gradient.weights.all_mut(),
        );
        sum_rows(error, gradient.bias.row_mut(0));
        gradient
    };
    perceptron.layers.iter().enumerate().map(of).collect()
}

/// Layers with several blocks of rows, so that the threads divide rows, columns and samples.
#[test]
fn a_step_is_adams_along_the_gradients() {
    for sizes in [&[150, 1100, 300, 2][..], &[40, 17, 2], &[3, 1]] {
        let Trial { perceptron, x, cotangent } = trial(sizes, 13, 12);
        for (level, threads) in Level::all().flat_map(|level| [1, 2, 3, 8].map(|t| (level, t))) {
            let compute = Compute::new(level, threads).unwrap();
            let (mut found, mut expected) = (perceptron.clone(), perceptron.clone());
            let mut pass = Pass::new(&perceptron, 13);
            for _ in 0..2 {
                expected.forward(&compute, &x, &mut pass);
                let gradients = gradients(&expected, &compute, &x, &cotangent, &mut pass);
                let pairs = expected.layers.iter_mut().zip(&gradients).flat_map(|(layer, gradient)| {
                    [(&mut layer.weights, &gradient.weights), (&mut layer.bias, &gradient.bias)]
                });
                expected.optimiser.step(&compute, 1e-2, pairs.collect());
                found.forward(&compute, &x, &mut pass);
                found.ascend(&compute, 1e-2, &x, &cotangent, &mut pass);
                assert_eq!(found, expected, "{sizes:?}, {level:?}, {threads} threads");
            }
            assert_ne!(found, perceptron);
        }
    }
}

/// The gradients are those of `Σ cotangent·output`. Its central differences are exact except for
/// rounding if no neuron crosses its kink.
#[test]
fn gradients_are_finite_differences() {
    let compute = Compute::new(Level::best(None), 2).unwrap();
    let step = 1e-4;
    let wide = |row: &[f32]| row.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
    let far_from_kinks = |trial: &Trial| {
        let layers = plain(&trial.perceptron);
        (0..7).all(|b| output(&layers, &wide(trial.x.row(b))).1 > 3.0 * step)
    };
    for (sizes, seed) in
        [(&[4, 9, 6, 5][..], 100), (&[3, 17, 1], 200), (&[6, 2], 300), (&[5, 1, 33, 2, 3], 400)]
    {
        let of_seed = |seed| trial(sizes, 7, seed);
        let Trial { perceptron, x, cotangent } =
            (seed..seed + 50).map(of_seed).find(far_from_kinks).expect("most of fifty are");
        let mut pass = Pass::new(&perceptron, 7);
        perceptron.forward(&compute, &x, &mut pass);
        let gradients = gradients(&perceptron, &compute, &x, &cotangent, &mut pass);
        let layers = plain(&perceptron);
        let objective = |layers: &Plain| -> f64 {
            let of = |b: usize| -> f64 {
                let (found, _) = output(layers, &wide(x.row(b)));
                found.iter().zip(cotangent.row(b)).map(|(y, &c)| y * f64::from(c)).sum()
            };
            (0..7).map(of).sum()
        };
        let mut largest = 0.0f64;
        for (at, gradient) in gradients.iter().enumerate() {
            for u in 0..gradient.bias.columns() {
                for k in 0..=gradient.weights.rows() {
                    let moved = |by: f64| {
                        let mut layers = layers.clone();
                        match layers[at].0.get_mut(k) {
                            Some(row) => row[u] += by,
                            None => layers[at].1[u] += by,
                        }
                        objective(&layers)
                    };
                    let expected = (moved(step) - moved(-step)) / (2.0 * step);
                    let found = if k < gradient.weights.rows() {
                        gradient.weights.row(k)[u]
                    } else {
                        gradient.bias.row(0)[u]
                    };
                    // At most 33 roundings of 2^-24 in each of four layers, of numbers of order 1.
                    assert!((f64::from(found) - expected).abs() < 2e-5, "{sizes:?}, layer {at}, ({k}, {u})");
                    largest = largest.max(expected.abs());
                }
            }
        }
        assert!(largest > 0.1);
    }
}

#[test]
fn the_output_is_the_plain_one() {
    let compute = Compute::new(Level::best(None), 1).unwrap();
    let Trial { perceptron, x, .. } = trial(&[4, 64, 64, 5], 20, 9);
    let layers = plain(&perceptron);
    let mut pass = Pass::new(&perceptron, 20);
    let found = perceptron.forward(&compute, &x, &mut pass);
    for b in 0..20 {
        let x: Vec<f64> = x.row(b).iter().map(|&x| f64::from(x)).collect();
        for (found, expected) in found.row(b).iter().zip(output(&layers, &x).0) {
            assert!((f64::from(*found) - expected).abs() < 1e-6);
        }
    }
}

#[test]
fn initial_parameters_fill_their_interval() {
    let perceptron = Perceptron::new(Level::best(None), &[100, 70, 30], 5);
    for (layer, bound) in perceptron.layers().iter().zip([0.1f32, 1.0 / 70f32.sqrt()]) {
        let all: Vec<f32> = layer.weights.entries().chain(layer.bias.entries()).collect();
        let largest = all.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        assert!(largest <= bound && largest > 0.99 * bound);
        let mean = all.iter().sum::<f32>() / all.len() as f32;
        // Five standard deviations of the mean of at least 2130 such draws.
        assert!(mean.abs() < 5.0 * bound / (3.0f32 * 2130.0).sqrt());
        assert!(
            layer
                .weights
                .all()
                .chunks(layer.weights.stride())
                .all(|row| row[layer.weights.columns()..].iter().all(|&x| x == 0.0))
        );
    }
    assert_ne!(perceptron.layers()[0].bias.row(0)[..30], perceptron.layers()[1].bias.row(0)[..30]);
    assert_ne!(perceptron.layers()[0].weights.row(0), perceptron.layers()[0].weights.row(1));
    assert_ne!(perceptron, Perceptron::new(Level::best(None), &[100, 70, 30], 6));
}

/// Compares a few training steps with the same steps from a stored state, on every instruction set
/// and with several numbers of threads.
#[test]
fn training_has_the_same_bits_everywhere() {
    let Trial { perceptron, x, cotangent: wanted } = trial(&[20, 40, 17, 2], 31, 11);
    let train = |level: Level, threads: usize, interrupted: bool| {
        let compute = Compute::new(level, threads).unwrap();
        let (mut perceptron, mut pass) = (perceptron.clone(), Pass::new(&perceptron, 31));
        let mut cotangent = wanted.clone();
        let mut losses = vec![];
        for step in 0..6 {
            let found = perceptron.forward(&compute, &x, &mut pass);
            losses.push(minus_squared_error(found, &wanted, &mut cotangent));
            perceptron.ascend(&compute, 1e-2, &x, &cotangent, &mut pass);
            if interrupted && step == 2 {
                let state = perceptron.state();
                perceptron = Perceptron::new(level, &[20, 40, 17, 2], 99);
                perceptron.restore(&state).unwrap();
            }
        }
        assert!(losses[5] < 0.9 * losses[0], "it learns: {losses:?}");
        (perceptron, losses)
    };
    let expected = train(Level::best(None), 1, false);
    for level in Level::all() {
        for (threads, interrupted) in [(1, false), (2, true), (3, false)] {
            assert_eq!(train(level, threads, interrupted), expected);
        }
    }
}

#[test]
fn the_squared_error_and_its_descent() {
    let found = AlignedMatrix::from_fn(2, 2, |r, c| (r + c) as f32);
    let wanted = AlignedMatrix::from_fn(2, 2, |r, _| r as f32);
    let mut cotangent = AlignedMatrix::zeros(2, 2);
    // Differences 0, -1, 0, -1.
    assert_eq!(minus_squared_error(&found, &wanted, &mut cotangent), 0.5);
    assert_eq!(cotangent.entries().collect::<Vec<_>>(), [0.0, -0.5, 0.0, -0.5]);
}

//! The trajectory of rate inference in f32, in the specified order of operations.

use super::document::{Arithmetic, Inference, Path, Trajectory, TrajectoryAnswer};
use super::spiking::softmax;
use crate::inference::difference;
use crate::kernel::mul_add::mul_add;

pub(super) fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&x| x as f32).collect()
}

pub(super) fn double(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&x| f64::from(x)).collect()
}

/// `gain·clamp(clean + σ·n, 0, 1)`; no draw without noise.
fn noisy(sigma: f32, draw: f64, gain: f32, clean: f32) -> f32 {
    let x = if sigma == 0.0 { clean } else { mul_add(sigma, draw as f32, clean) };
    let x = if 0.0 > x { 0.0 } else { x };
    let x = if 1.0 < x { 1.0 } else { x };
    gain * x
}

pub(super) fn specified(trajectory: &Trajectory) -> TrajectoryAnswer {
    let Inference::Rate { sigma, tolerance, max_iterations } = trajectory.inference() else {
        unreachable!("the caller has rates");
    };
    let (shape, gain, sigma) = (trajectory.shape(), trajectory.gain() as f32, sigma as f32);
    let units = shape.units();
    let weights = trajectory.network().weights();
    let add = |sum: f32, x: f32, weight: f64| if x == 0.0 { sum } else { mul_add(x, weight as f32, sum) };
    let mut paths: Vec<Vec<Vec<f32>>> =
        trajectory.batch().iter().map(|draws| vec![softmax(shape, &single(&draws.start))]).collect();
    let mut iterations = 0;
    let mut stopped = false;
    while !stopped && iterations < max_iterations as usize {
        let mut sum = 0.0;
        for (draws, path) in trajectory.batch().iter().zip(&mut paths) {
            let q = &path[iterations];
            let states: Vec<f32> = (draws.state.iter().zip(&draws.states[iterations]))
                .map(|(&s, &n)| noisy(sigma, n, 1.0, s as f32))
                .collect();
            let x: Vec<f32> =
                q.iter().zip(&draws.units[iterations]).map(|(&q, &n)| noisy(sigma, n, gain, q)).collect();
            let z: Vec<f32> = (0..units)
                .map(|i| {
                    let drive = (states.iter().zip(&weights.state))
                        .fold(weights.bias[i] as f32, |sum, (&x, row)| add(sum, x, row[i]));
                    x.iter().zip(&weights.recurrent).fold(drive, |sum, (&x, row)| add(sum, x, row[i]))
                })
                .collect();
            let next = softmax(shape, &z);
            sum += f64::from(difference(q, &next));
            path.push(next);
        }
        iterations += 1;
        stopped = sum / ((trajectory.batch().len() * units) as f64) < f64::from(tolerance as f32);
    }
    let taken = if stopped { iterations - 1 } else { iterations };
    let batch = paths.iter().map(|path| Path {
        q: path.iter().map(|q| double(q)).collect(),
        winners: Vec::new(),
        end: double(&path[taken]),
    });
    TrajectoryAnswer::new(Arithmetic::Specified, Some(iterations), batch.collect())
}

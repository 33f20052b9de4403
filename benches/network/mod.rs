//! Random networks for the benches.

use svpg::random::SplitMix64;
use svpg_reference::network::{Convention, Mask, Parameters, Shape};
use svpg_reference::number::Matrix;

/// A network of (S, G, D, A) in the convention full with weights uniform on ±`scale`, all
/// connected, and a state uniform on `[0,1)`.
pub(crate) fn network(
    (states, hidden_circuits, hidden_size, actions): (usize, usize, usize, usize),
    scale: f64,
    seed: u64,
) -> (Parameters<f64>, Vec<f64>) {
    let mut random = SplitMix64::new(seed);
    let shape = Shape::new(states, hidden_circuits, hidden_size, actions).expect("every size is at least 1");
    let units = shape.units();
    let mut recurrent = Matrix::zeros(units, units);
    for i in 0..units {
        for j in 0..i {
            if shape.circuit_of(i) != shape.circuit_of(j) {
                recurrent[(i, j)] = random.symmetric(scale);
                recurrent[(j, i)] = recurrent[(i, j)];
            }
        }
    }
    let input = Matrix::from_fn(states, units, |_, _| random.symmetric(scale));
    let bias = (0..units).map(|_| random.symmetric(scale)).collect();
    let parameters = Parameters::new(shape, Convention::Full, Mask::all(shape), recurrent, input, bias)
        .expect("symmetric, and zero inside every circuit");
    let state = (0..states).map(|_| random.unit()).collect();
    (parameters, state)
}

//! A step of each optimiser on the weights, 994 × 210. The bytes are those of gradient, parameters
//! and optimiser state, each read and written once.

use super::{INPUTS, Kernel, Run, UNITS, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::matrix::padded;
use svpg::kernel::optimiser::{Adam, RmsProp, adam, rmsprop, sgd};
use svpg::kernel::simd::Level;

/// Numbers of a matrix of weights.
const LENGTH: usize = INPUTS * UNITS.next_multiple_of(16);

pub(super) const SGD: Kernel =
    Kernel { name: "sgd", covers: &["optimiser"], throughput: |_| streams(3), prepare: prepare_sgd };

pub(super) const RMSPROP: Kernel =
    Kernel { name: "rmsprop", covers: &["optimiser"], throughput: |_| streams(5), prepare: prepare_rmsprop };

pub(super) const ADAM: Kernel =
    Kernel { name: "adam", covers: &["optimiser"], throughput: |_| streams(7), prepare: prepare_adam };

/// The throughput if each number (4 bytes) is read or written `count` times.
fn streams(count: u64) -> Throughput {
    Throughput::Bytes(count * 4 * LENGTH as u64)
}

/// Gradient and parameters.
fn operands() -> (Vec<f32>, Vec<f32>) {
    assert!(LENGTH == INPUTS * padded(UNITS));
    (numbers(LENGTH, -0.01, 0.01), numbers(LENGTH, -1.0, 1.0))
}

fn prepare_sgd(level: Level, _: usize) -> Run {
    let (gradient, mut parameters) = operands();
    Box::new(move || sgd(level, black_box(0.1), black_box(&gradient), black_box(&mut parameters)))
}

fn prepare_rmsprop(level: Level, _: usize) -> Run {
    let (gradient, mut parameters) = operands();
    let mut squares = vec![0.0; LENGTH];
    Box::new(move || {
        let step = black_box(RmsProp::new(0.001, 0.99, 1.0e-8));
        rmsprop(level, step, black_box(&gradient), black_box(&mut squares), black_box(&mut parameters));
    })
}

fn prepare_adam(level: Level, _: usize) -> Run {
    let (gradient, mut parameters) = operands();
    let (mut means, mut squares) = (vec![0.0; LENGTH], vec![0.0; LENGTH]);
    Box::new(move || {
        let step = black_box(Adam::new(0.001, (0.9, 0.999), 1.0e-8, 100));
        let (means, squares) = (black_box(&mut means), black_box(&mut squares));
        adam(level, step, black_box(&gradient), means, squares, black_box(&mut parameters));
    })
}

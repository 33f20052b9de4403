//! The critic of the pendulum, 4-64-64-5, on ten times as many transitions as samples per batch:
//! for a batch of 100, this is the published buffer of 1000.

use super::{Kernel, Run, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::compute::Compute;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::simd::Level;
use svpg::perceptron::{Pass, Perceptron};

pub(super) const FORWARD: Kernel = Kernel {
    name: "critic_forward",
    covers: &[],
    throughput: |samples| Throughput::Elements(multiply_adds(samples)),
    prepare: prepare_forward,
};

pub(super) const ASCEND: Kernel = Kernel {
    name: "critic_ascend",
    covers: &[],
    throughput: |samples| Throughput::Elements(2 * multiply_adds(samples)),
    prepare: prepare_ascend,
};

const SIZES: [usize; 4] = [4, 64, 64, 5];

/// Multiply-adds of a forward pass. A step has one product for the errors and one for the
/// gradients.
fn multiply_adds(samples: usize) -> u64 {
    let layers: usize = SIZES.windows(2).map(|pair| pair[0] * pair[1]).sum();
    (10 * samples * layers) as u64
}

fn operands(level: Level, samples: usize) -> (Perceptron, AlignedMatrix, Pass) {
    let critic = Perceptron::new(level, &SIZES, 1);
    let all = numbers(10 * samples * SIZES[0], 0.0, 1.0);
    let x = AlignedMatrix::from_fn(10 * samples, SIZES[0], |b, k| all[b * SIZES[0] + k]);
    let pass = Pass::new(&critic, 10 * samples);
    (critic, x, pass)
}

fn prepare_forward(level: Level, samples: usize) -> Run {
    let (critic, x, mut pass) = operands(level, samples);
    let compute = Compute::single(level);
    Box::new(move || {
        critic.forward(&compute, black_box(&x), black_box(&mut pass));
    })
}

fn prepare_ascend(level: Level, samples: usize) -> Run {
    let (mut critic, x, mut pass) = operands(level, samples);
    let compute = Compute::single(level);
    critic.forward(&compute, &x, &mut pass);
    let cotangent = AlignedMatrix::from_fn(x.rows(), SIZES[3], |b, u| ((b + u) % 7) as f32 - 3.0);
    Box::new(move || {
        let (x, cotangent) = (black_box(&x), black_box(&cotangent));
        critic.ascend(&compute, 1e-3, x, cotangent, black_box(&mut pass));
    })
}

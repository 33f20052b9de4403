//! Products at the sizes of the networks and critics in use, named after those of a batch of 100
//! samples: dense, and with two of five inputs zero, as after clamped noise.

use super::{Kernel, Run, numbers, numbers_with_zeros};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::product::add_product;
use svpg::kernel::simd::Level;

/// Batches, inputs, units, and the share of inputs that are zero.
struct Shape(usize, usize, usize, f64);

macro_rules! product {
    ($constant:ident, $name:literal, $shape:expr) => {
        pub(super) const $constant: Kernel = Kernel {
            name: $name,
            covers: &["product"],
            throughput: |samples| {
                let Shape(batches, inputs, units, _) = $shape;
                Throughput::Elements((batches * samples * inputs * units) as u64)
            },
            prepare: |level, samples| prepare(level, samples, $shape),
        };
    };
}

product!(SMALL, "product_100x994x210", Shape(1, 994, 210, 0.0));
product!(MIDDLE, "product_100x1294x510", Shape(1, 1294, 510, 0.0));
product!(LARGE, "product_100x1794x1010", Shape(1, 1794, 1010, 0.0));
product!(NARROW, "product_1000x4x64", Shape(10, 4, 64, 0.0));
product!(CRITIC, "product_100x784x2048", Shape(1, 784, 2048, 0.0));
product!(SPARSE, "product_100x994x210_noisy", Shape(1, 994, 210, 0.4));
product!(LARGE_SPARSE, "product_100x1794x1010_noisy", Shape(1, 1794, 1010, 0.4));

fn prepare(level: Level, samples: usize, Shape(batches, inputs, units, zeros): Shape) -> Run {
    let samples = batches * samples;
    let (x, w) = (numbers_with_zeros(samples * inputs, zeros), numbers(inputs * units, -0.05, 0.05));
    let x = AlignedMatrix::from_fn(samples, inputs, |b, k| x[b * inputs + k]);
    let w = AlignedMatrix::from_fn(inputs, units, |k, u| w[k * units + u]);
    let mut out = AlignedMatrix::zeros(samples, units);
    Box::new(move || {
        let (x, w, out) = (black_box(&x), black_box(&w), black_box(&mut out));
        add_product(level, (x.all(), x.stride()), (w, 0..inputs), out.tile());
    })
}

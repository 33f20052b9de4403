//! The drive of a batch: 994 inputs times 210 units, once with dense operands and once with two of
//! five inputs zero, as after clamped noise.

use super::{INPUTS, Kernel, Run, UNITS, numbers, numbers_with_zeros};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::product::add_product;
use svpg::kernel::simd::Level;

pub(super) const DENSE: Kernel = Kernel {
    name: "product",
    covers: &["product"],
    throughput: |samples| Throughput::Elements((samples * INPUTS * UNITS) as u64),
    prepare: |level, samples| prepare(level, samples, 0.0),
};

pub(super) const SPARSE: Kernel = Kernel {
    name: "product_of_noisy_states",
    covers: &["product"],
    throughput: |samples| Throughput::Elements((samples * INPUTS * UNITS) as u64),
    prepare: |level, samples| prepare(level, samples, 0.4),
};

fn prepare(level: Level, samples: usize, zeros: f64) -> Run {
    let (x, w) = (numbers_with_zeros(samples * INPUTS, zeros), numbers(INPUTS * UNITS, -0.05, 0.05));
    let x = AlignedMatrix::from_fn(samples, INPUTS, |b, k| x[b * INPUTS + k]);
    let w = AlignedMatrix::from_fn(INPUTS, UNITS, |k, u| w[k * UNITS + u]);
    let mut out = AlignedMatrix::zeros(samples, UNITS);
    Box::new(move || {
        let (x, w, out) = (black_box(&x), black_box(&w), black_box(&mut out));
        add_product(level, (x.all(), x.stride()), (w, 0..INPUTS, 0..UNITS), out.all_mut());
    })
}

//! The update of a batch: 994 inputs times 210 units, four of five inputs zero, as the pixels of
//! MNIST.

use super::{INPUTS, Kernel, Run, UNITS, numbers, numbers_with_zeros};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::outer::outer;
use svpg::kernel::simd::Level;

pub(super) const KERNEL: Kernel = Kernel {
    name: "outer",
    covers: &["outer"],
    throughput: |samples| Throughput::Elements((samples * INPUTS * UNITS) as u64),
    prepare,
};

fn prepare(level: Level, samples: usize) -> Run {
    let (x, e) = (numbers_with_zeros(samples * INPUTS, 0.8), numbers(samples * UNITS, -1.0, 1.0));
    let x = AlignedMatrix::from_fn(samples, INPUTS, |b, k| x[b * INPUTS + k]);
    let e = AlignedMatrix::from_fn(samples, UNITS, |b, u| e[b * UNITS + u]);
    let which: Vec<u32> = (0..samples as u32).collect();
    let mut out = AlignedMatrix::zeros(INPUTS, UNITS);
    Box::new(move || {
        let (x, e, out) = (black_box(&x), black_box(&e), black_box(&mut out));
        outer(level, (x, black_box(&which), 0), (e, 0..UNITS), out.all_mut());
    })
}

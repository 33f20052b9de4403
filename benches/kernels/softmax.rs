//! The softmax of 21 circuits of 10 units.

use super::{Kernel, Run, UNITS, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::matrix::padded;
use svpg::kernel::simd::Level;
use svpg::kernel::softmax::softmax;

pub(super) const KERNEL: Kernel = Kernel {
    name: "softmax",
    covers: &["softmax"],
    throughput: |_| Throughput::Elements(UNITS as u64),
    prepare,
};

fn prepare(level: Level, _: usize) -> Run {
    let source = numbers(padded(UNITS), -3.0, 3.0);
    let mut row = source.clone();
    Box::new(move || {
        row.copy_from_slice(black_box(&source));
        softmax(level, black_box(&[10; UNITS / 10]), black_box(&mut row));
    })
}

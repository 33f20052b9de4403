//! `exp` of 224 numbers.

use super::{Kernel, Run, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::exp::exp_all;
use svpg::kernel::matrix::WIDTH;
use svpg::kernel::simd::Level;

pub(super) const KERNEL: Kernel =
    Kernel { name: "exp", covers: &["exp"], throughput: |_| Throughput::Elements(224), prepare };

fn prepare(level: Level, _: usize) -> Run {
    let source: Vec<[f32; WIDTH]> = numbers(224, -20.0, 1.0).as_chunks().0.to_vec();
    let mut lines = source.clone();
    Box::new(move || {
        lines.copy_from_slice(black_box(&source));
        exp_all(level, black_box(&mut lines));
    })
}

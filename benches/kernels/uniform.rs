//! Philox and uniform draws for one row of 210 units, padded to 224.

use super::{Kernel, Run, UNITS};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::matrix::padded;
use svpg::kernel::philox::{Place, Stream};
use svpg::kernel::simd::Level;
use svpg::kernel::uniform::uniform;

pub(super) const KERNEL: Kernel = Kernel {
    name: "uniform",
    covers: &["uniform", "philox"],
    throughput: |_| Throughput::Elements(224),
    prepare,
};

fn prepare(level: Level, _: usize) -> Run {
    let mut out = vec![0.0; padded(UNITS)];
    Box::new(move || {
        let place = Place { seed: 1, stream: Stream::Start, step: 2, iteration: 3, sample: 4 };
        uniform(level, black_box(place), black_box(&mut out));
    })
}

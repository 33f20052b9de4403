//! Philox, normal draws and noise on one row of 210 units, padded to 224.

use super::{Kernel, Run, UNITS, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::matrix::padded;
use svpg::kernel::noise::{Bounds, Noise};
use svpg::kernel::philox::{Place, Stream};
use svpg::kernel::simd::Level;

pub(super) const KERNEL: Kernel = Kernel {
    name: "noise",
    covers: &["noise", "normal", "philox"],
    throughput: |_| Throughput::Elements(224),
    prepare,
};

fn prepare(level: Level, _: usize) -> Run {
    let clean = numbers(padded(UNITS), 0.0, 1.0);
    let mut out = clean.clone();
    Box::new(move || {
        let place = Place { seed: 1, stream: Stream::UnitNoise, step: 2, iteration: 3, sample: 4 };
        let (clean, out) = (black_box(&clean), black_box(&mut out));
        Noise { place: black_box(place), sigma: 0.02, gain: 2.0, bounds: Bounds::UNIT, clean, out }
            .fill(level);
    })
}

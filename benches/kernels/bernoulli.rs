//! Spikes of 160 state neurons, a fifth of 784, at eight time steps, for one sample.

use super::{Kernel, Run, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::bernoulli::{NEURONS, TIMES, spikes, threshold};
use svpg::kernel::philox::{Place, Stream};
use svpg::kernel::simd::Level;

pub(super) const KERNEL: Kernel = Kernel {
    name: "bernoulli",
    covers: &["bernoulli", "philox"],
    throughput: |_| Throughput::Elements((TIMES * COUNT) as u64),
    prepare,
};

const COUNT: usize = 160;

fn prepare(level: Level, _: usize) -> Run {
    let neurons: Vec<u32> = (0..COUNT as u32).map(|n| 5 * n).collect();
    let thresholds: Vec<f32> = numbers(COUNT, 0.0, 1.0).into_iter().map(threshold).collect();
    let mut out = vec![0; TIMES * COUNT.div_ceil(NEURONS)];
    Box::new(move || {
        let place = Place { seed: 1, stream: Stream::StateSpikes, step: 2, iteration: 3, sample: 4 };
        spikes(level, black_box(place), black_box(&neurons), black_box(&thresholds), black_box(&mut out));
    })
}

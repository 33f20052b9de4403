//! Winners of all circuits, sample by sample.

use super::{Kernel, Run, UNITS, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::inference::winners;
use svpg::kernel::matrix::padded;
use svpg::kernel::philox::{Place, Stream};
use svpg::kernel::simd::Level;
use svpg::kernel::softmax::softmax;
use svpg::network::Circuits;

pub(super) const KERNEL: Kernel = Kernel {
    name: "winners",
    covers: &[],
    throughput: |samples| Throughput::Elements((samples * CIRCUITS) as u64),
    prepare,
};

const CIRCUITS: usize = UNITS / 10;

fn prepare(level: Level, samples: usize) -> Run {
    let circuits = Circuits::new(CIRCUITS - 1, 10, 1, 10).expect("sizes of at least 1");
    let mut q = numbers(padded(UNITS), -2.0, 2.0);
    softmax(level, circuits.sizes(), &mut q);
    let mut own = vec![0; CIRCUITS];
    Box::new(move || {
        for sample in 0..samples as u32 {
            let place = Place { seed: 1, stream: Stream::Sample, step: 2, iteration: 3, sample };
            winners(level, &circuits, black_box(&q[..UNITS]), place, black_box(&mut own));
        }
    })
}

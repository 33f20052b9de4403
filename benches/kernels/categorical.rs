//! Winners of 21 circuits of 10 units at four time steps, from four rows of logits of one sample.

use super::{Kernel, Run, UNITS, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::categorical::{Interleaved, TIMES, cumulate, draws, pick};
use svpg::kernel::matrix::padded;
use svpg::kernel::philox::{Place, Stream};
use svpg::kernel::simd::Level;

pub(super) const KERNEL: Kernel = Kernel {
    name: "categorical",
    covers: &["categorical", "philox"],
    throughput: |_| Throughput::Elements((TIMES * SHAPE.circuits) as u64),
    prepare,
};

const SHAPE: Interleaved = Interleaved { circuits: UNITS / 10, members: 10 };

fn prepare(level: Level, _: usize) -> Run {
    let stride = padded(SHAPE.circuits);
    let circuits: Vec<u32> = (0..stride as u32).collect();
    let z = numbers(SHAPE.row(), -3.0, 3.0);
    let (mut sums, mut uniforms) = (vec![0.0; SHAPE.sums()], vec![0.0; TIMES * stride]);
    let mut winners = vec![0; stride];
    Box::new(move || {
        let place = Place { seed: 1, stream: Stream::UnitSpikes, step: 2, iteration: 3, sample: 4 };
        draws(level, black_box(place), &circuits, &mut uniforms);
        for uniforms in uniforms.chunks_exact(stride) {
            cumulate(level, SHAPE, black_box(&z), &mut sums);
            pick(level, SHAPE, &sums, uniforms, black_box(&mut winners));
        }
    })
}

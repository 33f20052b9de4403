//! Updates the net inputs of one sample by eight time steps: first the rows of the state neurons
//! for all steps, then step by step with either kernel. Per time step, about forty of 160 rows of
//! states enter or leave, the rows of twenty winners enter and twenty leave, about as in spiking
//! inference on MNIST.

use super::{INPUTS, Kernel, Run, UNITS, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::activity::{
    Change, DoubleExponential, Lists, Panels, Sums, changes, double_exponential, event, rectangle,
};
use svpg::kernel::matrix::{AlignedMatrix, padded};
use svpg::kernel::simd::Level;
use svpg::random::SplitMix64;

pub(super) const CHANGES: Kernel = Kernel {
    name: "activity_changes",
    covers: &["activity"],
    throughput: |_| Throughput::Elements(TIMES as u64),
    prepare: prepare_changes,
};

pub(super) const RECTANGLE: Kernel = Kernel {
    name: "activity_rectangle",
    covers: &["activity"],
    throughput: |_| Throughput::Elements(TIMES as u64),
    prepare: prepare_rectangle,
};

pub(super) const DOUBLE_EXPONENTIAL: Kernel = Kernel {
    name: "activity_double_exponential",
    covers: &["activity"],
    throughput: |_| Throughput::Elements(TIMES as u64),
    prepare: prepare_double_exponential,
};

const TIMES: usize = 8;
/// Number of rows of state neurons that can spike.
const STATES: usize = 160;
/// Number of rows of winners that enter, and of rows that leave.
const WINNERS: usize = 20;
const WINDOW: u32 = 50;

fn weights() -> AlignedMatrix {
    let w = numbers(INPUTS * UNITS, -0.05, 0.05);
    AlignedMatrix::from_fn(INPUTS, UNITS, |k, u| w[k * UNITS + u])
}

fn prepare_changes(level: Level, _: usize) -> Run {
    let mut panels = Panels::new();
    panels.gather(&weights(), &(0..STATES).map(|n| UNITS + 4 * n).collect::<Vec<_>>());
    let mut random = SplitMix64::new(3);
    // A bit differs from the one before with probability 1/4.
    let mut bits = [0u64; STATES.div_ceil(64)];
    let spikes: Vec<_> = (0..TIMES)
        .map(|_| {
            for n in 0..STATES {
                bits[n / 64] ^= u64::from(random.chance(0.25)) << (n % 64);
            }
            bits
        })
        .collect();
    let (mut lists, mut out) = (Lists::default(), AlignedMatrix::zeros(TIMES, UNITS));
    Box::new(move || {
        lists.clear(STATES);
        let mut before = [0; STATES.div_ceil(64)];
        for spikes in black_box(&spikes) {
            lists.push(spikes, &mut before);
        }
        changes(level, &panels, &mut lists, black_box(&mut out));
    })
}

/// Weights, events of winners, and a row for states and base.
fn operands() -> (AlignedMatrix, Vec<u32>, Vec<f32>) {
    let events = (0..2 * WINNERS).map(|n| event(5 * n, n % 2 == 1)).collect();
    (weights(), events, numbers(padded(UNITS), -1.0, 1.0))
}

fn prepare_rectangle(level: Level, _: usize) -> Run {
    let (weights, events, base) = operands();
    let (mut sum, mut z) = (vec![0.0; base.len()], vec![0.0; base.len()]);
    Box::new(move || {
        // Starts from the same sum each time, so values do not grow.
        sum.fill(0.0);
        for _ in 0..TIMES {
            let change = Change { states: &base, weights: &weights, events: black_box(&events) };
            rectangle(level, change, 1.0 / WINDOW as f32, &base, &mut sum, black_box(&mut z));
        }
    })
}

fn prepare_double_exponential(level: Level, _: usize) -> Run {
    let (weights, events, base) = operands();
    let kernel = DoubleExponential::new(WINDOW);
    let mut rows = [(); 4].map(|()| vec![0.0; base.len()]);
    let mut z = vec![0.0; base.len()];
    Box::new(move || {
        rows.iter_mut().for_each(|row| row.fill(0.0));
        for _ in 0..TIMES {
            let change = Change { states: &base, weights: &weights, events: black_box(&events) };
            let [now, old, slow, fast] = &mut rows;
            double_exponential(
                level,
                change,
                kernel,
                &base,
                Sums { now, old, slow, fast },
                black_box(&mut z),
            );
        }
    })
}

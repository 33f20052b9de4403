//! Net inputs of one sample moved on by a time step, with either kernel: sixty rows enter, sixty leave, about as many as in spiking inference on MNIST.

use super::{INPUTS, Kernel, Run, UNITS, numbers};
use criterion::Throughput;
use std::hint::black_box;
use svpg::kernel::activity::{DoubleExponential, Events, Sums, double_exponential, rectangle};
use svpg::kernel::rows::{Rows, padded};
use svpg::kernel::simd::Level;

pub(super) const RECTANGLE: Kernel = Kernel {
    name: "activity_rectangle",
    covers: &["activity"],
    throughput: |_| Throughput::Elements((2 * EVENTS * UNITS) as u64),
    prepare: prepare_rectangle,
};

pub(super) const DOUBLE_EXPONENTIAL: Kernel = Kernel {
    name: "activity_double_exponential",
    covers: &["activity"],
    throughput: |_| Throughput::Elements((2 * EVENTS * UNITS) as u64),
    prepare: prepare_double_exponential,
};

/// Rows that enter, and as many that leave.
const EVENTS: usize = 60;
const WINDOW: u32 = 50;

/// Weights, entering and leaving rows, base or bias.
fn operands() -> (Rows, [Vec<u32>; 2], Vec<f32>) {
    let w = numbers(INPUTS * UNITS, -0.05, 0.05);
    let every_sixteenth = |first: usize| (0..EVENTS).map(|n| (16 * n + first) as u32).collect();
    let weights = Rows::from_fn(INPUTS, UNITS, |k, u| w[k * UNITS + u]);
    (weights, [every_sixteenth(0), every_sixteenth(8)], numbers(padded(UNITS), -1.0, 1.0))
}

fn prepare_rectangle(level: Level, _: usize) -> Run {
    let (weights, [entering, leaving], base) = operands();
    let (mut sum, mut z) = (vec![0.0; base.len()], vec![0.0; base.len()]);
    Box::new(move || {
        // From the same sum every time, so that nothing grows.
        sum.fill(0.0);
        let events =
            Events { weights: &weights, entering: black_box(&entering), leaving: black_box(&leaving) };
        rectangle(level, events, 1.0 / WINDOW as f32, &base, black_box(&mut sum), black_box(&mut z));
    })
}

fn prepare_double_exponential(level: Level, _: usize) -> Run {
    let (weights, [entering, leaving], bias) = operands();
    let kernel = DoubleExponential::new(WINDOW);
    let mut rows = [(); 4].map(|()| vec![0.0; bias.len()]);
    let mut z = vec![0.0; bias.len()];
    Box::new(move || {
        rows.iter_mut().for_each(|row| row.fill(0.0));
        let events =
            Events { weights: &weights, entering: black_box(&entering), leaving: black_box(&leaving) };
        let [now, old, slow, fast] = black_box(&mut rows);
        double_exponential(level, events, kernel, &bias, Sums { now, old, slow, fast }, black_box(&mut z));
    })
}

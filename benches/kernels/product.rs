//! The drive of 24 samples: 784 states times 210 units.

use super::{Kernel, Run, UNITS, numbers};
use std::hint::black_box;
use svpg::kernel::product::product;
use svpg::kernel::rows::{Rows, padded};
use svpg::kernel::simd::Level;

const SAMPLES: usize = 24;
const STATES: usize = 784;

pub(super) const KERNEL: Kernel =
    Kernel { name: "product", elements: (SAMPLES * STATES * UNITS) as u64, prepare };

fn prepare(level: Level) -> Run {
    let all = numbers(STATES, -0.05, 0.05);
    let start = numbers(padded(UNITS), -0.05, 0.05);
    let x = Rows::from_fn(SAMPLES, STATES, |b, k| all[(b + k) % STATES]);
    let w = Rows::from_fn(STATES, UNITS, |k, u| all[(7 * k + u) % STATES]);
    let mut out = Rows::zeros(SAMPLES, UNITS);
    Box::new(move || {
        let (x, w, out) = (black_box(&x), black_box(&w), black_box(&mut out));
        product(level, black_box(&start), (x.all(), x.stride()), (w, 0..STATES), out.all_mut());
    })
}

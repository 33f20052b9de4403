//! Compares products and sums of outer products with plain sums in f64.

use super::{Comparison, Exact};
use crate::kernel::edges::poisoned;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::{outer, product};
use crate::random::SplitMix64;

/// Samples, inputs and units: one of each, zero of one kind, sizes that do not fill a vector or a
/// block, and one that is several blocks wide.
const SHAPES: [[usize; 3]; 5] = [[1, 1, 1], [2, 0, 17], [3, 37, 21], [9, 33, 230], [100, 70, 10]];

/// Numbers of moderate size, two of five zero. Sample 0 has subnormal numbers, sample 1 an
/// infinity, and sample 2 a NaN.
fn inputs(random: &mut SplitMix64, samples: usize, inputs: usize) -> AlignedMatrix {
    let number = |sample: usize, input: usize| match (sample, random.below(10)) {
        (_, 0) => -0.0,
        (_, 1..4) => 0.0,
        (0, 4) => f32::MIN_POSITIVE * random.symmetric(0.5) as f32,
        (1, _) if input == 7 => f32::INFINITY,
        (2, _) if input == 5 => f32::NAN,
        _ => random.unit() as f32,
    };
    poisoned(AlignedMatrix::from_fn(samples, inputs, number))
}

fn weights(random: &mut SplitMix64, rows: usize, columns: usize) -> AlignedMatrix {
    poisoned(AlignedMatrix::from_fn(rows, columns, |_, _| random.symmetric(1.0) as f32))
}

/// The sum of `start` and of all products whose first factor is not zero.
pub(super) fn sum<T: Into<f64>>(start: T, terms: impl Iterator<Item = (T, T)>) -> Option<Exact> {
    let mut value: f64 = start.into();
    let mut scale = value.abs();
    for (x, w) in terms.map(|(x, w)| (x.into(), w.into())).filter(|&(x, _)| x != 0.0) {
        let term = x * w;
        value += term;
        scale += term.abs();
    }
    Some(Exact { value, scale })
}

/// All results of one shape.
struct Part {
    twin: AlignedMatrix,
    exact: Vec<Option<Exact>>,
    vector: Box<dyn Fn(crate::kernel::simd::Level) -> AlignedMatrix>,
}

fn together(parts: Vec<Part>) -> Comparison {
    Comparison {
        twin: parts.iter().flat_map(|part| part.twin.entries()).collect(),
        exact: parts.iter().flat_map(|part| part.exact.iter().copied()).collect(),
        vector: Box::new(move |level| {
            parts.iter().flat_map(|part| (part.vector)(level).entries().collect::<Vec<_>>()).collect()
        }),
    }
}

pub(super) fn product(random: &mut SplitMix64) -> Comparison {
    let part = |[samples, size, units]: [usize; 3]| {
        let (x, start) = (inputs(random, samples, size), weights(random, samples, units));
        let mut w = weights(random, size, units);
        // An input that is zero is skipped for all weights.
        let is_unused = |k: usize| (0..samples).all(|b| x.row(b)[k] == 0.0);
        (0..size).filter(|&k| is_unused(k)).for_each(|k| w.row_mut(k).fill(f32::NAN));
        let exact = |b: usize, u: usize| {
            sum(start.row(b)[u], x.row(b).iter().enumerate().map(|(k, &x)| (x, w.row(k)[u])))
        };
        Part {
            twin: product::twin::product(&start, &x, &w),
            exact: (0..samples)
                .flat_map(|b| (0..units).map(move |u| (b, u)))
                .map(|(b, u)| exact(b, u))
                .collect(),
            vector: Box::new(move |level| {
                let mut out = start.clone();
                product::add_product(level, (x.all(), x.stride()), (&w, 0..size), out.tile());
                out
            }),
        }
    };
    together(SHAPES.map(part).into())
}

pub(super) fn outer(random: &mut SplitMix64) -> Comparison {
    let part = |[samples, size, units]: [usize; 3]| {
        let (x, e) = (inputs(random, samples, size), weights(random, samples, units));
        let exact = |k: usize, u: usize| sum(0.0, (0..samples).map(|b| (x.row(b)[k], e.row(b)[u])));
        Part {
            twin: outer::twin::outer(&x, &e),
            exact: (0..size)
                .flat_map(|k| (0..units).map(move |u| (k, u)))
                .map(|(k, u)| exact(k, u))
                .collect(),
            vector: Box::new(move |level| {
                let mut out = AlignedMatrix::zeros(size, units);
                let all: Vec<u32> = (0..samples as u32).collect();
                outer::outer(level, (&x, &all, 0), (&e, 0..units), out.all_mut());
                out
            }),
        }
    };
    together(SHAPES.map(part).into())
}

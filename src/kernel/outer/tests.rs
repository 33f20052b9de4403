use super::{Blocks, outer, outer_in, twin};
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::testing::{any_length, any_number, moderate, on_every_level, poisoned};
use proptest::prelude::*;

/// Compares for operands taken cyclically from `numbers`. Every third entry of `x` is zero. `first`
/// lines of inputs are processed separately from the others, and the others in two halves of units.
fn agree(samples: usize, inputs: usize, units: usize, first: usize, numbers: &[f32]) {
    let mut turn = numbers.iter().cycle().copied();
    let mut next = || turn.next().expect("a cycle of at least one");
    let x = AlignedMatrix::from_fn(samples, inputs, |b, k| if (b + k) % 3 == 0 { 0.0 } else { next() });
    let e = AlignedMatrix::from_fn(samples, units, |_, _| next());
    let expected: Vec<f32> = twin::outer(&x, &e).entries().collect();
    let e = poisoned(e);
    let x = poisoned(x);
    let samples: Vec<u32> = (0..samples as u32).collect();
    let first = (first * WIDTH).min(inputs / WIDTH * WIDTH);
    on_every_level(&expected, |level| {
        let mut out = AlignedMatrix::zeros(inputs, units);
        let (before, behind) = out.all_mut().split_at_mut(first * e.stride());
        outer(level, (&x, &samples, 0), (&e, 0..units), before);
        let half = units / 2 / WIDTH * WIDTH;
        outer(level, (&x, &samples, first), (&e, half..units), behind);
        outer(level, (&x, &samples, first), (&e, 0..half), behind);
        out.entries().collect()
    });
}

proptest! {
    #[test]
    fn vectors_agree(
        (samples, inputs, units) in (0..15usize, 0..80usize, any_length().prop_map(|n| n.max(1))),
        first in 0..5usize,
        numbers in prop::collection::vec(moderate(), 997),
    ) {
        agree(samples, inputs, units, first, &numbers);
    }

    #[test]
    fn vectors_agree_on_any_numbers(
        (samples, inputs, units) in (1..8usize, 1..5usize, 1..40usize),
        numbers in prop::collection::vec(any_number(), 499),
    ) {
        agree(samples, inputs, units, 1, &numbers);
    }
}

#[test]
fn samples_that_are_not_wanted_are_left_out() {
    let x = AlignedMatrix::from_fn(3, 2, |b, k| (1 + b + 10 * k) as f32);
    let kept = AlignedMatrix::from_fn(3, 2, |b, k| if b == 1 { 0.0 } else { x.row(b)[k] });
    let e = AlignedMatrix::from_fn(3, 5, |b, u| if b == 1 { f32::NAN } else { (b * u) as f32 - 1.5 });
    let expected: Vec<f32> = twin::outer(&kept, &e).entries().collect();
    assert!(expected.iter().all(|sum| sum.is_finite()));
    on_every_level(&expected, |level| {
        let mut out = AlignedMatrix::zeros(2, 5);
        outer(level, (&x, &[0, 2], 0), (&e, 0..5), out.all_mut());
        out.entries().collect()
    });
}

/// Tests parts of more inputs than are transposed at once, and the edges of every block.
#[test]
fn bits_do_not_depend_on_block_sizes() {
    let number = |n: usize| (n * n % 211) as f32 / 100.0 - 1.005;
    for (samples, inputs, units) in [(1, 300, 20), (31, 129, 80), (33, 128, 257), (100, 150, 37)] {
        for zeros in [0, 1, 40] {
            let input = |n: usize| if n % 97 < zeros { 0.0 } else { number(n) };
            let x = AlignedMatrix::from_fn(samples, inputs, |b, k| input(b * inputs + k));
            let e = AlignedMatrix::from_fn(samples, units, |b, u| number(3 * b + 7 * u));
            let expected: Vec<f32> = twin::outer(&x, &e).entries().collect();
            let (x, e) = (poisoned(x), poisoned(e));
            let all: Vec<u32> = (0..samples as u32).collect();
            for blocks in [None, Some((16, 1)), Some((16, 50)), Some((32, 9)), Some((32, 200))] {
                let blocks = blocks.map(|(inputs, samples)| Blocks { inputs, samples });
                on_every_level(&expected, |level| {
                    let mut out = poisoned(AlignedMatrix::zeros(inputs, units));
                    outer_in(level, blocks, (&x, &all, 0), (&e, 0..units), out.all_mut());
                    out.entries().collect()
                });
            }
        }
    }
}

#[test]
fn no_sample_gives_zero() {
    let x = AlignedMatrix::from_fn(3, 20, |_, _| 1.0);
    on_every_level(&[0.0; 20 * 5], |level| {
        let mut out = poisoned(AlignedMatrix::from_fn(20, 5, |_, _| 7.0));
        outer(level, (&x, &[], 0), (&AlignedMatrix::zeros(3, 5), 0..5), out.all_mut());
        out.entries().collect()
    });
}

use super::{outer, twin};
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

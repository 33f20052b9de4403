use super::{DEPTH, add_product, twin};
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::testing::{any_length, any_number, moderate, on_every_level, poisoned};
use proptest::prelude::*;

/// Compares for operands taken cyclically from `numbers`, with NaN in all padding: all inputs to
/// all units, then the inputs from the second line on to the units from the second line on.
fn agree(samples: usize, inputs: usize, units: usize, numbers: &[f32]) {
    let mut turn = numbers.iter().cycle().copied();
    let mut next = || turn.next().expect("a cycle of at least one");
    let start = AlignedMatrix::from_fn(samples, units, |_, _| next());
    let x = AlignedMatrix::from_fn(samples, inputs, |_, _| next());
    let w = AlignedMatrix::from_fn(inputs, units, |_, _| next());
    let (input, unit) = (WIDTH.min(inputs / WIDTH * WIDTH), WIDTH.min(units / WIDTH * WIDTH));
    let first = twin::product(&start, &x, &w);
    let later = AlignedMatrix::from_fn(samples, inputs - input, |b, k| x.row(b)[input + k]);
    let block = |k, u| if u < unit { 0.0 } else { w.row(input + k)[u] };
    let second = twin::product(&first, &later, &AlignedMatrix::from_fn(inputs - input, units, block));
    let second =
        AlignedMatrix::from_fn(
            samples,
            units,
            |b, u| if u < unit { first.row(b)[u] } else { second.row(b)[u] },
        );
    let expected: Vec<f32> = first.entries().chain(second.entries()).collect();
    let (start, x, w) = (poisoned(start), poisoned(x), poisoned(w));
    on_every_level(&expected, |level| {
        let mut out = start.clone();
        add_product(level, (x.all(), x.stride()), (&w, 0..inputs, 0..units), out.all_mut());
        let first: Vec<f32> = out.entries().collect();
        let later = (&x.all()[input.min(x.all().len())..], x.stride());
        add_product(level, later, (&w, input..inputs, unit..units), out.all_mut());
        first.into_iter().chain(out.entries()).collect()
    });
}

proptest! {
    #[test]
    fn vectors_agree(
        (samples, inputs, units) in (0..15usize, any_length(), any_length().prop_map(|n| n.max(1))),
        // The number is prime, so an operand has different partners in different rows.
        numbers in prop::collection::vec(moderate(), 997),
    ) {
        agree(samples, inputs, units, &numbers);
    }

    #[test]
    fn vectors_agree_on_any_numbers(
        (samples, inputs, units) in (1..8usize, 0..4usize, 1..40usize),
        numbers in prop::collection::vec(any_number(), 499),
    ) {
        agree(samples, inputs, units, &numbers);
    }
}

/// Tests sums that are stored and loaded again between blocks of inputs.
#[test]
fn vectors_agree_across_blocks() {
    let numbers: Vec<f32> = (0..1009).map(|n| (n * n % 211) as f32 / 100.0 - 1.0).collect();
    for inputs in [DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH, 2 * DEPTH + 5] {
        for samples in [1, 6, 7, 11, 12, 13] {
            agree(samples, inputs, 37, &numbers);
        }
    }
}

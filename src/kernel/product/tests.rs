use super::{DEPTH, product, twin};
use crate::kernel::rows::{Rows, WIDTH};
use crate::kernel::testing::{any_length, any_number, moderate, on_every_level, poisoned, poisoned_row};
use proptest::prelude::*;

/// Compares on operands taken in turn from `numbers`, with NaN in every padding: all rows of `w`, then those from the second sixteen on.
fn agree(samples: usize, inputs: usize, units: usize, numbers: &[f32]) {
    let mut turn = numbers.iter().cycle().copied();
    let mut next = || turn.next().expect("a cycle of at least one");
    let row: Vec<f32> = (0..units).map(|_| next()).collect();
    let x = Rows::from_fn(samples, inputs, |_, _| next());
    let w = Rows::from_fn(inputs, units, |_, _| next());
    let behind = WIDTH.min(inputs);
    let later = Rows::from_fn(samples, inputs - behind, |b, k| x.row(b)[behind + k]);
    let rest = Rows::from_fn(inputs - behind, units, |k, u| w.row(behind + k)[u]);
    let first = twin::product(&Rows::from_fn(samples, units, |_, u| row[u]), &x, &w);
    let expected: Vec<f32> = first.entries().chain(twin::product(&first, &later, &rest).entries()).collect();
    let (row, x, w, later) = (poisoned_row(&row), poisoned(x), poisoned(w), poisoned(later));
    on_every_level(&expected, |level| {
        let (mut first, mut second) = (Rows::zeros(samples, units), Rows::zeros(samples, units));
        product(level, &row, (x.all(), x.stride()), (&w, 0..inputs), first.all_mut());
        let first = poisoned(first);
        product(level, first.all(), (later.all(), later.stride()), (&w, behind..inputs), second.all_mut());
        first.entries().chain(second.entries()).collect()
    });
}

proptest! {
    #[test]
    fn vectors_agree(
        (samples, inputs, units) in (0..15usize, any_length(), any_length().prop_map(|n| n.max(1))),
        // A prime number of them: no operand meets the same partner in every row.
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

/// Sums that are stored and loaded again between blocks of inputs.
#[test]
fn vectors_agree_across_blocks() {
    let numbers: Vec<f32> = (0..1009).map(|n| (n * n % 211) as f32 / 100.0 - 1.0).collect();
    for inputs in [DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH, 2 * DEPTH + 5] {
        for samples in [1, 6, 7, 11, 12, 13] {
            agree(samples, inputs, 37, &numbers);
        }
    }
}

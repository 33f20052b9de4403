use super::{Blocks, MAX_INPUTS, add_product, add_product_in, transposed_product, twin};
use crate::kernel::isa::Isa;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::simd::Level;
use crate::kernel::testing::{any_length, any_number, moderate, on_every_level, poisoned};
use proptest::prelude::*;
use std::ops::Range;

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
        add_product(level, (x.all(), x.stride()), (&w, 0..inputs), out.tile());
        let first: Vec<f32> = out.entries().collect();
        let later = (&x.all()[input.min(x.all().len())..], x.stride());
        add_product(level, later, (&w, input..inputs), out.tile().part(unit..units));
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

/// Tests sums that are stored and loaded again between blocks of inputs, blocks with and without
/// zeros, and the edges of every block.
#[test]
fn bits_do_not_depend_on_block_sizes() {
    let cases = [MAX_INPUTS - 1, MAX_INPUTS, MAX_INPUTS + 1, 2 * MAX_INPUTS + 37];
    for (inputs, zeros) in cases.into_iter().flat_map(|inputs| [(inputs, 0), (inputs, 1), (inputs, 40)]) {
        for (samples, units) in [(1, 37), (7, 80), (8, 257), (13, 37), (130, 70)] {
            let number = |n: usize| (n * n % 211) as f32 / 100.0 - 1.005;
            // Of every 97 inputs, so many are zero.
            let input = |n: usize| if n % 97 < zeros { 0.0 } else { number(n) };
            let x = AlignedMatrix::from_fn(samples, inputs, |b, k| input(b * inputs + k));
            let w = AlignedMatrix::from_fn(inputs, units, |k, u| number(3 * k + 7 * u));
            let start = AlignedMatrix::from_fn(samples, units, |b, u| number(b + u));
            let expected: Vec<f32> = twin::product(&start, &x, &w).entries().collect();
            let (x, w, start) = (poisoned(x), poisoned(w), poisoned(start));
            let blocks =
                [16, 32, 48, 64].into_iter().flat_map(|inputs| [(inputs, 1), (inputs, 9), (inputs, 50)]);
            let blocks = blocks.map(|(inputs, samples)| Some(Blocks { inputs, samples }));
            for blocks in blocks.chain([None]) {
                on_every_level(&expected, |level| {
                    if let Some(Blocks { inputs: 33.., .. }) = blocks
                        && level.isa() == Isa::Avx512
                    {
                        // The block would be larger than its copy.
                        return expected.clone();
                    }
                    let mut out = start.clone();
                    let x = (x.all(), x.stride());
                    add_product_in(level, blocks, x, (&w, 0..inputs), out.tile());
                    out.entries().collect()
                });
            }
        }
    }
}

#[test]
fn transposed_weights_give_the_same_bits() {
    let number = |n: usize| (n * n % 211) as f32 / 100.0 - 1.005;
    for (samples, inputs, units) in
        [(1, 1, 1), (3, 0, 5), (0, 7, 5), (9, 70, 37), (5, 16, 257), (130, 33, 300)]
    {
        let x = AlignedMatrix::from_fn(samples, inputs, |b, k| number((b + k) % 7 * (b * inputs + k)));
        let w = AlignedMatrix::from_fn(units, inputs, |u, k| number(3 * k + 7 * u));
        let straight = AlignedMatrix::from_fn(inputs, units, |k, u| w.row(u)[k]);
        let expected: Vec<f32> =
            twin::product(&AlignedMatrix::zeros(samples, units), &x, &straight).entries().collect();
        let (x, w) = (poisoned(x), poisoned(w));
        on_every_level(&expected, |level| {
            let mut out = poisoned(AlignedMatrix::zeros(samples, units));
            let w = (w.all(), w.stride(), inputs);
            transposed_product(level, (x.all(), x.stride()), w, out.tile());
            out.entries().collect()
        });
    }
}

#[test]
fn operands_that_do_not_fit_are_refused() {
    let refused = |work: &(dyn Fn(&mut AlignedMatrix) + std::panic::RefUnwindSafe)| {
        std::panic::catch_unwind(|| work(&mut AlignedMatrix::zeros(3, 20))).is_err()
    };
    let (level, x, w) = (Level::best(None), [0.0; 96], AlignedMatrix::zeros(20, 20));
    let add = |x: &[f32], stride, inputs: Range<usize>, out: &mut AlignedMatrix| {
        add_product(level, (x, stride), (&w, inputs), out.tile());
    };
    assert!(!refused(&|out| add(&x, 32, 0..20, out)));
    assert!(!refused(&|out| add(&x[..80], 32, 4..20, out)));
    assert!(refused(&|out| add(&x[..79], 32, 4..20, out)));
    assert!(refused(&|out| add(&x, 16, 0..20, out)));
    assert!(refused(&|out| add(&x, 32, 1..21, out)));
    assert!(refused(&|out| add(&x, usize::MAX / 2 + 1, 0..20, out)));
    let transposed = |w: &[f32], stride, inputs, out: &mut AlignedMatrix| {
        transposed_product(level, (&x, 32), (w, stride, inputs), out.tile());
    };
    assert!(!refused(&|out| transposed(w.all(), 32, 20, out)));
    assert!(refused(&|out| transposed(&w.all()[32..], 32, 20, out)));
    assert!(refused(&|out| transposed(w.all(), 32, 33, out)));
    assert!(refused(&|out| transposed(w.all(), 32, usize::MAX, out)));
    assert!(refused(&|out| transposed(&[], usize::MAX / 4 + 1, 20, out)));
}

//! Exponentials of fixed-point fractions.

use std::sync::OnceLock;

use super::limbs::{Buffer, divide_small, increase, multiply};

/// Up to this number of limbs, the first bits of a fraction are looked up.
const TABLE_LENGTH: usize = 8;

/// Number of bits that are looked up in each of two tables.
const TABLE_BITS: u32 = 8;

/// The exponential of a fixed-point fraction with `length` limbs; one limb before the point.
///
/// The exponential of the first 16 bits is the product of two table entries. The rest is below
/// 2^-16, and its series is short. In units of the last place, the error of the series is below
/// 2^9, that of an entry below 1, and each of the two products adds 1. All factors are below 4: the
/// error is below 2^14.
pub(super) fn fixed_exp(fraction: &[u64], length: usize) -> Buffer {
    if length > TABLE_LENGTH {
        return fixed_exp_by_squaring(fraction, length);
    }
    let mut small = Buffer::from_slice(fraction);
    let first = small[length - 1] >> (64 - 2 * TABLE_BITS);
    small[length - 1] &= u64::MAX >> (2 * TABLE_BITS);
    let mut power = exponential_series(&small);
    let mut product = Buffer::from_elem(0, 2 * length + 2);
    let places = [first >> TABLE_BITS, 1 << TABLE_BITS | first & ((1 << TABLE_BITS) - 1)];
    for place in places {
        product.fill(0);
        multiply(&power, &exponentials()[place as usize][TABLE_LENGTH - length..], &mut product);
        power.copy_from_slice(&product[length..=2 * length]);
    }
    power
}

/// The exponentials, cut, of all multiples of 2^-8 below 1, then of all multiples of 2^-16 below
/// 2^-8.
fn exponentials() -> &'static [Buffer] {
    static EXPONENTIALS: OnceLock<Vec<Buffer>> = OnceLock::new();
    EXPONENTIALS.get_or_init(|| {
        let length = TABLE_LENGTH + 1;
        let entry = |shift: u32, multiple: u64| {
            let mut fraction = Buffer::from_elem(0, length);
            fraction[length - 1] = multiple << (64 - shift);
            Buffer::from_slice(&fixed_exp_by_squaring(&fraction, length)[1..])
        };
        let of = |shift: u32| (0..1 << TABLE_BITS).map(move |multiple| entry(shift, multiple));
        of(TABLE_BITS).chain(of(2 * TABLE_BITS)).collect()
    })
}

/// `1 + x + x²/2 + …` of a small fraction.
fn exponential_series(small: &Buffer) -> Buffer {
    let length = small.len();
    let mut sum = small.clone();
    sum.push(1);
    let mut term = small.clone();
    for number in 2u64.. {
        while term.last() == Some(&0) {
            term.pop();
        }
        if term.is_empty() {
            break;
        }
        let mut product = Buffer::from_elem(0, term.len() + length);
        multiply(&term, small, &mut product);
        term = Buffer::from_slice(&product[length..]);
        divide_small(&mut term, number);
        increase(&mut sum, &term);
    }
    sum
}

/// The exponential without tables: the series for an argument `2^-halvings` times as large, then
/// `halvings` squarings. In units of the last place, the error of the series is below 2^9, and each
/// squaring doubles the error and adds 1. The power is below 4: the error is below 2^(halvings +
/// 12).
fn fixed_exp_by_squaring(fraction: &[u64], length: usize) -> Buffer {
    let halvings = (2 * (16 * length).isqrt()).min(40);
    let mut small = Buffer::from_elem(0, length);
    for at in 0..length {
        let high = fraction.get(at + 1).copied().unwrap_or(0);
        small[at] = fraction[at] >> halvings | high << (64 - halvings);
    }
    let mut sum = exponential_series(&small);
    let mut product = Buffer::from_elem(0, 2 * length + 2);
    for _ in 0..halvings {
        product.fill(0);
        multiply(&sum, &sum, &mut product);
        sum.copy_from_slice(&product[length..=2 * length]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::{TABLE_LENGTH, fixed_exp, fixed_exp_by_squaring};
    use dashu_base::Abs;
    use dashu_int::IBig;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// The two computations of an exponential differ by less than the sum of their errors.
        #[test]
        fn tables_say_what_squarings_say(
            fraction in prop::collection::vec(prop_oneof![Just(0u64), Just(u64::MAX), any::<u64>()], 2..=TABLE_LENGTH)
        ) {
            let length = fraction.len();
            let value = |limbs: &[u64]| IBig::from(dashu_int::UBig::from_words(limbs));
            let looked_up = value(&fixed_exp(&fraction, length));
            let squared = value(&fixed_exp_by_squaring(&fraction, length));
            prop_assert!((looked_up - squared).abs() < IBig::from(1) << 35);
        }
    }
}

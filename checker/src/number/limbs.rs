//! Natural numbers as limbs of 64 bits, the least significant first.

use smallvec::SmallVec;

pub(super) type Limbs = SmallVec<[u64; 4]>;
pub(super) type Buffer = SmallVec<[u64; 12]>;

/// `product = a · b`. It has as many limbs as both together, and must be zero before.
pub(super) fn multiply(a: &[u64], b: &[u64], product: &mut [u64]) {
    for (i, &x) in a.iter().enumerate() {
        let mut carry = 0u64;
        let row = &mut product[i..];
        for (place, &y) in row.iter_mut().zip(b) {
            let sum = u128::from(x) * u128::from(y) + u128::from(*place) + u128::from(carry);
            *place = sum as u64;
            carry = (sum >> 64) as u64;
        }
        row[b.len()] = carry;
    }
}

/// `a += b + carry`; sets the carry for the next limb.
pub(super) fn give(a: &mut u64, b: u64, carry: &mut bool) {
    let (value, over) = a.overflowing_add(b);
    let (value, again) = value.overflowing_add(u64::from(*carry));
    (*a, *carry) = (value, over || again);
}

/// `a -= b + borrow`; sets the borrow for the next limb.
pub(super) fn take(a: &mut u64, b: u64, borrow: &mut bool) {
    let (value, over) = a.overflowing_sub(b);
    let (value, again) = value.overflowing_sub(u64::from(*borrow));
    (*a, *borrow) = (value, over || again);
}

/// `a -= b`. Returns whether the result is below zero.
pub(super) fn subtract(a: &mut [u64], b: &[u64]) -> bool {
    let mut borrow = false;
    for (x, &y) in a.iter_mut().zip(b) {
        take(x, y, &mut borrow);
    }
    borrow
}

/// `a += b`. `b` is not longer than `a`, and the sum does not overflow.
pub(super) fn increase(a: &mut [u64], b: &[u64]) {
    let mut carry = false;
    for (at, x) in a.iter_mut().enumerate() {
        let y = match b.get(at) {
            Some(&y) => y,
            None if carry => 0,
            None => break,
        };
        give(x, y, &mut carry);
    }
}

/// Divides by a number of at most 32 bits.
pub(super) fn divide_small(a: &mut [u64], by: u64) {
    debug_assert!(by >> 32 == 0, "the divisor has at most 32 bits");
    let mut rest = 0u64;
    for limb in a.iter_mut().rev() {
        let high = rest << 32 | *limb >> 32;
        let low = ((high % by) << 32) | (*limb & 0xffff_ffff);
        *limb = ((high / by) << 32) | (low / by);
        rest = low % by;
    }
}

/// The quotient; `rest` becomes the remainder. The highest bit of the divisor is set, and the
/// highest limb of the dividend is zero.
///
/// Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D.
pub(super) fn divide(rest: &mut [u64], divisor: &[u64]) -> Buffer {
    let n = divisor.len();
    let top = divisor[n - 1];
    let second = if n > 1 { divisor[n - 2] } else { 0 };
    let mut quotient = Buffer::from_elem(0, rest.len() - n);
    for at in (0..rest.len() - n).rev() {
        let high = u128::from(rest[at + n]) << 64 | u128::from(rest[at + n - 1]);
        let mut digit = (high / u128::from(top)).min(u128::from(u64::MAX));
        let mut left = high - digit * u128::from(top);
        let below = if n > 1 { rest[at + n - 2] } else { 0 };
        while left >> 64 == 0 && digit * u128::from(second) > (left << 64 | u128::from(below)) {
            digit -= 1;
            left += u128::from(top);
        }
        let mut digit = digit as u64;
        let (mut carry, mut borrow) = (0u64, false);
        for (place, &limb) in rest[at..].iter_mut().zip(divisor) {
            let product = u128::from(digit) * u128::from(limb) + u128::from(carry);
            carry = (product >> 64) as u64;
            take(place, product as u64, &mut borrow);
        }
        take(&mut rest[at + n], carry, &mut borrow);
        if borrow {
            digit -= 1;
            let mut carry = false;
            for (place, &limb) in rest[at..].iter_mut().zip(divisor) {
                give(place, limb, &mut carry);
            }
            rest[at + n] = rest[at + n].wrapping_add(u64::from(carry));
        }
        quotient[at] = digit;
    }
    quotient
}

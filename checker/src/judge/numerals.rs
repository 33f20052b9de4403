//! Numbers as reports print them: plain decimals if they are short, else digits and a power of ten.

use std::cmp::Ordering;

use crate::number::real::Real;

/// Magnitudes from 10^-4 to 10^15 are plain decimals.
const PLAIN: std::ops::Range<i32> = -4..15;

/// At most `digits` significant digits of the middle of a ball; 0 if the ball contains 0.
pub(super) fn real(value: &Real, digits: usize) -> String {
    match value.sign() {
        Some(Ordering::Less | Ordering::Greater) => plain(&value.decimal(digits)),
        Some(Ordering::Equal) | None => "0".to_owned(),
    }
}

/// Most digits that are printed to tell two numbers apart.
const MAX_DIGITS: usize = 1200;

/// Both numbers, with as many digits as it takes to see that they differ.
pub(super) fn told_apart(left: &Real, right: &Real, mut digits: usize) -> (String, String) {
    loop {
        let texts = (real(left, digits), real(right, digits));
        if texts.0 != texts.1 || digits > MAX_DIGITS {
            return texts;
        }
        digits *= 2;
    }
}

/// The shortest decimal that is this f64.
pub(super) fn entry(value: f64) -> String {
    plain(&format!("{value:e}"))
}

/// At most `digits` significant digits of an f64.
pub(super) fn rounded(value: f64, digits: usize) -> String {
    plain(&format!("{value:.*e}", digits - 1))
}

/// `1.5625e4` as `15625`.
fn plain(scientific: &str) -> String {
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific.to_owned() };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{}", fraction.trim_end_matches('0'));
    if digits.bytes().all(|digit| digit == b'0') {
        return "0".to_owned();
    }
    match exponent.parse::<i32>() {
        Ok(exponent) if whole.len() == 1 && PLAIN.contains(&exponent) => {
            format!("{sign}{}", shifted(&digits, exponent))
        }
        _ => {
            let (first, rest) = digits.split_at(whole.len());
            let point = if rest.is_empty() { "" } else { "." };
            format!("{sign}{first}{point}{rest}e{exponent}")
        }
    }
}

/// The digits, with the point after the digit of 10^0.
fn shifted(digits: &str, exponent: i32) -> String {
    let Ok(places) = usize::try_from(exponent) else {
        return format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1));
    };
    match digits.split_at_checked(places + 1) {
        Some((whole, "")) => whole.to_owned(),
        Some((whole, fraction)) => format!("{whole}.{fraction}"),
        None => format!("{digits}{}", "0".repeat(places + 1 - digits.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::{entry, plain, real, rounded};
    use crate::number::Number;
    use crate::number::real::Real;

    #[test]
    fn short_numbers_are_plain() {
        for (scientific, text) in [
            ("5e0", "5"),
            ("-5.0e0", "-5"),
            ("1.5625e4", "15625"),
            ("5.24288e5", "524288"),
            ("2.5625e1", "25.625"),
            ("1e14", "100000000000000"),
            ("1e15", "1e15"),
            ("-1.25e-1", "-0.125"),
            ("1e-4", "0.0001"),
            ("9.9506698141727990436e-1", "0.99506698141727990436"),
            ("9.9e-5", "9.9e-5"),
            ("1.50e-7", "1.5e-7"),
            ("1.97007e434", "1.97007e434"),
            ("1.7582e434294481903251836286911761061", "1.7582e434294481903251836286911761061"),
            ("0e0", "0"),
            ("?", "?"),
        ] {
            assert_eq!(plain(scientific), text);
        }
        assert_eq!(entry(0.5), "0.5");
        assert_eq!(entry(-3.0), "-3");
        assert_eq!(entry(0.0), "0");
        assert_eq!(rounded(2.0 / 3.0, 6), "0.666667");
        assert_eq!(entry(2f64.powi(-20)), "9.5367431640625e-7");
    }

    #[test]
    fn a_ball_that_holds_zero_is_zero() {
        let third = Real::one().div(&Real::from_f64(3.0)).unwrap();
        let rest = third.add(&third).add(&third).sub(&Real::one()).add(&third).sub(&third);
        assert_eq!(real(&rest, 20), "0");
        assert_eq!(real(&Real::from_f64(-0.5), 20), "-0.5");
        assert_eq!(real(&third, 5), "0.33333");
    }
}

use crate::error;
use crate::tolerance::{Twin, judge};
use svpg::kernel::ln::twin;
use svpg::random::SplitMix64;
use svpg_reference::number::Real;

#[test]
fn is_the_reference() {
    let mut random = SplitMix64::new(2);
    let largest = (0..200_000).map(|_| {
        // Half of them around 1, where the logarithm is small; the others any positive number, subnormal ones too.
        let x = match random.chance(0.5) {
            true => 1.0 + random.symmetric(0.5) as f32,
            false => f32::from_bits(1 + random.below(0x7f7f_ffff) as u32),
        };
        let exact = Real::ln(&f64::from(x));
        error(twin::ln(x), exact, exact.abs())
    });
    judge(Twin::Ln, largest.fold(0.0, f64::max));
}

/// What the module's documentation promises of special values.
#[test]
fn special_values() {
    assert_eq!((twin::ln(0.0), twin::ln(-0.0)), (f32::NEG_INFINITY, f32::NEG_INFINITY));
    assert_eq!(twin::ln(f32::INFINITY), f32::INFINITY);
    assert_eq!(twin::ln(1.0).to_bits(), 0);
    for wrong in [f32::NAN, -1.0, f32::NEG_INFINITY, f32::from_bits(0x8000_0001)] {
        assert!(twin::ln(wrong).is_nan());
    }
}

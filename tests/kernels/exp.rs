use crate::error;
use crate::tolerance::{Twin, judge};
use svpg::kernel::exp::twin;
use svpg::random::SplitMix64;
use svpg_reference::number::Real;

#[test]
fn is_the_reference() {
    let mut random = SplitMix64::new(1);
    let largest = (0..200_000).map(|_| {
        let x = random.symmetric(80.0) as f32;
        let exact = Real::exp(&f64::from(x));
        error(twin::exp(x), exact, exact)
    });
    judge(Twin::Exp, largest.fold(0.0, f64::max));
}

/// What the module's documentation promises of special values.
#[test]
fn special_values() {
    assert!(twin::exp(f32::NAN).is_nan());
    assert_eq!(twin::exp(f32::INFINITY), f32::INFINITY);
    assert_eq!(twin::exp(f32::NEG_INFINITY).to_bits(), 0);
    assert_eq!((twin::exp(0.0), twin::exp(-0.0)), (1.0, 1.0));
    assert_eq!((twin::exp(89.0), twin::exp(-104.0)), (f32::INFINITY, 0.0));
    assert_eq!(twin::exp(-103.0), f32::from_bits(1));
}

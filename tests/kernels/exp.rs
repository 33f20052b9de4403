//! Special values.

use svpg::kernel::exp::twin;

/// Special values, as in the module's documentation.
#[test]
fn special_values() {
    assert!(twin::exp(f32::NAN).is_nan());
    assert_eq!(twin::exp(f32::INFINITY), f32::INFINITY);
    assert_eq!(twin::exp(f32::NEG_INFINITY).to_bits(), 0);
    assert_eq!((twin::exp(0.0), twin::exp(-0.0)), (1.0, 1.0));
    assert_eq!((twin::exp(89.0), twin::exp(-104.0)), (f32::INFINITY, 0.0));
    assert_eq!(twin::exp(-103.0), f32::from_bits(1));
}

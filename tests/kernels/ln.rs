//! Special values.

use svpg::kernel::ln::twin;

/// Special values, as in the module's documentation.
#[test]
fn special_values() {
    assert_eq!((twin::ln(0.0), twin::ln(-0.0)), (f32::NEG_INFINITY, f32::NEG_INFINITY));
    assert_eq!(twin::ln(f32::INFINITY), f32::INFINITY);
    assert_eq!(twin::ln(1.0).to_bits(), 0);
    for wrong in [f32::NAN, -1.0, f32::NEG_INFINITY, f32::from_bits(0x8000_0001)] {
        assert!(twin::ln(wrong).is_nan());
    }
}

use super::{Bounds, Noise, twin};
use crate::kernel::philox::{Place, Stream};
use crate::kernel::testing::{any_number, on_every_level};
use proptest::prelude::*;

proptest! {
    #[test]
    fn vectors_agree(
        numbers in prop::collection::vec(any_number(), 320),
        lines in 0..=20usize,
        (seed, step, iteration, sample) in any::<(u32, u32, u32, u32)>(),
        sigma in prop_oneof![Just(0.0f32), Just(0.02), 0.0f32..10.0],
        gain in prop_oneof![Just(1.0f32), Just(2.0)],
        bounds in prop_oneof![Just(Bounds::UNIT), Just(Bounds::NONE)],
    ) {
        let place = Place { seed, stream: Stream::UnitNoise, step, iteration, sample };
        let clean = &numbers[..16 * lines];
        let noisy = |(unit, &x)| twin::noisy_within(bounds, &place, unit, sigma, gain, x);
        let expected: Vec<f32> = clean.iter().enumerate().map(noisy).collect();
        on_every_level(&expected, |level| {
            let mut out = vec![f32::NAN; clean.len()];
            Noise { place, sigma, gain, bounds, clean, out: &mut out }.fill(level);
            out
        });
    }
}

/// A NaN passes through. With bounds 0 and 1, all other results are in `[0, gain]`.
#[test]
fn range() {
    let place = Place { seed: 1, stream: Stream::StateNoise, step: 0, iteration: 0, sample: 0 };
    for unit in 0..100 {
        assert!(twin::noisy(&place, unit, 0.5, 2.0, f32::NAN).is_nan());
        for clean in [-3.0, 0.0, 0.5, 1.0, 3.0, f32::INFINITY, f32::NEG_INFINITY] {
            assert!((0.0..=2.0).contains(&twin::noisy(&place, unit, 0.5, 2.0, clean)));
        }
        assert_eq!(twin::noisy(&place, unit, 0.0, 2.0, 0.3), 0.6);
        assert_eq!(twin::noisy_within(Bounds::NONE, &place, unit, 0.0, 2.0, -3.0), -6.0);
    }
}

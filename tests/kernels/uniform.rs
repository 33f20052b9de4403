use svpg::kernel::philox::{Place, Stream, twin::word};
use svpg::kernel::uniform::twin;

/// The upper 24 bits of the unit's word, exactly.
#[test]
fn is_the_word_over_its_range() {
    let place = Place { seed: 3, stream: Stream::Sample, step: 9, iteration: 1, sample: 4 };
    let (mut lowest, mut highest) = (1.0f64, 0.0f64);
    for unit in 0..100_000 {
        let found = f64::from(twin::uniform(&place, unit));
        assert_eq!(found, f64::from(word(&place, unit) / 256) / 16_777_216.0);
        (lowest, highest) = (lowest.min(found), highest.max(found));
    }
    // Beyond either with probability exp(-100) were they uniform.
    assert!(lowest < 1e-3 && (0.999..1.0).contains(&highest), "{lowest} {highest}");
}

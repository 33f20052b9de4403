use svpg::kernel::normal::twin::normal;
use svpg::kernel::philox::twin::{block, word};
use svpg::kernel::philox::{Place, Stream};
use svpg::kernel::uniform::twin::{of_word, uniform};

const PLACE: Place = Place { seed: 0x299f_31d0, stream: Stream::UnitNoise, step: 3, iteration: 5, sample: 7 };

/// Which word of which block belongs to a unit, written out by the documentation's rule.
#[test]
fn words_of_units() {
    let of = |counter, word: usize| block([counter, 7, 5, 3], [0x299f_31d0, 2])[word];
    for (unit, block, word_of_block) in
        [(0, 0, 0), (1, 1, 0), (15, 15, 0), (16, 0, 1), (37, 5, 2), (63, 15, 3), (64, 16, 0), (209, 49, 1)]
    {
        assert_eq!(word(&PLACE, unit), of(block, word_of_block), "unit {unit}");
    }
}

/// Every part of the place changes the draw.
#[test]
fn places_are_apart() {
    let other = [
        Place { seed: PLACE.seed + 1, ..PLACE },
        Place { stream: Stream::StateNoise, ..PLACE },
        Place { step: PLACE.step + 1, ..PLACE },
        Place { iteration: PLACE.iteration + 1, ..PLACE },
        Place { sample: PLACE.sample + 1, ..PLACE },
    ];
    for place in other {
        assert_ne!(word(&place, 0), word(&PLACE, 0), "{place:?}");
    }
}

/// Each stream has its own number and keeps it: another number would change every draw of a run.
#[test]
fn streams_keep_their_numbers() {
    let streams = [
        Stream::Start,
        Stream::UnitNoise,
        Stream::StateNoise,
        Stream::Sample,
        Stream::UnitSpikes,
        Stream::StateSpikes,
        Stream::Order,
        Stream::Mask,
        Stream::Weights,
        Stream::Critic,
        Stream::Reset,
        Stream::Evaluation,
    ];
    for (number, stream) in (1..).zip(streams) {
        assert_eq!(stream as u32, number, "{stream:?}");
    }
}

/// Exact outputs: a change of any bit changes every cited run.
#[test]
fn draws_keep_their_values() {
    let units = [0, 1, 16, 40, 63, 64, 209];
    let uniforms = units.map(|unit| uniform(&PLACE, unit).to_bits());
    let normals = units.map(|unit| normal(&PLACE, unit).to_bits());
    assert_eq!(
        uniforms,
        [0x3ec9_b786, 0x3f50_f842, 0x3edc_f250, 0x3ed6_6edc, 0x3e26_9b44, 0x3f45_48f5, 0x3e16_fa98],
        "{uniforms:#x?}"
    );
    assert_eq!(
        normals,
        [0xbf9e_c9fd, 0x3f19_0e6c, 0x3f11_b6ab, 0xbd17_b66a, 0x3fd8_86b6, 0x3e8e_108f, 0x3ee9_af89],
        "{normals:#x?}"
    );
}

#[test]
fn range_of_uniforms() {
    assert_eq!((of_word(0), of_word(255)), (0.0, 0.0));
    assert_eq!(of_word(u32::MAX), 1.0 - f32::EPSILON / 2.0);
    assert_eq!(of_word(1 << 31), 0.5);
}

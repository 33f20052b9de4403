use super::{NEURONS, TIMES, spikes, threshold, twin};
use crate::kernel::philox::{Place, Stream};
use crate::kernel::simd::Level;
use crate::kernel::testing::{EDGES, any_length, any_number};
use proptest::prelude::*;

/// Compares the spikes of a list of neurons on every level with the twin. The list is padded with a
/// neuron that never spikes.
fn agree(place: Place, neurons: &[u32], states: &[f32]) {
    let (mut list, mut thresholds) =
        (neurons.to_vec(), states.iter().map(|&s| threshold(s)).collect::<Vec<_>>());
    let length = list.len().next_multiple_of(16);
    list.resize(length, 0);
    thresholds.resize(length, 0.0);
    let words = length.div_ceil(NEURONS);
    let mut expected = vec![0u64; TIMES * words];
    for (n, (&neuron, &s)) in neurons.iter().zip(states).enumerate() {
        for time in 0..TIMES {
            expected[time * words + n / NEURONS] |=
                u64::from(twin::spike(&place, neuron, time, s)) << (n % NEURONS);
        }
    }
    for level in Level::all() {
        let mut out = vec![u64::MAX; TIMES * words];
        spikes(level, place, &list, &thresholds, &mut out);
        assert_eq!(out, expected, "{}", level.isa());
    }
}

proptest! {
    #[test]
    fn vectors_agree(
        (seed, step, iteration, sample) in any::<(u32, u32, u32, u32)>(),
        neurons in any_length().prop_flat_map(|length| prop::collection::vec(any::<u32>(), length)),
        states in prop::collection::vec(prop_oneof![4 => 0.0f32..1.0, 1 => any_number()], 100),
    ) {
        let place = Place { seed, stream: Stream::StateSpikes, step, iteration, sample };
        agree(place, &neurons, &states[..neurons.len()]);
    }
}

#[test]
fn vectors_agree_at_the_edges() {
    let place = Place { seed: 1, stream: Stream::StateSpikes, step: 2, iteration: 3, sample: 4 };
    agree(place, &(0..EDGES.len() as u32).collect::<Vec<_>>(), &EDGES);
}

/// As the module's documentation says: 0 never spikes, 1 always, with the halves 65535 and 0 as
/// extremes.
#[test]
fn certain_states_have_certain_spikes() {
    let always = |s: f32| 65_535.0 < threshold(s);
    let never = |s: f32| threshold(s) <= 0.0 || threshold(s).is_nan();
    assert!(always(1.0) && always(7.0) && always(f32::INFINITY) && !always(1.0 - 2f32.powi(-16)));
    assert!(never(0.0) && never(-0.0) && never(-1.0) && never(2f32.powi(-17)) && never(f32::NAN));
    assert!(!never(2f32.powi(-17) * (1.0 + f32::EPSILON)));
}

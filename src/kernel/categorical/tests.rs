use super::{Interleaved, TIMES, cumulate, draws, pick, twin};
use crate::kernel::matrix::padded;
use crate::kernel::philox::{Place, Stream};
use crate::kernel::simd::Level;
use crate::kernel::testing::{EDGES, any_number, moderate, on_every_level};
use proptest::prelude::*;

/// Compares sums and winners of circuits whose logits and draws are taken cyclically. Padding is
/// NaN.
fn agree(shape: Interleaved, numbers: &[f32], uniform: &[f32]) {
    let Interleaved { circuits, members } = shape;
    let mut turn = numbers.iter().cycle().copied();
    let all: Vec<Vec<f32>> = (0..circuits).map(|_| turn.by_ref().take(members).collect()).collect();
    let (mut z, mut u) = (vec![f32::NAN; shape.row()], vec![f32::NAN; padded(circuits)]);
    let mut wanted = Vec::new();
    for (c, logits) in all.iter().enumerate() {
        logits.iter().enumerate().for_each(|(d, &x)| z[d * circuits + c] = x);
        u[c] = uniform[c % uniform.len()];
        wanted.push(twin::cumulate(logits));
    }
    let expected: Vec<f32> = wanted.concat();
    let winners: Vec<u32> = wanted
        .iter()
        .zip(&u)
        .enumerate()
        .map(|(c, (sums, &u))| (twin::pick(sums, u) * circuits + c) as u32)
        .collect();
    let on = |level: Level| {
        let mut sums = vec![f32::NAN; shape.sums()];
        cumulate(level, shape, &z, &mut sums);
        sums
    };
    on_every_level(&expected, |level| {
        let sums = on(level);
        (0..circuits)
            .flat_map(|c| {
                sums[c..].iter().copied().step_by(padded(circuits)).take(members).collect::<Vec<_>>()
            })
            .collect()
    });
    for level in Level::all() {
        let mut found = vec![u32::MAX; padded(circuits)];
        pick(level, shape, &on(level), &u, &mut found);
        assert_eq!(found[..circuits], winners, "{}", level.isa());
    }
}

fn shapes() -> impl Strategy<Value = Interleaved> {
    (0..40usize, 1..14usize).prop_map(|(circuits, members)| Interleaved { circuits, members })
}

/// Draws from 0 to the largest draw, inclusive.
fn uniform() -> impl Strategy<Value = Vec<f32>> {
    let draw = prop_oneof![0..1u32 << 24, Just(0), Just((1 << 24) - 1)];
    prop::collection::vec(draw.prop_map(|word| word as f32 / 16_777_216.0), 41)
}

proptest! {
    #[test]
    fn vectors_agree(shape in shapes(), numbers in prop::collection::vec(-30.0f32..30.0, 499), uniform in uniform()) {
        agree(shape, &numbers, &uniform);
    }

    #[test]
    fn vectors_agree_on_any_numbers(
        shape in shapes(),
        numbers in prop::collection::vec(prop_oneof![3 => moderate(), 1 => any_number()], 499),
        uniform in uniform(),
    ) {
        agree(shape, &numbers, &uniform);
    }

    #[test]
    fn draws_agree((seed, step, iteration, sample) in any::<(u32, u32, u32, u32)>(), circuits in 0..70usize) {
        let place = Place { seed, stream: Stream::UnitSpikes, step, iteration, sample };
        let lines = padded(circuits) as u32;
        let expected: Vec<f32> =
            (0..TIMES).flat_map(|time| (0..lines).map(move |c| twin::draw(&place, c, time))).collect();
        on_every_level(&expected, |level| {
            let mut out = vec![f32::NAN; expected.len()];
            draws(level, place, &(0..lines).collect::<Vec<_>>(), &mut out);
            out
        });
    }
}

#[test]
fn vectors_agree_at_the_edges() {
    for (circuits, members) in [(36, 1), (12, 3), (4, 9)] {
        agree(Interleaved { circuits, members }, &EDGES, &[0.0, 0.5, 1.0 - f32::EPSILON / 2.0]);
    }
}

/// For every draw, the winner has a positive probability.
#[test]
fn a_winner_has_a_share() {
    let largest = 1.0 - f32::EPSILON / 2.0;
    for tail in 0..2000 {
        let sums = twin::cumulate(&[0.0, -0.01 * tail as f32, f32::NEG_INFINITY, -300.0, f32::NEG_INFINITY]);
        assert!(twin::pick(&sums, largest) < 2 && twin::pick(&sums, 0.0) == 0);
    }
    let sums = twin::cumulate(&[f32::NEG_INFINITY, -90.0, 5.0]);
    assert_eq!((twin::pick(&sums, 1e-7), twin::pick(&sums, largest)), (2, 2));
}

/// Special values, as in the module's documentation.
#[test]
fn special_values() {
    for alone in [0.0, f32::MAX, f32::NEG_INFINITY, f32::NAN] {
        assert_eq!(twin::pick(&twin::cumulate(&[alone]), 0.5), 0);
    }
    for broken in [[1.0, f32::NAN, 2.0], [f32::INFINITY, 1.0, 0.0]] {
        assert!(twin::pick(&twin::cumulate(&broken), 0.999) < 3);
    }
    assert_eq!(twin::pick(&twin::cumulate(&[f32::NAN; 3]), 0.0), 2);
}

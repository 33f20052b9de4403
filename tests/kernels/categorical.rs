use crate::error;
use crate::tolerance::judge;
use svpg::kernel::categorical::twin;
use svpg::kernel::philox::{Place, Stream, twin::series};
use svpg::random::SplitMix64;
use svpg_reference::softmax::softmax;

/// Compares the fractions of the cumulative sum with the cumulative probabilities of the reference,
/// and the winner with the first unit whose sum exceeds the draw.
#[test]
fn is_a_draw_from_the_reference_s_softmax() {
    let mut random = SplitMix64::new(11);
    let (mut largest, mut near) = (0.0f64, 0);
    for _ in 0..20_000 {
        let size = 1 + random.below(20);
        let spread = if random.chance(0.2) { 60.0 } else { 8.0 };
        let z: Vec<f32> = (0..size).map(|_| random.symmetric(spread) as f32).collect();
        let wide: Vec<f64> = z.iter().copied().map(f64::from).collect();
        let sums = twin::cumulate(&z);
        let mut cumulated = 0.0;
        let exact: Vec<f64> = softmax(&wide)
            .into_iter()
            .map(|q| {
                cumulated += q;
                cumulated
            })
            .collect();
        for (sum, exact) in sums.iter().zip(&exact) {
            let share = f64::from(*sum) / f64::from(sums[size - 1]);
            // In ulp of 1: the quotient itself is not rounded.
            largest = largest.max((share - exact).abs() / f64::from(f32::EPSILON));
        }
        let draw = random.below(1 << 24) as f32 / 16_777_216.0;
        let winner = exact[..size - 1].iter().filter(|&&sum| sum <= f64::from(draw)).count();
        if exact.iter().any(|sum| (sum - f64::from(draw)).abs() < 1e-6) {
            near += 1;
        } else {
            assert_eq!(twin::pick(&sums, draw), winner);
        }
    }
    assert!(near < 100, "{near} draws are at a border");
    judge("categorical", largest);
}

/// Only the power of 2, over the whole domain, relative to its common factor at 0.
#[test]
fn powers_are_exponentials() {
    let mut random = SplitMix64::new(12);
    let (mut close, mut far) = (0.0f64, 0.0f64);
    for _ in 0..200_000 {
        let x = -86.0 * random.unit() as f32 * random.unit() as f32;
        let wrong = (f64::from(twin::power(x)) / f64::from(x).exp() - 1.0).abs();
        far = far.max(wrong);
        if x > -15.0 {
            close = close.max(wrong);
        }
    }
    assert!(close < 3e-7 && far < 1.2e-6, "{close:e} {far:e}");
    assert!(close > 1e-7 && far > 4e-7, "{close:e} {far:e}: say so where it is promised");
    assert_eq!(twin::power(0.0), 1.0);
    assert_eq!(twin::power(-1e30), twin::power(-86.0));
}

#[test]
fn draws_are_the_upper_bits_of_their_words() {
    let place = Place { seed: 3, stream: Stream::UnitSpikes, step: 9, iteration: 1, sample: 4 };
    for circuit in 0..1000 {
        for (time, word) in series(&place, circuit).into_iter().enumerate() {
            let exact = f64::from(word / 256) / 16_777_216.0;
            assert_eq!(error(twin::draw(&place, circuit, time), exact, 1.0), 0.0);
        }
    }
}

/// Winners have the probabilities of the softmax. Pearson's statistic of 10 cells in 10⁶ draws is
/// beyond 40.0 with probability 7.6e-6 (χ², 9 degrees of freedom), 20 circuits: false alarm 1.5e-4
/// over the choice of the seed. A probability of 0.1 that is wrong by 0.003 adds more than 90 to
/// it, and is missed with probability below 1e-5.
#[test]
fn winners_have_their_probabilities() {
    let mut random = SplitMix64::new(13);
    for circuit in 0..20 {
        let z: Vec<f32> = (0..10).map(|_| random.symmetric(1.5) as f32).collect();
        let q = softmax(&z.iter().copied().map(f64::from).collect::<Vec<_>>());
        let sums = twin::cumulate(&z);
        let mut counts = [0u32; 10];
        for iteration in 0..250_000 {
            let place = Place { seed: 5, stream: Stream::UnitSpikes, step: 0, iteration, sample: 0 };
            series(&place, circuit).into_iter().for_each(|word| {
                counts[twin::pick(&sums, svpg::kernel::uniform::twin::of_word(word))] += 1;
            });
        }
        let statistic: f64 =
            counts.iter().zip(&q).map(|(&n, q)| (f64::from(n) - 1e6 * q).powi(2) / (1e6 * q)).sum();
        assert!(statistic < 40.0, "circuit {circuit}: {statistic}");
    }
}

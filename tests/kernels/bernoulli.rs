use svpg::kernel::bernoulli::{TIMES, twin};
use svpg::kernel::philox::{Place, Stream, twin::series};
use svpg::random::SplitMix64;

const PLACE: Place = Place { seed: 3, stream: Stream::StateSpikes, step: 9, iteration: 1, sample: 4 };

/// Which half of which word, and `u < s` for `u` the middle of its interval, in f64, exactly.
#[test]
fn is_a_uniform_draw_below_the_rate() {
    let mut random = SplitMix64::new(10);
    let mut spikes = 0;
    for neuron in 0..20_000 {
        let words = series(&PLACE, neuron);
        for time in 0..TIMES {
            let half = (words[time / 2] >> (16 * (time % 2))) % 65_536;
            let u = (f64::from(half) + 0.5) / 65_536.0;
            // Every third rate is at a border between two draws.
            let s = if random.chance(1.0 / 3.0) { u as f32 } else { random.unit() as f32 };
            let spike = twin::spike(&PLACE, neuron, time, s);
            assert_eq!(spike, u < f64::from(s), "neuron {neuron}, time {time}, s = {s:e}");
            spikes += usize::from(spike);
        }
    }
    assert!((20_000..140_000).contains(&spikes));
}

/// The number of spikes of every grey level of an image is binomial. Its z-scores, 254 of them, are
/// each beyond 5 with probability 6e-7: false alarm 1.5e-4 over the choice of the seed. A rate
/// wrong by 1/255, one grey level, moves the score by at least 0.0039·√(80 000)/0.5 = 2.2, all of
/// them: the mean of 254 scores, of standard deviation 0.063, is then beyond 0.3 except with
/// probability below 1e-12.
#[test]
fn grey_levels_spike_at_their_rate() {
    let mut sum = 0.0;
    for level in 1..255u32 {
        let (s, trials) = (level as f32 / 255.0, 80_000);
        let place = Place { step: level, ..PLACE };
        let spikes: usize = (0..trials / 8)
            .map(|neuron| (0..TIMES).filter(|&time| twin::spike(&place, neuron, time, s)).count())
            .sum();
        let (n, p) = (f64::from(trials), f64::from(level) / 255.0);
        let score = (spikes as f64 - n * p) / (n * p * (1.0 - p)).sqrt();
        assert!(score.abs() < 5.0, "level {level}: {score}");
        sum += score;
    }
    assert!((sum / 254.0).abs() < 0.3, "{}", sum / 254.0);
}

use crate::error;
use crate::tolerance::{Twin, judge};
use svpg::kernel::noise::twin::noisy;
use svpg::kernel::normal::twin::normal;
use svpg::kernel::philox::{Place, Stream};
use svpg::random::SplitMix64;

#[test]
fn is_the_formula() {
    let mut random = SplitMix64::new(4);
    let mut largest = 0.0f64;
    let mut clamped = 0;
    for sample in 0..200 {
        let place = Place { seed: 5, stream: Stream::UnitNoise, step: 1, iteration: 2, sample };
        for unit in 0..250 {
            let (sigma, clean) = (0.1 * random.unit() as f32, random.unit() as f32);
            let x = f64::from(clean) + f64::from(sigma) * f64::from(normal(&place, unit));
            clamped += usize::from(!(0.0..=1.0).contains(&x));
            for gain in [1.0, 2.0] {
                let exact = f64::from(gain) * x.clamp(0.0, 1.0);
                // Numbers below 1 have an ulp of half the size: in ulp of the number just below `gain`.
                largest = largest.max(error(
                    noisy(&place, unit, sigma, gain, clean),
                    exact,
                    f64::from(gain) * 0.99,
                ));
            }
        }
    }
    assert!(clamped > 100, "only {clamped} inputs leave [0,1]");
    judge(Twin::Noise, largest);
}

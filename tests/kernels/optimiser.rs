use crate::error;
use crate::tolerance::{Twin, judge};
use svpg::kernel::optimiser::{Adam, RmsProp, twin};
use svpg::random::SplitMix64;

/// One step of each, from any state, against the published formulas in f64. The scale is that of the parameter and of its change.
#[test]
fn is_the_published_formula() {
    let mut random = SplitMix64::new(9);
    let (rate, alpha, (beta_1, beta_2), epsilon) = (1e-2, 0.99, (0.9, 0.999), 1e-8);
    let mut largest = 0.0f64;
    for _ in 0..20_000 {
        let mut number = |scale| random.symmetric(scale) as f32;
        let (g, p, mean, square) = (number(0.2), number(1.0), number(0.2), number(0.1).abs());
        let wide = f64::from;
        let mut judge_step = |found: f32, change: f64| {
            let scale = wide(p).abs().max(change.abs());
            largest = largest.max(error(found, wide(p) + change, scale));
        };
        let mut found = p;
        twin::sgd(rate as f32, g, &mut found);
        judge_step(found, rate * wide(g));

        let (mut found, mut squares) = (p, square);
        twin::rmsprop(&RmsProp::new(rate, alpha, epsilon), g, &mut squares, &mut found);
        let expected = alpha * wide(square) + (1.0 - alpha) * wide(g).powi(2);
        judge_step(found, rate * wide(g) / (expected.sqrt() + epsilon));

        let t = 1 + random.below(50) as u64;
        let (mut found, mut means, mut squares) = (p, mean, square);
        twin::adam(&Adam::new(rate, (beta_1, beta_2), epsilon, t), g, &mut means, &mut squares, &mut found);
        let first = (beta_1 * wide(mean) + (1.0 - beta_1) * wide(g)) / (1.0 - beta_1.powi(t as i32));
        let second =
            (beta_2 * wide(square) + (1.0 - beta_2) * wide(g).powi(2)) / (1.0 - beta_2.powi(t as i32));
        let scale = wide(p)
            .abs()
            .max(rate * wide(mean).abs().max(wide(g).abs()) / (1.0 - beta_1.powi(t as i32)) / second.sqrt());
        largest = largest.max(error(found, wide(p) + rate * first / (second.sqrt() + epsilon), scale));
    }
    judge(Twin::Optimiser, largest);
}

use crate::error;
use crate::tolerance::{Twin, judge};
use svpg::kernel::outer::twin;
use svpg::kernel::rows::Rows;
use svpg::random::SplitMix64;

/// Plain sums in f64, at the published batch of 100.
#[test]
fn is_the_sum_of_products() {
    let mut random = SplitMix64::new(8);
    let x = Rows::from_fn(100, 30, |_, _| if random.chance(0.3) { 0.0 } else { random.unit() as f32 });
    let e = Rows::from_fn(100, 40, |_, _| random.symmetric(1.0) as f32);
    let found = twin::outer(&x, &e);
    let mut largest = 0.0f64;
    for k in 0..30 {
        for u in 0..40 {
            let terms: Vec<f64> = (0..100).map(|b| f64::from(x.row(b)[k]) * f64::from(e.row(b)[u])).collect();
            let (exact, scale) = (terms.iter().sum(), terms.iter().map(|term| term.abs()).sum());
            largest = largest.max(error(found.row(k)[u], exact, scale));
        }
    }
    judge(Twin::Outer, largest);
}

use crate::error;
use crate::tolerance::{Twin, judge};
use svpg::kernel::softmax::twin;
use svpg::random::SplitMix64;
use svpg_reference::softmax::softmax;

#[test]
fn is_the_reference() {
    let mut random = SplitMix64::new(6);
    let mut largest = 0.0f64;
    for _ in 0..20_000 {
        let size = 1 + random.below(20);
        let z: Vec<f32> = (0..size).map(|_| random.symmetric(8.0) as f32).collect();
        let wide: Vec<f64> = z.iter().copied().map(f64::from).collect();
        for (&found, exact) in twin::softmax(&z).iter().zip(softmax(&wide)) {
            largest = largest.max(error(found, exact, 1.0));
        }
    }
    judge(Twin::Softmax, largest);
}

use crate::error;
use crate::tolerance::judge;
use svpg::kernel::activity::{DoubleExponential, twin};
use svpg::random::SplitMix64;
use svpg_reference::spike::Kernel;

/// Inputs of a unit, and time steps: those of the published network.
const INPUTS: usize = 170;
const STEPS: usize = 200;
const WINDOW: usize = 50;

/// Spikes of inputs at rates of all sizes, and their weights.
fn train(random: &mut SplitMix64) -> (Vec<Vec<f64>>, Vec<f32>) {
    let rates: Vec<f64> = (0..INPUTS).map(|_| random.unit()).collect();
    let spikes = (0..STEPS)
        .map(|_| rates.iter().map(|&rate| f64::from(u8::from(random.chance(rate)))).collect())
        .collect();
    (spikes, (0..INPUTS).map(|_| random.unit() as f32).collect())
}

/// The events between two sets of spikes.
fn events(weights: &[f32], now: &[f64], before: &[f64]) -> Vec<(f32, bool)> {
    let all = weights.iter().zip(now.iter().zip(before));
    all.filter(|(_, (now, before))| now != before).map(|(&w, (now, _))| (w, *now == 0.0)).collect()
}

/// The reference's filtered activity times the weights, and the scale: the same of their sizes.
fn exact(kernel: &Kernel<f64>, spikes: &[Vec<f64>], weights: &[f32]) -> f64 {
    let activity = kernel.activity(spikes, INPUTS);
    activity.iter().zip(weights).map(|(x, &w)| x * f64::from(w)).sum()
}

#[test]
fn rectangle_is_the_reference_s_activity() {
    let mut random = SplitMix64::new(14);
    let kernel = Kernel::rectangle(WINDOW).expect("not empty");
    let mut largest = 0.0f64;
    for _ in 0..10 {
        let (spikes, weights) = train(&mut random);
        let base = exact(&kernel, &spikes[..WINDOW], &weights) as f32;
        let mut sum = 0.0;
        for t in WINDOW..STEPS {
            let change = twin::change(0.0, &events(&weights, &spikes[t], &spikes[t - WINDOW]));
            let z = twin::rectangle(change, 1.0 / WINDOW as f32, base, &mut sum);
            let exact = exact(&kernel, &spikes[..=t], &weights);
            largest = largest.max(error(z, exact, exact));
        }
    }
    judge("rectangle", largest);
}

#[test]
fn double_exponential_is_the_reference_s_activity() {
    let mut random = SplitMix64::new(15);
    let (kernel, own) =
        (Kernel::double_exponential(WINDOW).expect("long enough"), DoubleExponential::new(WINDOW as u32));
    // Two sums that are several times larger than their difference carry the rounding: the scale is
    // that of the larger.
    let gain = f64::from(own.scale) * (0..50).map(|tau| (-f64::from(tau) / 8.0).exp()).sum::<f64>();
    let mut largest = 0.0f64;
    for _ in 0..10 {
        let (spikes, weights) = train(&mut random);
        let slow = gain * weights.iter().map(|&w| f64::from(w)).sum::<f64>();
        let (mut sums, mut ring) = (twin::Sums::default(), [0.0; WINDOW]);
        let silence = vec![0.0; INPUTS];
        for t in 0..STEPS {
            let before = t.checked_sub(1).map_or(&silence, |t| &spikes[t]);
            let change = twin::change(0.0, &events(&weights, &spikes[t], before));
            let z = twin::double_exponential(change, &own, 0.0, &mut sums, &mut ring[t % WINDOW]);
            let exact = exact(&kernel, &spikes[..=t], &weights);
            // Before the window is full, too: steps before the first are silent.
            largest = largest.max(error(z, exact, exact + slow));
        }
    }
    judge("double-exponential", largest);
}

/// The end of the window removes what its beginning added: after a window without spikes, only
/// rounding remains.
#[test]
fn what_enters_leaves() {
    let own = DoubleExponential::new(WINDOW as u32);
    let (mut sums, mut ring) = (twin::Sums::default(), [0.0; WINDOW]);
    for t in 0..STEPS {
        let change = match t {
            0 => 1.0,
            30 => -1.0,
            _ => 0.0,
        };
        let z = twin::double_exponential(change, &own, 0.0, &mut sums, &mut ring[t % WINDOW]);
        if t >= 30 + WINDOW {
            assert!(z.abs() < 1e-6, "{t}: {z}");
        } else if (5..70).contains(&t) {
            assert!(z > 1e-3, "{t}: {z}");
        }
    }
}

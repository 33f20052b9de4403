use super::{
    Change, DoubleExponential, Lists, Panels, Sums, changes, double_exponential, event, rectangle, twin,
};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::testing::{any_number, moderate, on_every_level};
use proptest::prelude::*;

/// Rows of complete lines, filled cyclically from `numbers`.
fn rows(count: usize, stride: usize, numbers: &[f32]) -> AlignedMatrix {
    AlignedMatrix::from_fn(count, stride, |r, u| numbers[(r * stride + u) % numbers.len()])
}

/// The weights of the events for one unit.
fn of_unit(weights: &AlignedMatrix, events: &[(usize, bool)], unit: usize) -> Vec<(f32, bool)> {
    events.iter().map(|&(row, leaves)| (weights.row(row)[unit], leaves)).collect()
}

fn coded(events: &[(usize, bool)]) -> Vec<u32> {
    events.iter().map(|&(row, leaves)| event(row, leaves)).collect()
}

/// Three time steps of both kernels.
fn agree(lines: usize, numbers: &[f32], events: &[(usize, bool)]) {
    const INPUTS: usize = 23;
    let stride = 16 * lines;
    let weights = rows(INPUTS, stride, numbers);
    let (states, base) = (rows(3, stride, &numbers[7..]), rows(1, stride, &numbers[3..]));
    let steps: Vec<&[(usize, bool)]> = events.chunks(events.len().div_ceil(3).max(1)).collect();
    let kernel = DoubleExponential::new(2);
    let mut flat = Vec::new();
    let mut double = Vec::new();
    for unit in 0..stride {
        let (mut sum, mut sums, mut old) = (0.0, twin::Sums::default(), [0.0; 2]);
        for t in 0..3 {
            let own = of_unit(&weights, steps.get(t).copied().unwrap_or_default(), unit);
            let change = twin::change(states.row(t)[unit], &own);
            flat.push(twin::rectangle(change, 0.02, base.row(0)[unit], &mut sum));
            double.push(twin::double_exponential(
                change,
                &kernel,
                base.row(0)[unit],
                &mut sums,
                &mut old[t % 2],
            ));
        }
        flat.push(sum);
        double.extend([sums.now, sums.slow, sums.fast]);
    }
    let change = |t: usize, events| Change { states: states.row(t), weights: &weights, events };
    let coded: Vec<Vec<u32>> = (0..3).map(|t| coded(steps.get(t).copied().unwrap_or_default())).collect();
    on_every_level(&flat, |level| {
        let (mut sum, mut z) = (vec![0.0; stride], AlignedMatrix::zeros(3, stride));
        for (t, events) in coded.iter().enumerate() {
            rectangle(level, change(t, events), 0.02, base.row(0), &mut sum, z.row_mut(t));
        }
        (0..stride).flat_map(|u| [z.row(0)[u], z.row(1)[u], z.row(2)[u], sum[u]]).collect()
    });
    on_every_level(&double, |level| {
        let (mut all, mut ring, mut z) = (
            AlignedMatrix::zeros(3, stride),
            AlignedMatrix::zeros(2, stride),
            AlignedMatrix::zeros(3, stride),
        );
        for (t, events) in coded.iter().enumerate() {
            let (now, others) = all.all_mut().split_at_mut(stride);
            let (slow, fast) = others.split_at_mut(stride);
            let sums = Sums { now, old: ring.row_mut(t % 2), slow, fast };
            double_exponential(level, change(t, events), kernel, base.row(0), sums, z.row_mut(t));
        }
        let of = |u: usize| (0..3).map(move |r| (r, u));
        (0..stride)
            .flat_map(|u| {
                of(u).map(|(r, u)| z.row(r)[u]).chain(of(u).map(|(r, u)| all.row(r)[u])).collect::<Vec<_>>()
            })
            .collect()
    });
}

/// The events of several time steps, from spikes.
fn agree_on_changes(lines: usize, numbers: &[f32], words: &[[u64; 2]], count: usize) {
    let stride = 16 * lines;
    let weights = rows(2 * count + 1, stride, numbers);
    // Every second row, from the last.
    let named: Vec<usize> = (0..count).map(|n| 2 * (count - 1 - n)).collect();
    let mask = [64, 128].map(|end| match (end - count.min(end)).min(64) {
        64 => 0,
        free => u64::MAX >> free,
    });
    let spikes: Vec<[u64; 2]> = words.iter().map(|w| [w[0] & mask[0], w[1] & mask[1]]).collect();
    let at = |t: usize, n: usize| t > 0 && spikes[t - 1][n / 64] >> (n % 64) & 1 == 1;
    let mut expected = Vec::new();
    for t in 1..=spikes.len() {
        let events: Vec<(usize, bool)> =
            (0..count).filter(|&n| at(t, n) != at(t - 1, n)).map(|n| (named[n], at(t - 1, n))).collect();
        expected.extend((0..stride).map(|unit| twin::change(0.0, &of_unit(&weights, &events, unit))));
    }
    on_every_level(&expected, |level| {
        let (mut panels, mut lists) = (Panels::new(), Lists::default());
        // A larger copy before has no effect.
        panels.gather(&weights, &(0..2 * count).collect::<Vec<_>>());
        panels.gather(&weights, &named);
        lists.clear(count);
        let mut before = [0; 2];
        spikes.iter().for_each(|now| lists.push(&now[..], &mut before));
        assert!(spikes.last().is_none_or(|last| *last == before) && lists.times() == spikes.len());
        let mut out = AlignedMatrix::from_fn(spikes.len() + 1, stride, |_, _| f32::NAN);
        changes(level, &panels, &mut lists, &mut out);
        out.all()[..expected.len()].to_vec()
    });
}

fn events() -> impl Strategy<Value = Vec<(usize, bool)>> {
    prop::collection::vec((0..23usize, any::<bool>()), 0..40)
}

proptest! {
    #[test]
    fn vectors_agree(lines in 0..20usize, numbers in prop::collection::vec(moderate(), 997), events in events()) {
        agree(lines, &numbers, &events);
    }

    #[test]
    fn vectors_agree_on_any_numbers(lines in 1..4usize, numbers in prop::collection::vec(any_number(), 499), events in events()) {
        agree(lines, &numbers, &events);
    }

    #[test]
    fn changes_agree(
        lines in 1..20usize,
        numbers in prop::collection::vec(moderate(), 997),
        words in prop::collection::vec(any::<[u64; 2]>(), 0..7),
        count in 0..=128usize,
    ) {
        agree_on_changes(lines, &numbers, &words, count);
    }
}

#[test]
#[should_panic(expected = "assertion failed")]
fn an_event_that_is_no_row_is_refused() {
    let weights = AlignedMatrix::zeros(3, 16);
    let change = Change { states: &[0.0; 16], weights: &weights, events: &[event(3, false)] };
    let (mut sum, mut z) = ([0.0; 16], [0.0; 16]);
    rectangle(crate::kernel::simd::Level::best(None), change, 1.0, &[0.0; 16], &mut sum, &mut z);
}

#[test]
#[should_panic(expected = "assertion failed")]
fn a_spike_of_no_neuron_is_refused() {
    let mut lists = Lists::default();
    lists.clear(5);
    lists.push(&[1 << 5], &mut [0]);
}

/// `Σ_{τ<L} c·(α^τ − β^τ) = 1`, and each weight is that of the formula.
#[test]
fn the_double_exponential_is_normalised() {
    for window in [2u32, 3, 40, 50, 5000] {
        let DoubleExponential { decays, ends, scale } = DoubleExponential::new(window);
        let weight = |tau: u32| {
            let [slow, fast] = decays.map(|decay| f64::from(decay).powi(tau as i32));
            f64::from(scale) * (slow - fast)
        };
        let sum: f64 = (0..window).map(weight).sum();
        assert!((sum - 1.0).abs() < 1e-7, "{window}: {sum}");
        for (decay, end) in decays.into_iter().zip(ends) {
            // Half an ulp, or less than the least normal number.
            let wrong = (f64::from(decay).powi(window as i32) - f64::from(end)).abs();
            assert!(wrong <= f64::from(end * f32::EPSILON / 2.0 + f32::MIN_POSITIVE));
        }
        assert_eq!(decays, [(-0.125f64).exp() as f32, (-0.5f64).exp() as f32]);
    }
}

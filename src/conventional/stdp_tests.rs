//! The eligibility against the recursion in f64, a computed example, the rates of winners, and toy
//! tasks.

use super::super::testing::{DRAWS, Samples, Toy, learn, logits};
use super::{
    AlignedMatrix, ConventionalMethod, DEPRESSION, ELIGIBILITY, Layer, POTENTIATION, RewardStdp, Size, TRACE,
    Trains, Update, add_eligibility, trains, winner,
};
use crate::kernel::compute::Compute;
use crate::kernel::simd::Level;

fn compute() -> Compute {
    Compute::new(Level::best(None), 2).unwrap()
}

/// E(T) of a synapse by its recursion.
fn eligibility(pre: &[f64], post: &[f64]) -> f64 {
    let (mut p, mut q, mut e) = (0.0, 0.0, 0.0);
    for (x, y) in pre.iter().zip(post) {
        p = 0.5 * p + x;
        e = 0.95 * e + p * y - 0.5 * x * q;
        q = 0.5 * q + y;
    }
    e
}

/// Three time steps. Presynaptic spikes at 1 and 3, a postsynaptic one at 2:
/// E(2) = P(2)·1 = ½;  E(3) = 0.95·½ − ½·1·Q(2) = 0.475 − 0.5 = −0.025. For the bias:
/// P = 1, 1.5, 1.75;  E(2) = 1.5;  E(3) = 0.95·1.5 − ½ = 0.925.
#[test]
fn a_computed_example() {
    assert!((eligibility(&[1.0, 0.0, 1.0], &[0.0, 1.0, 0.0]) + 0.025).abs() < 1e-12);
    let pre = AlignedMatrix::from_fn(3, 1, |t, _| [1.0, 0.0, 1.0][t]);
    let post = AlignedMatrix::from_fn(3, 1, |t, _| [0.0, 1.0, 0.0][t]);
    let mut sum = Layer::zeros(1, 1);
    add_eligibility(&compute(), 3, (&pre, &post), &[2.0], &mut sum);
    assert!((sum.weights.row(0)[0] + 0.05).abs() < 1e-6, "{sum:?}");
    assert!((sum.bias.row(0)[0] - 1.85).abs() < 1e-6, "{sum:?}");
}

/// In two time steps, the eligibility is that of the chapter's rule, with its names: winners `v`,
/// then `u`, of the neurons `j` before and `i` behind the synapse.
#[test]
fn two_steps_are_the_rule_of_the_chapter() {
    let (plus, minus, lambda, mu) = (POTENTIATION, DEPRESSION, TRACE, ELIGIBILITY);
    for trains in 0..16 {
        let [vj, uj, vi, ui] = [0, 1, 2, 3].map(|bit| f32::from(u8::from(trains >> bit & 1 == 1)));
        let pre = AlignedMatrix::from_fn(2, 1, |t, _| [vj, uj][t]);
        let post = AlignedMatrix::from_fn(2, 1, |t, _| [vi, ui][t]);
        let mut sum = Layer::zeros(1, 1);
        add_eligibility(&compute(), 2, (&pre, &post), &[3.0], &mut sum);
        let expected = 3.0 * (mu * plus * vj * vi + plus * (uj + lambda * vj) * ui - minus * uj * vi);
        assert!((sum.weights.row(0)[0] - expected).abs() < 1e-6, "{trains}: {sum:?}, not {expected}");
    }
    // The gain of the chapter's claims: the rule ascends.
    assert!(plus * (mu + 1.0 + lambda) - minus > 0.0);
}

/// The direction is the mean of the signal times the eligibility of each sample's own spikes.
#[test]
fn the_direction_is_the_signal_times_the_eligibility() {
    let size = Size { states: 7, hidden: (3, 4), actions: 3, steps: 9 };
    let layers = RewardStdp.start(compute().level, size, 4);
    let samples = Samples::new(size, 130, 2);
    let actions: Vec<usize> = (0..130).map(|b| b * 7 % 3).collect();
    let signals: Vec<f32> = (0..130).map(|b| (b % 11) as f32 / 5.0 - 1.0).collect();
    let update = Update {
        states: &samples.states,
        draws: DRAWS,
        actions: &actions,
        signals: &signals,
        probabilities: &samples.cotangent,
    };
    let mut direction = layers.zeros_like();
    RewardStdp.direction(&compute(), &layers, &update, &mut direction);

    let Trains { states, hidden } = trains(&compute(), &layers, &samples.states, 0..130, DRAWS);
    let train = |of: &AlignedMatrix, b: usize, unit: usize| -> Vec<f64> {
        (0..9).map(|t| f64::from(of.row(9 * b + t)[unit])).collect()
    };
    let ones = vec![1.0; 9];
    let mean =
        |of: &dyn Fn(usize) -> f64| (0..130).map(|b| f64::from(signals[b]) * of(b)).sum::<f64>() / 130.0;
    let near =
        |found: f32, wanted: f64| assert!((f64::from(found) - wanted).abs() < 1e-5, "{found} {wanted}");
    for j in 0..12 {
        for k in 0..7 {
            let wanted = mean(&|b| eligibility(&train(&states, b, k), &train(&hidden, b, j)));
            near(direction.layers[0].weights.row(k)[j], wanted);
        }
        near(direction.layers[0].bias.row(0)[j], mean(&|b| eligibility(&ones, &train(&hidden, b, j))));
        for a in 0..3 {
            let of = |b: usize| match actions[b] == a {
                true => eligibility(&train(&hidden, b, j), &ones),
                false => 0.0,
            };
            near(direction.layers[1].weights.row(j)[a], mean(&of));
        }
    }
    for a in 0..3 {
        let of = |b: usize| if actions[b] == a { eligibility(&ones, &ones) } else { 0.0 };
        near(direction.layers[1].bias.row(0)[a], mean(&of));
    }
}

#[test]
fn a_winner_has_the_draw_in_its_interval() {
    let found = |chance| winner(&[0.25, 0.0, 0.5, 0.25], chance);
    assert_eq!([0.0, 0.24, 0.25, 0.74, 0.75, 0.99].map(found), [0, 0, 2, 2, 3, 3]);
    assert_eq!(winner(&[1.0], 0.99), 0);
}

/// Each group has one winner at each time step, with the probability of its softmax.
#[test]
fn winners_have_their_rates() {
    let size = Size { states: 2, hidden: (2, 3), actions: 2, steps: 20 };
    let mut layers = RewardStdp.start(compute().level, size, 1);
    layers.layers[0].weights.all_mut().fill(0.0);
    let rates = [0.6, 0.3, 0.1, 0.2, 0.2, 0.6];
    let logits = rates.map(|rate: f64| rate.ln() as f32);
    layers.layers[0].bias.row_mut(0).copy_from_slice(&logits);
    let states = AlignedMatrix::zeros(1000, 2);
    let Trains { hidden, .. } = trains(&compute(), &layers, &states, 0..1000, DRAWS);
    let mut counts = [0.0; 6];
    for row in 0..hidden.rows() {
        for group in hidden.row(row).chunks(3) {
            assert_eq!(group.iter().sum::<f32>(), 1.0);
        }
        counts.iter_mut().zip(hidden.row(row)).for_each(|(count, &spike)| *count += f64::from(spike));
    }
    // Five standard deviations of 20 000 draws are at most 0.018: false alarm below 1e-5.
    for (count, rate) in counts.iter().zip(rates) {
        assert!((count / 20_000.0 - rate).abs() < 0.018, "{counts:?}");
    }
}

/// A part of the samples has the spikes that it has among all of them.
#[test]
fn spikes_belong_to_their_sample() {
    let size = Size { states: 5, hidden: (2, 3), actions: 2, steps: 6 };
    let layers = RewardStdp.start(compute().level, size, 1);
    let samples = Samples::new(size, 10, 1);
    let all = trains(&compute(), &layers, &samples.states, 0..10, DRAWS);
    let part = trains(&compute(), &layers, &samples.states, 4..7, DRAWS);
    for row in 0..18 {
        assert_eq!(part.states.row(row), all.states.row(24 + row));
        assert_eq!(part.hidden.row(row), all.hidden.row(24 + row));
    }
    let found = logits(&RewardStdp, &compute(), &layers, &samples.states);
    let mean = |b: usize, a: usize| {
        let of = |t: usize| {
            let y = all.hidden.row(6 * b + t);
            let weights = (0..6).map(|j| f64::from(y[j] * layers.layers[1].weights.row(j)[a])).sum::<f64>();
            weights + f64::from(layers.layers[1].bias.row(0)[a])
        };
        (0..6).map(of).sum::<f64>() / 6.0
    };
    for b in 0..10 {
        for a in 0..2 {
            assert!((f64::from(found.row(b)[a]) - mean(b, a)).abs() < 1e-5);
        }
    }
}

#[test]
fn a_toy_task_is_learned() {
    let found = learn(&RewardStdp, Toy::Halves, (8, 4), (300, 0.02));
    assert!(found > 0.95, "{found}");
}

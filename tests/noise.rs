//! Perturbations of evaluations: their distribution, and the values that they do not change.
//!
//! **False alarm**: correct noise exceeds each threshold of a statistical test with probability
//! 0.001 over the choice of the seed, which is fixed. **Missed effect**: a share that is off by 8
//! standard errors, 0.0032 of the 0.2 of a million states, escapes with probability below 2e-6; a
//! distribution function off by 0.005 of a million draws with probability below 2e-8, off by 0.03
//! of ten thousand with probability below 0.07 (see `distribution`).

#[allow(dead_code, reason = "other tests use the rest")]
mod distribution;

use distribution::{NORMAL_QUANTILE, bound, kolmogorov_smirnov, standard_normal};
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::simd::Level;
use svpg::network::{Circuits, Convention, Family, Mask, Parameters};
use svpg::noise::{Draws, Effect, KINDS, Perturbation, Pole};
use svpg::random::SplitMix64;

const DRAWS: Draws = Draws { seed: 20_250_301, step: 3 };
const POLE: Pole = Pole { length: 1.5, radius: 0.05 };

fn noise(text: &str) -> Perturbation {
    text.parse().expect("a perturbation")
}

/// 1000 samples of 1000 states of 0.5 each, perturbed.
fn million(text: &str) -> Vec<f64> {
    let mut states = AlignedMatrix::from_fn(1000, 1000, |_, _| 0.5);
    noise(text).perturb_states(Level::best(None), DRAWS, 0, &mut states);
    states.entries().map(f64::from).collect()
}

/// Asserts that this number of hits in independent trials is compatible with a probability.
fn has_share(name: &str, hits: usize, trials: usize, probability: f64) {
    let n = trials as f64;
    let z = (hits as f64 - n * probability) / (n * probability * (1.0 - probability)).sqrt();
    assert!(z.abs() < NORMAL_QUANTILE, "{name}: {hits} of {trials}, {z} standard errors from {probability}");
}

#[test]
fn gaussian_states_are_normal() {
    let draws: Vec<f64> = million("gaussian=0.05").iter().map(|s| (s - 0.5) / 0.05).collect();
    let distance = kolmogorov_smirnov(draws, standard_normal);
    assert!(distance < bound(1_000_000), "{distance}");
}

#[test]
fn gaussian_states_are_clipped() {
    let states = million("gaussian=1.55");
    assert!(states.iter().all(|s| (0.0..=1.0).contains(s)));
    let beyond = standard_normal(-0.5 / 1.55);
    for end in [0.0, 1.0] {
        has_share("clipped", states.iter().filter(|&&s| s == end).count(), states.len(), beyond);
    }
}

#[test]
fn shares_of_impulses() {
    for (kind, zeros, ones) in [("pepper", 0.2, 0.0), ("salt", 0.0, 0.2), ("salt-pepper", 0.1, 0.1)] {
        let states = million(&format!("{kind}=0.2"));
        let count = |value: f64| states.iter().filter(|&&s| s == value).count();
        for (value, share) in [(0.0, zeros), (1.0, ones), (0.5, 0.8)] {
            if share > 0.0 {
                has_share(kind, count(value), states.len(), share);
            } else {
                assert_eq!(count(value), 0, "{kind}");
            }
        }
        // Neighbours are perturbed together as often as independent states.
        let both =
            |lag: usize| states.iter().zip(&states[lag..]).filter(|(a, b)| **a != 0.5 && **b != 0.5).count();
        for lag in [1, 1000] {
            has_share(kind, both(lag), states.len() - lag, 0.04);
        }
    }
}

#[test]
fn salt_on_gaussian_is_both_in_turn_and_they_are_independent() {
    let mut states = AlignedMatrix::from_fn(1000, 1000, |_, _| 0.5);
    let isa = Level::best(None);
    noise("gaussian=0.05").perturb_states(isa, DRAWS, 0, &mut states);
    let below: Vec<bool> = states.entries().map(|s| s < 0.5).collect();
    noise("salt=0.2").perturb_states(isa, DRAWS, 0, &mut states);
    let both: Vec<f64> = states.entries().map(f64::from).collect();
    assert_eq!(both, million("gaussian-salt=0.2"));
    let salted = both.iter().zip(&below).filter(|(s, below)| **s == 1.0 && **below).count();
    has_share("salt where the noise is negative", salted, below.iter().filter(|b| **b).count(), 0.2);
}

/// Batches, their split, and instruction sets.
#[test]
fn states_have_draws_of_their_own() {
    let clean = AlignedMatrix::from_fn(10, 37, |b, k| ((b + k) % 7) as f32 / 7.0);
    for kind in KINDS.iter().filter(|kind| matches!(kind.effect, Effect::States(_))) {
        let perturbation = Perturbation::new(kind, 0.4).unwrap();
        let of = |isa: Level, draws: Draws, rows: std::ops::Range<usize>| {
            let mut part = AlignedMatrix::from_fn(rows.len(), 37, |b, k| clean.row(rows.start + b)[k]);
            perturbation.perturb_states(isa, draws, rows.start, &mut part);
            assert!((0..part.rows()).all(|b| part.padded_row(b)[37..].iter().all(|&x| x == 0.0)));
            part.entries().map(f32::to_bits).collect::<Vec<_>>()
        };
        let whole = of(Level::best(None), DRAWS, 0..10);
        for isa in Level::all() {
            let parts = [0..4, 4..5, 5..10].map(|rows| of(isa, DRAWS, rows)).concat();
            assert_eq!(parts, whole, "{kind}, {}", isa.isa());
        }
        assert!(of(Level::best(None), Draws { seed: 1, ..DRAWS }, 0..10) != whole);
        assert!(of(Level::best(None), Draws { step: 4, ..DRAWS }, 0..10) != whole);
    }
}

/// 20×10 hidden units, 2×10 action units, 50 states; some blocks between hidden circuits are
/// masked.
fn network() -> Parameters {
    let circuits = Circuits::new(20, 10, 2, 10).unwrap();
    let mut mask = Mask::full(&circuits);
    mask.drop_at_random(&circuits, Family::HiddenHidden, 0.1, 7);
    Parameters::zeros(circuits, 50, Convention::Full, mask)
}

fn randomised() -> Parameters {
    let mut parameters = network();
    parameters.randomise(Level::best(None), 1, 0.0..1.0);
    parameters
}

/// Groups of parameters: families, then biases.
const GROUPS: [&str; 6] = ["hh", "ha", "sh", "sa", "hidden bias", "action bias"];

/// Every parameter that exists, once: its group and its value.
fn existing(parameters: &Parameters) -> Vec<(usize, f32)> {
    let (circuits, hidden) = (&parameters.circuits, parameters.circuits.hidden_units());
    let mut all = Vec::new();
    for i in 0..parameters.units() {
        for j in 0..i {
            if parameters.mask.recurrent(circuits.circuit_of(i), circuits.circuit_of(j)) {
                all.push((usize::from(i >= hidden), parameters.weights.row(i)[j]));
            }
        }
        all.push((4 + usize::from(i >= hidden), parameters.bias.row(0)[i]));
        all.extend(
            (0..parameters.states)
                .map(|k| (2 + usize::from(i >= hidden), parameters.weights.row(parameters.state_row(k))[i])),
        );
    }
    all
}

/// Asserts that recurrent weights are symmetric, and that masked weights are zero.
fn is_sound(parameters: &Parameters) {
    for i in 0..parameters.units() {
        for j in 0..i {
            let (one, other) = (parameters.weights.row(i)[j], parameters.weights.row(j)[i]);
            assert_eq!(one.to_bits(), other.to_bits(), "{i}, {j}");
        }
    }
    let mut masked = parameters.clone();
    masked.apply_mask();
    assert!(masked == *parameters, "what is masked, and padding, stays zero");
}

#[test]
fn weights_and_bias_have_noise_of_the_stated_distribution() {
    let normal: fn(f64) -> f64 = standard_normal;
    let uniform: fn(f64) -> f64 = |x| (0.5 * (x + 1.0)).clamp(0.0, 1.0);
    for (kind, distribution) in [("weight-gaussian", normal), ("weight-uniform", uniform)] {
        let mut draws = GROUPS.map(|_| Vec::new());
        for step in 0..50 {
            let mut parameters = network();
            noise(&format!("{kind}=0.25")).perturb_parameters(Draws { step, ..DRAWS }, &mut parameters);
            is_sound(&parameters);
            let values = existing(&parameters);
            // A draw belongs to one parameter. A few of 29 900 are equal by chance.
            let mut bits: Vec<u32> = values.iter().map(|(_, value)| value.to_bits()).collect();
            bits.sort_unstable();
            bits.dedup();
            assert!(bits.len() * 100 > values.len() * 99, "{} of {}", bits.len(), values.len());
            values.iter().for_each(|&(group, value)| draws[group].push(f64::from(value) / 0.25));
        }
        for (group, draws) in GROUPS.iter().zip(draws) {
            let n = draws.len();
            let distance = kolmogorov_smirnov(draws, distribution);
            assert!(n >= 1000 && distance < bound(n), "{kind}, {group}: {distance} of {n}");
        }
    }
}

#[test]
fn noise_is_added() {
    for kind in ["weight-gaussian", "weight-uniform"] {
        let (mut from_zero, before) = (network(), randomised());
        let mut found = before.clone();
        noise(&format!("{kind}=0.25")).perturb_parameters(DRAWS, &mut from_zero);
        noise(&format!("{kind}=0.25")).perturb_parameters(DRAWS, &mut found);
        is_sound(&found);
        let all = existing(&found).into_iter().zip(existing(&before)).zip(existing(&from_zero));
        for (((_, found), (_, before)), (_, noise)) in all {
            // One rounding more than a single multiply-add.
            assert!((found - (before + noise)).abs() <= 1.0e-7 * (1.0 + noise.abs()));
        }
    }
}

/// Relative noise of a family whose weights that exist are all ±m is absolute noise of m times the
/// level, in every bit.
#[test]
fn relative_noise_is_in_units_of_the_mean_absolute_value() {
    let sizes = [0.125f32, 0.5, 2.0, 8.0, 0.25, 1.0];
    let mut random = SplitMix64::new(3);
    let mut parameters = network();
    let (units, hidden) = (parameters.units(), parameters.circuits.hidden_units());
    let mut signed = |group: usize| if random.chance(0.5) { sizes[group] } else { -sizes[group] };
    for i in 0..units {
        let action = usize::from(i >= hidden);
        for j in 0..i {
            let weight = signed(action);
            parameters.weights.row_mut(i)[j] = weight;
            parameters.weights.row_mut(j)[i] = weight;
        }
        parameters.bias.row_mut(0)[i] = signed(4 + action);
        for k in 0..parameters.states {
            let row = parameters.state_row(k);
            parameters.weights.row_mut(row)[i] = signed(2 + action);
        }
    }
    parameters.apply_mask();
    for distribution in ["gaussian", "uniform"] {
        let mut relative = parameters.clone();
        noise(&format!("relative-{distribution}=0.5")).perturb_parameters(DRAWS, &mut relative);
        is_sound(&relative);
        for (group, size) in sizes.into_iter().enumerate() {
            let mut absolute = parameters.clone();
            noise(&format!("weight-{distribution}={}", 0.5 * size)).perturb_parameters(DRAWS, &mut absolute);
            let of = |parameters: &Parameters| -> Vec<u32> {
                let all = existing(parameters).into_iter();
                all.filter(|(one, _)| *one == group).map(|(_, value)| value.to_bits()).collect()
            };
            assert_eq!(of(&relative), of(&absolute), "{distribution}, {}", GROUPS[group]);
        }
    }
}

#[test]
fn a_share_of_a_family_is_removed_and_the_rest_stays() {
    let before = randomised();
    let old = existing(&before);
    let mut in_turn = before.clone();
    for (group, family) in GROUPS[..4].iter().enumerate() {
        let kind = noise(&format!("remove-{family}=0.3"));
        let mut found = before.clone();
        kind.perturb_parameters(DRAWS, &mut found);
        kind.perturb_parameters(DRAWS, &mut in_turn);
        is_sound(&found);
        let (mut removed, mut all) = (0, 0);
        for ((one, old), (_, new)) in old.iter().zip(existing(&found)) {
            let gone = new == 0.0 && *old != 0.0;
            assert!(gone || old.to_bits() == new.to_bits());
            assert!(!gone || *one == group, "remove-{family} removes of {}", GROUPS[*one]);
            removed += usize::from(gone);
            all += usize::from(*one == group);
        }
        has_share(family, removed, all, 0.3);
    }
    let mut all = before.clone();
    noise("remove-all=0.3").perturb_parameters(DRAWS, &mut all);
    assert!(all == in_turn, "all are the four families");
    noise("remove-all=1").perturb_parameters(DRAWS, &mut all);
    assert!(all.weights.entries().all(|weight| weight == 0.0) && all.bias == before.bias);
}

/// A mask removes weights, but does not change the draws of the others.
#[test]
fn a_mask_changes_no_draw() {
    let kinds = ["weight-gaussian=0.5", "weight-uniform=0.5", "remove-all=0.5"];
    let families = [Family::HiddenHidden, Family::HiddenAction, Family::StateHidden, Family::StateAction];
    for (kind, family) in kinds.iter().flat_map(|kind| families.map(|family| (noise(kind), family))) {
        let mut full = randomised();
        let mut masked = full.clone();
        masked.mask.drop_family(&full.circuits, family);
        masked.apply_mask();
        kind.perturb_parameters(DRAWS, &mut masked);
        kind.perturb_parameters(DRAWS, &mut full);
        full.mask = masked.mask.clone();
        full.apply_mask();
        assert!(full == masked, "{kind}, {family:?}");
    }
}

#[test]
fn level_zero_and_other_targets_change_nothing() {
    let (states, parameters) = (AlignedMatrix::from_fn(3, 20, |b, k| (b * k) as f32 / 60.0), randomised());
    for kind in &KINDS {
        // Without salt, normal noise is left of the one; a pole has no length of zero.
        let zero = Perturbation::new(kind, 0.0).ok().filter(|_| kind.name != "gaussian-salt");
        let strong = Perturbation::new(kind, *kind.range.end()).unwrap();
        for (perturbation, target) in [(zero, None), (Some(strong), Some(kind.effect))] {
            let Some(perturbation) = perturbation else { continue };
            let (mut new_states, mut new_parameters) = (states.clone(), parameters.clone());
            perturbation.perturb_states(Level::best(None), DRAWS, 0, &mut new_states);
            perturbation.perturb_parameters(DRAWS, &mut new_parameters);
            assert_eq!(new_states != states, matches!(target, Some(Effect::States(_))), "{perturbation}");
            assert_eq!(
                new_parameters != parameters,
                matches!(target, Some(Effect::Parameters(_))),
                "{perturbation}"
            );
            let changed = perturbation.perturb_pole(POLE) != POLE;
            assert_eq!(changed, matches!(target, Some(Effect::Pole(_))), "{perturbation}");
        }
    }
}

//! Rate inference: its bits do not depend on threads and instruction sets, each iteration agrees
//! with the twins with the stated random numbers, and without noise it converges to the reference's
//! fixed points.

use svpg::inference::{ActionPolicy, Draws, Inference, Phase, PolicyInference, Rate, RateInference};
use svpg::kernel::compute::Compute;
use svpg::kernel::matrix::AlignedMatrix;
use svpg::kernel::noise::Bounds;
use svpg::kernel::philox::{Place, Stream};
use svpg::kernel::simd::Level;
use svpg::kernel::{noise, product, softmax, uniform};
use svpg::network::{Circuits, Convention, Family, Mask, Parameters};
use svpg::random::SplitMix64;
use svpg_reference::{free_energy_policy, mean_field};

const SEED: u32 = 7;
const STEP: u32 = 3;
const DRAWS: Draws = Draws { seed: SEED, step: STEP };
const ACTIONS: usize = 5;

/// 9 states, 3 hidden circuits of 4 units, 5 actions; one block missing.
fn network(convention: Convention) -> Parameters {
    let circuits = Circuits::new(3, 4, 1, ACTIONS).unwrap();
    let mut mask = Mask::full(&circuits);
    mask.drop_block(0, 2);
    with_weights(circuits, convention, mask)
}

/// The same with 5 hidden circuits that are not connected with each other.
fn network_without_hidden_connections(convention: Convention) -> Parameters {
    let circuits = Circuits::new(5, 4, 1, ACTIONS).unwrap();
    let mut mask = Mask::full(&circuits);
    mask.drop_family(&circuits, Family::HiddenHidden);
    with_weights(circuits, convention, mask)
}

fn all_networks() -> impl Iterator<Item = Parameters> {
    [Convention::Full, Convention::Half]
        .into_iter()
        .flat_map(|convention| [network(convention), network_without_hidden_connections(convention)])
}

fn with_weights(circuits: Circuits, convention: Convention, mask: Mask) -> Parameters {
    let mut parameters = Parameters::zeros(circuits, 9, convention, mask);
    parameters.randomise(Level::best(None), SEED, 0.0..1.0);
    parameters.weights.all_mut().iter_mut().for_each(|weight| *weight -= 0.5);
    parameters.apply_mask();
    parameters
}

fn states(batch: usize) -> AlignedMatrix {
    let mut random = SplitMix64::new(4);
    AlignedMatrix::from_fn(batch, 9, |_, k| if k % 3 == 0 { 0.0 } else { random.unit() as f32 })
}

fn bits(rows: &AlignedMatrix) -> Vec<u32> {
    rows.entries().map(f32::to_bits).collect()
}

/// Free, then clamped from there, as the rule `two-phase` does; both activities and both numbers of
/// iterations.
fn both_phases(
    level: Level,
    threads: usize,
    parameters: &Parameters,
    batch: usize,
) -> (Vec<u32>, Vec<u32>, [u32; 2]) {
    let compute = Compute::new(level, threads).unwrap();
    let (states, actions) = (states(batch), (0..batch).map(|b| b % ACTIONS).collect::<Vec<_>>());
    let mut inference = RateInference::new(parameters, batch, Rate::PUBLISHED);
    let free = inference.run(&compute, parameters, &states, DRAWS, Phase::Free);
    let q = bits(&inference.q);
    let clamped =
        inference.run(&compute, parameters, &states, DRAWS, Phase::Clamped { actions: &actions, beta: 1.0 });
    for (b, &action) in actions.iter().enumerate() {
        let held = &inference.q.row(b)[parameters.circuits.hidden_units()..];
        assert!(held.iter().enumerate().all(|(a, &q)| q == f32::from(u8::from(a == action))), "{held:?}");
    }
    (q, bits(&inference.q), [free, clamped])
}

#[test]
fn threads_and_instruction_sets_change_no_bit() {
    for parameters in all_networks() {
        // 31 samples, not a multiple of any block size.
        let expected = both_phases(Level::best(None), 1, &parameters, 31);
        for level in Level::all() {
            for threads in [1, 2, 3, 7] {
                assert_eq!(
                    both_phases(level, threads, &parameters, 31),
                    expected,
                    "{level:?}, {threads} threads"
                );
            }
        }
    }
}

/// Two iterations, stopped by their number, with the noise and the start of each sample and unit at
/// its place.
#[test]
fn an_iteration_is_made_of_the_twins() {
    let networks =
        all_networks().flat_map(|parameters| [false, true].map(|unclamped| (parameters.clone(), unclamped)));
    for (parameters, unclamped) in networks {
        let convention = parameters.convention;
        let gain = if convention == Convention::Full { 2.0 } else { 1.0 };
        let (units, inside) = (parameters.units(), states(2));
        // Some states are outside of [0,1].
        let states = AlignedMatrix::from_fn(2, inside.columns(), |b, k| 1.5 * inside.row(b)[k] - 0.25);
        let weights = |rows, first| {
            AlignedMatrix::from_fn(rows, units, |row, unit| parameters.weights.row(first + row)[unit])
        };
        let (unit_weights, state_weights) =
            (weights(units, 0), weights(states.columns(), parameters.state_row(0)));
        let rate = Rate { tolerance: 0.0, max_iterations: 2, unclamped, ..Rate::PUBLISHED };
        let mut inference = RateInference::new(&parameters, 2, rate);
        let alone = Compute::single(Level::best(None));
        let iterations = inference.run(&alone, &parameters, &states, DRAWS, Phase::Free);
        assert_eq!(iterations, 2);
        for sample in 0..2 {
            let place = |stream, iteration| Place {
                seed: SEED,
                stream,
                step: STEP,
                iteration,
                sample: sample as u32,
            };
            let by_circuit = |z: &[f32]| -> Vec<f32> {
                parameters.circuits.iter().flat_map(|members| softmax::twin::softmax(&z[members])).collect()
            };
            let start: Vec<f32> =
                (0..units).map(|u| uniform::twin::uniform(&place(Stream::Start, 0), u)).collect();
            let mut q = by_circuit(&start);
            for iteration in 0..2 {
                let noisy = |stream, unit, gain, bounds, clean| {
                    let place = place(stream, iteration);
                    noise::twin::noisy_within(bounds, &place, unit, rate.sigma, gain, clean)
                };
                let of_states = if unclamped { Bounds::NONE } else { Bounds::UNIT };
                let x = AlignedMatrix::from_fn(1, states.columns(), |_, k| {
                    noisy(Stream::StateNoise, k, 1.0, of_states, states.row(sample)[k])
                });
                let drive = product::twin::product(&parameters.bias, &x, &state_weights);
                let x = AlignedMatrix::from_fn(1, units, |_, i| {
                    noisy(Stream::UnitNoise, i, gain, Bounds::UNIT, q[i])
                });
                let z = product::twin::product(&drive, &x, &unit_weights);
                q = by_circuit(z.row(0));
            }
            let expected: Vec<u32> = q.iter().map(|q| q.to_bits()).collect();
            let found: Vec<u32> = inference.q.row(sample).iter().map(|q| q.to_bits()).collect();
            assert_eq!(found, expected, "sample {sample}, {convention:?}");
        }
    }
}

/// When inference stops, it keeps the old activity.
#[test]
fn at_the_stop_the_new_activity_is_not_taken() {
    let parameters = network(Convention::Full);
    let states = states(4);
    let alone = Compute::single(Level::best(None));
    let run = |tolerance, max_iterations| {
        let rate = Rate { tolerance, max_iterations, ..Rate::PUBLISHED };
        let mut inference = RateInference::new(&parameters, 4, rate);
        let iterations = inference.run(&alone, &parameters, &states, DRAWS, Phase::Free);
        (iterations, bits(&inference.q))
    };
    let (iterations, stopped) = run(0.05, 50);
    assert!((2..50).contains(&iterations), "{iterations}");
    assert_eq!(stopped, run(0.0, iterations - 1).1);
    assert_ne!(stopped, run(0.0, iterations).1);
}

/// A network can have no states: its noise is that of the units alone.
#[test]
fn a_network_without_states_infers_under_noise() {
    let circuits = Circuits::new(1, 3, 1, 2).unwrap();
    let mask = Mask::full(&circuits);
    let parameters = Parameters::zeros(circuits, 0, Convention::Full, mask);
    let rate = Rate { tolerance: 0.0, max_iterations: 3, ..Rate::PUBLISHED };
    let mut inference = RateInference::new(&parameters, 4, rate);
    let alone = Compute::single(Level::best(None));
    inference.run(&alone, &parameters, &AlignedMatrix::zeros(4, 0), DRAWS, Phase::Free);
    // Without weights, each circuit is uniform.
    for sample in 0..4 {
        for (&found, expected) in
            inference.q.row(sample).iter().zip([1.0 / 3.0; 3].into_iter().chain([0.5; 2]))
        {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}

/// Without noise: 300 iterations contract these weak weights to rounding. The error in f32 is about
/// 1e-7 in each of a dozen terms of a net input.
#[test]
fn without_noise_it_ends_at_the_reference_s_fixed_points() {
    for parameters in all_networks() {
        let states = states(3);
        let rate = Rate { sigma: 0.0, tolerance: 0.0, max_iterations: 300, ..Rate::PUBLISHED };
        let mut inference = RateInference::new(&parameters, 3, rate);
        let alone = Compute::single(Level::best(None));
        inference.run(&alone, &parameters, &states, DRAWS, Phase::Free);
        let free = inference.q.clone();
        inference.run(&alone, &parameters, &states, DRAWS, Phase::Clamped { actions: &[0, 1, 2], beta: 1.0 });

        let reference = parameters.reference().unwrap();
        for sample in 0..3 {
            let state: Vec<f64> = states.row(sample).iter().map(|&s| f64::from(s)).collect();
            let observed = reference.observe(&state).unwrap();
            let expected = [mean_field::free(&observed).q, mean_field::clamped(&observed, sample).unwrap().q];
            for (found, expected) in [&free, &inference.q].into_iter().zip(&expected) {
                for (&found, expected) in found.row(sample).iter().zip(expected) {
                    assert!((f64::from(found) - expected).abs() < 2e-6, "{found} {expected}");
                }
            }
        }
    }
}

/// The free-energy policy without noise, with 300 iterations per phase: free energies of size 10
/// have rounding errors of a few ulp, 1e-6 each, and so has the policy. Hidden circuits keep the
/// free activity.
#[test]
fn the_free_energy_policy_is_the_reference_s() {
    let rate = Rate { sigma: 0.0, tolerance: 0.0, max_iterations: 300, ..Rate::PUBLISHED };
    for parameters in all_networks() {
        let (states, reference) = (states(5), parameters.reference().unwrap());
        let of = |level, threads, policy| {
            let mut found = PolicyInference::new(&parameters, 5, Inference::Rate(rate), policy);
            let compute = Compute::new(level, threads).unwrap();
            found.run(&compute, &parameters, &states, DRAWS);
            found
        };
        let found = of(Level::best(None), 1, ActionPolicy::FreeEnergy);
        let hidden = parameters.circuits.hidden_units();
        for sample in 0..5 {
            let state: Vec<f64> = states.row(sample).iter().map(|&s| f64::from(s)).collect();
            let expected = free_energy_policy::policy(&reference.observe(&state).unwrap()).unwrap();
            let (acting, q) = (found.acting().row(sample), found.q().row(sample));
            assert_eq!(acting[..hidden], q[..hidden]);
            for (&found, expected) in acting[hidden..].iter().zip(&expected) {
                assert!((f64::from(found) - expected).abs() < 2e-6, "{found} {expected}");
            }
            // The policy differs from that of the free phase.
            assert!(acting[hidden..].iter().zip(&q[hidden..]).any(|(a, b)| (a - b).abs() > 1e-4));
        }
        for (level, threads) in Level::all().map(|level| (level, 1)).chain([(Level::best(None), 3)]) {
            let other = of(level, threads, ActionPolicy::FreeEnergy);
            assert_eq!(bits(other.acting()), bits(found.acting()));
        }
        let mean_field = of(Level::best(None), 1, ActionPolicy::MeanField);
        assert_eq!(bits(mean_field.acting()), bits(found.q()));
    }
}

/// With noise too, the bits of the free-energy policy depend neither on threads nor on instruction
/// sets, and its free phase is that of the mean-field policy.
#[test]
fn the_free_energy_policy_under_noise_has_the_same_bits_everywhere() {
    for parameters in all_networks() {
        let states = states(7);
        let of = |level, threads, policy| {
            let mut found = PolicyInference::new(&parameters, 7, Inference::Rate(Rate::PUBLISHED), policy);
            found.run(&Compute::new(level, threads).unwrap(), &parameters, &states, DRAWS);
            (bits(found.acting()), bits(found.q()))
        };
        let expected = of(Level::best(None), 1, ActionPolicy::FreeEnergy);
        for (level, threads) in Level::all().map(|level| (level, 1)).chain([(Level::best(None), 3)]) {
            assert_eq!(of(level, threads, ActionPolicy::FreeEnergy), expected);
        }
        assert_eq!(of(Level::best(None), 1, ActionPolicy::MeanField).1, expected.1);
    }
}

/// The circuit of the actions stays at the mixture, and the others at their softmax: the fixed
/// point of weak clamping, towards the action and away from it.
#[test]
fn weak_clamping_ends_at_its_fixed_point() {
    for parameters in all_networks() {
        let states = states(3);
        let rate = Rate { sigma: 0.0, tolerance: 0.0, max_iterations: 300, ..Rate::PUBLISHED };
        let alone = Compute::single(Level::best(None));
        for beta in [0.3, -0.1] {
            let mut inference = RateInference::new(&parameters, 3, rate);
            inference.run(&alone, &parameters, &states, DRAWS, Phase::Free);
            let clamped = Phase::Clamped { actions: &[0, 1, 2], beta };
            inference.run(&alone, &parameters, &states, DRAWS, clamped);
            for sample in 0..3 {
                let q: Vec<f64> = inference.q.row(sample).iter().map(|&q| f64::from(q)).collect();
                let net_input = |unit: usize| {
                    let weight = |row: usize| f64::from(parameters.weights.row(row)[unit]);
                    let kappa = f64::from(parameters.convention.kappa());
                    let recurrent: f64 = (0..q.len()).map(|j| 2.0 * kappa * q[j] * weight(j)).sum();
                    let drive: f64 = (0..states.columns())
                        .map(|k| f64::from(states.row(sample)[k]) * weight(parameters.state_row(k)))
                        .sum();
                    recurrent + drive + f64::from(parameters.bias.row(0)[unit])
                };
                for (circuit, members) in parameters.circuits.iter().enumerate() {
                    let exps: Vec<f64> = members.clone().map(|unit| net_input(unit).exp()).collect();
                    let total: f64 = exps.iter().sum();
                    for (at, unit) in members.enumerate() {
                        let mut expected = exps[at] / total;
                        if circuit == parameters.circuits.hidden() {
                            let target = f64::from(u8::from(at == sample));
                            expected = f64::from(1.0 - beta) * expected + f64::from(beta) * target;
                        }
                        assert!((q[unit] - expected).abs() < 2e-6, "{} {expected}", q[unit]);
                    }
                }
            }
        }
    }
}

/// A dropped block is absent in both directions, and the fraction of dropped blocks agrees with the
/// probability.
#[test]
fn blocks_are_dropped_at_the_stated_rate() {
    let circuits = Circuits::new(20, 10, 1, 10).unwrap();
    let mut pairs = 0;
    for seed in 0..50 {
        let mut mask = Mask::full(&circuits);
        mask.drop_at_random(&circuits, Family::HiddenHidden, 0.1, seed);
        for c in 0..20 {
            assert!(mask.recurrent(c, 20) && mask.recurrent(20, c));
            for d in 0..c {
                assert_eq!(mask.recurrent(c, d), mask.recurrent(d, c));
                pairs += usize::from(!mask.recurrent(c, d));
            }
        }
    }
    // Of 9500 pairs each is dropped with 1 - 0.9² = 0.19: mean 1805, standard deviation 38. A false
    // alarm beyond 6 of them has probability 2e-9; a rate of 0.1, with one draw per pair, is missed
    // with a lower probability.
    assert!((1805 - 230..1805 + 230).contains(&pairs), "{pairs}");
}

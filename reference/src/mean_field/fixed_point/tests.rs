use proptest::prelude::*;

use super::*;
use crate::mean_field::free_energy;
use crate::network::{Convention, Mask, Parameters};
use crate::number::Float256;
use crate::testing::{assert_close, networks};

/// A network without states whose recurrent weights are `weight(i, j)`, `i < j`, between circuits.
fn recurrent(shape: Shape, weight: impl Fn(usize, usize) -> f64, bias: Vec<f64>) -> Parameters<f64> {
    let (n, mask) = (shape.units(), Mask::all(shape));
    let entry = |i: usize, j: usize| if mask.recurrent(i, j) { weight(i.min(j), i.max(j)) } else { 0.0 };
    let weights = Matrix::from_fn(n, n, entry);
    Parameters::new(shape, Convention::Full, mask.clone(), weights, Matrix::zeros(0, n), bias).unwrap()
}

/// All circuits inhibit the first units of the others. In a simultaneous update, they switch on and
/// off together.
fn inhibition(circuits: usize, strength: f64) -> Parameters<f64> {
    let shape = Shape::new(0, circuits - 1, 2, 2).unwrap();
    let first = |i: usize| i.is_multiple_of(2);
    let bias = (0..2 * circuits).map(|i| if first(i) { 0.25 * strength } else { 0.0 }).collect();
    recurrent(shape, |i, j| if first(i) && first(j) { -strength } else { 0.0 }, bias)
}

/// Reproducible numbers in [-1, 1).
fn noise(seed: usize) -> f64 {
    let mixed =
        (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn strong(circuits: usize, size: usize, strength: f64, seed: usize) -> Parameters<f64> {
    let shape = Shape::new(0, circuits, size, size).unwrap();
    let n = shape.units();
    let bias = (0..n).map(|i| noise(i + 31 * seed)).collect();
    recurrent(shape, |i, j| strength * noise(n + i * n + j + 1000 * seed), bias)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_fixed_point_is_the_one_of_wide_arithmetic(recipe in networks(10), action in 0..3usize) {
        let (double, wide) = (recipe.parameters::<f64>(), recipe.parameters::<Float256>());
        let (double, wide) = (double.observe(&recipe.state(0)).unwrap(), wide.observe(&recipe.state(0)).unwrap());
        let action = action % recipe.shape.actions();
        let pairs = [(free(&double), free(&wide)), (clamped(&double, action).unwrap(), clamped(&wide, action).unwrap())];
        for (narrow, wide) in &pairs {
            prop_assert!(narrow.converged && wide.converged);
            prop_assert!(wide.residual.to_f64() < 1e-74);
            let narrowed: Vec<f64> = wide.q.iter().map(Scalar::to_f64).collect();
            assert_close(&narrow.q, &narrowed, 1e-14);
        }
        prop_assert_eq!(residual(&double, &pairs[0].0.q), pairs[0].0.residual);
        let clamped = &pairs[1].0.q;
        for (a, unit) in recipe.shape.action_units().enumerate() {
            prop_assert_eq!(clamped[unit], if a == action { 1.0 } else { 0.0 });
        }
        // With the clamp, the hidden units are at their own fixed point.
        let z = double.net_input(clamped);
        let hidden = recipe.shape.hidden();
        assert_close(&clamped[hidden.clone()], &softmax_circuits(recipe.shape, &z)[hidden], 1e-14);
    }

    #[test]
    fn a_sweep_never_raises_the_free_energy(recipe in networks(160)) {
        // M3, circuit by circuit, free and clamped.
        let parameters = recipe.parameters::<f64>();
        let observed = parameters.observe(&recipe.state(0)).unwrap();
        let unit = recipe.shape.action_units().start;
        for clamp in [None, Some(Clamp { unit, strength: 1.0 })] {
            let response = Response { observed: &observed, clamp };
            let mut q = response.clamp(recipe.probabilities());
            let mut before = free_energy(&observed, &q);
            for _ in 0..5 {
                q = response.sweep(&q);
                prop_assert_eq!(&q, &response.clamp(q.clone()));
                let after = free_energy(&observed, &q);
                prop_assert!(after <= before + 1e-12 * before.abs().max(1.0), "{before} to {after}");
                before = after;
            }
            prop_assert!(response.residual(&q) <= response.residual(&response.uniform()) + 1.0);
        }
    }

    #[test]
    fn a_search_reports_what_it_found(circuits in 1..6usize, size in 2..4usize, strength in 1.0..50.0f64, seed in 0..1000usize) {
        let parameters = strong(circuits, size, strength, seed);
        let observed = parameters.observe(&[]).unwrap();
        let found = free(&observed);
        prop_assert_eq!(found.residual, residual(&observed, &found.q));
        prop_assert!(found.converged && found.residual <= 1e-13, "{:?}", found);
        prop_assert!(found.q.iter().all(|q| (0.0..=1.0).contains(q)));
        let Iterations { plain, damped, sweeps, newton } = found.iterations;
        prop_assert!(plain <= 200 && damped <= 400 && sweeps <= 2000 && (newton > 0 || found.newton_distance == 0.0));
        prop_assert!(damped == 0 || plain == 200);
        prop_assert!(sweeps == 0 || damped == 400);
    }
}

#[test]
fn a_sweep_is_circuit_by_circuit() {
    // One pass: the second circuit must use the new state of the first one.
    let parameters = strong(2, 2, 1.5, 3);
    let observed = parameters.observe(&[]).unwrap();
    let response = Response { observed: &observed, clamp: None };
    let mut expected = response.uniform();
    for circuit in [0..2, 2..4, 4..6] {
        let all = response.of(&expected);
        expected[circuit.clone()].copy_from_slice(&all[circuit]);
    }
    assert_eq!(response.sweep(&response.uniform()), expected);
}

#[test]
fn updating_all_circuits_at_once_can_raise_the_free_energy() {
    // M3, refuted for the simultaneous update.
    let parameters = inhibition(4, 8.0);
    let observed = parameters.observe(&[]).unwrap();
    let response = Response { observed: &observed, clamp: None };
    let off = response.of(&response.uniform());
    let on = response.of(&off);
    assert!(free_energy(&observed, &on) > free_energy(&observed, &off) + 1.0);
}

#[test]
fn a_gentle_network_needs_plain_iteration_alone() {
    let parameters = strong(3, 3, 0.1, 1);
    let found = free(&parameters.observe(&[]).unwrap());
    let Iterations { plain, damped, sweeps, newton } = found.iterations;
    assert!(found.converged && plain < 60 && (damped, sweeps, newton) == (0, 0, 0), "{found:?}");
    assert_eq!(found.newton_distance, 0.0);
}

#[test]
fn damping_stills_an_oscillation() {
    // The slope of the symmetric mode lies between -3 and -1: plain iteration oscillates, damped
    // iteration does not.
    let parameters = inhibition(2, 4.0);
    let found = free(&parameters.observe(&[]).unwrap());
    assert!(found.converged, "{found:?}");
    let Iterations { plain, damped, sweeps, .. } = found.iterations;
    assert!(plain == 200 && damped > 0 && sweeps == 0, "{found:?}");
}

#[test]
fn sweeps_settle_what_damping_cannot() {
    for strength in [10.0, 20.0, 50.0] {
        let parameters = inhibition(6, strength);
        let found = free(&parameters.observe(&[]).unwrap());
        assert!(found.converged, "{found:?}");
        assert!(found.iterations.damped == 400 && found.iterations.sweeps > 0, "{found:?}");
    }
}

#[test]
fn newton_finishes_a_slow_approach() {
    // Two circuits that excite each other just below the bifurcation: the convergence rate of plain
    // iteration is close to 1.
    let shape = Shape::new(0, 1, 2, 2).unwrap();
    let parameters =
        recurrent(shape, |i, j| if i % 2 == j % 2 { 0.495 } else { -0.495 }, vec![1e-6, 0.0, 0.0, 0.0]);
    let observed = parameters.observe(&[]).unwrap();
    let found = free(&observed);
    assert!(found.converged && found.iterations.newton > 0 && found.iterations.damped == 0, "{found:?}");
    assert!(found.newton_distance > 0.0 && found.newton_distance < 1e-3, "{found:?}");
    // The distance is measured from the end of plain iteration.
    let response = Response { observed: &observed, clamp: None };
    let end = iterate(response.uniform(), PLAIN, &mut 0, |q| response.of(q));
    assert!(response.residual(&end) > 1e-8);
    assert_eq!(distance(&end, &found.q), found.newton_distance);
    let wide = Parameters::new(
        shape,
        Convention::Full,
        Mask::all(shape),
        Matrix::from_fn(4, 4, |i, j| Float256::from_f64(parameters.recurrent()[(i, j)]).unwrap()),
        Matrix::zeros(0, 4),
        parameters.bias().iter().map(|b| Float256::from_f64(*b).unwrap()).collect(),
    );
    let wide = wide.unwrap();
    let narrowed: Vec<f64> = free(&wide.observe(&[]).unwrap()).q.iter().map(Scalar::to_f64).collect();
    assert_close(&found.q, &narrowed, 1e-13);
}

#[test]
fn a_search_that_fails_says_so() {
    // Every z overflows: there is no response to compare with.
    let parameters = strong(2, 2, f64::MAX / 2.0, 1);
    let found = free(&parameters.observe(&[]).unwrap());
    assert!(!found.converged && !found.residual.is_finite(), "{found:?}");
    assert_eq!((found.iterations.plain, found.iterations.damped, found.iterations.sweeps), (200, 400, 2000));
    let error = found.clone().required("q").unwrap_err();
    assert!(error.is_not_converged() && error.place() == "q", "{error}");
    assert_eq!(error, found.not_converged("q"));
    assert!(clamped(&parameters.observe(&[]).unwrap(), 2).unwrap_err().is_invalid());
}

#[test]
fn a_difference_that_is_not_finite_is_the_largest() {
    assert_eq!(distance(&[1.0, 5.0, 2.0], &[0.5, 2.0, 3.0]), 3.0);
    assert!(distance(&[f64::NAN, 1.0], &[0.0, 0.0]).is_nan());
    assert!(distance(&[1.0, f64::NAN], &[0.0, 0.0]).is_nan());
}

#[test]
fn the_tolerance_is_a_tenth_of_a_trillionth() {
    assert!((tolerance::<f64>() - 1e-13).abs() < 1e-15);
}

#[test]
fn newton_leaves_no_entry_negative() {
    // Here, a Newton step changes an almost zero entry to -2e-33.
    let parameters = strong(2, 3, 20.0, 5719);
    let found = free(&parameters.observe(&[]).unwrap());
    assert!(found.converged && found.iterations.newton > 0 && found.iterations.damped == 0, "{found:?}");
    assert!(found.q.iter().all(|&q| q >= 0.0), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_weak_clamp_lies_between_free_and_clamped(recipe in networks(10)) {
        let (double, wide) = (recipe.parameters::<f64>(), recipe.parameters::<Float256>());
        let (double, wide) = (double.observe(&recipe.state(0)).unwrap(), wide.observe(&recipe.state(0)).unwrap());
        // The most probable action: a negative strength makes the probability of an unlikely action
        // negative.
        let policy = free(&double).q[recipe.shape.action_units()].to_vec();
        let likeliest = (0..policy.len()).max_by(|&a, &b| policy[a].total_cmp(&policy[b])).unwrap();
        // At strength 0 and 1, the state equals the free and the clamped state in every bit.
        prop_assert_eq!(&weakly_clamped(&double, likeliest, &0.0).unwrap().q, &free(&double).q);
        prop_assert_eq!(&weakly_clamped(&double, likeliest, &1.0).unwrap().q, &clamped(&double, likeliest).unwrap().q);
        for (numerator, denominator) in [(1, 2), (1, 64), (-1, 64)] {
            let strength = f64::ratio(numerator, denominator);
            let narrow = weakly_clamped(&double, likeliest, &strength).unwrap();
            let wide = weakly_clamped(&wide, likeliest, &Float256::ratio(numerator, denominator)).unwrap();
            prop_assert!(narrow.converged && wide.converged && wide.residual.to_f64() < 1e-74);
            let narrowed: Vec<f64> = wide.q.iter().map(Scalar::to_f64).collect();
            assert_close(&narrow.q, &narrowed, 1e-14);
            // The definition: hidden circuits are the softmax of their net input, the action
            // circuit is a mixture.
            let own = softmax_circuits(recipe.shape, &double.net_input(&narrow.q));
            for (i, own) in own.into_iter().enumerate() {
                let is_action = recipe.shape.action_units().contains(&i);
                let share = if is_action { strength } else { 0.0 };
                let clamped = if i == recipe.shape.action_units().start + likeliest { share } else { 0.0 };
                let expected = (1.0 - share) * own + clamped;
                prop_assert!((narrow.q[i] - expected).abs() < 1e-14);
            }
        }
    }
}

#[test]
fn a_weak_clamp_is_found_where_plain_iteration_oscillates() {
    for strength in [10.0, 20.0, 50.0] {
        let parameters = inhibition(6, strength);
        let observed = parameters.observe(&[]).unwrap();
        // The more probable action, whose probability stays positive with a negative strength.
        let q = free(&observed).q;
        let action = usize::from(q[11] > q[10]);
        for beta in [0.5, 0.1, -0.01] {
            let found = weakly_clamped(&observed, action, &beta).unwrap();
            assert!(found.converged && found.residual <= 1e-13, "{strength} {beta}: {found:?}");
        }
    }
}

#[test]
fn newton_finishes_a_slow_approach_under_a_weak_clamp() {
    // As in the free case, slightly closer to the bifurcation, because the clamp damps the mode.
    let shape = Shape::new(0, 1, 2, 2).unwrap();
    let parameters = recurrent(shape, |i, j| if i % 2 == j % 2 { 0.52 } else { -0.52 }, vec![0.0; 4]);
    let observed = parameters.observe(&[]).unwrap();
    for beta in [-0.001, 0.0001] {
        let response = Response { observed: &observed, clamp: Some(Clamp { unit: 2, strength: beta }) };
        let found = weakly_clamped(&observed, 0, &beta).unwrap();
        assert!(found.converged, "{found:?}");
        // Newton's method converges quadratically near the fixed point.
        let near: Vec<f64> = found.q.iter().map(|q| q + 1e-4).collect();
        let step = response.newton_step(&near).unwrap();
        let left = near.iter().zip(step).zip(&found.q).map(|((q, step), end)| (q + step - end).abs());
        assert!(left.fold(0.0, f64::max) < 1e-6);
    }
}

#[test]
fn a_strength_without_a_positive_state_is_refused() {
    let parameters = strong(2, 3, 0.5, 1);
    let observed = parameters.observe(&[]).unwrap();
    let refusal = |beta: f64| weakly_clamped(&observed, 0, &beta).unwrap_err().to_string();
    assert!(refusal(1.5).starts_with("beta: is not a number of at most 1"));
    assert!(refusal(f64::NAN).starts_with("beta: is not a number of at most 1"));
    assert!(refusal(-2.0).contains("every entry must stay positive"), "{}", refusal(-2.0));
    assert!(weakly_clamped(&observed, 3, &0.5).unwrap_err().is_invalid());
    // The limit is p/(1-p) for the probability p of the action at that state.
    let found = weakly_clamped(&observed, 0, &-0.2).unwrap();
    assert!(found.converged && found.q.iter().all(|&q| q > 0.0), "{found:?}");
}

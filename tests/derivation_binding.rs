//! Every quantity and rule of the reference is bound to the label of the claim that derives it: both programs evaluate it on
//! the same networks. They share no code, not even the library of long numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use svpg::chapters;
use svpg::random::SplitMix64;
use svpg_check::{Convention as Written, Network, Shape as WrittenShape, Source, quantity};
use svpg_reference::configuration::Configuration;
use svpg_reference::energy::energy;
use svpg_reference::exact_policy::ExactPolicy;
use svpg_reference::mean_field::{self, free};
use svpg_reference::network::{Convention, Mask, Parameters, Shape, Update};
use svpg_reference::number::Matrix;
use svpg_reference::rule::{self, Batch, Rule, Sample, two_phase};

const ADVANTAGE: f64 = 0.625;

/// One network for both programs.
struct Both {
    parameters: Parameters<f64>,
    state: Vec<f64>,
    rewards: Vec<f64>,
    written: Network,
}

/// 2 states, 2 circuits of 2 units, 3 actions; without synapses between the hidden circuits where `gap`.
fn network(convention: Convention, gap: bool, seed: u64) -> Both {
    let mut random = SplitMix64::new(seed);
    let shape = Shape::new(2, 2, 2, 3).unwrap();
    let n = shape.units();
    let connected = |i: usize, j: usize| {
        let (c, d) = (shape.circuit_of(i), shape.circuit_of(j));
        c != d && !(gap && c.max(d) == 1)
    };
    let mut recurrent: Matrix<f64> = Matrix::zeros(n, n);
    for i in 0..n {
        for j in (0..i).filter(|&j| connected(i, j)) {
            recurrent[(i, j)] = random.symmetric(0.7);
            recurrent[(j, i)] = recurrent[(i, j)];
        }
    }
    let state_weights = Matrix::from_fn(2, n, |_, _| random.symmetric(0.7));
    let bias: Vec<f64> = (0..n).map(|_| random.symmetric(0.7)).collect();
    let state: Vec<f64> = (0..2).map(|_| random.unit()).collect();
    let rewards: Vec<f64> = (0..3).map(|_| random.symmetric(1.0)).collect();
    let families = BTreeMap::from([
        ("W".to_owned(), recurrent.entries().to_vec()),
        ("U".to_owned(), state_weights.entries().to_vec()),
        ("b".to_owned(), bias.clone()),
        ("s".to_owned(), state.clone()),
        ("R".to_owned(), rewards.clone()),
        ("A".to_owned(), vec![ADVANTAGE]),
    ]);
    let written = Network {
        shape: WrittenShape {
            states: 2,
            hidden_circuits: 2,
            hidden_size: 2,
            actions: 3,
            situations: 1,
            window: 2,
        },
        convention: if convention == Convention::Full { Written::Full } else { Written::Half },
        connected: (0..n).map(|i| (0..n).map(|j| connected(i, j)).collect()).collect(),
        families,
    };
    let mask =
        Mask::new(shape, &Matrix::from_fn(n, n, connected), &Matrix::from_fn(2, n, |_, _| true)).unwrap();
    let parameters = Parameters::new(shape, convention, mask, recurrent, state_weights, bias).unwrap();
    Both { parameters, state, rewards, written }
}

fn networks() -> Vec<Both> {
    [(Convention::Full, false), (Convention::Full, true), (Convention::Half, false), (Convention::Half, true)]
        .into_iter()
        .zip(1..)
        .map(|((convention, gap), seed)| network(convention, gap, seed))
        .collect()
}

fn chapter(number: usize) -> Arc<Source> {
    chapters::source("derivations", &chapters::CHAPTERS[number - 1])
}

fn written(chapter_number: usize, both: &Both, what: &str) -> Vec<(Vec<usize>, f64)> {
    let prelude = chapters::prelude();
    let prelude = (chapter_number > 1).then_some(&prelude);
    let entries = quantity(&chapter(chapter_number), prelude, &both.written, what);
    entries.unwrap_or_else(|e| panic!("{what}: {e}")).into_iter().map(|e| (e.indices, e.value)).collect()
}

/// f64 against 256 bits, on networks of this size.
fn same(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{what}: {found} {expected}");
}

/// Configuration `v` of the checker: the action is the lowest digit, then the first hidden circuit.
fn configuration(shape: Shape, v: usize) -> Configuration {
    let (hidden, action) = (v / shape.actions(), v % shape.actions());
    let winners: Vec<usize> = (0..shape.hidden_circuits())
        .map(|circuit| hidden / shape.hidden_size().pow(circuit as u32) % shape.hidden_size())
        .collect();
    Configuration::new(shape, &winners, action).unwrap()
}

fn entry(update: &Update<f64>, parameter: &str, indices: &[usize]) -> f64 {
    match (parameter, indices) {
        ("W", &[i, j]) => update.recurrent[(i, j)],
        ("U", &[k, i]) => update.state[(k, i)],
        ("b", &[i]) => update.bias[i],
        _ => panic!("{parameter} with {} indices", indices.len()),
    }
}

#[test]
fn network_and_policies() {
    for both in networks() {
        let shape = both.parameters.shape();
        let observed = both.parameters.observe(&both.state).unwrap();
        for (v, value) in written(1, &both, "for v: energy(v)") {
            same(energy(&observed, &configuration(shape, v[0]).one_hot()), value, "energy");
        }
        let q = free(&observed).q;
        for (i, value) in written(1, &both, "for i: q[i]") {
            same(q[i[0]], value, "q");
        }
        let exact = ExactPolicy::new(&observed).unwrap();
        let first = shape.action_units().start;
        for (a, value) in written(1, &both, "for a: pi[a]") {
            same(exact.policy()[a[0] - first], value, "pi");
        }
        let objective: f64 = (0..3).map(|a| q[first + a] * both.rewards[a]).sum();
        same(objective, written(1, &both, "J_meanfield")[0].1, "J_meanfield");
        for a in 0..3 {
            let gradient = exact.ln_policy_gradient(a).unwrap();
            let implicit = mean_field::ln_policy_gradient(&observed, &q, a).unwrap();
            for (parameter, indices) in [("W", "i, j"), ("U", "k, i"), ("b", "i")] {
                let place = indices.replace(' ', "");
                let mask = if parameter == "W" { "mask[i,j] * " } else { "" };
                for (objective, found) in [("ln pi[a]", &gradient), ("ln q[a]", &implicit)] {
                    let what =
                        format!("for a in A, {indices}: {mask}d ({objective}) / d {parameter}[{place}]");
                    for (at, value) in written(1, &both, &what) {
                        if at[0] == first + a {
                            same(entry(found, parameter, &at[1..]), value, &what);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn sampled_rules() {
    for both in networks() {
        let shape = both.parameters.shape();
        for (number, name, reference) in [(7, "svpg", Rule::Svpg), (9, "svpg_bmvc", Rule::SvpgBmvc)] {
            for (parameter, indices) in [("W", "i, j"), ("U", "k, i"), ("b", "i")] {
                let place = indices.replace(' ', "");
                let what = format!("for v, {indices}: {name}(v, A).{parameter}[{place}]");
                for (at, value) in written(number, &both, &what) {
                    let sample = Sample {
                        state: both.state.clone(),
                        q: None,
                        configuration: configuration(shape, at[0]),
                        advantage: ADVANTAGE,
                    };
                    let batch = Batch::with_fixed_points(&both.parameters, vec![sample]).unwrap();
                    let update = rule::update(&reference, &batch).unwrap();
                    same(entry(&update, parameter, &at[1..]), value, &what);
                }
            }
        }
    }
}

#[test]
fn the_two_phase_rule() {
    for both in networks() {
        let observed = both.parameters.observe(&both.state).unwrap();
        let q = free(&observed).q;
        let first = both.parameters.shape().action_units().start;
        for a in 0..3 {
            let clamped = mean_field::clamped(&observed, a).unwrap().q;
            let update = two_phase::contrast(&observed, &clamped, &q).scaled(&ADVANTAGE);
            for (parameter, indices) in [("W", "i, j"), ("U", "k, i"), ("b", "i")] {
                let place = indices.replace(' ', "");
                let what = format!("for a, {indices}: two_phase(qplus(a), A).{parameter}[{place}]");
                for (at, value) in written(6, &both, &what) {
                    if at[0] == first + a {
                        same(entry(&update, parameter, &at[1..]), value, &what);
                    }
                }
            }
        }
    }
}

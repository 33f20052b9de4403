//! Finite decision processes: chapter 3.

use svpg_reference::exact_policy::ExactPolicy;
use svpg_reference::mdp::Mdp;
use svpg_reference::network::Update;
use svpg_reference::number::Matrix;

use crate::binding::{Binding, Value};
use crate::networks::{Both, SITUATIONS};

const ACTIONS: usize = 3;
/// Observations of the situations, row by row.
const OBSERVATIONS: [f64; 4] = [0.25, 0.875, 0.75, 0.125];
const REWARDS: [f64; 6] = [1.0, -0.5, 0.25, -1.0, 0.75, 0.5];
/// Odds of the next situation, for each situation and action.
const ODDS: [f64; 12] = [1.0, 3.0, 2.0, 1.0, 0.5, 4.0, 1.5, 1.0, 0.25, 1.0, 5.0, 2.0];
const FIRST: [f64; 2] = [2.0, 3.0];
/// A discount of 4/5.
const RATE: f64 = 4.0;
const PROCESS: &[(&str, &[f64])] =
    &[("obs", &OBSERVATIONS), ("r", &REWARDS), ("odds", &ODDS), ("first", &FIRST), ("rate", &[RATE])];

fn process() -> Mdp<f64> {
    let odds = |x: usize, a: usize| &ODDS[2 * (ACTIONS * x + a)..][..SITUATIONS];
    let next = |a: usize| {
        Matrix::from_fn(SITUATIONS, SITUATIONS, |x, y| odds(x, a)[y] / odds(x, a).iter().sum::<f64>())
    };
    let rewards = Matrix::from_fn(SITUATIONS, ACTIONS, |x, a| REWARDS[ACTIONS * x + a]);
    let start = FIRST.iter().map(|x| x / FIRST.iter().sum::<f64>()).collect();
    Mdp::new((0..ACTIONS).map(next).collect(), rewards, RATE / (1.0 + RATE), start).unwrap()
}

fn observation(x: usize) -> &'static [f64] {
    &OBSERVATIONS[2 * x..][..2]
}

fn policy(both: &Both) -> Matrix<f64> {
    let row =
        |x| ExactPolicy::new(&both.parameters.observe(observation(x)).unwrap()).unwrap().policy().to_vec();
    Matrix::from_rows((0..SITUATIONS).map(row).collect()).unwrap()
}

/// `derivative` applied to the derivative of the policy with respect to each parameter.
fn by_parameter(both: &Both, derivative: impl Fn(&Matrix<f64>) -> f64) -> Update<f64> {
    let policy = policy(both);
    let scores: Vec<Vec<Update<f64>>> = (0..SITUATIONS)
        .map(|x| {
            let observed = both.parameters.observe(observation(x)).unwrap();
            let exact = ExactPolicy::new(&observed).unwrap();
            (0..ACTIONS).map(|a| exact.ln_policy_gradient(a).unwrap()).collect()
        })
        .collect();
    let along = |entry: &dyn Fn(&Update<f64>) -> f64| {
        derivative(&Matrix::from_fn(SITUATIONS, ACTIONS, |x, a| policy[(x, a)] * entry(&scores[x][a])))
    };
    let n = both.shape().units();
    Update {
        recurrent: Matrix::from_fn(n, n, |i, j| along(&|score| score.recurrent[(i, j)])),
        state: Matrix::from_fn(2, n, |k, i| along(&|score| score.state[(k, i)])),
        bias: (0..n).map(|i| along(&|score| score.bias[i])).collect(),
    }
}

fn by_the_theorem(both: &Both) -> Update<f64> {
    by_parameter(both, |direction| process().policy_gradient(&policy(both), direction).unwrap())
}

const fn bind(item: &'static str, label: &'static str, written: &'static str, value: Value) -> Binding {
    Binding { item, label, chapter: 3, written, families: PROCESS, value }
}

pub(crate) const TABLE: &[Binding] = &[
    bind(
        "mdp::values",
        "E4a",
        "for x: value[x]",
        Value::Vector(|both, _| process().values(&policy(both)).unwrap()),
    ),
    bind(
        "mdp::action_values",
        "E4a",
        "for x, a: action_value(x, a)",
        Value::Number(|both, at| {
            process().action_values(&policy(both)).unwrap()[(at[0], both.action(at[1]))]
        }),
    ),
    bind(
        "mdp::occupancy",
        "E4a",
        "for x: visits[x]",
        Value::Vector(|both, _| process().occupancy(&policy(both)).unwrap()),
    ),
    bind(
        "mdp::expected_return",
        "E4a",
        "return",
        Value::Number(|both, _| process().expected_return(&policy(both)).unwrap()),
    ),
    bind(
        "mdp::return_derivative",
        "E4b",
        "for {indices}: {mask}d return / d {entry}",
        Value::Update(|both, _| {
            by_parameter(both, |direction| process().return_derivative(&policy(both), direction).unwrap())
        }),
    ),
    bind(
        "mdp::policy_gradient",
        "E4",
        "for i: sum(x, a) gained(x, a) * score_b(x, a, i)",
        Value::Vector(|both, _| by_the_theorem(both).bias),
    ),
    bind(
        "mdp::policy_gradient",
        "E4",
        "for k, i: sum(x, a) gained(x, a) * obs[x, k] * score_b(x, a, i)",
        Value::Vector(|both, k| by_the_theorem(both).state.row(k[0]).to_vec()),
    ),
    bind(
        "mdp::policy_gradient",
        "E4",
        "for i, j: mask[i,j] * (sum(x, a) gained(x, a) * score_W(x, a, i, j))",
        Value::Vector(|both, i| by_the_theorem(both).recurrent.row(i[0]).to_vec()),
    ),
];

//! Networks, policies, their objectives and gradients: chapters 1, 2, and 4 to 8.

use svpg_reference::configuration;
use svpg_reference::energy::energy;
use svpg_reference::exact_policy::ExactPolicy;
use svpg_reference::mean_field::{self, clamped, free, weakly_clamped};
use svpg_reference::network::Update;
use svpg_reference::{free_energy_policy, gradient, last_step, softmax};

use crate::binding::{Binding, Value};
use crate::networks::Both;
use crate::rules::{BETA, WEAK_CLAMP};

/// Odds of the units, of which chapter 4 makes the product distribution `nu`.
const ODDS: [f64; 7] = [0.5, 1.25, 2.0, 0.75, 1.0, 0.25, 1.5];
const PRODUCT: &[(&str, &[f64])] = &[("odds", &ODDS)];

/// `nu` of chapter 4.
fn product(both: &Both) -> Vec<f64> {
    let normalised = |circuit: std::ops::Range<usize>| {
        let odds = &ODDS[circuit];
        odds.iter().map(|x| x / odds.iter().sum::<f64>()).collect::<Vec<_>>()
    };
    both.shape().circuits().flat_map(normalised).collect()
}

/// The fixed point.
fn q(both: &Both) -> Vec<f64> {
    free(&both.observed()).q
}

/// The net input at the fixed point.
fn z(both: &Both) -> Vec<f64> {
    both.observed().net_input(&q(both))
}

fn unit(both: &Both, i: usize) -> Vec<f64> {
    (0..both.shape().units()).map(|j| if i == j { 1.0 } else { 0.0 }).collect()
}

fn exact_gradient(both: &Both, a: &[usize]) -> Update<f64> {
    ExactPolicy::new(&both.observed()).unwrap().ln_policy_gradient(both.action(a[0])).unwrap()
}

const fn bind(
    item: &'static str,
    (label, chapter): (&'static str, usize),
    written: &'static str,
    value: Value,
) -> Binding {
    Binding { item, label, chapter, written, families: &[], value }
}

const fn bind_weak(written: &'static str, value: Value) -> Binding {
    let item = "mean_field/fixed_point::weakly_clamped";
    Binding { item, label: "W2a", chapter: 7, written, families: WEAK_CLAMP, value }
}

const fn bind_product(
    item: &'static str,
    label: &'static str,
    written: &'static str,
    value: Value,
) -> Binding {
    Binding { item, label, chapter: 4, written, families: PRODUCT, value }
}

pub(crate) const TABLE: &[Binding] = &[
    bind(
        "network/mask::recurrent",
        ("N1", 1),
        "for i, j: mask[i,j]",
        Value::Number(|both, at| f64::from(u8::from(both.parameters.mask().recurrent(at[0], at[1])))),
    ),
    bind(
        "configuration::one_hot",
        ("N3", 1),
        "for v, i: v[i]",
        Value::Vector(|both, v| both.configuration(v[0]).one_hot()),
    ),
    bind(
        "configuration::count",
        ("N2", 1),
        "sum(v) 1",
        Value::Number(|both, _| configuration::count(both.shape()).unwrap() as f64),
    ),
    bind(
        "energy::energy",
        ("N3", 1),
        "for v: energy(v)",
        Value::Number(|both, v| energy(&both.observed(), &both.configuration(v[0]).one_hot())),
    ),
    bind(
        "network/observed::net_input",
        ("N3", 1),
        "for v, i: field(v)[i]",
        Value::Vector(|both, v| both.observed().net_input(&both.configuration(v[0]).one_hot::<f64>())),
    ),
    bind(
        "network/observed::net_input_of",
        ("N5", 1),
        "for i: z[i]",
        Value::Number(|both, i| both.observed().net_input_of(i[0], &q(both))),
    ),
    // The exact policy.
    bind(
        "exact_policy::ln_partition",
        ("E1b", 2),
        "ln Z",
        Value::Number(|both, _| ExactPolicy::new(&both.observed()).unwrap().ln_partition()),
    ),
    bind(
        "exact_policy::policy",
        ("N2", 1),
        "for a: pi[a]",
        Value::Number(|both, a| ExactPolicy::new(&both.observed()).unwrap().policy()[both.action(a[0])]),
    ),
    bind(
        "exact_policy::ln_policy",
        ("E1", 2),
        "for a: ln pi[a]",
        Value::Number(|both, a| {
            ExactPolicy::new(&both.observed()).unwrap().ln_policy(both.action(a[0])).unwrap()
        }),
    ),
    bind(
        "exact_policy::free",
        ("E1", 2),
        "for i: freerate(i)",
        Value::Vector(|both, _| ExactPolicy::new(&both.observed()).unwrap().free().first.clone()),
    ),
    bind(
        "exact_policy::free",
        ("E1", 2),
        "for i, j: free(i, j)",
        Value::Vector(|both, i| ExactPolicy::new(&both.observed()).unwrap().free().second.row(i[0]).to_vec()),
    ),
    bind(
        "exact_policy::given",
        ("E1", 2),
        "for a, i: clampedrate(a, i)",
        Value::Vector(|both, a| {
            ExactPolicy::new(&both.observed()).unwrap().given(both.action(a[0])).unwrap().first
        }),
    ),
    bind(
        "exact_policy::given",
        ("E1", 2),
        "for a, i, j: clamped(a, i, j)",
        Value::Vector(|both, at| {
            let moments = ExactPolicy::new(&both.observed()).unwrap().given(both.action(at[0])).unwrap();
            moments.second.row(at[1]).to_vec()
        }),
    ),
    bind(
        "exact_policy::ln_policy_gradient",
        ("E1", 2),
        "for a, {indices}: {mask}d (ln pi[a]) / d {entry}",
        Value::Update(exact_gradient),
    ),
    bind(
        "gradient::exact",
        ("E1", 2),
        "for a, a2, {indices}: {mask}(A * (d (ln pi[a]) / d {entry}) - 2*A * (d (ln pi[a2]) / d {entry})) / 2",
        Value::Update(|both, a| gradient::exact(&both.batch_acting(a)).unwrap()),
    ),
    bind(
        "exact_policy::policy",
        ("E2", 2),
        "J_exact",
        Value::Number(|both, _| {
            let policy = ExactPolicy::new(&both.observed()).unwrap().policy().to_vec();
            policy.iter().zip(&both.rewards).map(|(p, r)| p * r).sum()
        }),
    ),
    // The free energy and the mean-field state.
    bind_product(
        "configuration::probability",
        "M1",
        "for v: product(v)",
        Value::Number(|both, v| both.configuration(v[0]).probability(&product(both))),
    ),
    bind_product(
        "mean_field/free_energy::free_energy",
        "M1",
        "F(nu)",
        Value::Number(|both, _| mean_field::free_energy(&both.observed(), &product(both))),
    ),
    bind_product(
        "mean_field/free_energy::kl_divergence",
        "M1",
        "E[v ~ nu] (ln product(v) - ln p(v))",
        Value::Number(|both, _| mean_field::kl_divergence(&both.observed(), &product(both)).unwrap()),
    ),
    bind("mean_field/fixed_point::free", ("M2", 4), "for i: meeting[i]", Value::Vector(|both, _| q(both))),
    bind(
        "mean_field/fixed_point::free",
        ("N6", 1),
        "J_meanfield",
        Value::Number(|both, _| {
            q(both)[both.shape().action_units()].iter().zip(&both.rewards).map(|(q, r)| q * r).sum()
        }),
    ),
    bind(
        "mean_field/fixed_point::clamped",
        ("M7i", 6),
        "for a, i: qplus(a)[i]",
        Value::Vector(|both, a| clamped(&both.observed(), both.action(a[0])).unwrap().q),
    ),
    bind_weak(
        "for a, i: qbeta(a)[i]",
        Value::Vector(|both, a| weakly_clamped(&both.observed(), both.action(a[0]), &BETA).unwrap().q),
    ),
    bind_weak(
        "for a, i: qback(a)[i]",
        Value::Vector(|both, a| weakly_clamped(&both.observed(), both.action(a[0]), &-BETA).unwrap().q),
    ),
    // The free-energy policy.
    bind(
        "free_energy_policy::policy",
        ("F2", 7),
        "for a: piF[a]",
        Value::Number(|both, a| free_energy_policy::policy(&both.observed()).unwrap()[both.action(a[0])]),
    ),
    bind(
        "free_energy_policy::ln_policy_gradient",
        ("F2", 7),
        "for a, {indices}: {mask}d (ln piF[a]) / d {entry}",
        Value::Update(|both, a| {
            free_energy_policy::ln_policy_gradient(&both.observed(), both.action(a[0])).unwrap()
        }),
    ),
    bind(
        "free_energy_policy::policy_of",
        ("F2", 7),
        "for a: piF[a]",
        Value::Number(|both, a| {
            let observed = both.observed();
            let states = free_energy_policy::states(&observed).unwrap();
            free_energy_policy::policy_of(&observed, &states)[both.action(a[0])]
        }),
    ),
    bind(
        "free_energy_policy::ln_policy_gradient_of",
        ("F2", 7),
        "for a, {indices}: {mask}d (ln piF[a]) / d {entry}",
        Value::Update(|both, a| {
            let observed = both.observed();
            let states = free_energy_policy::states(&observed).unwrap();
            free_energy_policy::ln_policy_gradient_of(&observed, &states, both.action(a[0]))
        }),
    ),
    bind(
        "gradient::free_energy",
        ("F2", 7),
        "for a, a2, {indices}: {mask}(A * (d (ln piF[a]) / d {entry}) - 2*A * (d (ln piF[a2]) / d {entry})) / 2",
        Value::Update(|both, a| gradient::free_energy(&both.batch_acting(a)).unwrap()),
    ),
    bind(
        "mean_field/free_energy::free_energy",
        ("F2a", 7),
        "for a: F_given(a)",
        Value::Number(|both, a| {
            let observed = both.observed();
            mean_field::free_energy(&observed, &clamped(&observed, both.action(a[0])).unwrap().q)
        }),
    ),
    bind(
        "softmax::softmax",
        ("M4", 4),
        "for c, i where circuit(i) == c: softmax(z)[i]",
        Value::Number(|both, at| {
            let circuit = both.shape().circuit(at[0]);
            softmax::softmax(&z(both)[circuit.clone()])[at[1] - circuit.start]
        }),
    ),
    bind(
        "softmax::softmax_circuits",
        ("M4", 4),
        "for i: softmax(z)[i]",
        Value::Vector(|both, _| softmax::softmax_circuits(both.shape(), &z(both))),
    ),
    // Row `i` of a symmetric matrix.
    bind(
        "softmax::jacobian_times",
        ("M4", 4),
        "for i, j: d softmax(z)[i] / d z[j]",
        Value::Vector(|both, i| softmax::jacobian_times(both.shape(), &q(both), &unit(both, i[0]))),
    ),
    bind(
        "mean_field/implicit::sensitivity",
        ("M5", 5),
        "for i, l: d q[l] / d b[i]",
        Value::Vector(|both, i| {
            mean_field::sensitivity(&both.observed(), &q(both), &unit(both, i[0])).unwrap()
        }),
    ),
    bind(
        "mean_field/implicit::adjoint",
        ("M6a", 5),
        "for a, i: credit(a)[i]",
        Value::Vector(|both, a| mean_field::adjoint(&both.observed(), &q(both), both.action(a[0])).unwrap()),
    ),
    bind(
        "mean_field/implicit::ln_policy_gradient",
        ("M6", 5),
        "for a, {indices}: {mask}d (ln q[a]) / d {entry}",
        Value::Update(|both, a| {
            mean_field::ln_policy_gradient(&both.observed(), &q(both), both.action(a[0])).unwrap()
        }),
    ),
    bind(
        "gradient::mean_field",
        ("M6", 5),
        "for a, a2, {indices}: {mask}(A * (d (ln q[a]) / d {entry}) - 2*A * (d (ln q[a2]) / d {entry})) / 2",
        Value::Update(|both, a| gradient::mean_field(&both.batch_acting(a)).unwrap()),
    ),
    // The last step.
    bind(
        "last_step::policy",
        ("N6", 1),
        "for i: qnext[i]",
        Value::Vector(|both, _| last_step::policy(&both.observed(), &q(both))),
    ),
    bind(
        "rule/batch::score",
        ("L1", 8),
        "for v, i: d logq(v) / d z[i]",
        Value::Vector(|both, v| both.batch_of(v).trials()[0].score().unwrap()),
    ),
    bind(
        "last_step::ln_configuration_gradient",
        ("L2", 8),
        "for v, {indices}: {mask}d logstep(v) / d {entry}",
        Value::Update(|both, v| {
            let v = both.configuration(v[0]).one_hot::<f64>();
            last_step::ln_configuration_gradient(&both.observed(), &q(both), &v)
        }),
    ),
    bind(
        "last_step::ln_policy_gradient",
        ("L3", 8),
        "for a, {indices}: {mask}d (ln qnext[a]) / d {entry}",
        Value::Update(|both, a| {
            last_step::ln_policy_gradient(&both.observed(), &q(both), both.action(a[0])).unwrap()
        }),
    ),
    bind(
        "gradient::last_step",
        ("L3", 8),
        "for a, a2, {indices}: {mask}(A * (d (ln qnext[a]) / d {entry}) - 2*A * (d (ln qnext[a2]) / d {entry})) / 2",
        Value::Update(|both, a| gradient::last_step(&both.batch_acting(a)).unwrap()),
    ),
];

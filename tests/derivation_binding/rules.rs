//! The learning rules, on batches of one and of two: chapters 2, 5 to 8, and 10.
//!
//! A batch of two has the advantages `A` and `-2A`.

use svpg_reference::mean_field::{clamped, free};
use svpg_reference::network::Update;
use svpg_reference::rule::{Algorithm, Batch, Options, Rule, Sample, two_phase};

use crate::binding::{Binding, Value};
use crate::networks::{Both, updated};

const ENTROPY: f64 = 0.3;
const EPSILON: f64 = 0.2;
/// With the probabilities of these networks the ratios are above, inside and below the interval for
/// both signs of the advantage, and some are close to its ends.
const OLD_LOG_PROB: [f64; 2] = [-1.125, -0.82];
/// `breadth / (1 + 2 breadth)` is ε.
const OF_ONE: &[(&str, &[f64])] = &[("B", &[1.0]), ("eta", &[ENTROPY]), ("breadth", &[1.0 / 3.0])];
const OF_TWO: &[(&str, &[f64])] = &[("B", &[2.0]), ("eta", &[ENTROPY]), ("breadth", &[1.0 / 3.0])];

/// Samples of different states, row by row.
const OBSERVATIONS: [f64; 4] = [0.25, 0.875, 0.75, 0.125];
const ADVANTAGES: [f64; 2] = [0.75, -0.5];
const BATCH: &[(&str, &[f64])] = &[("obs", &OBSERVATIONS), ("adv", &ADVANTAGES)];

/// Strength of the weak clamp. With the negative strength, the probabilities of these networks stay
/// positive.
pub(crate) const BETA: f64 = 0.1;
pub(crate) const WEAK_CLAMP: &[(&str, &[f64])] = &[("beta", &[BETA])];

fn nudged(both: &Both, a: &[usize], centred: bool) -> Update<f64> {
    updated(Rule::Nudged { beta: BETA, centred }, &both.batch_acting(a))
}

fn tpami(both: &Both, v: &[usize], algorithm: Algorithm<f64>, entropy: f64) -> Update<f64> {
    updated(Rule::SvpgTpami(Options { algorithm, entropy }), &both.batch_of(v))
}

fn reinforce(both: &Both, v: &[usize]) -> Update<f64> {
    tpami(both, v, Algorithm::Reinforce, ENTROPY)
}

fn ppo(both: &Both, v: &[usize]) -> Update<f64> {
    let old_log_prob = OLD_LOG_PROB[..v.len()].to_vec();
    tpami(both, v, Algorithm::Ppo { epsilon: EPSILON, old_log_prob }, ENTROPY)
}

const fn bind(
    item: &'static str,
    (label, chapter): (&'static str, usize),
    written: &'static str,
    update: fn(&Both, &[usize]) -> Update<f64>,
) -> Binding {
    Binding { item, label, chapter, written, families: &[], value: Value::Update(update) }
}

const fn bind_nudged(
    label: &'static str,
    written: &'static str,
    update: fn(&Both, &[usize]) -> Update<f64>,
) -> Binding {
    let (item, value) = ("rule/nudged::update", Value::Update(update));
    Binding { item, label, chapter: 7, written, families: WEAK_CLAMP, value }
}

const fn bind_tpami(
    label: &'static str,
    families: &'static [(&'static str, &'static [f64])],
    written: &'static str,
    value: Value,
) -> Binding {
    Binding { item: "rule/svpg_tpami::update", label, chapter: 10, written, families, value }
}

pub(crate) const TABLE: &[Binding] = &[
    bind("rule/exact::update", ("E3", 2), "for a, {indices}: exact(a, A).{entry}", |both, a| {
        updated(Rule::Exact, &both.batch_acting(a))
    }),
    bind(
        "rule/exact::update",
        ("E3", 2),
        "for a, a2, {indices}: (exact(a, A).{entry} + exact(a2, -2*A).{entry}) / 2",
        |both, a| updated(Rule::Exact, &both.batch_acting(a)),
    ),
    bind("rule/implicit::update", ("M6", 5), "for a, {indices}: implicit(a, A).{entry}", |both, a| {
        updated(Rule::Implicit, &both.batch_acting(a))
    }),
    bind(
        "rule/implicit::update",
        ("M6", 5),
        "for a, a2, {indices}: (implicit(a, A).{entry} + implicit(a2, -2*A).{entry}) / 2",
        |both, a| updated(Rule::Implicit, &both.batch_acting(a)),
    ),
    bind(
        "rule/two_phase::contrast",
        ("M7", 6),
        "for a, {indices}: two_phase(qplus(a), 1).{entry}",
        |both, a| {
            let observed = both.observed();
            let plus = clamped(&observed, both.action(a[0])).unwrap().q;
            two_phase::contrast(&observed, &plus, &free(&observed).q)
        },
    ),
    bind(
        "rule/two_phase::update",
        ("M7a", 6),
        "for a, a2, {indices}: (two_phase(qplus(a), A).{entry} + two_phase(qplus(a2), -2*A).{entry}) / 2",
        |both, a| updated(Rule::TwoPhase, &both.batch_acting(a)),
    ),
    bind_nudged("W3", "for a, {indices}: nudged(qbeta(a), q, A, beta).{entry}", |both, a| {
        nudged(both, a, false)
    }),
    bind_nudged(
        "W2b",
        "for a, a2, {indices}: (nudged(qbeta(a), q, A, beta).{entry} + nudged(qbeta(a2), q, -2*A, beta).{entry}) / 2",
        |both, a| nudged(both, a, false),
    ),
    bind_nudged("W2b", "for a, {indices}: nudged(qbeta(a), qback(a), A, 2*beta).{entry}", |both, a| {
        nudged(both, a, true)
    }),
    bind("rule/svpg::update", ("L2", 8), "for v, {indices}: svpg(v, A).{entry}", |both, v| {
        updated(Rule::Svpg, &both.batch_of(v))
    }),
    bind(
        "rule/svpg::update",
        ("L2", 8),
        "for v, u, {indices}: (svpg(v, A).{entry} + svpg(u, -2*A).{entry}) / 2",
        |both, v| updated(Rule::Svpg, &both.batch_of(v)),
    ),
    bind("rule/svpg_bmvc::update", ("P1b", 10), "for v, {indices}: svpg_bmvc(v, A).{entry}", |both, v| {
        updated(Rule::SvpgBmvc, &both.batch_of(v))
    }),
    bind(
        "rule/svpg_bmvc::update",
        ("P1b", 10),
        "for v, u, {indices}: (svpg_bmvc(v, A).{entry} + svpg_bmvc(u, -2*A).{entry}) / 2",
        |both, v| updated(Rule::SvpgBmvc, &both.batch_of(v)),
    ),
    bind_tpami(
        "P2c",
        OF_ONE,
        "for v, {indices}: svpg_tpami(v, reinforce(action(v), A)).{entry}",
        Value::Update(|both, v| tpami(both, v, Algorithm::Reinforce, 0.0)),
    ),
    bind_tpami(
        "P3b",
        OF_ONE,
        "for v, {indices}: svpg_tpami(v, reinforce(action(v), A) + eta * bonus(action(v)) / B).{entry}",
        Value::Update(reinforce),
    ),
    bind_tpami(
        "P3b",
        OF_TWO,
        "for v, u, {indices}: (svpg_tpami(v, reinforce(action(v), A) + eta * bonus(action(v)) / B).{entry}
           + svpg_tpami(u, reinforce(action(u), -2*A) + eta * bonus(action(u)) / B).{entry}) / B",
        Value::Update(reinforce),
    ),
    bind_tpami(
        "P4b",
        OF_ONE,
        "for v, {indices}: svpg_tpami(v, ppo(action(v), A, -1.125) + eta * bonus(action(v)) / B).{entry}",
        Value::Update(ppo),
    ),
    bind_tpami(
        "P4b",
        OF_TWO,
        "for v, u, {indices}: (svpg_tpami(v, ppo(action(v), A, -1.125) + eta * bonus(action(v)) / B).{entry}
           + svpg_tpami(u, ppo(action(u), -2*A, -0.82) + eta * bonus(action(u)) / B).{entry}) / B",
        Value::Update(ppo),
    ),
    // Here, the samples have different states. Its gain is that of REINFORCE without entropy.
    bind_tpami(
        "P5b",
        BATCH,
        "for v, u, i: batch_update(1, v, u, i)",
        Value::Vector(|both, v| {
            let samples = v.iter().enumerate().map(|(x, &v)| Sample {
                state: OBSERVATIONS[2 * x..][..2].to_vec(),
                q: None,
                configuration: both.configuration(v),
                advantage: ADVANTAGES[x],
            });
            let batch = Batch::with_fixed_points(&both.parameters, samples.collect()).unwrap();
            let options = Options { algorithm: Algorithm::Reinforce, entropy: 0.0 };
            updated(Rule::SvpgTpami(options), &batch).bias
        }),
    ),
];

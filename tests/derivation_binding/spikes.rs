//! Kernels, filtered spikes and spiking inference: chapter 11.

use svpg_reference::mean_field::free;
use svpg_reference::spike::{Kernel, infer};

use crate::binding::{Binding, Value};
use crate::networks::{Both, WINDOW};
use crate::scripted::Scripted;

/// The spikes of one unit over the window, the last step first.
const TRAIN: [f64; WINDOW] = [0.0, 1.0, 0.0, 1.0];
const SPIKES: &[(&str, &[f64])] = &[("taps", &TRAIN)];
/// Any kernel.
const ANY: &[(&str, &[f64])] = &[("taps", &[1.0, 2.0, 0.5, 1.5])];

fn rectangle() -> Kernel<f64> {
    Kernel::rectangle(WINDOW).unwrap()
}

fn double_exponential() -> Kernel<f64> {
    Kernel::double_exponential(WINDOW).unwrap()
}

fn rate(both: &Both, i: usize) -> f64 {
    free(&both.observed()).q[i]
}

/// `q` after the first full window in which every state neuron fires at every step, and the units
/// of configuration `v`.
fn settled(both: &Both, v: usize, kernel: &Kernel<f64>) -> Vec<f64> {
    let winners = both.configuration(v).one_hot::<f64>();
    infer(&both.observed(), kernel, WINDOW, &winners, &mut Scripted(|| 0.0)).unwrap().q
}

const fn bind(
    item: &'static str,
    label: &'static str,
    families: &'static [(&'static str, &'static [f64])],
    written: &'static str,
    value: Value,
) -> Binding {
    Binding { item, label, chapter: 11, written, families, value }
}

pub(crate) const TABLE: &[Binding] = &[
    bind(
        "spike/kernel::rectangle",
        "S1c",
        ANY,
        "for t: 1/length",
        Value::Vector(|_, _| rectangle().weights().to_vec()),
    ),
    bind(
        "spike/kernel::double_exponential",
        "S1c",
        ANY,
        "for t: double_exponential(t)",
        Value::Vector(|_, _| double_exponential().weights().to_vec()),
    ),
    bind(
        "spike/kernel::activity",
        "S1c",
        SPIKES,
        "sum(t) double_exponential(t) * taps[t]",
        Value::Number(|_, _| {
            let history: Vec<Vec<f64>> = TRAIN.iter().rev().map(|&spike| vec![spike]).collect();
            double_exponential().activity(&history, 1)[0]
        }),
    ),
    bind(
        "spike/kernel::mean",
        "S1",
        ANY,
        "for i: E[n ~ bernoulli(q[i])] (sum(t) double_exponential(t)*n[t])",
        Value::Number(|both, i| double_exponential().mean(&rate(both, i[0]))),
    ),
    bind(
        "spike/kernel::variance",
        "S1b",
        ANY,
        "for i: E[n ~ bernoulli(q[i])] ((sum(t) double_exponential(t)*n[t]) - q[i])^2",
        Value::Number(|both, i| double_exponential().variance(&rate(both, i[0]))),
    ),
    bind(
        "spike/kernel::variance",
        "S1c",
        ANY,
        "for i: E[n ~ bernoulli(q[i])] ((sum(t) n[t] / length) - q[i])^2",
        Value::Number(|both, i| rectangle().variance(&rate(both, i[0]))),
    ),
    // The filtered activity of units that fire at every step is 1. `q` is one mean-field step from
    // this activity.
    bind(
        "spike/inference::infer",
        "S2",
        &[("s", &[1.0, 1.0]), ("taps", &[1.0; WINDOW])],
        "for v, i: softmax(field(v))[i]",
        Value::Vector(|both, v| settled(both, v[0], &double_exponential())),
    ),
];

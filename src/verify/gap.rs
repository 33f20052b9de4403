//! How far the expected update of each rule is from the gradient: angle and length, block by block.
//!
//! One-step task: a random network and state, reward 1 for one action and 0 for the others, actions
//! and hidden winners drawn from the fixed point. Expectations are by enumeration. The gradient is
//! that of the mean-field policy's expected reward, through the fixed point (M5).

use serde::Serialize;
use svpg_reference::configuration::Configuration;
use svpg_reference::mean_field;
use svpg_reference::network::{Convention, Parameters, Update};
use svpg_reference::rule::{self, Algorithm, Batch, Options, Rule, Sample, two_phase};

use super::measure::network;
use crate::Error;
use crate::random::SplitMix64;

const NETWORKS: usize = 32;
const SCALE: f64 = 0.8;
/// Blocks in the order of the report.
pub const BLOCKS: [&str; 6] = ["hh", "ha", "sh", "sa", "b_H", "b_A"];

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Name of the rule.
    pub rule: String,
    /// One entry a block, in the order of [`BLOCKS`].
    pub blocks: Vec<BlockGap>,
}

/// One block of one rule, over all networks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockGap {
    /// `hh`, `ha`, `sh`, `sa`, `b_H` or `b_A`.
    pub block: &'static str,
    /// Mean angle between expected update and gradient, in degrees; none where the update is zero.
    pub angle: Option<f64>,
    /// Root mean square length of the update over that of the gradient.
    pub length: f64,
}

/// Measures every rule on the same random networks.
///
/// # Errors
/// A random network without a fixed point.
pub fn measure(seed: u64) -> Result<Vec<Gap>, Error> {
    let rules = ["svpg", "svpg-bmvc", "svpg-tpami", "two-phase", "implicit"];
    let mut sums = vec![[Sum::default(); 6]; rules.len()];
    let mut random = SplitMix64::new(seed ^ 0x6a09_e667_f3bc_c908);
    for _ in 0..NETWORKS {
        let (parameters, state) = network(&mut random, Convention::Full, SCALE);
        let good = random.below(parameters.shape().actions());
        let expected = expectations(&parameters, &state, good).map_err(|error| {
            Error::no_fixed_point("random network", error.message(), "choose another --seed")
        })?;
        let gradient = &expected[rules.len() - 1];
        for (sums, update) in sums.iter_mut().zip(&expected) {
            for (sum, block) in sums.iter_mut().zip(BLOCKS) {
                sum.add(&entries(&parameters, update, block), &entries(&parameters, gradient, block));
            }
        }
    }
    Ok(rules
        .iter()
        .zip(sums)
        .map(|(rule, sums)| Gap {
            rule: (*rule).to_owned(),
            blocks: BLOCKS.iter().zip(sums).map(|(block, sum)| sum.finish(block)).collect(),
        })
        .collect())
}

/// Expected updates, in the order of the rules above; the last is the gradient.
fn expectations(
    parameters: &Parameters<f64>,
    state: &[f64],
    good: usize,
) -> Result<Vec<Update<f64>>, svpg_reference::Error> {
    let shape = parameters.shape();
    let observed = parameters.observe(state)?;
    let q = mean_field::free(&observed).q;
    let first_action = shape.action_units().start;
    let reward = |action: usize| f64::from(u8::from(action == good));
    // Both publications subtract a baseline of their own; B's is the largest reward.
    let advantage = |action: usize| reward(action) - 1.0;
    let mean: f64 = (0..shape.actions()).map(|a| q[first_action + a] * advantage(a)).sum();
    let options = Options { algorithm: Algorithm::Reinforce, entropy: 0.0 };
    let sampled = [Rule::Svpg, Rule::SvpgBmvc, Rule::SvpgTpami(options)];
    let mut expected = vec![Update::zeros(shape); 5];
    for configuration in Configuration::enumerate(shape) {
        let probability = configuration.probability(&q);
        let advantage = advantage(configuration.action());
        let sample = Sample { state: state.to_vec(), q: Some(q.clone()), configuration, advantage };
        let batch = Batch::new(parameters, vec![sample])?;
        for (sum, rule) in expected.iter_mut().zip(&sampled) {
            sum.add_scaled(&probability, &rule::update(rule, &batch)?);
        }
    }
    for action in 0..shape.actions() {
        let probability = q[first_action + action];
        let clamped = mean_field::clamped(&observed, action)?.q;
        let contrast = two_phase::contrast(&observed, &clamped, &q);
        expected[3].add_scaled(&(probability * (advantage(action) - mean)), &contrast);
        let gradient = mean_field::ln_policy_gradient(&observed, &q, action)?;
        expected[4].add_scaled(&(probability * advantage(action)), &gradient);
    }
    Ok(expected)
}

/// The entries of a block, as a vector.
fn entries(parameters: &Parameters<f64>, update: &Update<f64>, block: &str) -> Vec<f64> {
    let shape = parameters.shape();
    let mut found = Vec::new();
    let (hidden, actions) = (shape.hidden(), shape.action_units());
    let mut matrix = |rows: std::ops::Range<usize>, columns: std::ops::Range<usize>, state: bool| {
        for i in rows {
            for j in columns.clone() {
                found.push(if state { update.state[(i, j)] } else { update.recurrent[(i, j)] });
            }
        }
    };
    match block {
        "hh" => matrix(hidden.clone(), hidden, false),
        "ha" => matrix(hidden, actions, false),
        "sh" => matrix(0..shape.states(), hidden, true),
        "sa" => matrix(0..shape.states(), actions, true),
        "b_H" => found.extend_from_slice(&update.bias[hidden]),
        _ => found.extend_from_slice(&update.bias[actions]),
    }
    found
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    angles: f64,
    counted: usize,
    update: f64,
    gradient: f64,
}

/// An update below this share of the gradient is rounding.
const ZERO: f64 = 1e-12;

impl Sum {
    fn add(&mut self, update: &[f64], gradient: &[f64]) {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (length, full) = (dot(update, update).sqrt(), dot(gradient, gradient).sqrt());
        self.update += length * length;
        self.gradient += full * full;
        if length > ZERO * full {
            self.angles += (dot(update, gradient) / (length * full)).clamp(-1.0, 1.0).acos().to_degrees();
            self.counted += 1;
        }
    }

    fn finish(self, block: &'static str) -> BlockGap {
        let angle = (self.counted > 0).then(|| self.angles / self.counted as f64);
        BlockGap { block, angle, length: (self.update / self.gradient).sqrt() }
    }
}

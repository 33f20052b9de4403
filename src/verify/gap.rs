//! How far the expected update of each rule is from a gradient: angle and length, block by block.
//!
//! One-step task: a random network and state, reward 1 for one action and 0 for the others.
//! Expectations over actions and hidden winners are by enumeration. Two tables:
//!
//! - against the gradient of the mean-field policy's expected reward, through the fixed point (M5);
//! - against the gradient of the expected reward of the policy that draws the actions. That is the
//!   mean-field policy, the free-energy policy (F2) or the exact policy (E2).
//!
//! The published rules subtract the largest reward, as the publication of 2022 does. The others are
//! given an advantage that is centred under the policy that draws the actions: where the clamp is
//! not weak, a baseline changes their expected update (W6).

use serde::Serialize;
use svpg_reference::configuration::Configuration;
use svpg_reference::exact_policy::ExactPolicy;
use svpg_reference::network::{Convention, Observed, Parameters, Update};
use svpg_reference::rule::{self, Algorithm, Batch, Options, Rule, Sample};
use svpg_reference::{free_energy_policy, mean_field};

use super::measure::network;
use crate::Error;
use crate::random::SplitMix64;

/// Random networks.
pub const NETWORKS: usize = 32;
const SCALE: f64 = 0.8;
/// Blocks in the order of the report.
pub const BLOCKS: [&str; 6] = ["hh", "ha", "sh", "sa", "b_H", "b_A"];

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Name of the rule, with the strength of its clamp.
    pub rule: String,
    /// The policy that draws the actions.
    pub policy: &'static str,
    /// The random networks on which the rule is defined: with a negative strength a clamp needs
    /// actions that are likely enough.
    pub networks: usize,
    /// Against the mean-field gradient. One entry a block, in the order of [`BLOCKS`].
    pub blocks: Vec<BlockGap>,
    /// Against the gradient of the policy that draws the actions.
    pub own_blocks: Vec<BlockGap>,
}

/// One block of one rule, over all networks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockGap {
    /// `hh`, `ha`, `sh`, `sa`, `b_H` or `b_A`.
    pub block: &'static str,
    /// Mean angle between expected update and gradient, in degrees; none where the update is zero.
    pub angle: Option<f64>,
    /// Largest angle of a network.
    pub largest_angle: Option<f64>,
    /// Root mean square length of the update over that of the gradient.
    pub length: f64,
}

/// A policy that draws the actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Policy {
    MeanField,
    FreeEnergy,
    Exact,
}

impl Policy {
    fn name(self) -> &'static str {
        match self {
            Policy::MeanField => "mean-field",
            Policy::FreeEnergy => "free-energy",
            Policy::Exact => "exact",
        }
    }
}

/// A row of the tables.
struct Row {
    name: &'static str,
    rule: Rule<f64>,
    policy: Policy,
    /// Whether the advantage is centred under the policy; else it is the reward less 1.
    centred: bool,
}

fn rows() -> Vec<Row> {
    use Policy::{Exact, FreeEnergy, MeanField};
    let row = |name, rule, policy, centred| Row { name, rule, policy, centred };
    let tpami = Rule::SvpgTpami(Options { algorithm: Algorithm::Reinforce, entropy: 0.0 });
    let nudged = |beta, centred| Rule::Nudged { beta, centred };
    vec![
        row("svpg", Rule::Svpg, MeanField, false),
        row("svpg-bmvc", Rule::SvpgBmvc, MeanField, false),
        row("svpg-tpami", tpami, MeanField, false),
        row("two-phase", Rule::TwoPhase, MeanField, true),
        row("nudged 1", nudged(1.0, false), MeanField, true),
        row("nudged 0.5", nudged(0.5, false), MeanField, true),
        row("nudged 0.1", nudged(0.1, false), MeanField, true),
        row("nudged ±0.1", nudged(0.1, true), MeanField, true),
        row("implicit", Rule::Implicit, MeanField, true),
        row("two-phase", Rule::TwoPhase, FreeEnergy, true),
        row("exact", Rule::Exact, Exact, true),
    ]
}

/// Measures every rule on the same random networks.
///
/// # Errors
/// A random network without a fixed point.
pub(crate) fn measure(seed: u64) -> Result<Vec<Gap>, Error> {
    let rows = rows();
    let mut sums = vec![([Sum::default(); 6], [Sum::default(); 6], 0); rows.len()];
    let mut random = SplitMix64::new(seed ^ 0x6a09_e667_f3bc_c908);
    for _ in 0..NETWORKS {
        let (parameters, state) = network(&mut random, Convention::Full, SCALE);
        let good = random.below(parameters.shape().actions());
        let task = Task::new(&parameters, &state, good).map_err(|error| no_fixed_point(&error))?;
        for (row, (against_mean_field, against_own, networks)) in rows.iter().zip(&mut sums) {
            let update = match task.expected(row) {
                Ok(update) => update,
                // The strength of the clamp is out of range on this network.
                Err(error) if error.is_invalid() => continue,
                Err(error) => return Err(no_fixed_point(&error)),
            };
            *networks += 1;
            let own = &task.gradients[row.policy as usize];
            let mean_field = &task.gradients[Policy::MeanField as usize];
            for (sums, gradient) in [(against_mean_field, mean_field), (against_own, own)] {
                for (sum, block) in sums.iter_mut().zip(BLOCKS) {
                    sum.add(&entries(&parameters, &update, block), &entries(&parameters, gradient, block));
                }
            }
        }
    }
    let finish = |sums: [Sum; 6]| BLOCKS.iter().zip(sums).map(|(block, sum)| sum.finish(block)).collect();
    Ok(rows
        .iter()
        .zip(sums)
        .map(|(row, (against_mean_field, against_own, networks))| Gap {
            rule: row.name.to_owned(),
            policy: row.policy.name(),
            networks,
            blocks: finish(against_mean_field),
            own_blocks: finish(against_own),
        })
        .collect())
}

fn no_fixed_point(error: &svpg_reference::Error) -> Error {
    Error::no_fixed_point("random network", error.message(), "choose another seed")
}

/// One network and state, and the action that is rewarded.
struct Task<'a> {
    observed: Observed<'a, f64>,
    good: usize,
    q: Vec<f64>,
    /// Probabilities of the actions under each policy, in the order of [`Policy`].
    policies: [Vec<f64>; 3],
    /// Gradient of the expected reward of each policy.
    gradients: Vec<Update<f64>>,
}

impl<'a> Task<'a> {
    fn new(
        parameters: &'a Parameters<f64>,
        state: &[f64],
        good: usize,
    ) -> Result<Self, svpg_reference::Error> {
        let observed = parameters.observe(state)?;
        let q = mean_field::free(&observed).q;
        let exact = ExactPolicy::new(&observed)?;
        let policies = [
            q[parameters.shape().action_units()].to_vec(),
            free_energy_policy::policy(&observed)?,
            exact.policy().to_vec(),
        ];
        // The reward is 1 at one action: the gradient is that of its probability.
        let scores = [
            mean_field::ln_policy_gradient(&observed, &q, good)?,
            free_energy_policy::ln_policy_gradient(&observed, good)?,
            exact.ln_policy_gradient(good)?,
        ];
        let gradients = scores.into_iter().zip(&policies).map(|(score, policy)| score.scaled(&policy[good]));
        let gradients = gradients.collect();
        Ok(Self { observed, good, q, policies, gradients })
    }

    /// The expected update of a rule, over actions from its policy and hidden winners from `q`.
    fn expected(&self, row: &Row) -> Result<Update<f64>, svpg_reference::Error> {
        let shape = self.observed.shape();
        let policy = &self.policies[row.policy as usize];
        let baseline = if row.centred { policy[self.good] } else { 1.0 };
        // Most rules do not look at hidden winners: one configuration an action will do.
        let sees_winners = matches!(row.rule, Rule::Svpg | Rule::SvpgBmvc | Rule::SvpgTpami(_));
        let mut expected = Update::zeros(shape);
        for configuration in Configuration::enumerate(shape) {
            let action = configuration.action();
            let hidden = &configuration.winners()[..shape.hidden_circuits()];
            let of_hidden: f64 = if sees_winners {
                hidden.iter().map(|&winner| self.q[winner]).product()
            } else if hidden.iter().enumerate().all(|(c, &winner)| winner == shape.circuit(c).start) {
                1.0
            } else {
                continue;
            };
            let advantage = f64::from(u8::from(action == self.good)) - baseline;
            let state = self.observed.state().to_vec();
            let sample = Sample { state, q: Some(self.q.clone()), configuration, advantage };
            let batch = Batch::new(self.observed.parameters(), vec![sample])?;
            expected.add_scaled(&(policy[action] * of_hidden), &rule::update(&row.rule, &batch)?);
        }
        Ok(expected)
    }
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
    largest: f64,
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
            // Exact for small angles, where the arc cosine is not.
            let unit = |values: &[f64], length: f64| values.iter().map(|x| x / length).collect::<Vec<f64>>();
            let (update, gradient) = (unit(update, length), unit(gradient, full));
            let chord = |sign: f64| {
                update.iter().zip(&gradient).map(|(a, b)| (a + sign * b).powi(2)).sum::<f64>().sqrt()
            };
            let angle = 2.0 * chord(-1.0).atan2(chord(1.0)).to_degrees();
            self.angles += angle;
            self.largest = self.largest.max(angle);
            self.counted += 1;
        }
    }

    fn finish(self, block: &'static str) -> BlockGap {
        let angle = (self.counted > 0).then(|| self.angles / self.counted as f64);
        let largest_angle = angle.map(|_| self.largest);
        BlockGap { block, angle, largest_angle, length: (self.update / self.gradient).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCKS, measure};

    #[test]
    fn the_tables_say_what_the_chapters_do() {
        let gaps = measure(0).unwrap();
        let of = |rule: &str, policy: &str| {
            gaps.iter().find(|gap| (gap.rule.as_str(), gap.policy) == (rule, policy)).unwrap()
        };
        // W3: the same rule.
        assert_eq!(of("nudged 1", "mean-field").blocks, of("two-phase", "mean-field").blocks);
        // A weaker clamp is nearer to the gradient.
        let nudged =
            ["nudged 1", "nudged 0.5", "nudged 0.1", "nudged ±0.1"].map(|rule| of(rule, "mean-field"));
        for pair in nudged.windows(2) {
            assert!(pair[1].blocks[0].angle < pair[0].blocks[0].angle, "{pair:?}");
        }
        // M5, F2 and E2: exact gradients of the policy that draws the actions.
        for (rule, policy) in [("implicit", "mean-field"), ("two-phase", "free-energy"), ("exact", "exact")] {
            for block in &of(rule, policy).own_blocks {
                let angle = block.largest_angle.unwrap();
                assert!(angle < 1e-6 && (block.length - 1.0).abs() < 1e-9, "{rule}: {block:?}");
            }
        }
        // M7b and L4: neither of these is.
        assert!(of("two-phase", "mean-field").own_blocks[0].angle.unwrap() > 10.0);
        for (block, found) in BLOCKS.iter().zip(&of("svpg", "mean-field").blocks) {
            assert_eq!(found.angle.is_none(), ["hh", "sh", "b_H"].contains(block), "{found:?}");
        }
    }

    #[test]
    fn the_centred_rule_is_within_a_degree_of_the_gradient_on_every_block() {
        // W2 and W5, on the networks of the default seed. That is a measurement and no law: a
        // network close to a second fixed point can be some degrees off at 0.1.
        let gaps = measure(0).unwrap();
        let gap = gaps.iter().find(|gap| gap.rule == "nudged ±0.1").unwrap();
        assert!(gap.networks >= 4, "{}", gap.networks);
        for block in &gap.blocks {
            assert!(block.largest_angle.unwrap() < 1.0 && (block.length - 1.0).abs() < 0.02, "{block:?}");
        }
    }
}

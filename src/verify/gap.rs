//! The expected update of each rule relative to a gradient: angle and length, block by block.
//!
//! One-step task: a random network and state, reward 1 for one action and 0 for the others.
//! Expectations over actions and hidden winners are computed by enumeration. There are two tables,
//! relative to:
//!
//! - the gradient of the mean-field policy's expected reward, through the fixed point (M5);
//! - the gradient of the expected reward of the policy that selects the actions. This is the
//!   mean-field policy, the free-energy policy (F2) or the exact policy (E2).
//!
//! The published rules subtract the largest reward, as the publication of 2022 does. The other
//! rules get an advantage that is centred under the policy that selects the actions: if the clamp
//! is not weak, a baseline changes their expected update (W6).

use serde::Serialize;
use svpg_reference::network::{Convention, Parameters, Update};
use svpg_reference::rule::Rule;

use super::measure::network;
use crate::Error;
pub use crate::exactness::BLOCKS;
use crate::exactness::{Acting, State, angle, entries, length};
use crate::random::SplitMix64;
use crate::rule::{GapRow, RULES};

/// Number of random networks.
pub const NETWORKS: usize = 32;
const SCALE: f64 = 0.8;

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// Name of the rule, with the strength of its clamp.
    pub rule: String,
    /// The policy that selects the actions.
    pub policy: &'static str,
    /// Whether the advantage is centred under that policy.
    #[serde(skip)]
    pub centred: bool,
    /// Number of random networks on which the rule is defined: a clamp of negative strength needs
    /// actions that are sufficiently likely.
    pub networks: usize,
    /// Relative to the mean-field gradient. One entry per block, in the order of [`BLOCKS`].
    pub blocks: Vec<BlockGap>,
    /// Relative to the gradient of the policy that selects the actions.
    pub own_blocks: Vec<BlockGap>,
}

/// One block of one rule, over all networks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockGap {
    /// `hh`, `ha`, `sh`, `sa`, `b_H` or `b_A`.
    pub block: &'static str,
    /// Mean angle between expected update and gradient, in degrees; `None` if the update is zero.
    pub angle: Option<f64>,
    /// Largest angle over the networks.
    pub largest_angle: Option<f64>,
    /// Root mean square length of the update divided by that of the gradient.
    pub length: f64,
}

/// Measures every rule on the same random networks.
///
/// # Errors
/// No fixed point: none was found on a random network.
pub(crate) fn measure(seed: u64) -> Result<Vec<Gap>, Error> {
    let rows: Vec<(GapRow, Rule<f64>)> = RULES
        .iter()
        .flat_map(|rule| {
            let in_reference = |row: GapRow| (row.clone(), rule.reference(&row.options, 0..1));
            rule.gap_rows().into_iter().map(in_reference)
        })
        .collect();
    let mut sums = vec![([Sum::default(); 6], [Sum::default(); 6], 0); rows.len()];
    let mut random = SplitMix64::new(seed ^ 0x6a09_e667_f3bc_c908);
    for _ in 0..NETWORKS {
        let (parameters, state) = network(&mut random, Convention::Full, SCALE);
        let good = random.below(parameters.shape().actions());
        let task = Task::new(&parameters, &state, good).map_err(no_fixed_point)?;
        for ((row, rule), (against_mean_field, against_own, networks)) in rows.iter().zip(&mut sums) {
            let update = match task.expected(row, rule) {
                Ok(update) => update,
                // The strength of the clamp is out of range on this network.
                Err(error) if error.is_invalid() => continue,
                Err(error) => return Err(no_fixed_point(error)),
            };
            *networks += 1;
            let own = &task.gradients[row.acting as usize];
            let mean_field = &task.gradients[Acting::MeanField as usize];
            for (sums, gradient) in [(against_mean_field, mean_field), (against_own, own)] {
                for (sum, block) in sums.iter_mut().zip(BLOCKS) {
                    let of = |update| entries(parameters.shape(), update, block);
                    sum.add(&of(&update), &of(gradient));
                }
            }
        }
    }
    let finish = |sums: [Sum; 6]| BLOCKS.iter().zip(sums).map(|(block, sum)| sum.finish(block)).collect();
    Ok(rows
        .iter()
        .zip(sums)
        .map(|((row, _), (against_mean_field, against_own, networks))| Gap {
            rule: row.label.clone(),
            policy: row.acting.name(),
            centred: row.centred,
            networks,
            blocks: finish(against_mean_field),
            own_blocks: finish(against_own),
        })
        .collect())
}

fn no_fixed_point(error: svpg_reference::Error) -> Error {
    Error::no_fixed_point("random network", error.message(), "choose another seed").option("seed")
}

/// One network and state, and the rewarded action.
struct Task<'a> {
    state: State<'a>,
    good: usize,
    /// Probabilities of the actions under each policy, in the order of [`Acting`].
    policies: [Vec<f64>; 3],
    /// Gradient of the expected reward of each policy.
    gradients: [Update<f64>; 3],
}

impl<'a> Task<'a> {
    fn new(
        parameters: &'a Parameters<f64>,
        state: &[f64],
        good: usize,
    ) -> Result<Self, svpg_reference::Error> {
        let state = State::new(parameters, state)?;
        // The reward is 1 for one action: the gradient is that of its probability.
        let of = |acting| {
            let policy = state.solve(acting)?;
            let probabilities = policy.probabilities().to_vec();
            let gradient = policy.ln_gradient(good)?.scaled(&probabilities[good]);
            Ok((probabilities, gradient))
        };
        let [a, b, c] = [of(Acting::MeanField)?, of(Acting::FreeEnergy)?, of(Acting::Exact)?];
        Ok(Self { state, good, policies: [a.0, b.0, c.0], gradients: [a.1, b.1, c.1] })
    }

    /// The expected update of a rule, over actions from its policy and hidden winners from `q`.
    fn expected(&self, row: &GapRow, rule: &Rule<f64>) -> Result<Update<f64>, svpg_reference::Error> {
        let policy = &self.policies[row.acting as usize];
        let baseline = if row.centred { policy[self.good] } else { 1.0 };
        let reward = |action| f64::from(u8::from(action == self.good));
        let advantages: Vec<f64> = (0..policy.len()).map(|action| reward(action) - baseline).collect();
        self.state.expected(rule, policy, &advantages)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    angles: f64,
    largest: f64,
    counted: usize,
    update: f64,
    gradient: f64,
}

impl Sum {
    fn add(&mut self, update: &[f64], gradient: &[f64]) {
        self.update += length(update).powi(2);
        self.gradient += length(gradient).powi(2);
        if let Some(angle) = angle(update, gradient) {
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
        // A weaker clamp is closer to the gradient.
        let nudged =
            ["nudged 1", "nudged 0.5", "nudged 0.1", "nudged ±0.1"].map(|rule| of(rule, "mean-field"));
        for pair in nudged.windows(2) {
            assert!(pair[1].blocks[0].angle < pair[0].blocks[0].angle, "{pair:?}");
        }
        // M5, F2 and E2: exact gradients of the policy that selects the actions.
        for (rule, policy) in [("implicit", "mean-field"), ("two-phase", "free-energy"), ("exact", "exact")] {
            for block in &of(rule, policy).own_blocks {
                let angle = block.largest_angle.unwrap();
                assert!(angle < 1e-6 && (block.length - 1.0).abs() < 1e-9, "{rule}: {block:?}");
            }
        }
        // M7b and L4: these rules are not.
        assert!(of("two-phase", "mean-field").own_blocks[0].angle.unwrap() > 10.0);
        for (block, found) in BLOCKS.iter().zip(&of("svpg", "mean-field").blocks) {
            assert_eq!(found.angle.is_none(), ["hh", "sh", "b_H"].contains(block), "{found:?}");
        }
    }

    #[test]
    fn the_centred_rule_is_within_a_degree_of_the_gradient_on_every_block() {
        // W2 and W5, on the networks of the default seed. This is a measurement, not a theorem: on
        // a network close to a second fixed point, the angle can be some degrees at 0.1.
        let gaps = measure(0).unwrap();
        let gap = gaps.iter().find(|gap| gap.rule == "nudged ±0.1").unwrap();
        assert!(gap.networks >= 4, "{}", gap.networks);
        for block in &gap.blocks {
            assert!(block.largest_angle.unwrap() < 1.0 && (block.length - 1.0).abs() < 0.02, "{block:?}");
        }
    }
}

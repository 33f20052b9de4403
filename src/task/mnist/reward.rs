//! Rewards of sampled answers.

use crate::Error;
use crate::kernel::exp::twin::exp;
use crate::network::Circuits;
use crate::task::first_largest;
use serde::{Deserialize, Serialize};

/// The rewards of answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewards {
    /// Reward of a right answer.
    pub right: f32,
    /// Reward of a wrong answer.
    pub wrong: f32,
    /// Fraction of the reward that the voters share, `r` in `[0,1]`.
    pub shared: f32,
}

impl Rewards {
    /// Checks every number.
    ///
    /// # Errors
    /// Bad input: a reward is not finite, or `shared` is outside `[0,1]`.
    pub fn check(&self) -> Result<(), Error> {
        for (place, reward) in [("rewards.right", self.right), ("rewards.wrong", self.wrong)] {
            if !reward.is_finite() {
                return Err(Error::bad_input(place, format_args!("{reward} is not finite"), "give a number"));
            }
        }
        if !(0.0..=1.0).contains(&self.shared) {
            let what = format_args!("{} is out of range", self.shared);
            return Err(Error::bad_input("rewards.shared", what, "give a number from 0 to 1"));
        }
        Ok(())
    }

    /// Fills the rewards of all circuits, samples × circuits. `winners` are unit numbers, samples ×
    /// circuits. Returns the number of right answers. The reward of a hidden circuit is the mean
    /// reward of the action circuits.
    pub(super) fn judge(
        &self,
        circuits: &Circuits,
        winners: &[u32],
        labels: &[u16],
        all: &mut Vec<f32>,
    ) -> usize {
        let (count, hidden, voters) = (circuits.count(), circuits.hidden(), circuits.votes());
        all.resize(winners.len(), 0.0);
        let mut right = 0;
        let mut votes = vec![0u32; circuits.actions()];
        for ((winners, rewards), &label) in
            winners.chunks_exact(count).zip(all.chunks_exact_mut(count)).zip(labels)
        {
            let label = usize::from(label);
            let action =
                |vote: usize| winners[hidden + vote] as usize - circuits.members(hidden + vote).start;
            votes.fill(0);
            (0..voters).for_each(|vote| votes[action(vote)] += 1);
            right += usize::from(first_largest(&votes) == label);
            let factor = shared(self.shared, voters, votes[label]);
            let mut sum = 0.0;
            for vote in 0..voters {
                let own = factor * if action(vote) == label { self.right } else { self.wrong };
                rewards[hidden + vote] = own;
                sum += own;
            }
            rewards[..hidden].fill(sum / voters as f32);
        }
        right
    }
}

/// The factor of the shared reward: `exp(−(2c−n)²/n)·r + (1−r)` if `c` of `n` votes are right.
/// Source: the published implementation of Yang et al. 2022 (arXiv 2210.13225).
fn shared(r: f32, votes: usize, correct: u32) -> f32 {
    let (n, lead) = (votes as f32, 2.0 * correct as f32 - votes as f32);
    exp(-(lead * lead) / n) * r + (1.0 - r)
}

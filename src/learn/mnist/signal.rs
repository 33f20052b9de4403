//! Rewards of sampled answers.

use super::{ACTIONS, MnistConfig};
use crate::kernel::exp::twin::exp;
use crate::network::Circuits;

/// What a batch of sampled answers has earned.
#[derive(Clone, Debug, Default)]
pub(super) struct Rewards {
    /// The reward of every circuit, samples × circuits.
    pub(super) circuits: Vec<f32>,
    /// Right answers.
    pub(super) right: usize,
}

impl Rewards {
    /// Judges the winners, unit numbers, samples × circuits.
    pub(super) fn fill(&mut self, config: &MnistConfig, circuits: &Circuits, winners: &[u32], labels: &[u8]) {
        let (count, hidden) = (circuits.count(), circuits.hidden());
        self.circuits.resize(winners.len(), 0.0);
        self.right = 0;
        let (reward, penalty) = config.rewards;
        for ((winners, rewards), &label) in
            winners.chunks_exact(count).zip(self.circuits.chunks_exact_mut(count)).zip(labels)
        {
            let action =
                |vote: usize| winners[hidden + vote] as usize - circuits.members(hidden + vote).start;
            let mut votes = [0u32; ACTIONS];
            (0..config.votes).for_each(|vote| votes[action(vote)] += 1);
            let answer = (1..ACTIONS).fold(0, |best, a| if votes[a] > votes[best] { a } else { best });
            self.right += usize::from(answer == usize::from(label));
            let correct = votes[usize::from(label)];
            let factor = shared(config.shared_reward, config.votes, correct);
            let mut sum = 0.0;
            for vote in 0..config.votes {
                let own = factor * if action(vote) == usize::from(label) { reward } else { penalty };
                rewards[hidden + vote] = own;
                sum += own;
            }
            rewards[..hidden].fill(sum / config.votes as f32);
        }
    }
}

/// What voters share: `exp(−(2c−n)²/n)·r + (1−r)` for `c` right ones among `n`. Source: the
/// published implementation of Yang et al. 2022 (arXiv 2210.13225).
fn shared(r: f32, votes: usize, correct: u32) -> f32 {
    let (n, lead) = (votes as f32, 2.0 * correct as f32 - votes as f32);
    exp(-(lead * lead) / n) * r + (1.0 - r)
}

//! The working memory of a network for a batch, and its result.

use super::{ConventionalNetwork, Network};
use crate::inference::{ActionPolicy, Inference, PolicyInference, winners};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::{Draws, Place, Stream};
use crate::kernel::softmax::softmax;
use crate::kernel::threads::pieces;
use crate::network::Circuits;

/// Working memory for batches of one size, with the probabilities of the actions.
#[derive(Debug)]
pub enum Activity {
    /// Of a winner-take-all network.
    Rwta(Box<PolicyInference>),
    /// Of a conventional network.
    Conventional {
        /// Samples × actions.
        logits: AlignedMatrix,
        /// Their softmax.
        policy: AlignedMatrix,
    },
}

impl Activity {
    /// Working memory for batches of `batch` samples. `inference` and `policy` are those of a
    /// winner-take-all network; others do not use them.
    ///
    /// # Panics
    /// If [`ActionPolicy::check`] refuses the policy.
    pub fn new(network: &Network, batch: usize, inference: Inference, policy: ActionPolicy) -> Self {
        match network {
            Network::Rwta(parameters) => {
                Self::Rwta(Box::new(PolicyInference::new(parameters, batch, inference, policy)))
            }
            Network::Conventional(ConventionalNetwork { layers, .. }) => {
                let zeros = || AlignedMatrix::zeros(batch, layers.size.actions);
                Self::Conventional { logits: zeros(), policy: zeros() }
            }
        }
    }

    /// Number of samples.
    pub fn size(&self) -> usize {
        self.acting().rows()
    }

    /// Samples × units of [`Network::circuits`]: the probabilities of the actions in action
    /// circuits, the free activity in hidden circuits.
    pub fn acting(&self) -> &AlignedMatrix {
        match self {
            Self::Rwta(inference) => inference.acting(),
            Self::Conventional { policy, .. } => policy,
        }
    }

    /// Computes the probabilities for `states`, samples × states. Returns the number of iterations
    /// of inference; 1 of a conventional network.
    ///
    /// # Panics
    /// If the network is of another kind, or `states` has another number of samples.
    pub fn run(&mut self, compute: &Compute, network: &Network, states: &AlignedMatrix, draws: Draws) -> u32 {
        match (self, network) {
            (Self::Rwta(inference), Network::Rwta(parameters)) => {
                inference.run(compute, parameters, states, draws)
            }
            (Self::Conventional { logits, policy }, Network::Conventional(network)) => {
                let ConventionalNetwork { method, layers, .. } = network;
                method.logits(compute, layers, states, draws, logits);
                for sample in 0..logits.rows() {
                    let row = policy.padded_row_mut(sample);
                    row.copy_from_slice(logits.padded_row(sample));
                    softmax(compute.level, &[layers.size.actions], row);
                }
                1
            }
            _ => panic!("a working memory belongs to networks of one kind"),
        }
    }

    /// Samples a winner of every circuit from the probabilities; `all` is samples × circuits.
    pub fn sample(&self, compute: &Compute, circuits: &Circuits, draws: Draws, all: &mut [u32]) {
        let Draws { seed, step } = draws;
        let (q, count) = (self.acting(), circuits.count());
        let ranges = compute.threads.split(q.rows(), 1);
        let all = pieces(all, ranges.iter().map(|range| range.len() * count));
        compute.threads.each(ranges.iter().zip(all).collect(), |(range, all)| {
            for (sample, own) in range.clone().zip(all.chunks_exact_mut(count)) {
                let place = Place { seed, stream: Stream::Sample, step, iteration: 0, sample: sample as u32 };
                winners(compute.level, circuits, q.row(sample), place, own);
            }
        });
    }
}

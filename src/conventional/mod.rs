//! Conventional methods, to compare with: networks trained by backpropagation, by surrogate
//! gradients, by conversion, and by reward-modulated plasticity.
//!
//! ```text
//! logits:     states → network → logits;  the policy is softmax(logits)
//! direction:  states, sampled actions, signals → a direction of ascent of the parameters
//! ```
//!
//! A [`ConventionalMethod`] has the mathematics of one method: how its parameters start, its
//! logits, and its update for a batch of samples. A learner chooses states and actions, computes
//! the signals (advantage, entropy term, PPO's ratio), and gives the direction to its optimiser.
//! [`METHODS`] is the only list of methods. Learners, help texts and tests iterate over it.
//!
//! The methods with a gradient describe their network as a graph of [`candle_core`]; `graph` says
//! how. Their logits come from the same kernels without a graph, and tests compare both. Bits
//! depend on neither the instruction set nor the number of threads.
//!
//! Networks and learning rates of the published comparison: Yang et al. 2025,
//! doi 10.1109/TPAMI.2024.3511936.

mod batches;
mod choice;
mod converted;
mod feedforward;
mod graph;
mod layers;
mod leaky;
mod leaky_graph;
mod recurrent;
mod spikes;
mod stdp;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use choice::Conventional;
pub use converted::{Converted, MAX_STATES, convert};
pub use feedforward::Feedforward;
pub use layers::{Layers, Size};
pub use leaky::Leaky;
pub use recurrent::RecurrentBp;
pub use stdp::RewardStdp;

use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::kernel::simd::Level;
use crate::network::Parameters;
use std::fmt::Debug;

/// The samples of an update.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// Samples × state neurons.
    pub states: &'a AlignedMatrix,
    /// The draws with which the logits were computed.
    pub draws: Draws,
    /// The action of each sample, from 0.
    pub actions: &'a [usize],
    /// The learning signal of each sample: the advantage, with PPO's ratio and the entropy term.
    pub signals: &'a [f32],
    /// The present policy, samples × actions.
    pub probabilities: &'a AlignedMatrix,
}

impl Update<'_> {
    /// The derivative of the mean of `signal·ln π(action)` with respect to the logits, samples ×
    /// actions: `signal/samples·(1[a] − π)`.
    ///
    /// # Panics
    /// If the numbers of samples differ, or there is no such action.
    pub fn cotangent(&self) -> AlignedMatrix {
        let samples = self.states.rows();
        assert!(self.actions.len() == samples && self.signals.len() == samples);
        assert!(self.probabilities.rows() == samples);
        let mut cotangent = AlignedMatrix::zeros(samples, self.probabilities.columns());
        for (b, (&action, &signal)) in self.actions.iter().zip(self.signals).enumerate() {
            let (row, factor) = (cotangent.row_mut(b), signal / samples as f32);
            for (out, probability) in row.iter_mut().zip(self.probabilities.row(b)) {
                *out = factor * -probability;
            }
            row[action] = factor * (1.0 - self.probabilities.row(b)[action]);
        }
        cotangent
    }
}

/// A conventional method.
pub trait ConventionalMethod: Debug + Sync {
    /// The name in configurations and on the command line.
    fn name(&self) -> &'static str;

    /// What the method is, in a line.
    fn summary(&self) -> &'static str;

    /// Does the network have spiking units, and so time steps?
    fn spikes(&self) -> bool {
        false
    }

    /// The winner-take-all network with these parameters, if the method trains such a network.
    fn winner_take_all(&self, _layers: &Layers) -> Option<Parameters> {
        None
    }

    /// Does it learn? Otherwise its parameters are converted from those of another method.
    fn learns(&self) -> bool {
        true
    }

    /// Does [`state_gradient`](ConventionalMethod::state_gradient) give a derivative?
    fn has_state_gradient(&self) -> bool {
        true
    }

    /// The parameters before the first update.
    ///
    /// # Panics
    /// If a size is zero.
    fn start(&self, level: Level, size: Size, seed: u32) -> Layers;

    /// Do the parameters of this layer change by updates? Layers are counted from the inputs.
    fn trains(&self, layer: usize) -> bool;

    /// Do the decays of spiking units change by updates?
    fn trains_decays(&self) -> bool {
        false
    }

    /// Fills `logits`, samples × actions, for `states`, samples × state neurons in `[0,1]`.
    ///
    /// # Panics
    /// If the shapes do not agree.
    fn logits(
        &self,
        compute: &Compute,
        layers: &Layers,
        states: &AlignedMatrix,
        draws: Draws,
        logits: &mut AlignedMatrix,
    );

    /// Fills `direction`, which has the shape of `layers`, with the direction of ascent, averaged
    /// over the samples. It is zero for parameters that do not train.
    ///
    /// # Panics
    /// If the shapes do not agree.
    fn direction(&self, compute: &Compute, layers: &Layers, update: &Update<'_>, direction: &mut Layers);

    /// The derivative of `Σ logits·cotangent` with respect to the states, samples × state neurons;
    /// nothing if the logits have no derivative. For spiking units, it is that of the surrogate.
    ///
    /// # Panics
    /// If the shapes do not agree.
    fn state_gradient(
        &self,
        compute: &Compute,
        layers: &Layers,
        states: &AlignedMatrix,
        draws: Draws,
        cotangent: &AlignedMatrix,
    ) -> Option<AlignedMatrix>;
}

/// All methods.
pub static METHODS: [&dyn ConventionalMethod; 8] = [
    &Feedforward::BP,
    &Feedforward::LINEAR,
    &Feedforward::RANDOM_HIDDEN,
    &Feedforward::BP_SOFTMAX,
    &Leaky::BPTT,
    &Converted,
    &RewardStdp,
    &RecurrentBp,
];

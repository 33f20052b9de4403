//! Perturbations in evaluations: of the observation of a network, of its parameters, of the
//! pendulum.
//!
//! Each kind is a descriptor in [`KINDS`]: name, levels, effect. `s` is a state, `w` a weight or a
//! bias, `n` a standard normal draw, `u` one uniform on `[−1,1)`, `l` the level.
//!
//! | kinds | effect |
//! | --- | --- |
//! | `gaussian`, `uniform` | `s ← clamp(s + l·n, 0, 1)`, `s ← clamp(s + l·u, 0, 1)` |
//! | `pepper`, `salt`, `salt-pepper` | `s ← 0`, `s ← 1` with probability `l`; each with `l/2` |
//! | `gaussian-salt` | `gaussian` of level 0.05, then `salt` of level `l` |
//! | `weight-gaussian`, `weight-uniform` | `w ← w + l·n`, `w ← w + l·u` |
//! | `relative-gaussian`, `relative-uniform` | the same with `l·m`, `m` the mean absolute value of the family |
//! | `remove-…` | `w ← 0` with probability `l`, weights of a family or of all |
//! | `fgsm`, `fgsm-white` | `s ← clamp(s + l·sign ∂C/∂s, 0, 1)`, `C` a cross-entropy: see [`Adversary`] |
//! | `pole-…` | another length or thickness of the pole, in metres |
//!
//! 1. States and connections are perturbed independently of each other. Recurrent weights stay
//!    symmetric: a pair of units has one draw with the full strength, and either both of its
//!    weights are removed or none. Masked weights stay zero, and the draws of other weights do not
//!    depend on the mask.
//! 2. The families are `hh`, `ha`, `sh`, `sa`, and the biases of hidden and of action units; the
//!    mean absolute value is over the weights that exist.
//! 3. A draw is a function of seed, step, sample and unit (Philox, stream
//!    [`Evaluation`](crate::kernel::philox::Stream::Evaluation)): it does not depend on the
//!    threads, the split of samples into batches, the instruction set, or the network. Every method
//!    therefore sees the same perturbed states. Kinds with the same source of noise have the same
//!    draws: `gaussian` of 0.05 followed by `salt` is bit-identical to `gaussian-salt`, and one
//!    kind applied twice adds the same noise twice.
//! 4. Absolute noise of one level is strong for a network with small weights and weak for one with
//!    large weights. To compare methods, `relative-…` is the fairer protocol.
//!
//! # Variants
//! The published programs do not always do what a reader would expect. Each such point is a switch
//! of a [`Protocol`], and a [`Variant`] sets all switches. The columns say what the variants do;
//! without a variant, a kind is as in `corrected`, with one exception in point 6.
//!
//! | point | kinds | `published` | `corrected` |
//! | --- | --- | --- | --- |
//! | 1 [`Recurrent`] | `weight-…`, `relative-…` | recurrent noise copied from triangle to triangle in row order, not mirrored | mirrored |
//! | 2 [`Bias`] | `weight-uniform`, `relative-uniform` | the rate program of 2022: bias noise on `[0,l)`; others: `[−l,l)` | `[−l,l)` |
//! | 3 [`Names`] | `pepper`, `salt`, `salt-pepper`, `gaussian-salt` | pendulum: all add `uniform` noise; images: as named | as named |
//! | 4 [`Clamp`] | noise on states | pendulum: not clamped, but rate inference clamps by itself; images: clamped | clamped for every method |
//! | 4 [`Clamp`] | `fgsm`, `fgsm-white` | not clamped, but rate inference clamps by itself | clamped for every method |
//! | 5 [`Removal`] | `remove-…` | exactly `⌊N l⌋` of the `N` connections of a family | each with probability `l` |
//! | 6 [`Teacher`] | `fgsm` | a substitute that learns the attacked network's answers and attacks its own | the same; without a variant: a smaller one that learns the labels |
//!
//! The third variant, `unclamped`, is `corrected` without any clamp of states, in rate inference
//! too. Spiking inference uses a state as the probability of a spike, which clamps it in every
//! variant. Rate inference without noise never clamps. Two more points need no switch: absolute
//! noise stands beside relative noise (point 7, see note 4), and rate inference keeps its noise in
//! tests, which is a setting of the run (point 8). `fgsm-white` was not published; its `published`
//! variant has the clamp of the published `fgsm`.
//!
//! In the publications, the result for each level is the mean over ten evaluations, on the whole
//! test set if there is one. Sources: Yang et al. 2022, arXiv 2210.13225; Yang et al. 2025, doi
//! 10.1109/TPAMI.2024.3511936, and their programs. `fgsm`: Goodfellow, Shlens, Szegedy 2015, arXiv
//! 1412.6572.

mod adversary;
mod kind;
mod kinds;
mod parameters;
mod perturbable;
mod perturbation;
mod pole;
mod protocol;
mod states;
mod substitute;
mod triangle;
mod white_box;

pub use crate::kernel::philox::Draws;
pub use adversary::{Adversary, Attacked, MinusSlopes};
pub use kind::{Effect, Kind, Published};
pub use kinds::KINDS;
pub use parameters::ParameterNoise;
pub use perturbable::{Group, Perturbable, Run, Side};
pub use perturbation::Perturbation;
pub use pole::Pole;
pub use protocol::{Bias, Clamp, Names, Point, Program, Protocol, Recurrent, Removal, Teacher, Variant};
pub use states::StateNoise;
pub use substitute::{Memory, Substitute};
pub use triangle::RowOrder;
pub use white_box::WhiteBox;

use crate::kernel::philox::{Place, Stream};

/// The purpose of a draw within a perturbation. It is the iteration of the draw's place. No number
/// is used twice.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
enum Purpose {
    /// Normal noise on states.
    Gaussian = 0,
    /// Whether a state becomes 0 or 1.
    Impulse = 1,
    /// Noise on weights.
    Weights = 2,
    /// Noise on the bias.
    Bias = 3,
    /// Whether a connection is removed.
    Removal = 4,
    /// Uniform noise on states.
    Uniform = 5,
}

impl Draws {
    fn place(self, purpose: Purpose, sample: usize) -> Place {
        let Self { seed, step } = self;
        Place { seed, stream: Stream::Evaluation, step, iteration: purpose as u32, sample: sample as u32 }
    }
}

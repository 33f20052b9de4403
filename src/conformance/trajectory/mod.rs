//! Trajectories of rate and spiking inference under given draws: level 1.
//!
//! A [`Trajectory`] (`svpg-trajectory/1`) is a network, the options of its inference, and all
//! random draws. A program computes from these the activities of every iteration or time step, the
//! winners, and the final activity ([`Path`]). [`specified`] computes them in f32 in the order of
//! operations of svpg. [`judge`] compares.
//!
//! # Format
//!
//! `shape`, `convention`, `weights` and `mask` are those of a [`case`](super::case). Every number
//! is an f32, so that all programs start from the same numbers.
//!
//! | key | content |
//! | --- | --- |
//! | `schema` | `"svpg-trajectory/1"` |
//! | `inference` of rates | `kind`: `"rate"`; `sigma`, `tolerance`, `max_iterations` K ([`Rate`](crate::inference::Rate)) |
//! | `inference` of spikes | `kind`: `"spiking"`; `kernel`: `"rectangle"` or `"double-exponential"`; `steps` T, `window` L ([`Spiking`](crate::inference::Spiking)) |
//! | `batch[].state` | S numbers in `[0,1]` |
//! | `batch[].start` | N uniform draws u in `[0,1)`; the first activity is their softmax |
//! | `batch[].units` of rates | K×N standard normal draws: the noise on the activities of every iteration |
//! | `batch[].states` of rates | K×S standard normal draws: the noise on the states |
//! | `batch[].units` of spikes | T×(G+1) uniform draws: the winner of a circuit is the first unit whose cumulative probability exceeds the draw |
//! | `batch[].states` of spikes | T×S uniform draws: a state neuron spikes if its draw is below the state |
//!
//! The answer is `svpg-trajectory-answer/1`:
//!
//! | key | content |
//! | --- | --- |
//! | `arithmetic` | `"specified"`: f32 in the specified order of operations; `"f32"`, `"f64"`: sums in any order |
//! | `iterations` | of rates: the number of iterations, for the whole batch |
//! | `batch[].q` of rates | (iterations+1)×N: the first activity, then the q' of every iteration, taken or not |
//! | `batch[].q` of spikes | (T−L+1)×N: the activity after every time step from L−1 on |
//! | `batch[].winners` of spikes | T×(G+1): positions inside the circuits, from 0; the last is the action |
//! | `batch[].end` | N: the final activity |

mod bound;
mod document;
mod draw;
mod judge;
mod rate;
mod spiking;

pub use document::{Arithmetic, Inference, Path, SampleDraws, Trajectory, TrajectoryAnswer};
pub use draw::draw;
pub(crate) use draw::inference;
pub use judge::judge;

/// The trajectory in f32 in the specified order of operations, bit for bit as
/// [`RateInference`](crate::inference::RateInference) and
/// [`SpikingInference`](crate::inference::SpikingInference) compute it.
///
/// Rates: the start is the [`softmax`](crate::kernel::softmax) of the draws. An input is
/// [`noise`](crate::kernel::noise) on an activity or state. Net inputs are one chain of fused
/// multiply-adds ([`product`](crate::kernel::product)): bias, states in order, units in order;
/// inputs that are 0 are skipped. Spikes: [`categorical`](crate::kernel::categorical) and
/// [`activity`](crate::kernel::activity).
pub fn specified(trajectory: &Trajectory) -> TrajectoryAnswer {
    match trajectory.inference() {
        Inference::Rate { .. } => rate::specified(trajectory),
        Inference::Spiking { .. } => spiking::specified(trajectory),
    }
}

//! The vectors of level 1.

use super::draw::{DRIVES, SHAPES, mask, weights};
use crate::Error;
use crate::conformance::case::{Convention, Shape};
use crate::conformance::trajectory::{self, Inference, Trajectory, TrajectoryAnswer};
use crate::random::SplitMix64;

/// Largest number of samples.
const MAX_SAMPLES: usize = 3;

/// Trajectory number `index` of a seed, and the specified answer. Rates and spikes of both kernels,
/// both conventions and all masks occur on every shape.
///
/// # Errors
/// None for the numbers that are drawn; they are checked as those of any trajectory.
pub fn trajectory(index: usize, seed: u64) -> Result<(Trajectory, TrajectoryAnswer), Error> {
    let mut random = SplitMix64::new(SplitMix64::new(seed ^ (index as u64).rotate_left(32)).bits());
    let round = index / SHAPES.len();
    let [states, hidden_circuits, hidden_size, actions] = SHAPES[index % SHAPES.len()];
    // With one circuit nothing recurrent is tested, and with one action the action circuit is not.
    let shape = Shape { states, hidden_circuits, hidden_size: hidden_size.max(1), actions: actions.max(2) };
    let convention = if round.is_multiple_of(2) { Convention::Full } else { Convention::Half };
    let mask = mask(round % 3, shape, &mut random);
    let drive = DRIVES[random.below(DRIVES.len())];
    let weights = weights(shape, mask.as_ref(), drive, &mut random);
    let size = 1 + random.below(MAX_SAMPLES);
    let states: Vec<Vec<f64>> = (0..size).map(|_| (0..states).map(|_| random.unit()).collect()).collect();
    // Neighbouring shapes and rounds have different kinds of inference.
    let inference = trajectory::inference(index + round);
    let own = (random.bits() >> 32) as u32;
    let trajectory = trajectory::draw((shape, convention), &weights, mask, inference, &states, own)?;
    let answer = trajectory::specified(&trajectory);
    Ok((trajectory, answer))
}

/// The properties of a trajectory, in words.
pub(super) fn comment(trajectory: &Trajectory) -> String {
    let Shape { states, hidden_circuits, hidden_size, actions } = trajectory.shape();
    let inference = match trajectory.inference() {
        Inference::Rate { sigma, max_iterations, .. } => {
            format!("rate inference, noise {sigma}, at most {max_iterations} iterations")
        }
        Inference::Spiking { kernel, steps, window } => {
            format!("spiking inference, {kernel:?}, {steps} time steps, window {window}")
        }
    };
    format!(
        "{inference}; states {states}, hidden circuits {hidden_circuits}, hidden size {hidden_size}, actions \
         {actions}, samples {}",
        trajectory.batch().len()
    )
}

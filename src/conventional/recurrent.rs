//! The recurrent winner-take-all network, trained by backpropagation through its inference.
//!
//! ```text
//! layers    first: U (states × units) and b;  second: W (units × units), symmetric, zero within a
//!           circuit, without a bias.  Units: hidden circuits, then the action circuit
//! logits    q⁰ = softmax of each circuit (0);  zᵗ = (b + s U) + 2 qᵗ⁻¹ W,  qᵗ = softmax of each circuit (zᵗ)
//!           logits = zᵀ of the action circuit, T = 10
//! ```
//!
//! This is the mean-field iteration of [`RateInference`](crate::inference::RateInference) in the
//! convention *full*, without noise, from the uniform state and with a fixed number of iterations.
//! The gradient is that of the mean of `signal·ln softmax(logits)[action]`, through all iterations.
//! It needs all activities and non-local errors, so it shows what the network can learn if learning
//! is not local. With `G` the derivative of `z = … + 2 q W` by a `W` that is not symmetric, the
//! direction is `½(G + Gᵀ)` without the blocks of the circuits: the derivative by an entry of the
//! field `Σ_j (W_ij + W_ji) q_j`. Network: Yang et al. 2022, arXiv 2210.13225.

use super::graph::{self, Differentiable, GroupSoftmax, Network, group_softmax};
use super::{ConventionalMethod, Layers, Size, Update};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::{AlignedMatrix, WIDTH};
use crate::kernel::philox::Draws;
use crate::kernel::simd::Level;
use crate::network::{Circuits, Convention, Mask, Parameters};
use candle_core::{Result, Tensor};

/// Iterations of the inference.
const ITERATIONS: usize = 10;

/// Samples whose activity is in memory at once, for each thread.
const AT_ONCE: usize = 128;

/// The recurrent winner-take-all network with backpropagation.
#[derive(Debug)]
pub struct RecurrentBp;

impl ConventionalMethod for RecurrentBp {
    fn name(&self) -> &'static str {
        "rwta-bp"
    }

    fn summary(&self) -> &'static str {
        "the recurrent winner-take-all network, trained by backpropagation through its inference"
    }

    fn winner_take_all(&self, layers: &Layers) -> Option<Parameters> {
        let Size { states, hidden, actions, .. } = layers.size;
        let circuits = Circuits::new(hidden.0, hidden.1, 1, actions).ok()?;
        let mask = Mask::full(&circuits);
        let mut parameters = Parameters::zeros(circuits, states, Convention::Full, mask);
        let [input, recurrent] = &layers.layers[..] else { return None };
        for unit in 0..parameters.units() {
            parameters.weights.row_mut(unit).copy_from_slice(recurrent.weights.row(unit));
        }
        for state in 0..states {
            let row = parameters.state_row(state);
            parameters.weights.row_mut(row).copy_from_slice(input.weights.row(state));
        }
        parameters.bias = input.bias.clone();
        Some(parameters)
    }

    fn start(&self, level: Level, size: Size, seed: u32) -> Layers {
        let units = size.hidden_units() + size.actions;
        assert!(size.hidden_units() > 0 && size.actions > 0, "a layer has no neuron: {size:?}");
        let mut layers = Layers::uniform(level, &[size.states, units, units], size, seed);
        layers.layers[1].bias.all_mut().fill(0.0);
        let weights = &mut layers.layers[1].weights;
        let symmetric = AlignedMatrix::from_fn(units, units, |i, j| weights.row(i.min(j))[i.max(j)]);
        *weights = symmetric;
        clear_circuits(&size.circuits(), weights);
        layers
    }

    fn trains(&self, _: usize) -> bool {
        true
    }

    fn logits(
        &self,
        compute: &Compute,
        layers: &Layers,
        states: &AlignedMatrix,
        _: Draws,
        logits: &mut AlignedMatrix,
    ) {
        assert!(states.rows() == logits.rows() && states.columns() == layers.size.states);
        assert!(logits.columns() == layers.size.actions);
        let (sizes, [first, second]) = (layers.size.circuits(), layers.two());
        let (units, hidden) = (first.weights.columns(), layers.size.hidden_units());
        let at_once = AT_ONCE * compute.threads.count();
        for from in (0..states.rows()).step_by(at_once) {
            let rows = from..states.rows().min(from + at_once);
            let x = &states.all()[rows.start * states.stride()..rows.end * states.stride()];
            let zeros = || AlignedMatrix::zeros(rows.len(), units);
            let (mut drive, mut q, mut z) = (zeros(), zeros(), zeros());
            first.apply(compute, (x, states.stride()), &mut drive, |_| ());
            for _ in 0..ITERATIONS {
                q.all_mut().copy_from_slice(z.all());
                group_softmax(compute, &sizes, &mut q);
                q.all_mut().iter_mut().for_each(|q| *q *= 2.0);
                second.apply(compute, (q.all(), q.stride()), &mut z, |_| ());
                z.all_mut().iter_mut().zip(drive.all()).for_each(|(z, drive)| *z += drive);
            }
            for (at, row) in rows.enumerate() {
                logits.row_mut(row).copy_from_slice(&z.row(at)[hidden..]);
            }
        }
    }

    fn direction(&self, compute: &Compute, layers: &Layers, update: &Update<'_>, direction: &mut Layers) {
        graph::gradient(self, compute, layers, (update.states, &update.cotangent()), direction);
        let recurrent = &mut direction.layers[1];
        recurrent.bias.all_mut().fill(0.0);
        let found = recurrent.weights.clone();
        let units = found.rows();
        recurrent.weights =
            AlignedMatrix::from_fn(units, units, |i, j| 0.5 * (found.row(i)[j] + found.row(j)[i]));
        clear_circuits(&layers.size.circuits(), &mut recurrent.weights);
    }

    fn state_gradient(
        &self,
        compute: &Compute,
        layers: &Layers,
        states: &AlignedMatrix,
        _: Draws,
        cotangent: &AlignedMatrix,
    ) -> Option<AlignedMatrix> {
        Some(graph::state_gradient(self, compute, layers, (states, cotangent)))
    }
}

/// Sets the blocks of the circuits to zero.
fn clear_circuits(sizes: &[usize], weights: &mut AlignedMatrix) {
    let mut start = 0;
    for size in sizes {
        for row in start..start + size {
            weights.row_mut(row)[start..start + size].fill(0.0);
        }
        start += size;
    }
}

impl Differentiable for RecurrentBp {
    fn graph(&self, network: &Network, states: &Tensor) -> Result<Tensor> {
        let drive = network.layers[0].apply(states)?;
        let (sizes, hidden, actions) =
            (network.size.circuits(), network.size.hidden_units(), network.size.actions);
        let mut z = drive.zeros_like()?;
        for _ in 0..ITERATIONS {
            let q = GroupSoftmax::apply(network, &sizes, &z)?;
            z = (network.layers[1].apply(&(q * 2.0)?)? + &drive)?;
        }
        let padding = actions.next_multiple_of(WIDTH) - actions;
        z.narrow(1, hidden, actions)?.pad_with_zeros(1, 0, padding)
    }
}

#[cfg(test)]
#[path = "recurrent_tests.rs"]
mod tests;

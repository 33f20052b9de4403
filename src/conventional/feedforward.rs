//! Networks without recurrence, trained by backpropagation.
//!
//! ```text
//! bp             logits = b² + relu(b¹ + s W¹) W²
//! linear         logits = b + s W
//! random-hidden  as bp, with W¹ and b¹ as drawn
//! bp-softmax     logits = b² + softmax of each group (b¹ + s W¹) W²
//! ```
//!
//! The direction is the gradient of the mean of `signal·ln softmax(logits)[action]`. Source of
//! backpropagation: Rumelhart, Hinton, Williams 1986, doi 10.1038/323533a0. Hidden softmax groups
//! share the non-linearity of the winner-take-all circuits; they are in the program of Yang et al.
//! 2022, arXiv 2210.13225. `linear` and `random-hidden` are controls: what hidden units add, and
//! what their training adds.

use super::graph::{self, Differentiable, GroupSoftmax, Network, group_softmax};
use super::{ConventionalMethod, Layers, Size, Update};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::kernel::simd::Level;
use crate::perceptron::rectify;
use candle_core::{Result, Tensor};

/// A network without recurrence.
#[derive(Debug)]
pub struct Feedforward {
    name: &'static str,
    summary: &'static str,
    hidden: Option<Hidden>,
    /// Do the hidden units learn?
    hidden_trains: bool,
}

/// The activation of the hidden units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hidden {
    Relu,
    Softmax,
}

impl Feedforward {
    /// Rectified hidden units.
    pub const BP: Self = Self {
        name: "bp",
        summary: "rectified hidden units, trained by backpropagation",
        hidden: Some(Hidden::Relu),
        hidden_trains: true,
    };
    /// No hidden units.
    pub const LINEAR: Self = Self {
        name: "linear",
        summary: "no hidden units: a linear policy",
        hidden: None,
        hidden_trains: true,
    };
    /// Rectified hidden units with fixed random weights.
    pub const RANDOM_HIDDEN: Self = Self {
        name: "random-hidden",
        summary: "rectified hidden units with fixed random weights; only the output layer learns",
        hidden: Some(Hidden::Relu),
        hidden_trains: false,
    };
    /// Softmax in every group of hidden units.
    pub const BP_SOFTMAX: Self = Self {
        name: "bp-softmax",
        summary: "a softmax in every group of hidden units, trained by backpropagation",
        hidden: Some(Hidden::Softmax),
        hidden_trains: true,
    };
}

/// Samples whose hidden activity is in memory at once, for each thread.
const AT_ONCE: usize = 256;

impl ConventionalMethod for Feedforward {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn start(&self, level: Level, size: Size, seed: u32) -> Layers {
        match self.hidden {
            None => Layers::uniform(level, &[size.states, size.actions], size, seed),
            Some(_) => Layers::uniform(level, &[size.states, size.hidden_units(), size.actions], size, seed),
        }
    }

    fn trains(&self, layer: usize) -> bool {
        self.hidden_trains || layer > 0
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
        let [first, rest @ ..] = &layers.layers[..] else { unreachable!("there is a layer") };
        let [last] = rest else {
            return first.apply(compute, (states.all(), states.stride()), logits, |_| ());
        };
        let stride = states.stride();
        let size = AT_ONCE * compute.threads.count();
        for first_row in (0..states.rows()).step_by(size) {
            let rows = first_row..states.rows().min(first_row + size);
            let x = &states.all()[rows.start * stride..rows.end * stride];
            let mut hidden = AlignedMatrix::zeros(rows.len(), first.weights.columns());
            match self.hidden {
                Some(Hidden::Softmax) => {
                    first.apply(compute, (x, stride), &mut hidden, |_| ());
                    group_softmax(compute, &layers.size.groups(), &mut hidden);
                }
                _ => first.apply(compute, (x, stride), &mut hidden, rectify),
            }
            let mut out = AlignedMatrix::zeros(rows.len(), logits.columns());
            last.apply(compute, (hidden.all(), hidden.stride()), &mut out, |_| ());
            let stride = logits.stride();
            logits.all_mut()[rows.start * stride..rows.end * stride].copy_from_slice(out.all());
        }
    }

    fn direction(&self, compute: &Compute, layers: &Layers, update: &Update<'_>, direction: &mut Layers) {
        graph::gradient(self, compute, layers, (update.states, &update.cotangent()), direction);
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

impl Differentiable for Feedforward {
    fn graph(&self, network: &Network, states: &Tensor) -> Result<Tensor> {
        let hidden = network.layers[0].apply(states)?;
        match self.hidden {
            None => Ok(hidden),
            Some(Hidden::Relu) => network.layers[1].apply(&hidden.relu()?),
            Some(Hidden::Softmax) => {
                network.layers[1].apply(&GroupSoftmax::apply(network, &network.size.groups(), &hidden)?)
            }
        }
    }
}

#[cfg(test)]
#[path = "feedforward_tests.rs"]
mod tests;

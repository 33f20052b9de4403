//! The parameters of a network of any kind.

use crate::Error;
use crate::conventional::{Conventional, ConventionalMethod, Converted, Feedforward, Layers, convert};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::network::{Circuits, Parameters};
use crate::run::Snapshot;

/// Percentile of the activations that a conversion maps to 1: the largest, as published.
const PERCENTILE: f64 = 100.0;

/// A network of any kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Network {
    /// A recurrent winner-take-all network.
    Rwta(Parameters),
    /// The network of a conventional method.
    Conventional(ConventionalNetwork),
}

/// The network of a conventional method.
#[derive(Clone, Debug, PartialEq)]
pub struct ConventionalNetwork {
    /// The method, which knows what the layers compute.
    pub method: Conventional,
    /// One circuit, that of the actions.
    pub circuits: Circuits,
    /// Weights and biases, with the size of the network.
    pub layers: Layers,
}

impl Network {
    /// Number of states.
    pub fn states(&self) -> usize {
        match self {
            Network::Rwta(parameters) => parameters.states,
            Network::Conventional(network) => network.layers.size.states,
        }
    }

    /// The circuits of an [`Activity`](super::Activity). A conventional network has the action
    /// circuit alone.
    pub fn circuits(&self) -> &Circuits {
        match self {
            Network::Rwta(parameters) => &parameters.circuits,
            Network::Conventional(network) => &network.circuits,
        }
    }

    /// The parameters of a winner-take-all network.
    ///
    /// # Errors
    /// Bad input: it is the network of a conventional method.
    pub fn rwta(&self) -> Result<&Parameters, Error> {
        match self {
            Network::Rwta(parameters) => Ok(parameters),
            Network::Conventional(ConventionalNetwork { method, .. }) => {
                let what =
                    format_args!("it is of the conventional method {method}, and no winner-take-all network");
                Err(Error::bad_input("network", what, "give a run of a learning rule"))
            }
        }
    }

    /// The network that evaluations use: if a method trains a winner-take-all network, that one,
    /// with the inference of its configuration.
    pub(crate) fn into_evaluated(self) -> Self {
        match &self {
            Network::Conventional(ConventionalNetwork { method, layers, .. }) => {
                method.winner_take_all(layers).map_or(self, Network::Rwta)
            }
            Network::Rwta(_) => self,
        }
    }

    /// The network of integrate-and-fire units with the weights of this one, a trained network of
    /// the method `bp`. `states`, samples × states, are observations of the training; `time_steps`
    /// is the number of time steps of the result.
    ///
    /// # Errors
    /// Bad input: the network is of another method, or there is no time step.
    pub fn converted(
        &self,
        compute: &Compute,
        states: &AlignedMatrix,
        time_steps: usize,
    ) -> Result<Self, Error> {
        let refuse = |what: &str, remedy: &str| Err(Error::bad_input("conversion", what, remedy));
        let network = match self {
            Network::Conventional(network) if network.method.name() == Feedforward::BP.name() => network,
            _ => return refuse("it is for networks of the method bp", "give a run of the method bp"),
        };
        if time_steps == 0 {
            return refuse("there is no time step", "give 25");
        }
        let mut layers = convert(compute, &network.layers, states, PERCENTILE);
        layers.size.steps = time_steps;
        let method = Converted.name().parse()?;
        let circuits = network.circuits.clone();
        Ok(Network::Conventional(ConventionalNetwork { method, circuits, layers }))
    }

    /// Are all parameters finite?
    pub fn is_finite(&self) -> bool {
        match self {
            Network::Rwta(parameters) => parameters.weights.is_finite() && parameters.bias.is_finite(),
            Network::Conventional(network) => network.layers.is_finite(),
        }
    }

    /// The parameters as named tensors.
    pub(crate) fn state(&self) -> Snapshot {
        match self {
            Network::Rwta(parameters) => {
                let mut state = Snapshot::default();
                state.put_rows("weights", &parameters.weights);
                state.put_rows("bias", &parameters.bias);
                state
            }
            Network::Conventional(network) => network.layers.state(),
        }
    }

    /// Takes back what [`Network::state`] gave.
    ///
    /// # Errors
    /// Bad input: a tensor is missing or has another size.
    pub(crate) fn restore(&mut self, state: &Snapshot) -> Result<(), Error> {
        match self {
            Network::Rwta(parameters) => {
                state.read_rows("weights", &mut parameters.weights)?;
                state.read_rows("bias", &mut parameters.bias)
            }
            Network::Conventional(network) => network.layers.restore(state),
        }
    }
}

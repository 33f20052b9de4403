//! The parameters of a network of any kind.

use crate::Error;
use crate::conventional::{Conventional, Layers, Size};
use crate::network::{Circuits, Parameters};
use crate::run::Snapshot;

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
    /// Numbers of states, hidden units and actions.
    pub size: Size,
    /// One circuit, that of the actions.
    pub circuits: Circuits,
    /// Weights and biases.
    pub layers: Layers,
}

impl Network {
    /// Number of states.
    pub fn states(&self) -> usize {
        match self {
            Network::Rwta(parameters) => parameters.states,
            Network::Conventional(network) => network.size.states,
        }
    }

    /// The circuits of an [`Activity`]. A conventional network has the action circuit alone.
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
                let what = format_args!("it is one of the method {method}, without hidden circuits");
                Err(Error::bad_input("network", what, "give a run of a learning rule"))
            }
        }
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

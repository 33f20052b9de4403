//! Learners as checkpoints, and back.
//!
//! The network stands in the tensors that everyone may read, and only there: the tensors of
//! `Network::state` are not repeated in a learner's state.
//!
//! | network | tensors |
//! | --- | --- |
//! | winner-take-all | `recurrent`, `state`, `bias`, `mask` |
//! | conventional | `size` (states, actions); `layers/` and the names of `conventional::Layers` |

use super::{Learner, Selected, Setup};
use crate::Error;
use crate::agent::{ConventionalNetwork, Network};
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::network::Parameters;
use crate::run::{Checkpoint, Flat, LAYERS, SIZE, Snapshot, Tensor, damaged};
use std::collections::BTreeMap;

/// What a learner's tensors are called in a checkpoint begins with this.
const RESUME: &str = "resume";
/// Metadata: seconds of training so far.
const SECONDS: &str = "seconds";
/// Metadata of the best: its score.
const SCORE: &str = "score";

/// The learner's state.
///
/// # Errors
/// Diverged: a number is not finite.
pub(super) fn of(learner: &dyn Learner, seconds: f64) -> Result<Checkpoint, Error> {
    let mut tensors = network(learner.network());
    let of_network = learner.network().state();
    for (name, flat) in learner.snapshot().iter().filter(|(name, _)| !of_network.has(name)) {
        let name = format!("{RESUME}/{name}");
        tensors.push(flat_tensor(&name, flat));
    }
    let metadata = BTreeMap::from([(SECONDS.to_owned(), seconds.to_string())]);
    Checkpoint::new(learner.done(), tensors, metadata)
}

/// The selected network, without what would be needed to train on from it.
pub(super) fn of_best(best: &Selected) -> Result<Checkpoint, Error> {
    let metadata = BTreeMap::from([(SCORE.to_owned(), best.score.to_string())]);
    Checkpoint::new(best.step, network(&best.network), metadata)
}

/// The network of a checkpoint of a run that was set up like this.
///
/// # Errors
/// Bad input: the checkpoint is of another shape, or has another mask.
pub(super) fn network_of(checkpoint: &Checkpoint, setup: &Setup, level: Level) -> Result<Network, Error> {
    let rows =
        |name: &str| checkpoint.tensor(name).map(|tensor| tensor.shape().first().copied().unwrap_or(0));
    let config = &setup.config;
    let (states, actions) = match config.method {
        Some(_) => match checkpoint.tensor(SIZE)?.values::<u64>()?[..] {
            [states, actions] => (states as usize, actions as usize),
            _ => return Err(damaged("checkpoint", "its size does not have two numbers")),
        },
        None => {
            let hidden = config.hidden.circuits.saturating_mul(config.hidden.units);
            (rows("state")?, rows("bias")?.saturating_sub(hidden) / config.votes.max(1))
        }
    };
    let mut network = config.network(level, (states, actions.max(1)), setup.seed)?;
    read_network(checkpoint, &mut network)?;
    Ok(network)
}

/// Gives the learner the state of a checkpoint that has its tensors; returns the seconds of
/// training.
pub(super) fn restore(learner: &mut dyn Learner, checkpoint: &Checkpoint) -> Result<f64, Error> {
    let mut network = learner.network().clone();
    read_network(checkpoint, &mut network)?;
    let mut state = network.state();
    for tensor in checkpoint.tensors() {
        if let Some(name) = within(tensor.name(), RESUME) {
            state.put(name, flat(tensor)?);
        }
    }
    learner.restore(&state)?;
    // It is for people alone: a file without it is none the worse.
    Ok(checkpoint.metadata().get(SECONDS).and_then(|text| text.parse().ok()).unwrap_or(0.0))
}

/// The name without `prefix/`.
fn within<'a>(name: &'a str, prefix: &str) -> Option<&'a str> {
    name.strip_prefix(prefix)?.strip_prefix('/')
}

fn flat(tensor: &Tensor) -> Result<Flat, Error> {
    (tensor.values().map(Flat::F32))
        .or_else(|_| tensor.values().map(Flat::F64))
        .or_else(|_| tensor.values().map(Flat::U64))
}

fn flat_tensor(name: &str, flat: &Flat) -> Tensor {
    match flat {
        Flat::F32(all) => Tensor::new(name, &[all.len()], all),
        Flat::F64(all) => Tensor::new(name, &[all.len()], all),
        Flat::U64(all) => Tensor::new(name, &[all.len()], all),
    }
}

/// The tensors of a network.
fn network(network: &Network) -> Vec<Tensor> {
    match network {
        Network::Rwta(parameters) => winner_take_all(parameters),
        Network::Conventional(ConventionalNetwork { layers, .. }) => {
            let size = [layers.size.states as u64, layers.size.actions as u64];
            let layers = network.state();
            let layers = layers.iter().map(|(name, flat)| flat_tensor(&format!("{LAYERS}/{name}"), flat));
            [Tensor::new(SIZE, &[2], &size)].into_iter().chain(layers).collect()
        }
    }
}

/// Fills a network of the checkpoint's shape.
///
/// # Errors
/// Bad input: a tensor is missing or has another shape, or as [`read_winner_take_all`].
fn read_network(checkpoint: &Checkpoint, network: &mut Network) -> Result<(), Error> {
    if let Network::Rwta(parameters) = network {
        return read_winner_take_all(checkpoint, parameters);
    }
    let mut state = Snapshot::default();
    for tensor in checkpoint.tensors() {
        if let Some(name) = within(tensor.name(), LAYERS) {
            state.put(name, flat(tensor)?);
        }
    }
    network.restore(&state)
}

/// `recurrent`, `state`, `bias`, `mask`.
fn winner_take_all(parameters: &Parameters) -> Vec<Tensor> {
    let (units, weights) = (parameters.units(), &parameters.weights);
    let rows = |range: std::ops::Range<usize>| -> Vec<f32> {
        range.flat_map(|row| weights.row(row).iter().copied()).collect()
    };
    vec![
        Tensor::new("recurrent", &[units, units], &rows(0..units)),
        Tensor::new("state", &[parameters.states, units], &rows(parameters.state_row(0)..weights.rows())),
        Tensor::new("bias", &[units], parameters.bias.row(0)),
        Tensor::new("mask", &[units, units], &mask(parameters)),
    ]
}

fn mask(parameters: &Parameters) -> Vec<f32> {
    let circuits = &parameters.circuits;
    let of: Vec<usize> = (0..parameters.units()).map(|unit| circuits.circuit_of(unit)).collect();
    let exists = |c: usize, d: usize| f32::from(u8::from(parameters.mask.recurrent(c, d)));
    of.iter().flat_map(|&c| of.iter().map(move |&d| (c, d))).map(|(c, d)| exists(c, d)).collect()
}

/// Fills the weights and the bias of a network of the checkpoint's shape.
///
/// # Errors
/// Bad input: a tensor of another shape, another mask, or a weight where the mask has none.
fn read_winner_take_all(checkpoint: &Checkpoint, parameters: &mut Parameters) -> Result<(), Error> {
    let refuse = |what: &str| Err(damaged("checkpoint", what));
    let (units, states) = (parameters.units(), parameters.states);
    let values = |name: &str| checkpoint.tensor(name)?.values::<f32>();
    let [recurrent, state, bias] = [values("recurrent")?, values("state")?, values("bias")?];
    if bias.len() != units || state.len() != states * units {
        return refuse("it is of another shape than the configuration");
    }
    if values("mask")? != mask(parameters) {
        return refuse("its mask is not that of the configuration and the seed");
    }
    let first = parameters.state_row(0);
    let fill = |rows: &mut AlignedMatrix, first: usize, all: &[f32]| {
        for (at, row) in all.chunks_exact(units).enumerate() {
            rows.row_mut(first + at).copy_from_slice(row);
        }
    };
    fill(&mut parameters.weights, 0, &recurrent);
    fill(&mut parameters.weights, first, &state);
    fill(&mut parameters.bias, 0, &bias);
    let read = parameters.weights.clone();
    parameters.apply_mask();
    if read != parameters.weights {
        return refuse("it has a weight where the mask has none");
    }
    Ok(())
}

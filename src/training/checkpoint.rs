//! Learners as checkpoints, and back.
//!
//! The network stands in the tensors that everyone may read, and only there: of a learner's state,
//! `weights` and `bias` are taken from them.

use super::{Learner, Selected, Setup};
use crate::Error;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::network::Parameters;
use crate::run::{Checkpoint, Flat, Snapshot, Tensor, damaged};
use std::collections::BTreeMap;

/// What a learner's tensors are called in a checkpoint begins with this.
const RESUME: &str = "resume";
/// The network in a learner's state.
const NETWORK: [&str; 2] = ["weights", "bias"];
/// Metadata: seconds of training so far.
const SECONDS: &str = "seconds";
/// Metadata of the best: its score.
const SCORE: &str = "score";

/// The learner's state.
///
/// # Errors
/// Diverged: a number is not finite.
pub(super) fn of(learner: &dyn Learner, seconds: f64) -> Result<Checkpoint, Error> {
    let mut tensors = network(learner.parameters());
    for (name, flat) in learner.snapshot().iter().filter(|(name, _)| !NETWORK.contains(name)) {
        let name = format!("{RESUME}/{name}");
        tensors.push(match flat {
            Flat::F32(all) => Tensor::new(&name, &[all.len()], all),
            Flat::F64(all) => Tensor::new(&name, &[all.len()], all),
            Flat::U64(all) => Tensor::new(&name, &[all.len()], all),
        });
    }
    let metadata = BTreeMap::from([(SECONDS.to_owned(), seconds.to_string())]);
    Checkpoint::new(learner.done(), tensors, metadata)
}

/// The selected network, without what would be needed to train on from it.
pub(super) fn of_best(best: &Selected) -> Result<Checkpoint, Error> {
    let metadata = BTreeMap::from([(SCORE.to_owned(), best.score.to_string())]);
    Checkpoint::new(best.step, network(&best.parameters), metadata)
}

/// The network of a checkpoint of a run that was set up like this.
///
/// # Errors
/// Bad input: the checkpoint is of another shape, or has another mask.
pub(super) fn network_of(checkpoint: &Checkpoint, setup: &Setup, level: Level) -> Result<Parameters, Error> {
    let shape =
        |name: &str| checkpoint.tensor(name).map(|tensor| tensor.shape().first().copied().unwrap_or(0));
    let (states, units) = (shape("state")?, shape("bias")?);
    let config = &setup.config;
    let hidden = config.hidden.circuits.saturating_mul(config.hidden.units);
    let actions = units.saturating_sub(hidden) / config.votes.max(1);
    let mut parameters = config.network(level, (states, actions.max(1)), setup.seed)?;
    read_network(checkpoint, &mut parameters)?;
    Ok(parameters)
}

/// Gives the learner the state of a checkpoint that has its tensors; returns the seconds of
/// training.
pub(super) fn restore(learner: &mut dyn Learner, checkpoint: &Checkpoint) -> Result<f64, Error> {
    let mut parameters = learner.parameters().clone();
    read_network(checkpoint, &mut parameters)?;
    let mut state = Snapshot::default();
    state.put_rows("weights", &parameters.weights);
    state.put_rows("bias", &parameters.bias);
    for tensor in checkpoint.tensors() {
        let Some(name) = tensor.name().strip_prefix(RESUME).and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        let flat = (tensor.values().map(Flat::F32))
            .or_else(|_| tensor.values().map(Flat::F64))
            .or_else(|_| tensor.values().map(Flat::U64))?;
        state.put(name, flat);
    }
    learner.restore(&state)?;
    // It is for people alone: a file without it is none the worse.
    Ok(checkpoint.metadata().get(SECONDS).and_then(|text| text.parse().ok()).unwrap_or(0.0))
}

/// `recurrent`, `state`, `bias`, `mask`.
fn network(parameters: &Parameters) -> Vec<Tensor> {
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
fn read_network(checkpoint: &Checkpoint, parameters: &mut Parameters) -> Result<(), Error> {
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

//! Adversaries: attacks on the states by the sign of a gradient.
//!
//! ```text
//! s ← s + ε·sign ∂C/∂s,  clamped to [0,1] where the protocol says so
//! ```
//!
//! | kind | `C` |
//! | --- | --- |
//! | `fgsm` | the cross-entropy of a [`Substitute`], of labels or of the attacked network's answers |
//! | `fgsm-white` | the cross-entropy of the attacked network itself and the label |
//!
//! The adversary knows the network before other perturbations of an evaluation. Source: Goodfellow,
//! Shlens, Szegedy 2015, arXiv 1412.6572.

use super::protocol::{Clamp, Teacher};
use super::substitute::{Memory, Substitute};
use super::{Effect, Perturbation};
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::task::mnist::Labelled;
use std::collections::BTreeMap;
use std::fmt;

/// `−∂C/∂s`, samples × states, for states and one label per sample.
pub type MinusSlopes<'a> = dyn Fn(&AlignedMatrix, &[u16]) -> AlignedMatrix + 'a;

/// What an adversary can ask of the attacked network.
pub struct Attacked<'a> {
    /// The most probable answer to each sample of a batch. The `usize` is the number of the batch.
    pub answers: &'a dyn Fn(usize, &AlignedMatrix) -> Vec<u16>,
    /// `−∂C/∂s` of the network itself. None where it is unknown: then `fgsm-white` changes nothing.
    pub minus_slopes: Option<&'a MinusSlopes<'a>>,
}

impl fmt::Debug for Attacked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attacked").finish_non_exhaustive()
    }
}

/// The adversaries of a list of perturbations.
#[derive(Debug)]
pub struct Adversary<'a> {
    attacked: Attacked<'a>,
    of_labels: Option<Substitute>,
    of_answers: Option<Substitute>,
    /// By source and number of the first sample.
    known: BTreeMap<(Source, usize), Known>,
}

/// Where slopes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Labels,
    Answers,
    Network,
}

/// Slopes that were computed before. At every level, and in every evaluation, they are the same for
/// the same states.
#[derive(Debug)]
struct Known {
    states: AlignedMatrix,
    labels: Vec<u16>,
    slopes: AlignedMatrix,
}

/// Samples of a batch of the memory.
const BATCH: usize = 100;

impl<'a> Adversary<'a> {
    /// Trains the substitutes that the perturbations need, on training images. There are `actions`
    /// answers. The same seed gives the same bits.
    pub fn new(
        compute: &Compute,
        noises: &[&Perturbation],
        images: &Labelled,
        actions: usize,
        seed: u32,
        attacked: Attacked<'a>,
    ) -> Self {
        let needs = |source| noises.iter().any(|noise| source_of(noise) == Some(source));
        let of_labels = needs(Source::Labels).then(|| Substitute::of_labels(compute, images, actions, seed));
        let of_answers = needs(Source::Answers).then(|| {
            let memory = memory(images, attacked.answers);
            Substitute::of_answers(compute, &memory, actions, seed)
        });
        Self { attacked, of_labels, of_answers, known: BTreeMap::new() }
    }

    /// Moves `states`, samples × states, whose first row is sample `first`, away from their labels,
    /// one label per sample. Kinds with another effect do not change them.
    ///
    /// # Panics
    /// If there is not one label per sample, or if the adversary was not made for the perturbation.
    pub fn perturb_states(
        &mut self,
        compute: &Compute,
        perturbation: Perturbation,
        first: usize,
        labels: &[u16],
        states: &mut AlignedMatrix,
    ) {
        let Some(source) = source_of(&perturbation) else { return };
        assert!(labels.len() == states.rows());
        let clamps = perturbation.protocol().attack_clamp == Clamp::Before;
        let fresh = (self.known.get(&(source, first)))
            .is_none_or(|known| known.labels != labels || known.states != *states);
        if fresh {
            let made = "the adversary was made for the perturbation";
            let slopes = match source {
                Source::Labels => self.of_labels.as_ref().expect(made).minus_slopes(compute, labels, states),
                Source::Answers => {
                    self.of_answers.as_ref().expect(made).minus_slopes(compute, labels, states)
                }
                Source::Network => match self.attacked.minus_slopes {
                    Some(minus_slopes) => minus_slopes(states, labels),
                    None => return,
                },
            };
            let known = Known { states: states.clone(), labels: labels.to_vec(), slopes };
            self.known.insert((source, first), known);
        }
        let slopes = &self.known[&(source, first)].slopes;
        let epsilon = perturbation.level() as f32;
        for sample in 0..states.rows() {
            for (state, &slope) in states.row_mut(sample).iter_mut().zip(slopes.row(sample)) {
                if slope != 0.0 {
                    let moved = *state - epsilon.copysign(slope);
                    *state = if clamps { moved.clamp(0.0, 1.0) } else { moved };
                }
            }
        }
    }
}

/// The source of the slopes for a perturbation; none for kinds with another effect.
fn source_of(perturbation: &Perturbation) -> Option<Source> {
    match perturbation.kind().effect {
        Effect::LabelledStates => Some(match perturbation.protocol().substitute {
            Teacher::Labels => Source::Labels,
            Teacher::Answers => Source::Answers,
        }),
        Effect::WhiteBox => Some(Source::Network),
        _ => None,
    }
}

/// The attacked network's answers to the first training images.
fn memory(images: &Labelled, answers: &dyn Fn(usize, &AlignedMatrix) -> Vec<u16>) -> Memory {
    let count = images.images.count().min(Memory::PUBLISHED);
    let batches = (0..count).step_by(BATCH).enumerate();
    let given = batches
        .flat_map(|(number, first)| answers(number, &images.images.states(first..count.min(first + BATCH))));
    Memory { answers: given.collect(), states: images.images.states(0..count) }
}

#[cfg(test)]
mod tests;

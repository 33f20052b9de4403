//! The policy: the probabilities of actions from states.
//!
//! ```text
//! mean-field   π(a|s) = q_a                       of the free phase
//! free-energy  π(a|s) = softmax_a(−F(q|a))        one clamped phase for every action (F2)
//! ```
//!
//! Each clamped phase starts from the free activity. The draws of noise are the same for every
//! action. Sources: Hinton 1989, doi 10.1162/neco.1989.1.1.143; Sallans and Hinton 2004.

use super::free::{FreeInference, Inference};
use super::rate::{Phase, RateInference};
use crate::Error;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::philox::Draws;
use crate::kernel::softmax::softmax;
use crate::network::Parameters;
use serde::{Deserialize, Serialize};

/// The policy that selects the actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionPolicy {
    /// The free activity of the action circuit.
    #[default]
    MeanField,
    /// The softmax of minus the free energies of the phases clamped to each action.
    FreeEnergy,
}

impl ActionPolicy {
    /// The name on the command line and in configurations.
    pub fn name(self) -> &'static str {
        match self {
            ActionPolicy::MeanField => "mean-field",
            ActionPolicy::FreeEnergy => "free-energy",
        }
    }

    /// Is it the mean-field policy?
    pub(crate) fn is_mean_field(&self) -> bool {
        *self == ActionPolicy::MeanField
    }

    /// Checks that this policy supports this inference and number of action circuits.
    ///
    /// # Errors
    /// Bad input: the free-energy policy with spikes, or with several action circuits.
    pub fn check(self, inference: Inference, votes: usize) -> Result<(), Error> {
        let refuse = |what: &str, remedy: &str| {
            let what = format_args!("free-energy does not support {what}");
            Err(Error::bad_input("policy", what, format_args!("{remedy}, or give mean-field")))
        };
        match self {
            ActionPolicy::FreeEnergy if matches!(inference, Inference::Spiking(_)) => {
                refuse("spikes", "use rate inference")
            }
            ActionPolicy::FreeEnergy if votes > 1 => {
                refuse("several action circuits", "give one action circuit")
            }
            _ => Ok(()),
        }
    }
}

/// The working memory of a policy, and its result.
#[derive(Debug)]
pub struct PolicyInference {
    free: FreeInference,
    free_energy: Option<FreeEnergy>,
}

/// Working memory of the free-energy policy besides the free phase.
#[derive(Debug)]
struct FreeEnergy {
    phase: RateInference,
    /// Samples × units: the free activity, with the policy in the action circuit.
    acting: AlignedMatrix,
}

impl PolicyInference {
    /// Working memory for batches of `batch` samples.
    ///
    /// # Panics
    /// If [`ActionPolicy::check`] refuses the policy.
    pub fn new(parameters: &Parameters, batch: usize, inference: Inference, policy: ActionPolicy) -> Self {
        let free_energy = match (policy, inference) {
            (ActionPolicy::MeanField, _) => None,
            (ActionPolicy::FreeEnergy, Inference::Rate(rate)) => Some(FreeEnergy {
                phase: RateInference::new(parameters, batch, rate),
                acting: AlignedMatrix::zeros(batch, parameters.units()),
            }),
            (ActionPolicy::FreeEnergy, Inference::Spiking(_)) => panic!("a checked policy infers by rates"),
        };
        Self { free: FreeInference::new(parameters, batch, inference), free_energy }
    }

    /// Samples × units: the activity of the free phase.
    pub fn q(&self) -> &AlignedMatrix {
        self.free.q()
    }

    /// Samples × units: the free activity in hidden circuits, the probabilities of the actions in
    /// action circuits.
    pub fn acting(&self) -> &AlignedMatrix {
        match &self.free_energy {
            None => self.free.q(),
            Some(free_energy) => &free_energy.acting,
        }
    }

    /// Infers both and returns the number of updates of the free activity. `states` is samples ×
    /// states.
    ///
    /// # Panics
    /// If `states` has another number of samples.
    pub fn run(
        &mut self,
        compute: &Compute,
        parameters: &Parameters,
        states: &AlignedMatrix,
        draws: Draws,
    ) -> u32 {
        let iterations = self.free.run(compute, parameters, states, draws);
        if let Some(free_energy) = &mut self.free_energy {
            free_energy.run(compute, parameters, states, draws, self.free.q());
        }
        iterations
    }
}

impl FreeEnergy {
    fn run(
        &mut self,
        compute: &Compute,
        parameters: &Parameters,
        states: &AlignedMatrix,
        draws: Draws,
        free: &AlignedMatrix,
    ) {
        let Self { phase, acting } = self;
        let circuits = &parameters.circuits;
        let (members, samples) = (circuits.members(circuits.hidden()), free.rows());
        let energies: Vec<Vec<f64>> = (0..circuits.actions())
            .map(|action| {
                phase.q.all_mut().copy_from_slice(free.all());
                let held = Phase::Clamped { actions: &vec![action; samples], beta: 1.0 };
                phase.iterate(compute, parameters, states, draws, held, action > 0);
                phase.minus_free_energies(compute, parameters)
            })
            .collect();
        acting.all_mut().copy_from_slice(free.all());
        let mut row = AlignedMatrix::zeros(1, circuits.actions());
        for b in 0..samples {
            let largest = energies.iter().fold(f64::NEG_INFINITY, |largest, of| largest.max(of[b]));
            let logits = row.row_mut(0).iter_mut().zip(&energies);
            logits.for_each(|(logit, of)| *logit = (of[b] - largest) as f32);
            softmax(compute.level, &[circuits.actions()], row.padded_row_mut(0));
            acting.row_mut(b)[members.clone()].copy_from_slice(row.row(0));
        }
    }
}

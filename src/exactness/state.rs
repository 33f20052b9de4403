//! One state of a network: policies, their gradients, and expected updates.

use svpg_reference::configuration::Configuration;
use svpg_reference::exact_policy::ExactPolicy;
use svpg_reference::network::{Observed, Parameters, Update};
use svpg_reference::rule::{self, Batch, Rule, Sample};
use svpg_reference::{Error, free_energy_policy, mean_field};

/// A policy that draws the actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acting {
    /// `q*_a` of the free phase.
    MeanField,
    /// `π_F(a) ∝ exp(−F(q|a))`.
    FreeEnergy,
    /// `Σ_h p(h,a)`, by enumeration.
    Exact,
}

impl Acting {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Acting::MeanField => "mean-field",
            Acting::FreeEnergy => "free-energy",
            Acting::Exact => "exact",
        }
    }
}

/// A network beside one state, at the fixed point of its free phase.
#[derive(Debug)]
pub struct State<'a> {
    observed: Observed<'a, f64>,
    q: Vec<f64>,
    converged: bool,
}

impl<'a> State<'a> {
    /// Solves for the fixed point; `state` has `S` entries.
    ///
    /// # Errors
    /// The state has another length, or an entry outside `[0,1]`.
    pub fn new(parameters: &'a Parameters<f64>, state: &[f64]) -> Result<Self, Error> {
        let observed = parameters.observe(state)?;
        let found = mean_field::free(&observed);
        Ok(Self { q: found.q, converged: found.converged, observed })
    }

    /// Was the fixed point found?
    pub fn converged(&self) -> bool {
        self.converged
    }

    /// A policy at this state, solved.
    ///
    /// # Errors
    /// A clamped fixed point was not found, or an enumeration is too large.
    pub fn solve(&self, acting: Acting) -> Result<SolvedPolicy<'_>, Error> {
        let Self { observed, q, .. } = self;
        let (probabilities, parts) = match acting {
            Acting::MeanField => (q[observed.shape().action_units()].to_vec(), Parts::MeanField(q)),
            Acting::FreeEnergy => {
                let states = free_energy_policy::states(observed)?;
                (free_energy_policy::policy_of(observed, &states), Parts::FreeEnergy(states))
            }
            Acting::Exact => {
                let exact = ExactPolicy::new(observed)?;
                (exact.policy().to_vec(), Parts::Exact(exact))
            }
        };
        Ok(SolvedPolicy { observed, probabilities, parts })
    }

    /// The expected update of a rule over actions from `policy` and hidden winners from `q`, for an
    /// advantage of every action.
    ///
    /// # Errors
    /// As [`rule::update`].
    pub fn expected(
        &self,
        rule: &Rule<f64>,
        policy: &[f64],
        advantages: &[f64],
    ) -> Result<Update<f64>, Error> {
        let shape = self.observed.shape();
        let hidden = self.hidden_winners(rule);
        let mut expected = Update::zeros(shape);
        for (action, (probability, &advantage)) in policy.iter().zip(advantages).enumerate() {
            for (winners, weight) in &hidden {
                let configuration = Configuration::new(shape, winners, action)?;
                let state = self.observed.state().to_vec();
                let sample = Sample { state, q: Some(self.q.clone()), configuration, advantage };
                let batch = Batch::new(self.observed.parameters(), vec![sample])?;
                expected.add_scaled(&(probability * weight), &rule::update(rule, &batch)?);
            }
        }
        Ok(expected)
    }

    /// Hidden winners and weights whose weighted sum is the mean over `q`. Most rules do not look
    /// at hidden winners. The update of those that do is a constant and a sum over circuits of what
    /// each winner brings, so that it is enough to change one winner at a time.
    fn hidden_winners(&self, rule: &Rule<f64>) -> Vec<(Vec<usize>, f64)> {
        let shape = self.observed.shape();
        let first = vec![0; shape.hidden_circuits()];
        if !rule.sees_hidden_winners() {
            return vec![(first, 1.0)];
        }
        let mut all = vec![(first.clone(), 1.0 - shape.hidden_circuits() as f64)];
        for circuit in 0..shape.hidden_circuits() {
            for (winner, unit) in shape.circuit(circuit).enumerate() {
                let mut winners = first.clone();
                winners[circuit] = winner;
                all.push((winners, self.q[unit]));
            }
        }
        all
    }
}

/// A policy at one state. What its gradients have in common is computed once.
#[derive(Debug)]
pub struct SolvedPolicy<'a> {
    observed: &'a Observed<'a, f64>,
    probabilities: Vec<f64>,
    parts: Parts<'a>,
}

/// What the gradients of a policy have in common.
#[derive(Debug)]
enum Parts<'a> {
    /// `q*`.
    MeanField(&'a [f64]),
    /// `q|a` for every action.
    FreeEnergy(Vec<Vec<f64>>),
    /// The enumeration.
    Exact(ExactPolicy<'a, f64, Observed<'a, f64>>),
}

impl SolvedPolicy<'_> {
    /// The probability of every action, `A` entries.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// The entry-wise gradient of `ln π(action)` for an action in `0..A`.
    ///
    /// # Errors
    /// The fixed point is degenerate.
    pub fn ln_gradient(&self, action: usize) -> Result<Update<f64>, Error> {
        let observed = self.observed;
        match &self.parts {
            Parts::MeanField(q) => mean_field::ln_policy_gradient(observed, q, action),
            Parts::FreeEnergy(states) => {
                Ok(free_energy_policy::ln_policy_gradient_of(observed, states, action))
            }
            Parts::Exact(exact) => exact.ln_policy_gradient(action),
        }
    }
}

//! `nudged`: a weakly clamped phase minus the free phase, over the strength of the clamping.
//!
//! ```text
//! one-sided   q⁺ = q|βa,  q⁻ = q*,      A' = A/β
//! centred     q⁺ = q|βa,  q⁻ = q|−βa,   A' = A/(2β)
//! x = (q⁺ + q⁻)/2,   e = bias error = A'/B·(q⁺ − q⁻),   recurrent factor κ
//! ```
//!
//! In the limit β → 0 the update is the gradient of the mean-field policy on every block (W2 of the
//! derivations); at β = 1, one-sided, it is `two-phase` (W3). In f32 the difference of the phases
//! loses about `log₂(1/β)` bits, and what the inference leaves of its tolerance is divided by β.

use super::two_phase::fill_contrast;
use super::{Factors, LearningRule, RuleBatch, RuleOptions, Support};
use crate::Error;
use crate::kernel::compute::Compute;

/// The rule `nudged`.
#[derive(Debug)]
pub(super) struct Nudged;

impl LearningRule for Nudged {
    fn name(&self) -> &'static str {
        "nudged"
    }

    fn summary(&self) -> &'static str {
        "a weakly clamped phase minus the free phase over the strength: local and, for weak clamping, \
         the gradient"
    }

    fn support(&self) -> Support {
        Support { spikes: false, ppo: true, votes: false }
    }

    fn clamped_phases(&self, RuleOptions { beta, centred }: RuleOptions) -> Vec<f32> {
        let beta = beta.expect("a checked configuration has it");
        if centred { vec![beta, -beta] } else { vec![beta] }
    }

    fn check(&self, RuleOptions { beta, .. }: RuleOptions) -> Result<(), Error> {
        match beta {
            Some(beta) if beta > 0.0 && beta <= 1.0 => Ok(()),
            Some(beta) => Err(Error::bad_input(
                "beta",
                format_args!("{beta} is out of range"),
                "give a number above 0, at most 1, such as 0.1",
            )),
            None => Err(Error::bad_input(
                "beta",
                "the rule nudged needs it",
                "give a number above 0, at most 1, such as 0.1",
            )),
        }
    }

    fn fill(&self, compute: &Compute, batch: &RuleBatch<'_>, factors: &mut Factors) -> Result<(), Error> {
        let beta = batch.options.beta.expect("a checked configuration has it");
        let (phases, scale) = match batch.clamped {
            [plus] => ((*plus, batch.q), 1.0 / beta),
            [plus, minus] => ((*plus, *minus), 0.5 / beta),
            _ => panic!("the rule has one clamped phase or two"),
        };
        let signals: Vec<f32> = batch.signals(compute).into_iter().map(|signal| signal * scale).collect();
        fill_contrast(batch, phases, &signals, factors);
        Ok(())
    }
}

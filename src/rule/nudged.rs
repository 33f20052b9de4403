//! `nudged`: a weakly clamped phase minus the free phase, divided by the strength of the clamp.
//!
//! ```text
//! one-sided   q⁺ = q|βa,  q⁻ = q*,      A' = A/β
//! centred     q⁺ = q|βa,  q⁻ = q|−βa,   A' = A/(2β)
//! x = (q⁺ + q⁻)/2,   e = bias error = A'/B·(q⁺ − q⁻),   recurrent factor κ
//! ```
//!
//! In the limit β → 0 the update is the gradient of the mean-field policy on every block (W2 of the
//! derivations); at β = 1, one-sided, it is `two-phase` (W3). In f32 the difference of the phases
//! loses about `log₂(1/β)` bits, and the remaining error of the inference is divided by β.

use super::two_phase::fill_contrast;
use super::{CaseOptions, CaseRule, Factors, GapRow, LearningRule, RuleBatch, RuleOptions, Support};
use crate::Error;
use crate::kernel::compute::Compute;
use crate::random::SplitMix64;
use std::ops::Range;
use svpg_reference::rule::Rule;

/// The remedy for a wrong `beta`.
const RANGE: &str = "give a number above 0 and at most 1, such as 0.1";
/// Below this strength, rounding hides the difference of the phases.
const MIN_BETA: f64 = 1e-8;
/// The strengths in conformance vectors. A negative strength is only used without `centred`.
const DRAWN_BETAS: [f64; 5] = [0.1, -0.0625, 0.5, 1.0, 0.001];

/// Values of β that programs have instead of that of the case.
const HARD_CODED_BETAS: [f64; 3] = [0.1, 0.5, 1.0];

/// The rule `nudged`.
#[derive(Debug)]
pub(super) struct Nudged;

impl CaseRule for Nudged {
    fn name(&self) -> &'static str {
        "nudged"
    }

    fn summary(&self) -> &'static str {
        "a weakly clamped phase minus the free phase over the strength: local and, for weak clamping, \
         the gradient"
    }

    fn learning(&self) -> Option<&'static dyn LearningRule> {
        Some(&Nudged)
    }

    fn reference(&self, options: &CaseOptions, _samples: Range<usize>) -> Rule<f64> {
        let beta = options.beta.expect("a checked case has it");
        Rule::Nudged { beta, centred: options.centred() }
    }

    fn options(&self) -> &'static [&'static str] {
        &["beta", "centred"]
    }

    fn options_help(&self) -> &'static str {
        "nudged needs beta, the strength of the clamp:
   \"options\": {\"beta\": 0.1, \"centred\": false}
0 < beta <= 1. With centred false, beta may be negative while every entry of q stays positive. With
centred true the second phase has the strength -beta, which must leave every entry positive.
"
    }

    fn check_case(&self, options: &CaseOptions, _samples: usize) -> Result<(), Error> {
        let place = "options.beta";
        let Some(beta) = options.beta else {
            return Err(Error::bad_input(place, "it is missing, but the rule nudged needs it", RANGE));
        };
        let found = |what: &str, remedy: &str| {
            Err(Error::bad_input(place, format_args!("found {beta}{what}"), remedy))
        };
        match beta {
            _ if !beta.is_finite() => found("", "every number must be finite"),
            _ if beta > 1.0 => found(", above 1", RANGE),
            0.0 => found(", but the rule divides by it", RANGE),
            _ if beta.abs() < MIN_BETA => found(
                ", too close to 0: rounding hides the difference of the phases",
                "give a number of magnitude 1e-8 or more",
            ),
            _ if beta < 0.0 && options.centred() => found(
                ", but the centred rule clamps with both signs",
                "give the positive number, or set `centred` to false",
            ),
            _ => Ok(()),
        }
    }

    fn draw(&self, _samples: usize, turn: usize, _random: &mut SplitMix64) -> Option<CaseOptions> {
        let beta = DRAWN_BETAS[turn % DRAWN_BETAS.len()];
        let centred = beta > 0.0 && !(turn / DRAWN_BETAS.len()).is_multiple_of(2);
        Some(CaseOptions { beta: Some(beta), centred: Some(centred), ..CaseOptions::default() })
    }

    fn gap_rows(&self) -> Vec<GapRow> {
        let row = |label, beta, centred| GapRow {
            options: CaseOptions { beta: Some(beta), centred: Some(centred), ..CaseOptions::default() },
            ..GapRow::new(label)
        };
        vec![
            row("nudged 1", 1.0, false),
            row("nudged 0.5", 0.5, false),
            row("nudged 0.1", 0.1, false),
            row("nudged ±0.1", 0.1, true),
        ]
    }

    fn scale_mistakes(&self, options: &CaseOptions) -> Vec<(f64, &'static str)> {
        let beta = options.beta.expect("a checked case has it");
        match options.centred() {
            true => vec![
                (2.0 * beta, "the difference of the phases was not divided by 2 beta"),
                (
                    2.0,
                    "the difference of the phases was divided by beta instead of 2 beta, the divisor of the centred \
                     rule",
                ),
            ],
            false => vec![
                (beta, "the difference of the phases was not divided by beta"),
                (
                    0.5,
                    "the difference of the phases was divided by 2 beta: that is the divisor of the centred rule",
                ),
            ],
        }
    }

    fn option_mistakes(&self, options: &CaseOptions) -> Vec<(CaseOptions, String)> {
        let (asked, other) = (options.centred(), !options.centred());
        let text = format!("the update is for `centred` {other}, but the case has `centred` {asked}");
        let mut mistakes = vec![(CaseOptions { centred: Some(other), ..options.clone() }, text)];
        for other in HARD_CODED_BETAS.into_iter().filter(|&other| Some(other) != options.beta) {
            let text = format!(
                "the update is for beta {other}, but the case has {}",
                options.beta.expect("a checked case has it")
            );
            mistakes.push((CaseOptions { beta: Some(other), ..options.clone() }, text));
        }
        mistakes
    }
}

impl LearningRule for Nudged {
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
            Some(beta) => Err(Error::bad_input("beta", format_args!("{beta} is out of range"), RANGE)),
            None => Err(Error::bad_input("beta", "the rule nudged needs it", RANGE)),
        }
    }

    fn fill(&self, compute: &Compute, batch: &RuleBatch<'_>, factors: &mut Factors) -> Result<(), Error> {
        let beta = batch.options.beta.expect("a checked configuration has it");
        let (phases, scale) = match batch.clamped {
            [plus] => ((*plus, batch.q), 1.0 / beta),
            [plus, minus] => ((*plus, *minus), 0.5 / beta),
            _ => panic!("the rule has one or two clamped phases"),
        };
        let signals: Vec<f32> = batch.signals(compute).into_iter().map(|signal| signal * scale).collect();
        fill_contrast(batch, phases, &signals, factors);
        Ok(())
    }
}

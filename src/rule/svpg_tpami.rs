//! `svpg-tpami`: the rule as published in 2025, for REINFORCE and PPO. It is the score of `svpg`
//! times `g` instead of the advantage.
//!
//! ```text
//! p = q_a of the sampled action,   Hn = −Σ q ln q over the action circuit,   B samples
//! REINFORCE   g = (A·(1−p) + η·(−p·ln p − p·Hn))/B
//! PPO         A·r instead of A where r·A ≤ clip(r, 1−ε, 1+ε)·A, else 0;   r = exp(ln p − old ln p)
//! x = q,   e = β = g/B·(v − q),   recurrent factor 1 in both conventions
//! ```
//!
//! If `p` is 0, `g` is 0. The sum over the batch is the published update: an average over the batch
//! with another factor 1/B in `g`. In the convention half, the factor 1 is that of the published
//! spiking network. That network omits the factor 2 of the recurrent activity in the net input, but
//! not in the rule (L7 of the derivations). Source: Yang et al. 2025, doi
//! 10.1109/TPAMI.2024.3511936, the published implementation.

use super::svpg::fill_scores;
use super::{
    ActionStats, AlgorithmName, CaseOptions, CaseRule, Factors, LearningRule, RuleBatch, Support, signals,
};
use crate::Error;
use crate::kernel::compute::Compute;
use crate::random::SplitMix64;
use std::ops::Range;
use svpg_reference::rule::{Algorithm, Options, Rule};

/// The values of the options in conformance vectors.
const DRAWN_EPSILONS: [f64; 4] = [0.2, 0.1, 0.3, 0.05];
const DRAWN_ENTROPIES: [f64; 4] = [0.0, 0.2, 0.01, -0.5];
/// Values of ε that programs have instead of that of the case.
const HARD_CODED_EPSILONS: [f64; 3] = [0.2, 0.1, 0.3];

/// The rule `svpg-tpami`.
#[derive(Debug)]
pub(super) struct SvpgTpami;

impl CaseRule for SvpgTpami {
    fn name(&self) -> &'static str {
        "svpg-tpami"
    }

    fn summary(&self) -> &'static str {
        "as published in 2025"
    }

    fn learning(&self) -> Option<&'static dyn LearningRule> {
        Some(&SvpgTpami)
    }

    fn reference(&self, options: &CaseOptions, samples: Range<usize>) -> Rule<f64> {
        let algorithm = match (options.algorithm(), &options.old_log_prob) {
            (AlgorithmName::Ppo, Some(old)) => {
                Algorithm::Ppo { epsilon: options.epsilon(), old_log_prob: old[samples].to_vec() }
            }
            // A checked case with PPO has the old log-probabilities.
            _ => Algorithm::Reinforce,
        };
        Rule::SvpgTpami(Options { algorithm, entropy: options.entropy() })
    }

    fn options(&self) -> &'static [&'static str] {
        &["algorithm", "entropy", "epsilon", "old_log_prob"]
    }

    fn options_help(&self) -> &'static str {
        "svpg-tpami takes these options; the values are the defaults:
   \"options\": {\"algorithm\": \"reinforce\", \"entropy\": 0.0, \"epsilon\": 0.2, \"old_log_prob\": null}
\"ppo\" needs old_log_prob, one number per sample; \"reinforce\" uses neither old_log_prob nor epsilon.
"
    }

    fn check_case(&self, options: &CaseOptions, samples: usize) -> Result<(), Error> {
        let not_finite = |place: &str, value: f64| {
            Err(Error::bad_input(place, format_args!("found {value}"), "every number must be finite"))
        };
        if !options.entropy().is_finite() {
            return not_finite("options.entropy", options.entropy());
        }
        if !options.epsilon().is_finite() || options.epsilon() <= 0.0 {
            return Err(Error::bad_input(
                "options.epsilon",
                format_args!("found {}", options.epsilon()),
                "give a finite number above 0, such as 0.2",
            ));
        }
        match &options.old_log_prob {
            Some(old) if old.len() != samples => Err(Error::bad_input(
                "options.old_log_prob",
                format_args!("its length is {}, but the batch has {samples} samples", old.len()),
                "give one number per sample",
            )),
            Some(old) => match old.iter().position(|x| !x.is_finite()) {
                Some(b) => not_finite(&format!("options.old_log_prob[{b}]"), old[b]),
                None => Ok(()),
            },
            None if options.algorithm() == AlgorithmName::Ppo => Err(Error::bad_input(
                "options.old_log_prob",
                "it is missing, but PPO needs it",
                format_args!("give {samples} numbers, one per sample, or set algorithm to \"reinforce\""),
            )),
            None => Ok(()),
        }
    }

    fn draw(&self, samples: usize, turn: usize, random: &mut SplitMix64) -> Option<CaseOptions> {
        // A Latin square: every pair of epsilon and entropy, every epsilon with both algorithms.
        let (column, row) = (turn % 4, turn / 4);
        let is_ppo = (row + column / 2).is_multiple_of(2);
        Some(CaseOptions {
            algorithm: Some(if is_ppo { AlgorithmName::Ppo } else { AlgorithmName::Reinforce }),
            entropy: Some(DRAWN_ENTROPIES[(row + column) % 4]),
            epsilon: Some(DRAWN_EPSILONS[column]),
            old_log_prob: is_ppo.then(|| (0..samples).map(|_| -2.0 * random.unit()).collect()),
            ..CaseOptions::default()
        })
    }

    fn averages(&self) -> i32 {
        2
    }

    fn option_mistakes(&self, options: &CaseOptions) -> Vec<(CaseOptions, String)> {
        let mut mistakes = Vec::new();
        let mut push = |changed: CaseOptions, text: String| mistakes.push((changed, text));
        let entropy = options.entropy();
        if entropy != 0.0 {
            for (other, text) in
                [(0.0, "the entropy term is left out"), (-entropy, "the entropy term has the opposite sign")]
            {
                push(CaseOptions { entropy: Some(other), ..options.clone() }, text.to_owned());
            }
        }
        if options.algorithm() == AlgorithmName::Ppo {
            let reinforce = AlgorithmName::Reinforce;
            push(
                CaseOptions { algorithm: Some(reinforce), ..options.clone() },
                "the update is the one of REINFORCE, but the case asks for PPO".to_owned(),
            );
            push(
                CaseOptions { epsilon: Some(1e9), ..options.clone() },
                "the ratio of PPO is not clipped".to_owned(),
            );
            for other in HARD_CODED_EPSILONS.into_iter().filter(|&other| other != options.epsilon()) {
                push(
                    CaseOptions { epsilon: Some(other), ..options.clone() },
                    format!("the update is for epsilon {other}, but the case has {}", options.epsilon()),
                );
            }
        }
        mistakes
    }

    fn follows_convention(&self) -> bool {
        false
    }
}

impl LearningRule for SvpgTpami {
    fn support(&self) -> Support {
        Support { spikes: true, ppo: true, votes: false }
    }

    fn fill(&self, compute: &Compute, batch: &RuleBatch<'_>, factors: &mut Factors) -> Result<(), Error> {
        let RuleBatch { parameters, stats, entropy, weighting, .. } = *batch;
        let (size, count) = (batch.size() as f32, parameters.circuits.count());
        let advantages: Vec<f32> = batch.action_advantages().collect();
        // The entropy term has another form here, and is not clipped.
        let weighted = signals(compute.level, weighting, 0.0, stats, &advantages);
        let signal = |(action, weighted): (&ActionStats, f32)| match action.probability {
            0.0 => 0.0,
            p => weighted * (1.0 - p) + entropy * (action.surprise - p * action.entropy),
        };
        let of_sample = |sample| std::iter::repeat_n(signal(sample) / size, count);
        let signals: Vec<f32> = stats.iter().zip(weighted).flat_map(of_sample).collect();
        fill_scores(compute, batch, &signals, factors);
        factors.recurrent_factor = 1.0;
        Ok(())
    }
}

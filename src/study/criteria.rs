//! The criteria by which a study judges the claims of the publications' abstracts. They were
//! written down before the first study ran; `docs/study.md` gives the reasons.
//!
//! ```text
//! confirmed    the whole interval is on the side that confirms
//! refuted      the whole interval is on the side that refutes
//! undecided    neither, or fewer than MIN_SEEDS seeds
//! not-measured the plan lacks a method or a protocol that the criterion needs
//! ```

use super::document::Curves;
use super::grid::Protocol;
use super::plan::{CORRECTED, Role};
use super::statistics::{Estimate, interquartile_mean};
use crate::task::pendulum::MAX_STEPS;
use crate::training::TaskName;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Fewest seeds for a verdict.
const MIN_SEEDS: usize = 3;

/// The largest loss that still counts as good training: two points of accuracy, or two per cent of
/// the longest episode.
const MARGIN: f64 = 0.02;

/// The least contribution of hidden units that counts as one: one point.
const CONTRIBUTION: f64 = 0.01;

/// The share of protocols that "various kinds of noise" takes.
const SHARE: f64 = 2.0 / 3.0;

/// What a criterion measures of a method that it judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// Score without noise, minus that of the best conventional method.
    Training,
    /// Share of the protocols in which the area is larger than that of the best conventional
    /// method.
    Robustness(Selection),
    /// Score without noise, minus that of each control.
    Hidden,
}

/// Which protocols count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selection {
    /// As the published programs measured.
    Published,
    /// Without their peculiarities.
    Corrected,
    /// The same, the area divided by the score without noise.
    Retained,
    /// Noise on inputs that no method clamps.
    Unclamped,
    /// Noise relative to the size of the weights.
    Relative,
}

/// A criterion.
#[derive(Debug)]
pub struct Criterion {
    /// Its name.
    pub id: &'static str,
    /// The claim that it judges.
    pub claim: &'static str,
    /// What is measured.
    pub question: &'static str,
    /// What confirms the claim.
    pub confirm: &'static str,
    /// What refutes it.
    pub refute: &'static str,
    measure: Measure,
}

const TRAINING: &str = "good training performance";
const ROBUSTNESS: &str = "better robustness to various kinds of noise than conventional methods";
const HIDDEN: &str = "the hidden units contribute to the score";
const SHARE_CONFIRMS: &str = "better, with its interval, in at least two thirds of the protocols";
const SHARE_REFUTES: &str =
    "worse, with its interval, in more than a third of the protocols, so that two thirds cannot be reached";

const fn robustness(id: &'static str, question: &'static str, selection: Selection) -> Criterion {
    let (confirm, refute) = (SHARE_CONFIRMS, SHARE_REFUTES);
    Criterion { id, claim: ROBUSTNESS, question, confirm, refute, measure: Measure::Robustness(selection) }
}

/// Every criterion.
pub static CRITERIA: [Criterion; 7] = [
    Criterion {
        id: "training",
        claim: TRAINING,
        question: "score without noise, minus that of the best conventional method, as a share of the best score",
        confirm: "the interval lies above -0.02",
        refute: "the interval lies below -0.02",
        measure: Measure::Training,
    },
    robustness(
        "robustness-published",
        "share of the protocols, as the published programs measure, in which the area under the curve is larger than that of the best \
         conventional method",
        Selection::Published,
    ),
    robustness(
        "robustness-corrected",
        "the same with the corrected variant of every kind of noise",
        Selection::Corrected,
    ),
    robustness(
        "robustness-retained",
        "the same, each area divided by the score without noise: only the loss by noise counts",
        Selection::Retained,
    ),
    robustness(
        "robustness-unclamped",
        "the same for noise on inputs, where no method clamps its inputs",
        Selection::Unclamped,
    ),
    robustness(
        "robustness-relative",
        "the same for noise on weights relative to their size",
        Selection::Relative,
    ),
    Criterion {
        id: "hidden",
        claim: HIDDEN,
        question: "score without noise, minus that of a control, as a share of the best score",
        confirm: "the interval lies above 0.01",
        refute: "the interval lies below 0.01",
        measure: Measure::Hidden,
    },
];

/// The result of a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The claim holds by this criterion.
    Confirmed,
    /// It does not.
    Refuted,
    /// The interval allows both.
    Undecided,
    /// The plan does not measure it.
    NotMeasured,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Confirmed => "confirmed",
            Verdict::Refuted => "refuted",
            Verdict::Undecided => "undecided",
            Verdict::NotMeasured => "not-measured",
        })
    }
}

/// A criterion applied to a method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// `CRITERION.TASK.METHOD`, and `.CONTROL` for criteria about controls.
    pub id: String,
    /// The criterion.
    pub criterion: String,
    /// The task.
    pub task: String,
    /// The method that is judged.
    pub method: String,
    /// The method that it is compared with; none if that differs by protocol.
    pub other: Option<String>,
    /// The claim.
    pub claim: String,
    /// What is measured.
    pub question: String,
    /// The number.
    pub value: Option<f64>,
    /// Lower end of its interval; of a share, what is certain.
    pub low: Option<f64>,
    /// Upper end; of a share, what is possible.
    pub high: Option<f64>,
    /// What confirms the claim.
    pub confirm: String,
    /// What refutes it.
    pub refute: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// The verdict on an interval that should lie above `threshold`.
fn verdict(estimate: Estimate, threshold: f64, seeds: usize) -> Verdict {
    match estimate {
        _ if seeds < MIN_SEEDS => Verdict::Undecided,
        Estimate { low, .. } if low > threshold => Verdict::Confirmed,
        Estimate { high, .. } if high < threshold => Verdict::Refuted,
        _ => Verdict::Undecided,
    }
}

/// The verdict on a share, of which `low` is certain and `high` is possible.
fn verdict_on_share(estimate: Estimate, seeds: usize) -> Verdict {
    match estimate {
        _ if seeds < MIN_SEEDS => Verdict::Undecided,
        Estimate { low, .. } if low >= SHARE => Verdict::Confirmed,
        Estimate { high, .. } if high < SHARE => Verdict::Refuted,
        _ => Verdict::Undecided,
    }
}

/// The share of a score without noise that the area keeps; nothing is kept of 0.
fn retained((&area, clean): (&f64, f64)) -> f64 {
    if clean > 0.0 { area / clean } else { 0.0 }
}

/// The best score of a task.
fn best_score(task: TaskName) -> f64 {
    if task.has_images() { 1.0 } else { MAX_STEPS as f64 }
}

/// Every criterion for every method that it is about.
pub(super) fn judge(curves: &Curves<'_>) -> Vec<Judged> {
    let mut all = Vec::new();
    for criterion in &CRITERIA {
        for (number, method) in curves.grid.methods.iter().enumerate() {
            let is_judged = match criterion.measure {
                Measure::Hidden => matches!(method.role, Role::Svpg | Role::Rule),
                _ => method.role == Role::Svpg,
            };
            if is_judged {
                all.extend(curves.apply(criterion, number));
            }
        }
    }
    all
}

impl Curves<'_> {
    fn of_role(&self, task: TaskName, role: Role) -> impl Iterator<Item = usize> {
        let methods = &self.grid.methods;
        (0..methods.len()).filter(move |&number| methods[number].task == task && methods[number].role == role)
    }

    fn apply(&self, criterion: &Criterion, method: usize) -> Vec<Judged> {
        let task = self.grid.methods[method].task;
        let seeds = self.grid.plan.seeds.len();
        let judged = |other: Option<usize>, found: Option<(Estimate, Verdict)>| {
            self.judged(criterion, method, other, found)
        };
        match criterion.measure {
            Measure::Training => {
                let best = self.of_role(task, Role::Conventional).max_by(|&a, &b| {
                    let of = |method| interquartile_mean(&self.clean(method));
                    of(a).total_cmp(&of(b))
                });
                let found = best.map(|best| self.difference(method, best));
                vec![judged(best, found.map(|found| (found, verdict(found, -MARGIN, seeds))))]
            }
            Measure::Hidden => {
                let controls = self.of_role(task, Role::Control);
                let found = controls.map(|control| {
                    let found = self.difference(method, control);
                    judged(Some(control), Some((found, verdict(found, CONTRIBUTION, seeds))))
                });
                let found: Vec<Judged> = found.collect();
                if found.is_empty() { vec![judged(None, None)] } else { found }
            }
            Measure::Robustness(selection) => {
                let found = self.share(method, selection);
                vec![judged(None, found.map(|found| (found, verdict_on_share(found, seeds))))]
            }
        }
    }

    /// Difference of the scores without noise, as a share of the best score.
    fn difference(&self, method: usize, other: usize) -> Estimate {
        let best = best_score(self.grid.methods[method].task);
        let shares = |method| self.clean(method).iter().map(|score| score / best).collect::<Vec<f64>>();
        self.bootstrap.difference(&shares(method), &shares(other))
    }

    /// Share of the protocols in which a method is better than every conventional one: by the
    /// numbers, certainly, and possibly. `None` if there is nothing to compare.
    fn share(&self, method: usize, selection: Selection) -> Option<Estimate> {
        let task = self.grid.methods[method].task;
        let protocols =
            self.grid.protocols.iter().filter(|p| p.task == task && self.is_selected(p, selection));
        let differences: Vec<Estimate> = protocols
            .filter_map(|protocol| {
                let areas = |method: usize| {
                    let areas = self.of(method, &protocol.id)?.areas();
                    Some(match selection {
                        Selection::Retained => areas.iter().zip(self.clean(method)).map(retained).collect(),
                        _ => areas,
                    })
                };
                let others = self.of_role(task, Role::Conventional).filter_map(areas);
                let best = others
                    .max_by(|a: &Vec<f64>, b| interquartile_mean(a).total_cmp(&interquartile_mean(b)))?;
                Some(self.bootstrap.difference(&areas(method)?, &best))
            })
            .collect();
        if differences.is_empty() {
            return None;
        }
        let share = |holds: fn(&Estimate) -> bool| {
            differences.iter().filter(|found| holds(found)).count() as f64 / differences.len() as f64
        };
        let (value, low) = (share(|found| found.value > 0.0), share(|found| found.low > 0.0));
        Some(Estimate { value, low, high: share(|found| found.high >= 0.0) })
    }

    fn is_selected(&self, protocol: &Protocol, selection: Selection) -> bool {
        let is_corrected = protocol.variant == CORRECTED && protocol.kind != super::grid::NONE;
        match selection {
            Selection::Published => {
                let is_published = |other: &Protocol| {
                    other.task == protocol.task && other.kind == protocol.kind && other.variant == "published"
                };
                // A kind without a published variant was measured as its only one.
                protocol.variant == "published"
                    || is_corrected && !self.grid.protocols.iter().any(is_published)
            }
            Selection::Corrected | Selection::Retained => is_corrected,
            Selection::Unclamped => protocol.variant == "unclamped",
            Selection::Relative => is_corrected && protocol.kind.starts_with("relative-"),
        }
    }

    fn judged(
        &self,
        criterion: &Criterion,
        method: usize,
        other: Option<usize>,
        found: Option<(Estimate, Verdict)>,
    ) -> Judged {
        let Criterion { id, claim, question, confirm, refute, .. } = *criterion;
        let method = &self.grid.methods[method];
        let other = other.map(|other| self.grid.methods[other].name.clone());
        let control = match (&other, criterion.measure) {
            (Some(other), Measure::Hidden) => format!(".{other}"),
            _ => String::new(),
        };
        let estimate = found.map(|(estimate, _)| estimate);
        Judged {
            id: format!("{id}.{}.{}{control}", method.task.name(), method.name),
            criterion: id.to_owned(),
            task: method.task.name().to_owned(),
            method: method.name.clone(),
            other,
            claim: claim.to_owned(),
            question: question.to_owned(),
            value: estimate.map(|estimate| estimate.value),
            low: estimate.map(|estimate| estimate.low),
            high: estimate.map(|estimate| estimate.high),
            confirm: confirm.to_owned(),
            refute: refute.to_owned(),
            verdict: found.map_or(Verdict::NotMeasured, |(_, verdict)| verdict),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CRITERIA, Estimate, Verdict, verdict, verdict_on_share};

    fn interval(low: f64, high: f64) -> Estimate {
        Estimate { value: (low + high) / 2.0, low, high }
    }

    #[test]
    fn a_verdict_needs_the_whole_interval_and_three_seeds() {
        for (low, high, seeds, expected) in [
            (-0.019, 0.1, 3, Verdict::Confirmed),
            (-0.021, 0.1, 3, Verdict::Undecided),
            (-0.5, -0.021, 3, Verdict::Refuted),
            (-0.5, -0.02, 3, Verdict::Undecided),
            (-0.019, 0.1, 2, Verdict::Undecided),
            (-0.5, -0.021, 2, Verdict::Undecided),
        ] {
            assert_eq!(verdict(interval(low, high), -0.02, seeds), expected, "{low} {high} {seeds}");
        }
        for (low, high, expected) in [
            (2.0 / 3.0, 1.0, Verdict::Confirmed),
            (0.6, 1.0, Verdict::Undecided),
            (0.0, 2.0 / 3.0, Verdict::Undecided),
            (0.0, 0.6, Verdict::Refuted),
        ] {
            assert_eq!(verdict_on_share(interval(low, high), 3), expected, "{low} {high}");
        }
    }

    #[test]
    fn the_documentation_has_every_criterion_as_it_is_applied() {
        let text = include_str!("../../docs/study.md");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = words(text);
        for criterion in &CRITERIA {
            assert!(text.contains(&format!("| `{}` |", criterion.id)), "{}", criterion.id);
            for part in [criterion.question, criterion.confirm, criterion.refute, criterion.claim] {
                assert!(text.contains(&words(part)), "{part}");
            }
        }
    }
}

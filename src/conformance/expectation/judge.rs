//! The expectation by enumeration, and the comparison of an answer with it.

use super::document::{Expectation, ExpectationAnswer, Samples};
use super::statistics::Spread;
use crate::Error;
use crate::conformance::case::{Parameters, Sample};
use crate::conformance::compare::{Block, Comparison, Tolerance, blocks_within};
use crate::conformance::oracle::{Rough, rough};

/// Rounding of a mean, relative to the numbers of which it is one.
const ROUNDING: f64 = 1e-9;

/// Probability and update of every configuration.
fn enumerated(question: &Expectation) -> Result<Vec<(f64, Parameters)>, Error> {
    let case = question.case();
    let shape = case.shape();
    let Rough { q, .. } = rough(case)?;
    let q = &q[0];
    let mut all = Vec::new();
    // A circuit of the configuration after the other; the last one changes fastest.
    let mut winners = vec![0; shape.circuits()];
    loop {
        let probability: f64 =
            (0..shape.circuits()).map(|c| q[shape.circuit(c).start + winners[c]]).product();
        let (action, hidden) = winners.split_last().expect("there is an action circuit");
        let of_configuration = case.altered(|document| {
            let sample = &mut document.batch[0];
            sample.q = Some(q.clone());
            sample.sample = Sample { hidden: hidden.to_vec(), action: *action };
            sample.advantage = question.advantage(*action);
        })?;
        all.push((probability, rough(&of_configuration)?.update));
        let Some(next) = (0..winners.len()).rev().find(|&c| winners[c] + 1 < shape.circuit(c).len()) else {
            return Ok(all);
        };
        winners[next] += 1;
        winners[next + 1..].fill(0);
    }
}

/// The expected update, in f64, by enumeration of all configurations.
///
/// # Errors
/// As [`oracle::answer`](crate::conformance::oracle::answer).
pub fn expected(question: &Expectation) -> Result<Parameters, Error> {
    Ok(Moments::new(question)?.mean)
}

/// The number of samples with which the test of samples finds its effect.
///
/// # Errors
/// As [`expected`].
pub fn needed_samples(question: &Expectation) -> Result<usize, Error> {
    Ok(Moments::new(question)?.needed(question))
}

/// Expectation, variance and largest distance from the expectation of every entry.
struct Moments {
    mean: Parameters,
    variance: Parameters,
    range: Parameters,
    /// Number of entries that are not constant.
    entries: usize,
}

impl Moments {
    fn new(question: &Expectation) -> Result<Self, Error> {
        let all = enumerated(question)?;
        let zero = Parameters::zero(question.case().shape());
        let mean = all.iter().fold(zero.clone(), |sum, (p, x)| sum.with(x, |sum, x| sum + p * x));
        let (mut variance, mut range) = (zero.clone(), zero);
        for (p, x) in &all {
            let distance = x.with(&mean, |x, mean| (x - mean).abs());
            variance = variance.with(&distance, |sum, distance| sum + p * distance * distance);
            range = range.with(&distance, f64::max);
        }
        let entries = range.values().filter(|&x| x > 0.0).count().max(1);
        Ok(Self { mean, variance, range, entries })
    }

    fn needed(&self, question: &Expectation) -> usize {
        let spreads = self.variance.values().zip(self.range.values());
        let of_entry = |(variance, range)| question.test().needed(self.entries, Spread { variance, range });
        spreads.map(of_entry).max().unwrap_or(1)
    }

    /// The allowed error of the mean of `count` samples.
    fn allowed(&self, question: &Expectation, count: usize) -> Parameters {
        let of_entry =
            |variance, range| question.test().allowed(self.entries, count, Spread { variance, range });
        let sampling = self.variance.with(&self.range, of_entry);
        sampling.with(&self.mean, |error, mean| error.max(ROUNDING * mean.abs()))
    }
}

/// Compares an answer with the expectation.
///
/// # Errors
/// As [`expected`]. Bad input: a shape disagrees, or there are too few samples to judge.
pub fn judge(
    question: &Expectation,
    answer: &ExpectationAnswer,
    tolerance: Tolerance,
) -> Result<Comparison, Error> {
    answer.check(question)?;
    let moments = Moments::new(question)?;
    let shape = question.case().shape();
    let truth = &moments.mean;
    let compared = |path, allowed: &Parameters, found| blocks_within(shape, path, truth, found, allowed);
    let (criterion, blocks, notes): (String, Vec<Block>, Vec<String>) = match (
        &answer.expected,
        &answer.samples,
    ) {
        (Some(expected), _) => {
            let allowed = truth.map(|y| tolerance.atol + tolerance.rtol * y.abs());
            (tolerance.to_string(), compared("expected", &allowed, expected), Vec::new())
        }
        (None, Some(Samples { count, mean })) => {
            let (test, needed) = (question.test(), moments.needed(question));
            if *count < needed {
                return Err(Error::bad_input(
                    "samples.count",
                    format_args!("{count} samples cannot show a bias of {}", test.effect),
                    format_args!("draw at least {needed}"),
                ));
            }
            let criterion = format!(
                "test of samples: an unbiased program fails with probability at most {}, a bias of {} passes with \
                 probability at most {}",
                test.false_alarm, test.effect, test.missed
            );
            let allowed = moments.allowed(question, *count);
            (criterion, compared("samples.mean", &allowed, mean), vec![format!("{count} samples")])
        }
        (None, None) => unreachable!("the answer was checked"),
    };
    Ok(Comparison::of_level(2, "expected update", 1, criterion, blocks, notes))
}

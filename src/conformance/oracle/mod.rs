//! The oracle: computes the answer to a case with the reference model in twice the precision of
//! f64, and rounds once at the end.
//!
//! `svpg-reference` has the mathematics; this module adds the number type, the batch and the
//! threads. Samples are processed in parallel, in chunks of a fixed size, and summed in the order
//! of the batch. The bits are the same for any number of threads.
//!
//! A given `q` replaces the mean-field state in every rule. Only the gradient `mean_field` always
//! goes through the fixed point. `residual` is the distance of the answer's `q` from a fixed point.

mod chapter;
mod double_double;
mod fixed_point;
mod network;
mod reward;
mod rough;

use crate::Error;
use crate::conformance::case::{Answer, Case, Gradients, Parameters, SampleDocument};
use chapter::{Asked, as_update, settled};
use double_double::DoubleDouble;
use fixed_point::{Both, Clamp, NoFixedPoint};
use network::{parameters, rounded, rule_of, sample};
use rayon::prelude::*;
pub(crate) use rough::{Rough, rough};
use svpg_reference::free_energy_policy;
use svpg_reference::gradient;
use svpg_reference::mean_field;
use svpg_reference::network::Update;
use svpg_reference::number::Scalar;
use svpg_reference::rule::{self, Batch, Rule, Sample, Trial};

/// Number of samples processed at a time. It limits the memory to one update per sample of a chunk.
const CHUNK: usize = 16;

/// Computes the answer to a case: mean-field states, residual, the rule's update, and the policy
/// gradients if `gradients` is true.
///
/// # Errors
/// No fixed point was found ([`Error::is_no_fixed_point`]). Bad input: the rule is `exact` and the
/// network has more than 10⁶ configurations, or the answer overflows ([`Error::is_bad_input`]).
///
/// ```
/// use svpg::conformance::case::Case;
/// use svpg::conformance::oracle::answer;
///
/// // No hidden circuit and two actions: the policy is a softmax of `b`, and `q` is the policy.
/// let case = Case::from_bytes(br#"{
///     "schema": "svpg-case/1",
///     "shape": {"states": 0, "hidden_circuits": 0, "hidden_size": 1, "actions": 2},
///     "convention": "full",
///     "weights": {"recurrent": [[0, 0], [0, 0]], "state": [], "bias": [0, 0]},
///     "rule": "svpg",
///     "batch": [{"state": [], "q": null, "sample": {"hidden": [], "action": 1}, "advantage": 2}]
/// }"#)?;
/// let answer = answer(&case, true)?;
/// // The rule is the gradient here: advantage times (one-hot of the action − policy).
/// assert_eq!(answer.q, Some(vec![vec![0.5, 0.5]]));
/// assert_eq!(answer.update.bias, [-1.0, 1.0]);
/// let exact = answer.gradients.and_then(|gradients| gradients.exact);
/// assert_eq!(exact.map(|exact| exact.bias), Some(vec![-1.0, 1.0]));
/// # Ok::<(), svpg::Error>(())
/// ```
pub fn answer(case: &Case, gradients: bool) -> Result<Answer, Error> {
    let size = case.batch().len();
    let asked = Asked::of(case);
    let question = Question { case, asked, gradients, fast: parameters(case)?, precise: parameters(case)? };
    let mut q = Vec::with_capacity(size);
    let mut residual = 0.0f64;
    let mut totals: Terms = std::array::from_fn(|_| Some(Update::zeros(question.fast.shape())));
    let indices: Vec<usize> = (0..size).collect();
    for chunk in indices.chunks(CHUNK) {
        let answers: Vec<Result<SampleAnswer, Error>> =
            chunk.par_iter().map(|&b| question.answer(b)).collect();
        for answer in answers {
            let answer = answer?;
            residual = residual.max(answer.residual);
            q.push(answer.q);
            add(&mut totals, &answer.terms);
        }
    }
    let share = DoubleDouble::ratio(1, size as i64);
    let [update, exact, mean_field, last_step, free_energy] =
        totals.map(|sum| sum.map(|sum| rounded(&sum.scaled(&share))));
    let gradients = gradients.then(|| Gradients {
        exact_reason: exact.is_none().then(too_many_configurations),
        exact,
        mean_field,
        last_step,
        free_energy,
    });
    let update = update.unwrap_or_else(|| Parameters::zero(case.shape()));
    let chapter = question.asked.as_ref().map(Asked::note);
    finite(Answer::new(q, residual, update, gradients).with_chapter(chapter))
}

/// The quantities to compute for every sample, and the network in both precisions.
struct Question<'a> {
    case: &'a Case,
    /// The rule, if it is written in a chapter.
    asked: Option<Asked<'a>>,
    gradients: bool,
    fast: svpg_reference::network::Parameters<f64>,
    precise: svpg_reference::network::Parameters<DoubleDouble>,
}

/// `q`, residual and the terms of the sums over the batch (update and four gradients) of one
/// sample.
struct SampleAnswer {
    q: Vec<f64>,
    residual: f64,
    terms: Terms,
}

impl Question<'_> {
    fn answer(&self, b: usize) -> Result<SampleAnswer, Error> {
        let at = format!("batch[{b}]");
        let refused = |error| refused_at(&at, error);
        let given: Sample<DoubleDouble> = sample(self.case, b)?;
        let both = Both {
            fast: self.fast.observe(&self.case.batch()[b].state).map_err(refused)?,
            precise: self.precise.observe(&given.state).map_err(refused)?,
        };
        let is_given = given.q.is_some();
        let q = match given.q {
            Some(q) => q,
            None => both.fixed_point(None).map_err(|none| not_found(&at, "", &none))?,
        };
        let sample = Sample { q: Some(q), ..given };
        let rule = rule_of(self.case, b);
        let action = sample.configuration.action();
        let clamp = |strength: DoubleDouble| phase(&both, Clamp { action, strength: strength.to_f64() }, &at);
        let clamped = rule.clamped_phases().into_iter().map(clamp).collect::<Result<_, _>>()?;
        let batch = Batch::new(&self.precise, vec![sample])
            .and_then(|batch| batch.with_clamped(vec![clamped]))
            .map_err(refused)?;
        let trial = &batch.trials()[0];
        let update = match &self.asked {
            None => self.update(&rule, &batch).map_err(refused)?,
            Some(asked) => self.written(asked, b, &both, trial.candidate())?,
        };
        let mut terms = [Some(update), None, None, None, None];
        let rewards = self.asked.as_ref().and_then(|asked| asked.rewards(b)).filter(|_| self.gradients);
        if let Some(rewards) = &rewards {
            let own = reward::gradients(&both, (trial.candidate(), is_given), rewards, &at)?;
            terms.iter_mut().skip(1).zip(own).for_each(|(term, own)| *term = own);
        } else if self.gradients {
            terms[1] = if self.asked.is_none() && self.case.rule().is_enumerated() {
                // The rule `exact` is this gradient, and enumeration is slow.
                terms[0].clone()
            } else {
                match gradient::exact(&batch) {
                    Err(error) if error.is_too_large() => None,
                    other => Some(other.map_err(refused)?),
                }
            };
            terms[2] = Some(mean_field_gradient(&both, trial, is_given, &at)?);
            terms[3] = Some(gradient::last_step(&batch).map_err(refused)?);
            terms[4] = free_energy_gradient(&both, trial);
        }
        let q: Vec<f64> = trial.candidate().iter().map(Scalar::to_f64).collect();
        // The residual of the printed numbers, not of those before rounding.
        let printed: Vec<DoubleDouble> = q.iter().map(|&q| DoubleDouble::new(q)).collect();
        let residual = mean_field::residual(&both.precise, &printed).to_f64();
        Ok(SampleAnswer { q, residual, terms })
    }

    /// The update of sample `b` by a rule of a chapter. `q` is the mean-field state of the sample.
    fn written(
        &self,
        asked: &Asked<'_>,
        b: usize,
        both: &Both<'_>,
        q: &[DoubleDouble],
    ) -> Result<Update<DoubleDouble>, Error> {
        let at = format!("batch[{b}]");
        let mut solve = |states: Option<&[f64]>, clamp: Option<Clamp>| match (states, clamp) {
            (None, None) => Ok(q.iter().map(Scalar::to_f64).collect()),
            _ => settled(both, (&self.fast, &self.precise), states, clamp, &at),
        };
        Ok(as_update(self.fast.shape(), &asked.update(b, &mut solve)?))
    }

    /// The contribution of one sample to the rule's update. Its average over the batch is the
    /// update.
    ///
    /// A rule that averages twice divides by B once more. A test compares the average of the terms
    /// with the reference's update of the whole batch.
    fn update(
        &self,
        rule: &Rule<DoubleDouble>,
        batch: &Batch<'_, DoubleDouble>,
    ) -> Result<Update<DoubleDouble>, svpg_reference::Error> {
        let update = rule::update(rule, batch)?;
        let share = DoubleDouble::one() / DoubleDouble::ratio(self.case.batch().len() as i64, 1);
        Ok((1..self.case.rule().averages()).fold(update, |update, _| update.scaled(&share)))
    }
}

/// The gradient of `A ln q*_a`, at the fixed point even if the case gives another `q`.
fn mean_field_gradient(
    both: &Both<'_>,
    trial: &Trial<'_, DoubleDouble>,
    is_given: bool,
    at: &str,
) -> Result<Update<DoubleDouble>, Error> {
    let solved;
    let q = if is_given {
        solved = both.fixed_point(None).map_err(|none| not_found(at, "", &none))?;
        &solved
    } else {
        trial.candidate()
    };
    let gradient = mean_field::ln_policy_gradient(trial.observed(), q, trial.action());
    Ok(gradient.map_err(|error| refused_at(at, error))?.scaled(trial.advantage()))
}

/// The gradient of `A ln π_F(a)`; `None` if a clamped fixed point was not found.
fn free_energy_gradient(both: &Both<'_>, trial: &Trial<'_, DoubleDouble>) -> Option<Update<DoubleDouble>> {
    let state = |action| both.fixed_point(Some(Clamp { action, strength: 1.0 })).ok();
    let states: Option<Vec<_>> = (0..both.fast.shape().actions()).map(state).collect();
    let gradient = |states: Vec<_>| {
        free_energy_policy::ln_policy_gradient_of(trial.observed(), &states, trial.action())
            .scaled(trial.advantage())
    };
    states.map(gradient)
}

/// The update and the four gradients.
type Terms = [Option<Update<DoubleDouble>>; 5];

/// Adds the terms of a sample. A gradient that is missing for one sample is missing for the batch.
fn add(sums: &mut Terms, terms: &Terms) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        match (sum.as_mut(), term) {
            (Some(sum), Some(term)) => sum.add_scaled(&DoubleDouble::one(), term),
            _ => *sum = None,
        }
    }
}

fn number<T: Scalar>(x: f64) -> T {
    T::from_f64(x).expect("a validated case holds finite numbers alone")
}

/// The mean-field state under a clamp.
fn phase(both: &Both<'_>, clamp: Clamp, at: &str) -> Result<Vec<DoubleDouble>, Error> {
    both.fixed_point(Some(clamp)).map_err(|none| not_found(at, " given the action", &none))
}

/// `at` is the sample, `which` says which of its mean-field states.
fn not_found(at: &str, which: &str, none: &NoFixedPoint) -> Error {
    let what = format_args!("{at}.q{which}");
    match none {
        NoFixedPoint::Refused(error) => Error::bad_input(
            format_args!("{at}: options.{}", error.place()),
            error.message(),
            "`svpg oracle --help` shows the format",
        ),
        NoFixedPoint::NotFound(residual) if !residual.is_finite() => {
            Error::bad_input(what, "the net input overflows", "use smaller weights")
        }
        NoFixedPoint::NotFound(residual) => Error::no_fixed_point(
            what,
            format_args!("no mean-field fixed point found, the best residual is {residual:e}"),
            "give q, or use smaller weights",
        ),
    }
}

fn too_many_configurations() -> String {
    let limit = svpg_reference::exact_policy::MAX_CONFIGURATIONS;
    format!("the network has more than {limit} configurations, too many to enumerate")
}

/// An error of the reference about the case as an error of this crate.
fn refused(error: svpg_reference::Error) -> Error {
    of_reference(error.place(), &error)
}

/// An error of the reference about the sample `at`. The reference sees one sample at a time, as
/// number 0.
fn refused_at(at: &str, error: svpg_reference::Error) -> Error {
    match error.place().trim_start_matches("batch[0].") {
        "q" => of_reference(&format!("{at}.q"), &error),
        place => of_reference(place, &error).within(at),
    }
}

fn of_reference(place: &str, error: &svpg_reference::Error) -> Error {
    if error.is_too_large() {
        Error::bad_input("rule", too_many_configurations(), "use the rule \"implicit\", or a smaller network")
    } else if error.is_singular() {
        Error::no_fixed_point(place, "the fixed point is degenerate: it has no gradient", "change a weight")
    } else {
        Error::bad_input(place, error.message(), "`svpg oracle --help` shows the format")
    }
}

/// Refuses an answer that overflowed, because JSON has no infinity.
fn finite(answer: Answer) -> Result<Answer, Error> {
    let named = answer.gradients.iter().flat_map(Gradients::named);
    let gradients = named.filter_map(|(_, gradient)| gradient);
    let updates = std::iter::once(&answer.update).chain(gradients).flat_map(Parameters::values);
    let q = answer.q.iter().flatten().flatten().copied();
    let is_finite = q.chain(answer.residual).chain(updates).all(f64::is_finite);
    if is_finite {
        return Ok(answer);
    }
    Err(Error::bad_input(
        "weights, batch, options",
        "the answer overflows",
        "use smaller weights and advantages, and an old_log_prob near ln q of the action",
    ))
}

/// `max |q − softmax(z(q))|` over units of every sample, for any `q` of the shape of the case
/// (B×N); not finite if the net input overflows.
///
/// # Errors
/// As [`answer`], only for the case.
pub fn residuals(case: &Case, q: &[Vec<f64>]) -> Result<Vec<f64>, Error> {
    let network = parameters::<f64>(case)?;
    let residual = |(entry, q): (&SampleDocument, &Vec<f64>)| {
        let observed = network.observe(&entry.state).map_err(refused)?;
        Ok(mean_field::residual(&observed, q))
    };
    case.batch().iter().zip(q).map(residual).collect()
}

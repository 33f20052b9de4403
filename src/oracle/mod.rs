//! The oracle: answers a case with the reference model, in twice the precision of f64, rounded once at the end.
//!
//! The mathematics is `svpg-reference`'s; here it is given numbers, a batch and threads. Samples are answered in
//! parallel, in chunks of a fixed size, and summed in the order of the batch: the same bits for any number of threads.
//!
//! A `q` that is given stands for the mean-field state in every rule. `residual` says how far it is from a fixed point.

mod double_double;
mod network;

use crate::Error;
use crate::case::{Answer, Case, Gradients, Parameters, Rule};
use double_double::DoubleDouble;
use network::{parameters, rounded, rule_of, sample};
use rayon::prelude::*;
use svpg_reference::gradient;
use svpg_reference::mean_field;
use svpg_reference::network::Update;
use svpg_reference::number::{Real, Scalar};
use svpg_reference::rule::{self, Batch};

/// Samples answered at a time: bounds the memory, one update a sample of a chunk.
const CHUNK: usize = 16;

/// Answers a case: mean-field states, residual, the rule's update, and the policy gradients if `gradients`.
///
/// # Errors
/// No fixed point was found ([`Error::is_no_fixed_point`]); the rule `exact` with more than 10⁶ configurations, or numbers so
/// large that the answer overflows ([`Error::is_bad_input`]).
pub fn answer(case: &Case, gradients: bool) -> Result<Answer, Error> {
    answer_in::<DoubleDouble>(case, gradients)
}

/// The answer computed in `T` and rounded to f64.
fn answer_in<T: Real + Send + Sync>(case: &Case, gradients: bool) -> Result<Answer, Error> {
    let parameters = parameters::<T>(case)?;
    let size = case.batch().len();
    let mean_advantage = case.batch().iter().fold(T::zero(), |sum, entry| sum + number::<T>(entry.advantage))
        / T::ratio(size as i64, 1);
    let mut q = Vec::with_capacity(size);
    let mut residual = T::zero();
    let mut total = Totals::new(parameters.shape());
    let indices: Vec<usize> = (0..size).collect();
    for chunk in indices.chunks(CHUNK) {
        let answers: Vec<Result<SampleAnswer<T>, Error>> = chunk
            .par_iter()
            .map(|&b| {
                let place = format!("batch[{b}]");
                let sample = sample(case, b)?;
                let batch = Batch::with_fixed_points(&parameters, vec![sample])
                    .map_err(|error| refused(&error).within(&place))?;
                SampleAnswer::new(case, b, &batch, &mean_advantage, gradients)
                    .map_err(|error| error.within(&place))
            })
            .collect();
        for answer in answers {
            let answer = answer?;
            residual = residual.max(answer.residual);
            q.push(answer.q);
            total.add(&answer.terms);
        }
    }
    let [update, exact, mean_field, last_step] = total.averages(size);
    let update = update.unwrap_or_else(|| Update::zeros(parameters.shape()));
    let gradients = gradients.then(|| Gradients {
        exact_reason: exact.is_none().then(too_many_configurations),
        exact: exact.as_ref().map(rounded),
        mean_field: mean_field.as_ref().map(rounded),
        last_step: last_step.as_ref().map(rounded),
    });
    finite(Answer::new(q, residual.to_f64(), rounded(&update), gradients))
}

/// `q`, residual and the terms of the sums over the batch, of one sample.
struct SampleAnswer<T> {
    q: Vec<f64>,
    residual: T,
    terms: [Option<Update<T>>; 4],
}

impl<T: Real> SampleAnswer<T> {
    /// `batch` holds sample `b` of the case alone.
    fn new(case: &Case, b: usize, batch: &Batch<'_, T>, mean: &T, gradients: bool) -> Result<Self, Error> {
        let trial = &batch.trials()[0];
        if let Some(found) = trial.fixed_point()
            && !found.converged
        {
            return Err(Error::no_fixed_point(
                "q",
                format_args!("no mean-field fixed point found, the best residual is {:e}", found.residual.to_f64()),
                "give q, or use smaller weights",
            ));
        }
        let terms = [
            Some(update_of(case, b, batch, mean)?),
            if gradients { optional(gradient::exact(batch))? } else { None },
            if gradients { Some(gradient::mean_field(batch).map_err(|error| refused(&error))?) } else { None },
            if gradients { Some(gradient::last_step(batch).map_err(|error| refused(&error))?) } else { None },
        ];
        let q: Vec<f64> = trial.candidate().iter().map(Scalar::to_f64).collect();
        // Of the numbers that are printed, not of those before rounding.
        let printed: Vec<T> = q.iter().map(|&q| number(q)).collect();
        let residual = mean_field::residual(trial.observed(), &printed);
        Ok(Self { q, residual, terms })
    }
}

/// One sample's term of the rule's update, so that the average over the batch is the update.
///
/// Two rules look at the batch as a whole: `two-phase` centres the advantage, and `svpg-tpami` divides by B once more. A test
/// holds the sum of terms against the reference's update of the whole batch.
fn update_of<T: Real>(case: &Case, b: usize, batch: &Batch<'_, T>, mean: &T) -> Result<Update<T>, Error> {
    let trial = &batch.trials()[0];
    let rule = rule_of::<T>(case, b);
    let update = match case.rule() {
        Rule::TwoPhase => {
            let clamped = mean_field::clamped(trial.observed(), trial.action()).map_err(|error| refused(&error))?;
            if !clamped.converged {
                return Err(Error::no_fixed_point(
                    "q given the action",
                    format_args!(
                        "no clamped mean-field fixed point found, the best residual is {:e}",
                        clamped.residual.to_f64()
                    ),
                    "use smaller weights",
                ));
            }
            let contrast = rule::two_phase::contrast(trial.observed(), &clamped.q, trial.candidate());
            contrast.scaled(&(trial.advantage().clone() - mean.clone()))
        }
        _ => rule::update(&rule, batch).map_err(|error| refused(&error))?,
    };
    Ok(match case.rule() {
        Rule::SvpgTpami => update.scaled(&T::ratio(1, case.batch().len() as i64)),
        _ => update,
    })
}

/// Sums over the batch of the update and the three gradients.
struct Totals<T> {
    shape: svpg_reference::network::Shape,
    sums: [Option<Update<T>>; 4],
}

impl<T: Real> Totals<T> {
    fn new(shape: svpg_reference::network::Shape) -> Self {
        Self { shape, sums: [const { None }; 4] }
    }

    fn add(&mut self, terms: &[Option<Update<T>>; 4]) {
        for (sum, term) in self.sums.iter_mut().zip(terms) {
            if let Some(term) = term {
                sum.get_or_insert_with(|| Update::zeros(self.shape)).add_scaled(&T::one(), term);
            }
        }
    }

    fn averages(self, size: usize) -> [Option<Update<T>>; 4] {
        let share = T::one() / T::ratio(size as i64, 1);
        self.sums.map(|sum| sum.map(|sum| sum.scaled(&share)))
    }
}

fn number<T: Scalar>(x: f64) -> T {
    T::from_f64(x).expect("a validated case holds finite numbers alone")
}

fn optional<T>(
    gradient: Result<Update<T>, svpg_reference::Error>,
) -> Result<Option<Update<T>>, Error> {
    match gradient {
        Err(error) if error.is_too_large() => Ok(None),
        other => other.map(Some).map_err(|error| refused(&error)),
    }
}

fn too_many_configurations() -> String {
    format!(
        "the network has more than {} configurations, too many to enumerate",
        svpg_reference::exact_policy::MAX_CONFIGURATIONS
    )
}

/// The reference's refusal in this crate's words.
fn refused(error: &svpg_reference::Error) -> Error {
    if error.is_too_large() {
        Error::bad_input("rule", too_many_configurations(), "use the rule \"implicit\", or a smaller network")
    } else if error.is_not_converged() {
        Error::no_fixed_point(error.place(), error.message(), "give q, or use smaller weights")
    } else if error.is_singular() {
        Error::no_fixed_point(error.place(), "the fixed point is degenerate: it has no gradient", "change a weight")
    } else {
        Error::bad_input(error.place(), error.message(), "`svpg oracle --help` shows the format")
    }
}

/// JSON has no infinity: an answer that overflowed is refused.
fn finite(answer: Answer) -> Result<Answer, Error> {
    let gradients = answer.gradients.iter().flat_map(|g| [&g.exact, &g.mean_field, &g.last_step]).flatten();
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

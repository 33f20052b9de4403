//! The input of a rule: observed states, sampled configurations and advantages, with mean-field
//! states.

use crate::Error;
use crate::configuration::Configuration;
use crate::mean_field::{self, FixedPoint};
use crate::network::{Observed, Parameters, Shape, Update};
use crate::number::{Real, Scalar};

/// One sample, as given by the caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample<T> {
    /// `s`, `S` entries in `[0,1]`.
    pub state: Vec<T>,
    /// `q`, `N` entries, a probability vector in every circuit; `None`: the fixed point is
    /// computed.
    pub q: Option<Vec<T>>,
    /// The sampled `v`.
    pub configuration: Configuration,
    /// `A`, reward minus baseline, finite.
    pub advantage: T,
}

/// One validated sample with its network.
#[derive(Clone, Debug)]
pub struct Trial<'a, T> {
    observed: Observed<'a, T>,
    q: Vec<T>,
    fixed_point: Option<FixedPoint<T>>,
    clamped: Vec<Vec<T>>,
    configuration: Configuration,
    advantage: T,
}

impl<'a, T: Scalar> Trial<'a, T> {
    /// The network at this sample's state.
    pub fn observed(&self) -> &Observed<'a, T> {
        &self.observed
    }

    /// The result of the search for the fixed point; `None` if `q` was given.
    pub fn fixed_point(&self) -> Option<&FixedPoint<T>> {
        self.fixed_point.as_ref()
    }

    /// The given or computed `q`, `N` long, even if the search did not converge.
    pub fn candidate(&self) -> &[T] {
        &self.q
    }

    /// The sampled configuration.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The sampled action, `0..A`.
    pub fn action(&self) -> usize {
        self.configuration.action()
    }

    /// The advantage `A`.
    pub fn advantage(&self) -> &T {
        &self.advantage
    }
}

impl<T: Scalar> Trial<'_, T> {
    /// The given or computed `q`, `N` long.
    ///
    /// # Errors
    /// `q` was not given and no fixed point was found ([`Error::is_not_converged`]).
    pub fn q(&self) -> Result<&[T], Error> {
        match &self.fixed_point {
            Some(found) if !found.converged => Err(found.not_converged("q")),
            _ => Ok(&self.q),
        }
    }

    /// `e = v - q`, `N` long: the score with respect to the net input (L1).
    ///
    /// # Errors
    /// As [`Trial::q`].
    pub fn score(&self) -> Result<Vec<T>, Error> {
        let v = self.configuration.one_hot::<T>();
        Ok(v.into_iter().zip(self.q()?).map(|(v, q)| v - q.clone()).collect())
    }
}

impl<T: Real> Trial<'_, T> {
    /// The activity `q|βa` of the sampled action `a`, `N` long: number `phase` of those given by
    /// [`Batch::with_clamped`], else the fixed point.
    ///
    /// # Errors
    /// As [`mean_field::weakly_clamped`]; no fixed point was found ([`Error::is_not_converged`]).
    pub(super) fn clamped(&self, phase: usize, beta: &T) -> Result<Vec<T>, Error> {
        if let Some(given) = self.clamped.get(phase) {
            return Ok(given.clone());
        }
        let found = mean_field::weakly_clamped(&self.observed, self.action(), beta)?;
        Ok(found.required("q given the action")?.q)
    }
}

/// A batch of at least one validated sample of one network.
#[derive(Clone, Debug)]
pub struct Batch<'a, T> {
    shape: Shape,
    trials: Vec<Trial<'a, T>>,
}

impl<'a, T: Scalar> Batch<'a, T> {
    /// A batch in which all samples have `q`, over any number type.
    ///
    /// # Errors
    /// There is no sample; a state or `q` has another length or entries outside `[0,1]`; the sum
    /// over a circuit of `q` differs from 1 by more than 10⁻⁴; a configuration has another shape;
    /// an advantage is not finite; a `q` is missing.
    pub fn new(parameters: &'a Parameters<T>, samples: Vec<Sample<T>>) -> Result<Self, Error> {
        Self::build(parameters, samples, |_| {
            Err(Error::invalid("q", "is missing; give it, or ask for fixed points"))
        })
    }

    fn build(
        parameters: &'a Parameters<T>,
        samples: Vec<Sample<T>>,
        missing: impl Fn(&Observed<'a, T>) -> Result<FixedPoint<T>, Error>,
    ) -> Result<Self, Error> {
        if samples.is_empty() {
            return Err(Error::invalid("batch", "is empty; give at least one sample"));
        }
        let trial = |sample: Sample<T>| {
            let observed = parameters.observe(&sample.state)?;
            if sample.configuration.shape() != parameters.shape() {
                return Err(Error::invalid("sample", "is of another shape; sample from this network"));
            }
            if !sample.advantage.is_finite() {
                return Err(Error::invalid("advantage", "is not a finite number; use a finite number"));
            }
            let (q, fixed_point) = match sample.q {
                Some(q) => (check_probabilities(parameters.shape(), q)?, None),
                None => {
                    let found = missing(&observed)?;
                    (found.q.clone(), Some(found))
                }
            };
            let Sample { configuration, advantage, .. } = sample;
            Ok(Trial { observed, q, fixed_point, clamped: Vec::new(), configuration, advantage })
        };
        let trials = samples
            .into_iter()
            .enumerate()
            .map(|(b, sample)| trial(sample).map_err(|error| error.within(&format!("batch[{b}]"))))
            .collect::<Result<_, _>>()?;
        Ok(Self { shape: parameters.shape(), trials })
    }

    /// This batch with given clamped activities: for every sample, one activity (`N` long) for each
    /// of the rule's [`clamped_phases`](super::Rule::clamped_phases), in this order.
    ///
    /// # Errors
    /// The number of samples or the length of an activity differs ([`Error::is_invalid`]).
    pub fn with_clamped(mut self, clamped: Vec<Vec<Vec<T>>>) -> Result<Self, Error> {
        let units = self.shape.units();
        if clamped.len() != self.trials.len() {
            let message = format!("holds {} samples; the batch has {}", clamped.len(), self.trials.len());
            return Err(Error::invalid("clamped", message));
        }
        for (b, phases) in clamped.iter().enumerate() {
            if let Some(k) = phases.iter().position(|q| q.len() != units) {
                let message = format!("has {} entries; the shape requires {units}", phases[k].len());
                return Err(Error::invalid(format!("clamped[{b}][{k}]"), message));
            }
        }
        for (trial, phases) in self.trials.iter_mut().zip(clamped) {
            trial.clamped = phases;
        }
        Ok(self)
    }

    /// The samples.
    pub fn trials(&self) -> &[Trial<'a, T>] {
        &self.trials
    }

    /// `B`, in the number type.
    pub fn size(&self) -> T {
        // A batch that fits in memory has fewer than 2⁶³ samples.
        T::ratio(self.trials.len() as i64, 1)
    }

    /// `(1/B) Σ_b term(b)`; an error gets the place of the sample.
    ///
    /// # Errors
    /// The first error of `term`.
    pub fn average(
        &self,
        term: impl Fn(&Trial<'a, T>) -> Result<Update<T>, Error>,
    ) -> Result<Update<T>, Error> {
        self.average_indexed(|_, trial| term(trial))
    }

    /// [`Batch::average`] of a term that also depends on the sample's number.
    pub(super) fn average_indexed(
        &self,
        term: impl Fn(usize, &Trial<'a, T>) -> Result<Update<T>, Error>,
    ) -> Result<Update<T>, Error> {
        let mut total = Update::zeros(self.shape);
        for (b, trial) in self.trials.iter().enumerate() {
            let term = term(b, trial).map_err(|error| error.within(&format!("batch[{b}]")))?;
            total.add_scaled(&T::one(), &term);
        }
        Ok(total.scaled(&(T::one() / self.size())))
    }
}

impl<'a, T: Real> Batch<'a, T> {
    /// A batch in which missing `q` are replaced by the free fixed points. A failed search is not
    /// an error here: see [`Trial::fixed_point`].
    ///
    /// # Errors
    /// As [`Batch::new`], except for a missing `q`.
    pub fn with_fixed_points(parameters: &'a Parameters<T>, samples: Vec<Sample<T>>) -> Result<Self, Error> {
        Self::build(parameters, samples, |observed| Ok(mean_field::free(observed)))
    }
}

fn check_probabilities<T: Scalar>(shape: Shape, q: Vec<T>) -> Result<Vec<T>, Error> {
    if q.len() != shape.units() {
        let message = format!("has {} entries; the shape requires {}", q.len(), shape.units());
        return Err(Error::invalid("q", message));
    }
    for (i, entry) in q.iter().enumerate() {
        if !(*entry >= T::zero() && *entry <= T::one()) {
            return Err(Error::invalid(format!("q[{i}]"), "is outside [0,1]; give probabilities"));
        }
    }
    for circuit in shape.circuits() {
        let sum = q[circuit.clone()].iter().fold(T::zero(), |sum, entry| sum + entry.clone());
        // The tolerance permits the rounding of answers in 32 bits.
        if (sum - T::one()).abs() > T::ratio(1, 10_000) {
            let message = format!("to q[{}] do not sum to 1; normalise each circuit", circuit.end - 1);
            return Err(Error::invalid(format!("q[{}]", circuit.start), message));
        }
    }
    Ok(q)
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;

    use super::*;
    use crate::mean_field::free;
    use crate::network::Convention;
    use crate::rule::{Rule, update};
    use crate::testing::network;

    fn refusal(change: impl Fn(&mut Vec<Sample<f64>>)) -> Error {
        let recipe = network(Convention::Full, false);
        let parameters = recipe.parameters::<f64>();
        let mut samples = recipe.samples(Some(recipe.probabilities()));
        change(&mut samples);
        Batch::new(&parameters, samples).unwrap_err()
    }

    #[test]
    fn a_refusal_names_sample_and_entry() {
        let q =
            |samples: &mut Vec<Sample<f64>>, i: usize, value: f64| samples[2].q.as_mut().unwrap()[i] = value;
        assert_eq!(refusal(Vec::clear).place(), "batch");
        assert_eq!(refusal(|s| s[1].state[0] = 1.5).place(), "batch[1].state[0]");
        assert_eq!(refusal(|s| s[2].q = None).place(), "batch[2].q");
        assert_eq!(refusal(|s| s[0].q.as_mut().unwrap().truncate(8)).place(), "batch[0].q");
        assert_eq!(refusal(|s| q(s, 7, -0.1)).place(), "batch[2].q[7]");
        assert_eq!(refusal(|s| q(s, 7, 1.1)).place(), "batch[2].q[7]");
        assert_eq!(refusal(|s| q(s, 7, f64::NAN)).place(), "batch[2].q[7]");
        let error = refusal(|s| s[2].q.as_mut().unwrap()[4] += 2e-4);
        assert!(error.to_string().starts_with("batch[2].q[3]: to q[5] do not sum to 1;"), "{error}");
        assert_eq!(refusal(|s| s[1].advantage = f64::INFINITY).place(), "batch[1].advantage");
        let other = Configuration::new(Shape::new(2, 2, 3, 2).unwrap(), &[0, 0], 0).unwrap();
        assert_eq!(refusal(|s| s[1].configuration = other.clone()).place(), "batch[1].sample");
    }

    #[test]
    fn the_rounding_of_a_short_float_is_no_fault() {
        let recipe = network(Convention::Full, false);
        let parameters = recipe.parameters::<f64>();
        let mut samples = recipe.samples(Some(recipe.probabilities::<f64>()));
        samples[0].q.as_mut().unwrap()[0] += 9e-5;
        assert!(Batch::new(&parameters, samples).is_ok());
        // A difference of exactly 10⁻⁴ is allowed; only exact numbers can test this.
        let exact = recipe.parameters::<BigRational>();
        let mut samples = recipe.samples(Some(recipe.probabilities::<BigRational>()));
        samples[0].q.as_mut().unwrap()[0] += BigRational::ratio(1, 10_000);
        assert!(Batch::new(&exact, samples).is_ok());
    }

    #[test]
    fn a_trial_holds_what_was_given_or_found() {
        let recipe = network(Convention::Full, false);
        let parameters = recipe.parameters::<f64>();
        let solved = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
        let trial = &solved.trials()[1];
        let found = free(trial.observed());
        assert_eq!((trial.candidate(), trial.q().unwrap()), (&found.q[..], &found.q[..]));
        assert_eq!(trial.fixed_point().unwrap().residual, found.residual);
        assert_eq!((trial.action(), trial.configuration()), (1, &recipe.configuration(1)));
        assert_eq!((*trial.advantage(), solved.size()), (-0.2, 3.0));
        let v = recipe.configuration(1).one_hot::<f64>();
        let score = trial.score().unwrap();
        assert!((0..9).all(|i| score[i] == v[i] - found.q[i]));
        let exact = recipe.parameters::<BigRational>();
        let given = Batch::new(&exact, recipe.samples(Some(recipe.probabilities()))).unwrap();
        assert!(given.trials()[0].fixed_point().is_none());
        assert_eq!(given.trials()[0].candidate(), recipe.probabilities::<BigRational>());
    }

    #[test]
    fn without_a_fixed_point_there_is_no_update() {
        let recipe = network(Convention::Full, false);
        let valid = recipe.parameters::<f64>();
        let mut recurrent = valid.recurrent().clone();
        recurrent.entries_mut().iter_mut().for_each(|entry| *entry *= 1e308);
        let (mask, state) = (valid.mask().clone(), valid.state().clone());
        let bias = valid.bias().to_vec();
        let parameters =
            Parameters::new(recipe.shape, Convention::Full, mask, recurrent, state, bias).unwrap();
        let batch = Batch::with_fixed_points(&parameters, recipe.samples(None)).unwrap();
        assert!(!batch.trials()[0].fixed_point().unwrap().converged);
        let nudged = Rule::Nudged { beta: 0.5, centred: false };
        for rule in [Rule::Svpg, Rule::SvpgBmvc, Rule::Implicit, Rule::TwoPhase, nudged] {
            let error = update(&rule, &batch).unwrap_err();
            assert!(error.is_not_converged() && error.place().starts_with("batch[0].q"), "{error}");
        }
        assert!(crate::gradient::mean_field(&batch).unwrap_err().is_not_converged());
        assert!(crate::gradient::last_step(&batch).unwrap_err().is_not_converged());
    }
}

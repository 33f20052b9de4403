//! What a rule learns from: observed states, sampled configurations, advantages, each with a mean-field state.

use crate::Error;
use crate::configuration::Configuration;
use crate::mean_field::{self, FixedPoint};
use crate::network::{Observed, Parameters, Shape, Update};
use crate::number::{Real, Scalar};

/// One sample as given.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample<T> {
    /// `s`, `S` entries in `[0,1]`.
    pub state: Vec<T>,
    /// `q`, `N` entries, a probability vector in every circuit; `None` asks for the fixed point.
    pub q: Option<Vec<T>>,
    /// The sampled `v`.
    pub configuration: Configuration,
    /// `A`, reward minus baseline, finite.
    pub advantage: T,
}

/// One validated sample beside its network.
#[derive(Clone, Debug)]
pub struct Trial<'a, T> {
    observed: Observed<'a, T>,
    q: Vec<T>,
    fixed_point: Option<FixedPoint<T>>,
    configuration: Configuration,
    advantage: T,
}

impl<'a, T: Scalar> Trial<'a, T> {
    /// The network at this sample's state.
    pub fn observed(&self) -> &Observed<'a, T> {
        &self.observed
    }

    /// What the search for the fixed point came to, where `q` was not given.
    pub fn fixed_point(&self) -> Option<&FixedPoint<T>> {
        self.fixed_point.as_ref()
    }

    /// `q` as given or found, `N` long, whether or not it converged.
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
    /// `q` as given or found, `N` long.
    ///
    /// # Errors
    /// It was not given and no fixed point was found ([`Error::is_not_converged`]).
    pub fn q(&self) -> Result<&[T], Error> {
        match &self.fixed_point {
            Some(found) if !found.converged => Err(found.not_converged("q")),
            _ => Ok(&self.q),
        }
    }

    /// `e = v - q`, `N` long: every winner's score (L1).
    ///
    /// # Errors
    /// As [`Trial::q`].
    pub fn score(&self) -> Result<Vec<T>, Error> {
        let v = self.configuration.one_hot::<T>();
        Ok(v.into_iter().zip(self.q()?).map(|(v, q)| v - q.clone()).collect())
    }
}

/// A batch of validated samples of one network; at least one.
#[derive(Clone, Debug)]
pub struct Batch<'a, T> {
    shape: Shape,
    trials: Vec<Trial<'a, T>>,
}

impl<'a, T: Scalar> Batch<'a, T> {
    /// A batch whose samples all give `q`, over any number type.
    ///
    /// # Errors
    /// No sample; a state or `q` of another length or outside `[0,1]`; a circuit of `q` whose sum is more than 10⁻⁴ from 1; a
    /// configuration of another shape; an advantage that is not finite; a `q` that is missing.
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
                return Err(Error::invalid("advantage", "is not a finite number; use one"));
            }
            let (q, fixed_point) = match sample.q {
                Some(q) => (check_probabilities(parameters.shape(), q)?, None),
                None => {
                    let found = missing(&observed)?;
                    (found.q.clone(), Some(found))
                }
            };
            let Sample { configuration, advantage, .. } = sample;
            Ok(Trial { observed, q, fixed_point, configuration, advantage })
        };
        let trials = samples
            .into_iter()
            .enumerate()
            .map(|(b, sample)| trial(sample).map_err(|error| error.within(&format!("batch[{b}]"))))
            .collect::<Result<_, _>>()?;
        Ok(Self { shape: parameters.shape(), trials })
    }

    /// The samples.
    pub fn trials(&self) -> &[Trial<'a, T>] {
        &self.trials
    }

    /// `B`, as a number.
    pub fn size(&self) -> T {
        // A batch that fills memory has fewer than 2⁶³ samples.
        T::ratio(self.trials.len() as i64, 1)
    }

    /// `(1/B) Σ_b term(b)`; an error gains the sample's place.
    ///
    /// # Errors
    /// The first that `term` returns.
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
    /// A batch whose missing `q` are the free fixed points. A search that fails is no error here: see [`Trial::fixed_point`].
    ///
    /// # Errors
    /// As [`Batch::new`], but for a missing `q`.
    pub fn with_fixed_points(parameters: &'a Parameters<T>, samples: Vec<Sample<T>>) -> Result<Self, Error> {
        Self::build(parameters, samples, |observed| Ok(mean_field::free(observed)))
    }
}

fn check_probabilities<T: Scalar>(shape: Shape, q: Vec<T>) -> Result<Vec<T>, Error> {
    if q.len() != shape.units() {
        let message = format!("has {} entries; the shape asks for {}", q.len(), shape.units());
        return Err(Error::invalid("q", message));
    }
    for (i, entry) in q.iter().enumerate() {
        if !(*entry >= T::zero() && *entry <= T::one()) {
            return Err(Error::invalid(format!("q[{i}]"), "is outside [0,1]; give probabilities"));
        }
    }
    for circuit in shape.circuits() {
        let sum = q[circuit.clone()].iter().fold(T::zero(), |sum, entry| sum + entry.clone());
        // Room for the rounding of an answer in 32 bits.
        if (sum - T::one()).abs() > T::ratio(1, 10_000) {
            let message = format!("to q[{}] do not sum to 1; normalise each circuit", circuit.end - 1);
            return Err(Error::invalid(format!("q[{}]", circuit.start), message));
        }
    }
    Ok(q)
}

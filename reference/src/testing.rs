//! Test helpers: random networks with shrinking, the same numbers in every type, a generator with
//! given draws, and the comparison of a gradient with finite differences.

use std::convert::Infallible;

use proptest::collection::vec;
use proptest::prelude::*;
use rand::TryRng;

use crate::configuration::Configuration;
use crate::finite_difference::derivative;
use crate::network::{Convention, Mask, Parameters, Shape, Update};
use crate::number::{Matrix, Scalar};
use crate::rule::Sample;

/// The data of a random network. All numbers are multiples of 1/16, so each number type represents
/// them exactly.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) shape: Shape,
    pub(crate) convention: Convention,
    pub(crate) masked: bool,
    pub(crate) numbers: Vec<i64>,
}

/// Networks of up to 2 states, 3 hidden circuits of 3 units and 3 actions, with weights of
/// magnitude up to `largest / 16`.
pub(crate) fn networks(largest: i64) -> impl Strategy<Value = Recipe> {
    let sizes = (0..=2usize, 0..=3usize, 1..=3usize, 1..=3usize);
    let numbers = vec(-largest..=largest, 97);
    (sizes, any::<bool>(), any::<bool>(), numbers).prop_map(|((s, g, d, a), full, masked, numbers)| Recipe {
        shape: Shape::new(s, g, d, a).unwrap(),
        convention: if full { Convention::Full } else { Convention::Half },
        masked,
        numbers,
    })
}

/// A fixed network of two hidden circuits of 3 units, 3 actions and 2 states.
pub(crate) fn network(convention: Convention, masked: bool) -> Recipe {
    let numbers = (0..97).map(|k| (k * k * 31 + k * 17 + 5) % 33 - 16).collect();
    Recipe { shape: Shape::new(2, 2, 3, 3).unwrap(), convention, masked, numbers }
}

/// Both conventions, with and without mask.
pub(crate) fn four_networks() -> impl Iterator<Item = Recipe> {
    [Convention::Full, Convention::Half].into_iter().flat_map(|c| [false, true].map(|m| network(c, m)))
}

impl Recipe {
    /// The `k`-th number; 97 is prime, so no index pattern of a network coincides with the period.
    pub(crate) fn number<T: Scalar>(&self, k: usize) -> T {
        T::ratio(self.numbers[k % 97], 16)
    }

    /// A number in `0..=1`.
    pub(crate) fn fraction<T: Scalar>(&self, k: usize) -> T {
        T::ratio(self.numbers[k % 97].rem_euclid(17), 16)
    }

    pub(crate) fn mask(&self) -> Mask {
        let n = self.shape.units();
        let kept = |i: usize, j: usize| !self.masked || !(i + j).is_multiple_of(3);
        Mask::new(
            self.shape,
            &Matrix::from_fn(n, n, kept),
            &Matrix::from_fn(self.shape.states(), n, |k, i| kept(k + 1, i)),
        )
        .unwrap()
    }

    pub(crate) fn parameters<T: Scalar>(&self) -> Parameters<T> {
        let (n, mask) = (self.shape.units(), self.mask());
        let recurrent = Matrix::from_fn(n, n, |i, j| {
            if mask.recurrent(i, j) { self.number(i.min(j) * n + i.max(j)) } else { T::zero() }
        });
        let state = Matrix::from_fn(self.shape.states(), n, |k, i| {
            if mask.state(k, i) { self.number(n * n + k * n + i) } else { T::zero() }
        });
        let bias = (0..n).map(|i| self.number(3 * n * n + i)).collect();
        Parameters::new(self.shape, self.convention, mask, recurrent, state, bias).unwrap()
    }

    pub(crate) fn state<T: Scalar>(&self, sample: usize) -> Vec<T> {
        (0..self.shape.states()).map(|k| self.fraction(7 * sample + k + 1)).collect()
    }

    pub(crate) fn configuration(&self, sample: usize) -> Configuration {
        let hidden: Vec<usize> =
            (0..self.shape.hidden_circuits()).map(|c| (sample + c) % self.shape.hidden_size()).collect();
        Configuration::new(self.shape, &hidden, sample % self.shape.actions()).unwrap()
    }

    /// Positive rational probabilities in every circuit.
    pub(crate) fn probabilities<T: Scalar>(&self) -> Vec<T> {
        let weight = |i: usize| T::one() + self.fraction(11 * i + 3);
        let mut q = Vec::new();
        for circuit in self.shape.circuits() {
            let total = circuit.clone().map(weight).fold(T::zero(), |sum, w| sum + w);
            q.extend(circuit.map(|i| weight(i) / total.clone()));
        }
        q
    }

    /// Three samples with unequal advantages.
    pub(crate) fn samples<T: Scalar>(&self, q: Option<Vec<T>>) -> Vec<Sample<T>> {
        (0..3)
            .map(|b| Sample {
                state: self.state(b),
                q: q.clone(),
                configuration: self.configuration(b),
                advantage: T::ratio(3 - 4 * b as i64, 5),
            })
            .collect()
    }
}

/// A generator that gives the words of an iterator.
pub(crate) struct Scripted<I>(I);

impl Scripted<std::vec::IntoIter<u64>> {
    pub(crate) fn words(words: impl Into<Vec<u64>>) -> Self {
        Self(words.into().into_iter())
    }

    /// Words whose uniform draws are these, rounded down to a multiple of 2⁻⁵³.
    pub(crate) fn draws(draws: impl Into<Vec<f64>>) -> Self {
        let word = |draw: f64| ((draw * (1u64 << 53) as f64) as u64) << 11;
        Self::words(draws.into().into_iter().map(word).collect::<Vec<_>>())
    }

    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }
}

impl Scripted<std::iter::Repeat<u64>> {
    /// Every draw is 0.
    pub(crate) fn zeros() -> Self {
        Self(std::iter::repeat(0))
    }
}

impl<I: Iterator<Item = u64>> TryRng for Scripted<I> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unimplemented!("a draw is a u64")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next().expect("a draw is left"))
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        unimplemented!("a draw is a u64")
    }
}

/// One parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Coordinate {
    Recurrent(usize, usize),
    State(usize, usize),
    Bias(usize),
}

impl Coordinate {
    pub(crate) fn all(shape: Shape) -> Vec<Self> {
        let n = shape.units();
        let pairs = (0..n).flat_map(|i| (0..n).map(move |j| Self::Recurrent(i, j)));
        let states = (0..shape.states()).flat_map(|k| (0..n).map(move |i| Self::State(k, i)));
        pairs.chain(states).chain((0..n).map(Self::Bias)).collect()
    }

    pub(crate) fn exists(self, mask: &Mask) -> bool {
        match self {
            Self::Recurrent(i, j) => mask.recurrent(i, j),
            Self::State(k, i) => mask.state(k, i),
            Self::Bias(_) => true,
        }
    }

    pub(crate) fn of<T: Scalar>(self, update: &Update<T>) -> T {
        match self {
            Self::Recurrent(i, j) => update.recurrent[(i, j)].clone(),
            Self::State(k, i) => update.state[(k, i)].clone(),
            Self::Bias(i) => update.bias[i].clone(),
        }
    }

    /// The parameters with this entry changed by `h`. The energy depends only on the symmetric part
    /// of `W`: to change `W_ij` by `h` in a general matrix, `W_ij` and `W_ji` change by `h/2` each.
    pub(crate) fn moved(self, parameters: &Parameters<f64>, h: f64) -> Parameters<f64> {
        let mut recurrent = parameters.recurrent().clone();
        let mut state = parameters.state().clone();
        let mut bias = parameters.bias().to_vec();
        match self {
            Self::Recurrent(i, j) => {
                recurrent[(i, j)] += h / 2.0;
                recurrent[(j, i)] += h / 2.0;
            }
            Self::State(k, i) => state[(k, i)] += h,
            Self::Bias(i) => bias[i] += h,
        }
        let mask = parameters.mask().clone();
        Parameters::new(parameters.shape(), parameters.convention(), mask, recurrent, state, bias).unwrap()
    }
}

/// Asserts that `gradient` is the entry-wise derivative of `objective` in every existing entry, and
/// 0 in the others.
pub(crate) fn assert_gradient(
    parameters: &Parameters<f64>,
    gradient: &Update<f64>,
    objective: impl Fn(&Parameters<f64>) -> f64,
) {
    let mut largest = 0.0f64;
    for coordinate in Coordinate::all(parameters.shape()) {
        let entry = coordinate.of(gradient);
        if !coordinate.exists(parameters.mask()) {
            assert_eq!(entry, 0.0, "{coordinate:?} is masked");
            continue;
        }
        let estimate = derivative(|h| objective(&coordinate.moved(parameters, *h)), &0.0, &0.25, 8, &1e-14);
        assert!(estimate.bound < 1e-8, "{coordinate:?}: the estimate is worth nothing: {estimate:?}");
        assert!(estimate.admits(&entry), "{coordinate:?}: {entry} against {estimate:?}");
        largest = largest.max(entry.abs());
    }
    assert!(largest > 1e-3, "the objective does not move");
}

/// Asserts that two sequences agree entry by entry within `tolerance`.
pub(crate) fn assert_close<'a, T: Scalar + 'a>(
    left: impl IntoIterator<Item = &'a T>,
    right: impl IntoIterator<Item = &'a T>,
    tolerance: f64,
) {
    let (left, right): (Vec<&T>, Vec<&T>) = (left.into_iter().collect(), right.into_iter().collect());
    assert_eq!(left.len(), right.len());
    for (k, (a, b)) in left.into_iter().zip(right).enumerate() {
        let difference = (a.clone() - b.clone()).abs().to_f64();
        assert!(difference <= tolerance, "entry {k}: {a:?} against {b:?}");
    }
}

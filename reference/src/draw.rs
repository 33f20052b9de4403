//! Draws from a random generator: uniform numbers, spikes, configurations, actions.
//!
//! Every function takes any [`rand::Rng`]. Every draw uses one `u64` of the generator, so all
//! number types get the same draws.
//!
//! ```
//! use rand::SeedableRng;
//! use rand::rngs::Xoshiro256PlusPlus;
//! use svpg_reference::configuration::Configuration;
//! use svpg_reference::draw;
//! use svpg_reference::mean_field::free;
//! use svpg_reference::network::{Convention, Mask, Parameters, Shape};
//! use svpg_reference::number::Matrix;
//!
//! // No weights: the action circuit is a softmax of its bias, 0 and ln 3.
//! let shape = Shape::new(1, 1, 2, 2)?;
//! let bias = vec![0.0, 0.0, 0.0, 3.0f64.ln()];
//! let parameters = Parameters::new(shape, Convention::Full, Mask::all(shape),
//!     Matrix::zeros(4, 4), Matrix::zeros(1, 4), bias)?;
//! let q = free(&parameters.observe(&[1.0])?).q;
//!
//! // 4000 configurations: action 1 has the probability 3/4, with a standard error of 0.007.
//! let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
//! let ones = (0..4000)
//!     .map(|_| draw::configuration(shape, &q, &mut rng))
//!     .filter(|v| v.as_ref().is_ok_and(|v| v.action() == 1))
//!     .count();
//! assert!((ones as f64 / 4000.0 - 0.75).abs() < 0.03);
//! # Ok::<(), svpg_reference::Error>(())
//! ```

use rand::Rng;

use crate::Error;
use crate::configuration::Configuration;
use crate::network::Shape;
use crate::number::Scalar;

/// A uniform draw from the multiples of 2⁻⁵³ in `[0, 1)`: the upper 53 bits of one `u64`, as in
/// `rand`'s standard distribution of `f64`.
pub fn uniform<T: Scalar>(rng: &mut (impl Rng + ?Sized)) -> T {
    T::ratio((rng.next_u64() >> 11) as i64, 1 << 53)
}

/// A Bernoulli spike for each rate: 1 if the uniform draw is below the rate, else 0. A rate of 0
/// never fires, a rate of 1 always does (S1).
pub fn spikes<T: Scalar>(rates: &[T], rng: &mut (impl Rng + ?Sized)) -> Vec<T> {
    let spike = |rate: &T| if uniform::<T>(rng) < *rate { T::one() } else { T::zero() };
    rates.iter().map(spike).collect()
}

/// The position of the winner among `probabilities` by inversion: the first whose cumulative sum
/// exceeds the draw. If rounding leaves the last sum below the draw, the last position wins.
///
/// For [`ExactPolicy::policy`](crate::exact_policy::ExactPolicy::policy) this is an action of the
/// exact policy.
///
/// # Panics
/// If `probabilities` is empty.
pub fn winner<T: Scalar>(probabilities: &[T], rng: &mut (impl Rng + ?Sized)) -> usize {
    let draw: T = uniform(rng);
    let mut cumulative = T::zero();
    let passed = probabilities[..probabilities.len() - 1].iter().take_while(|probability| {
        cumulative += (*probability).clone();
        draw >= cumulative
    });
    passed.count()
}

/// A configuration with independent circuits: one winner per circuit from `q`, `N` long (M1). Uses
/// one draw per circuit, in the order of circuits.
///
/// # Errors
/// `q` is not `N` long.
pub fn configuration<T: Scalar>(
    shape: Shape,
    q: &[T],
    rng: &mut (impl Rng + ?Sized),
) -> Result<Configuration, Error> {
    if q.len() != shape.units() {
        let message = format!("has {} entries; the shape requires {}", q.len(), shape.units());
        return Err(Error::invalid("q", message));
    }
    let mut winners: Vec<usize> = shape.circuits().map(|circuit| winner(&q[circuit], rng)).collect();
    let action = winners.pop().unwrap_or(0);
    Configuration::new(shape, &winners, action)
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::Xoshiro256PlusPlus;

    use super::*;
    use crate::exact_policy::ExactPolicy;
    use crate::network::Convention;
    use crate::number::Float256;
    use crate::testing::{Scripted, network};

    fn rng(seed: u64) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(seed)
    }

    /// Exact outputs, from a program in another language: the first draws of a seed, for every
    /// number type.
    #[test]
    fn values_are_stable() {
        let numerators = [7_310_352_432_619_640, 6_729_321_042_593_788, 902_079_143_671_134i64];
        let (mut f, mut x, mut r) = (rng(1), rng(1), rng(1));
        for numerator in numerators {
            let found = uniform::<f64>(&mut f);
            assert_eq!(found, numerator as f64 / (1i64 << 53) as f64);
            assert_eq!(uniform::<Float256>(&mut x), Float256::ratio(numerator, 1 << 53));
            assert_eq!(uniform::<BigRational>(&mut r), BigRational::ratio(numerator, 1 << 53));
        }
    }

    #[test]
    fn a_draw_is_the_upper_bits_of_one_word() {
        for (draw, word) in [(0.0, 0), (0.0, 2047), (0.5, 1 << 63), (1.0 - 0.5 * f64::EPSILON, u64::MAX)] {
            assert_eq!(uniform::<f64>(&mut Scripted::words([word])), draw);
        }
    }

    #[test]
    fn a_draw_finds_its_unit() {
        let shape = network(Convention::Half, false).shape;
        let q = [0.25, 0.5, 0.25, 0.0, 1.0, 0.0, 0.5, 0.0, 0.5];
        for (draw, hidden, action) in [
            (0.0, [0, 1], 0),
            (0.2499, [0, 1], 0),
            (0.25, [1, 1], 0),
            (0.5, [1, 1], 2),
            (0.75, [2, 1], 2),
            (0.9999, [2, 1], 2),
        ] {
            let found = configuration(shape, &q, &mut Scripted::draws([draw; 3])).unwrap();
            assert_eq!(found, Configuration::new(shape, &hidden, action).unwrap(), "{draw}");
        }
        // The sum of the probabilities is rounded to less than one: the last unit gets the rest.
        let short = [0.3, 0.3, 0.3, 0.25, 0.25, 0.25, 0.5, 0.25, 0.125];
        let found = configuration(shape, &short, &mut Scripted::draws([0.95; 3])).unwrap();
        assert_eq!(found, Configuration::new(shape, &[2, 2], 2).unwrap());
        assert_eq!(
            configuration(shape, &q[1..], &mut rng(1)).unwrap_err().to_string(),
            "q: has 8 entries; the shape requires 9"
        );
    }

    #[test]
    fn a_spike_is_a_draw_below_the_rate() {
        let rates = [0.0, 0.25, 0.25, 1.0];
        let mut draws = Scripted::draws([0.0, 0.2499, 0.25, 1.0 - f64::EPSILON]);
        assert_eq!(spikes(&rates, &mut draws), [0.0, 1.0, 0.0, 1.0]);
    }

    /// Actions of the exact policy: χ² over 3 actions of 30 000 draws. False alarm: with 2 degrees
    /// of freedom, χ² exceeds 13.82 with probability 0.001. Missed effect: if one probability is
    /// wrong by 0.02, χ² has a noncentrality of at least 30000·(2·0.02)² = 48, and is below 13.82
    /// with probability below 2e-3.
    #[test]
    fn actions_follow_the_exact_policy() {
        let recipe = network(Convention::Full, true);
        let parameters = recipe.parameters::<f64>();
        let state = recipe.state::<f64>(0);
        let observed = parameters.observe(&state).unwrap();
        let exact = ExactPolicy::new(&observed).unwrap();
        let mut rng = rng(20);
        let chi_square = |expected: &[f64], rng: &mut Xoshiro256PlusPlus| {
            let mut counts = [0.0; 3];
            (0..30_000).for_each(|_| counts[winner(exact.policy(), rng)] += 1.0);
            let term = |(count, p): (&f64, &f64)| (count - 30_000.0 * p).powi(2) / (30_000.0 * p);
            counts.iter().zip(expected).map(term).sum::<f64>()
        };
        assert!(exact.policy().iter().all(|&p| p > 0.02), "{:?}", exact.policy());
        assert!(chi_square(exact.policy(), &mut rng) < 13.82);
        let mut wrong = exact.policy().to_vec();
        wrong[0] += 0.02;
        wrong[1] -= 0.02;
        assert!(chi_square(&wrong, &mut rng) > 13.82);
    }

    proptest! {
        /// The same generator gives the same configuration in every number type.
        #[test]
        fn number_types_agree(seed: u64) {
            let recipe = network(Convention::Half, false);
            let wide = configuration(recipe.shape, &recipe.probabilities::<BigRational>(), &mut rng(seed));
            let narrow = configuration(recipe.shape, &recipe.probabilities::<f64>(), &mut rng(seed));
            prop_assert_eq!(wide.unwrap(), narrow.unwrap());
        }
    }
}

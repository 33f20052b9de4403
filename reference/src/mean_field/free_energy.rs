//! `F(q) = E_q[E] + Σ q ln q = KL(q‖p) - ln Z` (M1); for a one-hot action circuit, see F2a.

use crate::Error;
use crate::configuration::Configuration;
use crate::energy::energy;
use crate::exact_policy::ExactPolicy;
use crate::network::Observed;
use crate::number::Real;

/// `F(q)`, for `q` of `N` entries, a probability vector in every circuit; `0 ln 0` is 0.
pub fn free_energy<T: Real>(observed: &Observed<'_, T>, q: &[T]) -> T {
    q.iter().fold(energy(observed, q), |sum, q| sum + x_ln_x(q))
}

/// `KL(q‖p) = Σ_v q(v) (ln q(v) - ln p(v|s))` by enumeration, `q(v) = Π_c q(v_c)`.
///
/// # Errors
/// Too many configurations ([`Error::is_too_large`]).
pub fn kl_divergence<T: Real>(observed: &Observed<'_, T>, q: &[T]) -> Result<T, Error> {
    let ln_partition = ExactPolicy::new(observed)?.ln_partition();
    let mut sum = T::zero();
    for v in Configuration::enumerate(observed.shape()) {
        let probability = v.probability(q);
        let minus_ln_p = energy(observed, &v.one_hot::<T>()) + ln_partition.clone();
        sum += x_ln_x(&probability) + probability * minus_ln_p;
    }
    Ok(sum)
}

/// `x ln x`, 0 at 0.
pub(crate) fn x_ln_x<T: Real>(x: &T) -> T {
    if x.is_zero() { T::zero() } else { x.clone() * x.ln() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::Scalar;
    use crate::testing::networks;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_free_energy_is_the_divergence_less_the_log_partition(recipe in networks(24)) {
            // M1, also at a state with a probability of 0.
            let parameters = recipe.parameters::<f64>();
            let observed = parameters.observe(&recipe.state(0)).unwrap();
            let ln_partition = ExactPolicy::new(&observed).unwrap().ln_partition();
            for q in [recipe.probabilities::<f64>(), recipe.configuration(1).one_hot()] {
                let divergence = kl_divergence(&observed, &q).unwrap();
                prop_assert!(divergence > -1e-13);
                prop_assert!((free_energy(&observed, &q) - divergence + ln_partition).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn zero_has_no_entropy() {
        assert_eq!((x_ln_x(&0.0), x_ln_x(&1.0)), (0.0, 0.0));
        assert!((x_ln_x(&f64::ratio(1, 2)) + 0.5 * std::f64::consts::LN_2).abs() < 1e-16);
    }
}

//! `-E(v|s) = κ vᵀWv + sᵀUv + bᵀv`, with κ = 1 in the convention full and ½ in half (N3).

use crate::network::Observed;
use crate::number::Scalar;

/// `E(v|s)` for a configuration's one-hot vector, or its bilinear extension to any `v` of `N`
/// entries.
///
/// As `W` is zero inside a circuit, this at a mean-field state `q` is also the expectation
/// `E_q[E]`.
pub fn energy<T: Scalar>(observed: &Observed<'_, T>, v: &[T]) -> T {
    let mut negative = T::zero();
    for (i, activity) in v.iter().enumerate() {
        // Half of the recurrent part of z, because each unordered pair occurs twice.
        let drive = observed.drive()[i].clone();
        let half = (observed.net_input_of(i, v) - drive.clone()) * T::ratio(1, 2);
        negative += activity.clone() * (half + drive);
    }
    -negative
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;
    use crate::configuration::Configuration;
    use crate::network::Convention;
    use crate::testing::networks;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_energy_is_its_formula_and_its_own_expectation(recipe in networks(32)) {
            let parameters = recipe.parameters::<BigRational>();
            let state = recipe.state::<BigRational>(0);
            let observed = parameters.observe(&state).unwrap();
            let q = recipe.probabilities::<BigRational>();
            let factor = if recipe.convention == Convention::Full { (1, 1) } else { (1, 2) };
            let mut expectation = BigRational::zero();
            for v in Configuration::enumerate(recipe.shape) {
                let mut negative = BigRational::zero();
                for &i in v.winners() {
                    negative += parameters.bias()[i].clone();
                    for (k, s) in state.iter().enumerate() {
                        negative += s * &parameters.state()[(k, i)];
                    }
                    for &j in v.winners() {
                        negative += BigRational::ratio(factor.0, factor.1) * &parameters.recurrent()[(i, j)];
                    }
                }
                prop_assert_eq!(energy(&observed, &v.one_hot::<BigRational>()), -negative.clone());
                expectation += v.probability(&q) * -negative;
            }
            prop_assert_eq!(energy(&observed, &q), expectation);
        }
    }
}

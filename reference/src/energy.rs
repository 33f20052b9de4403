//! `-E(v|s) = (c/2) vᵀWv + sᵀUv + bᵀv`, with `c/2` 1 in the convention full and ½ in half.

use crate::network::Observed;
use crate::number::Scalar;

/// `E(v|s)` for a configuration's one-hot vector, or its bilinear extension to any `v` of `N` entries.
///
/// As `W` is zero inside a circuit, this at a mean-field state `q` is also the expectation `E_q[E]`.
pub fn energy<T: Scalar>(observed: &Observed<'_, T>, v: &[T]) -> T {
    let mut negative = T::zero();
    for (i, activity) in v.iter().enumerate() {
        // Half the recurrent part of z: each unordered pair is met from both of its ends.
        let drive = observed.drive()[i].clone();
        let half = (observed.net_input_of(i, v) - drive.clone()) * T::ratio(1, 2);
        negative += activity.clone() * (half + drive);
    }
    -negative
}

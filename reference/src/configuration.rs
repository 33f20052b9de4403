//! Configurations: one winner in every circuit (N2, N3).

use crate::Error;
use crate::network::Shape;
use crate::number::Scalar;

/// One winning unit in every circuit, as its unit number; the action circuit comes last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    shape: Shape,
    winners: Vec<usize>,
}

impl Configuration {
    /// A configuration from the winner's position in each hidden circuit, `0..D`, and the action,
    /// `0..A`.
    ///
    /// # Errors
    /// The number of hidden winners is not `G`, or a position lies outside its circuit.
    pub fn new(shape: Shape, hidden: &[usize], action: usize) -> Result<Self, Error> {
        if hidden.len() != shape.hidden_circuits() {
            let message =
                format!("has {} winners; the shape requires {}", hidden.len(), shape.hidden_circuits());
            return Err(Error::invalid("hidden", message));
        }
        let mut winners = Vec::with_capacity(shape.circuit_count());
        for (c, &position) in hidden.iter().enumerate() {
            if position >= shape.hidden_size() {
                let message = format!("is {position}; use 0 to {}", shape.hidden_size() - 1);
                return Err(Error::invalid(format!("hidden[{c}]"), message));
            }
            winners.push(shape.circuit(c).start + position);
        }
        winners.push(action_unit(shape, action)?);
        Ok(Self { shape, winners })
    }

    /// Every configuration of `shape`. The last circuit changes fastest.
    pub fn enumerate(shape: Shape) -> impl Iterator<Item = Self> {
        let first = shape.circuits().map(|circuit| circuit.start).collect();
        std::iter::successors(Some(Self { shape, winners: first }), Self::successor)
    }

    fn successor(&self) -> Option<Self> {
        let mut next = self.clone();
        for (c, circuit) in self.shape.circuits().enumerate().collect::<Vec<_>>().into_iter().rev() {
            next.winners[c] += 1;
            if next.winners[c] < circuit.end {
                return Some(next);
            }
            next.winners[c] = circuit.start;
        }
        None
    }

    /// The shape of the network.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The winning unit of every circuit.
    pub fn winners(&self) -> &[usize] {
        &self.winners
    }

    /// The action, `0..A`.
    pub fn action(&self) -> usize {
        self.winners[self.shape.hidden_circuits()] - self.shape.action_units().start
    }

    /// `v` in `{0,1}^N`.
    pub fn one_hot<T: Scalar>(&self) -> Vec<T> {
        let mut v = vec![T::zero(); self.shape.units()];
        for &winner in &self.winners {
            v[winner] = T::one();
        }
        v
    }

    /// `Π_c q(v_c)`, the probability of this configuration if circuits are independent (M1).
    pub fn probability<T: Scalar>(&self, q: &[T]) -> T {
        self.winners.iter().fold(T::one(), |product, &winner| product * q[winner].clone())
    }
}

/// The number of configurations, `D^G · A`, or `None` if it overflows.
pub fn count(shape: Shape) -> Option<u64> {
    let size = u64::try_from(shape.hidden_size()).ok()?;
    // For the base 1, the exponent need not fit in 32 bits.
    let hidden = if size == 1 { 1 } else { size.checked_pow(u32::try_from(shape.hidden_circuits()).ok()?)? };
    hidden.checked_mul(u64::try_from(shape.actions()).ok()?)
}

/// The unit of an action.
pub(crate) fn action_unit(shape: Shape, action: usize) -> Result<usize, Error> {
    if action >= shape.actions() {
        return Err(Error::invalid("action", format!("is {action}; use 0 to {}", shape.actions() - 1)));
    }
    Ok(shape.action_units().start + action)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::networks;

    proptest! {
        #[test]
        fn every_configuration_is_met_once(recipe in networks(1)) {
            let shape = recipe.shape;
            let all: Vec<Configuration> = Configuration::enumerate(shape).collect();
            prop_assert_eq!(Some(all.len() as u64), count(shape));
            for (k, v) in all.iter().enumerate() {
                prop_assert!(all[..k].iter().all(|earlier| earlier.winners() < v.winners()));
                let one_hot: Vec<f64> = v.one_hot();
                for circuit in shape.circuits() {
                    prop_assert_eq!(one_hot[circuit].iter().sum::<f64>(), 1.0);
                }
                prop_assert!(v.winners().iter().all(|&winner| one_hot[winner] == 1.0));
                let hidden: Vec<usize> =
                    v.winners().iter().take(shape.hidden_circuits()).map(|w| w % shape.hidden_size()).collect();
                prop_assert_eq!(&Configuration::new(shape, &hidden, v.action()).unwrap(), v);
            }
        }
    }

    #[test]
    fn a_count_that_overflows_is_none() {
        let count = |g, d, a| count(Shape::new(1, g, d, a).unwrap());
        assert_eq!(count(5, 10, 10), Some(1_000_000));
        assert_eq!(count(62, 2, 2), Some(1 << 63));
        assert_eq!(count(63, 2, 2), None);
        assert_eq!(count(64, 2, 1), None);
        assert_eq!(count(1 << 31, 1, 3), Some(3));
    }

    #[test]
    fn a_position_outside_its_circuit_is_refused() {
        let shape = Shape::new(0, 2, 3, 4).unwrap();
        let v = Configuration::new(shape, &[2, 0], 3).unwrap();
        assert_eq!((v.winners(), v.action(), v.shape()), (&[2, 3, 9][..], 3, shape));
        let q = [0.1, 0.2, 0.7, 0.5, 0.3, 0.2, 0.1, 0.2, 0.3, 0.4];
        assert!((v.probability(&q) - 0.7 * 0.5 * 0.4).abs() < 1e-16);
        assert_eq!(
            Configuration::new(shape, &[2], 3).unwrap_err().to_string(),
            "hidden: has 1 winners; the shape requires 2"
        );
        assert_eq!(
            Configuration::new(shape, &[2, 3], 3).unwrap_err().to_string(),
            "hidden[1]: is 3; use 0 to 2"
        );
        assert_eq!(
            Configuration::new(shape, &[2, 2], 4).unwrap_err().to_string(),
            "action: is 4; use 0 to 3"
        );
    }
}

//! Weights and biases, validated once, so later operations cannot fail because of them.

use crate::Error;
use crate::network::mask::check_size;
use crate::network::{Mask, Observed, Shape};
use crate::number::{Matrix, Scalar};

/// How often an unordered pair of units counts in the energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// `-E = vᵀWv + …`: twice, hence `z = 2Wq + Uᵀs + b`.
    Full,
    /// `-E = ½vᵀWv + …`: once, hence `z = Wq + Uᵀs + b`.
    Half,
}

impl Convention {
    /// 2κ, the factor of the recurrent term in `z = 2κWq + Uᵀs + b`: 2 or 1.
    pub fn coupling<T: Scalar>(self) -> T {
        T::ratio(if self == Self::Full { 2 } else { 1 }, 1)
    }

    /// κ, the derivative of `-E` with respect to one entry `W_ij` of a general matrix at `v_i = v_j
    /// = 1`: 1 or ½.
    pub fn kappa<T: Scalar>(self) -> T {
        self.coupling::<T>() * T::ratio(1, 2)
    }
}

/// `W` (`N × N`), `U` (`S × N`) and `b` (`N`) of one network.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters<T> {
    shape: Shape,
    convention: Convention,
    mask: Mask,
    recurrent: Matrix<T>,
    state: Matrix<T>,
    bias: Vec<T>,
}

impl<T: Scalar> Parameters<T> {
    /// A network from its parts.
    ///
    /// # Errors
    /// A part has another shape, an entry is not finite, the recurrent matrix is not symmetric, or
    /// a weight that is masked or inside a circuit is not zero. The place of the error is the
    /// entry.
    pub fn new(
        shape: Shape,
        convention: Convention,
        mask: Mask,
        recurrent: Matrix<T>,
        state: Matrix<T>,
        bias: Vec<T>,
    ) -> Result<Self, Error> {
        let n = shape.units();
        mask.check(shape)?;
        check_size("recurrent", &recurrent, n, n)?;
        check_size("state", &state, shape.states(), n)?;
        if bias.len() != n {
            return Err(Error::invalid(
                "bias",
                format!("has {} entries; the shape requires {n}", bias.len()),
            ));
        }
        for i in 0..n {
            check_finite(&bias[i], || format!("bias[{i}]"))?;
            for j in 0..n {
                let place = || format!("recurrent[{i}][{j}]");
                check_finite(&recurrent[(i, j)], place)?;
                if recurrent[(i, j)] != recurrent[(j, i)] {
                    let message = format!("differs from recurrent[{j}][{i}]; make the matrix symmetric");
                    return Err(Error::invalid(place(), message));
                }
                let remedy = if shape.circuit_of(i) == shape.circuit_of(j) {
                    "is not zero, but joins two units of one circuit; set it to 0"
                } else {
                    "is not zero, but masked; set it to 0"
                };
                check_masked(mask.recurrent(i, j), &recurrent[(i, j)], place, remedy)?;
            }
            for k in 0..shape.states() {
                let place = || format!("state[{k}][{i}]");
                check_finite(&state[(k, i)], place)?;
                check_masked(
                    mask.state(k, i),
                    &state[(k, i)],
                    place,
                    "is not zero, but masked; set it to 0",
                )?;
            }
        }
        Ok(Self { shape, convention, mask, recurrent, state, bias })
    }

    /// The shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The convention of the energy.
    pub fn convention(&self) -> Convention {
        self.convention
    }

    /// The mask.
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// `W`, `N × N`, symmetric.
    pub fn recurrent(&self) -> &Matrix<T> {
        &self.recurrent
    }

    /// `U`, `S × N`.
    pub fn state(&self) -> &Matrix<T> {
        &self.state
    }

    /// `b`, `N` long.
    pub fn bias(&self) -> &[T] {
        &self.bias
    }

    /// This network with an observed state `s` in `[0,1]^S`.
    ///
    /// # Errors
    /// `state` is not `S` long or has an entry outside `[0,1]`.
    pub fn observe(&self, state: &[T]) -> Result<Observed<'_, T>, Error> {
        Observed::new(self, state)
    }
}

fn check_finite<T: Scalar>(value: &T, place: impl Fn() -> String) -> Result<(), Error> {
    if value.is_finite() {
        Ok(())
    } else {
        Err(Error::invalid(place(), "is not a finite number; use a finite number"))
    }
}

fn check_masked<T: Scalar>(
    exists: bool,
    value: &T,
    place: impl Fn() -> String,
    message: &str,
) -> Result<(), Error> {
    if exists || value.is_zero() { Ok(()) } else { Err(Error::invalid(place(), message)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::network;

    type Parts = (Mask, Matrix<f64>, Matrix<f64>, Vec<f64>);

    /// The place of the error after `change` to a valid network of units {0,1,2}, {3,4,5}, actions
    /// {6,7,8}, 2 states.
    fn refusal(change: impl Fn(&mut Parts)) -> String {
        let valid = network(Convention::Full, true).parameters::<f64>();
        let mut parts =
            (valid.mask.clone(), valid.recurrent.clone(), valid.state.clone(), valid.bias.clone());
        change(&mut parts);
        let (mask, recurrent, state, bias) = parts;
        Parameters::new(valid.shape, Convention::Full, mask, recurrent, state, bias).unwrap_err().to_string()
    }

    #[test]
    fn a_refusal_names_the_entry() {
        assert!(refusal(|p| p.1 = Matrix::zeros(9, 8)).starts_with("recurrent: is 9 × 8;"));
        assert!(refusal(|p| p.2 = Matrix::zeros(1, 9)).starts_with("state: is 1 × 9;"));
        assert!(refusal(|p| p.3.truncate(8)).starts_with("bias: has 8 entries;"));
        let other = Shape::new(3, 2, 3, 3).unwrap();
        assert!(refusal(|p| p.0 = Mask::all(other)).starts_with("mask.state: is 3 × 9;"));
        assert!(refusal(|p| p.3[4] = f64::NAN).starts_with("bias[4]: is not a finite"));
        assert!(refusal(|p| p.2[(1, 3)] = f64::INFINITY).starts_with("state[1][3]: is not a finite"));
        assert!(refusal(|p| p.1[(0, 4)] = f64::NAN).starts_with("recurrent[0][4]: is not a finite"));
        assert!(refusal(|p| p.1[(4, 0)] += 1.0).starts_with("recurrent[0][4]: differs from recurrent[4][0]"));
        let twice = |p: &mut Parts, i, j| (p.1[(i, j)], p.1[(j, i)]) = (0.5, 0.5);
        assert!(refusal(|p| twice(p, 6, 8)).starts_with("recurrent[6][8]: is not zero, but joins"));
        assert!(refusal(|p| twice(p, 2, 4)).starts_with("recurrent[2][4]: is not zero, but masked"));
        assert!(refusal(|p| p.2[(1, 1)] = 0.5).starts_with("state[1][1]: is not zero, but masked"));
    }

    #[test]
    fn parts_are_kept() {
        let parameters = network(Convention::Half, true).parameters::<f64>();
        assert_eq!(parameters.convention(), Convention::Half);
        assert_eq!(parameters.shape(), Shape::new(2, 2, 3, 3).unwrap());
        assert_eq!(
            (parameters.recurrent().rows(), parameters.state().rows(), parameters.bias().len()),
            (9, 2, 9)
        );
        assert_eq!((Convention::Full.coupling::<f64>(), Convention::Half.coupling::<f64>()), (2.0, 1.0));
        assert_eq!((Convention::Full.kappa::<f64>(), Convention::Half.kappa::<f64>()), (1.0, 0.5));
    }
}

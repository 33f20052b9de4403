//! Weights and biases, validated once so that nothing after can fail for their sake.

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
    /// The factor `c` of the recurrent term in `z = cWq + Uᵀs + b`: 2 or 1.
    pub fn coupling<T: Scalar>(self) -> T {
        T::ratio(if self == Self::Full { 2 } else { 1 }, 1)
    }

    /// `c/2`, the derivative of `-E` by one entry `W_ij` of a general matrix at `v_i = v_j = 1`: 1 or ½.
    pub fn entry<T: Scalar>(self) -> T {
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
    /// A part of another shape, an entry that is not finite, a recurrent matrix that is not symmetric, or a weight that is not
    /// zero where the mask (or a shared circuit) says that there is none. The error's place is the entry.
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
                format!("has {} entries; the shape asks for {n}", bias.len()),
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

    /// This network beside an observed state `s` in `[0,1]^S`.
    ///
    /// # Errors
    /// `state` is not `S` long or has an entry outside `[0,1]`.
    pub fn observe(&self, state: &[T]) -> Result<Observed<'_, T>, Error> {
        Observed::new(self, state)
    }
}

fn check_finite<T: Scalar>(value: &T, place: impl Fn() -> String) -> Result<(), Error> {
    if value.is_finite() { Ok(()) } else { Err(Error::invalid(place(), "is not a finite number; use one")) }
}

fn check_masked<T: Scalar>(
    exists: bool,
    value: &T,
    place: impl Fn() -> String,
    message: &str,
) -> Result<(), Error> {
    if exists || value.is_zero() { Ok(()) } else { Err(Error::invalid(place(), message)) }
}

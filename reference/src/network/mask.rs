//! Which weights exist. A masked weight is zero and stays zero.

use crate::Error;
use crate::network::Shape;
use crate::number::Matrix;

/// A family of weights that can be masked as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Recurrent weights between hidden units of different circuits.
    HiddenHidden,
    /// Recurrent weights between hidden units and action units.
    HiddenAction,
    /// State weights onto hidden units.
    StateHidden,
    /// State weights onto action units.
    StateAction,
}

/// The weights that exist: a symmetric `N × N` and an `S × N` matrix of booleans. The weights inside a circuit never exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    recurrent: Matrix<bool>,
    state: Matrix<bool>,
}

impl Mask {
    /// Every weight between circuits, every state weight.
    pub fn all(shape: Shape) -> Self {
        let n = shape.units();
        Self {
            recurrent: Matrix::from_fn(n, n, |i, j| shape.circuit_of(i) != shape.circuit_of(j)),
            state: Matrix::from_fn(shape.states(), n, |_, _| true),
        }
    }

    /// The weights that are `true` in both the given matrix (`N × N`, `S × N`) and [`Mask::all`].
    ///
    /// # Errors
    /// A matrix of another shape, or a recurrent one that is not symmetric.
    pub fn new(shape: Shape, recurrent: &Matrix<bool>, state: &Matrix<bool>) -> Result<Self, Error> {
        let mut mask = Self { recurrent: recurrent.clone(), state: state.clone() };
        mask.check(shape)?;
        let n = shape.units();
        for i in 0..n {
            for j in 0..i {
                if recurrent[(i, j)] != recurrent[(j, i)] {
                    let message = format!("differs from recurrent[{j}][{i}]; make the mask symmetric");
                    return Err(Error::invalid(format!("mask.recurrent[{i}][{j}]"), message));
                }
            }
        }
        let all = Self::all(shape);
        mask.recurrent = Matrix::from_fn(n, n, |i, j| all.recurrent[(i, j)] && recurrent[(i, j)]);
        Ok(mask)
    }

    /// Whether this mask is one for `shape`.
    pub(super) fn check(&self, shape: Shape) -> Result<(), Error> {
        check_size("mask.recurrent", &self.recurrent, shape.units(), shape.units())?;
        check_size("mask.state", &self.state, shape.states(), shape.units())
    }

    /// This mask with one more family of weights dropped.
    pub fn without(mut self, shape: Shape, block: Block) -> Self {
        let hidden = |i: usize| i < shape.hidden().end;
        for i in 0..shape.units() {
            for j in 0..shape.units() {
                let dropped = match block {
                    Block::HiddenHidden => hidden(i) && hidden(j),
                    Block::HiddenAction => hidden(i) != hidden(j),
                    Block::StateHidden | Block::StateAction => false,
                };
                self.recurrent[(i, j)] &= !dropped;
            }
            let dropped = match block {
                Block::StateHidden => hidden(i),
                Block::StateAction => !hidden(i),
                Block::HiddenHidden | Block::HiddenAction => false,
            };
            for k in 0..shape.states() {
                self.state[(k, i)] &= !dropped;
            }
        }
        self
    }

    /// Whether the recurrent weight between units `i` and `j` exists.
    pub fn recurrent(&self, i: usize, j: usize) -> bool {
        self.recurrent[(i, j)]
    }

    /// Whether the weight from state neuron `k` to unit `i` exists.
    pub fn state(&self, k: usize, i: usize) -> bool {
        self.state[(k, i)]
    }
}

pub(super) fn check_size<T>(place: &str, matrix: &Matrix<T>, rows: usize, cols: usize) -> Result<(), Error> {
    // A matrix read from no rows cannot know its number of columns.
    let fits = matrix.rows() == rows && (matrix.cols() == cols || rows == 0);
    if fits {
        return Ok(());
    }
    let message = format!("is {} × {}; the shape asks for {rows} × {cols}", matrix.rows(), matrix.cols());
    Err(Error::invalid(place, message))
}

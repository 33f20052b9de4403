//! Which weights exist. A masked weight is zero and stays zero (N1).

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

/// The weights that exist: a symmetric `N × N` and an `S × N` matrix of booleans. The weights
/// inside a circuit never exist.
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

    /// Checks that this mask has the shape `shape`.
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
    // A matrix without rows has no known number of columns.
    let fits = matrix.rows() == rows && (matrix.cols() == cols || rows == 0);
    if fits {
        return Ok(());
    }
    let message = format!("is {} × {}; the shape requires {rows} × {cols}", matrix.rows(), matrix.cols());
    Err(Error::invalid(place, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hidden circuits {0}, {1}, actions {2, 3}, one state.
    fn shape() -> Shape {
        Shape::new(1, 2, 1, 2).unwrap()
    }

    fn present(mask: &Mask) -> (Vec<(usize, usize)>, Vec<usize>) {
        let pairs =
            (0..4).flat_map(|i| (0..4).map(move |j| (i, j))).filter(|&(i, j)| i < j && mask.recurrent(i, j));
        assert!((0..4).all(|i| (0..4).all(|j| mask.recurrent(i, j) == mask.recurrent(j, i))));
        (pairs.collect(), (0..4).filter(|&i| mask.state(0, i)).collect())
    }

    #[test]
    fn each_block_is_dropped_alone() {
        let between = vec![(0, 2), (0, 3), (1, 2), (1, 3)];
        let all = [vec![(0, 1)], between.clone()].concat();
        let states = vec![0, 1, 2, 3];
        let without = |block| present(&Mask::all(shape()).without(shape(), block));
        assert_eq!(present(&Mask::all(shape())), (all.clone(), states.clone()));
        assert_eq!(without(Block::HiddenHidden), (between, states.clone()));
        assert_eq!(without(Block::HiddenAction), (vec![(0, 1)], states));
        assert_eq!(without(Block::StateHidden), (all.clone(), vec![2, 3]));
        assert_eq!(without(Block::StateAction), (all, vec![0, 1]));
    }

    #[test]
    fn a_given_mask_never_joins_units_of_one_circuit() {
        let mut recurrent = Matrix::from_fn(4, 4, |_, _| true);
        (recurrent[(0, 1)], recurrent[(1, 0)]) = (false, false);
        let mask = Mask::new(shape(), &recurrent, &Matrix::from_fn(1, 4, |_, i| i == 2)).unwrap();
        assert_eq!(present(&mask), (vec![(0, 2), (0, 3), (1, 2), (1, 3)], vec![2]));
    }

    #[test]
    fn a_mask_of_another_shape_or_without_symmetry_is_refused() {
        let make = |n: usize, states: usize, units: usize| {
            Mask::new(
                shape(),
                &Matrix::from_fn(n, 4, |_, _| true),
                &Matrix::from_fn(states, units, |_, _| true),
            )
        };
        assert_eq!(make(3, 1, 4).unwrap_err().place(), "mask.recurrent");
        assert_eq!(make(4, 2, 4).unwrap_err().to_string(), "mask.state: is 2 × 4; the shape requires 1 × 4");
        assert_eq!(make(4, 1, 3).unwrap_err().place(), "mask.state");
        let skewed = Matrix::from_fn(4, 4, |i, j| (i, j) != (3, 1));
        let error = Mask::new(shape(), &skewed, &Matrix::from_fn(1, 4, |_, _| true)).unwrap_err();
        assert_eq!(error.place(), "mask.recurrent[3][1]");
    }

    #[test]
    fn no_rows_have_no_width() {
        let shape = Shape::new(0, 0, 1, 2).unwrap();
        assert!(
            Mask::new(shape, &Matrix::from_fn(2, 2, |_, _| true), &Matrix::from_rows(vec![]).unwrap())
                .is_ok()
        );
    }
}

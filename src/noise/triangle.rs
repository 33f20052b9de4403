//! Noise on recurrent weights as published: not symmetric.
//!
//! ```text
//! upper triangle, row by row:  (0,1), (0,2), …, (0,N−1), (1,2), …      lower triangle, row by row:  (1,0), (2,0), (2,1), (3,0), …
//! w[mth of the lower] += noise[mth of the upper],   w[mth of the upper] += noise[mth of the upper]
//! ```
//!
//! The published program fills the upper triangle with noise and copies its numbers to the lower
//! triangle by `triu_indices` and `tril_indices` of NumPy, both in row order, where the transpose
//! was intended. Of the 21 945 pairs of 210 units, 21 941 have two different numbers. The mask is
//! applied afterwards, so the numbers of positions without a weight are written to other positions.

use super::perturbable::Group;
use crate::kernel::mul_add::mul_add;
use crate::network::{Family, Parameters};

/// The recurrent weights of a network.
#[derive(Debug)]
pub struct RowOrder<'a> {
    pub(super) parameters: &'a mut Parameters,
}

impl RowOrder<'_> {
    /// Adds noise. `noise(group, row, unit)` is the strength and the draw of a pair of units, by
    /// the row of the later unit. Action units have no weights among each other, so `noise` has no
    /// group there.
    pub(super) fn add(self, noise: &mut dyn FnMut(Option<Group>, usize, usize) -> (f32, f32)) {
        let Parameters { circuits, mask, weights, .. } = self.parameters;
        let (units, hidden) = (circuits.units(), circuits.hidden_units());
        let mut add = |i: usize, j: usize, (strength, draw): (f32, f32)| {
            if mask.recurrent(circuits.circuit_of(i), circuits.circuit_of(j)) {
                let weight = &mut weights.row_mut(i)[j];
                *weight = mul_add(strength, draw, *weight);
            }
        };
        for ((i, j), (row, column)) in upper(units).zip(lower(units)) {
            let family = match (i < hidden, j < hidden) {
                (true, true) => Some(Family::HiddenHidden),
                (true, false) => Some(Family::HiddenAction),
                _ => None,
            };
            let number = noise(family.map(Group::Weights), j, i);
            add(i, j, number);
            add(row, column, number);
        }
    }
}

/// The positions above the diagonal, row by row.
fn upper(units: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..units).flat_map(move |i| (i + 1..units).map(move |j| (i, j)))
}

/// The positions below the diagonal, row by row.
fn lower(units: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..units).flat_map(|i| (0..i).map(move |j| (i, j)))
}

#[cfg(test)]
mod tests {
    use super::{lower, upper};

    /// The first positions by hand, and the count that is published with the finding.
    #[test]
    fn row_order_is_not_the_mirror() {
        assert_eq!(upper(4).collect::<Vec<_>>(), [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]);
        assert_eq!(lower(4).collect::<Vec<_>>(), [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)]);
        let pairs: Vec<_> = upper(210).zip(lower(210)).collect();
        let differ = pairs.iter().filter(|&&((i, j), (row, column))| (i, j) != (column, row)).count();
        assert_eq!((differ, pairs.len()), (21_941, 21_945));
    }
}

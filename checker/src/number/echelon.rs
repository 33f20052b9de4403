//! Gauss–Jordan elimination of vectors that arrive one by one, modulo a prime.

use super::modular::Field;

/// A vector of lanes. It is 1 in the lane `pivot`, in which all other rows are 0.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pivot: usize,
    values: Vec<u64>,
    /// The row as a combination of the original vectors.
    combination: Vec<u64>,
}

/// A reduced row echelon form that grows row by row.
#[derive(Clone, Debug, Default)]
pub(super) struct Echelon(pub(super) Vec<Row>);

/// The sum of so many products of two residues fits into 128 bits.
const UNREDUCED: usize = 32;

impl Echelon {
    /// The rest of a vector, and the combination of earlier vectors that was subtracted.
    pub(super) fn reduce(&self, field: &Field, vector: &[u64], count: usize) -> (Vec<u64>, Vec<u64>) {
        let mut rest = vector.to_vec();
        let mut taken = vec![0; count];
        // No row changes the pivot of another one. So all factors are known in advance, and sums
        // are reduced once for many terms.
        let used: Vec<(&Row, u64)> =
            self.0.iter().map(|row| (row, vector[row.pivot])).filter(|&(_, factor)| factor != 0).collect();
        for used in used.chunks(UNREDUCED) {
            for (lane, rest) in rest.iter_mut().enumerate() {
                let sum =
                    used.iter().map(|&(row, factor)| u128::from(factor) * u128::from(row.values[lane])).sum();
                *rest = field.sub(*rest, field.reduce_sum(sum));
            }
            for (at, taken) in taken.iter_mut().enumerate() {
                let shares =
                    used.iter().filter_map(|&(row, factor)| Some((row.combination.get(at)?, factor)));
                let sum = shares.map(|(&share, factor)| u128::from(factor) * u128::from(share)).sum();
                *taken = field.add(*taken, field.reduce_sum(sum));
            }
        }
        (rest, taken)
    }

    /// Adds a reduced vector as a row. Returns `false` if it is zero.
    pub(super) fn push(&mut self, field: &Field, (rest, taken): (Vec<u64>, Vec<u64>)) -> bool {
        let Some(pivot) = rest.iter().position(|&value| value != 0) else { return false };
        let Some(inverse) = field.inverse(rest[pivot]) else { return false };
        let values: Vec<u64> = rest.iter().map(|value| field.mul(*value, inverse)).collect();
        let mut combination: Vec<u64> =
            taken.iter().map(|share| field.neg(field.mul(*share, inverse))).collect();
        combination.push(inverse);
        for row in &mut self.0 {
            let factor = row.values[pivot];
            if factor == 0 {
                continue;
            }
            for (entry, value) in row.values.iter_mut().zip(&values) {
                *entry = field.sub(*entry, field.mul(factor, *value));
            }
            row.combination.resize(combination.len(), 0);
            for (entry, share) in row.combination.iter_mut().zip(&combination) {
                *entry = field.sub(*entry, field.mul(factor, *share));
            }
        }
        self.0.push(Row { pivot, values, combination });
        true
    }
}

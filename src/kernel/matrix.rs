//! Matrices of f32 whose rows begin at a multiple of sixteen numbers, so that every vector load of
//! every instruction set stays inside its row.

/// Lanes of the widest vector. On every instruction set, rows are padded to a multiple of it, and
/// the numbering of draws uses it.
pub const WIDTH: usize = 16;

/// One cache line.
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C, align(64))]
struct Line([f32; WIDTH]);

/// `rows × columns` numbers, row-major; every row is padded with numbers that do not affect
/// results, initially zero. Matrices are equal if their shapes and entries are, because padding can
/// depend on the instruction set.
#[derive(Clone, Debug)]
pub struct AlignedMatrix {
    rows: usize,
    columns: usize,
    stride: usize,
    lines: Vec<Line>,
}

impl PartialEq for AlignedMatrix {
    fn eq(&self, other: &Self) -> bool {
        (self.rows, self.columns) == (other.rows, other.columns) && self.entries().eq(other.entries())
    }
}

/// `length` rounded up to complete lines.
pub fn padded(length: usize) -> usize {
    length.next_multiple_of(WIDTH)
}

impl AlignedMatrix {
    /// A matrix of zeros.
    ///
    /// # Panics
    /// If it has more numbers than memory can have.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let stride = columns.checked_next_multiple_of(WIDTH).expect("a row that memory can have");
        let lines = rows.checked_mul(stride / WIDTH).expect("a matrix that memory can have");
        Self { rows, columns, stride, lines: vec![Line::default(); lines] }
    }

    /// A matrix with the entries `entry(row, column)`.
    pub fn from_fn(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> f32) -> Self {
        let mut all = Self::zeros(rows, columns);
        for row in 0..rows {
            for (column, number) in all.row_mut(row).iter_mut().enumerate() {
                *number = entry(row, column);
            }
        }
        all
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, without padding.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Distance from the start of a row to the start of the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// A row, without padding.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.all()[row * self.stride..][..self.columns]
    }

    /// A row, without padding.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        let (stride, columns) = (self.stride, self.columns);
        &mut self.all_mut()[row * stride..][..columns]
    }

    /// A row with its padding.
    pub fn padded_row(&self, row: usize) -> &[f32] {
        &self.all()[row * self.stride..][..self.stride]
    }

    /// A row with its padding.
    pub fn padded_row_mut(&mut self, row: usize) -> &mut [f32] {
        let stride = self.stride;
        &mut self.all_mut()[row * stride..][..stride]
    }

    /// All numbers including padding: `rows × stride`.
    pub fn all(&self) -> &[f32] {
        bytemuck::cast_slice(&self.lines)
    }

    /// All numbers including padding: `rows × stride`.
    pub fn all_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.lines)
    }

    /// Every entry without padding, row by row.
    pub fn entries(&self) -> impl Iterator<Item = f32> + '_ {
        (0..self.rows).flat_map(|row| self.row(row).iter().copied())
    }

    /// Are all numbers finite, padding included? It is a pass that vectorises: the largest
    /// exponent.
    pub fn is_finite(&self) -> bool {
        let largest = self.all().iter().fold(0, |largest: u32, x| largest.max(x.to_bits() & 0x7fff_ffff));
        largest < f32::INFINITY.to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::AlignedMatrix;

    #[test]
    fn rows_are_apart_and_aligned() {
        let mut rows = AlignedMatrix::from_fn(3, 17, |r, c| (100 * r + c) as f32);
        assert_eq!((rows.stride(), rows.all().len()), (32, 96));
        assert_eq!(rows.row(2)[16], 216.0);
        assert_eq!(rows.padded_row(1)[17..], [0.0; 15]);
        assert!(rows.all().as_ptr().align_offset(64) == 0);
        rows.row_mut(0)[16] = 5.0;
        assert_eq!(rows.entries().nth(16), Some(5.0));
        assert_eq!(AlignedMatrix::zeros(0, 4).entries().count(), 0);
        for (rows, columns) in [(1 << 60, 16), (2, usize::MAX), (usize::MAX, 1), (1, 1 << 62)] {
            assert!(std::panic::catch_unwind(|| AlignedMatrix::zeros(rows, columns)).is_err());
        }
        let before = rows.clone();
        rows.padded_row_mut(1)[20] = f32::NAN;
        assert_eq!(rows, before);
        rows.row_mut(1)[16] += 1.0;
        assert_ne!(rows, before);
    }

    #[test]
    fn a_single_entry_that_is_not_finite_is_seen() {
        let mut rows = AlignedMatrix::zeros(6, 8);
        rows.all_mut().fill(-f32::MAX);
        assert!(rows.is_finite());
        for wrong in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for row in [0, 3, 5] {
                let mut rows = rows.clone();
                rows.row_mut(row)[7] = wrong;
                assert!(!rows.is_finite(), "{wrong} in row {row}");
            }
        }
    }
}

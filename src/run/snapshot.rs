//! The state of a learner as named flat tensors. A checkpoint stores it. It is sufficient to
//! continue with bit-identical results.
//!
//! Names are paths such as `critic/0/weights`. A learner's shapes follow from its configuration, so
//! only lengths are checked here.

use crate::Error;
use crate::kernel::matrix::AlignedMatrix;
use std::collections::BTreeMap;

/// Numbers of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Flat {
    /// Parameters, moments, activities.
    F32(Vec<f32>),
    /// States of an environment.
    F64(Vec<f64>),
    /// Counters and indices.
    U64(Vec<u64>),
}

/// Named flat tensors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    tensors: BTreeMap<String, Flat>,
}

impl Snapshot {
    /// All tensors, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Flat)> {
        self.tensors.iter().map(|(name, flat)| (name.as_str(), flat))
    }

    /// Is there a tensor of this name?
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Adds a tensor, or replaces the one of that name.
    pub fn put(&mut self, name: impl Into<String>, flat: Flat) {
        self.tensors.insert(name.into(), flat);
    }

    /// Adds the entries of a matrix, row by row, without padding.
    pub fn put_rows(&mut self, name: impl Into<String>, rows: &AlignedMatrix) {
        self.put(name, Flat::F32(rows.entries().collect()));
    }

    /// Adds all tensors of another state, with `prefix/` before their names.
    pub fn put_all(&mut self, prefix: &str, other: Snapshot) {
        self.tensors.extend(other.tensors.into_iter().map(|(name, flat)| (format!("{prefix}/{name}"), flat)));
    }

    /// The tensors whose names begin with `prefix/`, without this prefix.
    pub fn within(&self, prefix: &str) -> Self {
        let tensors = self.tensors.iter().filter_map(|(name, flat)| {
            let rest = name.strip_prefix(prefix)?.strip_prefix('/')?;
            Some((rest.to_owned(), flat.clone()))
        });
        Self { tensors: tensors.collect() }
    }

    /// A tensor of f32 of this length.
    ///
    /// # Errors
    /// Bad input: there is no tensor of this name, type and length.
    pub fn f32(&self, name: &str, length: usize) -> Result<&[f32], Error> {
        match self.tensors.get(name) {
            Some(Flat::F32(all)) if all.len() == length => Ok(all),
            _ => Err(missing(name, "f32", length)),
        }
    }

    /// A tensor of f64 of this length.
    ///
    /// # Errors
    /// Bad input: there is no tensor of this name, type and length.
    pub fn f64(&self, name: &str, length: usize) -> Result<&[f64], Error> {
        match self.tensors.get(name) {
            Some(Flat::F64(all)) if all.len() == length => Ok(all),
            _ => Err(missing(name, "f64", length)),
        }
    }

    /// A tensor of u64 of this length.
    ///
    /// # Errors
    /// Bad input: there is no tensor of this name, type and length.
    pub fn u64(&self, name: &str, length: usize) -> Result<&[u64], Error> {
        match self.tensors.get(name) {
            Some(Flat::U64(all)) if all.len() == length => Ok(all),
            _ => Err(missing(name, "u64", length)),
        }
    }

    /// Fills a matrix. Its padding is unchanged.
    ///
    /// # Errors
    /// Bad input: there is no tensor of that name and size.
    pub fn read_rows(&self, name: &str, rows: &mut AlignedMatrix) -> Result<(), Error> {
        let columns = rows.columns();
        let all = self.f32(name, rows.rows() * columns)?;
        for row in 0..rows.rows() {
            rows.row_mut(row).copy_from_slice(&all[row * columns..][..columns]);
        }
        Ok(())
    }
}

fn missing(name: &str, kind: &str, length: usize) -> Error {
    Error::bad_input(
        format_args!("tensor `{name}`"),
        format_args!("expected {length} numbers of type {kind}"),
        "use a checkpoint of the same configuration",
    )
}

#[cfg(test)]
mod tests {
    use super::{Flat, Snapshot};
    use crate::kernel::matrix::AlignedMatrix;

    #[test]
    fn what_was_put_is_found_under_its_name() {
        let rows = AlignedMatrix::from_fn(3, 5, |r, c| (10 * r + c) as f32);
        let mut inner = Snapshot::default();
        inner.put_rows("weights", &rows);
        inner.put("count", Flat::U64(vec![7]));
        let mut state = Snapshot::default();
        state.put_all("critic", inner.clone());
        state.put_all("critics", Snapshot::default());
        state.put("place", Flat::F64(vec![0.1]));
        assert_eq!(state.within("critic"), inner);
        let mut found = AlignedMatrix::zeros(3, 5);
        state.read_rows("critic/weights", &mut found).unwrap();
        assert_eq!(found, rows);
        assert_eq!(state.u64("critic/count", 1).unwrap(), [7]);
        assert_eq!(state.f64("place", 1).unwrap(), [0.1]);
        assert_eq!(state.iter().count(), 3);
    }

    #[test]
    fn another_type_or_length_is_refused() {
        let mut state = Snapshot::default();
        state.put("a", Flat::F32(vec![1.0; 6]));
        assert!(state.f32("a", 5).unwrap_err().is_bad_input());
        assert!(state.f64("a", 6).is_err() && state.u64("a", 6).is_err() && state.f32("b", 6).is_err());
        assert!(state.read_rows("a", &mut AlignedMatrix::zeros(2, 2)).is_err());
    }
}

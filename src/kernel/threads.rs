//! A fixed number of threads, and the split of work among them. Results do not depend on the split.

use super::matrix::WIDTH;
use crate::Error;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// A pool of threads. A clone is the same pool.
#[derive(Clone, Debug)]
pub struct Threads {
    count: usize,
    pool: Option<Arc<rayon::ThreadPool>>,
}

/// Units of a panel of the widest vectors.
const PANEL: usize = 16 * WIDTH;

/// Largest number of threads.
pub const MAX_THREADS: usize = 1024;

impl Threads {
    /// A pool of `count` threads. One thread needs no pool.
    ///
    /// # Errors
    /// Bad input: `count` is 0 or more than 1024, or the system cannot create the threads.
    pub fn new(count: usize) -> Result<Self, Error> {
        if count == 0 || count > MAX_THREADS {
            return Err(Error::bad_input(
                "threads",
                format_args!("{count} is out of range"),
                format_args!("give a number from 1 to {MAX_THREADS}"),
            ));
        }
        let pool = match count {
            1 => None,
            _ => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
                let pool =
                    pool.map_err(|error| Error::bad_input("threads", error, "give a smaller number"))?;
                Some(Arc::new(pool))
            }
        };
        Ok(Self { count, pool })
    }

    /// The calling thread only.
    pub fn single() -> Self {
        Self { count: 1, pool: None }
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        self.count
    }

    /// One range per thread, in multiples of `step`, as equal in size as possible.
    pub fn split(&self, length: usize, step: usize) -> Vec<Range<usize>> {
        split(self.count, length, step)
    }

    /// Ranges of rows and of columns, one tile per thread. As many columns as fill a panel of the
    /// product stay together; then a thread reads only its columns of the weights.
    pub fn split_matrix(&self, rows: usize, columns: usize) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
        let most = columns.div_ceil(PANEL);
        let across = (1..=self.count).rev().find(|&parts| parts <= most && self.count.is_multiple_of(parts));
        let across = across.unwrap_or(1);
        (split(self.count / across, rows, 1), split(across, columns, WIDTH))
    }

    /// Runs work that calls [`Threads::each`] many times on one of the threads, so the calling
    /// thread does not sleep and wake for each call.
    pub fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Processes all parts, each on its own thread.
    pub fn each<T: Send>(&self, parts: Vec<T>, work: impl Fn(T) + Sync + Send) {
        match &self.pool {
            Some(pool) if parts.len() > 1 => {
                pool.install(|| parts.into_par_iter().with_max_len(1).for_each(work))
            }
            _ => parts.into_iter().for_each(work),
        }
    }
}

/// `parts` ranges, in multiples of `step`, as equal in size as possible.
fn split(parts: usize, length: usize, step: usize) -> Vec<Range<usize>> {
    let blocks = length.div_ceil(step);
    let end = |part: usize| (blocks * part / parts * step).min(length);
    (0..parts).map(|part| end(part)..end(part + 1)).filter(|range| !range.is_empty()).collect()
}

/// Cuts a slice into consecutive pieces of the given lengths.
pub(crate) fn pieces<T>(mut slice: &mut [T], lengths: impl IntoIterator<Item = usize>) -> Vec<&mut [T]> {
    let mut all = Vec::new();
    for length in lengths {
        let (piece, rest) = slice.split_at_mut(length);
        all.push(piece);
        slice = rest;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Range, Threads};

    #[test]
    fn columns_stay_together_in_panels() {
        let ends = |(rows, columns): (Vec<Range<usize>>, Vec<Range<usize>>)| {
            [rows, columns].map(|ranges| ranges.iter().map(|range| range.end).collect::<Vec<_>>())
        };
        let split = |count, rows, columns| ends(Threads::new(count).unwrap().split_matrix(rows, columns));
        assert_eq!(split(2, 100, 2048), [vec![100], vec![1024, 2048]]);
        assert_eq!(split(2, 100, 256), [vec![50, 100], vec![256]]);
        assert_eq!(split(6, 9, 520), [vec![4, 9], vec![176, 352, 520]]);
        assert_eq!(split(5, 3, 1030)[0], [3]);
        assert_eq!(split(7, 0, 5), [vec![], vec![5]]);
    }
}

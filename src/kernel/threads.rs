//! A fixed number of threads, and how work is split among them. No result depends on the split.

use crate::Error;
use rayon::prelude::*;
use std::ops::Range;

/// A pool of threads.
#[derive(Debug)]
pub struct Threads {
    count: usize,
    pool: Option<rayon::ThreadPool>,
}

/// More than this is a mistake.
const MAX: usize = 1024;

impl Threads {
    /// So many threads; one works without a pool.
    ///
    /// # Errors
    /// Bad input: none, more than 1024, or the system does not grant them.
    pub fn new(count: usize) -> Result<Self, Error> {
        if count == 0 || count > MAX {
            return Err(Error::bad_input(
                "threads",
                format_args!("{count} is out of range"),
                format_args!("give a number from 1 to {MAX}"),
            ));
        }
        let pool = match count {
            1 => None,
            _ => Some(
                rayon::ThreadPoolBuilder::new()
                    .num_threads(count)
                    .build()
                    .map_err(|error| Error::bad_input("threads", error, "give a smaller number"))?,
            ),
        };
        Ok(Self { count, pool })
    }

    /// The calling thread alone.
    pub fn single() -> Self {
        Self { count: 1, pool: None }
    }

    /// Number of threads.
    pub fn count(&self) -> usize {
        self.count
    }

    /// One range a thread, in multiples of `step`, as even as that allows.
    pub fn split(&self, length: usize, step: usize) -> Vec<Range<usize>> {
        let blocks = length.div_ceil(step);
        (0..self.count)
            .map(|t| {
                (blocks * t / self.count * step).min(length)
                    ..(blocks * (t + 1) / self.count * step).min(length)
            })
            .filter(|range| !range.is_empty())
            .collect()
    }

    /// Does work that calls [`Threads::each`] many times on one of the threads itself, so that the
    /// calling thread need not wait, asleep, for each of them.
    pub fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Does all parts, each on a thread of its own.
    pub fn each<T: Send>(&self, parts: Vec<T>, work: impl Fn(T) + Sync + Send) {
        match &self.pool {
            Some(pool) if parts.len() > 1 => {
                pool.install(|| parts.into_par_iter().with_max_len(1).for_each(work))
            }
            _ => parts.into_iter().for_each(work),
        }
    }
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

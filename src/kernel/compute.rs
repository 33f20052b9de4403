//! The instruction set and the number of threads of a computation. The bits of results depend on
//! neither.

use super::simd::Level;
use super::threads::Threads;
use crate::Error;

/// An instruction set and threads. A clone has the same threads.
#[derive(Clone, Debug)]
pub struct Compute {
    /// The instruction set.
    pub level: Level,
    /// The threads.
    pub threads: Threads,
}

impl Compute {
    /// The instruction set `level` on `threads` threads.
    ///
    /// # Errors
    /// Bad input: as [`Threads::new`].
    pub fn new(level: Level, threads: usize) -> Result<Self, Error> {
        Ok(Self { level, threads: Threads::new(threads)? })
    }

    /// The instruction set `level` on the calling thread only.
    pub fn single(level: Level) -> Self {
        Self { level, threads: Threads::single() }
    }

    /// The same instruction set on the calling thread only.
    pub fn alone(&self) -> Self {
        Self::single(self.level)
    }
}

//! A lock on a file, between processes.

use std::fs::{File, TryLockError};

/// A lock that is held until it is dropped. The system releases it when the process ends, in
/// whatever way, so a file that remains locks nothing.
#[derive(Debug)]
pub(crate) struct FileLock {
    file: File,
}

/// With whom a lock is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// With nobody.
    Alone,
    /// With every process that shares it too.
    Shared,
}

impl FileLock {
    /// Locks a file, or returns at once.
    pub(crate) fn acquire(file: File, held: Held) -> Result<Self, TryLockError> {
        match held {
            Held::Alone => file.try_lock(),
            Held::Shared => file.try_lock_shared(),
        }
        .map(|()| Self { file })
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing alone is not enough: a new child process may still have the file open.
        let _ = self.file.unlock();
    }
}

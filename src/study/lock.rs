//! Locks that keep two processes from the same work.
//!
//! The process that runs a whole study holds the study alone. Processes that run single jobs share
//! the study, and each holds its job alone.

use super::result::not_written;
use crate::Error;
use crate::lock::FileLock;
pub(super) use crate::lock::Held;
use std::fs::{OpenOptions, TryLockError};
use std::path::Path;

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "it is held, not read")] FileLock);

impl Lock {
    /// Locks the file `path`; `what` is named in the error if another process holds it.
    pub(super) fn acquire(path: &Path, held: Held, what: &str) -> Result<Self, Error> {
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.map_err(|error| not_written(path, &error))?;
        match FileLock::acquire(file, held) {
            Ok(lock) => Ok(Self(lock)),
            Err(TryLockError::WouldBlock) => {
                let what = format_args!("another process is working on {what}");
                Err(Error::bad_input(path.display(), what, "wait until it ends, or give another folder"))
            }
            Err(TryLockError::Error(error)) => Err(Error::bad_input(
                path.display(),
                format_args!("cannot be locked against a second process: {error}"),
                "give a folder on a file system that has locks",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, Lock};

    #[test]
    fn a_study_is_held_by_one_or_shared_by_several() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let lock = |held| Lock::acquire(&path, held, "this study");
        let alone = lock(Held::Alone).unwrap();
        assert!(lock(Held::Shared).unwrap_err().to_string().contains("another process"));
        drop(alone);
        let shared = [lock(Held::Shared).unwrap(), lock(Held::Shared).unwrap()];
        assert!(lock(Held::Alone).unwrap_err().is_bad_input());
        drop(shared);
        assert!(lock(Held::Alone).is_ok());
    }
}

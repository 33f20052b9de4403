//! A lock that prevents two processes from writing one run.

use super::{files, name};
use crate::Error;
use std::fs::{File, TryLockError};
use std::path::Path;

/// Held while a run is written. The system releases it when the process ends, in whatever way, so a
/// file that remains does not lock the folder.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    pub(super) fn acquire(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(name::LOCK);
        let file = files::open_or_create(&path).map_err(|error| {
            files::not_written(
                &path,
                &error,
                "free disk space or correct the permissions, then repeat the command",
            )
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(Error::bad_input(
                folder.display(),
                "another process is writing this run",
                "wait until it ends, or give another folder",
            )
            .option("out")),
            Err(TryLockError::Error(error)) => Err(Error::bad_input(
                folder.display(),
                format_args!("cannot be locked against a second process: {error}"),
                "give a folder on a file system that has locks",
            )
            .option("out")),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone is not enough: a new child process may still have the file open.
        let _ = self.file.unlock();
    }
}

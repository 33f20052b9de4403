//! A lock that prevents two processes from writing one run.

use super::{files, name};
use crate::Error;
use crate::lock::{FileLock, Held};
use std::fs::TryLockError;
use std::path::Path;

/// Held while a run is written.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "it is held, not read")] FileLock);

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
        match FileLock::acquire(file, Held::Alone) {
            Ok(lock) => Ok(Self(lock)),
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

//! Files that a command reads.

use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Reads a file.
///
/// # Errors
/// As [`check`] and [`std::fs::read`].
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    check(path)?;
    std::fs::read(path)
}

/// Refuses what is neither a file nor a folder. To open a named pipe would wait for another program
/// for ever. That nothing is there is no error.
///
/// # Errors
/// `path` is a link to nothing, a pipe, a socket or a device. The kind of the error is not
/// `NotFound`.
pub(crate) fn check(path: &Path) -> Result<()> {
    let what = match std::fs::metadata(path) {
        Ok(found) if !found.is_file() && !found.is_dir() => "it is a pipe, a socket or a device, not a file",
        Err(_) if is_dangling(path) => "it is a link to nothing",
        _ => return Ok(()),
    };
    Err(Error::new(ErrorKind::InvalidInput, what))
}

/// Is this a link to a path where nothing is?
pub(crate) fn is_dangling(path: &Path) -> bool {
    path.is_symlink() && !path.exists()
}

//! The file operations of a run. Every change of a run folder uses this module, so tests can stop
//! at each operation.

use crate::Error;
use crate::file;
use crate::folder::create_all;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[cfg(test)]
use super::faults::reach;

/// A change of a folder, for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Create,
    Write,
    Sync,
    Rename,
    SyncFolder,
    Truncate,
    Remove,
}

/// Called before every operation. In tests it can fail.
#[cfg(not(test))]
fn reach(_: Operation, _: &Path) -> io::Result<()> {
    Ok(())
}

/// The error for a failed operation on `path` while a run is written.
fn failed(path: &Path, error: &io::Error) -> Error {
    let remedy = "earlier files are intact: free disk space or correct the permissions, then resume the run";
    not_written(path, error, remedy).option("resume")
}

/// The error for a failed operation on `path`. The remedy depends on whether a run exists.
pub(crate) fn not_written(path: &Path, error: &io::Error, remedy: &str) -> Error {
    Error::bad_input(path.display(), format_args!("cannot be written: {error}"), remedy)
}

/// The error for a file that cannot be used.
pub(crate) fn damaged(place: impl fmt::Display, what: impl fmt::Display) -> Error {
    let remedy = "restore the file from a copy, or start a new run in another folder";
    Error::bad_input(place, what, remedy).option("out")
}

/// Creates `folder` and its parents.
pub(super) fn create_folder(folder: &Path) -> Result<(), Error> {
    reach(Operation::Create, folder).and_then(|()| create_all(folder)).map_err(|error| {
        Error::bad_input(folder.display(), error, "give a folder that can be written").option("out")
    })
}

/// Opens a file without changing its content. Creates it if it does not exist.
pub(super) fn open_or_create(path: &Path) -> io::Result<File> {
    reach(Operation::Create, path)?;
    file::check(path)?;
    OpenOptions::new().append(true).create(true).open(path)
}

/// Replaces the content of `path` by `bytes`, completely or not at all. The content is on the disk
/// when the function returns.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    try_replace(path, bytes).map_err(|error| failed(path, &error))
}

/// As [`replace`], for callers with another remedy.
pub(crate) fn try_replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = part_of(path);
    let written = write_part(&part, bytes).and_then(|()| {
        reach(Operation::Rename, path)?;
        std::fs::rename(&part, path)?;
        sync_folder(path)
    });
    written.inspect_err(|_| {
        // The partial file may fill the disk.
        let _ = remove(&part);
    })
}

/// The temporary file for the next content of `path`, in the same folder so that a rename suffices.
fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn write_part(part: &Path, bytes: &[u8]) -> io::Result<()> {
    reach(Operation::Create, part)?;
    let mut file = File::create(part)?;
    write(&mut file, part, bytes)?;
    sync(&file, part)
}

fn write(file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Tests write two pieces, so a crash in the middle leaves the first piece.
    let piece = if cfg!(test) { bytes.len().div_ceil(2) } else { bytes.len() };
    for bytes in bytes.chunks(piece.max(1)) {
        reach(Operation::Write, path)?;
        file.write_all(bytes)?;
    }
    Ok(())
}

fn sync(file: &File, path: &Path) -> io::Result<()> {
    reach(Operation::Sync, path)?;
    flush(file)
}

fn flush(file: &File) -> io::Result<()> {
    // Only a power failure shows the difference, and thousands of runs on a slow disk take minutes.
    // Tests therefore check only the order.
    if cfg!(test) { Ok(()) } else { file.sync_all() }
}

/// Flushes the folder of `path` to the disk. On systems other than Unix, a folder cannot be opened,
/// and the system decides when the rename reaches the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    reach(Operation::SyncFolder, path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        flush(&File::open(folder)?)?;
    }
    Ok(())
}

/// Removes a file that may be missing.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match reach(Operation::Remove, path).and_then(|()| std::fs::remove_file(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, &error)),
        _ => Ok(()),
    }
}

/// A file that grows by complete pieces.
#[derive(Debug)]
pub(super) struct AppendFile {
    path: PathBuf,
    file: File,
    /// Number of bytes of complete pieces.
    length: u64,
    /// Whether an incomplete piece may follow.
    torn: bool,
}

impl AppendFile {
    /// Opens `path`, creates it if it does not exist, and truncates it to `length` bytes. The file
    /// must have at least `length` bytes.
    pub(super) fn open(path: PathBuf, length: u64) -> Result<Self, Error> {
        let file = open_or_create(&path).map_err(|error| failed(&path, &error))?;
        let mut opened = Self { path, file, length, torn: true };
        opened.cut().map_err(|error| failed(&opened.path, &error))?;
        Ok(opened)
    }

    /// Number of bytes of complete pieces.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends `piece`, or leaves the file unchanged.
    pub(super) fn append(&mut self, piece: &[u8]) -> Result<(), Error> {
        let appended = self.cut().and_then(|()| {
            self.torn = true;
            write(&mut self.file, &self.path, piece)
        });
        match appended {
            Ok(()) => {
                self.torn = false;
                self.length += piece.len() as u64;
                Ok(())
            }
            Err(error) => {
                // If this fails too, the next append or the next resume does it.
                let _ = self.cut();
                Err(failed(&self.path, &error))
            }
        }
    }

    /// Flushes the file to the disk.
    pub(super) fn sync(&self) -> Result<(), Error> {
        sync(&self.file, &self.path).map_err(|error| failed(&self.path, &error))
    }

    fn cut(&mut self) -> io::Result<()> {
        if self.torn {
            reach(Operation::Truncate, &self.path)?;
            self.file.set_len(self.length)?;
            self.torn = false;
        }
        Ok(())
    }
}

//! The operations on files that a run is made of. Every change of a run folder goes through here,
//! so that tests can stop at each.

use crate::Error;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[cfg(test)]
use super::faults::reach;

/// A change of a folder, as tests see it.
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

/// Called before every operation; in tests it may fail.
#[cfg(not(test))]
fn reach(_: Operation, _: &Path) -> io::Result<()> {
    Ok(())
}

/// An operation on `path` failed while a run was being written.
fn failed(path: &Path, error: &io::Error) -> Error {
    let remedy = "earlier files are intact: free disk space or correct the permissions, then resume the run";
    not_written(path, error, remedy)
}

/// An operation on `path` failed; the remedy depends on what there is to continue.
pub(super) fn not_written(path: &Path, error: &io::Error, remedy: &str) -> Error {
    Error::bad_input(path.display(), format_args!("cannot be written: {error}"), remedy)
}

/// Makes `folder` with its parents.
pub(super) fn create_folder(folder: &Path) -> Result<(), Error> {
    reach(Operation::Create, folder)
        .and_then(|()| std::fs::create_dir_all(folder))
        .map_err(|error| Error::bad_input(folder.display(), error, "give a folder that can be written"))
}

/// Opens a file without changing what it holds; makes it if need be.
pub(super) fn open_or_create(path: &Path) -> io::Result<File> {
    reach(Operation::Create, path)?;
    OpenOptions::new().append(true).create(true).open(path)
}

/// Gives `path` the content `bytes`, as a whole or not at all, and on the disk when it returns.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    try_replace(path, bytes).map_err(|error| failed(path, &error))
}

/// As [`replace`], for a caller that has another remedy.
pub(super) fn try_replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = part_of(path);
    let written = write_part(&part, bytes).and_then(|()| {
        reach(Operation::Rename, path)?;
        std::fs::rename(&part, path)?;
        sync_folder(path)
    });
    written.inspect_err(|_| {
        // It may be what fills the disk.
        let _ = remove(&part);
    })
}

/// Where the next content of `path` is written: in the same folder, so that a rename suffices.
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
    // In tests in two pieces: a crash in the middle leaves the first.
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
    // Nothing but a loss of power shows the difference, and thousands of runs on a slow disk take
    // minutes: tests look at the order alone.
    if cfg!(test) { Ok(()) } else { file.sync_all() }
}

/// Puts the names in the folder of `path` on the disk. Elsewhere than on Unix a folder cannot be
/// opened, and the rename is left to the system.
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

/// A file that grows by whole pieces.
#[derive(Debug)]
pub(super) struct AppendFile {
    path: PathBuf,
    file: File,
    /// Bytes of whole pieces.
    length: u64,
    /// Whether a piece may have been written in part after them.
    torn: bool,
}

impl AppendFile {
    /// Opens `path`, which is made if need be, and cuts off all after `length` bytes: the file
    /// holds no fewer.
    pub(super) fn open(path: PathBuf, length: u64) -> Result<Self, Error> {
        let file = open_or_create(&path).map_err(|error| failed(&path, &error))?;
        let mut opened = Self { path, file, length, torn: true };
        opened.cut().map_err(|error| failed(&opened.path, &error))?;
        Ok(opened)
    }

    /// Bytes of whole pieces.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Appends `piece`, or leaves the file as it was.
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
                // Where this fails too, the next append or the next resume does it.
                let _ = self.cut();
                Err(failed(&self.path, &error))
            }
        }
    }

    /// Puts the whole pieces on the disk.
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

//! A run on the disk, opened for reading.

use super::checkpoint::Stamp;
use super::files::damaged;
use super::folder::config_sha256;
use super::{Certificate, Checkpoint, TensorSpec, name};
use crate::Error;
use crate::file;
use crate::folder::check_present;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A run that was started and may still be in progress. Reading needs no lock and changes no file.
#[derive(Debug)]
pub struct StoredRun {
    path: PathBuf,
    config: String,
}

impl StoredRun {
    /// Opens the run in the folder `path`.
    ///
    /// # Errors
    /// Bad input: the folder does not exist, or it does not contain a run.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let remedy = "give the folder of a run that was started";
        check_present(path, remedy)?;
        let config = file::read(&path.join(name::CONFIG)).map_err(|error| {
            let what = match error.kind() {
                ErrorKind::NotFound => format!("{} is missing, so this folder has no run", name::CONFIG),
                _ => format!("{}: {error}", name::CONFIG),
            };
            Error::bad_input(path.display(), what, remedy)
        })?;
        let config = String::from_utf8(config)
            .map_err(|_| damaged(path.display(), format_args!("{} is not UTF-8", name::CONFIG)))?;
        Ok(Self { path: path.to_owned(), config })
    }

    /// The folder of the run.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration that the run was started with.
    pub fn config(&self) -> &str {
        &self.config
    }

    pub(super) fn into_parts(self) -> (PathBuf, String) {
        (self.path, self.config)
    }

    /// The last checkpoint. `expected` are the tensors that the configuration requires. Other
    /// tensors need not be listed.
    ///
    /// # Errors
    /// Bad input: there is no checkpoint yet, it is damaged, or it has another shape or
    /// configuration.
    pub fn checkpoint(&self, expected: &[TensorSpec]) -> Result<Checkpoint, Error> {
        let read = self.read(name::CHECKPOINT, expected)?;
        read.map(|(checkpoint, _)| checkpoint).ok_or_else(|| {
            let what = format_args!(
                "{} is missing: the run was stopped before the first checkpoint",
                name::CHECKPOINT
            );
            Error::bad_input(self.path.display(), what, "resume the run").option("resume")
        })
    }

    /// Refuses a run that has trained but has no checkpoint: a new start would overwrite the
    /// remaining files.
    ///
    /// # Errors
    /// Bad input: metrics, a best step or a certificate exist, but no checkpoint.
    pub fn refuse_lost_checkpoint(&self) -> Result<(), Error> {
        // A link to nothing is refused when it is read.
        if self.path.join(name::CHECKPOINT).symlink_metadata().is_ok() {
            return Ok(());
        }
        let is_left = |file: &&str| std::fs::metadata(self.path.join(file)).is_ok_and(|file| file.len() > 0);
        match [name::METRICS, name::BEST, name::CERTIFICATE].into_iter().find(is_left) {
            None => Ok(()),
            Some(left) => {
                let what = format_args!("{} is missing, but {left} exists", name::CHECKPOINT);
                Err(damaged(self.path.display(), what))
            }
        }
    }

    /// The checkpoint of the best step so far, if the run has a selection and has kept one.
    ///
    /// # Errors
    /// Bad input: as [`StoredRun::checkpoint`], except that the checkpoint may be missing.
    pub fn best(&self, expected: &[TensorSpec]) -> Result<Option<Checkpoint>, Error> {
        let noting = |error: Error| error.noting("resuming the run writes it again").option("resume");
        let read = self.read(name::BEST, expected).map_err(noting)?;
        Ok(read.map(|(checkpoint, _)| checkpoint))
    }

    /// The certificate, if the run has ended.
    ///
    /// # Errors
    /// Bad input: the file cannot be read.
    pub fn certificate(&self) -> Result<Option<Certificate>, Error> {
        let path = self.path.join(name::CERTIFICATE);
        let within = |error: Error| error.within(path.display());
        bytes(&path)?.map(|text| Certificate::from_json(&text).map_err(within)).transpose()
    }

    /// Reads and checks a checkpoint, if it exists.
    pub(super) fn read(
        &self,
        file_name: &str,
        expected: &[TensorSpec],
    ) -> Result<Option<(Checkpoint, Stamp)>, Error> {
        let path = self.path.join(file_name);
        let Some(file) = bytes(&path)? else { return Ok(None) };
        let (checkpoint, stamp) = Checkpoint::decode(&file, &path, expected)?;
        if stamp.config_sha256 != config_sha256(&self.config) {
            let what =
                format!("it was written with a different {} than the one in this folder", name::CONFIG);
            return Err(damaged(path.display(), what));
        }
        Ok(Some((checkpoint, stamp)))
    }
}

/// The content of a file, or `None` if it is missing.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match file::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::bad_input(path.display(), error, "make it a readable file")),
    }
}

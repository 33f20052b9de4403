//! A run that is being written.

use super::checkpoint::Stamp;
use super::events::Events;
use super::files::{self, AppendFile};
use super::lock::Lock;
use super::{Certificate, Checkpoint, StoredRun, TensorSpec, name};
use crate::Error;
use crate::file;
use crate::folder::occupants;
use crate::hex::hex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folder of a run, opened for writing. See the [module](super) for the guarantees if the run
/// is stopped.
///
/// The data of a step are written in this order: its metrics and scalars, the best checkpoint if
/// the step is the best, its checkpoint.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    config: String,
    metrics: AppendFile,
    /// Of all metrics.
    hasher: Sha256,
    events: Events,
    _lock: Lock,
}

impl RunFolder {
    /// Starts a run in `path` with `config` as its `config.toml`. The folder must be empty, or it
    /// is created.
    ///
    /// # Errors
    /// Bad input: the folder is not empty, another process is writing it, or it cannot be written.
    pub fn create(path: &Path, config: &str) -> Result<Self, Error> {
        refuse_occupied(path)?;
        files::create_folder(path)?;
        let lock = Lock::acquire(path)?;
        // Another process may have started a run in the meantime.
        refuse_occupied(path)?;
        let file = path.join(name::CONFIG);
        files::try_replace(&file, config.as_bytes()).map_err(|error| {
            // The file may already have its final name, but the name may not be on the disk.
            let _ = files::remove(&file);
            let remedy =
                "no run was started: free disk space or correct the permissions, then repeat the command";
            files::not_written(&file, &error, remedy)
        })?;
        Self::begin(path.to_owned(), config.to_owned(), lock, None, Sha256::new())
    }

    /// Opens the files that grow, after `checkpoint` or from the start. `hasher` contains the kept
    /// metrics.
    fn begin(
        path: PathBuf,
        config: String,
        lock: Lock,
        checkpoint: Option<(u64, &Stamp)>,
        hasher: Sha256,
    ) -> Result<Self, Error> {
        let (next, kept) =
            checkpoint.map_or((0, 0), |(step, stamp)| (step.saturating_add(1), stamp.metrics_bytes));
        let metrics = AppendFile::open(path.join(name::METRICS), kept)?;
        let events = Events::begin(&path, next)?;
        Ok(Self { path, config, metrics, hasher, events, _lock: lock })
    }

    /// The folder of the run.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The configuration that the run was started with.
    pub fn config(&self) -> &str {
        &self.config
    }

    /// Appends a line to `metrics.jsonl`. Other processes see it at once. It is on the disk after
    /// the next [`RunFolder::save`].
    ///
    /// # Errors
    /// Bad input: the file cannot be written. It is then unchanged.
    ///
    /// # Panics
    /// If `line` does not serialize to a JSON object.
    pub fn metrics(&mut self, line: &impl Serialize) -> Result<(), Error> {
        let mut text = serde_json::to_vec(line).expect("metrics have text keys alone");
        assert!(text.starts_with(b"{"), "metrics are an object a line");
        text.push(b'\n');
        self.metrics.append(&text)?;
        self.hasher.update(&text);
        Ok(())
    }

    /// Logs a scalar for TensorBoard, under `tag` (slashes group), at `step`, with the step numbers
    /// of checkpoints.
    ///
    /// # Errors
    /// Bad input: the file cannot be written. It is then unchanged.
    pub fn scalar(&mut self, tag: &str, step: u64, value: f32) -> Result<(), Error> {
        self.events.scalar(tag, step, value)
    }

    /// Replaces the checkpoint. The run then continues from it with the metrics written so far. The
    /// checkpoint is on the disk when the function returns.
    ///
    /// # Errors
    /// Bad input: it cannot be written. The earlier checkpoint is then unchanged.
    pub fn save(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.write(name::CHECKPOINT, checkpoint)
    }

    /// Replaces the checkpoint of the best step so far. It is on the disk when the function
    /// returns.
    ///
    /// # Errors
    /// Bad input: it cannot be written. The earlier one is then unchanged.
    pub fn save_best(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.write(name::BEST, checkpoint)
    }

    fn write(&self, file_name: &str, checkpoint: &Checkpoint) -> Result<(), Error> {
        // The metrics of a checkpoint must be on the disk before the checkpoint.
        self.metrics.sync()?;
        let stamp = Stamp {
            config_sha256: config_sha256(&self.config),
            metrics_bytes: self.metrics.length(),
            metrics_sha256: hex(&self.hasher.clone().finalize()),
        };
        files::replace(&self.path.join(file_name), &checkpoint.encode(&stamp))
    }

    /// Ends the run with `last` as its checkpoint and writes the certificate.
    ///
    /// # Errors
    /// Bad input: a file cannot be written, or a file on the disk was changed.
    pub fn certify(mut self, last: &Checkpoint, preset: &str, seed: u64) -> Result<Certificate, Error> {
        self.save(last)?;
        let path = self.path.join(name::METRICS);
        let metrics = file::read(&path).map_err(|error| {
            Error::bad_input(path.display(), error, "make it a readable file, then resume the run")
                .option("resume")
        })?;
        let best = StoredRun::open(&self.path)?.best(&[])?;
        let certificate = Certificate::new(preset, &self.config, seed, last, best.as_ref(), &metrics)
            .map_err(|error| error.within(self.path.display()))?;
        files::replace(&self.path.join(name::CERTIFICATE), certificate.to_json().as_bytes())?;
        Ok(certificate)
    }
}

impl StoredRun {
    /// Resumes the run after its checkpoint, which is returned. If there is no checkpoint, the run
    /// starts from the beginning.
    ///
    /// Metrics after the checkpoint are deleted. A certificate is deleted too and written again at
    /// the end. `expected` is as in [`StoredRun::checkpoint`].
    ///
    /// # Errors
    /// Bad input: another process is writing the run; the checkpoint is damaged, or has another
    /// shape or configuration; metrics are missing.
    pub fn resume(self, expected: &[TensorSpec]) -> Result<(RunFolder, Option<Checkpoint>), Error> {
        let (path, config) = self.into_parts();
        let lock = Lock::acquire(&path)?;
        // Read again under the lock: the run may have continued since it was opened.
        let stored = StoredRun::open(&path)?;
        let checkpoint = stored.read(name::CHECKPOINT, expected)?;
        let hasher = match &checkpoint {
            Some((_, stamp)) => check_metrics(&path.join(name::METRICS), stamp)?,
            None => Sha256::new(),
        };
        files::remove(&path.join(name::CERTIFICATE))?;
        let at = checkpoint.as_ref().map(|(checkpoint, stamp)| (checkpoint.step(), stamp));
        let run = RunFolder::begin(path, config, lock, at, hasher)?;
        Ok((run, checkpoint.map(|(checkpoint, _)| checkpoint)))
    }
}

/// SHA-256 of a configuration.
pub(super) fn config_sha256(config: &str) -> String {
    hex(&Sha256::digest(config))
}

/// Refuses a folder that contains other files than those of a run that was stopped before its
/// start, or of a file manager.
fn refuse_occupied(path: &Path) -> Result<(), Error> {
    let refuse = |what: String| {
        let remedy = "resume the run, or give another folder";
        Err(Error::bad_input(path.display(), what, remedy).option("resume").option("out"))
    };
    let mut found = occupants(path).map_err(|error| {
        let what = match error.kind() {
            ErrorKind::NotADirectory => "it is a file, not a folder".to_owned(),
            _ => error.to_string(),
        };
        Error::bad_input(path.display(), what, "give another folder").option("out")
    })?;
    found.retain(|own| own != name::LOCK && own != name::CONFIG_PART);
    match found.first() {
        None => Ok(()),
        Some(_) if found.iter().any(|own| own == name::CONFIG) => refuse("the folder has a run".to_owned()),
        Some(first) => {
            let what = format!("the folder is not empty: it has {}", first.display());
            Err(Error::bad_input(path.display(), what, "give a new or an empty folder").option("out"))
        }
    }
}

/// Checks that the metrics at `path` begin with the metrics of the stamp. Returns their hasher.
fn check_metrics(path: &Path, stamp: &Stamp) -> Result<Sha256, Error> {
    let refuse = |what: &str| Err(files::damaged(path.display(), what));
    let metrics = match file::read(path) {
        Ok(metrics) => metrics,
        Err(error) if error.kind() == ErrorKind::NotFound && stamp.metrics_bytes == 0 => Vec::new(),
        Err(error) => return refuse(&error.to_string()),
    };
    let Some(kept) = usize::try_from(stamp.metrics_bytes).ok().and_then(|kept| metrics.get(..kept)) else {
        return refuse("it is shorter than when the checkpoint was written");
    };
    let hasher = Sha256::new_with_prefix(kept);
    if hex(&hasher.clone().finalize()) != stamp.metrics_sha256 {
        return refuse("it was changed after the checkpoint was written: its SHA-256 is different");
    }
    Ok(hasher)
}

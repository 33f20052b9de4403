//! The files of a training run. With them a run can be stopped at any moment, resumed with
//! bit-identical results, and cited.
//!
//! This module does not depend on rules or tasks: it stores text, named tensors, lines and scalars.
//! A run folder contains
//!
//! | file | content |
//! | --- | --- |
//! | `config.toml` | the configuration, written once |
//! | `metrics.jsonl` | one JSON object per line |
//! | `checkpoint.safetensors` | parameters and everything needed to continue: [`Checkpoint`] |
//! | `best.safetensors` | the same for the best step so far, if the run has a selection |
//! | `events.out.tfevents.*.svpg` | scalars for TensorBoard, one file for each start of the run |
//! | `certificate.json` | hashes of the results of a finished run: [`Certificate`] |
//! | `.lock` | prevents writing by a second process |
//!
//! # Guarantees
//! - *Stopped at any moment* (`kill -9`, power failure): the folder contains the complete last
//!   checkpoint, or none if none was finished. To replace a file, this module writes `NAME.part`,
//!   flushes it to the disk, renames it, and flushes the folder.
//! - *Continued*: [`StoredRun::resume`] cuts `metrics.jsonl` to the length that the checkpoint
//!   recorded, so lines of later steps and an incomplete line are deleted before those steps are
//!   repeated. If the training depends only on the checkpoint, the resumed run ends with the same
//!   parameters, the same metrics except [`TIME_FIELDS`], and the same certificate as an
//!   uninterrupted run.
//! - *Checked*: a checkpoint contains the SHA-256 of its file and of the configuration, and the
//!   length of the metrics. A file is refused with an error of one line if any byte differs, if it
//!   is truncated, if it has another shape, or if it contains NaN or infinity.
//! - *Full disk*: if a write fails, there is an error of one line; the earlier checkpoint and the
//!   earlier lines are unchanged.
//! - *Certified*: `certificate.json` exists only if it describes the checkpoint and the metrics in
//!   the folder.
//! - *One writer*: a second process that tries to write is refused. The lock ends when its process
//!   ends, in whatever way. Readers need no lock.
//!
//! The files for TensorBoard are only for display. Data that a stopped run logged after its
//! checkpoint stay in them. Each later file begins with a mark, so TensorBoard discards these data.

mod certificate;
mod checkpoint;
#[cfg(test)]
mod crash_tests;
mod events;
#[cfg(test)]
mod faults;
mod files;
mod folder;
mod interrupt;
mod lock;
mod snapshot;
mod stored;
mod tensor;

pub use certificate::{Certificate, CertifiedBest, TIME_FIELDS, metrics_sha256, parameters_sha256};
pub use checkpoint::Checkpoint;
pub(crate) use checkpoint::{LAYERS, SIZE};
pub(crate) use files::{damaged, not_written, try_replace};
pub use folder::RunFolder;
pub use interrupt::Interrupt;
pub use safetensors::Dtype;
pub use snapshot::{Flat, Snapshot};
pub use stored::StoredRun;
pub use tensor::{Element, Tensor, TensorSpec};

/// Names of the files of a run folder.
mod name {
    pub(super) const CONFIG: &str = "config.toml";
    /// The temporary file of [`CONFIG`], if a run was stopped during its start.
    pub(super) const CONFIG_PART: &str = "config.toml.part";
    pub(super) const METRICS: &str = "metrics.jsonl";
    pub(super) const CHECKPOINT: &str = "checkpoint.safetensors";
    pub(super) const BEST: &str = "best.safetensors";
    pub(super) const CERTIFICATE: &str = "certificate.json";
    pub(super) const LOCK: &str = ".lock";
    /// Prefix of the event files; the number of the start and `.svpg` follow.
    pub(super) const EVENTS: &str = "events.out.tfevents.";
}

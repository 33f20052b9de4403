//! What a training run keeps on disk, so that it can be stopped at any moment, continued to the
//! same bits, and cited.
//!
//! This module knows nothing of rules or tasks: it keeps text, named tensors, lines and scalars. A
//! run folder holds
//!
//! | file | content |
//! | --- | --- |
//! | `config.toml` | the configuration, written once |
//! | `metrics.jsonl` | one JSON object a line |
//! | `checkpoint.safetensors` | parameters and everything needed to continue: [`Checkpoint`] |
//! | `best.safetensors` | the same of the best step so far, where a selection takes place |
//! | `events.out.tfevents.*.svpg` | scalars for TensorBoard, one file for each start of the run |
//! | `certificate.json` | what a finished run computed: [`Certificate`] |
//! | `.lock` | keeps a second process out |
//!
//! # Guarantees
//! - *Stopped at any moment* (`kill -9`, power): the folder holds the last checkpoint whole, or
//!   none if none was finished. A file is replaced by writing `NAME.part` beside it, flushing that
//!   to the disk, renaming it, and flushing the folder.
//! - *Continued*: [`StoredRun::resume`] cuts `metrics.jsonl` to the length that the checkpoint
//!   recorded, so that lines of steps after it, and a line written in half, are gone before those
//!   steps are repeated. What is computed from the checkpoint alone then ends with the same
//!   parameters, the same metrics but for [`TIME_FIELDS`], and the same certificate as a run that
//!   was never stopped.
//! - *Checked*: a checkpoint carries the SHA-256 of its whole file, of the configuration, and the
//!   metrics' length. A file in which any byte differs, that was cut short, is of another shape, or
//!   holds NaN or infinity is refused with one line, never used.
//! - *Full disk*: a write that fails is an error of one line; the earlier checkpoint and the
//!   earlier lines stay as they were.
//! - *Certified*: `certificate.json` is there only while it describes the checkpoint and the
//!   metrics beside it.
//! - *One writer*: a second process that would write is refused. The lock ends with its process,
//!   however that ends. Readers take none.
//!
//! TensorBoard's files are for looking at: what a stopped run logged beyond its checkpoint stays in
//! them, and each later file begins with the mark by which TensorBoard discards it.

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
pub use folder::RunFolder;
pub use interrupt::Interrupt;
pub use snapshot::{Flat, Snapshot};
pub use stored::StoredRun;
pub use tensor::{Dtype, Element, Tensor, TensorSpec};

/// Names of the files of a run folder.
mod name {
    pub(super) const CONFIG: &str = "config.toml";
    /// What is left of [`CONFIG`] where a run was stopped while it began.
    pub(super) const CONFIG_PART: &str = "config.toml.part";
    pub(super) const METRICS: &str = "metrics.jsonl";
    pub(super) const CHECKPOINT: &str = "checkpoint.safetensors";
    pub(super) const BEST: &str = "best.safetensors";
    pub(super) const CERTIFICATE: &str = "certificate.json";
    pub(super) const LOCK: &str = ".lock";
    /// Followed by the number of the start and `.svpg`.
    pub(super) const EVENTS: &str = "events.out.tfevents.";
}

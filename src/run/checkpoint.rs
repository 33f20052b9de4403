//! Checkpoints: named tensors and strings at one step, in a file with its own checksum.

use super::files::damaged;
use super::tensor::{Tensor, TensorSpec};
use crate::Error;
use crate::hex::hex;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::Path;

/// Name of the format.
const SCHEMA: &str = "svpg-checkpoint/1";
/// Keys of the metadata that callers must not use.
const RESERVED: [&str; 7] =
    ["schema", "version", "step", "config_sha256", "metrics_bytes", "metrics_sha256", "sha256"];
/// Replaces the digest in the file while the digest is computed.
const NO_DIGEST: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// The key of the digest in the JSON of the header. It is quoted, and no value can contain quotes
/// unescaped.
const DIGEST_KEY: &str = "\"sha256\":\"";
/// The tensor with the numbers of states and actions of a conventional network.
pub(crate) const SIZE: &str = "size";
/// The names of its layers begin with this, followed by a slash.
pub(crate) const LAYERS: &str = "layers";
/// The tensors of a winner-take-all network, in the order in which they are hashed.
pub(super) const PUBLIC: [&str; 4] = ["recurrent", "state", "bias", "mask"];

/// The state of a run after a step.
///
/// The network is in one of two forms. A winner-take-all network has these tensors of type `f32`:
/// `recurrent` `[N,N]`, `state` `[S,N]`, `bias` `[N]`, and `mask` `[N,N]` of zeros and ones, for
/// `N` units and `S` state neurons. The network of a conventional method has `size`, two `u64` (the
/// numbers of states and of actions), and tensors of type `f32` whose names begin with `layers/`.
/// The names of other tensors that the training needs to continue begin with `resume/`.
///
/// It is stored in the [safetensors format](https://huggingface.co/docs/safetensors). The metadata
/// of the file are those of the caller and
///
/// | key | value |
/// | --- | --- |
/// | `schema` | `svpg-checkpoint/1` |
/// | `version` | version of svpg that wrote it |
/// | `step` | number of finished steps |
/// | `config_sha256` | SHA-256 of `config.toml` |
/// | `metrics_bytes` | length of `metrics.jsonl` at that step |
/// | `metrics_sha256` | SHA-256 of the bytes of `metrics.jsonl` at that step |
/// | `sha256` | SHA-256 of the whole file with these 64 digits replaced by `0` |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    step: u64,
    /// By name.
    tensors: Vec<Tensor>,
    metadata: BTreeMap<String, String>,
}

/// The values that link a checkpoint to its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    /// SHA-256 of `config.toml`.
    pub(super) config_sha256: String,
    /// Length of `metrics.jsonl`.
    pub(super) metrics_bytes: u64,
    /// SHA-256 of `metrics.jsonl`.
    pub(super) metrics_sha256: String,
}

impl Checkpoint {
    /// The state after `step` finished steps. `metadata` are strings that are stored unchanged.
    ///
    /// # Errors
    /// Diverged: a value is NaN or infinite.
    ///
    /// # Panics
    /// If one of the required tensors is missing or has another type or shape, if a name occurs
    /// twice, or if `metadata` has a reserved key.
    pub fn new(
        step: u64,
        mut tensors: Vec<Tensor>,
        metadata: BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        if let Some(key) = RESERVED.iter().find(|key| metadata.contains_key(**key)) {
            panic!("the metadata `{key}` belong to the format");
        }
        tensors.sort_by(|a, b| a.name().cmp(b.name()));
        let checkpoint = Self { step, tensors, metadata };
        if let Some(fault) = checkpoint.structural_fault() {
            panic!("{fault}");
        }
        match checkpoint.not_finite() {
            Some(fault) => Err(Error::diverged(
                format_args!("step {step}"),
                format_args!("the training has diverged: {fault}"),
                "start a new run in another folder, for instance with a lower learning rate",
            )
            .option("out")),
            None => Ok(checkpoint),
        }
    }

    /// Number of finished steps.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The caller's strings.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// All tensors, by name.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The tensor of this name.
    ///
    /// # Errors
    /// Bad input: there is no tensor of this name.
    pub fn tensor(&self, name: &str) -> Result<&Tensor, Error> {
        self.find(name).ok_or_else(|| damaged("checkpoint", format_args!("tensor `{name}` is missing")))
    }

    fn find(&self, name: &str) -> Option<&Tensor> {
        self.tensors.iter().find(|tensor| tensor.name() == name)
    }

    /// The tensors of the network in the order in which they are hashed: recurrent, state, bias,
    /// mask; or size, then the layers by name.
    pub(super) fn public(&self) -> Vec<&Tensor> {
        match self.find(SIZE) {
            Some(size) => [size].into_iter().chain(self.layers()).collect(),
            None => {
                let find = |name| self.find(name).expect("every constructor has looked for it");
                PUBLIC.into_iter().map(find).collect()
            }
        }
    }

    /// The tensors of the layers of a conventional network.
    fn layers(&self) -> impl Iterator<Item = &Tensor> {
        self.tensors.iter().filter(|tensor| {
            let rest = tensor.name().strip_prefix(LAYERS);
            rest.is_some_and(|rest| rest.starts_with('/'))
        })
    }

    /// An error in names, types, shapes or the mask, if there is one.
    fn structural_fault(&self) -> Option<String> {
        let mut names = BTreeSet::new();
        if let Some(twice) = self.tensors.iter().find(|tensor| !names.insert(tensor.name())) {
            return Some(format!("tensor `{}` occurs twice", twice.name()));
        }
        if names.contains("__metadata__") {
            return Some("`__metadata__` cannot name a tensor".to_owned());
        }
        match self.find(SIZE) {
            Some(size) => self.conventional_fault(size),
            None => self.winner_take_all_fault(),
        }
    }

    fn conventional_fault(&self, size: &Tensor) -> Option<String> {
        if size.spec().dtype != Dtype::U64 || size.shape() != [2] {
            return Some(format!("`{SIZE}` is {} {:?}, expected U64 [2]", size.spec().dtype, size.shape()));
        }
        if self.layers().next().is_none() {
            return Some("the network has no layer".to_owned());
        }
        let other = self.layers().find(|tensor| tensor.spec().dtype != Dtype::F32)?;
        Some(format!("tensor `{}` has type {}, expected F32", other.name(), other.spec().dtype))
    }

    fn winner_take_all_fault(&self) -> Option<String> {
        for name in PUBLIC {
            let Some(tensor) = self.find(name) else { return Some(format!("tensor `{name}` is missing")) };
            if tensor.spec().dtype != Dtype::F32 {
                return Some(format!("tensor `{name}` has type {}, expected F32", tensor.spec().dtype));
            }
        }
        let [recurrent, state, bias, mask] = PUBLIC.map(|name| self.find(name).expect("it was just found"));
        let &[units] = bias.shape() else { return Some(format!("bias has shape {:?}", bias.shape())) };
        for square in [recurrent, mask] {
            if square.shape() != [units, units] {
                return Some(format!("{} has shape {:?} for {units} units", square.name(), square.shape()));
            }
        }
        if !matches!(state.shape(), &[_, columns] if columns == units) {
            return Some(format!("state has shape {:?} for {units} units", state.shape()));
        }
        let entries = mask.values::<f32>().expect("its type was looked at");
        let other = entries.iter().position(|&entry| entry != 0.0 && entry != 1.0)?;
        Some(format!("{} is {}, expected 0 or 1", mask.place(other), entries[other]))
    }

    fn not_finite(&self) -> Option<String> {
        let (place, value) = self.tensors.iter().find_map(Tensor::first_not_finite)?;
        Some(format!("{place} is {value}"))
    }

    /// Checks that the tensors in `expected` exist with this type and shape. Other tensors are
    /// permitted.
    fn compare(&self, expected: &[TensorSpec]) -> Result<(), String> {
        for wanted in expected {
            let name = &wanted.name;
            let Some(found) = self.find(name).map(Tensor::spec) else {
                return Err(format!("tensor `{name}` is missing"));
            };
            if found != wanted {
                return Err(format!(
                    "checkpoint of another shape: `{name}` is {} {:?}, but the configuration asks for {} {:?}",
                    found.dtype, found.shape, wanted.dtype, wanted.shape
                ));
            }
        }
        Ok(())
    }

    /// The file.
    pub(super) fn encode(&self, stamp: &Stamp) -> Vec<u8> {
        let own = [
            ("schema", SCHEMA.to_owned()),
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("step", self.step.to_string()),
            ("config_sha256", stamp.config_sha256.clone()),
            ("metrics_bytes", stamp.metrics_bytes.to_string()),
            ("metrics_sha256", stamp.metrics_sha256.clone()),
            ("sha256", NO_DIGEST.to_owned()),
        ];
        let mut metadata: HashMap<String, String> = own.map(|(key, value)| (key.to_owned(), value)).into();
        metadata.extend(self.metadata.clone());
        let tensors = self.tensors.iter().map(|tensor| (tensor.name(), tensor));
        let mut file =
            safetensors::serialize(tensors, Some(metadata)).expect("sizes and names were looked at");
        let digest = hex(&Sha256::digest(&file));
        let at = digest_place(&file).expect("the key was just written");
        file[at..at + digest.len()].copy_from_slice(digest.as_bytes());
        file
    }

    /// Reads and checks a file. `path` is for messages alone.
    pub(super) fn decode(file: &[u8], path: &Path, expected: &[TensorSpec]) -> Result<(Self, Stamp), Error> {
        let refuse = |what: &dyn fmt::Display, remedy: &str| Error::bad_input(path.display(), what, remedy);
        let changed = |what: &dyn fmt::Display| damaged(path.display(), what);
        let (_, header) = SafeTensors::read_metadata(file).map_err(|error| {
            changed(&format_args!("not a complete safetensors file ({error}): truncated or changed"))
        })?;
        let stored = SafeTensors::deserialize(file).map_err(|error| changed(&error))?;
        let mut metadata: BTreeMap<String, String> =
            header.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
        let mut take = |key: &str| metadata.remove(key).unwrap_or_default();
        let schema = take("schema");
        if schema != SCHEMA {
            return Err(refuse(
                &format_args!("found schema `{schema}`, expected `{SCHEMA}`"),
                "give a run folder of svpg, and the version of svpg that wrote it",
            ));
        }
        if !is_whole(file, &take("sha256")) {
            return Err(changed(&"it was changed after it was written: its SHA-256 is different"));
        }
        let mut number = |key: &str| {
            let text = take(key);
            text.parse::<u64>().map_err(|_| changed(&format_args!("`{key}` is `{text}`, expected a number")))
        };
        let (step, metrics_bytes) = (number("step")?, number("metrics_bytes")?);
        let stamp = Stamp {
            config_sha256: take("config_sha256"),
            metrics_bytes,
            metrics_sha256: take("metrics_sha256"),
        };
        take("version");

        let mut tensors = stored
            .iter()
            .map(|(name, view)| {
                let dtype = view.dtype();
                if !matches!(dtype, Dtype::F32 | Dtype::F64 | Dtype::U64) {
                    let what =
                        format_args!("tensor `{name}` has type {dtype}, which a checkpoint never contains");
                    return Err(changed(&what));
                }
                let spec = TensorSpec { name: name.to_owned(), dtype, shape: view.shape().to_vec() };
                Ok(Tensor::stored(spec, view.data()))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        tensors.sort_by(|a, b| a.name().cmp(b.name()));
        let checkpoint = Self { step, tensors, metadata };
        checkpoint.compare(expected).map_err(|what| {
            refuse(
                &what,
                "use the configuration that the run was started with, or start a new run in another folder",
            )
            .option("out")
        })?;
        match checkpoint.structural_fault().or_else(|| checkpoint.not_finite()) {
            Some(fault) => Err(changed(&fault)),
            None => Ok((checkpoint, stamp)),
        }
    }
}

/// The position of the 64 digits of the digest in a file.
fn digest_place(file: &[u8]) -> Option<usize> {
    let length = u64::from_le_bytes(file.get(..8)?.try_into().ok()?);
    let header = file.get(8..8usize.checked_add(usize::try_from(length).ok()?)?)?;
    let key = DIGEST_KEY.as_bytes();
    let at = header.windows(key.len()).position(|window| window == key)?;
    Some(8 + at + key.len())
}

/// Is `digest` the digest of the file?
fn is_whole(file: &[u8], digest: &str) -> bool {
    let Some(at) = digest_place(file) else { return false };
    let Some(end) = at.checked_add(NO_DIGEST.len()).filter(|&end| end <= file.len()) else { return false };
    let mut hasher = Sha256::new();
    hasher.update(&file[..at]);
    hasher.update(NO_DIGEST);
    hasher.update(&file[end..]);
    file[at..end] == *digest.as_bytes() && hex(&hasher.finalize()) == digest
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;

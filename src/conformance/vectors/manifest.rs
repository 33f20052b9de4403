//! The manifest of a folder of vectors.

use crate::hex::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Name and version of the format of a manifest.
const SCHEMA: &str = "svpg-vectors/3";
/// Version of the numbers. It rises whenever the cases or answers of a count and seed change. A
/// test compares it with their hash.
pub const VECTORS_VERSION: u32 = 1;

/// The content of a folder of vectors. It has three versions: of its format, of the vectors, and of
/// the software.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Manifest {
    schema: &'static str,
    /// [`VECTORS_VERSION`].
    pub vectors_version: u32,
    /// Version of svpg that wrote the answers.
    pub svpg_version: &'static str,
    /// Seed of the cases.
    pub seed: u64,
    /// Number of cases.
    pub count: usize,
    /// Every case with its answer.
    pub vectors: Vec<Vector>,
    /// Every file except the manifest.
    pub files: Vec<File>,
}

/// A case with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vector {
    /// `NNNN`: the file names up to the first dot, and the arrays up to the first slash.
    pub name: String,
    /// What the case has.
    pub comment: String,
    /// The codes of the causes whose programs fail on this case with the default tolerance.
    pub catches: Vec<&'static str>,
}

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Length in bytes.
    pub bytes: usize,
    /// SHA-256 of the content, in lower-case hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The manifest of these vectors and files.
    pub(super) fn new(seed: u64, vectors: Vec<Vector>, contents: &[(String, Vec<u8>)]) -> Self {
        let file = |(name, bytes): &(String, Vec<u8>)| File {
            name: name.clone(),
            bytes: bytes.len(),
            sha256: hex(&Sha256::digest(bytes)),
        };
        Self {
            schema: SCHEMA,
            vectors_version: VECTORS_VERSION,
            svpg_version: env!("CARGO_PKG_VERSION"),
            seed,
            count: vectors.len(),
            vectors,
            files: contents.iter().map(file).collect(),
        }
    }
}

/// The names of the files that a manifest lists; `None` if the text is no manifest, of this or an
/// earlier version.
pub(super) fn listed(text: &[u8]) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Listed {
        name: String,
    }
    #[derive(Deserialize)]
    struct AnyManifest {
        schema: String,
        files: Vec<Listed>,
    }
    let manifest: AnyManifest = serde_json::from_slice(text).ok()?;
    let is_known = ["svpg-vectors/1", "svpg-vectors/2", SCHEMA].contains(&manifest.schema.as_str());
    is_known.then(|| manifest.files.into_iter().map(|file| file.name).collect())
}

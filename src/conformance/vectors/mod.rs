//! Conformance vectors: cases with the oracle's answers, for programs in any language.
//!
//! Every rule, both conventions, no mask, a recurrent mask and both masks, REINFORCE and PPO,
//! several values of every option, given and computed `q`, 1 to 7 samples, saturated and nearly
//! tied circuits, unusual shapes (no states, no hidden circuits, circuits of one unit, a single
//! action). The update of a vector is never zero. The same count and seed give the same bytes on
//! every machine: cases are drawn by SplitMix64 ([`crate::random`]), and the [`oracle`] answers
//! them in double-double.
//!
//! The manifest describes every vector, and lists the codes of the [`CAUSES`] that it catches: a
//! program with this mistake fails on the vector.

mod draw;
mod expectation;
mod trajectory;

use crate::Error;
use crate::conformance::case::{Answer, Case, Convention, Shape};
use crate::conformance::compare::cause::CAUSES;
use crate::conformance::compare::{Judge, Tolerance};
use crate::conformance::oracle;
use crate::folder::Folder;
use crate::hex::hex;
use crate::random::SplitMix64;
use draw::{SHAPES, draw};
pub use expectation::expectation;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
pub use trajectory::trajectory;

/// Name of the format of a manifest.
const MANIFEST_SCHEMA: &str = "svpg-vectors/2";
/// Its earlier version, without the descriptions of vectors.
const MANIFEST_SCHEMA_1: &str = "svpg-vectors/1";
/// The file that lists all other files.
const MANIFEST: &str = "manifest.json";
/// The kinds of files in a folder of vectors.
const KINDS: [&str; 4] = ["case", "trajectory", "expectation", "answer"];
/// The temporary folder for the files until all are written.
const STAGED: &str = ".svpg-vectors.part";
/// Largest number of cases in one folder: file names have four digits.
pub const MAX_COUNT: usize = 9999;

/// Largest probability of a circuit above which it is called saturated.
const SATURATED: f64 = 0.999;
/// Largest excess over the uniform probability of a circuit that is called nearly tied.
const TIED: f64 = 0.01;
/// An update with a smaller largest entry is drawn again.
const LEAST: f64 = 1e-6;
/// This number of cases covers every pair of rule and shape in both conventions.
pub const DEFAULT_COUNT: usize = 2 * draw::PAIRS;

/// The content of a folder of vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    schema: String,
    /// Version of svpg that wrote the answers.
    pub version: String,
    /// Seed of the cases.
    pub seed: u64,
    /// Number of cases.
    pub count: usize,
    /// Every case with its answer.
    #[serde(default)]
    pub vectors: Vec<Vector>,
    /// Every file except the manifest.
    pub files: Vec<File>,
}

/// A case with its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// `NNNN`: the file names up to the first dot.
    pub name: String,
    /// What the case has.
    pub comment: String,
    /// The codes of the causes whose programs fail on this case with the default tolerance.
    pub catches: Vec<String>,
}

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// `NNNN.case.json`, `NNNN.trajectory.json`, `NNNN.expectation.json` or `NNNN.answer.json`.
    pub name: String,
    /// Length in bytes.
    pub bytes: usize,
    /// SHA-256 of the content, in lower-case hexadecimal.
    pub sha256: String,
}

/// Writes `count` cases with answers and a manifest into `folder`. Creates the folder if it does
/// not exist.
///
/// If the folder has an earlier manifest, the files in that manifest are removed after all new
/// files are on the disk.
///
/// # Errors
/// Bad input: the folder contains other files or cannot be written, or `count` is not in
/// `1..=9999`. The folder is then unchanged.
pub fn write(folder: &Path, count: usize, seed: u64) -> Result<Manifest, Error> {
    write_all(folder, count, seed, |index| {
        let (case, answer) = vector(index, seed)?;
        let catches = catches(&case, &answer)?.into_iter().map(str::to_owned).collect();
        Ok(("case", case.to_json(), answer.to_json(), comment(&case, &answer), catches))
    })
}

/// As [`write()`], with trajectories (level 1) and their specified answers.
///
/// # Errors
/// As [`write()`].
pub fn write_trajectories(folder: &Path, count: usize, seed: u64) -> Result<Manifest, Error> {
    write_all(folder, count, seed, |index| {
        let (question, answer) = trajectory(index, seed)?;
        let comment = trajectory::comment(&question);
        Ok(("trajectory", question.to_json(), answer.to_json(), comment, Vec::new()))
    })
}

/// As [`write()`], with expectations (level 2) and their answers by enumeration.
///
/// # Errors
/// As [`write()`].
pub fn write_expectations(folder: &Path, count: usize, seed: u64) -> Result<Manifest, Error> {
    write_all(folder, count, seed, |index| {
        let (question, answer) = expectation(index, seed)?;
        let comment = expectation::comment(&question);
        Ok(("expectation", question.to_json(), answer.to_json(), comment, Vec::new()))
    })
}

/// Kind, question, answer, comment and caught causes of a vector.
type Written = (&'static str, String, String, String, Vec<String>);

fn write_all(
    folder: &Path,
    count: usize,
    seed: u64,
    vector: impl Fn(usize) -> Result<Written, Error>,
) -> Result<Manifest, Error> {
    if !(1..=MAX_COUNT).contains(&count) {
        return Err(Error::bad_input("count", format_args!("found {count}"), "give 1 to 9999"));
    }
    let earlier = earlier_files(folder)?;
    // All content is computed before any file changes.
    let mut contents = Vec::with_capacity(2 * count);
    let mut vectors = Vec::with_capacity(count);
    for index in 0..count {
        let name = format!("{index:04}");
        let (kind, question, answer, comment, catches) = vector(index)?;
        contents.push((format!("{name}.{kind}.json"), question + "\n"));
        contents.push((format!("{name}.answer.json"), answer + "\n"));
        vectors.push(Vector { name, comment, catches });
    }
    let files = contents
        .iter()
        .map(|(name, text)| File {
            name: name.clone(),
            bytes: text.len(),
            sha256: hex(&Sha256::digest(text)),
        })
        .collect();
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { schema: MANIFEST_SCHEMA.to_owned(), version, seed, count, vectors, files };
    let text = serde_json::to_string_pretty(&manifest).expect("a manifest has text keys alone") + "\n";
    // The manifest first: after an interrupted run, the next run may replace the folder.
    contents.insert(0, (MANIFEST.to_owned(), text));
    replace(folder, &earlier, &contents).map_err(|error| {
        Error::bad_input(folder.display(), error, "free disk space, or give a folder that can be written")
            .option("out")
    })?;
    Ok(manifest)
}

/// Replaces the files `earlier` by `contents`. Writes all of them to a temporary folder first, then
/// renames them.
fn replace(folder: &Path, earlier: &[String], contents: &[(String, String)]) -> std::io::Result<()> {
    let made = Folder::create(folder)?;
    let staged = folder.join(STAGED);
    // Files of an interrupted run.
    let _ = std::fs::remove_dir_all(&staged);
    let written = std::fs::create_dir(&staged)
        .and_then(|()| contents.iter().try_for_each(|(name, text)| std::fs::write(staged.join(name), text)));
    if let Err(error) = written {
        let _ = std::fs::remove_dir_all(&staged);
        made.undo();
        return Err(error);
    }
    for name in earlier {
        match std::fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    for (name, _) in contents {
        std::fs::rename(staged.join(name), folder.join(name))?;
    }
    std::fs::remove_dir(&staged)
}

/// The files of an earlier manifest; none if the folder is missing or empty.
fn earlier_files(folder: &Path) -> Result<Vec<String>, Error> {
    let refuse = |what: String| Error::bad_input(folder.display(), what, "give an empty or a new folder");
    let mut entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(refuse(error.to_string())),
    };
    if entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == STAGED)) {
        return Ok(Vec::new());
    }
    let text = std::fs::read(folder.join(MANIFEST))
        .map_err(|_| refuse(format!("it is not empty and holds no {MANIFEST}")))?;
    let manifest = serde_json::from_slice::<Manifest>(&text)
        .ok()
        .filter(|manifest| [MANIFEST_SCHEMA, MANIFEST_SCHEMA_1].contains(&manifest.schema.as_str()));
    let manifest = manifest.ok_or_else(|| refuse(format!("its {MANIFEST} is not one of vectors")))?;
    // A file with another form of name is not removed, even if the manifest lists it.
    let is_ours = |name: &String| {
        let digits = KINDS.iter().find_map(|kind| name.strip_suffix(&format!(".{kind}.json")));
        digits.is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    Ok(manifest.files.into_iter().map(|file| file.name).filter(is_ours).collect())
}

/// Case number `index` of a seed, and its answer with gradients.
///
/// # Errors
/// As [`oracle::answer`].
pub fn vector(index: usize, seed: u64) -> Result<(Case, Answer), Error> {
    // One generator per case, so the cases of a smaller folder are the first cases of a larger one.
    let mut random = SplitMix64::new(SplitMix64::new(seed ^ (index as u64).rotate_left(32)).bits());
    let [states, hidden_circuits, hidden_size, mut actions] = SHAPES[index % SHAPES.len()];
    loop {
        let shape = Shape { states, hidden_circuits, hidden_size, actions };
        let case = draw(index, shape, &mut random)?;
        match oracle::answer(&case, true) {
            Ok(answer) if answer.update.values().all(|x| x.abs() < LEAST) => actions = actions.max(2),
            Ok(answer) => return Ok((case, answer)),
            // Rare: draw other weights. The same if the options do not fit the network, for
            // instance if a clamp makes a small probability negative.
            Err(error) if error.is_no_fixed_point() || case.options().beta.is_some() => {}
            Err(error) => return Err(error),
        }
    }
}

/// The codes of the causes with a planted answer that fails with the default tolerance.
///
/// # Errors
/// As [`oracle::answer`].
pub fn catches(case: &Case, answer: &Answer) -> Result<Vec<&'static str>, Error> {
    let mut judge = Judge::with_answer(case, answer.clone());
    judge.seek_hints(false);
    let mut codes = Vec::new();
    for cause in &CAUSES {
        for planted in cause.plant(case, answer) {
            if !judge.compare(&planted.answer, Tolerance::default())?.ok {
                codes.push(cause.code);
                break;
            }
        }
    }
    Ok(codes)
}

/// The properties of a case, in words.
fn comment(case: &Case, answer: &Answer) -> String {
    let Shape { states, hidden_circuits, hidden_size, actions } = case.shape();
    let convention = if case.convention() == Convention::Full { "full" } else { "half" };
    let mut parts = vec![
        format!("{} in the convention {convention}", case.rule().name()),
        format!(
            "states {states}, hidden circuits {hidden_circuits}, hidden size {hidden_size}, actions {actions}, \
             samples {}",
            case.batch().len()
        ),
    ];
    let options = serde_json::to_value(case.options()).unwrap_or_default();
    for (key, value) in options.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array()) {
        parts.push(format!("{key} {}", value.as_str().map_or(value.to_string(), str::to_owned)));
    }
    let units = 0..case.shape().units();
    let masked = |kept: &dyn Fn(usize, usize) -> bool, rows: usize| {
        (0..rows).any(|i| units.clone().any(|j| !kept(i, j)))
    };
    let between = |i, j| case.shape().circuit_of(i) == case.shape().circuit_of(j) || case.is_connected(i, j);
    if masked(&between, units.end) {
        parts.push("recurrent weights are masked".to_owned());
    }
    if masked(&|k, i| case.is_observed(k, i), states) {
        parts.push("state weights are masked".to_owned());
    }
    let given = case.batch().iter().filter(|entry| entry.q.is_some()).count();
    if given > 0 {
        parts.push(format!("q is given for {given}"));
    }
    let computed = case.batch().iter().zip(answer.q.iter().flatten()).filter(|(entry, _)| entry.q.is_none());
    let largest =
        |q: &Vec<f64>, c: usize| q[case.shape().circuit(c)].iter().fold(0.0f64, |most, x| most.max(*x));
    let is_any = |has: &dyn Fn(f64, usize) -> bool| {
        computed.clone().any(|(_, q)| {
            let circuits = (0..case.shape().circuits()).filter(|&c| case.shape().circuit(c).len() > 1);
            circuits.into_iter().any(|c| has(largest(q, c), case.shape().circuit(c).len()))
        })
    };
    if is_any(&|largest, _| largest > SATURATED) {
        parts.push("a circuit is saturated".to_owned());
    }
    if is_any(&|largest, size| largest < (1.0 + TIED) / size as f64) {
        parts.push("a circuit is nearly tied".to_owned());
    }
    parts.join("; ")
}

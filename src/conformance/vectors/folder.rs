//! The folder of vectors.

use super::arrays::{add_answer, add_case};
use super::manifest::{Manifest, Vector, listed};
use super::npz::Arrays;
use super::{MAX_COUNT, catches, comment, vector};
use crate::Error;
use crate::file;
use crate::folder::{Folder, is_of_file_manager};
use std::path::Path;

/// The file that lists all other files.
const MANIFEST: &str = "manifest.json";
/// The files that have all cases or all answers.
const TOGETHER: [&str; 4] = ["cases.jsonl", "cases.npz", "answers.jsonl", "answers.npz"];
/// The temporary folder for the files until all are written.
const STAGED: &str = ".svpg-vectors.part";

/// Writes `count` cases with answers and a manifest into `folder`. Creates the folder if it does
/// not exist.
///
/// Every case and every answer has a file `NNNN.case.json` or `NNNN.answer.json`. In addition,
/// `cases.jsonl` has all cases, `answers.jsonl` all answers, and `cases.npz` and `answers.npz` have
/// them as arrays.
///
/// If the folder has an earlier manifest, the files in that manifest are removed after all new
/// files are on the disk.
///
/// # Errors
/// Bad input: the folder contains other files or cannot be written, or `count` is not in
/// `1..=9999`. The folder is then unchanged.
pub fn write(folder: &Path, count: usize, seed: u64) -> Result<Manifest, Error> {
    if !(1..=MAX_COUNT).contains(&count) {
        return Err(Error::bad_input("count", format_args!("found {count}"), "give 1 to 9999"));
    }
    let earlier = earlier_files(folder)?;
    // All content is computed before any file changes.
    let mut contents = Vec::with_capacity(2 * count + 5);
    let mut vectors = Vec::with_capacity(count);
    let (mut cases, mut answers) = (Together::default(), Together::default());
    for index in 0..count {
        let name = format!("{index:04}");
        let (case, answer) = vector(index, seed)?;
        add_case(&mut cases.arrays, &name, &case);
        add_answer(&mut answers.arrays, &name, &answer);
        contents.push((format!("{name}.case.json"), cases.add(case.to_json())));
        contents.push((format!("{name}.answer.json"), answers.add(answer.to_json())));
        vectors.push(Vector { name, comment: comment(&case, &answer), catches: catches(&case, &answer)? });
    }
    for (name, together) in [("cases", cases), ("answers", answers)] {
        let archive = together.arrays.to_npz().expect("memory can be written");
        contents.push((format!("{name}.jsonl"), together.lines));
        contents.push((format!("{name}.npz"), archive));
    }
    let manifest = Manifest::new(seed, vectors, &contents);
    let text = serde_json::to_string_pretty(&manifest).expect("a manifest has text keys alone") + "\n";
    // The manifest first: after an interrupted run, the next run may replace the folder.
    contents.insert(0, (MANIFEST.to_owned(), text.into_bytes()));
    replace(folder, &earlier, &contents).map_err(|error| {
        Error::bad_input(folder.display(), error, "free disk space, or give a folder that can be written")
            .option("out")
    })?;
    Ok(manifest)
}

/// All cases, or all answers.
#[derive(Default)]
struct Together {
    lines: Vec<u8>,
    arrays: Arrays,
}

impl Together {
    /// Adds a document to the lines, and returns its line.
    fn add(&mut self, document: String) -> Vec<u8> {
        let line = (document + "\n").into_bytes();
        self.lines.extend_from_slice(&line);
        line
    }
}

/// Replaces the files `earlier` by `contents`. Writes all of them to a temporary folder first, then
/// renames them.
fn replace(folder: &Path, earlier: &[String], contents: &[(String, Vec<u8>)]) -> std::io::Result<()> {
    let made = Folder::create(folder)?;
    let staged = folder.join(STAGED);
    // Files of an interrupted run.
    let _ = std::fs::remove_dir_all(&staged);
    let written = std::fs::create_dir(&staged).and_then(|()| {
        contents.iter().try_for_each(|(name, bytes)| std::fs::write(staged.join(name), bytes))
    });
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
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(_) if file::is_dangling(folder) => return Err(refuse("it is a link to nothing".to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(refuse(error.to_string())),
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>();
    let names = names.map_err(|error| refuse(error.to_string()))?;
    let others = names.into_iter().filter(|name| name != STAGED && !is_of_file_manager(name));
    let Some(first) = others.min() else { return Ok(Vec::new()) };
    let text = file::read(&folder.join(MANIFEST))
        .map_err(|_| refuse(format!("it is not empty: it has {}, and no {MANIFEST}", first.display())))?;
    let names = listed(&text).ok_or_else(|| refuse(format!("its {MANIFEST} is not one of vectors")))?;
    // A file with another form of name is not removed, even if the manifest lists it.
    let is_ours = |name: &String| {
        if TOGETHER.contains(&name.as_str()) {
            return true;
        }
        let digits = name.strip_suffix(".case.json").or(name.strip_suffix(".answer.json"));
        digits.is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    Ok(names.into_iter().filter(is_ours).collect())
}

//! The folder of vectors.

use super::arrays::{add_answer, add_case};
use super::manifest::{Manifest, Vector, listed};
use super::npz::Arrays;
use super::{MAX_COUNT, catches, comment, expectation, trajectory, vector};
use crate::Error;
use crate::file;
use crate::folder::{Folder, occupants};
use std::path::Path;

/// The file that lists all other files.
const MANIFEST: &str = "manifest.json";
/// The files that have all questions or all answers.
const TOGETHER: [&str; 6] =
    ["cases.jsonl", "cases.npz", "trajectories.jsonl", "expectations.jsonl", "answers.jsonl", "answers.npz"];
/// The ends of the other names.
const ENDS: [&str; 4] = [".case.json", ".trajectory.json", ".expectation.json", ".answer.json"];
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
    let earlier = earlier_files(folder, count)?;
    let mut content = Content::default();
    let (mut cases, mut answers) = (Arrays::default(), Arrays::default());
    for index in 0..count {
        let (case, answer) = vector(index, seed)?;
        let catches = catches(&case, &answer)?;
        let name = content.add("case", case.to_json(), answer.to_json(), comment(&case, &answer), catches);
        add_case(&mut cases, &name, &case);
        add_answer(&mut answers, &name, &answer);
    }
    for (name, arrays) in [("cases.npz", cases), ("answers.npz", answers)] {
        content.files.push((name.to_owned(), arrays.to_npz().expect("memory can be written")));
    }
    content.write(folder, &earlier, "cases", seed)
}

/// Trajectories (level 1) and their specified answers, without arrays.
fn write_trajectories(folder: &Path, count: usize, seed: u64) -> Result<Manifest, Error> {
    let earlier = earlier_files(folder, count)?;
    let mut content = Content::default();
    for index in 0..count {
        let (question, answer) = trajectory(index, seed)?;
        let comment = trajectory::comment(&question);
        content.add("trajectory", question.to_json(), answer.to_json(), comment, Vec::new());
    }
    content.write(folder, &earlier, "trajectories", seed)
}

/// Expectations (level 2) and their answers by enumeration, without arrays.
fn write_expectations(folder: &Path, count: usize, seed: u64) -> Result<Manifest, Error> {
    let earlier = earlier_files(folder, count)?;
    let mut content = Content::default();
    for index in 0..count {
        let (question, answer) = expectation(index, seed)?;
        let comment = expectation::comment(&question);
        content.add("expectation", question.to_json(), answer.to_json(), comment, Vec::new());
    }
    content.write(folder, &earlier, "expectations", seed)
}

/// As [`write()`], with the questions of a level: cases (0), trajectories (1) or expectations (2).
///
/// # Errors
/// As [`write()`]. Bad input: the level has no vectors.
pub fn write_level(level: u8, folder: &Path, count: usize, seed: u64) -> Result<Manifest, Error> {
    match level {
        0 => write(folder, count, seed),
        1 => write_trajectories(folder, count, seed),
        2 => write_expectations(folder, count, seed),
        _ => Err(Error::bad_input("level", format_args!("found {level}"), "give 0, 1 or 2")),
    }
}

/// All content, which is computed before any file changes.
#[derive(Default)]
struct Content {
    files: Vec<(String, Vec<u8>)>,
    vectors: Vec<Vector>,
    questions: Vec<u8>,
    answers: Vec<u8>,
}

impl Content {
    /// Adds a vector and returns its name.
    fn add(
        &mut self,
        kind: &str,
        question: String,
        answer: String,
        comment: String,
        catches: Vec<&'static str>,
    ) -> String {
        let name = format!("{:04}", self.vectors.len());
        let parts = [(kind, question, &mut self.questions), ("answer", answer, &mut self.answers)];
        for (kind, document, together) in parts {
            let line = (document + "\n").into_bytes();
            together.extend_from_slice(&line);
            self.files.push((format!("{name}.{kind}.json"), line));
        }
        self.vectors.push(Vector { name: name.clone(), comment, catches });
        name
    }

    /// Writes the files and their manifest in place of the files `earlier`.
    fn write(self, folder: &Path, earlier: &[String], questions: &str, seed: u64) -> Result<Manifest, Error> {
        let mut files = self.files;
        files.push((format!("{questions}.jsonl"), self.questions));
        files.push(("answers.jsonl".to_owned(), self.answers));
        let manifest = Manifest::new(seed, self.vectors, &files);
        let text = serde_json::to_string_pretty(&manifest).expect("a manifest has text keys alone") + "\n";
        // The manifest first: after an interrupted run, the next run may replace the folder.
        files.insert(0, (MANIFEST.to_owned(), text.into_bytes()));
        replace(folder, earlier, &files).map_err(|error| {
            Error::bad_input(folder.display(), error, "free disk space, or give a folder that can be written")
                .option("out")
        })?;
        Ok(manifest)
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

/// The files of an earlier manifest; none if the folder is missing or empty. Checks the `count`
/// too.
fn earlier_files(folder: &Path, count: usize) -> Result<Vec<String>, Error> {
    if !(1..=MAX_COUNT).contains(&count) {
        return Err(Error::bad_input("count", format_args!("found {count}"), "give 1 to 9999"));
    }
    let refuse = |what: String| Error::bad_input(folder.display(), what, "give an empty or a new folder");
    let names = occupants(folder).map_err(|error| refuse(error.to_string()))?;
    let Some(first) = names.iter().find(|name| *name != STAGED) else { return Ok(Vec::new()) };
    let text = file::read(&folder.join(MANIFEST))
        .map_err(|_| refuse(format!("it is not empty: it has {}, and no {MANIFEST}", first.display())))?;
    let names = listed(&text).ok_or_else(|| refuse(format!("its {MANIFEST} is not one of vectors")))?;
    // A file with another form of name is not removed, even if the manifest lists it.
    let is_ours = |name: &String| {
        if TOGETHER.contains(&name.as_str()) {
            return true;
        }
        let digits = ENDS.iter().find_map(|end| name.strip_suffix(end));
        digits.is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    Ok(names.into_iter().filter(is_ours).collect())
}

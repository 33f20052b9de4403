//! The levels that an evaluation has finished, kept in a file until its result is written.
//!
//! The file `jobs/ID.partial` has the form of a result file with fewer levels. It is written
//! every ten seconds and when the study is asked to stop. A file that cannot be used has no effect:
//! the evaluation begins with its first level.

use super::job::{Description, SAVE_EVERY};
use super::result::{JobResult, Outcome};
use crate::Error;
use std::path::PathBuf;
use std::time::Instant;

/// The finished levels of an evaluation.
#[derive(Debug)]
pub(super) struct Partial {
    path: PathBuf,
    job: Description,
    /// One series a level.
    values: Vec<Vec<f64>>,
    began: Instant,
    /// Seconds of earlier processes.
    before: f64,
    saved: Instant,
}

impl Partial {
    /// What earlier processes have finished of a job.
    pub(super) fn open(path: PathBuf, job: Description) -> Self {
        let stored = JobResult::read_part(&path, &job).ok().flatten();
        let (values, before) = match stored.map(|stored| (stored.result, stored.seconds)) {
            Some((Outcome::Values(values), before)) if is_part(&values, &job) => (values, before),
            _ => (Vec::new(), 0.0),
        };
        let now = Instant::now();
        Self { path, job, values, began: now, before, saved: now }
    }

    /// Number of finished levels.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds the results of the next level, and writes the file if the last time was long ago.
    ///
    /// # Errors
    /// Bad input: the file cannot be written.
    pub(super) fn push(&mut self, values: Vec<f64>) -> Result<(), Error> {
        self.values.push(values);
        if self.saved.elapsed() < SAVE_EVERY {
            return Ok(());
        }
        self.saved = Instant::now();
        self.save()
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Bad input: it cannot be written.
    pub(super) fn save(&self) -> Result<(), Error> {
        self.as_result().write(&self.path)
    }

    /// The result of all finished levels.
    pub(super) fn as_result(&self) -> JobResult {
        let seconds = self.before + self.began.elapsed().as_secs_f64();
        JobResult::new(self.job.clone(), Outcome::Values(self.values.clone()), seconds)
    }

    /// Deletes the file. If that fails, the file has no effect: the job has a result.
    pub(super) fn delete(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Are these results of the first levels of a job?
fn is_part(values: &[Vec<f64>], job: &Description) -> bool {
    let evaluations = job.evaluations.map_or(0, |evaluations| evaluations as usize);
    values.len() <= job.noises.len() && values.iter().all(|values| values.len() == evaluations)
}

#[cfg(test)]
mod tests {
    use super::{JobResult, Outcome, Partial};
    use crate::study::result::tests::description;

    #[test]
    fn levels_of_the_same_job_are_kept_and_an_altered_file_has_no_effect() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.partial");
        let open = |id: &str| Partial::open(path.clone(), description(id));
        let mut partial = open("a");
        assert_eq!(partial.len(), 0);
        // The last time is the beginning: nothing is written yet.
        partial.push(vec![0.25, 0.1]).unwrap();
        assert!(partial.len() == 1 && !path.exists());
        partial.save().unwrap();
        let again = open("a");
        assert_eq!(again.as_result().result, Outcome::Values(vec![vec![0.25, 0.1]]));
        assert!(again.as_result().seconds >= partial.before);
        assert_eq!(open("b").len(), 0);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("0.25", "0.26", 1)).unwrap();
        assert_eq!(open("a").len(), 0);
        std::fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert_eq!(open("a").len(), 0);
        // More levels than the job has, and fewer evaluations, with the right hash.
        for values in [vec![vec![0.25, 0.1], vec![0.25, 0.1]], vec![vec![0.25]]] {
            JobResult::new(description("a"), Outcome::Values(values), 1.0).write(&path).unwrap();
            assert_eq!(open("a").len(), 0);
        }
        partial.delete();
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_is_ten_seconds_old_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.partial");
        let mut partial = Partial::open(path.clone(), description("a"));
        partial.saved = partial.saved.checked_sub(super::SAVE_EVERY).unwrap();
        partial.push(vec![0.25, 0.1]).unwrap();
        assert_eq!(Partial::open(path.clone(), description("a")).len(), 1);
        std::fs::remove_file(&path).unwrap();
        partial.push(vec![0.5, 0.5]).unwrap();
        assert!(!path.exists(), "it was written a moment ago");
    }
}

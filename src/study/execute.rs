//! A job on the calling thread: it trains or evaluates, and writes its result file.

use super::grid::{Data, Protocol};
use super::job;
use super::partial::Partial;
use super::result::{Failure, JobResult, Outcome};
use super::{Job, Options, Study, StudyData};
use crate::Error;
use std::fmt;
use std::time::{Duration, Instant};

/// A part of a job that is done.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// What is counted: steps, episodes or levels.
    pub unit: &'static str,
    /// Those that are done.
    pub done: u64,
    /// All of the job.
    pub total: u64,
    /// Those that were done since the last news of this job,
    pub fresh: u64,
    /// in so many seconds.
    pub seconds: f64,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} {}", self.done, self.total, self.unit)
    }
}

/// Time between two news of a training.
const NEWS: Duration = Duration::from_secs(1);

/// How far a job is, and when this was told.
struct Meter<'a> {
    unit: &'static str,
    done: u64,
    total: u64,
    told: Instant,
    watch: &'a mut dyn FnMut(Part),
}

impl Meter<'_> {
    fn tell(&mut self, done: u64) {
        let Self { unit, done: before, total, told, .. } = *self;
        let seconds = told.elapsed().as_secs_f64();
        (self.done, self.told) = (done, Instant::now());
        (self.watch)(Part { unit, done, total, fresh: done - before, seconds });
    }
}

impl Study {
    /// Computes a job and writes its result; `None` if it was asked to stop. The job that it needs
    /// is finished.
    pub(super) fn execute(
        &self,
        job: &Job,
        data: &StudyData,
        options: Options<'_>,
        watch: &mut dyn FnMut(Part),
    ) -> Result<Option<JobResult>, Error> {
        let began = Instant::now();
        let needed =
            job.needs.map(|needed| self.result(&self.grid.jobs[needed], data)).transpose()?.flatten();
        let failure = match needed.map(|needed| needed.result) {
            Some(Outcome::Failed(failure)) => Some(failure),
            _ => None,
        };
        let data = data.of(self.grid.methods[job.method].task);
        let outcome = match (self.grid.protocol(job), failure) {
            (None, _) => match self.train(job, data, options, watch) {
                Ok(Some(trained)) => Outcome::Trained(trained),
                Ok(None) => return Ok(None),
                Err(error) => Outcome::Failed(Failure::of(&error).ok_or(error)?),
            },
            (Some(_), Some(failure)) => Outcome::Failed(failure),
            (Some(protocol), None) => return self.evaluate(job, protocol, data, options, watch),
        };
        let seconds = began.elapsed().as_secs_f64();
        let result = JobResult::new(self.grid.description(job, data), outcome, seconds);
        result.write(&self.result_path(job))?;
        Ok(Some(result))
    }

    fn train(
        &self,
        job: &Job,
        data: &Data,
        options: Options<'_>,
        watch: &mut dyn FnMut(Part),
    ) -> Result<Option<job::Trained>, Error> {
        let unit = if self.grid.methods[job.method].task.has_images() { "steps" } else { "episodes" };
        let mut meter = Meter { unit, done: 0, total: 0, told: Instant::now(), watch };
        let mut each = |done: u64, total: u64| {
            if meter.total == 0 {
                // Before the first step of this process.
                (meter.done, meter.total, meter.told) = (done, total, Instant::now());
            } else if meter.told.elapsed() >= NEWS {
                meter.tell(done);
            }
        };
        let (run, setup) = (self.run_path(job), self.grid.setup(job, data));
        job::train(options.level, &run, setup, data, options.interrupt, &mut each)
    }

    /// Computes an evaluation, from its first unfinished level on, and writes its result.
    fn evaluate(
        &self,
        job: &Job,
        protocol: &Protocol,
        data: &Data,
        options: Options<'_>,
        watch: &mut dyn FnMut(Part),
    ) -> Result<Option<JobResult>, Error> {
        let mut partial = Partial::open(self.partial_path(job), self.grid.description(job, data));
        let (first, levels) = (partial.len(), protocol.levels.len());
        let (done, total) = (first as u64, levels as u64);
        let mut meter = Meter { unit: "levels", done, total, told: Instant::now(), watch };
        let mut not_saved = None;
        let mut each = |values: &[f64]| {
            if values.len() == protocol.evaluations as usize {
                not_saved = partial.push(values.to_vec()).err();
                meter.tell(partial.len() as u64);
            }
            not_saved.is_none() && !options.is_asked_to_stop()
        };
        let of = (protocol, first);
        job::evaluate(options.level, &self.run_path(job), self.grid.recipe(job), of, data, &mut each)?;
        if let Some(error) = not_saved {
            return Err(error);
        }
        if partial.len() < levels {
            partial.save()?;
            return Ok(None);
        }
        let result = partial.as_result();
        result.write(&self.result_path(job))?;
        partial.delete();
        Ok(Some(result))
    }
}

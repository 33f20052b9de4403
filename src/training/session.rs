//! A training from its setup to its certificate.
//!
//! ```text
//! begin:   a new folder, a checkpoint of step 0
//! run:     a step → finite? → metrics, if the step has any → asked to stop? → a checkpoint, if the last is old
//! end:     the best, a checkpoint, the certificate
//! resume:  the checkpoint, then `run`
//! ```
//!
//! When a checkpoint is written depends on the clock, and what a run computes does not depend on
//! when. [`run`](crate::run) says what holds when a run is stopped.

use super::{Learner, MetricsRow, Setup, checkpoint};
use crate::Error;
use crate::kernel::compute::Compute;
use crate::run::{Certificate, Interrupt, RunFolder, StoredRun};
use std::path::Path;
use std::time::{Duration, Instant};

/// A training whose folder is open.
pub struct Session {
    folder: RunFolder,
    setup: Setup,
    learner: Box<dyn Learner>,
    /// Seconds that earlier processes have trained.
    before: f64,
    began: Instant,
    saved: Saved,
}

/// What is known to be on the disk.
struct Saved {
    step: u64,
    at: Instant,
    /// The step of the best, where this process has written it.
    best: Option<u64>,
}

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// What it runs on.
    pub compute: &'a Compute,
    /// Time after which a checkpoint is old.
    pub save_every: Duration,
    /// Asks to stop.
    pub interrupt: Option<&'a Interrupt>,
}

/// A step, as one who watches sees it.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Steps so far.
    pub done: u64,
    /// Steps of the whole training.
    pub total: u64,
    /// The step's metrics, if it has any.
    pub row: Option<&'a MetricsRow>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// With the last step.
    Finished(Certificate),
    /// Between two steps, as asked, with a checkpoint after this many.
    Stopped(u64),
}

impl Session {
    /// Begins a training in a new folder.
    ///
    /// # Errors
    /// Bad input: the folder holds something, is being written by another process, or cannot be
    /// written.
    pub fn begin(path: &Path, setup: Setup, learner: Box<dyn Learner>) -> Result<Self, Error> {
        let mut training = Self::new(RunFolder::create(path, &setup.to_toml())?, setup, learner);
        training.save()?;
        Ok(training)
    }

    /// Continues a run after its last checkpoint, with a learner of its setup and data that has
    /// taken no step.
    ///
    /// # Errors
    /// Bad input: as [`StoredRun::resume`].
    pub fn resume(stored: StoredRun, setup: Setup, mut learner: Box<dyn Learner>) -> Result<Self, Error> {
        // A training has a checkpoint before its first step.
        stored.refuse_lost_checkpoint()?;
        let expected = checkpoint::of(&*learner, 0.0)?;
        let expected: Vec<_> = expected.tensors().iter().map(|tensor| tensor.spec().clone()).collect();
        let place = stored.path().display().to_string();
        let mut restore =
            |last: &_| checkpoint::restore(&mut *learner, last).map_err(|error| error.within(&place));
        // What does not fit shows before anything is changed; what cannot be read at all, in
        // `resume`.
        if let Ok(last) = stored.checkpoint(&expected) {
            restore(&last)?;
        }
        let (folder, last) = stored.resume(&expected)?;
        let before = last.as_ref().map_or(Ok(0.0), restore)?;
        Ok(Self { before, ..Self::new(folder, setup, learner) })
    }

    fn new(folder: RunFolder, setup: Setup, learner: Box<dyn Learner>) -> Self {
        let now = Instant::now();
        let saved = Saved { step: learner.done(), at: now, best: None };
        Self { folder, setup, learner, before: 0.0, began: now, saved }
    }

    /// Steps so far, and of the whole training.
    pub fn progress(&self) -> Progress<'static> {
        Progress { done: self.learner.done(), total: self.learner.total(), row: None }
    }

    /// Seconds of training, in all processes.
    pub fn seconds(&self) -> f64 {
        self.before + self.began.elapsed().as_secs_f64()
    }

    /// Trains to the end, or until asked to stop.
    ///
    /// # Errors
    /// Diverged: a parameter is not finite. Bad input: a file cannot be written. No fixed point: as
    /// [`Learner::advance`]. The last checkpoint stays as it was.
    pub fn run(mut self, options: Options<'_>, watch: &mut dyn FnMut(Progress<'_>)) -> Result<Ending, Error> {
        while self.learner.done() < self.learner.total() {
            let row = self.learner.advance(options.compute)?;
            if !self.learner.network().is_finite() {
                // It looks for the value that is not, and says where it is.
                self.save()?;
            }
            let done = self.learner.done();
            if let Some(row) = &row {
                self.folder.metrics(&row.timed(self.seconds()))?;
                for &(name, value) in row.values() {
                    self.folder.scalar(name, done, value as f32)?;
                }
            }
            watch(Progress { row: row.as_ref(), ..self.progress() });
            if options.interrupt.is_some_and(Interrupt::requested) {
                self.save()?;
                return Ok(Ending::Stopped(done));
            }
            if done < self.learner.total() && self.saved.at.elapsed() >= options.save_every {
                self.save()?;
            }
        }
        let last = self.checkpoint()?;
        self.save_best()?;
        let Self { folder, setup, .. } = self;
        folder.certify(&last, setup.preset.name(), setup.seed.into()).map(Ending::Finished)
    }

    fn checkpoint(&self) -> Result<crate::run::Checkpoint, Error> {
        checkpoint::of(&*self.learner, self.seconds()).map_err(|error| {
            let (step, path) = (self.saved.step, self.folder.path().display());
            error.noting(format_args!("{path} keeps the checkpoint after step {step}"))
        })
    }

    fn save(&mut self) -> Result<(), Error> {
        let checkpoint = self.checkpoint()?;
        self.save_best()?;
        self.folder.save(&checkpoint)?;
        (self.saved.step, self.saved.at) = (checkpoint.step(), Instant::now());
        Ok(())
    }

    fn save_best(&mut self) -> Result<(), Error> {
        if let Some(best) = self.learner.best()
            && self.saved.best != Some(best.step)
        {
            self.folder.save_best(&checkpoint::of_best(&best)?)?;
            self.saved.best = Some(best.step);
        }
        Ok(())
    }
}

//! Runs the jobs of a study on a fixed number of threads, one job a thread.
//!
//! A free thread takes the longest job that can begin. Estimated times decide only the order.

use super::{JobResult, Study, StudyData, of_job};
use crate::Error;
use crate::kernel::simd::Level;
use crate::run::Interrupt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How to run.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The instruction set.
    pub level: Level,
    /// Number of jobs at the same time, at least 1.
    pub threads: usize,
    /// Asks to stop: trainings stop between two steps, evaluations run to their end.
    pub interrupt: Option<&'a Interrupt>,
}

/// How the jobs of a study ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All are finished.
    Finished,
    /// It was asked to stop; so many are finished.
    Stopped(usize),
}

/// Where a study stands.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Finished jobs.
    pub done: usize,
    /// All jobs.
    pub total: usize,
    /// The job that was finished last.
    pub last: Option<String>,
    /// Estimated time left.
    pub left: Option<Duration>,
}

struct State {
    /// Not begun, the longest last.
    waiting: Vec<usize>,
    done: Vec<bool>,
    running: usize,
    failed: bool,
}

struct Shared<'a> {
    study: &'a Study,
    data: &'a StudyData,
    options: Options<'a>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared<'_> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_asked_to_stop(&self) -> bool {
        self.options.interrupt.is_some_and(Interrupt::requested)
    }

    /// The next job that can begin; `None` if there will be none. Waits for jobs that others need.
    fn next(&self) -> Option<usize> {
        let mut state = self.state();
        loop {
            if state.failed || state.waiting.is_empty() || self.is_asked_to_stop() {
                return None;
            }
            let jobs = &self.study.grid.jobs;
            let can_begin = |job: &usize| jobs[*job].needs.is_none_or(|needed| state.done[needed]);
            if let Some(place) = state.waiting.iter().rposition(can_begin) {
                state.running += 1;
                return Some(state.waiting.remove(place));
            }
            if state.running == 0 {
                return None;
            }
            // A request to stop comes from a signal and wakes nobody.
            let waited = self.changed.wait_timeout(state, Duration::from_millis(200));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn work(&self, report: &Sender<(usize, Result<Option<JobResult>, Error>)>) {
        while let Some(job) = self.next() {
            let result = self.study.execute(&self.study.grid.jobs[job], self.data, self.options);
            let mut state = self.state();
            state.running -= 1;
            state.done[job] = matches!(result, Ok(Some(_)));
            state.failed |= result.is_err();
            drop(state);
            self.changed.notify_all();
            // The receiver outlives the threads.
            let _ = report.send((job, result));
        }
    }
}

/// Estimated time of jobs, calibrated by finished ones. The estimate counts like jobs of a minute
/// that took a minute.
struct Clock {
    threads: f64,
    cost: f64,
    seconds: f64,
    left: f64,
}

impl Clock {
    fn finished(&mut self, cost: f64, seconds: f64) {
        self.cost += cost;
        self.seconds += seconds;
    }

    fn left(&self) -> Option<Duration> {
        let seconds = self.left * self.seconds / self.cost / self.threads;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

pub(super) fn run(
    study: &Study,
    data: &StudyData,
    options: Options<'_>,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Ending, Error> {
    let jobs = &study.grid.jobs;
    let results = study.results(data)?;
    let mut waiting: Vec<usize> = (0..jobs.len()).filter(|&job| results[job].is_none()).collect();
    // Trainings are needed by others, so they come first.
    let order = |&job: &usize| (jobs[job].needs.is_none(), jobs[job].cost);
    waiting
        .sort_by(|a, b| order(a).partial_cmp(&order(b)).unwrap_or(std::cmp::Ordering::Equal).then(b.cmp(a)));
    let mut clock = Clock { threads: options.threads as f64, cost: 60.0, seconds: 60.0, left: 0.0 };
    clock.left = waiting.iter().map(|&job| jobs[job].cost).sum();
    for (job, result) in jobs.iter().zip(&results) {
        if let Some(result) = result {
            clock.finished(job.cost, result.seconds);
        }
    }
    let done: Vec<bool> = results.iter().map(Option::is_some).collect();
    let state = Mutex::new(State { waiting, done, running: 0, failed: false });
    let shared = Shared { study, data, options, state, changed: Condvar::new() };
    let (sender, receiver) = channel();
    let threads = options.threads.clamp(1, jobs.len());
    let first_error = std::thread::scope(|scope| {
        let shared = &shared;
        for _ in 0..threads {
            let sender = sender.clone();
            scope.spawn(move || shared.work(&sender));
        }
        // The receiver ends when the last thread ends.
        drop(sender);
        report(shared, &receiver, &mut clock, watch)
    });
    let done = shared.state().done.iter().filter(|done| **done).count();
    match first_error {
        Some(error) => Err(error),
        None if done == jobs.len() => Ok(Ending::Finished),
        None => Ok(Ending::Stopped(done)),
    }
}

/// Shows every finished job; the first error.
fn report(
    shared: &Shared<'_>,
    receiver: &Receiver<(usize, Result<Option<JobResult>, Error>)>,
    clock: &mut Clock,
    watch: &mut dyn FnMut(&Progress),
) -> Option<Error> {
    let jobs = &shared.study.grid.jobs;
    let mut first_error = None;
    let progress = |last: Option<usize>, clock: &Clock| Progress {
        done: shared.state().done.iter().filter(|done| **done).count(),
        total: jobs.len(),
        last: last.map(|job| jobs[job].id.clone()),
        left: clock.left(),
    };
    watch(&progress(None, clock));
    for (job, result) in receiver {
        match result {
            Ok(Some(result)) => {
                clock.finished(jobs[job].cost, result.seconds);
                clock.left -= jobs[job].cost;
                watch(&progress(Some(job), clock));
            }
            Ok(None) => {}
            Err(error) => {
                first_error.get_or_insert(of_job(&jobs[job], &error));
            }
        }
    }
    first_error
}

//! Runs the jobs of a study on a fixed number of threads, one job a thread.
//!
//! A free thread takes the longest job that can begin. Estimated times decide only the order.

use super::{Job, JobResult, Outcome, Part, Study, StudyData, of_job};
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
    /// Asks to stop: trainings stop between two steps, evaluations between two passes over the
    /// images, or between two levels.
    pub interrupt: Option<&'a Interrupt>,
}

impl Options<'_> {
    pub(super) fn is_asked_to_stop(&self) -> bool {
        self.interrupt.is_some_and(Interrupt::requested)
    }
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
    /// The job of the last news, and how far it is if it is not finished.
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

    /// The next job that can begin; `None` if there will be none. Waits for jobs that others need.
    fn next(&self) -> Option<usize> {
        let mut state = self.state();
        loop {
            if state.failed || state.waiting.is_empty() || self.options.is_asked_to_stop() {
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

    fn work(&self, report: &Sender<(usize, News)>) {
        while let Some(job) = self.next() {
            // The receiver outlives the threads.
            let tell = |news| drop(report.send((job, news)));
            let own = &self.study.grid.jobs[job];
            let watch = &mut |part| tell(News::Part(part));
            let result = self.study.execute(own, self.data, self.options, watch);
            let mut state = self.state();
            state.running -= 1;
            state.done[job] = matches!(result, Ok(Some(_)));
            state.failed |= result.is_err();
            drop(state);
            self.changed.notify_all();
            tell(News::Ended(Box::new(result)));
        }
    }
}

/// What a thread tells of its job.
enum News {
    Part(Part),
    Ended(Box<Result<Option<JobResult>, Error>>),
}

/// Estimated time of jobs, calibrated by what is finished. The estimate counts like jobs of a
/// minute that took a minute.
struct Clock {
    threads: f64,
    cost: f64,
    seconds: f64,
    /// The cost of each job that is not finished.
    left: Vec<f64>,
}

impl Clock {
    fn finished(&mut self, cost: f64, seconds: f64) {
        self.cost += cost;
        self.seconds += seconds;
    }

    /// A job has one thread, so no study ends before its longest job.
    fn left(&self) -> Option<Duration> {
        let longest = self.left.iter().copied().fold(0.0, f64::max);
        let all = self.left.iter().sum::<f64>() / self.threads;
        Duration::try_from_secs_f64(all.max(longest) * self.seconds / self.cost).ok()
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
    let left = jobs.iter().map(|job| job.cost).collect();
    let mut clock = Clock { threads: options.threads as f64, cost: 60.0, seconds: 60.0, left };
    for (job, result) in results.iter().enumerate() {
        if let Some(result) = result {
            clock.finished(jobs[job].cost, result.seconds);
            clock.left[job] = 0.0;
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

/// Shows every finished job, and how far the others are; the first error.
fn report(
    shared: &Shared<'_>,
    receiver: &Receiver<(usize, News)>,
    clock: &mut Clock,
    watch: &mut dyn FnMut(&Progress),
) -> Option<Error> {
    let jobs = &shared.study.grid.jobs;
    let mut first_error = None;
    let progress = |last: Option<String>, clock: &Clock| Progress {
        done: shared.state().done.iter().filter(|done| **done).count(),
        total: jobs.len(),
        last,
        left: clock.left(),
    };
    watch(&progress(None, clock));
    for (job, news) in receiver {
        let Job { id, cost, .. } = &jobs[job];
        match news {
            News::Part(part) => {
                let of_one = cost / part.total as f64;
                clock.finished(of_one * part.fresh as f64, part.seconds);
                clock.left[job] = of_one * (part.total - part.done) as f64;
                watch(&progress(Some(format!("{id}: {part}")), clock));
            }
            News::Ended(ended) => match *ended {
                Ok(Some(result)) => {
                    // A short training has told of no part.
                    if matches!(result.result, Outcome::Trained(_)) && clock.left[job] == *cost {
                        clock.finished(*cost, result.seconds);
                    }
                    clock.left[job] = 0.0;
                    watch(&progress(Some(id.clone()), clock));
                }
                Ok(None) => {}
                Err(error) => {
                    first_error.get_or_insert(of_job(&jobs[job], &error));
                }
            },
        }
    }
    first_error
}

#[cfg(test)]
mod tests {
    use super::{Clock, Duration};

    #[test]
    fn the_time_left_is_that_of_all_jobs_and_at_least_that_of_the_longest() {
        let clock = |left: &[f64]| Clock { threads: 2.0, cost: 60.0, seconds: 120.0, left: left.to_vec() };
        assert_eq!(clock(&[10.0, 100.0, 20.0]).left(), Some(Duration::from_secs(200)));
        assert_eq!(clock(&[50.0, 50.0, 0.0, 50.0]).left(), Some(Duration::from_secs(150)));
        let mut calibrated = clock(&[60.0, 60.0]);
        calibrated.finished(60.0, 0.0);
        assert_eq!(calibrated.left(), Some(Duration::from_secs(60)));
    }
}

//! Studies: many methods under many kinds of noise, by independent jobs, with statistics over
//! seeds.
//!
//! ```text
//! plan → grid of jobs → result files → rows, intervals, areas → criteria, tables, study.json
//! ```
//!
//! A study folder contains
//!
//! | file | content |
//! | --- | --- |
//! | `plan.toml` | the plan, with the changes of a smaller study applied |
//! | `runs/TASK.METHOD.SEED/` | a training, a run folder as [`run`](crate::run) describes it |
//! | `jobs/ID.json` | the result of a job: [`JobResult`] |
//! | `jobs/ID.partial` | the finished levels of an evaluation that is not finished |
//! | `study.json` | rows, statistics and verdicts: [`Document`] |
//! | `tables/` | the same as tables |
//! | `.lock` | prevents a second process from running the study |
//!
//! # Guarantees
//! - A job is a function of its description: plan, seed and data. Which process computes it, in
//!   which order and on how many threads has no effect on its result.
//! - `study.json` and the tables are a function of the plan and the result files alone.
//! - A result file is complete or absent. A file that was altered, or is of another job, plan or
//!   version, is refused, never used.
//!
//! `docs/study.md` has the names of a plan, the formats, and the criteria by which a study judges
//! the published claims.

mod criteria;
mod document;
mod execute;
mod grid;
mod job;
mod lock;
mod parquet;
mod partial;
mod plan;
mod result;
mod schedule;
mod statistics;
#[cfg(test)]
mod statistics_tests;
mod tables;

pub use criteria::{CRITERIA, Criterion, Judged, Verdict};
pub use document::{
    Area, Cell, Document, FailedTraining, Half, Improvement, MethodName, PlanName, ProtocolName, Provenance,
    Row, Run,
};
pub use execute::Part;
pub use grid::{Data, Grid, Job, Method, Protocol, Work};
pub use job::Trained;
pub use plan::{BUILT_IN, Levels, MethodPlan, Plan, ProtocolPlan, Published, Role, SCHEMA, TaskPlan};
pub use result::{Failure, JobResult, Outcome};
pub use schedule::{Ending, Options, Progress};
pub use statistics::{Bootstrap, Estimate, RESAMPLES, area, half, improvement, interquartile_mean, quantile};
pub use tables::{Column, Entry, Summary, Table, markdown, summaries, tables};

use crate::Error;
use crate::file;
use crate::folder::{check_present, create_all, occupants};
use crate::training::TaskName;
use lock::{Held, Lock};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const PLAN: &str = "plan.toml";
const LOCK: &str = ".lock";
const JOBS: &str = "jobs";
const RUNS: &str = "runs";

/// A study folder.
#[derive(Debug)]
pub struct Study {
    folder: PathBuf,
    grid: Grid,
}

/// The data of every task of a study.
#[derive(Debug)]
pub struct StudyData {
    tasks: Vec<(TaskName, Data)>,
}

impl StudyData {
    /// Reads the data of the tasks of a grid. `folder` is that of the images, by default
    /// `data/mnist`.
    ///
    /// # Errors
    /// Bad input: a data set is missing or malformed, or a folder is given and no task reads
    /// images.
    pub fn read(grid: &Grid, folder: Option<&Path>) -> Result<Self, Error> {
        if folder.is_some() && !grid.has_images() {
            let what = "no task of the plan has data";
            return Err(Error::bad_input("data", what, "leave it out").option("data"));
        }
        let read = |task: TaskName| {
            let (images, sha256) = task.images(folder.filter(|_| task.has_images()), None)?;
            Ok((task, Data { images, sha256 }))
        };
        let tasks = grid.baselines.iter().map(|(task, _)| read(*task)).collect::<Result<_, Error>>()?;
        let own = Self { tasks };
        for protocol in &grid.protocols {
            let most = own.of(protocol.task).images.as_ref().map(|images| images.test.images.count());
            if let (Some(count), Some(most)) = (protocol.examples, most)
                && count > most
            {
                let place = format_args!("examples of {}", protocol.id);
                let what = format_args!("{count} test images, and the data set has {most}");
                return Err(Error::bad_input(place, what, "give a smaller number, or leave it out"));
            }
        }
        Ok(own)
    }

    fn of(&self, task: TaskName) -> &Data {
        let found = self.tasks.iter().find(|(own, _)| *own == task);
        &found.expect("the data of every task of the grid were read").1
    }
}

impl Study {
    /// Begins a study in a new or empty folder, or continues the study of the same plan.
    ///
    /// # Errors
    /// Bad input: the folder has another study or other files, or cannot be written.
    pub fn create(folder: &Path, grid: Grid) -> Result<Self, Error> {
        let text = grid.plan.to_toml();
        let place = folder.display();
        match stored_plan(folder)? {
            Some(stored) if stored == text => return Ok(Self { folder: folder.to_owned(), grid }),
            Some(_) => {
                let what = "this folder has a study of another plan";
                return Err(Error::bad_input(
                    place,
                    what,
                    "continue it without a plan, or give another folder",
                )
                .option("out"));
            }
            None => {}
        }
        let names = occupants(folder).map_err(|error| {
            Error::bad_input(folder.display(), error, "give a new or an empty folder").option("out")
        })?;
        let is_ours = |name: &std::ffi::OsString| *name == LOCK || *name == "plan.toml.part";
        if let Some(first) = names.iter().find(|name| !is_ours(name)) {
            let what = format_args!("it is not empty: it has {}", first.display());
            return Err(Error::bad_input(place, what, "give a new or an empty folder").option("out"));
        }
        create_folder(folder)?;
        result::replace(&folder.join(PLAN), text.as_bytes())?;
        Ok(Self { folder: folder.to_owned(), grid })
    }

    /// Opens a study that was begun.
    ///
    /// # Errors
    /// Bad input: the folder has no study, or its plan was altered.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let remedy = "give the folder of a study that was begun";
        check_present(folder, remedy)?;
        let Some(text) = stored_plan(folder)? else {
            let what = format_args!("{PLAN} is missing, so this folder has no study");
            return Err(Error::bad_input(folder.display(), what, remedy));
        };
        let within = |error: Error| error.within(folder.join(PLAN).display());
        let grid = Plan::parse(&text).and_then(Grid::new).map_err(within)?;
        if grid.plan.to_toml() != text {
            let what = "the plan was altered after the study was begun";
            let remedy = "restore the file, or begin a study of the other plan in another folder";
            return Err(Error::bad_input(folder.join(PLAN).display(), what, remedy));
        }
        Ok(Self { folder: folder.to_owned(), grid })
    }

    /// The jobs.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of the result of a job.
    pub fn result_path(&self, job: &Job) -> PathBuf {
        self.folder.join(JOBS).join(format!("{}.json", job.id))
    }

    /// The file of the finished levels of an evaluation that is not finished.
    fn partial_path(&self, job: &Job) -> PathBuf {
        self.folder.join(JOBS).join(format!("{}.partial", job.id))
    }

    /// The folder of the run that a job trains or evaluates.
    fn run_path(&self, job: &Job) -> PathBuf {
        self.folder.join(RUNS).join(self.grid.run(job))
    }

    /// The result of a job, if it is finished.
    ///
    /// # Errors
    /// Bad input: its file was altered, or is of another version, plan or data.
    pub fn result(&self, job: &Job, data: &StudyData) -> Result<Option<JobResult>, Error> {
        let data = data.of(self.grid.methods[job.method].task);
        JobResult::read(&self.result_path(job), &self.grid.description(job, data))
    }

    /// The results of all jobs, in their order.
    ///
    /// # Errors
    /// As [`Study::result`].
    pub fn results(&self, data: &StudyData) -> Result<Vec<Option<JobResult>>, Error> {
        self.grid.jobs.iter().map(|job| self.result(job, data)).collect()
    }

    /// Runs all jobs that are not finished. A job that fails ends the study; jobs in progress and
    /// finished jobs are kept. `watch` sees every finished job, and how far the others are.
    ///
    /// # Errors
    /// Bad input: another process works on the study, or a result file cannot be used. Otherwise as
    /// the job that failed.
    pub fn run(
        &self,
        data: &StudyData,
        options: Options<'_>,
        watch: &mut dyn FnMut(&Progress),
    ) -> Result<Ending, Error> {
        let _lock = Lock::acquire(&self.folder.join(LOCK), Held::Alone, "this study")?;
        self.create_folders()?;
        schedule::run(self, data, options, watch)
    }

    /// Runs one job and writes its result, unless it is finished. Several processes can run
    /// different jobs of a study at the same time. `None`: it was asked to stop. `watch` sees how
    /// far it is.
    ///
    /// # Errors
    /// Bad input: the job needs another job that is not finished, or another process works on it.
    pub fn run_job(
        &self,
        job: &Job,
        data: &StudyData,
        options: Options<'_>,
        watch: &mut dyn FnMut(Part),
    ) -> Result<Option<JobResult>, Error> {
        let _study = Lock::acquire(&self.folder.join(LOCK), Held::Shared, "this study")?;
        self.create_folders()?;
        let path = self.folder.join(JOBS).join(format!(".{}.lock", job.id));
        let what = format!("the job {}", job.id);
        let _job = Lock::acquire(&path, Held::Alone, &what)?;
        if let Some(needed) = job.needs.map(|needed| &self.grid.jobs[needed])
            && self.result(needed, data)?.is_none()
        {
            let what = format_args!("it needs {}, which is not finished", needed.id);
            return Err(Error::bad_input(format_args!("job {}", job.id), what, "run that job first"));
        }
        match self.result(job, data)? {
            Some(result) => Ok(Some(result)),
            None => self.execute(job, data, options, watch).map_err(|error| of_job(job, &error)),
        }
    }

    fn create_folders(&self) -> Result<(), Error> {
        create_folder(&self.folder.join(JOBS))?;
        create_folder(&self.folder.join(RUNS))
    }

    /// The document of a study whose jobs are all finished.
    ///
    /// # Errors
    /// Bad input: a job is not finished, or its file cannot be used.
    pub fn document(&self, data: &StudyData) -> Result<Document, Error> {
        let finished = |(job, result): (&Job, Option<JobResult>)| {
            result.ok_or_else(|| {
                let what = format_args!("the job {} is not finished", job.id);
                Error::bad_input(self.folder.display(), what, "continue the study")
            })
        };
        let results = self.grid.jobs.iter().zip(self.results(data)?).map(finished);
        let hashes =
            data.tasks.iter().filter_map(|(task, data)| Some((task.name().to_owned(), data.sha256.clone()?)));
        Ok(Document::new(&self.grid, &results.collect::<Result<Vec<_>, _>>()?, hashes.collect()))
    }

    /// Writes the tables and `study.json` of a study whose jobs are all finished.
    ///
    /// # Errors
    /// Bad input: as [`Study::document`], or a file cannot be written.
    pub fn finish(&self, data: &StudyData) -> Result<Document, Error> {
        let document = self.document(data)?;
        for table in tables(&document) {
            self.write(&format!("tables/{}.csv", table.name), table.to_csv().as_bytes())?;
            let bytes = parquet::parquet(&table).map_err(|error| {
                let what = format_args!("the table {} cannot be written: {error}", table.name);
                Error::bad_input(self.folder.display(), what, "finished jobs are kept; report this as a bug")
            })?;
            self.write(&format!("tables/{}.parquet", table.name), &bytes)?;
        }
        for (name, text) in markdown(&document) {
            self.write(&format!("tables/{name}.md"), text.as_bytes())?;
        }
        self.write(document::FILE, document.to_json().as_bytes())?;
        for job in &self.grid.jobs {
            // One of a process that was killed after it had written the result.
            let _ = std::fs::remove_file(self.partial_path(job));
        }
        Ok(document)
    }

    /// Writes a file of the study, completely or not at all.
    ///
    /// # Errors
    /// Bad input: it cannot be written.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.folder.join(name);
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        result::replace(&path, bytes)
    }
}

/// An error of a job. Options that it names belong to the command of a single run.
fn of_job(job: &Job, error: &Error) -> Error {
    let place = format!("job {}", job.id);
    if error.options().is_empty() || !error.is_bad_input() {
        return error.clone().within(place);
    }
    Error::bad_input(place, error, "then repeat the command: finished jobs are kept")
}

fn create_folder(folder: &Path) -> Result<(), Error> {
    create_all(folder).map_err(|error| result::not_written(folder, &error))
}

/// The text of the plan in a folder, if there is one.
fn stored_plan(folder: &Path) -> Result<Option<String>, Error> {
    let path = folder.join(PLAN);
    let refuse =
        |what: &dyn std::fmt::Display| Error::bad_input(path.display(), what, "restore the file from a copy");
    match file::read(&path) {
        Ok(text) => String::from_utf8(text).map(Some).map_err(|_| refuse(&"it is not UTF-8")),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(refuse(&error)),
    }
}

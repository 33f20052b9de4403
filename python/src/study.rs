//! Studies, job by job: for a scheduler that is not this library's.

use crate::call::{detached, level};
use crate::error::raised;
use pyo3::prelude::*;
use std::path::PathBuf;
use svpg::study::{Grid, Options, Plan, Study, StudyData};

/// Begins the study of a plan in a folder, or continues it there. `plan` is the text of a plan or
/// the name of a built-in one.
#[pyfunction]
pub(crate) fn study_begin(py: Python<'_>, plan: String, quick: bool, folder: PathBuf) -> PyResult<()> {
    let work = move || {
        let text = if plan.contains('\n') { plan } else { Plan::built_in(&plan)?.to_owned() };
        let plan = Plan::parse(&text)?;
        let plan = if quick { plan.reduced()? } else { plan.whole() };
        Study::create(&folder, Grid::new(plan)?).map(|_| ())
    };
    detached(py, work)?.map_err(|error| raised(&error))
}

/// A job, as Python sees it: its name, the job that must be finished before, the run folder that it
/// writes or reads below the study's folder, and whether it is finished.
type Listed = (String, Option<String>, String, bool);

/// The jobs of a study in their order.
#[pyfunction]
pub(crate) fn study_jobs(py: Python<'_>, folder: PathBuf, data: Option<PathBuf>) -> PyResult<Vec<Listed>> {
    let work = move || {
        let study = Study::open(&folder)?;
        let data = StudyData::read(study.grid(), data.as_deref())?;
        let grid = study.grid();
        let listed = |job: &svpg::study::Job| {
            let needs = job.needs.map(|needed| grid.jobs[needed].id.clone());
            let is_finished = study.result(job, &data)?.is_some();
            Ok((job.id.clone(), needs, format!("runs/{}", grid.run(job)), is_finished))
        };
        grid.jobs.iter().map(listed).collect::<Result<Vec<_>, svpg::Error>>()
    };
    detached(py, work)?.map_err(|error| raised(&error))
}

/// Does the study read images?
#[pyfunction]
pub(crate) fn study_has_images(py: Python<'_>, folder: PathBuf) -> PyResult<bool> {
    let work = move || Ok(Study::open(&folder)?.grid().has_images());
    detached(py, work)?.map_err(|error: svpg::Error| raised(&error))
}

/// Runs one job and writes its result file, unless it is finished.
#[pyfunction]
pub(crate) fn study_run_job(
    py: Python<'_>,
    folder: PathBuf,
    job: String,
    data: Option<PathBuf>,
) -> PyResult<()> {
    let level = level()?;
    let work = move || {
        let study = Study::open(&folder)?;
        let data = StudyData::read(study.grid(), data.as_deref())?;
        let options = Options { level, threads: 1, interrupt: None };
        study.run_job(study.grid().job(&job)?, &data, options, &mut drop).map(|_| ())
    };
    detached(py, work)?.map_err(|error| raised(&error))
}

/// Writes the tables and `study.json` of a study whose jobs are all finished. Returns the lines of
/// its verdicts.
#[pyfunction]
pub(crate) fn study_finish(py: Python<'_>, folder: PathBuf, data: Option<PathBuf>) -> PyResult<Vec<String>> {
    let work = move || {
        let study = Study::open(&folder)?;
        let data = StudyData::read(study.grid(), data.as_deref())?;
        let document = study.finish(&data)?;
        let line = |found: &svpg::study::Judged| format!("{:14} {}", found.verdict.to_string(), found.id);
        Ok(document.criteria.iter().map(line).collect())
    };
    detached(py, work)?.map_err(|error: svpg::Error| raised(&error))
}

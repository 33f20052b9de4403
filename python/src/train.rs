//! Training.

use crate::call::{level, reserve, supervised};
use crate::error::{Error, raised};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::time::Duration;
use svpg::kernel::compute::Compute;
use svpg::kernel::simd::Level;
use svpg::run::{Interrupt, StoredRun};
use svpg::training::{Ending, MetricsRow, Options, Overrides, Preset, Session, Setup, TaskName};

/// What to train, as Python gives it.
struct Order {
    task: Option<TaskName>,
    preset: Option<Preset>,
    out: PathBuf,
    seed: Option<u32>,
    /// Changes of the preset as JSON.
    changes: String,
    resume: bool,
    data: Option<PathBuf>,
}

/// Trains. Returns whether the run has ended, its steps so far, and those of the whole training.
///
/// `callback` takes each row of metrics, without its seconds; the training stops if it returns
/// `False`.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "keywords in Python")]
pub(crate) fn train(
    py: Python<'_>,
    task: Option<&str>,
    preset: Option<&str>,
    out: PathBuf,
    seed: Option<u32>,
    changes: String,
    resume: bool,
    threads: Option<usize>,
    data: Option<PathBuf>,
    save_every: f64,
    callback: Option<Py<PyAny>>,
) -> PyResult<(bool, u64, u64)> {
    let level = level()?;
    let task = task.map(|name| named("task", name, TaskName::ALL, TaskName::name)).transpose()?;
    let preset = preset.map(|name| named("preset", name, Preset::ALL, Preset::name)).transpose()?;
    let save_every = Duration::try_from_secs_f64(save_every)
        .map_err(|error| Error::new_err(format!("save_every: {error}; give seconds")))?;
    let order = Order { task, preset, out, seed, changes, resume, data };
    if let Some(setup) = order.given().map_err(|error| raised(&error))? {
        reserve("train", needed(&setup))?;
    }
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    let is_watched = callback.is_some();
    let work = move |ask: &mut dyn FnMut(MetricsRow) -> bool| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let compute = Compute::new(level, threads.map_or(cores, |threads| threads.min(cores)))?;
        let session = order.session(level)?;
        let total = session.progress().total;
        let options = Options { compute: &compute, save_every, interrupt: Some(&asked) };
        let ending = session.run(options, &mut |progress| {
            if let Some(row) = progress.row.filter(|_| is_watched)
                && !ask(row.clone())
            {
                asked.request();
            }
        })?;
        Ok(match ending {
            Ending::Finished(_) => (true, total, total),
            Ending::Stopped(done) => (false, done, total),
        })
    };
    let answer = |row: MetricsRow| match &callback {
        Some(callback) => {
            let said = callback.call1(py, (dictionary(py, &row)?,))?;
            Ok(!said.bind(py).is(pyo3::types::PyBool::new(py, false)))
        }
        None => Ok(true),
    };
    let ended: Result<_, svpg::Error> = supervised(py, work, || interrupt.request(), answer)?;
    ended.map_err(|error| raised(&error))
}

fn dictionary<'py>(py: Python<'py>, row: &MetricsRow) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    let (counter, number) = row.counter();
    found.set_item(counter, number)?;
    row.values().iter().try_for_each(|&(name, value)| found.set_item(name, value))?;
    Ok(found)
}

fn named<T: Copy, const N: usize>(
    place: &str,
    name: &str,
    all: [T; N],
    name_of: fn(T) -> &'static str,
) -> PyResult<T> {
    all.into_iter().find(|&known| name_of(known) == name).ok_or_else(|| {
        let known: Vec<_> = all.into_iter().map(name_of).collect();
        Error::new_err(format!("{place}: `{name}` is unknown; give {}", known.join(" or ")))
    })
}

impl Order {
    /// The setup of a new run.
    fn setup(
        &self,
        task: TaskName,
        preset: Preset,
        seed: u32,
        data_sha256: Option<String>,
    ) -> Result<Setup, svpg::Error> {
        let overrides: Overrides = serde_json::from_str(&self.changes).map_err(|error| {
            // Its place in the JSON text says nothing.
            let what = error.to_string();
            let what = what.split(" at line").next().unwrap_or_default();
            svpg::Error::bad_input("train", what, "give names and values of docs/configuration.md")
        })?;
        let (config, options) = preset.setup(task, &overrides)?;
        Ok(Setup { preset, seed, data_sha256, config, task: options })
    }

    /// The setup, if task and preset are given, before the data are read.
    fn given(&self) -> Result<Option<Setup>, svpg::Error> {
        let (Some(task), Some(preset)) = (self.task, self.preset) else { return Ok(None) };
        self.setup(task, preset, self.seed.unwrap_or(0), None).map(Some)
    }

    fn session(&self, level: Level) -> Result<Session, svpg::Error> {
        if self.resume {
            return self.resumed(level);
        }
        let (Some(task), Some(preset)) = (self.task, self.preset) else {
            let what = "a new run needs both";
            return Err(svpg::Error::bad_input("task, preset", what, "give them, or resume=True"));
        };
        let (images, data_sha256) = task.images(self.data.as_deref(), None)?;
        let setup = self.setup(task, preset, self.seed.unwrap_or(0), data_sha256)?;
        let learner = setup.learner(level, images)?;
        Session::begin(&self.out, setup, learner)
    }

    /// Continues the run. What is given must be what the run was begun with.
    fn resumed(&self, level: Level) -> Result<Session, svpg::Error> {
        let stored = StoredRun::open(&self.out)?;
        let place = self.out.display();
        let setup = Setup::from_toml(stored.config()).map_err(|error| error.within(&place))?;
        let (task, preset) = (setup.task.name(), setup.preset);
        let is_whole = self.preset.is_some() || self.changes != "{}";
        let is_other_configuration = || {
            let given = self.setup(task, preset, setup.seed, setup.data_sha256.clone())?;
            Ok::<_, svpg::Error>(is_whole && given != setup)
        };
        let other = if self.task.is_some_and(|own| own != task) {
            Some("task")
        } else if self.preset.is_some_and(|own| own != preset) {
            Some("preset")
        } else if self.seed.is_some_and(|seed| seed != setup.seed) {
            Some("seed")
        } else if is_other_configuration()? {
            Some("configuration")
        } else {
            None
        };
        if let Some(other) = other {
            let what = format_args!("the run was begun with another {other}");
            return Err(svpg::Error::bad_input(place, what, "leave it out, or begin another run"));
        }
        let (images, _) = task.images(self.data.as_deref(), setup.data_sha256.as_deref())?;
        let learner = setup.learner(level, images)?;
        Session::resume(stored, setup, learner)
    }
}

/// The memory of a training, in bytes, from above: the network with its optimiser, and what
/// inference and rule keep for a batch.
fn needed(setup: &Setup) -> Option<usize> {
    let hidden = setup.config.hidden;
    let units = hidden.circuits.checked_mul(hidden.units)?.checked_add(1024)?;
    let samples = match setup.task {
        svpg::training::TaskSetup::Mnist(options) => options.batch,
        svpg::training::TaskSetup::Pendulum(_) => 1024,
    };
    let inputs = units.checked_add(1024)?;
    let network = inputs.checked_mul(units)?.checked_mul(48)?;
    let batch = samples.checked_mul(inputs)?.checked_mul(96)?;
    network.checked_add(batch)
}

//! The jobs of a plan, after every name and number of it was checked.
//!
//! ```text
//! training:    method × seed                 folder runs/TASK.METHOD.SEED
//! evaluation:  method × seed × protocol      needs the training
//! ```
//!
//! A method that names another one as its training has no training of its own.

use super::job::{self, Description, Recipe};
use super::plan::{CORRECTED, Levels, MethodPlan, Plan, ProtocolPlan, Role, TaskPlan, refuse};
use crate::Error;
use crate::error::did_you_mean;
use crate::noise::Perturbation;
use crate::task::mnist::ImageData;
use crate::training::{MAX_EVALUATIONS, Setup, TaskName};
use std::collections::{BTreeMap, BTreeSet};

/// The kind of the protocol without noise.
pub(super) const NONE: &str = "none";

/// A method that was checked.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its task.
    pub task: TaskName,
    /// Its name, of this task.
    pub name: String,
    /// Its name in tables and figures.
    pub label: String,
    /// What it is, in one line.
    pub summary: String,
    /// What it is in the comparison.
    pub role: Role,
    /// Index of the method whose training it evaluates; its own, if it trains.
    training: usize,
    recipe: Recipe,
}

/// A protocol of a task: one kind and variant of noise at several levels.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// `KIND`, or `KIND@VARIANT`.
    pub id: String,
    /// Its task.
    pub task: TaskName,
    /// The kind of noise, or `none`.
    pub kind: String,
    /// The variant.
    pub variant: String,
    /// Levels, ascending.
    pub levels: Vec<f64>,
    /// The noise of every level.
    pub noises: Vec<Option<Perturbation>>,
    /// Evaluations of every level.
    pub evaluations: u32,
    /// Number of test images; all if it is missing.
    pub examples: Option<usize>,
}

impl Protocol {
    /// The unit of the levels.
    pub fn unit(&self) -> &'static str {
        job::unit(&self.kind)
    }
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Trains.
    Train,
    /// Evaluates by the protocol of this index.
    Evaluate(usize),
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Name of the job, and of its result file.
    pub id: String,
    /// Index of the method.
    pub method: usize,
    /// The seed.
    pub seed: u32,
    /// What it does.
    pub work: Work,
    /// Index of the job that must be finished before.
    pub needs: Option<usize>,
    /// Estimated seconds.
    pub(super) cost: f64,
}

/// The data of a task.
#[derive(Clone, Debug)]
pub struct Data {
    /// The images, of a task of images.
    pub images: Option<ImageData>,
    /// Their checksum.
    pub sha256: Option<String>,
}

/// A plan that was checked, with its jobs.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The plan.
    pub plan: Plan,
    /// The methods of all tasks, in the order of the tasks' names.
    pub methods: Vec<Method>,
    /// The protocols of all tasks, in the same order.
    pub protocols: Vec<Protocol>,
    /// The jobs: of every method, for each seed, the training and the evaluations.
    pub jobs: Vec<Job>,
    /// The baseline of each task, in the order of the tasks' names.
    pub baselines: Vec<(TaskName, String)>,
}

impl Grid {
    /// Checks a plan.
    ///
    /// # Errors
    /// Bad input: an unknown name, a number out of range, or nothing to do.
    pub fn new(plan: Plan) -> Result<Self, Error> {
        let empty = |place: &str, what: &str, remedy: &str| Err(refuse(place, what, remedy));
        check_name("name", &plan.name)?;
        if plan.seeds.is_empty() {
            return empty("seeds", "there are none, so there is nothing to do", "give at least one");
        }
        if plan.seeds.iter().collect::<BTreeSet<_>>().len() < plan.seeds.len() {
            return empty("seeds", "a seed is there twice", "give different seeds");
        }
        if plan.tasks.is_empty() {
            return empty("tasks", "there are none, so there is nothing to do", "add [tasks.mnist]");
        }
        let (mut methods, mut protocols, mut baselines, mut jobs) =
            <(Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
        for (name, of_task) in &plan.tasks {
            let task = job::task(name)?;
            let place = format!("tasks.{name}");
            let first = methods.len();
            methods.extend(of_task.methods(task, &place, first)?);
            let names: Vec<&str> = methods[first..].iter().map(|method| method.name.as_str()).collect();
            check_known(&place, "baseline", &of_task.baseline, &names)?;
            baselines.push((task, of_task.baseline.clone()));
            let of_task = of_task.protocols(task, &place, &names)?;
            check_attacks(&methods[first..], &of_task)?;
            for method in first..methods.len() {
                add_jobs(&mut jobs, &methods, method, &plan.seeds, &of_task, protocols.len());
            }
            protocols.extend(of_task.into_iter().map(|(protocol, _)| protocol));
        }
        let mut grid = Self { plan, methods, protocols, jobs, baselines };
        grid.link();
        Ok(grid)
    }

    /// Fills in the job that each evaluation needs.
    fn link(&mut self) {
        let trainings: BTreeMap<(usize, u32), usize> = (self.jobs.iter().enumerate())
            .filter(|(_, job)| job.work == Work::Train)
            .map(|(index, job)| ((job.method, job.seed), index))
            .collect();
        for job in self.jobs.iter_mut().filter(|job| job.work != Work::Train) {
            job.needs = trainings.get(&(self.methods[job.method].training, job.seed)).copied();
        }
    }

    /// Tasks of the plan that read images.
    pub fn has_images(&self) -> bool {
        self.baselines.iter().any(|(task, _)| task.has_images())
    }

    /// Name of the folder of the run that a job trains or evaluates, below `runs/`.
    pub fn run(&self, job: &Job) -> String {
        let method = &self.methods[self.methods[job.method].training];
        format!("{}.{}.{}", method.task.name(), method.name, job.seed)
    }

    /// The setup of the training of a job.
    pub(super) fn setup(&self, job: &Job, data: &Data) -> Setup {
        self.methods[self.methods[job.method].training].recipe.setup(job.seed, data.sha256.clone())
    }

    /// The recipe by which a job evaluates.
    pub(super) fn recipe(&self, job: &Job) -> &Recipe {
        &self.methods[job.method].recipe
    }

    /// The protocol of a job that evaluates.
    pub fn protocol(&self, job: &Job) -> Option<&Protocol> {
        match job.work {
            Work::Train => None,
            Work::Evaluate(protocol) => Some(&self.protocols[protocol]),
        }
    }

    /// What a job computes.
    pub(super) fn description(&self, job: &Job, data: &Data) -> Description {
        let evaluation = self.protocol(job).map(|protocol| (self.recipe(job), protocol));
        Description::new(&job.id, &self.setup(job, data), evaluation)
    }

    /// The job of this name.
    ///
    /// # Errors
    /// Bad input: there is no such job.
    pub fn job(&self, id: &str) -> Result<&Job, Error> {
        self.jobs.iter().find(|job| job.id == id).ok_or_else(|| {
            let hint = did_you_mean(id, self.jobs.iter().map(|job| job.id.as_str()));
            let remedy = format!("{hint}list the jobs to see their names");
            refuse(format_args!("job {id:?}"), "there is no such job", remedy).option("jobs")
        })
    }
}

/// A network without a derivative cannot be attacked by its own gradient.
fn check_attacks(methods: &[Method], protocols: &[(Protocol, Option<Vec<String>>)]) -> Result<(), Error> {
    for (protocol, only) in protocols.iter().filter(|(protocol, _)| job::needs_state_gradient(protocol)) {
        let is_for = |method: &&Method| only.as_ref().is_none_or(|only| only.contains(&method.name));
        if let Some(method) = methods.iter().filter(is_for).find(|method| !method.recipe.has_state_gradient())
        {
            let what = format_args!("the answers of {} have no derivative", method.name);
            let remedy = "list `methods` in the protocol, without this one";
            return Err(refuse(format_args!("noise {}", protocol.id), what, remedy));
        }
    }
    Ok(())
}

fn add_jobs(
    jobs: &mut Vec<Job>,
    methods: &[Method],
    method: usize,
    seeds: &[u32],
    protocols: &[(Protocol, Option<Vec<String>>)],
    offset: usize,
) {
    let Method { task, name, training, recipe, .. } = &methods[method];
    for &seed in seeds {
        let id = |what: &str| format!("{}.{name}.{seed}.{what}", task.name());
        let mut add = |what: &str, work, cost| {
            jobs.push(Job { id: id(what), method, seed, work, needs: None, cost });
        };
        if *training == method {
            add("train", Work::Train, recipe.training_seconds());
        }
        for (number, (protocol, only)) in protocols.iter().enumerate() {
            if only.as_ref().is_none_or(|only| only.contains(name)) {
                add(&protocol.id, Work::Evaluate(offset + number), recipe.evaluation_seconds(protocol));
            }
        }
    }
}

/// A name that can be part of a file name.
fn check_name(place: &str, name: &str) -> Result<(), Error> {
    let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.is_empty() && name != "train" && name.len() <= 64 && name.chars().all(is_fine) {
        return Ok(());
    }
    let remedy = "give at most 64 lower-case letters, digits and hyphens, not `train`";
    Err(refuse(place, format_args!("the name {name:?} cannot be used"), remedy))
}

fn check_known(place: &str, what: &str, name: &str, known: &[&str]) -> Result<(), Error> {
    if known.contains(&name) {
        return Ok(());
    }
    let remedy = format!("{}give one of {}", did_you_mean(name, known.iter().copied()), known.join(", "));
    Err(refuse(place, format_args!("{what} {name:?}: there is no such method"), remedy))
}

impl TaskPlan {
    fn methods(&self, task: TaskName, place: &str, first: usize) -> Result<Vec<Method>, Error> {
        if self.methods.is_empty() {
            return Err(refuse(
                place,
                "there are no methods, so there is nothing to do",
                "add [[tasks.NAME.methods]]",
            ));
        }
        let names: Vec<&str> = self.methods.iter().map(|method| method.name.as_str()).collect();
        let mut methods: Vec<Method> = Vec::new();
        for (number, plan) in self.methods.iter().enumerate() {
            check_name(&plan.place(), &plan.name)?;
            if names[..number].contains(&plan.name.as_str()) {
                return Err(refuse(plan.place(), "another method has this name", "give another name"));
            }
            let (training, recipe) =
                self.recipe(task, plan, number, &names).map_err(|error| error.within(plan.place()))?;
            let MethodPlan { name, label, summary, role, .. } = plan.clone();
            methods.push(Method { task, name, label, summary, role, training: first + training, recipe });
        }
        Ok(methods)
    }

    /// Whose training a method evaluates, and how.
    fn recipe(
        &self,
        task: TaskName,
        plan: &MethodPlan,
        number: usize,
        names: &[&str],
    ) -> Result<(usize, Recipe), Error> {
        let of = |preset: &str, plan: &MethodPlan, overrides| {
            Recipe::new(task, preset, plan.method.as_deref(), overrides)
        };
        match (&plan.training, &plan.preset) {
            (None, Some(preset)) => Ok((number, of(preset, plan, &plan.overrides)?)),
            (Some(name), None) => {
                check_known("training", "method", name, names)?;
                let number = names.iter().position(|own| own == name).unwrap_or(number);
                let trained = &self.methods[number];
                let Some(preset) = &trained.preset else {
                    let what = format_args!("{name} has no training of its own");
                    return Err(refuse("training", what, "name a method that has a preset"));
                };
                let mut overrides = trained.overrides.clone();
                overrides.extend(plan.overrides.clone());
                let own = of(preset, trained, &trained.overrides)?;
                let recipe = of(preset, trained, &overrides)?;
                if !own.is_evaluated_by(&recipe) {
                    let what = format_args!("they change the training of {name}");
                    return Err(refuse(
                        "overrides",
                        what,
                        "change the inference alone, or give it its own preset",
                    ));
                }
                Ok((
                    number,
                    plan.method.as_deref().map_or(Ok(recipe.clone()), |method| recipe.converted(method))?,
                ))
            }
            (Some(_), Some(_)) => {
                Err(refuse("preset", "the training of another method has one", "give preset or training"))
            }
            (None, None) => Err(refuse("preset", "it is missing", "give preset, or training")),
        }
    }

    /// The protocols, each with the methods that it is for, where it is not for all.
    #[allow(clippy::type_complexity, reason = "a pair, used once")]
    fn protocols(
        &self,
        task: TaskName,
        place: &str,
        names: &[&str],
    ) -> Result<Vec<(Protocol, Option<Vec<String>>)>, Error> {
        let none = Protocol {
            id: NONE.to_owned(),
            task,
            kind: NONE.to_owned(),
            variant: CORRECTED.to_owned(),
            levels: vec![0.0],
            noises: vec![None],
            evaluations: self.evaluations,
            examples: self.examples,
        };
        check_counts(place, task, self.evaluations, self.examples, self.every)?;
        let mut all = vec![(none, None)];
        for plan in &self.protocols {
            let place = plan.place();
            for (is_empty, what) in [
                (plan.kinds.is_empty(), "kinds"),
                (plan.variants.is_empty(), "variants"),
                (plan.methods.as_ref().is_some_and(Vec::is_empty), "methods"),
            ] {
                if is_empty {
                    let remedy = "give at least one, or leave these protocols out";
                    return Err(refuse(place, format_args!("there are no {what}"), remedy));
                }
            }
            for name in plan.methods.iter().flatten() {
                check_known(&place, "methods", name, names)?;
            }
            for kind in &plan.kinds {
                for variant in &plan.variants {
                    let protocol = self.protocol(task, plan, kind, variant)?;
                    if all.iter().any(|(other, _)| other.id == protocol.id) {
                        let what = format_args!("{} is there twice", protocol.id);
                        return Err(refuse(place, what, "leave one of them out"));
                    }
                    all.push((protocol, plan.methods.clone()));
                }
            }
        }
        Ok(all)
    }

    fn protocol(
        &self,
        task: TaskName,
        plan: &ProtocolPlan,
        kind: &str,
        variant: &str,
    ) -> Result<Protocol, Error> {
        let place = plan.place();
        let within = |error: Error| error.within(&place);
        let evaluations = plan.evaluations.unwrap_or(self.evaluations);
        let examples = plan.examples.or(self.examples);
        let every = plan.every.unwrap_or(self.every);
        check_counts(&place, task, evaluations, examples, every)?;
        let levels: Vec<f64> = match &plan.levels {
            Levels::Given(levels) => levels.clone(),
            Levels::Published(_) => {
                // Which levels an unknown kind would have does not matter: it is refused below.
                let published = job::published_levels(kind);
                if published.is_empty() { vec![0.0] } else { published.into_iter().step_by(every).collect() }
            }
        };
        if levels.is_empty() {
            return Err(refuse(place, format_args!("there are no levels of {kind}"), "give at least one"));
        }
        if !levels.is_sorted_by(|a, b| a < b) {
            let what = format_args!("the levels of {kind} do not ascend");
            return Err(refuse(place, what, "give different numbers, the smallest first"));
        }
        let noise = |&level: &f64| job::perturbation(task, kind, variant, level).map(Some);
        let noises = levels.iter().map(noise).collect::<Result<_, Error>>().map_err(within)?;
        let id = if variant == CORRECTED { kind.to_owned() } else { format!("{kind}@{variant}") };
        let (kind, variant) = (kind.to_owned(), variant.to_owned());
        Ok(Protocol { id, task, kind, variant, levels, noises, evaluations, examples })
    }
}

fn check_counts(
    place: &str,
    task: TaskName,
    evaluations: u32,
    examples: Option<usize>,
    every: usize,
) -> Result<(), Error> {
    if every == 0 {
        return Err(refuse(place, "every is 0", "give a number of at least 1"));
    }
    if !(1..=MAX_EVALUATIONS).contains(&evaluations) {
        let remedy = format!("give a number from 1 to {MAX_EVALUATIONS}");
        return Err(refuse(place, format_args!("evaluations {evaluations} is out of range"), remedy));
    }
    match examples {
        Some(0) => Err(refuse(place, "examples is 0", "give a number of at least 1, or leave it out")),
        Some(_) if !task.has_images() => {
            Err(refuse(place, "examples: the task has no images", "leave it out"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Grid, Work};
    use crate::study::plan::{BUILT_IN, Plan};

    #[test]
    fn built_in_plans_have_jobs_and_their_smaller_studies_fewer_levels() {
        for (name, text) in BUILT_IN {
            let plan = Plan::parse(text).unwrap();
            let whole = Grid::new(plan.clone().whole()).unwrap();
            let quick = Grid::new(plan.reduced().unwrap()).unwrap();
            let levels = |grid: &Grid| grid.protocols.iter().map(|p| p.levels.len()).sum::<usize>();
            assert!(levels(&whole) > 3 * levels(&quick) && levels(&quick) > 100, "{name}");
            assert_eq!((whole.plan.seeds.len(), quick.plan.seeds.len()), (10, 3));
            for grid in [&whole, &quick] {
                let needed = |job: &&super::Job| job.needs.map(|needed| grid.jobs[needed].work);
                let evaluations = grid.jobs.iter().filter(|job| job.work != Work::Train);
                assert!(evaluations.clone().count() > 100);
                assert!(evaluations.clone().all(|job| needed(&job) == Some(Work::Train)), "{name}");
                let cost = |job: &super::Job| job.cost > 0.0 && job.cost.is_finite();
                assert!(grid.jobs.iter().all(cost));
            }
        }
    }

    #[test]
    fn a_method_without_a_derivative_is_not_attacked_by_it() {
        let text = Plan::built_in("bmvc2022").unwrap();
        let named = "\"bptt-tuned\", \"rwta-bp\"";
        assert!(text.contains(named));
        for method in ["r-stdp", "ann2snn"] {
            let plan = text.replace(named, &format!("{named}, \"{method}\""));
            let error = Grid::new(Plan::parse(&plan).unwrap().whole()).unwrap_err().to_string();
            let said = format!("the answers of {method} have no derivative; list `methods`");
            assert!(error.contains("noise fgsm-white") && error.contains(&said), "{error}");
        }
    }

    #[test]
    fn every_number_of_quick_has_an_effect() {
        let text = Plan::built_in("bmvc2022").unwrap();
        let quick = Grid::new(Plan::parse(text).unwrap().reduced().unwrap()).unwrap();
        let gaussian = quick.protocols.iter().find(|protocol| protocol.id == "gaussian").unwrap();
        assert_eq!(gaussian.levels, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4]);
        assert_eq!((gaussian.evaluations, gaussian.examples), (1, Some(300)));
        let data = super::Data { images: None, sha256: Some("c0ffee".to_owned()) };
        assert!(quick.jobs.iter().all(|job| quick.setup(job, &data).config.length == 2000));
    }
}

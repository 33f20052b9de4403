//! A run before its first step, and `config.toml`, which holds it.
//!
//! Here alone the tasks are told apart by name: their options, their learners.

use super::one_step::OneStepLearner;
use super::replay::{ReplayConfig, ReplayLearner};
use super::{Config, Learner, Preset};
use crate::Error;
use crate::kernel::simd::Level;
use crate::task::mnist::{ImageData, ImageTask, Rewards};
use crate::task::pendulum::Pendulum;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Name of the format.
const SCHEMA: &str = "svpg-run/2";

/// The first lines of the file.
const HEAD: &str = "\
# Every hyperparameter of this run of svpg. Checkpoints belong to exactly this text: to try other values, begin another run.
# docs/configuration.md explains the names.
";

/// Where `svpg data fetch mnist` puts the images.
const DATA: &str = "data/mnist";

/// A task that can be trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskName {
    /// Images as a task of one step.
    Mnist,
    /// The inverted pendulum.
    Pendulum,
}

impl TaskName {
    /// Every task.
    pub const ALL: [TaskName; 2] = [TaskName::Mnist, TaskName::Pendulum];

    /// The name on the command line, and of the task's table in `config.toml`.
    pub fn name(self) -> &'static str {
        match self {
            TaskName::Mnist => "mnist",
            TaskName::Pendulum => "pendulum",
        }
    }

    /// Does the task read images from a folder?
    pub fn has_images(self) -> bool {
        self == TaskName::Mnist
    }

    /// The images of the task in this folder, by default `data/mnist`, and their checksum, which
    /// must be `expected`, if that is given. Neither for a task without images.
    ///
    /// # Errors
    /// Bad input: a folder for a task without images, no images in it, or other images.
    pub fn images(
        self,
        folder: Option<&Path>,
        expected: Option<&str>,
    ) -> Result<(Option<ImageData>, Option<String>), Error> {
        if !self.has_images() {
            return match folder {
                None => Ok((None, None)),
                Some(_) => {
                    let what = format_args!("the task {} has no data", self.name());
                    Err(Error::bad_input("data", what, "leave it out").option("data"))
                }
            };
        }
        let folder = folder.unwrap_or(Path::new(DATA));
        let data = ImageData::read(folder).map_err(|error| error.option("data"))?;
        let sha256 = data.sha256();
        if expected.is_some_and(|expected| expected != sha256) {
            let what = "these are not the images that the run was begun with";
            return Err(Error::bad_input(folder.display(), what, "give their folder").option("data"));
        }
        Ok((Some(data), Some(sha256)))
    }
}

/// The error where a task of images has none.
pub(super) fn no_images() -> Error {
    Error::bad_input("data", "the task is one of images, and none were given", "give them")
}

/// Options of the task of images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageOptions {
    /// Images of a batch.
    pub batch: usize,
    /// What an answer earns.
    pub rewards: Rewards,
}

/// Options of the pendulum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendulumOptions {
    /// The pole's length and radius in metres.
    pub pole: (f64, f64),
    /// The learner's options.
    pub replay: ReplayConfig,
}

/// A task with its options.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TaskSetup {
    /// Images.
    Mnist(ImageOptions),
    /// The pendulum.
    Pendulum(PendulumOptions),
}

impl TaskSetup {
    /// The task.
    pub fn name(&self) -> TaskName {
        match self {
            TaskSetup::Mnist(_) => TaskName::Mnist,
            TaskSetup::Pendulum(_) => TaskName::Pendulum,
        }
    }
}

/// A run before its first step: with the data, all that it depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The preset that the configuration began with.
    pub preset: Preset,
    /// The seed.
    pub seed: u32,
    /// [`ImageData::sha256`] of the images, where the task has images.
    pub data_sha256: Option<String>,
    /// The configuration of learner and network.
    pub config: Config,
    /// The task and its options.
    pub task: TaskSetup,
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    preset: Preset,
    seed: u32,
    data_sha256: Option<String>,
    training: Config,
    mnist: Option<ImageOptions>,
    pendulum: Option<PendulumOptions>,
}

impl Setup {
    /// A learner before its first step; `images` are those of a task of images.
    ///
    /// # Errors
    /// Bad input: a number outside its domain, images that are missing, or fewer images than a
    /// batch has.
    pub fn learner(&self, level: Level, images: Option<ImageData>) -> Result<Box<dyn Learner>, Error> {
        Ok(match (self.task, images) {
            (TaskSetup::Mnist(_), Some(data)) => Box::new(self.image_learner(level, data)?),
            (TaskSetup::Mnist(_), None) => {
                return Err(Error::bad_input("data", "no images were given", "give their folder"));
            }
            (TaskSetup::Pendulum(PendulumOptions { pole, replay }), _) => {
                let environment = Pendulum::new(pole.0, pole.1)?;
                Box::new(ReplayLearner::new(self.config, replay, level, self.seed, environment)?)
            }
        })
    }

    /// A learner of images before its first step.
    ///
    /// # Errors
    /// As [`Setup::learner`]; also a task that has no images.
    pub fn image_learner(&self, level: Level, data: ImageData) -> Result<OneStepLearner<ImageTask>, Error> {
        let TaskSetup::Mnist(ImageOptions { batch, rewards }) = self.task else {
            return Err(Error::bad_input("task", "it has no images", "give a task of images"));
        };
        rewards.check()?;
        OneStepLearner::new(self.config, batch, level, self.seed, ImageTask { data, rewards })
    }

    /// As text; the same on every machine.
    pub fn to_toml(&self) -> String {
        let Self { preset, seed, data_sha256, config, task } = self.clone();
        let (mnist, pendulum) = match task {
            TaskSetup::Mnist(options) => (Some(options), None),
            TaskSetup::Pendulum(options) => (None, Some(options)),
        };
        let schema = SCHEMA.to_owned();
        let document = Document { schema, preset, seed, data_sha256, training: config, mnist, pendulum };
        format!("{HEAD}{}", toml::to_string(&document).expect("a configuration has text keys alone"))
    }

    /// Reads what [`Setup::to_toml`] wrote.
    ///
    /// # Errors
    /// Bad input: it is something else, or a number lies outside its domain.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let remedy = "restore the file as svpg wrote it";
        let refuse = |what: &str| Error::bad_input("config.toml", what, remedy);
        let schema = text
            .parse::<toml::Table>()
            .ok()
            .and_then(|table| table.get("schema").and_then(|schema| schema.as_str().map(str::to_owned)));
        if let Some(schema) = schema
            && schema != SCHEMA
        {
            let what = format_args!("found schema `{schema}`, `{SCHEMA}` expected");
            return Err(Error::bad_input("config.toml", what, "use the version of svpg that wrote it"));
        }
        let document: Document = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            Error::bad_input(format_args!("config.toml line {line}"), error.message(), remedy)
        })?;
        let Document { preset, seed, data_sha256, training: config, mnist, pendulum, .. } = document;
        let task = match (&data_sha256, mnist, pendulum) {
            (Some(_), Some(options), None) => TaskSetup::Mnist(options),
            (None, None, Some(options)) => TaskSetup::Pendulum(options),
            _ => return Err(refuse("[mnist] with data_sha256, or [pendulum], is expected")),
        };
        config.check().map_err(|error| error.within("config.toml"))?;
        Ok(Self { preset, seed, data_sha256, config, task })
    }
}

#[cfg(test)]
mod tests {
    use super::{Preset, Setup, TaskName};
    use crate::conventional::Conventional;
    use crate::training::Overrides;

    fn all() -> Vec<Setup> {
        let setup = |preset: Preset, task: TaskName, seed| {
            let (config, options) = preset.setup(task, &Overrides::default()).unwrap();
            let data_sha256 = task.has_images().then(|| "c0ffee".to_owned());
            Setup { preset, seed, data_sha256, config, task: options }
        };
        let method = |method, task: TaskName| {
            let changes = Overrides { method: Some(method), ..Overrides::default() };
            let (config, options) = Preset::Tpami2025.setup(task, &changes).unwrap();
            let data_sha256 = task.has_images().then(|| "c0ffee".to_owned());
            Setup { preset: Preset::Tpami2025, seed: 1, data_sha256, config, task: options }
        };
        let methods = Conventional::all()
            .filter(|method| method.learns())
            .flat_map(|name| TaskName::ALL.map(|task| method(name, task)))
            .collect::<Vec<_>>();
        let images = Preset::ALL.into_iter().map(|preset| setup(preset, TaskName::Mnist, 7));
        let pendulum = [Preset::Tpami2025, Preset::Best];
        let of_pendulum = pendulum.map(|preset| setup(preset, TaskName::Pendulum, u32::MAX));
        images.chain(of_pendulum).chain(methods).collect()
    }

    #[test]
    fn every_preset_comes_back_from_its_text() {
        for setup in all() {
            let text = setup.to_toml();
            assert_eq!(Setup::from_toml(&text).unwrap(), setup, "{text}");
            assert_eq!(setup.preset.name(), toml::Value::try_from(setup.preset).unwrap().as_str().unwrap());
        }
    }

    #[test]
    fn every_number_of_a_preset_stands_in_its_text() {
        let text = all()[0].to_toml();
        for line in ["seed = 7", "hidden = [20, 10]", "learning_rate = 0.1", "sigma = 0.02", "constant = 1.0"]
        {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    /// `docs/configuration.md` has every name that a file can have, and the name of every choice in
    /// it.
    #[test]
    fn every_name_is_explained() {
        fn words(value: &toml::Value, found: &mut Vec<String>) {
            match value {
                toml::Value::Table(table) => table.iter().for_each(|(key, value)| {
                    found.push(key.clone());
                    words(value, found);
                }),
                toml::Value::Array(all) => all.iter().for_each(|value| words(value, found)),
                toml::Value::String(text) => found.push(text.clone()),
                _ => {}
            }
        }
        let text = include_str!("../../docs/configuration.md");
        let mut found = Vec::new();
        for setup in all() {
            let mut value: toml::Table = toml::from_str(&setup.to_toml()).unwrap();
            for not_a_choice in ["schema", "preset", "data_sha256"] {
                value.remove(not_a_choice);
                found.push(not_a_choice.to_owned());
            }
            words(&toml::Value::Table(value), &mut found);
        }
        for name in found {
            assert!(text.contains(&format!("`{name}`")) || text.contains(&format!("`[{name}]`")), "{name}");
        }
    }

    #[test]
    fn another_text_is_refused_at_its_line() {
        let text = all()[0].to_toml();
        for (from, to, said) in [
            ("learning_rate = 0.1", "learning_rate = \"fast\"", "invalid type"),
            ("learning_rate = 0.1", "learning_rate = -0.1", "learning_rate: -0.1 is out of range"),
            ("learning_rate = 0.1\n", "", "missing field `learning_rate`"),
            ("learning_rate = 0.1", "learning_rate = 0.1\nmomentum = 0.9", "unknown field `momentum`"),
            ("seed = 7", "seed = -1", "invalid value"),
            ("svpg-run/2", "svpg-run/1", "svpg-run/1"),
            ("[mnist]", "[chess]", "unknown field `chess`"),
            ("[training]", "[training]\nmethod = \"bp\"", "does not belong to a conventional method"),
            ("votes = 1\n", "", "missing field `votes`"),
            ("rule = \"svpg-bmvc\"", "rule = \"svpg-bmcv\"", "did you mean `svpg-bmvc`"),
            ("data_sha256 = \"c0ffee\"\n", "", "data_sha256, or [pendulum], is expected"),
        ] {
            assert!(text.contains(from), "{from} is not in {text}");
            let error = Setup::from_toml(&text.replace(from, to)).unwrap_err();
            assert!(error.is_bad_input() && error.to_string().contains(said), "{error}");
            assert!(error.to_string().starts_with("config.toml"), "{error}");
        }
    }
}

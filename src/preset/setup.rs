//! `config.toml`: every hyperparameter of a run.

use super::Preset;
use crate::Error;
use crate::learn::mnist::MnistConfig;
use crate::learn::pendulum::PendulumConfig;
use serde::{Deserialize, Serialize};

/// Name of the format.
const SCHEMA: &str = "svpg-run/1";

/// What a reader of the file wants to know first.
const HEAD: &str = "\
# Every hyperparameter of this run of svpg. Checkpoints belong to exactly this text: to try other values, begin another run.
# docs/configuration.md says what each of them is.
";

/// A run before its first step: with the data, all that it depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The preset that the configuration began with.
    pub preset: Preset,
    /// The seed.
    pub seed: u32,
    /// The task and its configuration.
    pub task: TaskSetup,
}

/// A task with its configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskSetup {
    /// Images.
    Mnist {
        /// [`MnistData::sha256`](crate::learn::mnist::MnistData::sha256) of the data.
        data_sha256: String,
        /// The configuration.
        config: MnistConfig,
    },
    /// The pendulum.
    Pendulum {
        /// The configuration.
        config: PendulumConfig,
    },
}

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    preset: Preset,
    seed: u32,
    data_sha256: Option<String>,
    mnist: Option<MnistConfig>,
    pendulum: Option<PendulumConfig>,
}

impl Setup {
    /// As text; the same on every machine.
    pub fn to_toml(&self) -> String {
        let (data_sha256, mnist, pendulum) = match self.task.clone() {
            TaskSetup::Mnist { data_sha256, config } => (Some(data_sha256), Some(config), None),
            TaskSetup::Pendulum { config } => (None, None, Some(config)),
        };
        let Self { preset, seed, .. } = *self;
        let document = Document { schema: SCHEMA.to_owned(), preset, seed, data_sha256, mnist, pendulum };
        format!("{HEAD}{}", toml::to_string(&document).expect("a configuration has text keys alone"))
    }

    /// Reads what [`Setup::to_toml`] wrote.
    ///
    /// # Errors
    /// Bad input: it is something else, or a number lies outside its domain.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let remedy = "restore the file as svpg wrote it";
        let refuse = |what: &str| Error::bad_input("config.toml", what, remedy);
        let document: Document = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
            Error::bad_input(format_args!("config.toml line {line}"), error.message(), remedy)
        })?;
        let Document { schema, preset, seed, data_sha256, mnist, pendulum } = document;
        if schema != SCHEMA {
            let what = format_args!("found schema `{schema}`, `{SCHEMA}` expected");
            return Err(Error::bad_input("config.toml", what, "use the version of svpg that wrote it"));
        }
        let task = match (data_sha256, mnist, pendulum) {
            (Some(data_sha256), Some(config), None) => TaskSetup::Mnist { data_sha256, config },
            (None, None, Some(config)) => TaskSetup::Pendulum { config },
            _ => return Err(refuse("[mnist] with data_sha256, or [pendulum], is expected")),
        };
        let checked = match &task {
            TaskSetup::Mnist { config, .. } => config.check(),
            TaskSetup::Pendulum { config } => config.check(),
        };
        checked.map_err(|error| error.within("config.toml"))?;
        Ok(Self { preset, seed, task })
    }
}

#[cfg(test)]
mod tests {
    use super::{Preset, Setup, TaskSetup};
    use crate::preset::Overrides;

    fn all() -> Vec<Setup> {
        let overrides = Overrides::default();
        let images = Preset::ALL.into_iter().map(|preset| {
            let config = preset.mnist(&overrides).unwrap();
            Setup { preset, seed: 7, task: TaskSetup::Mnist { data_sha256: "c0ffee".to_owned(), config } }
        });
        let pendulum = [Preset::Tpami2025, Preset::Best].into_iter().map(|preset| {
            let config = preset.pendulum(&overrides).unwrap();
            Setup { preset, seed: u32::MAX, task: TaskSetup::Pendulum { config } }
        });
        images.chain(pendulum).collect()
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
            ("learning_rate = 0.1", "learning_rate = -0.1", "learning_rate: -0.1 cannot be used"),
            ("learning_rate = 0.1\n", "", "missing field `learning_rate`"),
            ("learning_rate = 0.1", "learning_rate = 0.1\nmomentum = 0.9", "unknown field `momentum`"),
            ("seed = 7", "seed = -1", "invalid value"),
            ("svpg-run/1", "svpg-run/2", "svpg-run/2"),
            ("[mnist]", "[chess]", "unknown field `chess`"),
            ("data_sha256 = \"c0ffee\"\n", "", "data_sha256, or [pendulum], is expected"),
        ] {
            assert!(text.contains(from), "{from} is not in {text}");
            let error = Setup::from_toml(&text.replace(from, to)).unwrap_err();
            assert!(error.is_bad_input() && error.to_string().contains(said), "{error}");
            assert!(error.to_string().starts_with("config.toml"), "{error}");
        }
    }
}

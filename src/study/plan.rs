//! A plan: which methods, seeds and noise protocols a study has. It is a TOML text.
//!
//! `docs/study.md` explains every name. `[quick]` holds the changes of a smaller study; a study
//! folder holds the plan with these changes applied, so one text says what ran.

use crate::Error;
use crate::error::did_you_mean;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt::Display;
use toml::{Spanned, Table};

/// Name of the format.
pub const SCHEMA: &str = "svpg-plan/1";

/// The built-in plans: name and text.
pub const BUILT_IN: [(&str, &str); 2] =
    [("bmvc2022", include_str!("plans/bmvc2022.toml")), ("tpami2025", include_str!("plans/tpami2025.toml"))];

/// A plan as its text has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    schema: String,
    /// Name of the study.
    pub name: String,
    /// What it is for, in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// Were the changes of `[quick]` applied?
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reduced: bool,
    /// Seeds of trainings and evaluations, the same for every method.
    pub seeds: Vec<u32>,
    /// Changes for a smaller study.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quick: Option<Quick>,
    /// The tasks by name.
    pub tasks: BTreeMap<String, TaskPlan>,
}

/// Methods and protocols of a task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskPlan {
    /// The method that others are compared with.
    pub baseline: String,
    /// Evaluations of a network at each level.
    pub evaluations: u32,
    /// Number of test images, the first ones; all if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examples: Option<usize>,
    /// Every so many published levels are taken, from the first on.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub every: usize,
    /// The methods.
    #[serde(deserialize_with = "located")]
    pub methods: Vec<MethodPlan>,
    /// The protocols of noise. That without noise belongs to every study.
    #[serde(default, deserialize_with = "located")]
    pub protocols: Vec<ProtocolPlan>,
}

/// What a method is in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// SVPG as published.
    Svpg,
    /// A conventional method that the publications compare with.
    Conventional,
    /// A control: less than the network that learns.
    Control,
    /// The network of SVPG with another rule.
    Rule,
}

impl Role {
    /// The name in a plan.
    pub fn name(self) -> &'static str {
        match self {
            Role::Svpg => "svpg",
            Role::Conventional => "conventional",
            Role::Control => "control",
            Role::Rule => "rule",
        }
    }
}

/// A method: how it trains, or whose training it evaluates.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodPlan {
    /// Name, of lower-case letters, digits and hyphens.
    pub name: String,
    /// Name in tables and figures.
    pub label: String,
    /// What it is, in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What it is in the comparison.
    pub role: Role,
    /// The method whose training is evaluated; its own if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<String>,
    /// The preset of its own training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// The method of training; that of the preset if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Changes of the preset; with `training`, of the inference in evaluations alone.
    #[serde(default, skip_serializing_if = "Table::is_empty")]
    pub overrides: Table,
    #[serde(skip)]
    line: usize,
}

/// Protocols that differ in their kind of noise and its variant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolPlan {
    /// Kinds of noise.
    pub kinds: Vec<String>,
    /// Variants of each kind.
    #[serde(default = "corrected", skip_serializing_if = "is_corrected")]
    pub variants: Vec<String>,
    /// The variants in the smaller study, none to leave the protocols out; the same if it is
    /// missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quick_variants: Option<Vec<String>>,
    /// The levels.
    pub levels: Levels,
    /// As the task's, for these protocols.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<usize>,
    /// As the task's, for these protocols.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluations: Option<u32>,
    /// As the task's, for these protocols.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examples: Option<usize>,
    /// The methods; all if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    #[serde(skip)]
    line: usize,
}

/// Levels of noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "give \"published\" or a list of numbers")]
pub enum Levels {
    /// Those of the publications.
    Published(Published),
    /// These, ascending.
    Given(Vec<f64>),
}

/// The word `published`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// Every published level.
    Published,
}

/// Changes for a smaller study.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Quick {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seeds: Option<Vec<u32>>,
    #[serde(default)]
    tasks: BTreeMap<String, QuickTask>,
}

/// Changes of a task.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct QuickTask {
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluations: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    examples: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<usize>,
    /// Of every method with its own training.
    #[serde(skip_serializing_if = "Table::is_empty")]
    overrides: Table,
    /// Methods that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without: Vec<String>,
}

fn one() -> usize {
    1
}

fn is_one(every: &usize) -> bool {
    *every == 1
}

/// The name of the variant without the peculiarities of the published programs.
pub(super) const CORRECTED: &str = "corrected";

fn corrected() -> Vec<String> {
    vec![CORRECTED.to_owned()]
}

fn is_corrected(variants: &[String]) -> bool {
    variants == [CORRECTED]
}

/// An entry that knows where it begins.
trait Located {
    fn line(&mut self) -> &mut usize;
}

impl Located for MethodPlan {
    fn line(&mut self) -> &mut usize {
        &mut self.line
    }
}

impl Located for ProtocolPlan {
    fn line(&mut self) -> &mut usize {
        &mut self.line
    }
}

/// Entries with their offsets, which [`Plan::parse`] turns into lines.
fn located<'de, T: Located + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let entries = Vec::<Spanned<T>>::deserialize(deserializer)?;
    let located = entries.into_iter().map(|entry| {
        let offset = entry.span().start;
        let mut entry = entry.into_inner();
        *entry.line() = offset;
        entry
    });
    Ok(located.collect())
}

fn line(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

impl TaskPlan {
    /// Leaves methods out, also where a protocol names its methods.
    ///
    /// # Errors
    /// Bad input: there is no such method.
    fn leave_out(&mut self, names: &[String]) -> Result<(), Error> {
        for name in names {
            if !self.methods.iter().any(|method| method.name == *name) {
                let known = self.methods.iter().map(|method| method.name.as_str());
                let remedy = format!("{}name a method of the task", did_you_mean(name, known));
                return Err(refuse("without", format_args!("there is no method {name:?}"), remedy));
            }
        }
        self.methods.retain(|method| !names.contains(&method.name));
        for methods in self.protocols.iter_mut().filter_map(|protocol| protocol.methods.as_mut()) {
            methods.retain(|name| !names.contains(name));
        }
        Ok(())
    }
}

impl MethodPlan {
    /// Where it stands, for errors.
    pub(super) fn place(&self) -> String {
        format!("line {} (method {})", self.line, self.name)
    }
}

impl ProtocolPlan {
    /// Where it stands, for errors.
    pub(super) fn place(&self) -> String {
        format!("line {} (protocols)", self.line)
    }
}

impl Plan {
    /// The text of a built-in plan.
    ///
    /// # Errors
    /// Bad input: there is no built-in plan of this name.
    pub fn built_in(name: &str) -> Result<&'static str, Error> {
        let found = BUILT_IN.iter().find(|(own, _)| *own == name);
        found.map(|(_, text)| *text).ok_or_else(|| {
            let names = BUILT_IN.map(|(name, _)| name);
            let remedy = format!(
                "{}give a file, the folder of a study, or a built-in plan: {}",
                did_you_mean(name, names),
                names.join(", ")
            );
            Error::bad_input(format_args!("plan {name:?}"), "there is no such plan", remedy)
        })
    }

    /// Reads a plan.
    ///
    /// # Errors
    /// Bad input: the text is not a plan of this schema. Names and numbers are checked by
    /// [`Grid::new`](super::Grid::new).
    pub fn parse(text: &str) -> Result<Self, Error> {
        let remedy = "docs/study.md lists the names of a plan";
        let mut plan: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(1, |span| line(text, span.start));
            unreadable(format_args!("line {at}"), error.message(), remedy)
        })?;
        if plan.schema != SCHEMA {
            let what = format_args!("found schema `{}`, `{SCHEMA}` expected", plan.schema);
            return Err(Error::bad_input("schema", what, "use the version of svpg that it was written for"));
        }
        for task in plan.tasks.values_mut() {
            task.methods.iter_mut().for_each(|method| method.line = line(text, method.line));
            task.protocols.iter_mut().for_each(|protocol| protocol.line = line(text, protocol.line));
        }
        Ok(plan)
    }

    /// The plan of the smaller study.
    ///
    /// # Errors
    /// Bad input: the plan has no `[quick]`, or `[quick]` has a task that the plan does not have.
    pub fn reduced(mut self) -> Result<Self, Error> {
        let Some(quick) = self.quick.take() else {
            let what = "the plan has no [quick] table";
            return Err(
                Error::bad_input("quick", what, "add the table, or run the whole plan").option("quick")
            );
        };
        self.reduced = true;
        self.seeds = quick.seeds.unwrap_or(self.seeds);
        for (name, changes) in quick.tasks {
            let Some(task) = self.tasks.get_mut(&name) else {
                let hint = did_you_mean(&name, self.tasks.keys().map(String::as_str));
                let remedy = format!("{hint}name a task of the plan");
                return Err(Error::bad_input(
                    format_args!("quick.tasks.{name}"),
                    "there is no such task",
                    remedy,
                ));
            };
            task.evaluations = changes.evaluations.unwrap_or(task.evaluations);
            task.examples = changes.examples.or(task.examples);
            task.every = changes.every.unwrap_or(task.every);
            for protocol in &mut task.protocols {
                if let Some(variants) = protocol.quick_variants.take() {
                    protocol.variants = variants;
                }
            }
            task.protocols.retain(|protocol| !protocol.variants.is_empty());
            task.leave_out(&changes.without)
                .map_err(|error| error.within(format_args!("quick.tasks.{name}")))?;
            for method in task.methods.iter_mut().filter(|method| method.training.is_none()) {
                method.overrides.extend(changes.overrides.clone());
            }
        }
        Ok(self)
    }

    /// The whole plan, without `[quick]`.
    pub fn whole(mut self) -> Self {
        for protocol in self.tasks.values_mut().flat_map(|task| &mut task.protocols) {
            protocol.quick_variants = None;
        }
        Self { quick: None, ..self }
    }

    /// As text, the same on every machine; [`Plan::parse`] reads it.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a plan has text keys alone")
    }
}

/// The words of the parser, and what they are for a user.
const WORDS: [(&str, &str); 13] = [
    ("unknown field", "unknown name"),
    ("missing field", "missing name"),
    ("duplicate field", "name that is there twice"),
    ("unknown variant", "unknown name"),
    ("invalid type: ", "found "),
    ("invalid value: ", "found "),
    ("floating point ", "number "),
    ("boolean ", ""),
    ("a sequence", "a list"),
    ("a map", "a table"),
    ("usize", "a whole number of at least 0"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number of at least 0"),
];

/// The error for a text that the parser of TOML refuses with `message`.
pub(super) fn unreadable(place: impl Display, message: &str, remedy: &str) -> Error {
    let mut text = message.to_owned();
    for (from, to) in WORDS {
        text = text.replace(from, to);
    }
    // The name of a type of this module, where a table is expected.
    if let Some((before, after)) = text.split_once("struct ") {
        let rest = after.trim_start_matches(char::is_alphanumeric);
        text = format!("{before}a table{rest}");
    }
    let names: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    match (text.split_once(", expected one of "), names.split_first()) {
        (Some((what, _)), Some((unknown, known))) => {
            let hint = did_you_mean(unknown, known.iter().copied());
            let remedy = format!("{hint}give one of {}; {remedy}", known.join(", "));
            refuse(place, what, remedy)
        }
        _ => refuse(place, &text, remedy),
    }
}

/// An error about one entry of a plan.
pub(super) fn refuse(place: impl Display, what: impl Display, remedy: impl Display) -> Error {
    Error::bad_input(place, what, remedy)
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, Plan};

    const SMALL: &str = r#"schema = "svpg-plan/1"
name = "small"
seeds = [0, 1]
[quick]
seeds = [3]
[quick.tasks.mnist]
every = 4
overrides = { steps = 7 }
[tasks.mnist]
baseline = "a"
evaluations = 2
[[tasks.mnist.methods]]
name = "a"
label = "A"
role = "svpg"
preset = "bmvc2022"
overrides = { steps = 9, batch = 20 }
[[tasks.mnist.methods]]
name = "b"
label = "B"
role = "control"
training = "a"
[[tasks.mnist.protocols]]
kinds = ["salt"]
levels = [0, 0.5]
"#;

    #[test]
    fn lines_are_those_of_the_text_and_a_plan_comes_back() {
        let plan = Plan::parse(SMALL).unwrap();
        let task = &plan.tasks["mnist"];
        assert_eq!(task.methods[1].place(), "line 18 (method b)");
        assert_eq!(task.protocols[0].place(), "line 23 (protocols)");
        let text = plan.to_toml();
        assert_eq!(Plan::parse(&text).unwrap().to_toml(), text);
        assert_eq!(task.protocols[0].variants, ["corrected"]);
    }

    #[test]
    fn a_reduced_plan_has_the_changes_and_no_further_ones() {
        let plan = Plan::parse(SMALL).unwrap().reduced().unwrap();
        let task = &plan.tasks["mnist"];
        assert_eq!((plan.seeds.as_slice(), task.every, task.evaluations), (&[3][..], 4, 2));
        let of = |number: usize| task.methods[number].overrides.to_string().replace('\n', " ");
        assert_eq!((of(0).as_str(), of(1).as_str()), ("batch = 20 steps = 7 ", ""));
        assert!(plan.reduced && plan.clone().reduced().is_err());
        let text =
            SMALL.replace("every = 4\n", "every = 4\nwithout = [\"b\"]\n") + "methods = [\"a\", \"b\"]\n";
        let plan = Plan::parse(&text).unwrap().reduced().unwrap();
        let task = &plan.tasks["mnist"];
        assert_eq!(task.methods.iter().map(|method| method.name.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(task.protocols[0].methods.as_deref(), Some(&["a".to_owned()][..]));
        assert!(!Plan::parse(SMALL).unwrap().whole().to_toml().contains("quick"));
    }

    #[test]
    fn a_wrong_text_is_refused_at_its_line() {
        for (from, to, said) in [
            ("seeds = [0, 1]", "sedes = [0, 1]", "line 3: unknown name `sedes`; did you mean `seeds`?"),
            (
                "evaluations = 2",
                "evaluations = -2",
                "line 11: found integer `-2`, expected a whole number from 0 to",
            ),
            (
                "role = \"control\"",
                "role = \"controll\"",
                "line 21: unknown name `controll`; did you mean `control`?",
            ),
            ("levels = [0, 0.5]", "levels = \"all\"", "line 25: give \"published\" or a list of numbers"),
            ("levels = [0, 0.5]", "levels = [0", "line 2"),
            ("plan/1", "plan/9", "svpg-plan/9"),
            ("seeds = [0, 1]", "seeds = 3", "line 3: found integer `3`, expected a list"),
            ("seeds = [0, 1]", "seeds = [0.5]", "line 3: found number `0.5`, expected a whole number"),
            ("overrides = { steps = 9, batch = 20 }", "overrides = 3", "found integer `3`, expected a table"),
            ("baseline = \"a\"\n", "", "missing name `baseline`"),
            (
                "training = \"a\"",
                "trainin = \"a\"",
                "line 22: unknown name `trainin`; did you mean `training`?",
            ),
        ] {
            assert!(SMALL.contains(from));
            let error = Plan::parse(&SMALL.replace(from, to)).unwrap_err();
            assert!(error.is_bad_input() && error.to_string().contains(said), "{error}");
        }
        let other = SMALL.replace("every = 4\n", "without = [\"bb\"]\n");
        let error = Plan::parse(&other).unwrap().reduced().unwrap_err().to_string();
        assert!(
            error.contains("quick.tasks.mnist") && error.contains("there is no method \"bb\""),
            "{error}"
        );
        let other = SMALL.replace("[quick.tasks.mnist]", "[quick.tasks.minst]");
        let error = Plan::parse(&other).unwrap().reduced().unwrap_err().to_string();
        assert!(error.contains("did you mean `mnist`?"), "{error}");
    }

    #[test]
    fn built_in_plans_are_found_by_name() {
        for (name, text) in BUILT_IN {
            let plan = Plan::parse(text).unwrap();
            assert_eq!(plan.name, name);
            assert!(plan.reduced().is_ok());
        }
        let error = Plan::built_in("bmvc2002").unwrap_err().to_string();
        assert!(error.contains("did you mean `bmvc2022`?"), "{error}");
    }
}

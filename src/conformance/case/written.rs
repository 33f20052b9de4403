//! A rule that is written in a chapter, instead of one of [`RULES`](crate::rule::RULES).
//!
//! The case of such a rule names it in `rule`: its name, or what a claim of the chapter writes
//! before `.W[i,j]`, as in `two_phase(qplus(a), A)`. In `options` it gives what the rule takes
//! besides weights, state, winners and advantage: rewards `R`, numbers and families that the
//! chapter declares with `param`, and number arguments of the rule.

use super::document::CaseDocument;
use super::numbers::Numbers;
use super::rule::Rule;
use super::shape::Shape;
use crate::chapters;
use crate::error::Error;
use crate::network::Convention;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use svpg_check::{Chapter, Diagnostic, Diagnostics, Network, Program, Source};

/// The options of a case for a rule of a chapter.
pub(super) type Options = BTreeMap<String, Numbers>;
/// A case for a rule of a chapter, as it is read.
pub(super) type WrittenDocument = CaseDocument<Option<String>, Options>;

/// The rules of a chapter.
#[derive(Debug)]
pub struct ChapterRules {
    chapter: Chapter,
    /// The rule of every case; `None`: each case names its own.
    rule: Option<String>,
    programs: Mutex<BTreeMap<String, Arc<Program>>>,
}

impl ChapterRules {
    /// The rules of a chapter. A `rule` replaces the one that a case names.
    ///
    /// # Errors
    /// Bad input: the chapter has an error (the first is told), or the rule is not one of it.
    pub fn new(source: &Arc<Source>, rule: Option<&str>) -> Result<Self, Error> {
        let chapter = Chapter::new(source, Some(&chapters::prelude())).map_err(|errors| first(&errors))?;
        let rules = Self { chapter, rule: rule.map(str::to_owned), programs: Mutex::default() };
        rule.map(|rule| rules.program(rule)).transpose()?;
        Ok(rules)
    }

    /// The program of a rule, which is made once.
    fn program(&self, rule: &str) -> Result<Arc<Program>, Error> {
        // A program is inserted whole, so one that panicked left the others whole.
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = programs.get(rule) {
            return Ok(Arc::clone(known));
        }
        let made = Arc::new(self.chapter.program(rule).map_err(|diagnostic| refused(&diagnostic))?);
        programs.insert(rule.to_owned(), Arc::clone(&made));
        Ok(made)
    }

    /// The case of a document, with its rule.
    pub(super) fn read(&self, document: WrittenDocument) -> Result<(CaseDocument, Written), Error> {
        let CaseDocument { schema, shape, convention, weights, mask, rule, options, batch } = document;
        let Some(call) = self.rule.clone().or(rule) else {
            let file = self.chapter.file();
            let what = format!("the case names no rule of {file}");
            let known = self.chapter.rules().join(", ");
            return Err(Error::bad_input("rule", what, format_args!("name one: its rules are {known}")));
        };
        let written = Written {
            program: self.program(&call)?,
            call,
            chapter: self.chapter.checksum(),
            options: options.unwrap_or_default(),
        };
        // The rule of the document is not used.
        let rule = Rule::all()[0];
        Ok((CaseDocument { schema, shape, convention, weights, mask, rule, options: None, batch }, written))
    }
}

/// The first error of a chapter, in one line.
fn first(errors: &Diagnostics) -> Error {
    let Some(first) = errors.iter().next() else {
        return Error::bad_input("chapter", "it has an error", "see `svpg check`");
    };
    match errors.iter().count() + errors.more() - 1 {
        0 => refused(first),
        more => refused(first).noting(format_args!("`svpg check` shows {more} more")),
    }
}

fn refused(diagnostic: &Diagnostic) -> Error {
    let place = diagnostic.span.as_ref().map_or_else(|| "rule".to_owned(), ToString::to_string);
    Error::bad_input(place, format_args!("{}: {}", diagnostic.code, diagnostic.message), &diagnostic.help)
}

/// The rule of a case, written in a chapter, with the options of the case.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    program: Arc<Program>,
    call: String,
    chapter: String,
    options: Options,
}

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        (&self.call, &self.chapter, &self.options) == (&other.call, &other.chapter, &other.options)
    }
}

impl Written {
    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    /// The rule as the case or the caller names it.
    pub(crate) fn call(&self) -> &str {
        &self.call
    }

    /// SHA-256 of the chapter and of the definitions in scope.
    pub(crate) fn chapter(&self) -> &str {
        &self.chapter
    }

    /// Checks that the options are those of the rule, for `samples` samples.
    pub(super) fn validate(&self, shape: Shape, samples: usize) -> Result<(), Error> {
        let (inputs, shape) = (self.program.inputs(), geometry(shape));
        let names = inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(", ");
        for key in self.options.keys() {
            if !inputs.iter().any(|input| input.name == *key) {
                let what = format!("the rule {} takes no `{key}`", self.call);
                let help = if names.is_empty() {
                    "leave it out: the rule takes no options"
                } else {
                    "its options are"
                };
                return Err(Error::bad_input(
                    format_args!("options.{key}"),
                    what,
                    format_args!("{help} {names}").to_string().trim_end(),
                ));
            }
        }
        for input in inputs {
            let (name, sizes) = (&input.name, input.sizes(&shape));
            let place = format!("options.{name}");
            let Some(numbers) = self.options.get(name) else {
                let help = format!("give {}", wanted(&sizes, samples));
                let what = format!("the rule {} ({}) takes it", self.call, self.program.place());
                return Err(Error::bad_input(place, format_args!("it is missing; {what}"), help));
            };
            let flat = numbers.flat(&sizes).or_else(|| numbers.flat(&with_samples(samples, &sizes)));
            let Some(flat) = flat else {
                return Err(Error::bad_input(
                    place,
                    format_args!("found {}", numbers.describe()),
                    format_args!("give {}", wanted(&sizes, samples)),
                ));
            };
            if let Some(wrong) = flat.iter().find(|x| !x.is_finite() || input.positive && **x <= 0.0) {
                let help = if input.positive {
                    "the chapter declares it positive: give numbers above 0"
                } else {
                    "every number must be finite"
                };
                return Err(Error::bad_input(place, format_args!("found {wrong}"), help));
            }
        }
        Ok(())
    }

    /// The entries of the options for sample `b` of `samples`.
    pub(crate) fn inputs(&self, shape: Shape, b: usize, samples: usize) -> BTreeMap<String, Vec<f64>> {
        let shape = geometry(shape);
        let own = |input: &svpg_check::Input| {
            let sizes = input.sizes(&shape);
            let numbers = self.options.get(&input.name)?;
            let flat = numbers.flat(&sizes).or_else(|| {
                let all = numbers.flat(&with_samples(samples, &sizes))?;
                let one = all.len() / samples;
                Some(all[b * one..(b + 1) * one].to_vec())
            })?;
            Some((input.name.clone(), flat))
        };
        self.program.inputs().iter().filter_map(own).collect()
    }

    /// The document of the case with this rule.
    pub(super) fn document(&self, case: &CaseDocument) -> WrittenDocument {
        let CaseDocument { schema, shape, convention, weights, mask, batch, .. } = case.clone();
        let (rule, options) = (Some(self.call.clone()), Some(self.options.clone()));
        CaseDocument { schema, shape, convention, weights, mask, rule, options, batch }
    }
}

fn with_samples(samples: usize, sizes: &[usize]) -> Vec<usize> {
    [&[samples], sizes].concat()
}

fn wanted(sizes: &[usize], samples: usize) -> String {
    let of = |sizes: &[usize]| sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" × ");
    match sizes {
        [] => format!("a number, or {samples} numbers, one for each sample"),
        _ => format!(
            "{} numbers, or {} with those of each sample",
            of(sizes),
            of(&with_samples(samples, sizes))
        ),
    }
}

/// The shape as the checker knows it.
pub(crate) fn geometry(shape: Shape) -> svpg_check::Shape {
    let Shape { states, hidden_circuits, hidden_size, actions } = shape;
    svpg_check::Shape { states, hidden_circuits, hidden_size, actions, situations: 0, window: 0 }
}

/// The network of a case as the checker knows it.
pub(crate) fn network(case: &super::Case) -> Network {
    let weights = case.weights();
    let units = case.shape().units();
    let flat = |rows: &[Vec<f64>]| rows.concat();
    let families =
        [("W", flat(&weights.recurrent)), ("U", flat(&weights.state)), ("b", weights.bias.clone())];
    Network {
        shape: geometry(case.shape()),
        convention: match case.convention() {
            Convention::Full => svpg_check::Convention::Full,
            Convention::Half => svpg_check::Convention::Half,
        },
        connected: (0..units).map(|i| (0..units).map(|j| case.is_connected(i, j)).collect()).collect(),
        families: families.map(|(name, entries)| (name.to_owned(), entries)).into(),
    }
}

//! A chapter: parsed, resolved, ready to be checked.

use std::sync::Arc;

use serde::Serialize;

use crate::judge;
use crate::judge::controls::{Resolved, controls, run};
use crate::judge::plan::Plan;
use crate::judge::report::{ChapterReport, ControlReport, MeasuredClaim};
use crate::language::ast::Item;
use crate::language::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::parser;
use crate::language::source::{Source, Span};
use crate::resolve::ir::Document;
use crate::resolve::{self, Resolution};

/// A derivation file that parses and whose names, index sets and rules are in order.
#[derive(Debug)]
pub struct Chapter {
    source: Arc<Source>,
    items: Vec<Item>,
    prelude: Vec<Item>,
    document: Document,
    redefined: Vec<Redefinition>,
}

/// A name of the prelude that a chapter defines anew: from there on it does not mean what the prelude says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redefinition {
    /// The name.
    pub name: String,
    /// File, line and column of the new definition.
    pub place: String,
    /// File of the definition that it replaces.
    pub original: String,
}

/// The negative controls of a chapter: every mutant of every link and rule.
#[derive(Debug)]
pub struct Controls {
    document: Document,
    resolved: Vec<Resolved>,
}

impl Controls {
    /// How many there are, each of which ticks once.
    pub fn count(&self) -> usize {
        self.resolved.len()
    }

    /// Tries to refute every one.
    pub fn run(&self, plan: &Plan, tick: &(dyn Fn() + Sync)) -> Vec<ControlReport> {
        run(&self.document, plan, &self.resolved, tick)
    }
}

impl Chapter {
    /// Reads a chapter. `prelude` is the file whose definitions `network` brings into scope.
    ///
    /// # Errors
    /// All that is wrong with it, in the order of its text; the first [`crate::MOST_DIAGNOSTICS`] are listed.
    pub fn new(source: &Arc<Source>, prelude: Option<&Arc<Source>>) -> Result<Self, Diagnostics> {
        let prelude = match prelude.map(parser::parse) {
            Some((_, diagnostics)) if !diagnostics.is_empty() => return Err(diagnostics),
            Some((items, _)) => items,
            None => Vec::new(),
        };
        let (items, mut diagnostics) = parser::parse(source);
        let Resolution { document, redefined, diagnostics: unresolved } = resolve::resolve(&items, &prelude);
        diagnostics.merge(unresolved);
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        if document.claims.is_empty() && document.measured.is_empty() {
            return Err(Diagnostic::new(
                Code::NothingToCheck,
                &Span::new(source, 0, 0),
                "no ```svpg block has a claim",
                "write network rwta(S, G, D, A) and a claim into a fenced block whose language is svpg",
            )
            .into());
        }
        Ok(Self { source: Arc::clone(source), items, prelude, document, redefined })
    }

    /// How often [`Chapter::check`] will tick.
    pub fn tasks(&self, plan: &Plan) -> usize {
        judge::tasks(&self.document, plan)
    }

    /// Checks every claim; `tick` is called after each piece of work.
    pub fn check(&self, plan: &Plan, tick: &(dyn Fn() + Sync)) -> ChapterReport {
        let mut report = ChapterReport {
            title: self.source.title().to_owned(),
            file: self.source.name().to_owned(),
            claims: Vec::new(),
            measured: Vec::new(),
            diagnostics: Vec::new(),
        };
        for judged in judge::check(&self.document, plan, tick) {
            report.claims.push(judged.claim);
            for diagnostic in judged.diagnostics {
                if !report.diagnostics.contains(&diagnostic) {
                    report.diagnostics.push(diagnostic);
                }
            }
        }
        report.measured.extend(self.document.measured.iter().map(|measured| MeasuredClaim {
            id: measured.id.clone(),
            title: measured.title.clone(),
            chapter: report.title.clone(),
            by: measured.by.clone(),
            place: measured.span.to_string(),
        }));
        report
    }

    /// Every mutant of every link and rule. They are many times as long as the chapter: make them where they are tried.
    ///
    /// # Errors
    /// None for a chapter that [`Chapter::new`] took.
    pub fn controls(&self) -> Result<Controls, Diagnostic> {
        let (document, resolved) =
            resolve::resolve_controls(&self.items, &self.prelude, controls(&self.items))?;
        Ok(Controls { document, resolved })
    }

    /// The names of its claims and measured statements.
    pub fn labels(&self) -> Vec<&str> {
        let claims = self.document.claims.iter().map(|claim| claim.id.as_str());
        claims.chain(self.document.measured.iter().map(|measured| measured.id.as_str())).collect()
    }

    /// The names of the prelude that it defines anew, in the order of its text.
    pub fn redefined(&self) -> &[Redefinition] {
        &self.redefined
    }

    /// The names of its rules.
    pub fn rules(&self) -> Vec<&str> {
        self.document.rules.keys().map(String::as_str).collect()
    }
}

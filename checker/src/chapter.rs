//! A chapter that is parsed and resolved, and its checks.

use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::export::{self, Statements};
use crate::judge::check::Check;
use crate::judge::controls::run;
use crate::judge::report::{ChapterReport, ControlReport, MeasuredClaim};
use crate::judge::setting::{Setting, primes};
use crate::language::ast::Item;
use crate::language::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::parser;
use crate::language::source::{Source, Span};
use crate::mathml::{self, Statement};
use crate::plan::Plan;
use crate::resolve::controls::{ResolvedControl, controls};
use crate::resolve::ir::{Document, RuleNode};
use crate::resolve::{self, Redefinition, Resolution};

/// A derivation file that parses, and whose names, index sets and rules resolve.
#[derive(Debug)]
pub struct Chapter {
    source: Arc<Source>,
    items: Vec<Item>,
    prelude: Vec<Item>,
    document: Document,
    /// SHA-256 of the text and of the prelude's text.
    text: [u64; 4],
    redefined: Vec<Redefinition>,
}

/// What a synapse must see to follow a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleReport {
    /// Name of the rule.
    pub name: String,
    /// True if a synapse sees all factors of the rule.
    pub local: bool,
    /// Number of synapses that the longest message of a factor crosses: 0 for the spikes and rates
    /// of the two neurons, 1 for a sum over their own synapses, and one more for each nested sum.
    /// `None` if the rule is not local.
    pub hops: Option<usize>,
    /// `file:line:column` of the rule.
    pub place: String,
}

/// The negative controls of a chapter: every mutant of every link and rule.
#[derive(Debug)]
pub struct Controls {
    document: Document,
    resolved: Vec<ResolvedControl>,
    /// SHA-256 of the text and of the prelude's text.
    text: [u64; 4],
}

/// SHA-256, as four words.
fn checksum(texts: &[&str]) -> [u64; 4] {
    let mut sha = Sha256::new();
    for text in texts {
        sha.update((text.len() as u64).to_le_bytes());
        sha.update(text);
    }
    let bytes = sha.finalize();
    std::array::from_fn(|word| (0..8).fold(0, |value, byte| value << 8 | u64::from(bytes[8 * word + byte])))
}

/// The key of all random choices. A change of the text changes the random points.
fn points_key(text: &[u64; 4], plan: &Plan) -> [u64; 4] {
    let [first, rest @ ..] = *text;
    let [second, third, fourth] = rest;
    [first, second, third, fourth ^ plan.seed]
}

impl Controls {
    /// The number of controls. [`Controls::run`] ticks once for each.
    pub fn count(&self) -> usize {
        self.resolved.len()
    }

    /// Tries to refute every control. Calls `tick` after each.
    pub fn run(&self, plan: &Plan, tick: &(dyn Fn() + Sync)) -> Vec<ControlReport> {
        let key = points_key(&self.text, plan);
        let primes = primes(&self.document, &key);
        let setting = Setting::new(&self.document, plan, &primes, key);
        run(&setting, &self.resolved, tick)
    }
}

impl Chapter {
    /// Reads a chapter. `prelude` is the file whose definitions `network` brings into scope.
    ///
    /// # Errors All errors of the file, in the order of its text. The first
    /// [`crate::MAX_DIAGNOSTICS`] are listed.
    pub fn new(source: &Arc<Source>, prelude: Option<&Arc<Source>>) -> Result<Self, Diagnostics> {
        let text = checksum(&[source.text(), prelude.map_or("", |prelude| prelude.text())]);
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
        Ok(Self { source: Arc::clone(source), items, prelude, document, text, redefined })
    }

    /// Number of times that [`Chapter::check`] calls `tick`.
    pub fn ticks(&self, plan: &Plan) -> usize {
        let key = points_key(&self.text, plan);
        Check::new(&self.document, plan, &primes(&self.document, &key), key).ticks()
    }

    /// Checks every claim. Calls `tick` after each unit of work.
    ///
    /// A claim that fails gets a counterexample: a network on which both sides differ.
    ///
    /// ```
    /// use svpg_check::{Chapter, Plan, Source, Verdict};
    ///
    /// let text = r#"
    /// # Softmax
    /// ~~~svpg
    /// network rwta(S, G, D, A)
    /// let z[i] = sum(k) U[k,i]*s[k] + b[i]
    /// let p[i] = softmax(z)[i]
    /// claim right "the derivative of a softmax"
    ///   for i, j: d p[i] / d b[j] = (circuit(i) == circuit(j)) * ((i == j)*p[i] - p[i]*p[j])
    /// claim wrong "without the diagonal"
    ///   for i, j: d p[i] / d b[j] = (circuit(i) == circuit(j)) * (0 - p[i]*p[j])
    /// ~~~
    /// "#;
    /// let chapter = Chapter::new(&Source::new("softmax.md", text), None)?;
    /// let report = chapter.check(&Plan::usual(1), &|| ());
    /// assert_eq!(report.claims[0].verdict, Verdict::Holds);
    /// assert_eq!(report.claims[1].verdict, Verdict::Refuted);
    /// let found = report.claims[1].counterexample.as_ref().expect("a refuted claim has one");
    /// assert_ne!(found.left, found.right);
    /// # Ok::<(), svpg_check::Diagnostics>(())
    /// ```
    pub fn check(&self, plan: &Plan, tick: &(dyn Fn() + Sync)) -> ChapterReport {
        let mut report = ChapterReport {
            title: self.source.title().to_owned(),
            file: self.source.name().to_owned(),
            claims: Vec::new(),
            measured: Vec::new(),
            diagnostics: Vec::new(),
        };
        let key = points_key(&self.text, plan);
        let primes = primes(&self.document, &key);
        for judged in Check::new(&self.document, plan, &primes, key).run(tick) {
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

    /// Every mutant of every link and rule. They take many times the memory of the chapter, so make
    /// them only when you run them.
    ///
    /// # Errors None for a chapter that [`Chapter::new`] accepted.
    pub fn controls(&self) -> Result<Controls, Diagnostic> {
        let (document, resolved) =
            resolve::resolve_controls(&self.items, &self.prelude, controls(&self.items))?;
        Ok(Controls { document, resolved, text: self.text })
    }

    /// The statements of the claims for Coq, about networks of every size.
    pub fn statements(&self) -> Statements {
        let count = |item: &Item| match item {
            Item::Let(_) => 1,
            Item::Rule(rule) => rule.lines.len(),
            _ => 0,
        };
        let prelude = self.prelude.iter().map(count).sum();
        export::statements(&self.document, prelude, self.source.name())
    }

    /// The statements of the chapter with their formulas as MathML, in the order of the text.
    pub fn formulas(&self) -> Vec<Statement> {
        mathml::statements(&self.items)
    }

    /// The ids of the claims and measured statements.
    pub fn labels(&self) -> Vec<&str> {
        let claims = self.document.claims.iter().map(|claim| claim.id.as_str());
        claims.chain(self.document.measured.iter().map(|measured| measured.id.as_str())).collect()
    }

    /// What a synapse must see to follow each rule.
    pub fn rule_reports(&self) -> Vec<RuleReport> {
        let report = |(name, rule): (&String, &RuleNode)| RuleReport {
            name: name.clone(),
            local: rule.local,
            hops: rule.local.then_some(rule.hops),
            place: rule.place.clone(),
        };
        self.document.rules.iter().map(report).collect()
    }

    /// The names of the prelude that the chapter redefines, in the order of its text.
    pub fn redefined(&self) -> &[Redefinition] {
        &self.redefined
    }

    /// The statements of the chapter and of the prelude.
    pub(crate) fn items(&self) -> (&[Item], &[Item]) {
        (&self.items, &self.prelude)
    }

    pub(crate) fn document(&self) -> &Document {
        &self.document
    }

    /// The file, as its source calls it.
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// SHA-256 of the text and of the prelude's text, in hexadecimal.
    pub fn checksum(&self) -> String {
        self.text.iter().map(|word| format!("{word:016x}")).collect()
    }

    /// The names of the rules.
    pub fn rules(&self) -> Vec<&str> {
        self.document.rules.keys().map(String::as_str).collect()
    }
}

//! The summary of many comparisons, by rule and block.

use super::{Block, Comparison, Tolerance};
use crate::Error;
use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// Largest number of failing answers for which causes are sought: one takes as long as many
/// comparisons.
const MAX_HINTED: usize = 100;
/// Largest number of lines that the summary lists one by one.
const MAX_LISTED: usize = 10;

/// The result of many comparisons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    schema: &'static str,
    /// Did every line pass?
    pub ok: bool,
    /// Number of lines.
    pub cases: usize,
    /// Number of answers that passed.
    pub passed: usize,
    /// Number of answers that failed.
    pub failed: usize,
    /// Number of answers among those that passed with a waived block.
    pub waived: usize,
    /// Number of lines without a comparison: bad input, or no fixed point.
    pub errors: usize,
    /// The tolerance.
    pub tolerance: Tolerance,
    /// The rules, in the order of their first case.
    pub rules: Vec<RuleSummary>,
    /// Number of failing answers for which causes were sought: the first ones.
    pub hinted: usize,
    /// Number of answers among them that no known cause explains.
    pub unexplained: usize,
    /// The causes, the most frequent first.
    pub hints: Vec<HintSummary>,
    /// The first lines without a comparison.
    pub first_errors: Vec<LineError>,
}

/// The comparisons of one rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleSummary {
    /// The level.
    pub level: u8,
    /// The rule; above level 0, what is compared.
    pub rule: String,
    /// Number of comparisons.
    pub cases: usize,
    /// Number of answers that passed.
    pub passed: usize,
    /// Number of answers that failed.
    pub failed: usize,
    /// Number of answers among those that passed with a waived block.
    pub waived: usize,
    /// When an entry passes; `None` if the answers have different criteria.
    pub criterion: Option<String>,
    /// The blocks that occur, in the order of a report.
    pub blocks: Vec<BlockSummary>,
}

/// The comparisons of one block of one rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockSummary {
    /// The block: [`Block::name`].
    pub name: String,
    /// Number of answers with this block.
    pub cases: usize,
    /// Number of answers in which it failed.
    pub failed: usize,
    /// Number of answers among those in which it was waived.
    pub waived: usize,
    /// Largest `|x − y|`.
    pub max_abs: f64,
    /// Largest `|x − y| / |y|`; `None` if an entry differs from a true 0.
    pub max_rel: Option<f64>,
    /// The line with the largest `|x − y|`, among the answers that fail if there are any.
    pub worst_line: usize,
    /// JSON path of the worst entry of that line.
    pub worst: String,
    #[serde(skip)]
    worst_abs: f64,
}

/// A cause and the answers that it explains.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HintSummary {
    /// The code of the cause.
    pub code: &'static str,
    /// The hint for the first of the answers.
    pub sentence: String,
    /// Number of answers.
    pub count: usize,
    /// The first of their lines.
    pub lines: Vec<usize>,
}

/// A line without a comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineError {
    /// The line.
    pub line: usize,
    /// `bad input` or `no fixed point`.
    pub verdict: String,
    /// What is wrong, where, and how to correct it.
    pub error: String,
}

impl Summary {
    /// A summary of no comparison.
    pub fn new(tolerance: Tolerance) -> Self {
        Self {
            schema: "svpg-summary/1",
            ok: true,
            cases: 0,
            passed: 0,
            failed: 0,
            waived: 0,
            errors: 0,
            tolerance,
            rules: Vec::new(),
            hinted: 0,
            unexplained: 0,
            hints: Vec::new(),
            first_errors: Vec::new(),
        }
    }

    /// The number of answers of a level that passed, of those that failed, and of those that passed
    /// with a waived block.
    pub fn of_level(&self, level: u8) -> [usize; 3] {
        let of_level = self.rules.iter().filter(|rule| rule.level == level);
        of_level.fold([0; 3], |[passed, failed, waived], rule| {
            [passed + rule.passed, failed + rule.failed, waived + rule.waived]
        })
    }

    /// The names of the blocks that occur, each once.
    pub fn block_names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for block in self.rules.iter().flat_map(|rule| &rule.blocks) {
            if !names.contains(&block.name.as_str()) {
                names.push(block.name.as_str());
            }
        }
        names
    }

    /// Should causes be sought for the next answer that fails?
    pub fn wants_hints(&self) -> bool {
        self.hinted < MAX_HINTED
    }

    /// Adds the comparison of a line.
    pub fn add(&mut self, line: usize, comparison: &Comparison) {
        let waived = usize::from(comparison.ok && comparison.blocks.iter().any(|block| block.waived));
        if (!comparison.ok || waived > 0) && comparison.level == 0 && self.wants_hints() {
            self.hinted += 1;
            self.unexplained += usize::from(comparison.hints.is_empty());
            for hint in &comparison.hints {
                self.add_hint(line, hint.code, &hint.sentence);
            }
        }
        let (passed, failed) = (usize::from(comparison.ok), usize::from(!comparison.ok));
        self.ok &= comparison.ok;
        self.cases += 1;
        self.passed += passed;
        self.failed += failed;
        self.waived += waived;
        let of_rule = found_or_pushed(
            &mut self.rules,
            |rule| (rule.level, &rule.rule) == (comparison.level, &comparison.rule),
            || RuleSummary {
                level: comparison.level,
                rule: comparison.rule.clone(),
                cases: 0,
                passed: 0,
                failed: 0,
                waived: 0,
                criterion: Some(comparison.criterion.clone()),
                blocks: Vec::new(),
            },
        );
        of_rule.cases += 1;
        of_rule.waived += waived;
        if of_rule.criterion.as_ref() != Some(&comparison.criterion) {
            of_rule.criterion = None;
        }
        of_rule.passed += passed;
        of_rule.failed += failed;
        for block in &comparison.blocks {
            found_or_pushed(
                &mut of_rule.blocks,
                |own| own.name == block.name,
                || BlockSummary {
                    name: block.name.clone(),
                    cases: 0,
                    failed: 0,
                    waived: 0,
                    max_abs: 0.0,
                    max_rel: Some(0.0),
                    worst_line: line,
                    worst: block.worst.clone(),
                    worst_abs: 0.0,
                },
            )
            .add(line, block);
        }
    }

    fn add_hint(&mut self, line: usize, code: &'static str, sentence: &str) {
        let own = found_or_pushed(
            &mut self.hints,
            |own| own.code == code,
            || HintSummary { code, sentence: sentence.to_owned(), count: 0, lines: Vec::new() },
        );
        own.count += 1;
        if own.lines.len() < MAX_LISTED {
            own.lines.push(line);
        }
        self.hints.sort_by_key(|hint| std::cmp::Reverse(hint.count));
    }

    /// Adds a line without a comparison.
    pub fn add_error(&mut self, line: usize, verdict: &str, error: &Error) {
        self.ok = false;
        self.cases += 1;
        self.errors += 1;
        if self.first_errors.len() < MAX_LISTED {
            let (verdict, error) = (verdict.to_owned(), error.to_string());
            self.first_errors.push(LineError { line, verdict, error });
        }
    }
}

impl BlockSummary {
    fn add(&mut self, line: usize, block: &Block) {
        let is_first_failure = self.failed == 0 && !block.passed;
        let is_rival = self.failed == 0 || !block.passed;
        if is_first_failure || is_rival && block.max_abs > self.worst_abs {
            (self.worst_line, self.worst, self.worst_abs) = (line, block.worst.clone(), block.max_abs);
        }
        self.cases += 1;
        self.failed += usize::from(!block.passed);
        self.waived += usize::from(block.waived);
        self.max_abs = self.max_abs.max(block.max_abs);
        self.max_rel = self.max_rel.zip(block.max_rel).map(|(own, other)| own.max(other));
    }
}

fn found_or_pushed<T>(items: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let at = items.iter().position(is_it).unwrap_or_else(|| {
        items.push(new());
        items.len() - 1
    });
    &mut items[at]
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.rules.is_empty() || self.rules.iter().any(|rule| rule.level == 0) {
            writeln!(f, "{}", self.tolerance)?;
        }
        for rule in &self.rules {
            let level = if rule.level == 0 { String::new() } else { format!("level {}: ", rule.level) };
            writeln!(f, "\n{level}{}: {} of {} pass", rule.rule, rule.passed, rule.cases)?;
            if rule.level > 0 {
                let criterion = rule.criterion.as_deref();
                writeln!(
                    f,
                    "  {}",
                    criterion.unwrap_or("the criteria differ: see the comparison of each answer")
                )?;
            }
            let width = rule.blocks.iter().map(|block| block.name.len()).max().unwrap_or(0).max(5);
            writeln!(
                f,
                "  {:width$}  {:>6}  {:>6}  {:>8}  {:>8}",
                "block", "cases", "failed", "max abs", "max rel"
            )?;
            for block in &rule.blocks {
                let max_rel = block.max_rel.map_or("-".to_owned(), |rel| format!("{rel:.1e}"));
                write!(
                    f,
                    "  {:width$}  {:>6}  {:>6}  {:>8}  {max_rel:>8}",
                    block.name,
                    block.cases,
                    block.failed,
                    format!("{:.1e}", block.max_abs)
                )?;
                if block.failed > 0 {
                    write!(f, "  worst: line {}, {}", block.worst_line, block.worst)?;
                }
                if block.waived > 0 {
                    write!(f, "  ({} waived)", block.waived)?;
                }
                writeln!(f)?;
            }
        }
        for LineError { line, verdict, error } in &self.first_errors {
            writeln!(f, "\nline {line}: {verdict}: {error}")?;
        }
        if self.errors > self.first_errors.len() {
            writeln!(f, "... {} more lines without an answer", self.errors - self.first_errors.len())?;
        }
        let verdict = if self.ok { "PASS" } else { "FAIL" };
        write!(f, "\n{verdict}  {} of {} pass", self.passed, self.cases)?;
        if self.waived > 0 {
            write!(f, ", {} of them with waivers", self.waived)?;
        }
        if self.failed > 0 {
            write!(f, ", {} fail", self.failed)?;
        }
        if self.errors > 0 {
            write!(f, ", {} without a comparison", self.errors)?;
        }
        for HintSummary { code, sentence, count, lines } in &self.hints {
            write!(f, "\nhint  {count} x {code}, first on line {}: {sentence}", lines[0])?;
        }
        if self.unexplained > 0 {
            write!(f, "\nno known cause explains {} of the failing answers", self.unexplained)?;
        }
        if self.of_level(0)[1] > self.hinted {
            write!(f, "\ncauses were sought for the first {} failing answers", self.hinted)?;
        }
        Ok(())
    }
}

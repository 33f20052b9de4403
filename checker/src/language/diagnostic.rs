//! Errors of a derivation: a stable code, a place, what is wrong, what to do.

use std::fmt;

use super::source::{Position, Span};
use crate::limits::MAX_DIAGNOSTICS;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal),* $(,)?) => {
        /// The stable codes of all errors of a derivation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $variant),* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant),*];

            /// The code as it is printed, for instance `D201`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code),* }
            }
        }
    };
}

codes! {
    /// The text does not follow the grammar.
    Syntax = "D101",
    /// A statement begins with a word that does not begin one.
    UnknownConstruct = "D102",
    /// A character, numeral, name or text that is not in the language.
    BadToken = "D103",
    /// No `svpg` block of the file has a claim.
    NothingToCheck = "D104",
    /// An expression that is nested too deeply or has too many levels.
    TooDeep = "D105",
    /// A name that is not defined.
    UnknownName = "D201",
    /// An index of another set than its place requires.
    WrongSet = "D202",
    /// Too few or too many arguments, or an expression of another kind than its place requires.
    WrongKind = "D203",
    /// An id or a name that is already used.
    Duplicate = "D204",
    /// A derivative with respect to something that is neither a parameter nor a definition with
    /// indices.
    NotATarget = "D206",
    /// A derivative inside a derivative.
    NestedDerivative = "D207",
    /// A statement before `network`, a second one, or a network of an unknown kind.
    Network = "D208",
    /// A condition that cannot be imposed on a network.
    UnknownCondition = "D209",
    /// A factor of a rule that its synapse cannot see.
    NotLocal = "D301",
    /// A rule that says `nonlocal` although all its factors are local.
    LocalAfterAll = "D302",
    /// Both sides of an equality are the same text.
    SameText = "D401",
    /// A claim without an instance on any shape.
    VacuousClaim = "D402",
    /// A sum, product or expectation that is empty on every shape.
    EmptySum = "D403",
    /// A derivative that is zero for every entry, at every point, on every shape.
    CannotMove = "D404",
    /// A division by zero at every point.
    DivisionByZero = "D501",
    /// More evaluation steps than the budget allows.
    Budget = "D502",
    /// An expression without a value at any point: the argument of a logarithm is not positive, or
    /// no fixed point is found.
    NoPoint = "D503",
    /// A `solve` whose equations are not affine or have no unique solution, at every point.
    NoSolution = "D504",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One error and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Stable code.
    pub code: Code,
    /// The place, if it has one.
    pub span: Option<Span>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Diagnostic {
    pub(crate) fn new(code: Code, span: &Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, span: Some(span.clone()), message: message.into(), help: help.into() }
    }

    /// The source line with a mark under the place, as three lines of text.
    pub fn snippet(&self) -> Option<String> {
        let span = self.span.as_ref()?;
        let Position { line, column } = span.position();
        let text = span.source().text().lines().nth(line - 1)?;
        let covered = span.source().text().get(span.range())?;
        let first = covered.lines().next().unwrap_or("");
        let width = first.chars().count().max(1);
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        let blank = " ".repeat(column - 1);
        let mark = "^".repeat(width);
        Some(format!("{margin} |\n{number} | {text}\n{margin} | {blank}{mark}\n"))
    }
}

impl fmt::Display for Diagnostic {
    /// One line: place, code, what is wrong, what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.span.as_ref().map_or_else(String::new, |span| format!("{span}: "));
        let line = format!("{place}{}: {}; {}", self.code, self.message, self.help);
        // The line may quote a file with control characters. None may reach a terminal.
        let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        f.write_str(&line.chars().map(printable).collect::<String>())
    }
}

impl std::error::Error for Diagnostic {}

/// The errors of one file, in the order of its text. The first [`MAX_DIAGNOSTICS`] are listed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics {
    listed: Vec<Diagnostic>,
    more: usize,
}

impl Diagnostics {
    /// The listed errors.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.listed.iter()
    }

    /// Number of errors that are not listed.
    pub fn more(&self) -> usize {
        self.more
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.listed.len() < MAX_DIAGNOSTICS {
            self.listed.push(diagnostic);
        } else {
            self.more += 1;
        }
    }

    /// Merges two lists, each in the order of the text.
    pub(crate) fn merge(&mut self, other: Diagnostics) {
        self.listed.extend(other.listed);
        self.listed.sort_by_key(|diagnostic| diagnostic.span.as_ref().map(|span| span.range().start));
        self.more += other.more + self.listed.len().saturating_sub(MAX_DIAGNOSTICS);
        self.listed.truncate(MAX_DIAGNOSTICS);
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { listed: vec![diagnostic], more: 0 }
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.listed.into_iter()
    }
}

impl fmt::Display for Diagnostics {
    /// One line for each error, and a last line if there are more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.listed.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{diagnostic}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

//! What is wrong with a derivation: a stable code, a place, a sentence, a remedy.

use std::fmt;

use super::source::Span;
use crate::limits::MAX_DIAGNOSTICS;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal),* $(,)?) => {
        /// The stable codes of everything that can be wrong with a derivation.
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
    /// A statement begins with a word that opens no statement.
    UnknownConstruct = "D102",
    /// A character, a numeral, a name or a text that the language does not have.
    BadToken = "D103",
    /// The file has no `svpg` block, or no claim in any.
    NothingToCheck = "D104",
    /// Nested deeper than the language allows.
    TooDeep = "D105",
    /// A name that nothing defines.
    UnknownName = "D201",
    /// An index that is not of the set that its place asks for.
    WrongSet = "D202",
    /// Too few or too many arguments, or a thing of another kind than its place asks for.
    WrongKind = "D203",
    /// An id or a name that is taken.
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
    /// A claim over no index at all, on every shape.
    VacuousClaim = "D402",
    /// A sum, product or expectation over nothing, on every shape.
    EmptySum = "D403",
    /// A derivative that is zero by every entry, at every point, on every shape.
    CannotMove = "D404",
    /// A division by zero at every point.
    DivisionByZero = "D501",
    /// More work than the budget allows.
    Budget = "D502",
    /// A logarithm of what is not positive, a fixed point that is not found: no point could be
    /// evaluated.
    NoPoint = "D503",
    /// A `solve` whose equations are not affine or have no unique solution, at every point.
    NoSolution = "D504",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that is wrong, and where.
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

    /// The source line with a mark under the place, as several lines of text.
    pub fn snippet(&self) -> Option<String> {
        let span = self.span.as_ref()?;
        let (line, column) = span.position();
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
    /// One line: place, code, what, remedy.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.span.as_ref().map_or_else(String::new, |span| format!("{span}: "));
        let line = format!("{place}{}: {}; {}", self.code, self.message, self.help);
        // What a file holds may be quoted here, control characters and all; none may reach a
        // terminal.
        let printable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        f.write_str(&line.chars().map(printable).collect::<String>())
    }
}

impl std::error::Error for Diagnostic {}

/// What is wrong with one file, in the order of its text: at least one thing, the first
/// [`MAX_DIAGNOSTICS`] in full.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnostics {
    listed: Vec<Diagnostic>,
    more: usize,
}

impl Diagnostics {
    /// The first ones.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.listed.iter()
    }

    /// How many there are beyond those listed.
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

    /// Both, in the order of the text. Each must be in that order already.
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
    /// One line each, and a last line where there are more.
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

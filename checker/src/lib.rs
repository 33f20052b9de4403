//! Checker for derivations about recurrent winner-take-all networks.
//!
//! A derivation is a Markdown chapter with `svpg` blocks: definitions, learning rules and claims.
//! Every link of every claim is checked on a range of small networks in three independent ways:
//! exactly, at random points modulo random primes; by finite differences in f64 with error bounds;
//! and with balls of 256 bits or more. The language is described in `docs/derivation-language.md`.
//!
//! ```
//! use svpg_check::{Chapter, Plan, Source, Verdict};
//!
//! let text = "# Softmax\n```svpg\nnetwork rwta(S, G, D, A)\nlet z[i] = sum(k) U[k,i]*s[k] + b[i]\n\
//!     claim N \"one winner per circuit\" for c: sum(i where circuit(i) == c) softmax(z)[i] = 1\n```\n";
//! let chapter = Chapter::new(&Source::new("softmax.md", text), None)?;
//! let report = chapter.check(&Plan::usual(1), &|| ());
//! assert_eq!(report.claims[0].verdict, Verdict::Holds);
//! # Ok::<(), svpg_check::Diagnostics>(())
//! ```

mod chapter;
mod evaluate;
mod export;
mod judge;
mod language;
mod limits;
mod mathml;
mod number;
mod plan;
mod program;
mod quantity;
mod resolve;

pub use chapter::{Chapter, Controls, RuleReport};
pub use evaluate::geometry::Shape;
pub use evaluate::point::Convention;
pub use export::{LeftOut, Statements};
pub use judge::report::*;
pub use language::diagnostic::{Code, Diagnostic, Diagnostics};
pub use language::source::{Position, Source, Span};
pub use language::words::nearest;
pub use limits::{MAX_DIAGNOSTICS, MAX_FILE};
pub use mathml::{Chain, Content, Statement};
pub use plan::Plan;
pub use program::{Drawn, Fault, FaultKind, Input, Program, RuleUpdate, Settle, Weighted};
pub use quantity::{Entry, Network, quantity};
pub use resolve::Redefinition;

/// The example of the page that a registry shows.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! The statements of a chapter as MathML Core, for pages that a browser shows.
//!
//! Every formula is one `<math>` element. Texts of the chapter inside it are escaped. The notation
//! follows the prose of the chapters:
//!
//! | chapter | formula |
//! | --- | --- |
//! | `W[i,j]`, `e(v)[i]` | indices below the name: `W` with `i,j`, `e` with `i` before `(v)` |
//! | `(i == j)` as a number | Iverson's bracket `[i = j]` |
//! | `svpg(v, A).b[i]` | `Δb` with `i` below and the rule above, then `(v, A)` |
//! | `E[v ~ q \| c] x` | `𝔼` with `v ∼ q, c` below, then `[x]` |
//! | `d f / d b[i]` | a fraction with `∂` |
//! | `qnext` | `q⁺` |

mod expression;
mod name;
mod tag;

use crate::language::ast::{
    Binders, Claim, Conventions, Definition, Expected, Formal, Item, Relation, RuleItem,
};
use expression::{binder, binders, sum};
use tag::{fenced, formula, mi, mo, msub, row};

/// A statement of a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Byte offset of its name in the text of the chapter.
    pub at: usize,
    /// What it says.
    pub content: Content,
}

/// The content of a statement. A formula is a `<math>` element; all other texts are plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The network, and the conventions in which the chapter is checked: `full`, `half` or `both`.
    Network(&'static str),
    /// A definition as an equation.
    Definition(String),
    /// A family of free numbers.
    Parameter {
        /// Its name with its indices.
        formula: String,
        /// Are the numbers positive?
        positive: bool,
    },
    /// A learning rule.
    Rule {
        /// Name of the rule.
        name: String,
        /// Its changes, one for each line.
        lines: Vec<String>,
    },
    /// A claim.
    Claim {
        /// Id.
        id: String,
        /// Title.
        title: String,
        /// Its conditions, as formulas.
        given: Vec<String>,
        /// Its chains.
        chains: Vec<Chain>,
        /// The expected verdict in lower case.
        expected: &'static str,
    },
    /// A statement that the program measures.
    Measured {
        /// Id.
        id: String,
        /// Title.
        title: String,
        /// Name of the measurement.
        by: String,
    },
}

/// `for …: first = second = …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The bound names with their sets and their condition, if any are written.
    pub binders: Option<String>,
    /// The first side.
    pub first: String,
    /// The other sides: a formula that begins with the relation, and the reason.
    pub links: Vec<(String, Option<String>)>,
}

/// The statements of a chapter, in the order of its text.
pub(crate) fn statements(items: &[Item]) -> Vec<Statement> {
    items.iter().filter_map(statement).collect()
}

fn statement(item: &Item) -> Option<Statement> {
    let (span, content) = match item {
        Item::Network { span, conventions } => {
            let conventions = match conventions {
                Conventions::Full => "full",
                Conventions::Half => "half",
                Conventions::Both => "both",
            };
            (span, Content::Network(conventions))
        }
        Item::Let(definition) => (&definition.span, Content::Definition(define(definition))),
        Item::Param(declaration) => {
            let formula = formula(&head(&declaration.name, &[], &declaration.indices));
            (&declaration.span, Content::Parameter { formula, positive: declaration.positive })
        }
        Item::Rule(rule) => (&rule.span, self::rule(rule)),
        Item::Claim(claim) => (&claim.id_span, self::claim(claim)),
        Item::Measured(measured) => {
            let (id, title, by) = (measured.id.clone(), measured.title.clone(), measured.by.clone());
            (&measured.id_span, Content::Measured { id, title, by })
        }
        Item::Broken(_) => return None,
    };
    Some(Statement { at: span.range().start, content })
}

/// `name(arguments)[indices]`
fn head(name: &str, arguments: &[Formal], indices: &[Formal]) -> String {
    let list = |formals: &[Formal]| {
        let one = |formal: &Formal| binder(&formal.binder, formal.family.as_ref());
        formals.iter().map(one).collect::<Vec<_>>().join(&mo(","))
    };
    let name = name::name(name);
    let name = if indices.is_empty() { name } else { msub(&name, &row(&list(indices))) };
    if arguments.is_empty() { name } else { name + &fenced("(", &list(arguments), ")") }
}

fn define(Definition { name, arguments, indices, body, .. }: &Definition) -> String {
    formula(&(head(name, arguments, indices) + &mo("=") + &sum(body)))
}

fn rule(RuleItem { name, arguments, lines, .. }: &RuleItem) -> Content {
    let line = |line: &crate::language::ast::RuleLine| {
        let indices = line.indices.iter().map(|index| binder(index, None)).collect::<Vec<_>>().join(&mo(","));
        let changed = mi("Δ") + &msub(&mi(line.parameter.letter()), &row(&indices));
        let arguments = if arguments.is_empty() { String::new() } else { head("", arguments, &[]) };
        formula(&(changed + &arguments + &mo("=") + &sum(&line.body)))
    };
    Content::Rule { name: name.clone(), lines: lines.iter().map(line).collect() }
}

fn claim(claim: &Claim) -> Content {
    let given = claim.given.iter().map(|condition| {
        let value = tag::mn(&condition.value.to_string());
        formula(&(name::name(&condition.name) + &mo("=") + &value))
    });
    let chain = |chain: &crate::language::ast::Chain| {
        let link = |link: &crate::language::ast::Link| {
            let relation = match link.relation {
                Relation::Equal => "=",
                Relation::LessEqual => "≤",
                Relation::GreaterEqual => "≥",
            };
            (formula(&(mo(relation) + &sum(&link.side))), link.because.clone())
        };
        let bound = !chain.binders.list.is_empty() || chain.binders.filter.is_some();
        Chain {
            binders: bound.then(|| formula(&quantified(&chain.binders))),
            first: formula(&sum(&chain.first)),
            links: chain.links.iter().map(link).collect(),
        }
    };
    let expected = match claim.expected {
        Expected::Holds => "holds",
        Expected::Refuted => "refuted",
        Expected::Unchecked => "unchecked",
        Expected::Sampled => "sampled",
    };
    Content::Claim {
        id: claim.id.clone(),
        title: claim.title.clone(),
        given: given.collect(),
        chains: claim.chains.iter().map(chain).collect(),
        expected,
    }
}

fn quantified(all: &Binders) -> String {
    mo("∀") + &binders(all)
}

#[cfg(test)]
mod tests;

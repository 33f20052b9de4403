//! The classes that a claim is tried in.

use super::classes::{Class, wirings};
use super::needs::Needs;
use super::scaling;
use super::shapes::{self, Chosen};
use crate::evaluate::point::{Convention, Wiring};
use crate::language::ast::Conventions;
use crate::plan::Plan;
use crate::resolve::ir::{ChainNode, Document, Given};

/// The classes of a claim, from small to large, and what they do not cover.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) chosen: Chosen,
    pub(crate) classes: Vec<Class>,
}

/// Bulk from which a claim that says the same in both conventions is tried in one of them.
const ONE_CONVENTION: usize = 48;

/// Chooses the classes for these chains.
///
/// `sparing`: one convention is enough on large shapes if both say the same.
pub(crate) fn scope(
    document: &Document,
    plan: &Plan,
    (given, chains): (&Given, &[ChainNode]),
    sparing: bool,
) -> Scope {
    let needs = Needs::of(document, given, chains);
    let mut chosen = shapes::choose(document, plan, chains, &needs);
    if plan.thorough {
        let usual = shapes::choose(document, &Plan::usual(plan.seed), chains, &needs);
        chosen.include(&usual);
    }
    let same_in_both = sparing && needs.convention && scaling::says_the_same_in_both(document, chains);
    let mut classes = Vec::new();
    for &shape in &chosen.shapes {
        let conventions: &[Convention] = match document.conventions {
            Conventions::Full => &[Convention::Full],
            Conventions::Half => &[Convention::Half],
            // A missing κ shows only in `half`.
            Conventions::Both if same_in_both && shape.bulk() >= ONE_CONVENTION => &[Convention::Half],
            Conventions::Both if needs.convention => &[Convention::Full, Convention::Half],
            Conventions::Both => &[Convention::Full],
        };
        let wirings = if needs.wiring {
            wirings(shape.hidden_circuits, needs.named, shapes::has_every_wiring(&needs, &shape))
        } else {
            [Wiring::full(shape.circuits())].into()
        };
        for &wiring in wirings.iter() {
            classes.extend(conventions.iter().map(|&convention| Class { shape, wiring, convention }));
        }
    }
    Scope { chosen, classes }
}

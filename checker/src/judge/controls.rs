//! Negative controls: every derivation link and every rule with one thing wrong must be refuted.
//!
//! A checker that accepts proves nothing unless it also rejects. A mutant that is refuted nowhere must be the same
//! function as the original, and that is checked in turn, exactly, on every shape.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::plan::Plan;
use super::report::ControlReport;
use super::tally::{self, COARSE};
use super::{BITS, exact_point, instances, point, scales};
use crate::evaluate::domain::Mode;
use crate::evaluate::exact::{ExactEvaluator, Size};
use crate::evaluate::geometry::Shape;
use crate::evaluate::high::{HighEvaluator, Precise, TOLERANCE};
use crate::evaluate::point::Point;
use crate::evaluate::{Evaluator, Outcome, Trouble};
use crate::language::ast::*;
use crate::language::mutate::{Mutant, is_zero, mutants};
use crate::resolve::ir::{ChainNode, Document, Given};
use crate::resolve::locality::contains;
use crate::resolve::sort::Sort;

/// A mutant in the form of claims, of which one must fail.
pub(crate) struct Control {
    pub(crate) id: String,
    pub(crate) mutation: String,
    pub(crate) text: String,
    pub(crate) rule: Option<RuleItem>,
    pub(crate) claims: Vec<Claim>,
    /// `mutated side = original side`, to be checked where no claim fails.
    pub(crate) same: Vec<Claim>,
}

/// All mutants of the equalities that are expected to hold, be it as samples, and of all rules.
pub(crate) fn controls(items: &[Item]) -> Vec<Control> {
    let mut found = Vec::new();
    for item in items {
        match item {
            Item::Claim(claim) if matches!(claim.expected, Expected::Holds | Expected::Sampled) => {
                of_claim(claim, &mut found);
            }
            Item::Rule(rule) => of_rule(rule, items, &mut found),
            _ => {}
        }
    }
    found
}

fn unit_names(names: impl Iterator<Item = String>) -> Vec<String> {
    names.filter(|name| matches!(name.chars().next(), Some('i' | 'j' | 'l' | 'm' | 'h'))).collect()
}

fn of_claim(claim: &Claim, found: &mut Vec<Control>) {
    for (number, chain) in claim.chains.iter().enumerate() {
        let units = unit_names(chain.binders.list.iter().map(|binder| binder.name.clone()));
        let sides: Vec<&Expr> =
            std::iter::once(&chain.first).chain(chain.links.iter().map(|link| &link.side)).collect();
        if chain.links.iter().any(|link| link.relation != Relation::Equal) {
            continue;
        }
        for (at, side) in sides.iter().enumerate() {
            let neighbour = if at == 0 { sides[1] } else { sides[at - 1] };
            let scaled = !is_zero(neighbour);
            for (count, Mutant { mutation, expr }) in mutants(side, &units, scaled).into_iter().enumerate() {
                found.push(Control {
                    id: format!("{}/{number}.{at}.{count}", claim.id),
                    mutation,
                    text: format!("{expr} = {neighbour}"),
                    rule: None,
                    claims: vec![link_claim(claim, chain, &expr, neighbour)],
                    same: vec![link_claim(claim, chain, &expr, side)],
                });
            }
        }
    }
}

fn link_claim(claim: &Claim, chain: &Chain, left: &Expr, right: &Expr) -> Claim {
    let link = Link { relation: Relation::Equal, side: right.clone(), because: None };
    let (binders, span) = (chain.binders.clone(), chain.span.clone());
    with_chains(claim, vec![Chain { binders, first: left.clone(), links: vec![link], span }])
}

/// The same claim about other chains. Its own are not copied: each of a thousand links has mutants.
fn with_chains(claim: &Claim, chains: Vec<Chain>) -> Claim {
    Claim {
        id: claim.id.clone(),
        id_span: claim.id_span.clone(),
        title: claim.title.clone(),
        given: claim.given.clone(),
        expected: claim.expected,
        chains,
    }
}

fn of_rule(rule: &RuleItem, items: &[Item], found: &mut Vec<Control>) {
    let judges: Vec<&Claim> = items
        .iter()
        .filter_map(|item| match item {
            Item::Claim(claim) if claim.expected == Expected::Holds && mentions(claim, &rule.name) => {
                Some(claim)
            }
            _ => None,
        })
        .collect();
    for (line, content) in rule.lines.iter().enumerate() {
        let units = unit_names(content.indices.iter().map(|binder| binder.name.clone()));
        for (count, Mutant { mutation, expr }) in mutants(&content.body, &units, true).into_iter().enumerate()
        {
            let letter = content.parameter.letter();
            let name = format!("{}'{letter}{count}", rule.name);
            let mut changed = rule.clone();
            changed.name.clone_from(&name);
            changed.lines[line].body = expr.clone();
            let renamed = judges.iter().map(|claim| with_rule(claim, &rule.name, &name)).collect();
            found.push(Control {
                id: format!("{}.{letter}.{count}", rule.name),
                mutation,
                text: format!("{letter}[…] += {expr}"),
                rule: Some(changed),
                claims: renamed,
                same: judges
                    .first()
                    .map(|claim| same_line(claim, rule, content, &name))
                    .into_iter()
                    .collect(),
            });
        }
    }
}

/// `changed.W[i,j] = rule.W[i,j]`, for all indices and configurations; any number and any activity will do.
fn same_line(judge: &Claim, rule: &RuleItem, line: &RuleLine, changed: &str) -> Claim {
    let span = &line.span;
    let name = |name: &str| Expr::new(Kind::Name(name.to_owned()), span.clone());
    let arguments: Vec<Expr> = rule
        .arguments
        .iter()
        .map(|formal| match (&formal.family, Sort::of_letter(&formal.binder.name)) {
            (Some(family), _) if family.name == "number" => name("A"),
            (Some(_), _) => name("q"),
            (None, Some(_)) => name(&formal.binder.name),
            (None, None) => name("A"),
        })
        .collect();
    let arguments = (!arguments.is_empty()).then_some(arguments);
    let side = |rule: &str| {
        let reference =
            Kind::Rule { name: rule.to_owned(), arguments: arguments.clone(), parameter: line.parameter };
        let indices = line.indices.iter().map(|binder| name(&binder.name)).collect();
        Expr::new(Kind::Index(Expr::new(reference, span.clone()), indices), span.clone())
    };
    let link = Link { relation: Relation::Equal, side: side(&rule.name), because: None };
    let chain = Chain {
        binders: Binders { list: line.indices.clone(), filter: None },
        first: side(changed),
        links: vec![link],
        span: span.clone(),
    };
    Claim { chains: vec![chain], given: vec![], ..judge.clone() }
}

fn mentions(claim: &Claim, rule: &str) -> bool {
    let is = |kind: &Kind| matches!(kind, Kind::Rule { name, .. } if name == rule);
    claim
        .chains
        .iter()
        .any(|chain| contains(&chain.first, &is) || chain.links.iter().any(|link| contains(&link.side, &is)))
}

fn with_rule(claim: &Claim, from: &str, to: &str) -> Claim {
    fn rename(expr: &mut Expr, from: &str, to: &str) {
        if let Kind::Rule { name, .. } = &mut *expr.kind
            && name == from
        {
            to.clone_into(name);
        }
        expr.children_mut().into_iter().for_each(|child| rename(child, from, to));
    }
    let mut claim = claim.clone();
    for chain in &mut claim.chains {
        rename(&mut chain.first, from, to);
        chain.links.iter_mut().for_each(|link| rename(&mut link.side, from, to));
    }
    claim
}

/// A control whose claims were resolved; indices into the document's claims.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) id: String,
    pub(crate) mutation: String,
    pub(crate) text: String,
    pub(crate) claims: Vec<usize>,
    pub(crate) same: Vec<usize>,
}

/// Controls that share evaluators, and with them all values that they have in common.
const TOGETHER: usize = 24;

/// Points for a shape: both conventions, with and without gaps in the wiring.
const POINTS: usize = 4;

/// A control on its way from stage to stage.
struct Pending<'a> {
    control: &'a Resolved,
    refuted: bool,
    /// No point has told it from the original.
    same: bool,
    /// A comparison of numbers had a part in it, so that the size of the entries may tell.
    unsettled: bool,
}

/// Tries to refute every control.
pub(crate) fn run(
    document: &Document,
    plan: &Plan,
    resolved: &[Resolved],
    tick: &(dyn Fn() + Sync),
) -> Vec<ControlReport> {
    let mut groups: BTreeMap<Given, Vec<usize>> = BTreeMap::new();
    for (at, control) in resolved.iter().enumerate() {
        groups.entry(document.claims[control.claims[0]].given).or_default().push(at);
    }
    let chunks: Vec<&[usize]> = groups.values().flat_map(|group| group.chunks(TOGETHER)).collect();
    let mut reports: Vec<(usize, ControlReport)> =
        chunks.par_iter().flat_map_iter(|chunk| together(document, plan, resolved, chunk, tick)).collect();
    reports.sort_by_key(|(at, _)| *at);
    reports.into_iter().map(|(_, report)| report).collect()
}

fn together(
    document: &Document,
    plan: &Plan,
    resolved: &[Resolved],
    chunk: &[usize],
    tick: &(dyn Fn() + Sync),
) -> Vec<(usize, ControlReport)> {
    let mut pending: Vec<Pending<'_>> = chunk
        .iter()
        .map(|&at| Pending {
            control: &resolved[at],
            refuted: false,
            same: !resolved[at].same.is_empty(),
            unsettled: false,
        })
        .collect();
    // Begin where most mistakes show: with several circuits of several units.
    let middle = plan.shapes.len() / 2;
    for shape_number in (middle..plan.shapes.len()).chain(0..middle) {
        for number in 0..POINTS {
            stage(document, plan, shape_number, number, &mut pending);
        }
    }
    for pending in pending.iter_mut().filter(|pending| pending.unsettled) {
        at_scale(document, plan, pending);
    }
    let reports = chunk.iter().zip(pending).map(|(&at, pending)| {
        tick();
        (at, pending.report())
    });
    reports.collect()
}

impl Pending<'_> {
    fn report(self) -> ControlReport {
        let equivalent = !self.refuted && self.same;
        ControlReport {
            id: self.control.id.clone(),
            mutation: self.control.mutation.clone(),
            mutant: self.control.text.clone(),
            refuted: self.refuted,
            equivalent: equivalent.then(|| "equal to the original at every point of every shape".to_owned()),
        }
    }
}

/// Tries all that is left at one point.
fn stage(document: &Document, plan: &Plan, shape_number: usize, number: usize, pending: &mut [Pending<'_>]) {
    let mut left: Vec<&mut Pending<'_>> = pending.iter_mut().filter(|pending| !pending.refuted).collect();
    let Some(first) = left.first() else { return };
    let given = document.claims[first.control.claims[0]].given;
    let shape = plan.shapes[shape_number];
    let point = point(document, shape, given, plan.seed, shape_number, number);
    try_at(document, plan, (&shape, &point, Size::Bits(BITS)), TOLERANCE, &mut left);
}

/// Tries one at entries of other sizes, until it is refuted.
fn at_scale(document: &Document, plan: &Plan, pending: &mut Pending<'_>) {
    let claims = &pending.control.claims;
    let given = document.claims[claims[0]].given;
    let chains = claims.iter().flat_map(|&claim| &document.claims[claim].chains);
    let landmarks = scales::landmarks(document, chains);
    for (shape_number, &shape) in plan.shapes.iter().enumerate() {
        for (point, size) in scales::points(document, plan, shape, given, shape_number, &landmarks) {
            if pending.refuted {
                return;
            }
            try_at(document, plan, (&shape, &point, size), COARSE, &mut [&mut *pending]);
        }
    }
}

/// A control is refuted by a difference of fractions and one of 256 bits.
fn try_at(
    document: &Document,
    plan: &Plan,
    at: (&Shape, &Point, Size),
    tolerance: f64,
    pending: &mut [&mut Pending<'_>],
) {
    let (shape, point, _) = at;
    let mut found: Vec<(bool, bool, bool)> = Vec::new();
    exact_point(document, plan, at, &mut Vec::new(), &mut |ev| {
        found.clear();
        for pending in pending.iter() {
            let (refuted, unsettled) = ev.watched(|ev| any_differs(ev, &pending.control.claims))?;
            let changed = any_differs(ev, &pending.control.same)?;
            found.push((refuted, changed, unsettled));
        }
        Ok(())
    });
    let mut precise = Evaluator::new(document, shape, Precise::domain(point.clone()), plan.budget);
    for (pending, (refuted, changed, unsettled)) in pending.iter_mut().zip(found) {
        pending.same &= !changed;
        pending.unsettled |= unsettled;
        pending.refuted = refuted
            && pending.control.claims.iter().any(|&claim| {
                let chains = &document.claims[claim].chains;
                chains.iter().any(|chain| differs_really(&mut precise, chain, tolerance))
            });
    }
}

/// Some link of some of the claims differs, in fractions. One without a value here may have one elsewhere.
fn any_differs(ev: &mut ExactEvaluator<'_>, claims: &[usize]) -> Outcome<bool> {
    let document = ev.document;
    for chain in claims.iter().flat_map(|&claim| &document.claims[claim].chains) {
        ev.renew_budget();
        ev.domain.backend.renew_budget();
        match differs(ev, chain) {
            Ok(true) => return Ok(true),
            Err(Trouble::Again) => return Err(Trouble::Again),
            Ok(false) | Err(_) => {}
        }
    }
    Ok(false)
}

/// Some link differs for some indices, in fractions.
fn differs(ev: &mut ExactEvaluator<'_>, chain: &ChainNode) -> Outcome<bool> {
    for frame in instances(ev, chain)? {
        let sides: Outcome<Vec<_>> =
            chain.sides.iter().map(|&side| ev.eval(side, &mut frame.clone(), Mode::BASE)).collect();
        match sides {
            Ok(sides) if sides.windows(2).any(|pair| pair[0].value.value != pair[1].value.value) => {
                return Ok(true);
            }
            Err(trouble) if !trouble.is_of_one_instance() => return Err(trouble),
            _ => {}
        }
    }
    Ok(false)
}

/// Some link differs for some indices, with 256 bits.
fn differs_really(ev: &mut HighEvaluator<'_>, chain: &ChainNode, tolerance: f64) -> bool {
    ev.renew_budget();
    let Ok(frames) = instances(ev, chain) else { return false };
    frames.iter().any(|frame| {
        (0..chain.links.len()).any(|at| {
            let mut side = |at: usize| ev.eval(chain.sides[at], &mut frame.clone(), Mode::BASE);
            match (side(at), side(at + 1)) {
                (Ok(left), Ok(right)) => {
                    tally::excess(&left.value, &right.value, chain.links[at].relation) > tolerance
                }
                _ => false,
            }
        })
    })
}

//! Negative controls: every derivation link and every rule with one thing wrong must be refuted.
//!
//! A checker that accepts proves nothing unless it also rejects. A mutant that is refuted nowhere
//! must be the same function as the original, and that is checked in turn, exactly, on every shape.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::classes::Class;
use super::precisely::{Found, Precisely};
use super::report::ControlReport;
use super::representatives::{reads_places, representatives};
use super::{Setting, evaluated, exactly, instances, scales, scope, takes_logarithms};
use crate::evaluate::domain::Mode;
use crate::evaluate::exact::ExactEvaluator;
use crate::evaluate::observations::Observations;
use crate::evaluate::point::Point;
use crate::evaluate::{EvalError, Frame, Outcome};
use crate::language::ast::*;
use crate::language::mutate::{Mutant, is_zero, mutants};
use crate::resolve::ir::{ChainNode, ClaimNode, Document, Given};
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

/// `changed.W[i,j] = rule.W[i,j]`, for all indices and configurations; any number and any activity
/// will do.
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

/// The classes in which every control is tried first, in small groups: most are refuted there.
const FIRST: usize = 3;

/// Most classes in which a control is compared with its original.
const SAME: usize = 32;

/// The claims of a control that share a condition, on their way from class to class.
#[derive(Default)]
struct Pending {
    /// The control.
    at: usize,
    claims: Vec<usize>,
    same_claims: Vec<usize>,
    refuted: bool,
    /// No point has told it from the original.
    same: bool,
    /// A comparison of numbers had a part in it, so that the size of the entries may tell.
    open: bool,
    /// Places of units or states are read.
    places: bool,
    logarithms: bool,
}

/// Tries to refute every control.
pub(crate) fn run(
    setting: &Setting<'_>,
    resolved: &[Resolved],
    tick: &(dyn Fn() + Sync),
) -> Vec<ControlReport> {
    let document = setting.document;
    // Each claim is tried under its own condition.
    let mut groups: BTreeMap<(&Given, &str), BTreeMap<usize, Pending>> = BTreeMap::new();
    for (at, control) in resolved.iter().enumerate() {
        let origin = control.id.split(['/', '.']).next().unwrap_or_default();
        let mut group = |claim: usize, same: bool| {
            let group = groups.entry((&document.claims[claim].given, origin)).or_default();
            let fresh = || Pending { at, same: true, ..Pending::default() };
            let pending = group.entry(at).or_insert_with(fresh);
            for chain in &document.claims[claim].chains {
                let nodes = evaluated(document, chain);
                pending.places |= reads_places(document, &nodes);
                pending.logarithms |= takes_logarithms(document, &nodes);
            }
            if same { &mut pending.same_claims } else { &mut pending.claims }.push(claim);
        };
        control.claims.iter().for_each(|&claim| group(claim, false));
        control.same.iter().for_each(|&claim| group(claim, true));
    }
    let mut groups: Vec<Vec<Pending>> =
        groups.into_values().map(|group| group.into_values().collect()).collect();
    groups.par_iter_mut().for_each(|group| {
        group.par_chunks_mut(TOGETHER).for_each(|chunk| {
            try_in_classes(setting, &mut chunk.iter_mut().collect::<Vec<_>>(), 0, FIRST);
        });
        let mut left: Vec<&mut Pending> = group.iter_mut().filter(|pending| !pending.refuted).collect();
        left.par_chunks_mut(4 * TOGETHER).for_each(|chunk| {
            try_in_classes(setting, chunk, FIRST, usize::MAX);
            chunk.iter_mut().for_each(|pending| at_scale(setting, pending));
        });
    });
    let mut reports: Vec<(bool, bool)> =
        resolved.iter().map(|control| (false, !control.same.is_empty())).collect();
    for Pending { at, refuted, same, open, .. } in groups.into_iter().flatten() {
        reports[at].0 |= refuted;
        reports[at].1 &= same && !open;
    }
    let reports = resolved.iter().zip(reports).map(|(control, (refuted, same))| {
        tick();
        ControlReport {
            id: control.id.clone(),
            mutation: control.mutation.clone(),
            mutant: control.text.clone(),
            refuted,
            equivalent: (!refuted && same).then(|| "equal to the original in every class tried".to_owned()),
        }
    });
    reports.collect()
}

/// The claim whose classes count for a control.
fn first_claim<'a>(document: &'a Document, pending: &Pending) -> &'a ClaimNode {
    let first = pending.claims.first().or(pending.same_claims.first());
    &document.claims[first.copied().unwrap_or_default()]
}

/// Tries controls with one condition in their classes, from one number to another.
fn try_in_classes(setting: &Setting<'_>, all: &mut [&mut Pending], from: usize, to: usize) {
    let document = setting.document;
    let Some(first) = all.first() else { return };
    let first = first_claim(document, first);
    let scope = scope(document, setting.plan, (&first.given, &first.chains), false);
    let logarithms = all.iter().any(|pending| pending.logarithms);
    // Begin where most mistakes show: with several circuits of several units. What is the original
    // in another form shows nowhere; what is something else, and true in some classes, is looked
    // for in all of them.
    let (few, others): (Vec<Class>, Vec<Class>) = scope.classes.iter().partition(|class| class.is_typical());
    let few: Vec<Class> = few.iter().step_by(few.len().div_ceil(SAME).max(1)).copied().collect();
    let middle = few.len() / 2;
    let few = few[middle..].iter().chain(&few[..middle]).map(|class| (class, true));
    let classes = few.chain(others.iter().map(|class| (class, false)));
    for (class, every) in classes.skip(from).take(to - from) {
        let open = |pending: &&mut &mut Pending| {
            !pending.refuted && !pending.open && (every || !pending.same || pending.same_claims.is_empty())
        };
        let mut left: Vec<&mut Pending> = all.iter_mut().filter(open).map(|pending| &mut **pending).collect();
        if !left.is_empty() {
            try_in(setting, class, &setting.point(&first.given, class, 0), logarithms, &mut left);
        }
    }
}

/// Tries a control whose truth may depend on the size of the entries, at other sizes, until it is
/// refuted.
fn at_scale(setting: &Setting<'_>, pending: &mut Pending) {
    if !pending.open || pending.refuted {
        return;
    }
    let document = setting.document;
    let first = first_claim(document, pending);
    let (given, classes) =
        (&first.given, scope(document, setting.plan, (&first.given, &first.chains), false).classes);
    let chains = || pending.claims.iter().flat_map(|&claim| &document.claims[claim].chains);
    let landmarks = scales::landmarks(document, chains());
    for class in &classes {
        let usual = std::iter::once(setting.point(given, class, 0));
        for point in
            usual.chain(scales::points(setting, class, given, &landmarks, scales::share(classes.len())))
        {
            let mut precise = Precisely::new(setting, class, point);
            for chain in chains() {
                let frames = instances(precise.evaluator(), chain).unwrap_or_default();
                for frame in frames.iter().take(INSTANCES) {
                    if differs_really(&mut precise, chain, frame, false) {
                        pending.refuted = true;
                        return;
                    }
                }
            }
        }
    }
}

/// Instances that are tried at a point of another size.
const INSTANCES: usize = 16;

/// A control is refuted by a difference in the exact tier and one of balls.
///
/// `logarithms`: whether one of them takes any.
fn try_in(
    setting: &Setting<'_>,
    class: &Class,
    point: &Point,
    logarithms: bool,
    pending: &mut [&mut Pending],
) {
    let document = setting.document;
    let mut found: Vec<(Differing, bool, bool)> = Vec::new();
    let mut learned = exactly::Growth::USUAL.learned(&class.shape, logarithms);
    let observations = &mut Observations::default();
    exactly::at_point(
        setting,
        class,
        (point, exactly::MAX_RESTARTS),
        &mut learned,
        observations,
        &mut |ev| {
            found.clear();
            for pending in pending.iter() {
                let mut open = false;
                let refuted = first_difference(ev, &pending.claims, pending.places, &mut open)?;
                let changed = match refuted {
                    None => first_difference(ev, &pending.same_claims, pending.places, &mut open)?.is_some(),
                    Some(_) => true,
                };
                found.push((refuted, changed, open));
            }
            Ok(())
        },
    );
    let mut precise = Precisely::new(setting, class, point.clone());
    for (pending, (differing, changed, open)) in pending.iter_mut().zip(found) {
        pending.same &= !changed;
        pending.open |= open;
        if let Some((claim, chain, frame)) = differing {
            let chain = &document.claims[claim].chains[chain];
            pending.refuted = differs_really(&mut precise, chain, &frame, true);
        }
    }
}

/// A claim, a chain of it, and the indices for which a link differs.
type Differing = Option<(usize, usize, Frame)>;

/// The first link of the claims that differs in the exact tier. One without a value here may have
/// one elsewhere.
fn first_difference(
    ev: &mut ExactEvaluator<'_>,
    claims: &[usize],
    places: bool,
    open: &mut bool,
) -> Outcome<Option<(usize, usize, Frame)>> {
    let document = ev.document;
    for &claim in claims {
        for (at, chain) in document.claims[claim].chains.iter().enumerate() {
            ev.renew_budget();
            ev.domain.backend.renew_budget();
            let frames = match representatives(ev, chain, places) {
                Ok(frames) => frames,
                Err(EvalError::Again) => return Err(EvalError::Again),
                Err(trouble) => {
                    *open |= matches!(trouble, EvalError::Open(_));
                    continue;
                }
            };
            for frame in frames {
                let mut last = None;
                for &side in &chain.sides {
                    let value = match ev.eval(side, &mut frame.clone(), Mode::BASE) {
                        Ok(value) => Some(value.value.value),
                        Err(EvalError::Again) => return Err(EvalError::Again),
                        Err(trouble) => {
                            *open |= matches!(trouble, EvalError::Open(_));
                            None
                        }
                    };
                    if let (Some(last), Some(value)) = (last, value)
                        && last != value
                    {
                        return Ok(Some((claim, at, frame)));
                    }
                    last = value;
                }
            }
        }
    }
    Ok(None)
}

/// Some link differs surely. `exactly`: the exact tier finds so.
fn differs_really(precise: &mut Precisely<'_>, chain: &ChainNode, frame: &Frame, exactly: bool) -> bool {
    (0..chain.links.len()).any(|link| matches!(precise.link(chain, link, frame, exactly), Found::Apart(..)))
}

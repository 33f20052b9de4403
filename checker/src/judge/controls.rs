//! Negative controls: every link and every rule with one mistake must be refuted.
//!
//! A checker that only accepts proves nothing. A mutant that is not refuted must be the same
//! function as the original; the exact tier checks that on every shape.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::classes::Class;
use super::instances::instances;
use super::precisely::{Found, Precisely};
use super::report::ControlReport;
use super::representatives::{reads_positions, representatives};
use super::scope::scope;
use super::setting::Setting;
use super::{exactly, scales};
use crate::evaluate::exact::ExactEvaluator;
use crate::evaluate::mode::Mode;
use crate::evaluate::observations::Observations;
use crate::evaluate::point::Point;
use crate::evaluate::{EvalError, Frame, Outcome};
use crate::resolve::controls::ResolvedControl;
use crate::resolve::ir::{ChainNode, ClaimNode, Document, Given};
use crate::resolve::walk::{evaluated, takes_logarithms};

/// Number of controls that share an evaluator and its cache.
const TOGETHER: usize = 24;

/// Number of classes in which every control is tried first, in small groups. Most are refuted
/// there.
const FIRST: usize = 3;

/// Largest number of classes in which a control is compared with its original.
const SAME: usize = 32;

/// The claims of a control with one condition, and the results so far.
#[derive(Default)]
struct Pending {
    /// Index of the control.
    at: usize,
    claims: Vec<usize>,
    same_claims: Vec<usize>,
    refuted: bool,
    /// It equals the original at every point so far.
    same: bool,
    /// A comparison of numbers decides a branch, so entries of another size may refute it.
    open: bool,
    /// It reads positions of units or states.
    positions: bool,
    logarithms: bool,
}

/// Tries to refute every control.
pub(crate) fn run(
    setting: &Setting<'_>,
    resolved: &[ResolvedControl],
    tick: &(dyn Fn() + Sync),
) -> Vec<ControlReport> {
    let document = setting.document;
    // Each claim is tried with its own condition.
    let mut groups: BTreeMap<(&Given, &str), BTreeMap<usize, Pending>> = BTreeMap::new();
    for (at, control) in resolved.iter().enumerate() {
        let origin = control.id.split(['/', '.']).next().unwrap_or_default();
        let mut group = |claim: usize, same: bool| {
            let group = groups.entry((&document.claims[claim].given, origin)).or_default();
            let fresh = || Pending { at, same: true, ..Pending::default() };
            let pending = group.entry(at).or_insert_with(fresh);
            for chain in &document.claims[claim].chains {
                let nodes = evaluated(document, chain);
                pending.positions |= reads_positions(document, &nodes);
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

/// The claim that decides the classes of a control.
fn first_claim<'a>(document: &'a Document, pending: &Pending) -> &'a ClaimNode {
    let first = pending.claims.first().or(pending.same_claims.first());
    &document.claims[first.copied().unwrap_or_default()]
}

/// Tries controls with one condition in their classes number `from` to `to`.
fn try_in_classes(setting: &Setting<'_>, all: &mut [&mut Pending], from: usize, to: usize) {
    let document = setting.document;
    let Some(first) = all.first() else { return };
    let first = first_claim(document, first);
    let scope = scope(document, setting.plan, (&first.given, &first.chains), false);
    let logarithms = all.iter().any(|pending| pending.logarithms);
    // Begin with several circuits of several units, where most mistakes show. A mutant that may
    // equal the original is tried in a few classes; one that differs but is not refuted is tried in
    // all.
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

/// Tries a control that may depend on the size of the entries at other sizes, until it is refuted.
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

/// Number of instances that are tried at a point of another size.
const INSTANCES: usize = 16;

/// Refutes a control if the exact tier and balls find a difference.
///
/// `logarithms`: one of the controls has logarithms.
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
                let refuted = first_difference(ev, &pending.claims, pending.positions, &mut open)?;
                let changed = match refuted {
                    None => {
                        first_difference(ev, &pending.same_claims, pending.positions, &mut open)?.is_some()
                    }
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

/// The first link of the claims that differs in the exact tier. A link without a value here is left
/// out.
fn first_difference(
    ev: &mut ExactEvaluator<'_>,
    claims: &[usize],
    positions: bool,
    open: &mut bool,
) -> Outcome<Option<(usize, usize, Frame)>> {
    let document = ev.document;
    for &claim in claims {
        for (at, chain) in document.claims[claim].chains.iter().enumerate() {
            ev.renew_budget();
            ev.domain.backend.renew_budget();
            let frames = match representatives(ev, chain, positions) {
                Ok(frames) => frames,
                Err(EvalError::Again) => return Err(EvalError::Again),
                Err(error) => {
                    *open |= matches!(error, EvalError::Open(_));
                    continue;
                }
            };
            for frame in frames {
                let mut last = None;
                for &side in &chain.sides {
                    let value = match ev.eval(side, &mut frame.clone(), Mode::BASE) {
                        Ok(value) => Some(value.value.value),
                        Err(EvalError::Again) => return Err(EvalError::Again),
                        Err(error) => {
                            *open |= matches!(error, EvalError::Open(_));
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

/// Balls find that a link differs. `exactly`: the exact tier found a difference.
fn differs_really(precise: &mut Precisely<'_>, chain: &ChainNode, frame: &Frame, exactly: bool) -> bool {
    (0..chain.links.len()).any(|link| matches!(precise.link(chain, link, frame, exactly), Found::Apart(..)))
}

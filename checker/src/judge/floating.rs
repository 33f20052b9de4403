//! The two floating-point tiers in one class, and the confirmation of differences by balls.

use super::classes::Class;
use super::differences::Differences;
use super::exactly::ExactChain;
use super::instances::{chosen, instances};
use super::precisely::{Found, Precisely};
use super::setting::{Keyed, Setting};
use super::tally::{ChainTally, Indices, LinkTally};
use super::{reasons, scales};
use crate::evaluate::observations::Observations;
use crate::evaluate::{EvalError, Frame};
use crate::language::ast::Relation;
use crate::resolve::ir::{ChainNode, Given};
use crate::resolve::walk::{evaluated, takes_logarithms};

/// Real networks of the usual size that are searched for one on which an instance has a value.
const MAX_NETWORKS: usize = 12;

/// Instances of a chain with logarithms that are searched for one without a value, in a class.
/// Residues have no sign, so the exact tier does not see it.
const MAX_SIGNED: usize = 48;

/// Runs the two floating-point tiers on one real network.
pub(super) fn floating(
    setting: &Setting<'_>,
    class: &Class,
    chains: &[Keyed<'_>],
    given: &Given,
    found: &mut [ExactChain],
    observations: &mut Observations,
) {
    let first = setting.point(given, class, 0);
    let everything = setting.plan.thorough || class.is_floating();
    let mut plain = Differences::new(setting, class, first.clone());
    let mut precise = Precisely::new(setting, class, first.clone());
    for (keyed, found) in chains.iter().zip(found) {
        let frames = match &found.frames {
            Some(frames) => frames.clone(),
            // The instances depend on values: take those of this network.
            None => match instances(precise.evaluator(), keyed.chain) {
                Ok(frames) => frames,
                Err(error) => {
                    found.tally.uncover(error, class);
                    continue;
                }
            },
        };
        found.tally.instances = found.tally.instances.max(frames.len());
        let mut tried = Vec::new();
        let by_value = keyed
            .chain
            .links
            .iter()
            .zip(&found.tally.links)
            .any(|(link, found)| link.relation != Relation::Equal || found.open);
        if keyed.logarithms && !keyed.derivatives {
            let without = plain.without_value(keyed.chain, &frames[..frames.len().min(MAX_SIGNED)]);
            tried.extend(without);
        }
        let count = match (everything, by_value) {
            (true, _) => setting.plan.instances,
            (false, true) => 1,
            (false, false) => 0,
        };
        tried.extend(chosen(frames, count, &first, &keyed.key));
        if tried.is_empty() {
            continue;
        }
        by_balls(&mut precise, keyed, &tried, found, class, given);
        if !everything {
            continue;
        }
        let tried = &tried[tried.len().saturating_sub(setting.plan.instances)..];
        plain.compare(keyed.chain, tried, &mut found.tally);
    }
    observations.merge(precise.observations());
}

/// Compares the sides of instances as balls.
fn by_balls(
    precise: &mut Precisely<'_>,
    keyed: &Keyed<'_>,
    frames: &[Frame],
    found: &mut ExactChain,
    class: &Class,
    given: &Given,
) {
    let mut compared = 0;
    for frame in frames {
        let nowhere = found.has_no_value(frame);
        let tally = &mut found.tally;
        let (mut valued, mut tried) = (true, false);
        for at in 0..keyed.chain.links.len() {
            // `confirm` asks balls about differences, in the smallest classes that have one.
            if tally.links[at].exact_differed {
                continue;
            }
            tried = true;
            let first = precise.link(keyed.chain, at, frame, false);
            let (result, missing) = match first {
                Found::NoValue(error) if nowhere => (first, Some(error)),
                _ => or_elsewhere(first, precise, (keyed.chain, at), frame, false, given),
            };
            missing.into_iter().for_each(|error| tally.without_value(error));
            if let Found::NoValue(error) = result {
                valued = false;
                tally.uncover(error, class);
            } else {
                let chain = (keyed.chain, keyed.logarithms);
                add(tally, chain, at, (class, frame), result, precise.most);
            }
        }
        compared += usize::from(tried && valued);
    }
    let tally = &mut found.tally;
    let tier = &mut tally.tiers.high_precision;
    tier.instances += compared;
    tier.points += usize::from(compared > 0);
    tier.bits = tier.bits.max(precise.most);
    tally.samples += usize::from(compared > 0);
}

/// The result of a link on the given network or, if the instance has no value there, on another
/// network of the class; and why it has no value on the given one.
fn or_elsewhere(
    first: Found,
    precise: &Precisely<'_>,
    (chain, link): (&ChainNode, usize),
    frame: &Frame,
    differs: bool,
    given: &Given,
) -> (Found, Option<EvalError>) {
    let Found::NoValue(missing) = first else { return (first, None) };
    let (setting, class) = (precise.setting, precise.class);
    let usual = (1..MAX_NETWORKS).map(|number| setting.point(given, class, number));
    let others =
        usual.chain(std::iter::once_with(|| scales::elsewhere(setting, class, given, chain)).flatten());
    let mut valued = others.filter_map(|point| {
        let mut other = Precisely::new(setting, class, point);
        if !scales::has_instance(&mut other, chain, frame) {
            return None;
        }
        let found = other.link(chain, link, frame, differs);
        (!matches!(found, Found::NoValue(_))).then_some(found)
    });
    (valued.next().unwrap_or(first), Some(missing))
}

/// Records the result of balls for a link.
///
/// `logarithms`: the chain has logarithms. Then balls that do not meet refute a link even if the
/// exact tier agrees.
fn add(
    tally: &mut ChainTally,
    (chain, logarithms): (&ChainNode, bool),
    at: usize,
    (class, frame): (&Class, &Frame),
    found: Found,
    bits: usize,
) {
    let link = &mut tally.links[at];
    match found {
        Found::Apart(left, right) => {
            link.high_apart = true;
            let decisive = chain.links[at].relation != Relation::Equal || link.exact_differed || link.open;
            if decisive || logarithms {
                link.refuted.get_or_insert((*class, Indices::of(frame)));
            } else {
                link.conflict.get_or_insert(reasons::apart(link.exact_agreed, &left, &right));
            }
        }
        Found::Agreed(error) => {
            link.high_agreed = true;
            let tier = &mut tally.tiers.high_precision;
            tier.max_error = tier.max_error.max(error);
        }
        Found::Undecided(left, right) => {
            link.conflict.get_or_insert(reasons::undecided(bits, &left, &right));
        }
        Found::NoValue(_) => {}
    }
}

/// Asks balls about the differences that the exact tier found, small classes first, until each link
/// that differs is refuted.
pub(super) fn confirm(setting: &Setting<'_>, given: &Given, chain: &ChainNode, tally: &mut ChainTally) {
    let logarithms = !tally.differing.is_empty()
        && takes_logarithms(setting.document, &evaluated(setting.document, chain));
    while let Some((class, indices)) = tally.differing.get(tally.asked).cloned() {
        let unconfirmed = |link: &LinkTally| link.exact_differed && link.refuted.is_none();
        if !tally.links.iter().any(unconfirmed) {
            return;
        }
        tally.asked += 1;
        let mut precise = Precisely::new(setting, &class, setting.point(given, &class, 0));
        let frame = indices.frame();
        for at in 0..chain.links.len() {
            if unconfirmed(&tally.links[at]) {
                let first = precise.link(chain, at, &frame, true);
                let (mut found, missing) = or_elsewhere(first, &precise, (chain, at), &frame, true, given);
                missing.into_iter().for_each(|error| tally.without_value(error));
                // Other signs may show a difference.
                if matches!(found, Found::Agreed(_)) && logarithms {
                    tally.share = tally.share.max(scales::SIGNED);
                    found = scales::apart(setting, (&class, given), (chain, at), &frame).unwrap_or(found);
                }
                match found {
                    Found::Apart(..) => {
                        add(tally, (chain, false), at, (&class, &frame), found, precise.most);
                        let tier = &mut tally.tiers.high_precision;
                        tier.points += 1;
                        tier.bits = tier.bits.max(precise.most);
                    }
                    Found::NoValue(error) => tally.uncover(error, &class),
                    // Numbers that no bits separate may differ in another class.
                    Found::Agreed(_) | Found::Undecided(..) => tally.tiers.high_precision.points += 1,
                }
            }
        }
    }
}

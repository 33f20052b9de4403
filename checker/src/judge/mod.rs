//! From a resolved document to verdicts.

pub(crate) mod controls;
pub(crate) mod plan;
pub(crate) mod report;

mod classes;
mod degrees;
mod differences;
mod exactly;
mod needs;
mod numerals;
mod precisely;
mod reasons;
mod representatives;
mod scales;
mod scaling;
mod shapes;
mod tally;
mod verdict;
mod witness;
mod work;

use std::collections::BTreeMap;

use rayon::prelude::*;

use self::classes::{Class, wirings};
use self::differences::Differences;
use self::exactly::{ExactChain, Growth, Growths};
use self::needs::Needs;
use self::plan::Plan;
use self::precisely::{Found, Precisely};
use self::shapes::Chosen;
use self::tally::{ChainTally, Indices};
use self::verdict::Judged;
use crate::evaluate::domain::Mode;
use crate::evaluate::geometry::Shape;
use crate::evaluate::high::Ties;
use crate::evaluate::observations::Observations;
use crate::evaluate::point::{Convention, Point, Wiring};
use crate::evaluate::{EvalError, Evaluator, Frame, Outcome, SlotValue};
use crate::language::ast::{Conventions, Relation};
use crate::number::modular::heights;
use crate::number::random::Random;
use crate::number::real::{FIRST_PRECISION, MAX_PRECISION};
use crate::number::unknowns::Primes;
use crate::resolve::for_each_child;
use crate::resolve::ir::{ChainNode, Document, Given, NodeId, Op};
use crate::resolve::sort::Sort;

/// A claim over more instances than this on one shape is refused.
pub(crate) const MAX_INSTANCES: usize = 1 << 16;

/// Real networks of the usual size that are looked at for one on which an instance has a value.
const MAX_NETWORKS: usize = 12;

/// In a class, so many instances of a chain with logarithms are looked at for one without a value:
/// residues have no sign.
const MAX_SIGNED: usize = 48;

/// Numerals of more bits ask for balls of many bits.
const LARGE_NUMERAL: f64 = 40.0;

/// What every part of a check needs.
pub(crate) struct Setting<'a> {
    pub(crate) document: &'a Document,
    pub(crate) plan: &'a Plan,
    pub(crate) primes: &'a Primes,
    /// From the text of the document and the seed: whoever changes the text changes its points.
    pub(crate) key: [u64; 4],
    /// Most bits of a ball: many where the document names very large or very small numbers.
    pub(crate) bits: usize,
}

impl<'a> Setting<'a> {
    pub(crate) fn new(document: &'a Document, plan: &'a Plan, primes: &'a Primes, key: [u64; 4]) -> Self {
        let all: Vec<NodeId> = (0..document.nodes.len()).collect();
        let large = needs::constants(document, &all).iter().any(|value| {
            let (top, bottom) = heights(value);
            f64::from(top.max(bottom)) > LARGE_NUMERAL
        });
        let bits = if large { MAX_PRECISION } else { FIRST_PRECISION * 4 };
        Self { document, plan, primes, key, bits }
    }

    /// Steps that one chain may take at one point: estimates are rough.
    fn steps(&self) -> u64 {
        self.plan.budget * 16
    }

    /// What becomes of numbers that so many bits do not tell apart.
    fn ties(&self, bits: usize) -> Ties {
        if bits < self.bits { Ties::Open } else { Ties::Allowed }
    }

    /// The point with this number in a class.
    fn point(&self, given: &Given, class: &Class, number: usize) -> Point {
        let Shape { states, hidden_circuits, hidden_size, actions, situations, window } = class.shape;
        let sizes = [states, hidden_circuits, hidden_size, actions, situations, window].map(|n| n as u64);
        let half = u64::from(class.convention == Convention::Half);
        let key = [&self.key[..], &sizes, &[class.wiring.0, half, number as u64]].concat();
        Point::new(class.shape, class.wiring, class.convention, given.clone(), key)
    }
}

/// A chain and where it stands: its claim, and its place in the claim.
#[derive(Clone, Copy)]
pub(crate) struct Keyed<'a> {
    pub(crate) key: (usize, usize),
    pub(crate) chain: &'a ChainNode,
    /// A side takes a logarithm.
    logarithms: bool,
    /// A side takes a derivative.
    derivatives: bool,
    /// Places of units or states are read.
    places: bool,
    /// Points of other sizes in a class, where sizes matter; and where signs do.
    samples: usize,
    signed_samples: usize,
}

/// Draws the primes of a document.
pub(crate) fn primes(document: &Document, key: &[u64; 4]) -> Primes {
    let logarithms = document.nodes.iter().any(|node| matches!(node.op, Op::Ln(_)));
    Primes::new(Random::new(&[&key[..], &[20]].concat()), logarithms)
}

/// The classes of a claim, from small to large, and where they stop short.
#[derive(Clone)]
pub(crate) struct Scope {
    pub(crate) chosen: Chosen,
    pub(crate) classes: Vec<Class>,
}

/// What says the same in both conventions is tried in one of them on shapes of at least this bulk.
const ONE_CONVENTION: usize = 48;

/// Chooses the classes that chains are tried in.
///
/// `sparing`: only one convention on large shapes, where both say the same.
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
            // In half it shows where a κ is missing.
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

/// A class and the claims that are tried in it, which share a condition.
struct Task<'a> {
    class: Class,
    given: &'a Given,
    claims: Vec<usize>,
}

/// A document and where its claims are tried.
pub(crate) struct Check<'a> {
    setting: Setting<'a>,
    scopes: Vec<Scope>,
    /// The chains of every claim.
    chains: Vec<Vec<Keyed<'a>>>,
    tasks: Vec<Task<'a>>,
}

impl<'a> Check<'a> {
    pub(crate) fn new(document: &'a Document, plan: &'a Plan, primes: &'a Primes, key: [u64; 4]) -> Self {
        let setting = Setting::new(document, plan, primes, key);
        let scopes: Vec<Scope> = document
            .claims
            .par_iter()
            .map(|claim| scope(document, plan, (&claim.given, &claim.chains), !plan.thorough))
            .collect();
        let mut tasks: BTreeMap<(&Given, Vec<usize>, u64, bool), Task<'a>> = BTreeMap::new();
        for (at, (claim, scope)) in document.claims.iter().zip(&scopes).enumerate() {
            for class in &scope.classes {
                let Shape { states, hidden_circuits, hidden_size, actions, situations, window } = class.shape;
                let sizes = vec![states, hidden_circuits, hidden_size, actions, situations, window];
                let key = (&claim.given, sizes, class.wiring.0, class.convention == Convention::Full);
                let task = tasks.entry(key).or_insert_with(|| Task {
                    class: *class,
                    given: &claim.given,
                    claims: vec![],
                });
                task.claims.push(at);
            }
        }
        let mut tasks: Vec<Task<'_>> = tasks.into_values().collect();
        // The largest first: the others then fill the gaps at the end.
        tasks.sort_by_key(|task| std::cmp::Reverse(task.class.shape.bulk() * task.claims.len()));
        let chains = scopes.iter().enumerate().map(|(claim, scope)| keyed(document, scope, claim)).collect();
        Self { setting, scopes, chains, tasks }
    }

    /// How often [`Check::run`] will tick.
    pub(crate) fn ticks(&self) -> usize {
        self.tasks.len()
    }

    /// Checks every claim, in small classes first: what is refuted there is tried no further.
    pub(crate) fn run(&self, tick: &(dyn Fn() + Sync)) -> Vec<Judged> {
        let document = self.setting.document;
        let mut observations = Observations::default();
        let mut tallies: Vec<Vec<ChainTally>> =
            document.claims.iter().map(|claim| claim.chains.iter().map(ChainTally::new).collect()).collect();
        // A claim that is refuted was tried in shapes of less than this bulk.
        let mut stopped: Vec<Option<usize>> = vec![None; document.claims.len()];
        let mut growths: BTreeMap<&Given, Growths> = BTreeMap::new();
        let mut from = 0;
        for up_to in STAGES {
            let stage = self.tasks.par_iter().filter(|task| (from..up_to).contains(&task.class.shape.bulk()));
            let mut results: Vec<ClassResult<'_>> = stage
                .map(|task| {
                    let open = task.claims.iter().filter(|&&claim| stopped[claim].is_none());
                    let chains: Vec<Keyed<'_>> =
                        open.flat_map(|&claim| &self.chains[claim]).copied().collect();
                    let growths = growths.get(task.given).copied().unwrap_or([Growth::USUAL; 2]);
                    let result = in_class(&self.setting, task, &chains, &growths);
                    tick();
                    result
                })
                .collect();
            // From small to large classes, so that the first counterexample is the smallest.
            results.sort_by_key(|result| result.bulk);
            for result in results {
                observations.merge(&result.observations);
                let growths = growths.entry(result.given).or_insert([Growth::ZERO; 2]);
                growths.iter_mut().zip(&result.grown).for_each(|(growth, grown)| growth.merge(grown));
                for ((claim, chain), tally) in &result.chains {
                    tallies[*claim][*chain].merge(tally);
                }
            }
            tallies.par_iter_mut().enumerate().for_each(|(at, tallies)| {
                let claim = &document.claims[at];
                for (chain, tally) in claim.chains.iter().zip(tallies) {
                    confirm(&self.setting, &claim.given, chain, tally);
                }
            });
            for ((claim, tallies), stopped) in document.claims.iter().zip(&tallies).zip(&mut stopped) {
                if stopped.is_none()
                    && verdict::is_refuted_throughout(document, claim, tallies, &observations)
                {
                    *stopped = Some(up_to);
                }
            }
            from = up_to;
        }
        document
            .claims
            .par_iter()
            .enumerate()
            .map(|(at, claim)| {
                let mut scope = self.scopes[at].clone();
                if let Some(up_to) = stopped[at] {
                    scope.chosen.shapes.retain(|shape| shape.bulk() < up_to);
                }
                verdict::judge(&self.setting, claim, &scope, &tallies[at], &observations)
            })
            .collect()
    }
}

/// Claims are tried in the classes of shapes of less than each bulk in turn.
const STAGES: [usize; 4] = [24, 64, 192, usize::MAX];

/// What was found in one class about all claims with one condition.
struct ClassResult<'a> {
    bulk: usize,
    given: &'a Given,
    chains: Vec<((usize, usize), ChainTally)>,
    observations: Observations,
    grown: Growths,
}

fn keyed<'a>(document: &'a Document, scope: &Scope, claim: usize) -> Vec<Keyed<'a>> {
    let samples = scales::share(scope.classes.len());
    let signed_samples = scales::signed_share(scope.classes.len());
    let chains = document.claims[claim].chains.iter().enumerate();
    chains
        .map(|(at, chain)| {
            let nodes = evaluated(document, chain);
            Keyed {
                key: (claim, at),
                chain,
                logarithms: takes_logarithms(document, &nodes),
                derivatives: takes_derivatives(document, &nodes),
                places: representatives::reads_places(document, &nodes),
                samples,
                signed_samples,
            }
        })
        .collect()
}

/// What a chain evaluates, through definitions too.
fn evaluated(document: &Document, chain: &ChainNode) -> Vec<NodeId> {
    reachable(document, chain.sides.iter().copied().chain(chain.filter).collect())
}

fn takes_logarithms(document: &Document, nodes: &[NodeId]) -> bool {
    nodes.iter().any(|&node| matches!(document.nodes[node].op, Op::Ln(_)))
}

fn takes_derivatives(document: &Document, nodes: &[NodeId]) -> bool {
    nodes.iter().any(|&node| matches!(document.nodes[node].op, Op::Derivative { .. }))
}

fn in_class<'a>(
    setting: &Setting<'_>,
    &Task { ref class, given, .. }: &Task<'a>,
    chains: &[Keyed<'_>],
    growths: &Growths,
) -> ClassResult<'a> {
    let mut observations = Observations::default();
    let point = |number: usize| setting.point(given, class, number);
    let (mut found, grown) = exactly::compare(setting, class, chains, &point, growths, &mut observations);
    floating(setting, class, chains, given, &mut found, &mut observations);
    for (keyed, found) in chains.iter().zip(&mut found) {
        let by_size = found.tally.depends_on_size(keyed.chain);
        let by_sign = found.signed && found.tally.depends_on_sign();
        found.tally.share = match (by_size, by_sign) {
            (true, true) => keyed.samples.max(keyed.signed_samples),
            (false, true) => keyed.signed_samples,
            (_, false) => keyed.samples,
        };
        let differing = found.differing.iter().map(|frame| (*class, Indices::of(frame)));
        found.tally.differing = differing.collect();
        if by_size || by_sign {
            let signed = found.signed;
            scales::compare(setting, class, given, (keyed, signed), &mut found.tally, &mut observations);
        }
    }
    let tallies = chains.iter().zip(found).map(|(keyed, found)| (keyed.key, found.tally)).collect();
    ClassResult { bulk: class.shape.bulk(), given, chains: tallies, observations, grown }
}

/// The two floating-point tiers, at one real network.
fn floating(
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
            // Values choose the instances: those of this network.
            None => match instances(precise.evaluator(), keyed.chain) {
                Ok(frames) => frames,
                Err(trouble) => {
                    found.tally.uncover(trouble, class);
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

/// Compares instances as balls.
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
            // Balls confirm a difference in the smallest classes that have one: see `confirm`.
            if tally.links[at].exact_differed {
                continue;
            }
            tried = true;
            let first = precise.link(keyed.chain, at, frame, false);
            let (result, missing) = match first {
                Found::NoValue(trouble) if nowhere => (first, Some(trouble)),
                _ => or_elsewhere(first, precise, (keyed.chain, at), frame, false, given),
            };
            missing.into_iter().for_each(|trouble| tally.without_value(trouble));
            if let Found::NoValue(trouble) = result {
                valued = false;
                tally.uncover(trouble, class);
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

/// What was found of a link on one network, or on the first other one of the class on which the
/// instance has a value; and why it has none on the one.
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

/// Enters what balls found about a link.
///
/// `logarithms`: the chain takes some. Agreement in the exact tier then says nothing against balls
/// that do not meet.
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

/// Asks balls about the differences that the exact tier found, from the smallest class on, until
/// each link that differs is refuted.
fn confirm(setting: &Setting<'_>, given: &Given, chain: &ChainNode, tally: &mut ChainTally) {
    let logarithms = !tally.differing.is_empty()
        && takes_logarithms(setting.document, &evaluated(setting.document, chain));
    while let Some((class, indices)) = tally.differing.get(tally.asked).cloned() {
        let unconfirmed = |link: &tally::LinkTally| link.exact_differed && link.refuted.is_none();
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
                missing.into_iter().for_each(|trouble| tally.without_value(trouble));
                // Signs may tell.
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
                    Found::NoValue(trouble) => tally.uncover(trouble, &class),
                    // What no bits tell apart may be apart in another class.
                    Found::Agreed(_) | Found::Undecided(..) => tally.tiers.high_precision.points += 1,
                }
            }
        }
    }
}

/// All choices of the indices of a chain.
pub(crate) fn instances<D: crate::evaluate::domain::Domain>(
    ev: &mut Evaluator<'_, D>,
    chain: &ChainNode,
) -> Outcome<Vec<Frame>> {
    let mut frame = vec![SlotValue::Unset; chain.frame];
    let mut frames = Vec::new();
    ev.each(&chain.binders, chain.filter, (&mut frame, Mode::BASE), chain.sides[0], &mut |_, frame| {
        if frames.len() == MAX_INSTANCES {
            return Err(EvalError::Budget(chain.sides[0]));
        }
        frames.push(frame.clone());
        Ok(())
    })?;
    Ok(frames)
}

/// At most `most` of the instances, drawn without replacement.
fn chosen(mut frames: Vec<Frame>, most: usize, point: &Point, key: &(usize, usize)) -> Vec<Frame> {
    let mut random: Random = point.random(&[14, key.0 as u64, key.1 as u64]);
    for at in 0..most.min(frames.len()) {
        let other = at + random.below((frames.len() - at) as u64) as usize;
        frames.swap(at, other);
    }
    frames.truncate(most);
    frames
}

/// Calls `visit` with the place and the indices of every entry of a family.
pub(crate) fn each_entry(shape: &Shape, sorts: &[Sort], visit: &mut dyn FnMut(usize, &[usize])) {
    let lengths: Vec<usize> = sorts.iter().map(|&sort| shape.range(sort).len()).collect();
    for flat in 0..shape.entries(sorts) {
        let mut rest = flat;
        let mut indices = vec![0; sorts.len()];
        for at in (0..sorts.len()).rev() {
            indices[at] = shape.range(sorts[at]).start + rest % lengths[at];
            rest /= lengths[at];
        }
        visit(flat, &indices);
    }
}

/// All nodes that the given ones evaluate, through definitions too.
fn reachable(document: &Document, mut queue: Vec<NodeId>) -> Vec<NodeId> {
    let mut seen = vec![false; document.nodes.len()];
    let mut found = Vec::new();
    while let Some(node) = queue.pop() {
        if std::mem::replace(&mut seen[node], true) {
            continue;
        }
        found.push(node);
        if let Op::Call(id, _) | Op::LetFamily(id, _) = document.nodes[node].op {
            queue.push(document.lets[id].body);
        }
        for_each_child(&document.nodes[node].op, |child| queue.push(child));
    }
    found
}

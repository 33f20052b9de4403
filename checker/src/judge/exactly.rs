//! The exact tier in one class.

use std::collections::BTreeSet;

use super::classes::Class;
use super::representatives::representatives;
use super::setting::{Keyed, Setting};
use super::tally::{ChainTally, Indices};
use crate::evaluate::exact::{ExactEvaluator, Modular};
use crate::evaluate::geometry::Shape;
use crate::evaluate::mode::Mode;
use crate::evaluate::observations::Observations;
use crate::evaluate::point::Point;
use crate::evaluate::{EvalError, Frame, Outcome, settle};
use crate::language::ast::Relation;
use crate::number::Number;
use crate::number::lanes::Residue;
use crate::number::primes::{Learned, Met};
use crate::resolve::ir::{ChainNode, NodeId};
use crate::resolve::walk::reachable;

/// Required bound on the probability that a false equality passes in a class, as a logarithm to
/// base 2.
const LOG_ERROR: f64 = -62.0;

/// Largest number of points in a class.
const MAX_POINTS: usize = 6;

/// Largest number of restarts of a point.
pub(super) const MAX_RESTARTS: usize = 96;

/// Number of differing instances that the high-precision tier checks.
const MAX_DIFFERING: usize = 1;

/// Exponentials and logarithms per unit of a network. Small networks predict the number of lanes
/// for large ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    exponentials: f64,
    logarithms: f64,
}

impl Growth {
    pub(super) const ZERO: Growth = Growth { exponentials: 0.0, logarithms: 0.0 };

    /// The first guess.
    pub(super) const USUAL: Growth = Growth { exponentials: 3.0, logarithms: 3.0 };

    /// The measured numbers of a network.
    fn of(met: Met, shape: &Shape) -> Self {
        let share = |count: usize| count as f64 / shape.units() as f64;
        Self { exponentials: share(met.exponentials), logarithms: share(met.logarithms) }
    }

    pub(super) fn learned(&self, shape: &Shape, logarithms: bool) -> Learned {
        let times = |share: f64| (share * shape.units() as f64).ceil() as usize;
        let expected = Met { exponentials: times(self.exponentials), logarithms: times(self.logarithms) };
        Learned::new(expected, logarithms)
    }

    pub(super) fn merge(&mut self, other: &Growth) {
        self.exponentials = self.exponentials.max(other.exponentials);
        self.logarithms = self.logarithms.max(other.logarithms);
    }
}

/// For chains without logarithms, and with.
pub(super) type Growths = [Growth; 2];

/// The results for one chain in a class.
pub(super) struct ExactChain {
    pub(super) tally: ChainTally,
    /// All instances; `None` if a comparison of values chooses them.
    pub(super) frames: Option<Vec<Frame>>,
    /// Instances with a link that differs.
    pub(super) differing: Vec<Frame>,
    /// A side takes the logarithm of a number that may be negative.
    pub(super) signed: bool,
    /// Roots were taken at one of its points.
    roots: bool,
    /// By instance, the logarithm to base 2 of the probability of an error; 0 if it has no value.
    log_errors: Vec<f64>,
    errors: Vec<Option<EvalError>>,
}

impl ExactChain {
    fn new(chain: &ChainNode) -> Self {
        Self {
            tally: ChainTally::new(chain),
            frames: None,
            differing: Vec::new(),
            signed: false,
            roots: false,
            log_errors: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// An instance has no value because there are too few unknowns. Other chains may have taken too
    /// many.
    fn is_unsupported(&self) -> bool {
        self.errors.iter().flatten().any(|error| matches!(error, EvalError::Unsupported(_)))
    }

    /// The instance has no value at any point: a divisor is zero, or the argument of a logarithm is
    /// a constant that is not positive.
    pub(super) fn has_no_value(&self, frame: &Frame) -> bool {
        let frames = self.frames.iter().flatten().zip(&self.errors);
        let never = |error: &Option<EvalError>| {
            matches!(error, Some(EvalError::DivisionByZero(_) | EvalError::NotPositive(_)))
        };
        frames.filter(|(_, error)| never(error)).any(|(own, _)| Indices::of(own) == Indices::of(frame))
    }

    /// Another point may add information. After roots of numbers that may be negative, it has other
    /// signs.
    fn wants_more(&self, point: usize) -> bool {
        let missing = self.errors.iter().any(Option::is_some);
        let doubtful = self.log_errors.iter().any(|&log| log > LOG_ERROR && log < 0.0);
        self.differing.is_empty() && (doubtful || missing && point < 2 || self.signed && self.roots)
    }
}

/// Compares all instances of all chains, at as many points as needed.
pub(super) fn compare(
    setting: &Setting<'_>,
    class: &Class,
    chains: &[Keyed<'_>],
    point: &dyn Fn(usize) -> Point,
    growths: &Growths,
    observations: &mut Observations,
) -> (Vec<ExactChain>, Growths) {
    let mut grown = [Growth::ZERO; 2];
    let mut found: Vec<ExactChain> = chains.iter().map(|keyed| ExactChain::new(keyed.chain)).collect();
    // Logarithms need extra lanes, which would slow down the other chains.
    for (logarithms, (growth, grown)) in [false, true].into_iter().zip(growths.iter().zip(&mut grown)) {
        let group: Vec<usize> = (0..chains.len()).filter(|&at| chains[at].logarithms == logarithms).collect();
        if group.is_empty() {
            continue;
        }
        let learned = growth.learned(&class.shape, logarithms);
        let met = compare_group(setting, class, chains, (group, learned), point, &mut found, observations);
        *grown = Growth::of(met, &class.shape);
    }
    for (chain, keyed) in found.iter_mut().zip(chains) {
        chain.conclude(class, keyed.chain);
    }
    (found, grown)
}

fn compare_group(
    setting: &Setting<'_>,
    class: &Class,
    chains: &[Keyed<'_>],
    (group, fresh): (Vec<usize>, Learned),
    point: &dyn Fn(usize) -> Point,
    found: &mut Vec<ExactChain>,
    observations: &mut Observations,
) -> Met {
    let mut learned = fresh.clone();
    let mut met = None;
    let mut given_up: Vec<usize> = Vec::new();
    for number in 0..MAX_POINTS {
        let wanted: Vec<usize> =
            group.iter().copied().filter(|&at| number == 0 || found[at].wants_more(number)).collect();
        if wanted.is_empty() {
            break;
        }
        learned = learned.elsewhere();
        let mut together =
            |found: &mut Vec<ExactChain>, wanted: &[usize], learned: &mut Learned, restarts: usize| {
                at_point(setting, class, (&point(number), restarts), learned, observations, &mut |ev| {
                    let mut fresh = Vec::with_capacity(wanted.len());
                    for &at in wanted {
                        ev.renew_budget();
                        ev.domain.backend.renew_budget();
                        fresh.push(chain_at(ev, &chains[at])?);
                    }
                    let signed = ev.domain.backend.signed();
                    for (&at, fresh) in wanted.iter().zip(fresh) {
                        found[at].add(chains[at].chain, fresh, number);
                        found[at].signed |= !signed.is_empty()
                            && reachable(setting.document, chains[at].chain.sides.clone())
                                .iter()
                                .any(|node| signed.contains(node));
                    }
                    Ok(())
                })
            };
        let all = together(found, &wanted, &mut learned, MAX_RESTARTS / 4);
        met.get_or_insert(learned.met);
        // One chain may need too many unknowns. It must not prevent the evaluation of the others.
        for &at in &wanted {
            if all && !(number == 0 && wanted.len() > 1 && found[at].is_unsupported()) {
                continue;
            }
            let mut own = fresh.clone();
            if number == 0 {
                found[at] = ExactChain::new(chains[at].chain);
            }
            if !together(found, &[at], &mut own, MAX_RESTARTS) {
                given_up.push(at);
            }
        }
    }
    for at in given_up {
        found[at].tally.uncover(EvalError::Unsupported(chains[at].chain.sides[0]), class);
    }
    met.unwrap_or_default()
}

/// Runs `visit` at a point, again whenever the point has learned about its unknowns. Returns
/// `false` after too many restarts.
pub(super) fn at_point<'a>(
    setting: &Setting<'a>,
    class: &'a Class,
    (point, restarts): (&Point, usize),
    learned: &mut Learned,
    observations: &mut Observations,
    visit: &mut dyn FnMut(&mut ExactEvaluator<'a>) -> Outcome<()>,
) -> bool {
    for _ in 0..restarts {
        let mut ev = Modular::evaluator(
            setting.document,
            &class.shape,
            point.clone(),
            setting.primes,
            learned.clone(),
            setting.steps(),
        );
        let outcome = visit(&mut ev);
        *learned = ev.domain.backend.learned();
        if outcome != Err(EvalError::Again) {
            observations.merge(&ev.observations);
            observations.merge(ev.domain.backend.seen_below());
            return true;
        }
    }
    false
}

/// The results for a chain at one point.
struct AtPoint {
    frames: Outcome<Vec<Frame>>,
    /// By instance, the value of each side.
    sides: Vec<Vec<Outcome<Residue>>>,
    /// Pairs of instance and link whose sides are equal.
    same: BTreeSet<(usize, usize)>,
    slack: f64,
}

/// Both sides have the same square and are positive for all values of the unknowns, so they are
/// equal. A root is known up to its sign.
fn same_but_for_signs(
    ev: &mut ExactEvaluator<'_>,
    sides: &[NodeId],
    values: [Residue; 2],
    frame: &Frame,
) -> Outcome<bool> {
    let [left, right] = values;
    if ev.domain.backend.slack() == 0.0 || left.mul(&left).value != right.mul(&right).value {
        return Ok(false);
    }
    for &side in sides {
        if !settle::is_positive(ev, side, &mut frame.clone())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn chain_at(ev: &mut ExactEvaluator<'_>, keyed: &Keyed<'_>) -> Outcome<AtPoint> {
    let chain = keyed.chain;
    let frames = match representatives(ev, chain, keyed.positions) {
        Err(EvalError::Again) => return Err(EvalError::Again),
        frames => frames,
    };
    let (mut sides, mut same) = (Vec::new(), BTreeSet::new());
    if chain.links.iter().any(|link| link.relation == Relation::Equal) {
        for (at, frame) in frames.iter().flatten().enumerate() {
            let mut values = Vec::with_capacity(chain.sides.len());
            for &side in &chain.sides {
                match ev.eval(side, &mut frame.clone(), Mode::BASE) {
                    Err(EvalError::Again) => return Err(EvalError::Again),
                    value => values.push(value.map(|value| value.value)),
                }
            }
            for (link, pair) in values.windows(2).enumerate() {
                let &[Ok(left), Ok(right)] = pair else { continue };
                if left.value == right.value
                    || same_but_for_signs(ev, &chain.sides[link..link + 2], [left, right], frame)?
                {
                    same.insert((at, link));
                }
            }
            sides.push(values);
        }
    }
    Ok(AtPoint { frames, sides, same, slack: ev.domain.backend.slack() })
}

impl ExactChain {
    fn add(&mut self, chain: &ChainNode, found: AtPoint, number: usize) {
        let frames = match found.frames {
            Ok(frames) => frames,
            Err(EvalError::Open(_)) => {
                self.tally.links.iter_mut().for_each(|link| link.open = true);
                return;
            }
            Err(error) => {
                self.errors.push(Some(error));
                self.log_errors.push(0.0);
                return;
            }
        };
        if number == 0 {
            self.tally.instances = frames.len();
            self.log_errors = vec![0.0; frames.len()];
            self.errors = vec![None; frames.len()];
        }
        self.roots |= found.slack > 0.0;
        let mut compared = false;
        for (at, sides) in found.sides.iter().enumerate() {
            let mut error = None;
            let mut worst = f64::NEG_INFINITY;
            let mut differs = false;
            let links = chain.links.iter().zip(&mut self.tally.links).zip(sides.windows(2));
            for (place, ((link, tally), pair)) in links.enumerate() {
                if link.relation != Relation::Equal {
                    continue;
                }
                match (pair[0], pair[1]) {
                    (Ok(left), Ok(right)) => {
                        compared = true;
                        let same = found.same.contains(&(at, place));
                        tally.exact_agreed |= same;
                        tally.exact_differed |= !same;
                        differs |= !same;
                        worst = worst.max(left.bound.log_error(right.bound, found.slack));
                    }
                    (Err(EvalError::Open(_)), _) | (_, Err(EvalError::Open(_))) => tally.open = true,
                    (Err(why), _) | (_, Err(why)) => error = Some(why),
                }
            }
            if differs && self.differing.len() < MAX_DIFFERING {
                self.differing.push(frames[at].clone());
            }
            if worst > f64::NEG_INFINITY {
                self.log_errors[at] += worst;
            }
            self.errors[at] = error;
            self.tally.tiers.exact.instances += usize::from(error.is_none());
        }
        self.tally.tiers.exact.points += usize::from(compared);
        self.frames = Some(frames);
    }

    fn conclude(&mut self, class: &Class, chain: &ChainNode) {
        self.tally.classes = 1;
        if let Some(&error) = self.errors.iter().flatten().next() {
            self.tally.uncover(error, class);
        }
        let tier = &mut self.tally.tiers.exact;
        tier.classes = usize::from(tier.points > 0);
        let equalities = chain.links.iter().zip(&self.tally.links);
        let proved = equalities.filter(|(link, found)| link.relation == Relation::Equal && !found.open);
        if proved.count() > 0 && tier.points > 0 {
            let log =
                self.log_errors.iter().copied().filter(|&log| log < 0.0).fold(f64::NEG_INFINITY, f64::max);
            tier.error_probability = if log == f64::NEG_INFINITY { 1.0 } else { log.exp2() };
        }
    }
}

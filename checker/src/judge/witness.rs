//! Counterexamples. Both sides are evaluated at the entries that are printed, and differ; the
//! finite-difference tier confirms both values.

use std::collections::BTreeSet;

use dashu_ratio::RBig;
use rustc_hash::FxHashMap;

use super::classes::Class;
use super::instances::instances;
use super::precisely::{Found, judge};
use super::report::Counterexample;
use super::setting::Setting;
use super::tally::{ChainTally, Indices};
use super::{exactly, numerals, scales};
use crate::evaluate::difference::Difference;
use crate::evaluate::fractions::{FractionEvaluator, Fractions};
use crate::evaluate::geometry::Shape;
use crate::evaluate::high::{HighEvaluator, Precise, Ties};
use crate::evaluate::mode::{Mode, Phase};
use crate::evaluate::point::{BIAS, Convention, Point, RECURRENT, STATE};
use crate::evaluate::{EvalError, Evaluator, Frame, Outcome, SlotValue};
use crate::number::Number;
use crate::number::exact::Exact;
use crate::number::real::{FIRST_PRECISION, Real, set_precision};
use crate::resolve::ir::{
    BinderNode, ChainNode, ClaimNode, Document, NodeId, Op, ParamId, ParamKind, SetNode,
};
use crate::resolve::sort::Sort;
use crate::resolve::walk::{evaluated, for_each_child, reachable, takes_logarithms};

/// Bits of the numbers that are tried, in order.
const SIZES: [u32; 4] = [1, 2, 3, 6];
/// Networks of each size that are tried.
const TRIES: usize = 4;
/// Restarts of a point.
const RESTARTS: usize = 32;
/// Largest number of instances that are tried at a point.
const INSTANCES: usize = 256;
/// Decimal digits of values on a real network.
const DIGITS: usize = 20;

/// A link of a claim, in the class where it is refuted.
struct Search<'a> {
    setting: &'a Setting<'a>,
    class: &'a Class,
    chain: &'a ChainNode,
    link: usize,
    /// The exact tier finds the difference too, so numbers that count as equal are equal.
    exactly: bool,
}

/// A chosen fixed point, and the biases of the network with this fixed point.
struct Solved {
    phase: Phase,
    activity: Vec<Exact>,
    biases: Vec<Real>,
}

impl Solved {
    /// The states of the phase are `s`.
    fn takes_the_states(&self, document: &Document) -> bool {
        match document.nodes[self.phase.states].op {
            Op::ParamFamily(param) => document.params[param].kind == ParamKind::States,
            _ => false,
        }
    }
}

/// Finds a counterexample to a link, in the smallest class where it was refuted.
pub(super) fn search(
    setting: &Setting<'_>,
    claim: &ClaimNode,
    chain: usize,
    link: usize,
    tally: &ChainTally,
) -> Option<Counterexample> {
    let (class, frame) = tally.links.get(link)?.refuted.as_ref()?;
    let chain = &claim.chains[chain];
    let search = Search { setting, class, chain, link, exactly: tally.links[link].exact_differed };
    for bits in SIZES {
        for attempt in 0..TRIES {
            let point = setting.point(&claim.given, class, attempt).readable(bits);
            if let Some(found) = search.at(&point, frame) {
                return Some(found);
            }
        }
    }
    // If small numbers do not show the difference, take the network on which it was found.
    let usual = (0..TRIES).map(|attempt| setting.point(&claim.given, class, attempt));
    let landmarks = scales::landmarks(setting.document, std::iter::once(chain));
    let scaled = scales::points(setting, class, &claim.given, &landmarks, tally.share.max(scales::ELSEWHERE));
    usual.chain(scaled).find_map(|point| search.at(&point, frame))
}

impl<'a> Search<'a> {
    fn at(&self, point: &Point, known: &Indices) -> Option<Counterexample> {
        let (frame, left, right) = self.real_difference(point, known)?;
        if !self.plainly_possible(point, &frame, &left, &right) {
            return None;
        }
        if let Some(exact) = self.exact(point, &frame) {
            return Some(exact);
        }
        let document = self.setting.document;
        let mut network = Vec::new();
        for param in params_of(document, self.roots()) {
            network.push(self.entries(param, &mut |flat, indices| {
                let family = &document.params[param];
                numerals::entry(point.real(family, param, flat, indices))
            }));
        }
        Some(self.describe(
            &frame,
            numerals::told_apart(&left, &right, DIGITS),
            network,
            "the entries are exact; both sides are rounded; their error intervals are disjoint",
        ))
    }

    /// The expressions of the counterexample: both sides and the filter.
    fn roots(&self) -> Vec<NodeId> {
        let sides = &self.chain.sides[self.link..=self.link + 1];
        sides.iter().copied().chain(self.chain.filter).collect()
    }

    fn values<D: crate::evaluate::domain::Domain>(
        &self,
        ev: &mut Evaluator<'_, D>,
        frame: &Frame,
    ) -> Outcome<(D::Number, D::Number)> {
        let mut side = |at: usize| ev.eval(self.chain.sides[at], &mut frame.clone(), Mode::BASE);
        Ok((side(self.link)?, side(self.link + 1)?))
    }

    /// An instance whose sides differ on the real network, the known one first.
    fn real_difference(&self, point: &Point, known: &Indices) -> Option<(Frame, Real, Real)> {
        let mut bits = FIRST_PRECISION;
        while bits <= self.setting.bits {
            set_precision(bits);
            let mut ev = self.precise(point, self.setting.ties(bits), FxHashMap::default());
            let frames = instances(&mut ev, self.chain).unwrap_or_default();
            let known = frames.iter().find(|frame| Indices::of(frame) == *known);
            for frame in known.into_iter().chain(&frames).take(INSTANCES) {
                ev.renew_budget();
                let Ok((left, right)) = self.values(&mut ev, frame) else { continue };
                let relation = self.chain.links[self.link].relation;
                let assumed = ev.domain.backend.has_assumed() && !self.exactly;
                if let Found::Apart(left, right) = judge(left.value, right.value, relation)
                    && !assumed
                {
                    set_precision(FIRST_PRECISION);
                    return Some((frame.clone(), left, right));
                }
            }
            bits *= 4;
        }
        set_precision(FIRST_PRECISION);
        None
    }

    fn precise(
        &self,
        point: &Point,
        ties: Ties,
        entries: FxHashMap<(ParamId, usize), Real>,
    ) -> HighEvaluator<'a> {
        let domain = Precise::with_entries(point.clone(), ties, entries);
        Evaluator::new(self.setting.document, &self.class.shape, domain, self.setting.steps())
    }

    /// The finite-difference tier finds both values too, within its bounds, or it has no values.
    fn plainly_possible(&self, point: &Point, frame: &Frame, left: &Real, right: &Real) -> bool {
        let domain = Difference::new(point.clone());
        let mut ev = Evaluator::new(self.setting.document, &self.class.shape, domain, self.setting.steps());
        let Ok((plain_left, plain_right)) = self.values(&mut ev, frame) else { return true };
        let near = |plain: crate::number::ball::Ball, value: &Real| {
            let value = value.to_f64();
            let silent = !value.is_finite() || plain.middle.is_nan() || plain.radius.is_nan();
            silent || (plain.middle - value).abs() <= plain.radius + 1e-9 * value.abs().max(1.0)
        };
        ev.domain.assumed || near(plain_left, left) && near(plain_right, right)
    }

    /// The counterexample in fractions, if a network with exact values exists and its balls agree.
    fn exact(&self, point: &Point, frame: &Frame) -> Option<Counterexample> {
        let document = self.setting.document;
        let logarithms = takes_logarithms(document, &evaluated(document, self.chain));
        let mut learned = exactly::Growth::USUAL.learned(&self.class.shape, logarithms);
        for _ in 0..RESTARTS {
            let mut ev = Fractions::evaluator(
                self.setting.document,
                &self.class.shape,
                point.clone(),
                self.setting.primes,
                learned,
                self.setting.plan.budget,
            );
            match self.values(&mut ev, frame) {
                Err(EvalError::Again) => learned = ev.domain.backend.learned(),
                Err(_) => return None,
                Ok((left, right)) => return self.confirmed(&mut ev, frame, &left.value, &right.value),
            }
        }
        None
    }

    fn confirmed(
        &self,
        ev: &mut FractionEvaluator<'_>,
        frame: &Frame,
        left: &Exact,
        right: &Exact,
    ) -> Option<Counterexample> {
        if left == right || self.chain.links[self.link].relation != crate::language::ast::Relation::Equal {
            return None;
        }
        let document = self.setting.document;
        let met = ev.domain.backend.met.clone();
        let point = ev.domain.backend.point().clone();
        let (entries, solved) = match met.as_slice() {
            [] => (FxHashMap::default(), None),
            [(phase, id)]
                if phase.action.is_none()
                    && self.biases_are_free(&point)
                    && !bias_counts(document, self.roots()) =>
            {
                let activity = ev.domain.backend.activity(*id).to_vec();
                let biases = self.biases(ev, phase, &activity, frame)?;
                let entries = biases.iter().enumerate().map(|(i, bias)| ((BIAS, i), bias.clone()));
                (entries.collect(), Some(Solved { phase: *phase, activity, biases }))
            }
            _ => return None,
        };
        let mut precise = self.precise(&point, Ties::Allowed, entries);
        let indices = Indices::of(frame);
        if !instances(&mut precise, self.chain).ok()?.iter().any(|frame| Indices::of(frame) == indices) {
            return None;
        }
        let (real_left, real_right) = self.values(&mut precise, frame).ok()?;
        let agrees = |real: &Real, exact: &Exact| real.distance(&Real::rational(&exact.0)).1 < 1e-30;
        if !agrees(&real_left.value, left) || !agrees(&real_right.value, right) {
            return None;
        }
        let mut network = Vec::new();
        for param in params_of(document, self.roots()) {
            let family = &document.params[param];
            network.push(self.entries(param, &mut |flat, indices| {
                if let (Some(solved), BIAS) = (&solved, param) {
                    return numerals::real(&solved.biases[flat], DIGITS);
                }
                let fixed = point.fixed(family, param, indices);
                let value = || RBig::try_from(point.real(family, param, flat, indices)).unwrap_or(RBig::ZERO);
                fixed.unwrap_or_else(value).to_string()
            }));
        }
        let reading = match &solved {
            None => "all values are exact",
            Some(solved) => {
                let values: Vec<String> = solved.activity.iter().map(|q| q.0.to_string()).collect();
                network.push(("q".to_owned(), format!("({})", values.join(", "))));
                if solved.takes_the_states(document) {
                    "q is the fixed point; all values are exact except b, which is rounded: b = ln q - κ(W + Wᵀ)q - Uᵀs"
                } else {
                    "q is the fixed point at the states x that meanfield takes; all values are exact except b, which is \
                     rounded: b = ln q - κ(W + Wᵀ)q - Uᵀx"
                }
            }
        };
        Some(self.describe(frame, (left.0.to_string(), right.0.to_string()), network, reading))
    }

    /// `b = ln q − κ (W + Wᵀ) q − Uᵀ s`.
    fn biases(
        &self,
        ev: &mut FractionEvaluator<'_>,
        phase: &Phase,
        activity: &[Exact],
        frame: &Frame,
    ) -> Option<Vec<Real>> {
        let shape = self.class.shape;
        let kappa = Exact(ev.domain.backend.point().convention.kappa());
        let mut biases = Vec::with_capacity(shape.units());
        for i in 0..shape.units() {
            let mut input = Exact::zero();
            for (j, q) in activity.iter().enumerate() {
                let there = ev.param(RECURRENT, &[i, j], Mode::BASE).value;
                let back = ev.param(RECURRENT, &[j, i], Mode::BASE).value;
                input = input.add(&kappa.mul(&there.add(&back)).mul(q));
            }
            for k in 0..shape.states {
                let state = ev.entry(phase.states, &[k], &mut frame.clone(), Mode::BASE).ok()?.value;
                input = input.add(&ev.param(STATE, &[k, i], Mode::BASE).value.mul(&state));
            }
            biases.push(Real::rational(&activity[i].0).ln()?.sub(&Real::rational(&input.0)));
        }
        Some(biases)
    }

    /// No condition of the claim sets a bias.
    fn biases_are_free(&self, point: &Point) -> bool {
        let family = &self.setting.document.params[BIAS];
        (0..self.class.shape.units()).all(|i| point.fixed(family, BIAS, &[i]).is_none())
    }

    fn entries(&self, param: ParamId, value: &mut dyn FnMut(usize, &[usize]) -> String) -> (String, String) {
        let family = &self.setting.document.params[param];
        let mut values = Vec::new();
        self.class.shape.each_entry(&family.sorts, &mut |flat, indices| values.push(value(flat, indices)));
        (family.name.clone(), rows(&values, &self.class.shape, &family.sorts))
    }

    /// The shape, with the sets beside the network that the claim uses.
    fn shape(&self) -> String {
        let document = self.setting.document;
        let mut bound: Vec<&BinderNode> = self.chain.binders.iter().collect();
        let mut sorts: Vec<Sort> = Vec::new();
        for node in reachable(document, self.roots()) {
            match &document.nodes[node].op {
                Op::Fold(_, binders, ..) => bound.extend(binders),
                Op::Expectation { sort, .. } | Op::Solve { sort, .. } => sorts.push(*sort),
                _ => {}
            }
        }
        sorts.extend(bound.iter().filter_map(|binder| match binder.set {
            SetNode::All(sort) => Some(sort),
            SetNode::CircuitOf(_) => None,
        }));
        let Shape { situations, window, .. } = self.class.shape;
        let mut text = self.class.shape.to_string();
        for (used, count, name) in [
            (sorts.contains(&Sort::Situation), situations, "situation"),
            (sorts.contains(&Sort::Lag) || sorts.contains(&Sort::Train), window, "time step"),
        ] {
            if used {
                text += &format!(", {count} {name}{}", if count == 1 { "" } else { "s" });
            }
        }
        text
    }

    fn describe(
        &self,
        frame: &Frame,
        (left, right): (String, String),
        network: Vec<(String, String)>,
        reading: &str,
    ) -> Counterexample {
        let shape = &self.class.shape;
        Counterexample {
            equation: self.chain.equation(self.link),
            shape: self.shape(),
            wiring: self.class.wiring_text(),
            convention: convention(self.class.convention),
            indices: named(shape, self.chain, frame),
            left,
            right,
            network,
            reading: reading.to_owned(),
        }
    }
}

/// The sides depend on the bias outside of exponentials, so it cannot be solved for.
fn bias_counts(document: &Document, nodes: Vec<NodeId>) -> bool {
    let mut seen = vec![false; document.nodes.len()];
    let mut queue = nodes;
    while let Some(node) = queue.pop() {
        if std::mem::replace(&mut seen[node], true) {
            continue;
        }
        match &document.nodes[node].op {
            Op::Param(BIAS, _) | Op::ParamFamily(BIAS) => return true,
            Op::Exp(_) | Op::Softmax(_) | Op::MeanField { .. } => continue,
            Op::Call(id, _) | Op::LetFamily(id, _) => queue.push(document.lets[*id].body),
            _ => {}
        }
        for_each_child(&document.nodes[node].op, |child| queue.push(child));
    }
    false
}

fn convention(convention: Convention) -> String {
    match convention {
        Convention::Full => "full",
        Convention::Half => "half",
    }
    .to_owned()
}

/// The parameter families that the nodes evaluate. A fixed point depends on the whole network.
fn params_of(document: &Document, nodes: Vec<NodeId>) -> BTreeSet<ParamId> {
    let mut found = BTreeSet::new();
    for node in reachable(document, nodes) {
        match &document.nodes[node].op {
            Op::Param(param, _) | Op::ParamFamily(param) => {
                found.insert(*param);
            }
            Op::MeanField { .. } => found.extend([RECURRENT, STATE, BIAS]),
            _ => {}
        }
    }
    found
}

/// A scalar, a row, or rows separated by semicolons.
fn rows(values: &[String], shape: &Shape, sorts: &[Sort]) -> String {
    let Some(&last) = sorts.last() else { return values.concat() };
    let width = shape.range(last).len().max(1);
    let lines: Vec<String> = values.chunks(width).map(|row| row.join(", ")).collect();
    format!("({})", lines.join("; "))
}

fn unit_name(shape: &Shape, unit: usize) -> String {
    if unit >= shape.hidden_units() {
        format!("action {}", unit - shape.hidden_units())
    } else {
        format!("hidden unit {} of circuit {}", unit % shape.hidden_size, unit / shape.hidden_size)
    }
}

fn named(shape: &Shape, chain: &ChainNode, frame: &Frame) -> Vec<(String, String)> {
    chain
        .binders
        .iter()
        .map(|binder| {
            let SlotValue::Index(index) = frame[binder.slot] else {
                return (binder.name.clone(), String::new());
            };
            let index = index as usize;
            let sort = match binder.set {
                SetNode::All(sort) => sort.base(),
                SetNode::CircuitOf(_) => Sort::Unit,
            };
            let value = match sort {
                Sort::Unit => unit_name(shape, index),
                Sort::Configuration => {
                    let winners: Vec<String> = (0..shape.circuits())
                        .map(|circuit| {
                            (shape.winner(index, circuit) - shape.members(circuit).start).to_string()
                        })
                        .collect();
                    format!("winners ({})", winners.join(", "))
                }
                Sort::State => format!("state {index}"),
                Sort::Situation => format!("situation {index}"),
                Sort::Lag => format!("step {index}"),
                sort => format!("{sort} {index}"),
            };
            (binder.name.clone(), value)
        })
        .collect()
}

//! A case with its true answer, as the place where a mistake is made: the parts of the update and
//! their assembly, in f64.

use super::list::{CAUSES, Cause};
use super::variant::Variant;
use crate::conformance::case::{Answer, Case, CaseDocument, Parameters};
use crate::conformance::oracle::{Rough, rough};
use std::cell::OnceCell;
use svpg_reference::rule::Rule;

/// Largest number of samples times squared units for which an answer is computed again.
const AFFORDABLE: usize = 10_000_000;
/// Largest number of configurations for which the rule `exact` is computed again.
const ENUMERABLE: usize = 10_000;

/// A case with its true answer.
pub(in super::super) struct Setting {
    /// The case as given.
    pub(super) case: Case,
    /// The case with `q` for every sample; `None` if a `q` is not a probability vector.
    held: Option<Case>,
    /// The true `q`, B×N.
    pub(super) q: Vec<Vec<f64>>,
    /// The true update.
    pub(super) update: Parameters,
    variants: OnceCell<Vec<(&'static Cause, Variant)>>,
    /// Is the update that of the rule, and not a gradient?
    pub(super) is_of_rule: bool,
}

/// The recurrent connections that an update reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those of the network.
    Network,
    /// Those of the network and all pairs inside a circuit.
    Inside,
    /// Those of the network and all pairs of different units inside a circuit.
    InsideOffDiagonal,
}

/// The two terms of the recurrent update of every sample, with all factors.
pub(super) enum Terms {
    /// `pre_j·post_i + pre_i·post_j`.
    Outer { pre: Vec<Vec<f64>>, post: Vec<Vec<f64>> },
    /// `scale·(plus_i·plus_j − minus_i·minus_j)`.
    Contrast { plus: Vec<Vec<f64>>, minus: Vec<Vec<f64>>, scale: Vec<f64> },
}

/// A number of a unit from its winner flag `v` and its activity `q`.
pub(super) type Part = fn(f64, f64) -> f64;

impl Setting {
    pub(in super::super) fn new(case: &Case, truth: &Answer) -> Self {
        let q = truth.q.clone().unwrap_or_default();
        let held = Self::hold(case, &q);
        let (case, update) = (case.clone(), truth.update.clone());
        Self { case, held, q, update, variants: OnceCell::new(), is_of_rule: true }
    }

    /// A gradient in the place of the update, with its wrong answers.
    pub(super) fn of_gradient(
        case: &Case,
        truth: &Answer,
        gradient: &Parameters,
        variants: Vec<(&'static Cause, Variant)>,
    ) -> Self {
        Self {
            case: case.clone(),
            held: None,
            q: truth.q.clone().unwrap_or_default(),
            update: gradient.clone(),
            variants: OnceCell::from(variants),
            is_of_rule: false,
        }
    }

    /// The wrong answers of all causes, computed once.
    pub(super) fn variants(&self) -> &[(&'static Cause, Variant)] {
        let of = |cause: &'static Cause| (cause.plant)(self).into_iter().map(move |variant| (cause, variant));
        self.variants.get_or_init(|| CAUSES.iter().flat_map(of).collect())
    }

    fn hold(case: &Case, q: &[Vec<f64>]) -> Option<Case> {
        let hold = |document: &mut CaseDocument| {
            document.batch.iter_mut().zip(q).for_each(|(entry, q)| entry.q = Some(q.clone()));
        };
        case.altered(hold).ok()
    }

    /// The same case with another `q`, and the update that is right for it; `None` if there is
    /// none.
    pub(super) fn at(&self, q: Vec<Vec<f64>>) -> Option<Self> {
        let held = Self::hold(&self.case, &q);
        let update = match &held {
            Some(held) => self.computed(held)?.update,
            None => self.score(&q, &self.winners(), [|_, q| q, |v, q| v - q], None)?,
        };
        Some(Self {
            case: self.case.clone(),
            held,
            q,
            update,
            variants: OnceCell::new(),
            is_of_rule: self.is_of_rule,
        })
    }

    /// The answer to the case with a change, for the true `q`; `None` if there is none.
    pub(super) fn altered(&self, alter: impl FnOnce(&mut CaseDocument)) -> Option<Rough> {
        self.computed(&self.held.as_ref()?.altered(alter).ok()?)
    }

    /// The answer to the case with a change, whose `q` is solved again unless the case gives it.
    pub(super) fn solved(&self, alter: impl FnOnce(&mut CaseDocument)) -> Option<Rough> {
        self.computed(&self.case.altered(alter).ok()?)
    }

    fn computed(&self, case: &Case) -> Option<Rough> {
        let shape = case.shape();
        let configurations = (0..shape.circuits()).map(|c| shape.circuit(c).len()).product::<usize>();
        let is_enumerated = match case.written() {
            Some(written) => written.program().is_enumerated(),
            None => case.rule().is_enumerated(),
        };
        let is_affordable = match is_enumerated {
            true => configurations <= ENUMERABLE,
            false => self.size().saturating_mul(shape.units().pow(2)) <= AFFORDABLE,
        };
        if is_affordable { rough(case).ok() } else { None }
    }

    /// B.
    pub(super) fn size(&self) -> usize {
        self.case.batch().len()
    }

    /// N.
    pub(super) fn units(&self) -> usize {
        self.case.shape().units()
    }

    /// `v` of every sample.
    pub(super) fn winners(&self) -> Vec<Vec<f64>> {
        let shape = self.case.shape();
        let one_hot = |sample: &crate::conformance::case::Sample| {
            let mut v = vec![0.0; shape.units()];
            for (c, &winner) in sample.hidden.iter().chain([&sample.action]).enumerate() {
                v[shape.circuit(c).start + winner] = 1.0;
            }
            v
        };
        self.case.batch().iter().map(|entry| one_hot(&entry.sample)).collect()
    }

    /// The rule in the reference, for sample `b`.
    fn rule(&self, b: usize) -> Rule<f64> {
        self.case.rule().reference(&self.case.options(), b..b + 1)
    }

    /// Does the update consist of the score `v − q` times a signal?
    pub(super) fn is_score(&self) -> bool {
        self.case.written().is_none()
            && matches!(self.rule(0), Rule::Svpg | Rule::SvpgBmvc | Rule::SvpgTpami(_))
    }

    fn kappa(&self) -> f64 {
        svpg_reference::network::Convention::from(self.case.convention()).kappa()
    }

    /// The factor of recurrent weights in a rule of scores.
    fn score_kappa(&self) -> f64 {
        if self.case.rule().follows_convention() { self.kappa() } else { 1.0 }
    }

    /// The signal that multiplies the score of sample `b`, for any activity of the action circuit.
    fn signal(&self, b: usize, q: &[f64]) -> f64 {
        let advantage = self.case.batch()[b].advantage;
        let Rule::SvpgTpami(options) = self.rule(b) else { return advantage };
        let actions = &q[self.case.shape().hidden_units()..];
        // The rule has one sample, number 0.
        let signal = options.signal(0, advantage, actions, self.case.batch()[b].sample.action);
        signal / self.size() as f64
    }

    /// The update of a rule of scores, for any activity and winners, with other numbers for the
    /// presynaptic activity and the postsynaptic score; `None` for another rule. `bias` is the
    /// score of the bias.
    pub(super) fn score(
        &self,
        q: &[Vec<f64>],
        v: &[Vec<f64>],
        [pre, post]: [Part; 2],
        bias: Option<Part>,
    ) -> Option<Parameters> {
        if !self.is_score() {
            return None;
        }
        let own: Part = if matches!(self.rule(0), Rule::SvpgBmvc) { |v, _| v } else { post };
        let bias = bias.unwrap_or(own);
        let kappa = self.score_kappa();
        let signals: Vec<f64> = (0..self.size()).map(|b| self.signal(b, &q[b])).collect();
        let apply = |part: Part, b: usize, i: usize| part(v[b][i], q[b][i]);
        let pair = |b: usize, i: usize, j: usize| {
            let both = apply(pre, b, j) * apply(post, b, i) + apply(pre, b, i) * apply(post, b, j);
            kappa * signals[b] * both
        };
        Some(self.assemble(Reach::Network, &pair, &|b, i| signals[b] * apply(post, b, i), &|b, i| {
            signals[b] * apply(bias, b, i)
        }))
    }

    /// The two terms of the recurrent update; `None` if the rule has no such terms.
    pub(super) fn terms(&self) -> Option<Terms> {
        if self.case.written().is_some() {
            return None;
        }
        let scaled = |values: &[f64], factor: f64| values.iter().map(|x| factor * x).collect();
        let advantage = |b: usize| self.case.batch()[b].advantage;
        match self.rule(0) {
            Rule::Exact => None,
            Rule::Svpg | Rule::SvpgBmvc | Rule::SvpgTpami(_) => {
                let score = |(b, v): (usize, Vec<f64>)| {
                    let factor = self.score_kappa() * self.signal(b, &self.q[b]);
                    v.iter().zip(&self.q[b]).map(|(v, q)| factor * (v - q)).collect()
                };
                let post = self.winners().into_iter().enumerate().map(score).collect();
                Some(Terms::Outer { pre: self.q.clone(), post })
            }
            Rule::Implicit => {
                let alone = |b: usize| {
                    let alter = |document: &mut CaseDocument| {
                        for (other, entry) in document.batch.iter_mut().enumerate() {
                            entry.advantage = if other == b { entry.advantage } else { 0.0 };
                        }
                    };
                    let bias = self.altered(alter)?.update.bias;
                    Some(scaled(&bias, self.kappa() * self.size() as f64))
                };
                let post = (0..self.size()).map(alone).collect::<Option<_>>()?;
                Some(Terms::Outer { pre: self.q.clone(), post })
            }
            Rule::TwoPhase | Rule::Nudged { .. } => {
                let (divisor, centred) = match self.rule(0) {
                    Rule::Nudged { beta, centred } => (if centred { 2.0 * beta } else { beta }, centred),
                    _ => (1.0, false),
                };
                let clamped = self.altered(|_| {})?.clamped;
                let plus: Vec<_> = clamped.iter().map(|phases| phases[0].clone()).collect();
                let minus = match centred {
                    true => clamped.iter().map(|phases| phases[1].clone()).collect(),
                    false => self.q.clone(),
                };
                let scale = (0..self.size()).map(|b| advantage(b) * self.kappa() / divisor).collect();
                Some(Terms::Contrast { plus, minus, scale })
            }
        }
    }

    /// The true update with a recurrent part of the two terms with these factors.
    pub(super) fn with_terms(&self, terms: &Terms, [first, second]: [f64; 2], reach: Reach) -> Parameters {
        let pair = |b: usize, i: usize, j: usize| match terms {
            Terms::Outer { pre, post } => first * pre[b][j] * post[b][i] + second * pre[b][i] * post[b][j],
            Terms::Contrast { plus, minus, scale } => {
                scale[b] * (first * plus[b][i] * plus[b][j] - second * minus[b][i] * minus[b][j])
            }
        };
        let recurrent = self.assemble(reach, &pair, &|_, _| 0.0, &|_, _| 0.0).recurrent;
        Parameters { recurrent, ..self.update.clone() }
    }

    /// The average over the batch of `pair(b, i, j)`, `s_k·state(b, i)` and `bias(b, i)`.
    pub(super) fn assemble(
        &self,
        reach: Reach,
        pair: &dyn Fn(usize, usize, usize) -> f64,
        state: &dyn Fn(usize, usize) -> f64,
        bias: &dyn Fn(usize, usize) -> f64,
    ) -> Parameters {
        let (shape, batch) = (self.case.shape(), self.case.batch());
        let mean = |term: &dyn Fn(usize) -> f64| (0..batch.len()).map(term).sum::<f64>() / batch.len() as f64;
        let mut update = Parameters::zero(shape);
        for i in 0..shape.units() {
            for j in 0..shape.units() {
                let inside = shape.circuit_of(i) == shape.circuit_of(j);
                let reached = match reach {
                    Reach::Inside if inside => true,
                    Reach::InsideOffDiagonal if inside => i != j,
                    _ => self.case.is_connected(i, j),
                };
                if reached {
                    update.recurrent[i][j] = mean(&|b| pair(b, i, j));
                }
            }
            for k in (0..shape.states).filter(|&k| self.case.is_observed(k, i)) {
                update.state[k][i] = mean(&|b| batch[b].state[k] * state(b, i));
            }
            update.bias[i] = mean(&|b| bias(b, i));
        }
        update
    }

    /// The update without the entries that are no parameter of the network; `None` if it has none.
    pub(super) fn projected(&self, update: &Parameters) -> Option<Parameters> {
        let mut projected = update.clone();
        for (i, row) in projected.recurrent.iter_mut().enumerate() {
            for (j, entry) in row.iter_mut().enumerate() {
                *entry = if self.case.is_connected(i, j) { *entry } else { 0.0 };
            }
        }
        for (k, row) in projected.state.iter_mut().enumerate() {
            for (i, entry) in row.iter_mut().enumerate() {
                *entry = if self.case.is_observed(k, i) { *entry } else { 0.0 };
            }
        }
        (projected != *update).then_some(projected)
    }
}

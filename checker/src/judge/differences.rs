//! The finite-difference tier in one class.

use super::classes::Class;
use super::reasons;
use super::setting::Setting;
use super::tally::ChainTally;
use crate::evaluate::difference::{Difference, DifferenceEvaluator};
use crate::evaluate::fine_difference::{FineDifference, FineEvaluator, PRECISION};
use crate::evaluate::mode::Mode;
use crate::evaluate::point::Point;
use crate::evaluate::{Evaluator, Frame, Outcome};
use crate::language::ast::Relation;
use crate::number::Number;
use crate::number::real::{FIRST_PRECISION, Real, set_precision};
use crate::resolve::ir::ChainNode;

/// A bound below this, relative to the maximum of both sides and 1, is narrow.
const SHARP: f64 = 1e-4;

/// Evaluates instances on one real network in f64, or with many bits if f64 is not enough.
pub(super) struct Differences<'a> {
    setting: &'a Setting<'a>,
    class: &'a Class,
    point: Point,
    plain: DifferenceEvaluator<'a>,
    fine: Option<FineEvaluator<'a>>,
}

/// Two sides that are compared.
struct Pair {
    left: f64,
    right: f64,
    /// The error bound of their difference.
    bound: f64,
    /// The difference, or the violation of the inequality, exceeds the bound.
    failed: bool,
    sharp: bool,
}

impl<'a> Differences<'a> {
    pub(super) fn new(setting: &'a Setting<'a>, class: &'a Class, point: Point) -> Self {
        let domain = Difference::new(point.clone());
        let plain = Evaluator::new(setting.document, &class.shape, domain, setting.steps());
        Self { setting, class, point, plain, fine: None }
    }

    /// At most two instances with a side that has no value in f64.
    pub(super) fn without_value(&mut self, chain: &ChainNode, frames: &[Frame]) -> Vec<Frame> {
        let mut valueless = |frame: &&Frame| {
            self.plain.renew_budget();
            let mut sides = chain.sides.iter();
            sides.any(|&side| self.plain.eval(side, &mut (*frame).clone(), Mode::BASE).is_err())
        };
        frames.iter().filter(|frame| valueless(frame)).take(2).cloned().collect()
    }

    /// Compares the links of instances within their error bounds.
    pub(super) fn compare(&mut self, chain: &ChainNode, frames: &[Frame], tally: &mut ChainTally) {
        let mut compared = 0;
        for frame in frames {
            self.plain.renew_budget();
            let plain: Outcome<Vec<_>> = chain
                .sides
                .iter()
                .map(|&side| self.plain.eval(side, &mut frame.clone(), Mode::BASE))
                .collect();
            let mut pairs: Vec<Option<Pair>> = match plain {
                Err(_) => chain.links.iter().map(|_| None).collect(),
                Ok(sides) => {
                    let pairs = chain.links.iter().zip(sides.windows(2));
                    pairs
                        .map(|(link, pair)| {
                            let radius = pair[0].radius + pair[1].radius;
                            Some(judged(link.relation, pair[0].middle, pair[1].middle, radius))
                        })
                        .collect()
                }
            };
            let mut assumed = self.plain.domain.assumed;
            let refuted = |at: usize| tally.links[at].exact_differed || tally.links[at].high_apart;
            let doubtful = |(at, pair): (usize, &Option<Pair>)| {
                !refuted(at) && pair.as_ref().is_none_or(|pair| pair.failed || !pair.sharp)
            };
            if pairs.iter().enumerate().any(doubtful)
                && let Ok(sides) = self.finely(chain, frame)
            {
                let links = chain.links.iter().zip(sides.windows(2));
                pairs = links.map(|(link, pair)| Some(finely_judged(link.relation, pair))).collect();
                assumed = self.fine.as_ref().is_some_and(|fine| fine.domain.assumed);
            }
            // Numbers that were taken as equal may differ, so a difference says nothing.
            if assumed {
                pairs.iter_mut().flatten().for_each(|pair| pair.failed = false);
            }
            compared += usize::from(pairs.iter().any(Option::is_some));
            for (at, pair) in pairs.into_iter().enumerate() {
                let Some(Pair { left, right, bound, failed, sharp }) = pair else { continue };
                let found = &mut tally.links[at];
                found.difference_sharp |= sharp;
                if failed && !found.exact_differed && !found.high_apart {
                    found.conflict.get_or_insert(reasons::differences(left, right, bound));
                }
                let tier = &mut tally.tiers.finite_difference;
                let error = (left - right).abs();
                if !failed && chain.links[at].relation == Relation::Equal && error >= tier.max_error {
                    tier.max_error = error;
                    tier.bound = bound;
                }
            }
        }
        tally.tiers.finite_difference.instances += compared;
        tally.tiers.finite_difference.points += usize::from(compared > 0);
    }

    fn finely(&mut self, chain: &ChainNode, frame: &Frame) -> Outcome<Vec<Real>> {
        set_precision(PRECISION);
        let fine = self.fine.get_or_insert_with(|| {
            let domain = FineDifference::new(self.point.clone());
            Evaluator::new(self.setting.document, &self.class.shape, domain, self.setting.steps())
        });
        fine.renew_budget();
        let sides = chain.sides.iter().map(|&side| fine.eval(side, &mut frame.clone(), Mode::BASE)).collect();
        set_precision(FIRST_PRECISION);
        sides
    }
}

fn judged(relation: Relation, left: f64, right: f64, bound: f64) -> Pair {
    let error = match relation {
        Relation::Equal => (left - right).abs(),
        Relation::LessEqual => left - right,
        Relation::GreaterEqual => right - left,
    };
    let scale = left.abs().max(right.abs()).max(1.0);
    let valued = !(left - right).is_nan() && !bound.is_nan();
    Pair { left, right, bound, failed: error > bound || !valued, sharp: valued && bound < SHARP * scale }
}

fn finely_judged(relation: Relation, pair: &[Real]) -> Pair {
    let (left, right) = (&pair[0], &pair[1]);
    let (low, high) = left.distance(right);
    let sign = left.sub(right).sign();
    let failed = match relation {
        Relation::Equal => low > 0.0,
        Relation::LessEqual => sign.is_some_and(std::cmp::Ordering::is_gt),
        Relation::GreaterEqual => sign.is_some_and(std::cmp::Ordering::is_lt),
    };
    let sharp = left.radius_share().max(right.radius_share()) < SHARP;
    Pair { left: left.to_f64(), right: right.to_f64(), bound: high, failed, sharp }
}

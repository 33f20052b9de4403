//! The high-precision tier: evaluates two sides as balls, with more bits until they are apart or
//! agree.

use super::classes::Class;
use super::setting::Setting;
use crate::evaluate::high::{HighEvaluator, Precise, Ties};
use crate::evaluate::mode::Mode;
use crate::evaluate::observations::Observations;
use crate::evaluate::point::Point;
use crate::evaluate::{EvalError, Evaluator, Frame, Outcome};
use crate::language::ast::Relation;
use crate::number::Number;
use crate::number::real::{FIRST_PRECISION, Real, set_precision};
use crate::resolve::ir::ChainNode;

/// Two sides agree if they differ by less than this, relative to the maximum of both and 1.
pub(super) const DEPTH: f64 = 1e-50;

/// The result of balls for a link of an instance.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// No number lies in both balls, or the inequality is certainly violated.
    Apart(Real, Real),
    /// They agree to the depth, or the inequality is not certainly violated. The number bounds
    /// their relative difference.
    Agreed(f64),
    /// The balls meet, and more bits do not separate them.
    Undecided(Real, Real),
    NoValue(EvalError),
}

/// Evaluates instances on one real network, with as many bits as they need.
pub(super) struct Precisely<'a> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) class: &'a Class,
    point: Point,
    ev: HighEvaluator<'a>,
    bits: usize,
    /// Largest number of bits that was used.
    pub(super) most: usize,
}

impl<'a> Precisely<'a> {
    pub(super) fn new(setting: &'a Setting<'a>, class: &'a Class, point: Point) -> Self {
        set_precision(FIRST_PRECISION);
        let domain = Precise::domain(point.clone(), Ties::Open);
        let ev = Evaluator::new(setting.document, &class.shape, domain, setting.steps());
        Self { setting, class, point, ev, bits: FIRST_PRECISION, most: FIRST_PRECISION }
    }

    fn restart(&mut self, bits: usize) {
        set_precision(bits);
        let observations = std::mem::take(&mut self.ev.observations);
        let domain = Precise::domain(self.point.clone(), self.setting.ties(bits));
        self.ev = Evaluator::new(self.setting.document, &self.class.shape, domain, self.setting.steps());
        self.ev.observations = observations;
        self.bits = bits;
    }

    pub(super) fn observations(&self) -> &Observations {
        &self.ev.observations
    }

    pub(super) fn evaluator(&mut self) -> &mut HighEvaluator<'a> {
        self.ev.renew_budget();
        set_precision(self.bits);
        &mut self.ev
    }

    /// Compares a link. `differs`: the exact tier finds a difference, so more bits are tried until
    /// balls do.
    pub(super) fn link(&mut self, chain: &ChainNode, link: usize, frame: &Frame, differs: bool) -> Found {
        let relation = chain.links[link].relation;
        let mut bits = FIRST_PRECISION;
        let mut last = None;
        while bits <= self.setting.bits {
            if self.bits != bits {
                self.restart(bits);
            }
            self.most = self.most.max(bits);
            let mut found = self.at_precision(chain, link, frame, relation);
            // The exact tier knows which numbers are equal.
            if let Found::Apart(left, right) = &found
                && self.ev.domain.backend.has_assumed()
                && !differs
            {
                found = Found::Undecided(left.clone(), right.clone());
            }
            match &found {
                Found::Apart(..) => return self.back(found),
                Found::Agreed(_) if !differs => return self.back(found),
                Found::NoValue(error) if !matches!(error, EvalError::Imprecise(_)) => {
                    return self.back(found);
                }
                _ => {}
            }
            last = Some(found);
            bits *= 4;
        }
        self.back(last.unwrap_or(Found::NoValue(EvalError::Again)))
    }

    /// Returns to few bits for the next link.
    fn back(&mut self, found: Found) -> Found {
        if self.bits != FIRST_PRECISION {
            self.restart(FIRST_PRECISION);
        }
        found
    }

    fn at_precision(&mut self, chain: &ChainNode, link: usize, frame: &Frame, relation: Relation) -> Found {
        let mut side = |at: usize| -> Outcome<Real> {
            let ev = &mut self.ev;
            ev.renew_budget();
            Ok(ev.eval(chain.sides[at], &mut frame.clone(), Mode::BASE)?.value)
        };
        let (left, right) = match (side(link), side(link + 1)) {
            (Ok(left), Ok(right)) => (left, right),
            (Err(error), _) | (_, Err(error)) => return Found::NoValue(error),
        };
        judge(left, right, relation)
    }
}

/// Compares two balls.
pub(super) fn judge(left: Real, right: Real, relation: Relation) -> Found {
    let sign = left.sub(&right).sign();
    let (low, high) = left.distance(&right);
    let violated = match relation {
        Relation::Equal => low > 0.0,
        Relation::LessEqual => sign.is_some_and(std::cmp::Ordering::is_gt),
        Relation::GreaterEqual => sign.is_some_and(std::cmp::Ordering::is_lt),
    };
    if violated {
        return Found::Apart(left, right);
    }
    if relation != Relation::Equal && sign.is_some() {
        return Found::Agreed(0.0);
    }
    if high <= DEPTH { Found::Agreed(high) } else { Found::Undecided(left, right) }
}

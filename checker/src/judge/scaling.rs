//! Claims that say the same in both conventions.
//!
//! Multiply κ by a number `t > 0` and divide the recurrent weights by `t`: no net input and no
//! energy changes. Most expressions are multiplied by a power of `t`: κ by `t`, a recurrent weight
//! by `1/t`, a derivative by a recurrent weight by `t`, and every function of net inputs by 1. If
//! both sides of an equation have the same power, then the equation holds for all weights at one κ
//! if and only if it holds at any other.

use super::analysis::{Analysis, Bindings, Cache};
use crate::language::ast::{FoldKind, Parameter, Relation};
use crate::resolve::ir::*;
use crate::resolve::sort::Type;

/// The power of `t` by which an expression is multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Power {
    /// The expression is zero.
    Any,
    Of(i32),
    /// No power is known.
    None,
}

impl Power {
    /// The power of a sum, or of one of two branches.
    fn join(self, other: Self) -> Self {
        match (self, other) {
            (Power::Any, power) | (power, Power::Any) => power,
            (a, b) if a == b => a,
            _ => Power::None,
        }
    }

    fn times(self, other: Self) -> Self {
        match (self, other) {
            (Power::None, _) | (_, Power::None) => Power::None,
            (Power::Any, _) | (_, Power::Any) => Power::Any,
            (Power::Of(a), Power::Of(b)) => a.checked_add(b).map_or(Power::None, Power::Of),
        }
    }

    fn inverse(self) -> Self {
        match self {
            Power::Of(power) => Power::Of(-power),
            Power::Any | Power::None => Power::None,
        }
    }

    /// The power of a function whose argument must not change.
    fn of_function(self) -> Self {
        if matches!(self, Power::Any | Power::Of(0)) { Power::Of(0) } else { Power::None }
    }
}

/// Every chain says the same at every κ.
pub(super) fn says_the_same_in_both(document: &Document, chains: &[ChainNode]) -> bool {
    let scaling = Scaling { analysis: Analysis::new(document), document, known: Cache::new() };
    let env = Bindings::default();
    chains.iter().all(|chain| {
        let powers: Vec<Power> = chain.sides.iter().map(|&side| scaling.power(side, &env)).collect();
        chain.links.iter().all(|link| link.relation == Relation::Equal)
            && chain.filter.is_none_or(|filter| scaling.compares_no_values(filter, &env))
            && powers.windows(2).all(|pair| pair[0].join(pair[1]) != Power::None)
    })
}

struct Scaling<'a> {
    analysis: Analysis<'a>,
    document: &'a Document,
    known: Cache<Power>,
}

impl Scaling<'_> {
    fn power(&self, node: NodeId, env: &Bindings) -> Power {
        self.known.of(self.document, (node, env), || Power::None, |env| self.new_power(node, env))
    }

    fn of_param(&self, param: ParamId) -> Power {
        match self.document.params[param].kind {
            ParamKind::Kappa => Power::Of(1),
            ParamKind::Weights(Parameter::Recurrent) => Power::Of(-1),
            _ => Power::Of(0),
        }
    }

    /// The power of a definition that a derivative is taken by.
    fn of_target(&self, id: LetId) -> Power {
        let LetNode { formals, body, .. } = &self.document.lets[id];
        let indices = formals.iter().all(|formal| matches!(formal, Type::Index(_)));
        if indices { self.power(*body, &Bindings::default()) } else { Power::None }
    }

    fn new_power(&self, node: NodeId, env: &Bindings) -> Power {
        let of = |node: NodeId| self.power(node, env);
        match &self.document.nodes[node].op {
            Op::Constant(value) if value.is_zero() => Power::Any,
            Op::Constant(_) | Op::Ordinal(_) | Op::Winners(_) | Op::TrainFamily(_) => Power::Of(0),
            Op::Param(param, _) | Op::ParamFamily(param) => self.of_param(*param),
            // The unknowns of a linear system are assumed not to change. `Op::Solve` requires the
            // same of its body.
            Op::VariableFamily(slot) if env.get(*slot).is_none() => Power::Of(0),
            Op::Variable(slot) | Op::VariableFamily(slot) => {
                env.get(*slot).map_or(Power::None, |(node, env)| self.power(node, &env))
            }
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                self.power(self.document.lets[*id].body, &self.analysis.enter(*id, arguments, env))
            }
            Op::Entry(family, _) => of(*family),
            Op::Negate(a) | Op::Hold(a) => of(*a),
            Op::Add(a, b) | Op::Sub(a, b) => of(*a).join(of(*b)),
            Op::Min(a, b) | Op::Max(a, b) if self.is_fixed(*a, env) && self.is_fixed(*b, env) => Power::Of(0),
            Op::Mul(a, b) => of(*a).times(of(*b)),
            Op::Div(a, b) => of(*a).times(of(*b).inverse()),
            Op::Power(a, exponent) => match of(*a) {
                Power::Of(power) => power.checked_mul(*exponent).map_or(Power::None, Power::Of),
                Power::Any if *exponent > 0 => Power::Any,
                Power::Any | Power::None => Power::None,
            },
            Op::Exp(a) | Op::Ln(a) | Op::Softmax(a) => of(*a).of_function(),
            Op::If(condition, yes, no) if self.compares_no_values(*condition, env) => of(*yes).join(of(*no)),
            Op::Bracket(condition) if self.compares_no_values(*condition, env) => Power::Of(0),
            Op::Fold(fold, _, filter, body)
                if filter.is_none_or(|filter| self.compares_no_values(filter, env)) =>
            {
                match fold {
                    FoldKind::Sum => of(*body),
                    FoldKind::Product => of(*body).of_function(),
                }
            }
            Op::Expectation { weight, condition, body, .. }
                if condition.is_none_or(|condition| self.compares_no_values(condition, env)) =>
            {
                let weight = match weight {
                    Weight::Circuits(node) | Weight::Spikes(node) => of(*node).of_function(),
                    Weight::Number(node) => of(*node),
                };
                let sum = weight.times(of(*body));
                if condition.is_some() { sum.times(weight.inverse()) } else { sum }
            }
            Op::Derivative { body, target, .. } => {
                let by = match *target {
                    Target::Param(param) => self.of_param(param),
                    Target::Let(id) => self.of_target(id),
                };
                of(*body).times(by.inverse())
            }
            Op::MeanField { states, strength, .. } => {
                let strength = strength.map_or(Power::Of(0), of);
                of(*states).of_function().times(strength.of_function())
            }
            Op::Solve { body, .. } => of(*body).of_function(),
            _ => Power::None,
        }
    }

    /// A number that is the same at all points of a class.
    fn is_fixed(&self, node: NodeId, env: &Bindings) -> bool {
        self.document.indicators[node] || self.analysis.is_extent(node, env)
    }

    /// The condition compares no values of entries. A claim with such comparisons is sampled, and
    /// tried in both conventions.
    fn compares_no_values(&self, node: NodeId, env: &Bindings) -> bool {
        match self.document.nodes[node].op {
            Op::SameIndex(..) => true,
            Op::Compare(_, a, b) => self.is_fixed(a, env) && self.is_fixed(b, env),
            Op::And(a, b) | Op::Or(a, b) => {
                self.compares_no_values(a, env) && self.compares_no_values(b, env)
            }
            Op::Not(a) => self.compares_no_values(a, env),
            _ => false,
        }
    }
}

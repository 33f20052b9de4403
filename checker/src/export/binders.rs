//! Index sets, filters and conditions.

use super::expression::{Exporter, Place, Result};
use super::names;
use crate::language::ast::CompareOp;
use crate::resolve::ir::*;
use crate::resolve::sort::{Sort, Type};
use crate::resolve::walk::for_each_child;

impl Exporter<'_> {
    /// The heads of nested sums or products, each with its condition.
    pub(super) fn binders(
        &self,
        binders: &[BinderNode],
        filter: Option<NodeId>,
        place: &mut Place,
    ) -> Result<Vec<String>> {
        let mut heads = Vec::new();
        for (at, BinderNode { slot, set, name }) in binders.iter().enumerate() {
            let (sort, unit) = self.set(set);
            let unit = unit.map(|unit| self.index(unit, Sort::Unit, place)).transpose()?;
            let own = self.bind(place, *slot, name);
            let mut conditions = Vec::new();
            if let Some(unit) = unit {
                conditions.push(format!("circuit {} == circuit {unit}", injected(&own, sort)));
            }
            if let Some(filter) = filter.filter(|_| at + 1 == binders.len()) {
                conditions.push(self.truth(filter, place)?);
            }
            let condition = match conditions.as_slice() {
                [] => String::new(),
                [one] => format!(" | {one}"),
                more => format!(" | ({})", more.join(") && (")),
            };
            heads.push(format!("{own} : {}{condition}", names::set(sort)));
        }
        Ok(heads)
    }

    /// The set of a binder, and the unit whose circuit it is.
    pub(super) fn set(&self, set: &SetNode) -> (Sort, Option<NodeId>) {
        match set {
            SetNode::All(sort) => (*sort, None),
            SetNode::CircuitOf(unit) => match *self.kind(*unit) {
                Type::Index(sort) => (sort, Some(*unit)),
                _ => (Sort::Unit, Some(*unit)),
            },
        }
    }

    /// Whether Coq sees in the term of a number that it is an element of K.
    fn typed(&self, node: NodeId) -> bool {
        let mut found = false;
        match self.op(node) {
            Op::Constant(_) | Op::Ordinal(_) | Op::Bracket(_) => {}
            op @ (Op::Negate(_) | Op::Add(..) | Op::Sub(..) | Op::Mul(..) | Op::Div(..) | Op::Power(..)) => {
                for_each_child(op, |child| found |= self.typed(child));
            }
            Op::Fold(_, _, _, body) => found = self.typed(*body),
            _ => found = true,
        }
        found
    }

    /// A condition on its own, for a hypothesis or a filter.
    pub(super) fn truth(&self, node: NodeId, place: &Place) -> Result<String> {
        let joined = |sign: &str, a: NodeId, b: NodeId| -> Result<String> {
            Ok(format!("({}) {sign} ({})", self.truth(a, place)?, self.truth(b, place)?))
        };
        match self.op(node) {
            Op::And(a, b) => joined("&&", *a, *b),
            Op::Or(a, b) => joined("||", *a, *b),
            Op::Not(a) => Ok(format!("~~ ({})", self.truth(*a, place)?)),
            Op::SameIndex(same, a, b) => {
                let sort = |node: NodeId| match *self.kind(node) {
                    Type::Index(sort) => sort,
                    _ => Sort::Unit,
                };
                let sort = if sort(*a) == sort(*b) { sort(*a) } else { sort(*a).base() };
                let sign = if *same { "==" } else { "!=" };
                Ok(format!("{} {sign} {}", self.index(*a, sort, place)?, self.index(*b, sort, place)?))
            }
            Op::Compare(op, a, b) => {
                let sign = match op {
                    CompareOp::Equal => "==",
                    CompareOp::NotEqual => "!=",
                    CompareOp::LessEqual => "<=",
                    CompareOp::GreaterEqual => ">=",
                    CompareOp::Less => "<",
                    CompareOp::Greater => ">",
                };
                let (left, right) = (self.term(*a, place)?.side(), self.term(*b, place)?.side());
                // Constants have the type of the rest.
                let left = if self.typed(*a) || self.typed(*b) { left } else { format!("({left} : K)") };
                Ok(format!("{left} {sign} {right}"))
            }
            _ => Err("a condition of this kind".to_owned()),
        }
    }
}

/// An index of its own set as a unit, if it is one.
fn injected(name: &str, sort: Sort) -> String {
    match sort {
        Sort::Hidden => format!("(inl {name})"),
        Sort::Action => format!("(inr {name})"),
        _ => name.to_owned(),
    }
}

//! Derivatives of an expression by an entry of a family.

use super::ir::*;
use super::resolver::{Meaning, Resolver, Result};
use super::sort::Type;
use super::walk::for_each_child;
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::limits::MAX_TARGETS;

impl Resolver {
    pub(super) fn derivative(&mut self, body: &Expr, target: &Expr, span: &Span) -> Result<NodeId> {
        if self.in_derivative {
            return Err(self.nested(span));
        }
        let (name, indices): (&str, &[Expr]) = match &*target.kind {
            Kind::Name(name) => (name, &[]),
            Kind::Index(base, indices) => match &*base.kind {
                Kind::Name(name) => (name, indices),
                _ => return Err(self.not_a_target(&target.span)),
            },
            _ => return Err(self.not_a_target(&target.span)),
        };
        let (by, sorts) = match self.names.get(name) {
            Some(&Meaning::Param(param))
                if !matches!(self.params[param].kind, ParamKind::Mask | ParamKind::Kappa) =>
            {
                (Target::Param(param), self.params[param].sorts.clone())
            }
            Some(&Meaning::Let(id)) if self.lets[id].arguments == 0 && !self.lets[id].formals.is_empty() => {
                let sorts = self.lets[id].formals.iter().filter_map(|formal| match formal {
                    Type::Index(sort) => Some(*sort),
                    _ => None,
                });
                (Target::Let(id), sorts.collect())
            }
            None if self.is_undefined(name) => return Err(self.undefined(name, &target.span)),
            _ => return Err(self.not_a_target(&target.span)),
        };
        if !self.targets.contains(&by) {
            if self.targets.len() == MAX_TARGETS {
                return Err(Diagnostic::new(
                    Code::NotATarget,
                    &target.span,
                    format!("the file differentiates by more than {MAX_TARGETS} families"),
                    "move claims into another file",
                ));
            }
            self.targets.push(by);
        }
        self.in_derivative = true;
        let body = self.number(body);
        self.in_derivative = false;
        let body = body?;
        if self.contains_derivative(body) {
            return Err(self.nested(span));
        }
        let indices = self.indices(indices, &sorts, &target.span)?;
        let mut used = indices.clone();
        used.push(body);
        let free = self.free(&used, &[]);
        Ok(self.node(Op::Derivative { body, target: by, indices }, Type::Number, span, free))
    }

    pub(super) fn nested(&self, span: &Span) -> Diagnostic {
        Diagnostic::new(
            Code::NestedDerivative,
            span,
            "the derivative contains a derivative",
            "the language has first derivatives only: write the inner derivative as an expression, and claim that it is right",
        )
    }

    fn not_a_target(&self, span: &Span) -> Diagnostic {
        Diagnostic::new(
            Code::NotATarget,
            span,
            "expected an entry of a family after `/ d`",
            "write one entry of a parameter, or of a definition with indices and no arguments, as in / d W[i,j]",
        )
    }

    pub(super) fn contains_derivative(&self, node: NodeId) -> bool {
        let op = &self.nodes[node].op;
        match op {
            Op::Derivative { .. } => return true,
            Op::Call(id, _) | Op::LetFamily(id, _) if self.differentiated[*id] => return true,
            Op::Hold(_) => return false,
            _ => {}
        }
        let mut found = false;
        for_each_child(op, |child| found |= self.contains_derivative(child));
        found
    }
}

//! Expressions of any type, and checks of the type that a place requires.

use super::ir::*;
use super::resolver::{Resolver, Result};
use super::sort::{Sort, Type};
use super::walk::for_each_child;
use crate::language::ast::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;

impl Resolver {
    /// Resolves an expression of any type.
    pub(super) fn any(&mut self, expr: &Expr) -> Result<NodeId> {
        let span = &expr.span;
        match &*expr.kind {
            Kind::Number(value) => Ok(self.node(Op::Constant(value.clone()), Type::Number, span, vec![])),
            Kind::Name(name) => self.name(name, span, None),
            Kind::Call(callee, arguments) => match &*callee.kind {
                Kind::Name(name) => self.name(name, span, Some(arguments)),
                _ => Err(self.wrong_kind(span, "only a name can take arguments")),
            },
            Kind::Rule { .. } => {
                Err(self.wrong_kind(span, "the line of the rule has no indices: write rule.W[i,j]"))
            }
            Kind::Index(base, indices) => self.indexed(base, indices, span),
            Kind::Negate(a) => {
                let a = self.number(a)?;
                Ok(self.arithmetic(Op::Negate(a), &[a], span))
            }
            Kind::Binary(op, a, b) => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                let op = match op {
                    BinaryOp::Add => Op::Add(a, b),
                    BinaryOp::Sub => Op::Sub(a, b),
                    BinaryOp::Mul => Op::Mul(a, b),
                    BinaryOp::Div => Op::Div(a, b),
                };
                Ok(self.arithmetic(op, &[a, b], span))
            }
            Kind::Power(a, exponent) => {
                let a = self.number(a)?;
                Ok(self.arithmetic(Op::Power(a, *exponent), &[a], span))
            }
            Kind::Compare(op, a, b) => self.comparison(*op, a, b, span),
            Kind::And(a, b) => {
                let (a, b) = (self.truth(a)?, self.truth(b)?);
                let free = self.free(&[a, b], &[]);
                Ok(self.node(Op::And(a, b), Type::Truth, span, free))
            }
            Kind::Or(a, b) => {
                let (a, b) = (self.truth(a)?, self.truth(b)?);
                let free = self.free(&[a, b], &[]);
                Ok(self.node(Op::Or(a, b), Type::Truth, span, free))
            }
            Kind::Not(a) => {
                let a = self.truth(a)?;
                let free = self.free(&[a], &[]);
                Ok(self.node(Op::Not(a), Type::Truth, span, free))
            }
            Kind::Function(function, arguments) => self.function(*function, arguments, span),
            Kind::Fold { fold, binders, body } => self.fold(*fold, binders, body, span),
            Kind::Expectation { variable, distribution, condition, body } => {
                self.expectation(variable, distribution, condition.as_ref(), body, span)
            }
            Kind::Derivative { body, target } => self.derivative(body, target, span),
            Kind::Softmax(inner) => {
                let inner = self.family(inner, &[Sort::Unit])?;
                let free = self.free(&[inner], &[]);
                Ok(self.node(Op::Softmax(inner), Type::Family(vec![Sort::Unit]), span, free))
            }
            Kind::MeanField { states, action, strength } => {
                let states = self.family(states, &[Sort::State])?;
                let action = action.as_ref().map(|action| self.index(action, Sort::Action)).transpose()?;
                let strength = strength.as_ref().map(|strength| self.number(strength)).transpose()?;
                let mut used = vec![states];
                used.extend(action);
                used.extend(strength);
                let free = self.free(&used, &[]);
                let op = Op::MeanField { states, action, strength };
                Ok(self.node(op, Type::Family(vec![Sort::Unit]), span, free))
            }
            Kind::Bernoulli(_) => Err(self.wrong_kind(span, "bernoulli(…) is allowed only after `~`")),
            Kind::Solve { unknown, name, body } => self.solve(unknown, name, body, span),
        }
    }

    pub(super) fn wrong_kind(&self, span: &Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(
            Code::WrongKind,
            span,
            message,
            "the kinds of every construct are in docs/derivation-language.md",
        )
    }

    pub(super) fn arithmetic(&mut self, op: Op, used: &[NodeId], span: &Span) -> NodeId {
        let free = self.free(used, &[]);
        self.node(op, Type::Number, span, free)
    }

    /// Resolves a number. A condition becomes its indicator.
    pub(super) fn number(&mut self, expr: &Expr) -> Result<NodeId> {
        let node = self.any(expr)?;
        match self.kind(node) {
            Type::Number => Ok(node),
            Type::Truth => Ok(self.arithmetic(Op::Bracket(node), &[node], &expr.span)),
            other => {
                let (message, index) = (format!("expected a number, found {other}"), other.clone());
                let mut diagnostic = self.wrong_kind(&expr.span, message);
                if let (Kind::Name(name), Type::Index(sort)) = (&*expr.kind, index)
                    && Sort::of_letter(name) == Some(sort)
                {
                    diagnostic.help = format!(
                        "`{name}` is a letter for {sort}: as an argument that is a number, write {name}: number"
                    );
                }
                Err(diagnostic)
            }
        }
    }

    pub(super) fn truth(&mut self, expr: &Expr) -> Result<NodeId> {
        let node = self.any(expr)?;
        match self.kind(node) {
            Type::Truth => Ok(node),
            other => {
                let message = format!("expected a condition, found {other}");
                Err(self.wrong_kind(&expr.span, message))
            }
        }
    }

    /// Resolves a family over exactly these sets. A configuration is a family over the units.
    pub(super) fn family(&mut self, expr: &Expr, sorts: &[Sort]) -> Result<NodeId> {
        let node = self.any(expr)?;
        let node = self.as_family(node, &expr.span);
        match self.kind(node) {
            Type::Family(found) if found == sorts => Ok(node),
            other => {
                let wanted = Type::Family(sorts.to_vec());
                let message = format!("expected {wanted}, found {other}");
                Err(self.wrong_kind(&expr.span, message))
            }
        }
    }

    pub(super) fn as_family(&mut self, node: NodeId, span: &Span) -> NodeId {
        let (op, sort) = match self.kind(node) {
            Type::Index(Sort::Configuration) => (Op::Winners(node), Sort::Unit),
            Type::Index(Sort::Train) => (Op::TrainFamily(node), Sort::Lag),
            _ => return node,
        };
        let free = self.free(&[node], &[]);
        self.node(op, Type::Family(vec![sort]), span, free)
    }

    /// Resolves an index, all values of which are in `sort`.
    pub(super) fn index(&mut self, expr: &Expr, sort: Sort) -> Result<NodeId> {
        let node = self.any(expr)?;
        self.index_at(node, expr, sort)
    }

    fn index_at(&self, node: NodeId, expr: &Expr, sort: Sort) -> Result<NodeId> {
        match self.kind(node) {
            Type::Index(found) if found.within(sort) => Ok(node),
            Type::Index(found) => Err(Diagnostic::new(
                Code::WrongSet,
                &expr.span,
                format!("expected an index of {sort}, found one of {found}"),
                format!("bind it with `in`, or use an index of {sort}"),
            )),
            other => {
                let message = format!("expected an index of {sort}, found {other}");
                Err(self.wrong_kind(&expr.span, message))
            }
        }
    }

    /// Resolves the unit in `circuit(i)`. `circuit(c)` for a circuit `c` is a frequent mistake.
    pub(super) fn unit_of_circuit(&mut self, expr: &Expr) -> Result<NodeId> {
        let node = self.any(expr)?;
        self.index_at(node, expr, Sort::Unit).map_err(|mut diagnostic| {
            if *self.kind(node) == Type::Index(Sort::Circuit) {
                diagnostic.help = format!(
                    "circuit(i) is the circuit of a unit i; for the units of circuit {expr}, write i where circuit(i) == {expr}"
                );
            }
            diagnostic
        })
    }

    pub(super) fn comparison(&mut self, op: CompareOp, a: &Expr, b: &Expr, span: &Span) -> Result<NodeId> {
        let (left, right) = (self.any(a)?, self.any(b)?);
        let free = self.free(&[left, right], &[]);
        let op = match (self.kind(left), self.kind(right), op) {
            (Type::Index(x), Type::Index(y), CompareOp::Equal | CompareOp::NotEqual) => {
                if x.base() != y.base() {
                    let message = format!("an index of {x} never equals one of {y}");
                    return Err(Diagnostic::new(Code::WrongSet, span, message, "compare indices of one set"));
                }
                Op::SameIndex(op == CompareOp::Equal, left, right)
            }
            (Type::Number, Type::Number, op) => Op::Compare(op, left, right),
            (Type::Index(_), Type::Index(_), _) => {
                return Err(Diagnostic::new(
                    Code::WrongKind,
                    span,
                    "indices have no order",
                    "compare their places: ordinal(i) < ordinal(j)",
                ));
            }
            (x, y, _) => {
                let message = format!("{x} and {y} cannot be compared in this way");
                return Err(self.wrong_kind(span, message));
            }
        };
        Ok(self.node(op, Type::Truth, span, free))
    }

    pub(super) fn function(&mut self, function: Function, arguments: &[Expr], span: &Span) -> Result<NodeId> {
        if let (Function::If, [condition, yes, no]) = (function, arguments) {
            let (condition, yes, no) = (self.truth(condition)?, self.number(yes)?, self.number(no)?);
            return Ok(self.arithmetic(Op::If(condition, yes, no), &[condition, yes, no], span));
        }
        let nodes = arguments.iter().map(|argument| self.number(argument)).collect::<Result<Vec<_>>>()?;
        let op = match (function, nodes.as_slice()) {
            (Function::Exp, &[a]) => Op::Exp(a),
            (Function::Ln, &[a]) => Op::Ln(a),
            (Function::Hold, &[a]) => Op::Hold(a),
            (Function::Min, &[a, b]) => Op::Min(a, b),
            (Function::Max, &[a, b]) => Op::Max(a, b),
            (Function::Clip, &[x, low, high]) => {
                let raised = self.arithmetic(Op::Max(x, low), &[x, low], span);
                Op::Min(raised, high)
            }
            _ => return Err(self.wrong_kind(span, "the number of arguments is wrong")),
        };
        let mut used = Vec::new();
        for_each_child(&op, |child| used.push(child));
        Ok(self.arithmetic(op, &used, span))
    }
}

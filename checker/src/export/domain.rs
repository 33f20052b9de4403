//! Where a claim is defined: divisors are not zero, and arguments of logarithms are positive.
//!
//! The checker leaves other points out, and Coq gives the expressions a value there. A condition on
//! declared parameters, arguments and sizes becomes a hypothesis of the statement. What depends on
//! the network has no condition, so there the statement says as much as the claim, or more.

use std::collections::BTreeSet;

use super::expression::{Exporter, Place, Result};
use super::names;
use crate::language::ast::FoldKind;
use crate::resolve::ir::*;
use crate::resolve::sort::Sort;
use crate::resolve::walk::for_each_child;

/// What is known of a number, or of all entries of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Unknown,
    NotNegative,
    Positive,
}

/// The place of an expression, with the bound names around it.
#[derive(Clone)]
struct Frame {
    place: Place,
    /// Binders, as `name : set` with or without a condition.
    heads: Vec<String>,
    /// Arguments that depend on the network, and unknowns.
    network: BTreeSet<Slot>,
    /// What is known of the other arguments.
    signs: Vec<(Slot, Sign)>,
}

impl Frame {
    fn new() -> Self {
        Self { place: Place::new("net"), heads: Vec::new(), network: BTreeSet::new(), signs: Vec::new() }
    }
}

impl Exporter<'_> {
    /// The conditions under which all sides of a claim are defined.
    pub(super) fn domain(&self, claim: &ClaimNode) -> Result<Vec<String>> {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        for chain in &claim.chains {
            let mut frame = Frame::new();
            frame.heads = self.binders(&chain.binders, chain.filter, &mut frame.place)?;
            for &node in chain.filter.iter().chain(&chain.sides) {
                self.defined(node, &frame, &mut seen, &mut found)?;
            }
        }
        Ok(found)
    }

    fn defined(
        &self,
        node: NodeId,
        frame: &Frame,
        seen: &mut BTreeSet<LetId>,
        found: &mut Vec<String>,
    ) -> Result<()> {
        let op = self.op(node);
        match op {
            Op::Div(_, divisor) => self.condition(*divisor, frame, "!= 0", found)?,
            Op::Power(base, exponent) if *exponent < 0 => self.condition(*base, frame, "!= 0", found)?,
            Op::Ln(argument) => self.condition(*argument, frame, "> 0", found)?,
            Op::Call(id, arguments) | Op::LetFamily(id, arguments)
                if !arguments.is_empty() || seen.insert(*id) =>
            {
                let inner = self.arguments(*id, arguments, frame)?;
                self.defined(self.document.lets[*id].body, &inner, seen, found)?;
            }
            _ => {}
        }
        let mut around = frame.clone();
        match op {
            Op::Fold(_, binders, filter, _) => {
                around.heads.extend(self.binders(binders, *filter, &mut around.place)?);
            }
            Op::Expectation { slot, sort, .. } => {
                let name = self.bind(&mut around.place, *slot, names::letter(*sort));
                around.heads.push(format!("{name} : {}", names::set(*sort)));
            }
            Op::Solve { unknown, index, sort, .. } => {
                self.bind(&mut around.place, *unknown, "V");
                around.network.insert(*unknown);
                let name = self.bind(&mut around.place, *index, names::letter(*sort));
                around.heads.push(format!("{name} : {}", names::set(*sort)));
            }
            _ => {}
        }
        let mut outcome = Ok(());
        for_each_child(op, |child| {
            if outcome.is_ok() {
                outcome = self.defined(child, &around, seen, found);
            }
        });
        outcome
    }

    /// The frame of a definition's body at a call.
    fn arguments(&self, id: LetId, arguments: &[NodeId], frame: &Frame) -> Result<Frame> {
        let mut inner = Frame::new();
        inner.heads.clone_from(&frame.heads);
        inner.place.bound = frame.place.bound.reserved();
        for (slot, (&argument, formal)) in arguments.iter().zip(&self.document.lets[id].formals).enumerate() {
            let text = self.argument(argument, formal, &frame.place)?;
            inner.place.bound.set(slot, text);
            if self.of_network(argument, frame) {
                inner.network.insert(slot);
            }
            inner.signs.push((slot, self.sign(argument, frame)));
        }
        Ok(inner)
    }

    fn condition(&self, node: NodeId, frame: &Frame, relation: &str, found: &mut Vec<String>) -> Result<()> {
        let not_zero = matches!(self.op(node), Op::Constant(value) if !value.is_zero() && relation == "!= 0");
        if not_zero || self.sign(node, frame) == Sign::Positive || self.of_network(node, frame) {
            return Ok(());
        }
        let text = format!("{} {relation}", self.term(node, &frame.place)?.side());
        let mut needed: BTreeSet<String> = words(&text);
        let mut quantifier = String::new();
        for head in frame.heads.iter().rev() {
            let (binder, condition) = head.split_once(" | ").map_or((&**head, None), |(a, b)| (a, Some(b)));
            if binder.split(' ').next().is_some_and(|name| needed.contains(name)) {
                let condition = condition.map(|condition| format!("{condition} -> ")).unwrap_or_default();
                quantifier = format!("forall ({binder}), {condition}{quantifier}");
                needed.extend(words(head));
            }
        }
        let text = format!("({quantifier}{text})");
        if !found.contains(&text) {
            found.push(text);
        }
        Ok(())
    }

    /// Whether the value depends on the network, that is, on more than declared parameters, sizes
    /// and bound names.
    fn of_network(&self, node: NodeId, frame: &Frame) -> bool {
        let op = self.op(node);
        let own = match op {
            Op::Param(param, _) | Op::ParamFamily(param) => {
                !matches!(self.document.params[*param].kind, ParamKind::Declared { .. })
            }
            Op::Variable(slot) | Op::VariableFamily(slot) => frame.network.contains(slot),
            Op::MeanField { .. } | Op::Derivative { .. } | Op::Solve { .. } => true,
            Op::Call(id, _) | Op::LetFamily(id, _) => {
                self.of_network(self.document.lets[*id].body, &Frame::new())
            }
            _ => false,
        };
        let mut found = own;
        for_each_child(op, |child| found = found || self.of_network(child, frame));
        found
    }

    fn sign(&self, node: NodeId, frame: &Frame) -> Sign {
        let sign = |node: NodeId| self.sign(node, frame);
        match self.op(node) {
            Op::Constant(value) if value.is_zero() => Sign::NotNegative,
            Op::Constant(value) if *value > dashu_ratio::RBig::ZERO => Sign::Positive,
            Op::Param(param, _) | Op::ParamFamily(param) => match self.document.params[*param].kind {
                kind if kind.is_positive() => Sign::Positive,
                ParamKind::Kappa => Sign::Positive,
                ParamKind::Mask => Sign::NotNegative,
                _ => Sign::Unknown,
            },
            Op::Variable(slot) | Op::VariableFamily(slot) => {
                let known = frame.signs.iter().find(|(known, _)| known == slot);
                known.map_or(Sign::Unknown, |(_, sign)| *sign)
            }
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                let mut inner = Frame::new();
                inner.signs = arguments.iter().map(|&argument| sign(argument)).enumerate().collect();
                self.sign(self.document.lets[*id].body, &inner)
            }
            Op::Exp(_) | Op::Softmax(_) | Op::MeanField { action: None, .. } => Sign::Positive,
            Op::MeanField { strength: None, .. } | Op::Bracket(_) | Op::Winners(_) | Op::TrainFamily(_) => {
                Sign::NotNegative
            }
            Op::Ordinal(_) => Sign::NotNegative,
            Op::Entry(family, _) => sign(*family),
            Op::Hold(a) => sign(*a),
            // One of two is enough where the other is not negative.
            Op::Add(a, b) if sign(*a).min(sign(*b)) > Sign::Unknown => sign(*a).max(sign(*b)),
            Op::Mul(a, b) | Op::Div(a, b) | Op::Min(a, b) | Op::If(_, a, b) => sign(*a).min(sign(*b)),
            Op::Max(a, b) => sign(*a).max(sign(*b)),
            Op::Power(a, exponent) if sign(*a) == Sign::Unknown && exponent % 2 == 0 => Sign::NotNegative,
            Op::Power(a, _) => sign(*a),
            Op::Fold(FoldKind::Sum, binders, filter, body) => {
                let some = filter.is_none() && binders.iter().all(|binder| never_empty(&binder.set));
                if some { sign(*body) } else { sign(*body).min(Sign::NotNegative) }
            }
            Op::Fold(_, _, _, body) => sign(*body),
            _ => Sign::Unknown,
        }
    }
}

/// Whether a set has an element in every network.
fn never_empty(set: &SetNode) -> bool {
    match set {
        SetNode::All(sort) => !matches!(sort, Sort::Hidden | Sort::State),
        // The unit itself.
        SetNode::CircuitOf(_) => true,
    }
}

/// The words of a term.
fn words(text: &str) -> BTreeSet<String> {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '\'';
    text.split(|c| !inside(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

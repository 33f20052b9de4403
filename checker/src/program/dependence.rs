//! What a term depends on: variables, and unknowns of linear systems.

use super::compile::{Compiler, Result, sorted};
use super::term::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::limits::MAX_TERMS;
use crate::resolve::ir::NodeId;

/// What a term depends on.
struct Draft {
    vars: Vec<Var>,
    unknowns: Vec<FamilyId>,
}

impl Compiler<'_> {
    pub(super) fn term(&mut self, node: NodeId, op: Op) -> Result<TermId> {
        if self.terms.len() >= MAX_TERMS {
            let what = format!("the rule has more than {MAX_TERMS} terms when its definitions are opened");
            let help = "use fewer definitions inside definitions";
            return Err(Diagnostic::new(Code::TooDeep, &self.document.nodes[node].span, what, help));
        }
        let mut draft = Draft { vars: Vec::new(), unknowns: Vec::new() };
        let mut bound = Vec::new();
        let mut used = Vec::new();
        self.describe(&op, &mut draft, &mut bound, &mut used);
        draft.vars.retain(|var| !bound.contains(var));
        let (vars, unknowns) = (sorted(draft.vars), sorted(draft.unknowns));
        used.into_iter().for_each(|id| self.terms[id].uses += 1);
        self.terms.push(Term { op, vars, unknowns, span: self.document.nodes[node].span.clone(), uses: 0 });
        Ok(self.terms.len() - 1)
    }

    /// What an operation depends on, the variables that it binds, and the terms in it.
    fn describe(&self, op: &Op, draft: &mut Draft, bound: &mut Vec<Var>, used: &mut Vec<TermId>) {
        let mut index = |ix: &Ix| draft.vars.extend(ix.var());
        match op {
            Op::Constant(_) => {}
            Op::Param(_, indices) => indices.iter().for_each(index),
            Op::Wins(winners, ix) => {
                index(ix);
                if let Winners::Bound(var) = winners {
                    draft.vars.push(*var);
                }
            }
            Op::Ordinal(ix, _) => index(ix),
            Op::Same(_, a, b) => [a, b].into_iter().for_each(index),
            Op::Entry(family, ix) => {
                index(ix);
                draft.vars.extend(&self.families[*family].vars);
                draft.unknowns.extend(&self.families[*family].unknowns);
            }
            Op::Unknown(family, ix) => {
                index(ix);
                draft.unknowns.push(*family);
            }
            Op::Fold(_, binders, filter, body) => {
                for (var, set) in binders {
                    if let Set::CircuitOf(ix) = set {
                        index(ix);
                    }
                    bound.push(*var);
                }
                used.extend(filter.iter().chain([body]));
            }
            Op::Mean { var, weight, condition, body, .. } => {
                bound.push(*var);
                used.extend(condition.iter().chain([weight, body]));
            }
            Op::Draw { var, weight, condition, body, .. } => {
                bound.push(*var);
                used.extend(condition.iter().chain([body]));
                match weight {
                    Weight::Number(weight) => used.push(*weight),
                    Weight::Circuits(family) => {
                        draft.vars.extend(&self.families[*family].vars);
                        draft.unknowns.extend(&self.families[*family].unknowns);
                    }
                }
            }
            Op::Negate(a) | Op::Power(a, _) | Op::Exp(a) | Op::Ln(a) | Op::Not(a) => used.push(*a),
            Op::If(a, b, c) => used.extend([a, b, c]),
            Op::Add(a, b)
            | Op::Sub(a, b)
            | Op::Mul(a, b, _)
            | Op::Div(a, b)
            | Op::Min(a, b)
            | Op::Max(a, b)
            | Op::Compare(_, a, b)
            | Op::And(a, b)
            | Op::Or(a, b) => used.extend([a, b]),
        }
        for &id in used.iter() {
            draft.vars.extend(&self.terms[id].vars);
            draft.unknowns.extend(&self.terms[id].unknowns);
        }
    }
}

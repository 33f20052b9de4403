//! What a term depends on: variables, and unknowns of linear systems.

use super::compile::{Compiler, Result, sorted};
use super::term::*;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::limits::MAX_TERMS;
use crate::resolve::ir::NodeId;

impl Compiler<'_> {
    pub(super) fn term(&mut self, node: NodeId, op: Op) -> Result<TermId> {
        if self.terms.len() >= MAX_TERMS {
            let what = format!("the rule has more than {MAX_TERMS} terms when its definitions are opened");
            let help = "use fewer definitions inside definitions";
            return Err(Diagnostic::new(Code::TooDeep, &self.document.nodes[node].span, what, help));
        }
        let Parts { indices, families, terms, bound } = op.parts();
        let mut vars: Vec<Var> = indices.into_iter().filter_map(Ix::var).collect();
        let mut unknowns = Vec::new();
        match &op {
            Op::Wins(Winners::Bound(var), _) => vars.push(*var),
            Op::Unknown(family, _) => unknowns.push(*family),
            _ => {}
        }
        for family in families {
            vars.extend(&self.families[family].vars);
            unknowns.extend(&self.families[family].unknowns);
        }
        for id in terms {
            vars.extend(&self.terms[id].vars);
            unknowns.extend(&self.terms[id].unknowns);
            self.terms[id].uses += 1;
        }
        vars.retain(|var| !bound.contains(var));
        let (vars, unknowns) = (sorted(vars), sorted(unknowns));
        self.terms.push(Term { op, vars, unknowns, span: self.document.nodes[node].span.clone(), uses: 0 });
        Ok(self.terms.len() - 1)
    }
}

//! The circuits on whose winners an expression depends.
//!
//! With independent circuits, an expectation sums over the winners of these circuits alone; the
//! others contribute the sum of their probabilities. So the expectation of a local rule needs no
//! enumeration of all configurations.

use std::collections::BTreeSet;

use super::term::*;

/// The circuits of the configuration `var` that `parts` depend on.
pub(super) fn seen(
    terms: &[Term],
    families: &[Family],
    var: Var,
    parts: impl Iterator<Item = TermId>,
) -> Seen {
    let mut search =
        Search { terms, families, var, units: Vec::new(), action: false, visited: BTreeSet::new() };
    for part in parts {
        // Variables that are not bound inside.
        let outer: Vec<Var> = terms[part].vars.clone();
        if !search.term(part, &outer) {
            return Seen::All;
        }
    }
    Seen::Some { units: search.units, action: search.action }
}

struct Search<'a> {
    terms: &'a [Term],
    families: &'a [Family],
    var: Var,
    units: Vec<Ix>,
    action: bool,
    visited: BTreeSet<TermId>,
}

impl Search<'_> {
    /// False if the term depends on the winner of a circuit that is chosen inside it.
    fn term(&mut self, id: TermId, outer: &[Var]) -> bool {
        let (terms, var) = (self.terms, self.var);
        if !terms[id].vars.contains(&var) || !self.visited.insert(id) {
            return true;
        }
        if let Op::Wins(winners, ix) = &terms[id].op
            && *winners == Winners::Bound(var)
        {
            match ix {
                Ix::Action(_) => self.action = true,
                _ if !ix.var().is_some_and(|own| outer.contains(&own)) => return false,
                _ if self.units.contains(ix) => {}
                _ => self.units.push(ix.clone()),
            }
        }
        let Parts { indices, families, terms, .. } = terms[id].op.parts();
        indices.into_iter().all(|ix| self.index(ix))
            && families.into_iter().all(|family| self.family(family, outer))
            && terms.into_iter().all(|part| self.term(part, outer))
    }

    fn family(&mut self, family: FamilyId, outer: &[Var]) -> bool {
        let families = self.families;
        if !families[family].vars.contains(&self.var) {
            return true;
        }
        match &families[family].op {
            FamilyOp::Softmax { inner, .. } | FamilyOp::Listed { inner, .. } => self.term(*inner, outer),
            FamilyOp::Solved { body, .. } => self.term(*body, outer),
            FamilyOp::Settled { states, action, strength } => {
                action.as_ref().is_none_or(|ix| self.index(ix))
                    && states
                        .iter()
                        .map(|(_, inner)| inner)
                        .chain(strength)
                        .all(|part| self.term(*part, outer))
            }
        }
    }

    /// Notes an index that is the action of the configuration.
    fn index(&mut self, ix: &Ix) -> bool {
        match ix {
            Ix::Action(Winners::Bound(var)) if *var == self.var => {
                self.action = true;
                true
            }
            Ix::Circuit(of) => self.index(of),
            Ix::Var(var) => *var != self.var,
            Ix::Action(_) => true,
        }
    }
}

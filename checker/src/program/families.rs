//! Families whose entries are computed together: softmax, mean-field states, linear solutions.

use std::rc::Rc;

use super::FaultKind;
use super::run::Machine;
use super::term::*;

/// Numbers of families that are kept before all are forgotten.
const MAX_KEPT: usize = 1 << 22;

impl Machine<'_, '_> {
    /// An entry of a family.
    pub(super) fn entry(&mut self, family: FamilyId, at: usize) -> f64 {
        let program = self.program;
        match &program.families[family].op {
            FamilyOp::Softmax { .. } => {
                let circuit = self.shape.circuit_of(at);
                let members = self.shape.members(circuit);
                self.part(family, circuit)[at - members.start]
            }
            FamilyOp::Solved { sort, .. } => {
                let start = self.shape.range(*sort).start;
                self.part(family, 0)[at - start]
            }
            FamilyOp::Listed { .. } => self.part(family, 0)[at],
            FamilyOp::Settled { .. } => {
                let settled = self.settled(family);
                settled.get(at).copied().unwrap_or(f64::NAN)
            }
        }
    }

    /// All entries of a family over the units.
    pub(super) fn whole(&mut self, family: FamilyId) -> Rc<[f64]> {
        self.part(family, 0)
    }

    /// A part of a family: the entries of one circuit of a softmax, else all.
    fn part(&mut self, family: FamilyId, part: usize) -> Rc<[f64]> {
        let program = self.program;
        let own = &program.families[family];
        let has_key = own.unknowns.is_empty() && own.vars.iter().all(|&var| self.extent(var).is_some());
        let key = (family, part, own.vars.iter().map(|&var| self.values[var]).collect::<Vec<usize>>());
        if has_key && let Some(known) = self.kept.get(&key) {
            return Rc::clone(known);
        }
        let numbers: Rc<[f64]> = match &own.op {
            FamilyOp::Softmax { member, inner } => {
                let inputs: Vec<f64> = self.along(*member, self.shape.members(part), *inner);
                let top = inputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let exponentials: Vec<f64> = inputs.iter().map(|z| (z - top).exp()).collect();
                let sum: f64 = exponentials.iter().sum();
                exponentials.iter().map(|x| x / sum).collect()
            }
            FamilyOp::Listed { member, inner } => self.along(*member, 0..self.shape.units(), *inner).into(),
            FamilyOp::Solved { member, sort, body } => {
                self.solved(family, *member, *sort, *body, &own.span).into()
            }
            FamilyOp::Settled { .. } => self.settled(family),
        };
        if has_key {
            self.kept_numbers += numbers.len();
            if self.kept_numbers > MAX_KEPT {
                self.kept.clear();
                self.kept_numbers = numbers.len();
            }
            self.kept.insert(key, Rc::clone(&numbers));
        }
        numbers
    }

    fn along(&mut self, member: Var, range: std::ops::Range<usize>, inner: TermId) -> Vec<f64> {
        range
            .map(|index| {
                self.values[member] = index;
                self.eval(inner)
            })
            .collect()
    }

    fn settled(&mut self, family: FamilyId) -> Rc<[f64]> {
        let program = self.program;
        let own = &program.families[family];
        let FamilyOp::Settled { states, action, strength } = &own.op else { return Rc::from([]) };
        let is_free = states.is_none() && action.is_none();
        if is_free && let Some(free) = &self.free {
            return Rc::clone(free);
        }
        let action = action.as_ref().map(|ix| self.index(ix));
        let strength = strength.map_or(1.0, |strength| self.eval(strength));
        let numbers = states.map(|(member, inner)| self.along(member, 0..self.shape.states, inner));
        let bits = numbers.iter().flatten().map(|state| state.to_bits()).collect();
        let key = (action, strength.to_bits(), bits);
        if let Some(known) = self.phases.get(&key) {
            return Rc::clone(known);
        }
        if !strength.is_finite() || numbers.iter().flatten().any(|state| !state.is_finite()) {
            let what = "the states or the strength of a clamp are not finite";
            self.faulty(FaultKind::NoValue, &own.span, what, "change the case so that they are");
            return Rc::from([]);
        }
        let clamp = action.map(|unit| (unit - self.shape.hidden_units(), strength));
        let found = (self.settle)(numbers.as_deref(), clamp);
        let Some(found) = found else {
            self.faulty(
                FaultKind::NoFixedPoint,
                &own.span,
                "no fixed point was found",
                "give smaller weights",
            );
            return Rc::from([]);
        };
        let found: Rc<[f64]> = found.into();
        self.phases.insert(key, Rc::clone(&found));
        if is_free {
            self.free = Some(Rc::clone(&found));
        }
        found
    }
}

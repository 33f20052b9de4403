//! What a call hands to a local rule, wherever the call stands.
//!
//! A family must be one that neurons have. A number must be the same at every synapse: it may
//! depend on a situation, a time step or an action, and on a configuration through the action
//! alone, and on an action as a reward or a rate does. None of these may be joined to an index of
//! the synapse whose update is read: by a filter, a bracket or another factor around the call, a
//! unit's own number could be picked out. What an expectation or a sum draws has a weight that a
//! network has ([`super::drawn`]), and no derivative by an entry is taken of an update. Definitions
//! are followed to the claims that apply them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::drawn::Drawn;
use super::ir::*;
use super::meaning::{Atom, Dependence, Env, Fault, Value};
use super::quantity::{NOT_A_QUANTITY, is_neuron, is_told};
use super::resolver::Result;
use super::sort::{Sort, Type};
use super::updates::{Around, Tie, Walk, closure};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;

impl Walk<'_> {
    /// Checks one call of a line of a local rule.
    pub(super) fn handed(
        &self,
        node: NodeId,
        id: LetId,
        rule: &RuleNode,
        (nodes, env): (&[NodeId], &Env),
        around: Around<'_>,
    ) -> Result<()> {
        let (arguments, indices) = nodes.split_at(rule.arguments.len());
        let mut own = Dependence::new();
        for index in indices {
            self.meanings.depends(*index, env, &mut own);
        }
        let written = |span: &Span, what: String, help: &str| {
            Err(Diagnostic::new(Code::NotLocal, span, format!("{} {what}", span.text()), help))
        };
        if let Some(span) = around.moved {
            let what =
                "takes the derivative of an update of a local rule by an entry, which picks out a neuron"
                    .to_owned();
            return written(span, what, "differentiate by a number, or say rule … nonlocal");
        }
        let joined = closure(own, around.ties, |_| true);
        let (used, divisors) = (self.used(id, rule), self.divisors(id));
        for (at, (argument, name)) in arguments.iter().zip(&rule.arguments).enumerate() {
            let mut found = Dependence::new();
            if let Some(place) = self.meanings.place(*argument, env) {
                found.extend(used[at].iter().map(|action| (place.atom, *action || place.action)));
            } else {
                self.meanings.depends(*argument, env, &mut found);
            }
            let span = self.place(node, at, *argument, env, around);
            if let Some((what, help)) = self.wrong(*argument, env, (&found, around.ties), name, &span) {
                return written(&span, what, help);
            }
            // In an expectation, whatever depends on the index of the synapse also weighs what the
            // rule is handed.
            let is_joined = |(atom, action): &(Atom, bool)| {
                joined.contains(&(*atom, *action))
                    || self.meanings.known(*atom).drawn && joined.contains(&(*atom, true))
            };
            if found.iter().any(is_joined) {
                let what =
                    format!("is joined to an index of the synapse, and `{name}` reaches every synapse alike");
                let help = "read the update at an index that nothing around it joins to what the argument depends on";
                return written(&span, what, help);
            }
            if *self.meanings.kind(*argument) == Type::Number {
                continue;
            }
            if let Some(fault) = self.unfair(found, around.ties) {
                let what = format!("is weighed by what no network draws it by: {}", fault.told(&span));
                let help = "draw it from rates or from the Boltzmann distribution, and weigh it by rewards and rates; \
                            a rule that needs more says nonlocal";
                return written(&span, what, help);
            }
            if divisors.contains(&at) && self.meanings.holds_weight(*argument, env, &mut BTreeSet::new()) {
                let what = format!(
                    "holds a weight, and the rule divides by `{name}` or takes its logarithm: it could cancel one"
                );
                return written(&span, what, NOT_A_QUANTITY);
            }
        }
        if self.meanings.exhausted() { Err(self.too_many(node, env, around)) } else { Ok(()) }
    }

    /// Why something that weighs this, or what it is drawn with, is no weight that a network has.
    fn unfair(&self, found: Dependence, ties: &[Tie]) -> Option<Rc<Fault>> {
        let drawn = |(atom, _): &(Atom, bool)| self.meanings.known(*atom).drawn;
        let reached = closure(self.whole(&found), ties, drawn);
        let mut weighs =
            ties.iter().filter(|tie| tie.joined.iter().any(|at| drawn(at) && reached.contains(at)));
        weighs.find_map(|tie| tie.unfair.clone())
    }

    /// The arguments by which the line divides, or of which it takes a logarithm.
    fn divisors(&self, id: LetId) -> BTreeSet<Slot> {
        let definition = self.meanings.definition(id);
        let frame = Env::new(Some(id), self.meanings.inputs(&definition.formals));
        let found = RefCell::new(BTreeSet::new());
        self.meanings.search(definition.body, &frame, &|op, env| {
            let divisor = match op {
                Op::Div(_, divisor) | Op::Ln(divisor) => Some(divisor),
                Op::Power(base, exponent) if *exponent < 0 => Some(base),
                _ => None,
            };
            if let Some(divisor) = divisor {
                self.meanings.holds_weight(*divisor, env, &mut found.borrow_mut());
            }
            false
        });
        found.into_inner()
    }

    /// What is wrong with an argument by itself.
    fn wrong(
        &self,
        argument: NodeId,
        env: &Env,
        (found, ties): (&Dependence, &[Tie]),
        name: &str,
        span: &Span,
    ) -> Option<(String, &'static str)> {
        let family = match self.meanings.kind(argument) {
            // Which unit it is, no line of a local rule can use.
            Type::Index(_) => return None,
            Type::Family(sorts) => sorts.iter().any(|sort| is_neuron(*sort)),
            _ => false,
        };
        if family && let Err(fault) = self.meanings.family_quantity(argument, env) {
            let what = format!(
                "is not a quantity that a neuron has, and `{name}` of a local rule is one: {}",
                fault.told(span)
            );
            return Some((what, NOT_A_QUANTITY));
        }
        let sorts = found.iter().map(|(atom, action)| (self.meanings.known(*atom).sort, *action));
        let strange = |(sort, action): &(Sort, bool)| match sort {
            Sort::Configuration => !action && !family,
            sort => !is_told(*sort),
        };
        if let Some((sort, _)) = sorts.into_iter().find(strange) {
            let what = format!("depends on an index of {sort}, and `{name}` reaches every synapse alike");
            let help =
                "average over the index or take it out of the argument; a rule that needs more says nonlocal";
            return Some((what, help));
        }
        if family {
            return None;
        }
        // By an action, which is one of the units, a rule can tell a neuron from the others: also
        // by what a factor around the call joins to one.
        let atoms = closure(self.whole(found), ties.iter().filter(|tie| !tie.draws), |_| true);
        let atoms: BTreeSet<Atom> = atoms.into_iter().map(|(atom, _)| atom).collect();
        if !atoms
            .iter()
            .any(|atom| matches!(self.meanings.known(*atom).sort, Sort::Action | Sort::Configuration))
        {
            return None;
        }
        let fault = self.meanings.fair(argument, env, &Drawn { atoms, energies: false }).err()?;
        let what = format!("may depend on an action only as rewards and rates do: {}", fault.told(span));
        Some((
            what,
            "hand over a reward, an advantage or a rate of the action; a rule that needs more says nonlocal",
        ))
    }

    /// Which arguments that are indices a line uses, each with whether it uses the action of a
    /// configuration.
    fn used(&self, id: LetId, rule: &RuleNode) -> Vec<Vec<bool>> {
        let definition = self.meanings.definition(id);
        let frame = Env::new(Some(id), self.meanings.inputs(&definition.formals));
        let mut found = Dependence::new();
        self.meanings.depends(definition.body, &frame, &mut found);
        let uses = |slot: usize| {
            let of = |(atom, _): &&(usize, bool)| self.meanings.known(*atom).input == Some(slot);
            found.iter().filter(of).map(|(_, action)| *action).collect()
        };
        (0..rule.arguments.len()).map(uses).collect()
    }

    /// Where the argument stands: in the call, or where the root hands it over.
    fn place(&self, call: NodeId, at: usize, argument: NodeId, env: &Env, around: Around<'_>) -> Span {
        if let (Op::Variable(slot) | Op::VariableFamily(slot), Some(outer)) =
            (self.op(argument), around.outer)
        {
            return match env.get(*slot) {
                Value::Closure(closure) if closure.env.owner == self.root => {
                    self.meanings.span(closure.node, &closure.env)
                }
                _ => outer.clone(),
            };
        }
        let written = self.meanings.resolver.handed.get(&call).and_then(|spans| spans.get(at));
        around.outer.or(written).cloned().unwrap_or_else(|| self.meanings.span(argument, env))
    }
}

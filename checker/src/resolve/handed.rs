//! The arguments of a local rule, checked at every call.
//!
//! A family must have an entry for each neuron. A number must be the same at every synapse: it may
//! depend on situations, time steps and actions, and on a configuration through its action alone;
//! and on an action only as rewards and rates do. An argument must not be tied to an index of the
//! synapse: a filter, a bracket or another factor around the call could then pick out the number of
//! one unit. An expectation or a sum must weight its index as a network does ([`super::drawn`]). An
//! update must not be differentiated by an entry. Definitions are followed to the claims that use
//! them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::drawn::Drawn;
use super::ir::*;
use super::meaning::{Atom, Dependence, Env, Fault, Value};
use super::neuron::{NOT_A_QUANTITY, is_neuron, is_told};
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
            let what = "is a derivative of an update of a local rule by an entry, which picks out a neuron"
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
            // In an expectation, a factor that depends on the index of the synapse also weights the
            // argument of the rule.
            let is_joined = |(atom, action): &(Atom, bool)| {
                joined.contains(&(*atom, *action))
                    || self.meanings.known(*atom).drawn && joined.contains(&(*atom, true))
            };
            if found.iter().any(is_joined) {
                let what =
                    format!("is tied to an index of the synapse, but `{name}` is the same at every synapse");
                let help =
                    "read the update at an index that no factor or filter around it ties to the argument";
                return written(&span, what, help);
            }
            if *self.meanings.kind(*argument) == Type::Number {
                continue;
            }
            if let Some(fault) = self.unfair(found, around.ties) {
                let what = format!("has a weight that no network has: {}", fault.told(&span));
                let help = "draw it from rates or from the Boltzmann distribution, and weight it by rewards and rates; \
                            a rule that needs more must say nonlocal";
                return written(&span, what, help);
            }
            if divisors.contains(&at) && self.meanings.holds_weight(*argument, env, &mut BTreeSet::new()) {
                let what = format!(
                    "contains a weight, and the rule divides by `{name}` or takes its logarithm: it could cancel a weight of a sum"
                );
                return written(&span, what, NOT_A_QUANTITY);
            }
        }
        if self.meanings.exhausted() { Err(self.too_many(node, env, around)) } else { Ok(()) }
    }

    /// Why a weight of this index, or of an index drawn with it, is not a weight of a network.
    fn unfair(&self, found: Dependence, ties: &[Tie]) -> Option<Rc<Fault>> {
        let drawn = |(atom, _): &(Atom, bool)| self.meanings.known(*atom).drawn;
        let reached = closure(self.whole(&found), ties, drawn);
        let mut weighs =
            ties.iter().filter(|tie| tie.joined.iter().any(|at| drawn(at) && reached.contains(at)));
        weighs.find_map(|tie| tie.unfair.clone())
    }

    /// The arguments that the line divides by or takes the logarithm of.
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

    /// The error of an argument on its own, and the help.
    fn wrong(
        &self,
        argument: NodeId,
        env: &Env,
        (found, ties): (&Dependence, &[Tie]),
        name: &str,
        span: &Span,
    ) -> Option<(String, &'static str)> {
        let family = match self.meanings.kind(argument) {
            // No line of a local rule can use the number of a unit.
            Type::Index(_) => return None,
            Type::Family(sorts) => sorts.iter().any(|sort| is_neuron(*sort)),
            _ => false,
        };
        let plainly = || self.meanings.rates_stand_plainly(argument, env);
        let quantity = || self.meanings.family_quantity(argument, env).map(|_| ());
        if family && let Err(fault) = quantity().and_then(|()| plainly()) {
            let what = format!(
                "is not a quantity that a neuron has, but `{name}` of a local rule must be one: {}",
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
            let what = format!("depends on an index of {sort}, but `{name}` is the same at every synapse");
            let help = "average over the index or remove it from the argument; a rule that needs more must say nonlocal";
            return Some((what, help));
        }
        if family {
            return None;
        }
        if *self.meanings.kind(argument) == Type::Number
            && let Some(fault) = self.meanings.tells_input(argument, env)
        {
            let what = format!(
                "tells the values of single neurons, but `{name}` is the same at every synapse: {}",
                fault.told(span)
            );
            return Some((
                what,
                "hand over a number made of rewards, rates and spikes; a rule that needs more must say nonlocal",
            ));
        }
        // An action is a unit, so a rule could use it to tell a neuron from others. An index that a
        // factor around the call ties to an action counts too.
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
            "use a reward, an advantage or a rate of the action; a rule that needs more must say nonlocal",
        ))
    }

    /// For each argument: its uses in the line, if it is an index. `true`: the action of a
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

    /// The place of the argument: in the call, or where the root passes it.
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

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
use super::meaning::{Atom, Checked, Dependence, Env, Fault, Meanings, Place, Value};
use super::quantity::{NOT_A_QUANTITY, is_neuron, is_told};
use super::sort::{Sort, Type};
use super::{Resolver, Result, for_each_child};
use crate::language::ast::FoldKind;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;

/// Checks the updates that a definition, or a line of a rule, reads.
pub(super) fn check_definition(resolver: &Resolver, id: LetId) -> Result<()> {
    let definition = &resolver.lets[id];
    if !resolver.reads[definition.body] {
        return Ok(());
    }
    let walk = Walk { meanings: Meanings::new(resolver), root: Some(id) };
    let frame = Env::new(Some(id), walk.meanings.inputs(&definition.formals));
    walk.visit(definition.body, &frame, START)
}

/// Checks the updates that a chain of a claim reads.
pub(super) fn check_chain(resolver: &Resolver, chain: &ChainNode) -> Result<()> {
    let walk = Walk { meanings: Meanings::new(resolver), root: None };
    let mut frame = Env::new(None, Vec::new());
    let mut ties = walk.bind(&chain.binders, &mut frame, false);
    if let Some(filter) = chain.filter {
        walk.visit(filter, &frame, START.with(&ties).bend())?;
        ties.push(walk.tie(filter, &frame));
    }
    chain.sides.iter().try_for_each(|side| walk.visit(*side, &frame, START.with(&ties)))
}

/// What stands around an expression.
#[derive(Clone, Copy)]
struct Around<'a> {
    ties: &'a [Tie],
    /// The entry by which a derivative is taken.
    moved: Option<&'a Span>,
    /// Where the root applies the definition that is open.
    outer: Option<&'a Span>,
    /// The value is not only added up and multiplied. Then what is added to an update can pick it
    /// out, too.
    bent: bool,
}

impl<'a> Around<'a> {
    fn bend(self) -> Self {
        Self { bent: true, ..self }
    }

    fn with<'b>(self, ties: &'b [Tie]) -> Around<'b>
    where
        'a: 'b,
    {
        Around { ties, ..self }
    }
}

const START: Around<'static> = Around { ties: &[], moved: None, outer: None, bent: false };

/// What a factor, a filter or a distribution around an update does.
#[derive(Clone)]
struct Tie {
    /// Indices that it joins.
    joined: Dependence,
    /// Why it is no weight that a network has.
    unfair: Option<Rc<Fault>>,
    /// It is a distribution, by which one index is drawn given another.
    draws: bool,
}

struct Walk<'a> {
    meanings: Meanings<'a>,
    /// The definition that is checked; none for a claim.
    root: Option<LetId>,
}

impl Walk<'_> {
    fn op(&self, node: NodeId) -> &Op {
        self.meanings.op(node)
    }

    /// The indices that a value joins. The winners of a configuration tell its action.
    fn dependence(&self, node: NodeId, env: &Env) -> Dependence {
        let mut found = Dependence::new();
        self.meanings.depends(node, env, &mut found);
        self.whole(&found)
    }

    fn whole(&self, found: &Dependence) -> Dependence {
        found.iter().map(|(atom, action)| (*atom, *action || self.is_configuration(*atom))).collect()
    }

    fn is_configuration(&self, atom: Atom) -> bool {
        self.meanings.known(atom).sort == Sort::Configuration
    }

    /// Binds indices around an update; returns what joins them to others.
    fn bind(&self, binders: &[BinderNode], frame: &mut Env, drawn: bool) -> Vec<Tie> {
        let mut ties = Vec::new();
        for binder in binders {
            let sort = self.meanings.sort(&binder.set);
            let atom = if drawn { self.meanings.drawn(sort) } else { self.meanings.atom(sort, true, None) };
            if let SetNode::CircuitOf(unit) = binder.set {
                let mut joined = self.dependence(unit, frame);
                joined.insert((atom, false));
                ties.push(Tie { joined, unfair: None, draws: false });
            }
            frame.set(binder.slot, Value::Place(Place { atom, action: false, circuit: false }));
        }
        ties
    }

    /// What a factor, a filter or a condition does.
    fn tie(&self, node: NodeId, env: &Env) -> Tie {
        self.weighed(self.dependence(node, env), |drawn| self.meanings.fair(node, env, drawn))
    }

    fn weighed(&self, joined: Dependence, fair: impl Fn(&Drawn) -> Checked) -> Tie {
        let is_drawn = |atom: &Atom| {
            let known = self.meanings.known(*atom);
            known.drawn && (is_neuron(known.sort) || known.sort == Sort::Configuration)
        };
        let atoms: BTreeSet<Atom> = joined.iter().map(|(atom, _)| *atom).filter(is_drawn).collect();
        let unfair = if atoms.is_empty() { None } else { fair(&Drawn { atoms, energies: true }).err() };
        Tie { joined, unfair: unfair.map(Rc::new), draws: false }
    }

    /// Follows every update inside.
    fn visit(&self, node: NodeId, env: &Env, around: Around<'_>) -> Result<()> {
        if !self.meanings.live(node, env) {
            return Ok(());
        }
        if !self.meanings.step() {
            return Err(self.too_many(node, env, around));
        }
        match self.op(node) {
            Op::Variable(slot) | Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Closure(closure) => {
                    self.visit(closure.node, &closure.env, self.back(around, &closure.env))
                }
                _ => Ok(()),
            },
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                self.definition(node, *id, (arguments, env), (&[], env), around)
            }
            Op::Entry(family, indices) => self.entry(*family, env, (indices, env), around),
            Op::Add(a, b) | Op::Sub(a, b) if around.bent => self.pair((*a, *b), env, around, around),
            Op::Mul(a, b) => self.pair((*a, *b), env, around, around),
            Op::Div(a, b) => self.pair((*a, *b), env, around, around.bend()),
            Op::Min(a, b) | Op::Max(a, b) | Op::Compare(_, a, b) | Op::And(a, b) | Op::Or(a, b) => {
                self.pair((*a, *b), env, around.bend(), around.bend())
            }
            Op::Power(a, _) | Op::Exp(a) | Op::Ln(a) => self.visit(*a, env, around.bend()),
            Op::If(condition, a, b) => {
                self.visit(*condition, env, around.bend())?;
                let ties = joined(around.ties, [self.tie(*condition, env)]);
                self.visit(*a, env, around.with(&ties))?;
                self.visit(*b, env, around.with(&ties))
            }
            Op::Fold(fold, binders, filter, body) => {
                let mut inner = env.clone();
                let mut ties = joined(around.ties, self.bind(binders, &mut inner, true));
                if let Some(filter) = filter {
                    self.visit(*filter, &inner, around.with(&ties).bend())?;
                    ties.push(self.tie(*filter, &inner));
                }
                let bent = around.bent || *fold == FoldKind::Product;
                self.visit(*body, &inner, Around { bent, ..around.with(&ties) })
            }
            Op::Expectation { slot, sort, weight, condition, body } => {
                let mut inner = env.clone();
                let atom = self.meanings.drawn(*sort);
                inner.set(*slot, Value::Place(Place { atom, action: false, circuit: false }));
                let (Weight::Circuits(node) | Weight::Spikes(node) | Weight::Number(node)) = weight;
                self.visit(*node, &inner, around.bend())?;
                // A distribution that depends on an index joins it to what is drawn.
                let mut joins = self.dependence(*node, &inner);
                joins.insert((atom, *sort == Sort::Configuration));
                let fair = |drawn: &Drawn| self.meanings.fair_weight(weight, &inner, drawn);
                let mut ties = joined(around.ties, [Tie { draws: true, ..self.weighed(joins, fair) }]);
                if let Some(condition) = condition {
                    self.visit(*condition, &inner, around.with(&ties).bend())?;
                    ties.push(self.tie(*condition, &inner));
                }
                self.visit(*body, &inner, around.with(&ties))
            }
            Op::Solve { index, sort, body, .. } => {
                let mut inner = env.clone();
                inner.set(*index, self.meanings.index(*sort, true));
                self.visit(*body, &inner, around.bend())
            }
            Op::Derivative { body, indices, .. } if !indices.is_empty() => {
                let span = self.meanings.span(node, env);
                self.visit(*body, env, Around { moved: Some(&span), ..around })
            }
            op => {
                let mut result = Ok(());
                for_each_child(op, |child| {
                    if result.is_ok() {
                        result = self.visit(child, env, around);
                    }
                });
                result
            }
        }
    }

    /// Back from a definition to the frame of what was handed to it.
    fn back<'b>(&self, around: Around<'b>, env: &Env) -> Around<'b> {
        if env.owner == self.root { Around { outer: None, ..around } } else { around }
    }

    /// Two parts, each of which can pick the other out.
    fn pair(&self, (a, b): (NodeId, NodeId), env: &Env, first: Around<'_>, second: Around<'_>) -> Result<()> {
        self.visit(a, env, first.with(&joined(first.ties, self.joins(b, a, env))))?;
        self.visit(b, env, second.with(&joined(second.ties, self.joins(a, b, env))))
    }

    /// What the factors of `by` do. An update times another of the same line and call is a
    /// covariance, and picks nothing out.
    fn joins(&self, by: NodeId, of: NodeId, env: &Env) -> Vec<Tie> {
        let same =
            |factor: &NodeId| self.meanings.product(of).iter().any(|other| self.same_update(*factor, *other));
        let factors = self.meanings.product(by).into_iter().filter(|factor| !same(factor));
        factors.map(|factor| self.tie(factor, env)).collect()
    }

    fn same_update(&self, one: NodeId, other: NodeId) -> bool {
        let call = |node: NodeId| match self.op(node) {
            Op::Call(id, nodes) => {
                let (_, rule) = self.rule(*id)?;
                Some((*id, &nodes[..rule.arguments.len()]))
            }
            _ => None,
        };
        call(one).is_some_and(|found| call(other) == Some(found))
    }

    /// The rule whose line this is.
    fn rule(&self, id: LetId) -> Option<(&str, &RuleNode)> {
        let rules = self.meanings.resolver.rules.iter();
        let mut found = rules.filter(|(_, rule)| rule.lines.values().any(|line| *line == id));
        found.next().map(|(name, rule)| (name.as_str(), rule))
    }

    /// An entry of a family. The index of a softmax chooses the circuit whose entries it takes,
    /// that of a linear solution the equation.
    fn entry(&self, family: NodeId, env: &Env, indices: (&[NodeId], &Env), around: Around<'_>) -> Result<()> {
        let (family, frame) = self.meanings.family(family, env);
        let around = self.back(around, &frame);
        match self.op(family) {
            Op::LetFamily(id, arguments) => {
                self.definition(family, *id, (arguments, &frame), indices, around)
            }
            Op::Softmax(inner) => self.entry(*inner, &frame, indices, around.bend()),
            Op::Solve { index, body, .. } => {
                let mut inner = frame.clone();
                inner.set(*index, self.meanings.value(indices.0[0], indices.1));
                self.visit(*body, &inner, around.bend())
            }
            _ => self.visit(family, &frame, around),
        }
    }

    /// A definition that is applied. Indices that are not given may be any.
    fn definition(
        &self,
        node: NodeId,
        id: LetId,
        (arguments, env): (&[NodeId], &Env),
        (indices, place): (&[NodeId], &Env),
        around: Around<'_>,
    ) -> Result<()> {
        if let Some((_, rule)) = self.rule(id)
            && rule.local
        {
            self.handed(node, id, rule, (arguments, env), around)?;
        }
        arguments.iter().try_for_each(|argument| self.visit(*argument, env, around))?;
        let definition = self.meanings.definition(id);
        let span = self.meanings.span(node, env);
        let outer = around.outer.or((env.owner == self.root).then_some(&span));
        let around = Around { outer, ..around };
        let mut inner = self.meanings.open(id, arguments, env);
        let missing = definition.formals.len() - arguments.len();
        if missing == 0 && !indices.is_empty() {
            return self.entry(definition.body, &inner, (indices, place), around);
        }
        for (at, formal) in definition.formals[arguments.len()..].iter().enumerate() {
            let value = match (indices.get(at), formal) {
                (Some(index), _) => self.meanings.value(*index, place),
                (None, Type::Index(sort)) => self.meanings.index(*sort, true),
                _ => Value::Unknown,
            };
            inner.push(value);
        }
        self.visit(definition.body, &inner, around)
    }

    /// Checks one call of a line of a local rule.
    fn handed(
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
        let plainly = || self.meanings.rates_stand_plainly(argument, env);
        let quantity = || self.meanings.family_quantity(argument, env).map(|_| ());
        if family && let Err(fault) = quantity().and_then(|()| plainly()) {
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
        if *self.meanings.kind(argument) == Type::Number
            && let Some(fault) = self.meanings.tells_input(argument, env)
        {
            let what = format!(
                "tells what single neurons have, and `{name}` reaches every synapse alike: {}",
                fault.told(span)
            );
            return Some((
                what,
                "hand over a number made of rewards, rates and spikes; a rule that needs more says nonlocal",
            ));
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

    fn too_many(&self, node: NodeId, env: &Env, around: Around<'_>) -> Diagnostic {
        Diagnostic::new(
            Code::NotLocal,
            &around.outer.cloned().unwrap_or_else(|| self.meanings.span(node, env)),
            "the definitions behind this are too many to tell what the rule is handed",
            "hand over fewer definitions, or say rule … nonlocal",
        )
    }
}

fn joined(ties: &[Tie], more: impl IntoIterator<Item = Tie>) -> Vec<Tie> {
    let mut ties = ties.to_vec();
    ties.extend(more.into_iter().filter(|tie| tie.joined.len() > 1 || tie.unfair.is_some()));
    ties
}

/// All indices that the ties join to these, from one that passes on to the next.
fn closure<'a>(
    mut found: Dependence,
    ties: impl IntoIterator<Item = &'a Tie> + Clone,
    passes: impl Fn(&(Atom, bool)) -> bool,
) -> Dependence {
    loop {
        let known = found.len();
        for tie in ties.clone() {
            if tie.joined.iter().any(|at| passes(at) && found.contains(at)) {
                found.extend(&tie.joined);
            }
        }
        if found.len() == known {
            return found;
        }
    }
}

//! What a call hands to a local rule, wherever the call stands.
//!
//! A family must be one that neurons have. A number must be the same at every synapse: it may depend on a situation, a time
//! step or an action, and on a configuration through the action alone. None of these may be joined to an index of the
//! synapse whose update is read: by a filter, a bracket or another factor around the call, a unit's own number could
//! be picked out. Definitions are followed to the claims that apply them.

use super::ir::*;
use super::meaning::{Atom, Dependence, Env, Meanings, Place, Value};
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
    let mut ties = walk.bind(&chain.binders, &mut frame);
    if let Some(filter) = chain.filter {
        walk.visit(filter, &frame, START.with(&ties).bend())?;
        ties.push(walk.dependence(filter, &frame));
    }
    chain.sides.iter().try_for_each(|side| walk.visit(*side, &frame, START.with(&ties)))
}

/// What stands around an expression.
#[derive(Clone, Copy)]
struct Around<'a> {
    /// Indices that a factor, a filter or a distribution joins.
    ties: &'a [Dependence],
    /// Where the root applies the definition that is open.
    outer: Option<&'a Span>,
    /// The value is not only added up and multiplied. Then what is added to an update can pick it out, too.
    bent: bool,
}

impl<'a> Around<'a> {
    fn bend(self) -> Self {
        Self { bent: true, ..self }
    }

    fn with<'b>(self, ties: &'b [Dependence]) -> Around<'b>
    where
        'a: 'b,
    {
        Around { ties, ..self }
    }
}

const START: Around<'static> = Around { ties: &[], outer: None, bent: false };

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
        found.into_iter().map(|(atom, action)| (atom, action || self.is_configuration(atom))).collect()
    }

    fn is_configuration(&self, atom: Atom) -> bool {
        self.meanings.known(atom).sort == Sort::Configuration
    }

    /// Binds indices around an update; returns what joins them to others.
    fn bind(&self, binders: &[BinderNode], frame: &mut Env) -> Vec<Dependence> {
        let mut ties = Vec::new();
        for binder in binders {
            let atom = self.meanings.atom(self.meanings.sort(&binder.set), true, None);
            if let SetNode::CircuitOf(unit) = binder.set {
                let mut tie = self.dependence(unit, frame);
                tie.insert((atom, false));
                ties.push(tie);
            }
            frame.set(binder.slot, Value::Place(Place { atom, action: false, circuit: false }));
        }
        ties
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
                let ties = joined(around.ties, [self.dependence(*condition, env)]);
                self.visit(*a, env, around.with(&ties))?;
                self.visit(*b, env, around.with(&ties))
            }
            Op::Fold(fold, binders, filter, body) => {
                let mut inner = env.clone();
                let mut ties = joined(around.ties, self.bind(binders, &mut inner));
                if let Some(filter) = filter {
                    self.visit(*filter, &inner, around.with(&ties).bend())?;
                    ties.push(self.dependence(*filter, &inner));
                }
                let bent = around.bent || *fold == FoldKind::Product;
                self.visit(*body, &inner, Around { bent, ..around.with(&ties) })
            }
            Op::Expectation { slot, sort, weight, condition, body } => {
                let mut inner = env.clone();
                let atom = self.meanings.atom(*sort, true, None);
                inner.set(*slot, Value::Place(Place { atom, action: false, circuit: false }));
                let (Weight::Circuits(weight) | Weight::Spikes(weight) | Weight::Number(weight)) = weight;
                self.visit(*weight, &inner, around.bend())?;
                // A distribution that depends on an index joins it to what is drawn.
                let mut drawn = self.dependence(*weight, &inner);
                drawn.insert((atom, *sort == Sort::Configuration));
                let mut ties = joined(around.ties, [drawn]);
                if let Some(condition) = condition {
                    self.visit(*condition, &inner, around.with(&ties).bend())?;
                    ties.push(self.dependence(*condition, &inner));
                }
                self.visit(*body, &inner, around.with(&ties))
            }
            Op::Solve { index, sort, body, .. } => {
                let mut inner = env.clone();
                inner.set(*index, self.meanings.index(*sort, true));
                self.visit(*body, &inner, around.bend())
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

    /// What the factors of `by` join. An update times another of the same call is a covariance, and picks nothing out.
    fn joins(&self, by: NodeId, of: NodeId, env: &Env) -> Vec<Dependence> {
        let same = |factor: &NodeId| self.factors(of).iter().any(|other| self.same_update(*factor, *other));
        let factors = self.factors(by).into_iter().filter(|factor| !same(factor));
        factors.map(|factor| self.dependence(factor, env)).collect()
    }

    fn factors(&self, node: NodeId) -> Vec<NodeId> {
        match self.op(node) {
            Op::Mul(a, b) => [self.factors(*a), self.factors(*b)].concat(),
            _ => vec![node],
        }
    }

    fn same_update(&self, one: NodeId, other: NodeId) -> bool {
        let call = |node: NodeId| match self.op(node) {
            Op::Call(id, nodes) => {
                let (name, rule) = self.rule(*id)?;
                Some((name, &nodes[..rule.arguments.len()]))
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

    /// An entry of a family. The index of a softmax chooses the circuit whose entries it takes, that of a linear solution
    /// the equation.
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
        let joined = closure(own, around.ties);
        let used = self.used(id, rule);
        for (at, (argument, name)) in arguments.iter().zip(&rule.arguments).enumerate() {
            let mut found = Dependence::new();
            if let Some(place) = self.meanings.place(*argument, env) {
                found.extend(used[at].iter().map(|action| (place.atom, *action || place.action)));
            } else {
                self.meanings.depends(*argument, env, &mut found);
            }
            let (what, help) = if let Some(wrong) = self.wrong(*argument, env, &found, name) {
                wrong
            } else if found.iter().any(|atom| joined.contains(atom)) {
                let what =
                    format!("is joined to an index of the synapse, and `{name}` reaches every synapse alike");
                (
                    what,
                    "read the update at an index that nothing around it joins to what the argument depends on",
                )
            } else {
                continue;
            };
            let span = self.place(node, at, *argument, env, around);
            let message = format!("{} {what}", span.text());
            return Err(Diagnostic::new(Code::NotLocal, &span, message, help));
        }
        if self.meanings.exhausted() { Err(self.too_many(node, env, around)) } else { Ok(()) }
    }

    /// What is wrong with an argument by itself.
    fn wrong(
        &self,
        argument: NodeId,
        env: &Env,
        found: &Dependence,
        name: &str,
    ) -> Option<(String, &'static str)> {
        let family = match self.meanings.kind(argument) {
            // Which unit it is, no line of a local rule can use.
            Type::Index(_) => return None,
            Type::Family(sorts) => sorts.iter().any(|sort| is_neuron(*sort)),
            _ => false,
        };
        if family && self.meanings.family_quantity(argument, env).is_none() {
            let what = format!("is not a quantity that a neuron has, and `{name}` of a local rule is one");
            return Some((what, NOT_A_QUANTITY));
        }
        let sorts = found.iter().map(|(atom, action)| (self.meanings.known(*atom).sort, *action));
        let strange = |(sort, action): &(Sort, bool)| match sort {
            Sort::Configuration => !action && !family,
            sort => !is_told(*sort),
        };
        let (sort, _) = sorts.into_iter().find(strange)?;
        let what = format!("depends on an index of {sort}, and `{name}` reaches every synapse alike");
        Some((
            what,
            "average over the index or take it out of the argument; a rule that needs more says nonlocal",
        ))
    }

    /// Which arguments that are indices a line uses, each with whether it uses the action of a configuration.
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

fn joined(ties: &[Dependence], more: impl IntoIterator<Item = Dependence>) -> Vec<Dependence> {
    let mut ties = ties.to_vec();
    ties.extend(more.into_iter().filter(|tie| tie.len() > 1));
    ties
}

/// All indices that the ties join to these.
fn closure(mut found: Dependence, ties: &[Dependence]) -> Dependence {
    loop {
        let known = found.len();
        for tie in ties {
            if tie.iter().any(|atom| found.contains(atom)) {
                found.extend(tie);
            }
        }
        if found.len() == known {
            return found;
        }
    }
}

//! The updates of rules that an expression reads, and the context of each of them.
//!
//! The arguments of a local rule are checked at each of its calls ([`super::handed`]).

use std::collections::BTreeSet;
use std::rc::Rc;

use super::drawn::Drawn;
use super::ir::*;
use super::meaning::{Atom, Checked, Dependence, Env, Fault, Meanings, Place, Value};
use super::neuron::is_neuron;
use super::resolver::{Resolver, Result};
use super::sort::{Sort, Type};
use super::walk::for_each_child;
use crate::language::ast::FoldKind;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;

/// Checks the updates that a definition or a line of a rule reads.
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

/// The context of an expression.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) ties: &'a [Tie],
    /// The derivative by an entry around it, if there is one.
    pub(super) moved: Option<&'a Span>,
    /// The place at which the root uses the current definition.
    pub(super) outer: Option<&'a Span>,
    /// The value is not only added and multiplied. Then a term that is added to an update can pick
    /// it out too.
    pub(super) bent: bool,
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

/// A factor, a filter or a distribution around an update.
#[derive(Clone)]
pub(super) struct Tie {
    /// Indices that it ties together.
    pub(super) joined: Dependence,
    /// Why it is not a weight of a network.
    pub(super) unfair: Option<Rc<Fault>>,
    /// It is a distribution: one index is drawn given another.
    pub(super) draws: bool,
}

pub(super) struct Walk<'a> {
    pub(super) meanings: Meanings<'a>,
    /// The definition that is checked; `None` for a claim.
    pub(super) root: Option<LetId>,
}

impl Walk<'_> {
    pub(super) fn op(&self, node: NodeId) -> &Op {
        self.meanings.op(node)
    }

    /// The indices that a value depends on. All winners of a configuration include its action.
    fn dependence(&self, node: NodeId, env: &Env) -> Dependence {
        let mut found = Dependence::new();
        self.meanings.depends(node, env, &mut found);
        self.whole(&found)
    }

    pub(super) fn whole(&self, found: &Dependence) -> Dependence {
        found.iter().map(|(atom, action)| (*atom, *action || self.is_configuration(*atom))).collect()
    }

    fn is_configuration(&self, atom: Atom) -> bool {
        self.meanings.known(atom).sort == Sort::Configuration
    }

    /// Binds indices around an update. Returns the sets that tie them to other indices.
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

    /// The tie of a factor, a filter or a condition.
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

    /// Checks every update inside.
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
                // A distribution that depends on an index ties it to the drawn index.
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

    /// The context of a closure, back in the frame where it was made.
    fn back<'b>(&self, around: Around<'b>, env: &Env) -> Around<'b> {
        if env.owner == self.root { Around { outer: None, ..around } } else { around }
    }

    /// Two parts, each of which can pick out the other.
    fn pair(&self, (a, b): (NodeId, NodeId), env: &Env, first: Around<'_>, second: Around<'_>) -> Result<()> {
        self.visit(a, env, first.with(&joined(first.ties, self.joins(b, a, env))))?;
        self.visit(b, env, second.with(&joined(second.ties, self.joins(a, b, env))))
    }

    /// The ties of the factors of `by`. An update times another one of the same line and call is a
    /// covariance: it picks out nothing.
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

    /// The rule of this line, with its name.
    fn rule(&self, id: LetId) -> Option<(&str, &RuleNode)> {
        let rules = self.meanings.resolver.rules.iter();
        let mut found = rules.filter(|(_, rule)| rule.lines.values().any(|line| *line == id));
        found.next().map(|(name, rule)| (name.as_str(), rule))
    }

    /// An entry of a family. The index of a softmax chooses a circuit; the index of a linear
    /// solution chooses an equation.
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

    /// A definition with arguments. Missing indices are free.
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

    pub(super) fn too_many(&self, node: NodeId, env: &Env, around: Around<'_>) -> Diagnostic {
        Diagnostic::new(
            Code::NotLocal,
            &around.outer.cloned().unwrap_or_else(|| self.meanings.span(node, env)),
            "the argument of the rule uses too many definitions to follow",
            "use fewer definitions, or say rule … nonlocal",
        )
    }
}

fn joined(ties: &[Tie], more: impl IntoIterator<Item = Tie>) -> Vec<Tie> {
    let mut ties = ties.to_vec();
    ties.extend(more.into_iter().filter(|tie| tie.joined.len() > 1 || tie.unfair.is_some()));
    ties
}

/// All indices that ties connect to these, in any number of steps through indices that pass.
pub(super) fn closure<'a>(
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

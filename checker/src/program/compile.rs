//! Turns an expression of a resolved document into terms. Definitions are opened with their
//! arguments (call by name, as in the evaluator), so a program has indices and numbers alone. Equal
//! expressions with equal arguments share a term.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::seen::seen;
use super::term::*;
use crate::language::ast::FoldKind;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::resolve::ir::{self, BinderNode, Document, LetId, NodeId, ParamKind, SetNode};
use crate::resolve::sort::{Sort, Type};

pub(super) type Result<T> = std::result::Result<T, Diagnostic>;

/// The value of a slot of a frame.
#[derive(Clone)]
pub(super) enum Bound {
    Unset,
    Index(Ix),
    Winners(Winners),
    /// A number or a family with the frame of its call.
    Thunk(Rc<Closure>),
    Unknown(FamilyId),
}

pub(super) type Frame = Vec<Bound>;

/// An argument with the frame of its call. Equal ones have one number: without it, the key of a
/// frame would be as long as all arguments of arguments written out.
pub(super) struct Closure {
    number: usize,
    node: NodeId,
    frame: Frame,
}

/// The terms so far.
pub(super) struct Compiler<'a> {
    pub(super) document: &'a Document,
    pub(super) terms: Vec<Term>,
    pub(super) families: Vec<Family>,
    /// The sort of every variable.
    pub(super) vars: Vec<Sort>,
    known: FxHashMap<(NodeId, Vec<usize>), TermId>,
    known_families: FxHashMap<(NodeId, Vec<usize>), FamilyId>,
    closures: FxHashMap<(NodeId, Vec<usize>), Rc<Closure>>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self {
            document,
            terms: Vec::new(),
            families: Vec::new(),
            vars: Vec::new(),
            known: FxHashMap::default(),
            known_families: FxHashMap::default(),
            closures: FxHashMap::default(),
        }
    }

    pub(super) fn var(&mut self, sort: Sort) -> Var {
        self.vars.push(sort);
        self.vars.len() - 1
    }

    /// The values of all slots that a node depends on.
    fn key(&self, node: NodeId, frame: &Frame, key: &mut Vec<usize>) {
        fn of_index(ix: &Ix, key: &mut Vec<usize>) {
            match ix {
                Ix::Var(var) => key.extend([1, *var]),
                Ix::Action(Winners::Sample) => key.push(2),
                Ix::Action(Winners::Bound(var)) => key.extend([3, *var]),
                Ix::Circuit(of) => {
                    key.push(4);
                    of_index(of, key);
                }
            }
        }
        for &slot in &self.document.nodes[node].free {
            match frame.get(slot).unwrap_or(&Bound::Unset) {
                Bound::Unset => key.push(0),
                Bound::Index(ix) => of_index(ix, key),
                Bound::Winners(Winners::Sample) => key.push(5),
                Bound::Winners(Winners::Bound(var)) => key.extend([6, *var]),
                Bound::Thunk(thunk) => key.extend([7, thunk.number]),
                Bound::Unknown(family) => key.extend([8, *family]),
            }
        }
    }

    fn unsupported<T>(&self, node: NodeId, what: &str) -> Result<T> {
        let help = "write the rule without it, for instance as a claim shows what it amounts to";
        Err(Diagnostic::new(Code::WrongKind, &self.document.nodes[node].span, what, help))
    }

    /// The term of a number or a condition.
    pub(super) fn number(&mut self, node: NodeId, frame: &Frame) -> Result<TermId> {
        let mut key = Vec::new();
        self.key(node, frame, &mut key);
        if let Some(&known) = self.known.get(&(node, key.clone())) {
            return Ok(known);
        }
        let id = self.opened(node, frame)?;
        self.known.insert((node, key), id);
        Ok(id)
    }

    fn opened(&mut self, node: NodeId, frame: &Frame) -> Result<TermId> {
        use ir::Op as Node;
        let document = self.document;
        let op = match &document.nodes[node].op {
            Node::Call(id, arguments) => {
                let inner = self.enter(*id, arguments, &[], frame);
                return self.number(document.lets[*id].body, &inner);
            }
            Node::Variable(slot) => match &frame[*slot] {
                Bound::Thunk(thunk) => return self.number(thunk.node, &Rc::clone(thunk).frame),
                _ => unreachable!("a number slot holds a thunk"),
            },
            Node::Entry(family, indices) => {
                let indices = self.indices(indices, frame);
                return self.entry(*family, &indices, frame);
            }
            Node::Hold(a) | Node::Bracket(a) => return self.number(*a, frame),
            Node::Constant(value) => Op::Constant(value.to_f64().value()),
            Node::Param(param, indices) => Op::Param(*param, self.indices(indices, frame)),
            Node::Negate(a) => Op::Negate(self.number(*a, frame)?),
            Node::Add(a, b) => Op::Add(self.number(*a, frame)?, self.number(*b, frame)?),
            Node::Sub(a, b) => Op::Sub(self.number(*a, frame)?, self.number(*b, frame)?),
            Node::Mul(a, b) => {
                Op::Mul(self.number(*a, frame)?, self.number(*b, frame)?, document.indicators[*a])
            }
            Node::Div(a, b) => Op::Div(self.number(*a, frame)?, self.number(*b, frame)?),
            Node::Power(a, exponent) => Op::Power(self.number(*a, frame)?, *exponent),
            Node::Exp(a) => Op::Exp(self.number(*a, frame)?),
            Node::Ln(a) => Op::Ln(self.number(*a, frame)?),
            Node::Min(a, b) => Op::Min(self.number(*a, frame)?, self.number(*b, frame)?),
            Node::Max(a, b) => Op::Max(self.number(*a, frame)?, self.number(*b, frame)?),
            Node::If(condition, a, b) => {
                Op::If(self.number(*condition, frame)?, self.number(*a, frame)?, self.number(*b, frame)?)
            }
            Node::Ordinal(index) => {
                let Type::Index(sort) = document.nodes[*index].kind else {
                    unreachable!("kinds were checked")
                };
                if sort == Sort::Configuration {
                    return self
                        .unsupported(node, "the place of a configuration is not a number of a sample");
                }
                Op::Ordinal(self.index(*index, frame), sort)
            }
            Node::Fold(fold, binders, filter, body) => {
                return self.fold(node, *fold, binders, *filter, *body, frame);
            }
            Node::Expectation { slot, sort, weight, condition, body } => {
                let mut inner = frame.clone();
                let var = self.var(*sort);
                set(&mut inner, *slot, bound(var, *sort));
                let condition = condition.map(|condition| self.number(condition, &inner)).transpose()?;
                let body = self.number(*body, &inner)?;
                let weight = match weight {
                    ir::Weight::Spikes(_) => {
                        return self
                            .unsupported(node, "a case has no window of time steps, so no spike trains");
                    }
                    ir::Weight::Number(number) => Weight::Number(self.number(*number, &inner)?),
                    ir::Weight::Circuits(family) => Weight::Circuits(self.listed(*family, &inner)?),
                };
                match (sort, weight) {
                    (Sort::Configuration, weight) => {
                        let parts = condition.iter().copied().chain([body]);
                        let seen = match weight {
                            Weight::Number(_) => Seen::All,
                            Weight::Circuits(_) => seen(&self.terms, &self.families, var, parts),
                        };
                        Op::Draw { var, weight, condition, body, seen }
                    }
                    (_, Weight::Number(weight)) => Op::Mean { var, sort: *sort, weight, condition, body },
                    _ => unreachable!("winners of circuits are a configuration"),
                }
            }
            Node::Derivative { .. } => {
                return self.unsupported(node, "a derivative cannot be evaluated at the size of a case");
            }
            Node::Compare(op, a, b) => Op::Compare(*op, self.number(*a, frame)?, self.number(*b, frame)?),
            Node::SameIndex(same, a, b) => Op::Same(*same, self.index(*a, frame), self.index(*b, frame)),
            Node::And(a, b) => Op::And(self.number(*a, frame)?, self.number(*b, frame)?),
            Node::Or(a, b) => Op::Or(self.number(*a, frame)?, self.number(*b, frame)?),
            Node::Not(a) => Op::Not(self.number(*a, frame)?),
            _ => unreachable!("kinds were checked"),
        };
        if let Op::Same(_, Ix::Var(a), _) | Op::Same(_, _, Ix::Var(a)) = &op
            && self.vars[*a] == Sort::Configuration
        {
            return self.unsupported(node, "two configurations cannot be compared at the size of a case");
        }
        self.term(node, op)
    }

    fn fold(
        &mut self,
        node: NodeId,
        fold: FoldKind,
        binders: &[BinderNode],
        filter: Option<NodeId>,
        body: NodeId,
        frame: &Frame,
    ) -> Result<TermId> {
        let mut inner = frame.clone();
        let mut vars = Vec::new();
        for binder in binders {
            let (sort, range) = match binder.set {
                SetNode::All(sort) => (sort, Set::All(sort)),
                SetNode::CircuitOf(unit) => (Sort::Unit, Set::CircuitOf(self.index(unit, &inner))),
            };
            if matches!(sort, Sort::Situation | Sort::Lag | Sort::Train) {
                return self.unsupported(node, &format!("a case has no {}", plural(sort)));
            }
            let var = self.var(sort);
            set(&mut inner, binder.slot, bound(var, sort));
            vars.push((var, range));
        }
        let filter = filter.map(|filter| self.number(filter, &inner)).transpose()?;
        let body = self.number(body, &inner)?;
        self.term(node, Op::Fold(fold, vars, filter, body))
    }

    fn indices(&self, nodes: &[NodeId], frame: &Frame) -> Vec<Ix> {
        nodes.iter().map(|&node| self.index(node, frame)).collect()
    }

    fn index(&self, node: NodeId, frame: &Frame) -> Ix {
        match self.document.nodes[node].op {
            ir::Op::Index(slot) => match &frame[slot] {
                Bound::Index(ix) => ix.clone(),
                // A bare configuration stands in comparisons alone, which are refused.
                Bound::Winners(Winners::Bound(var)) => Ix::Var(*var),
                _ => Ix::Action(Winners::Sample),
            },
            ir::Op::ActionOf(configuration) => Ix::Action(self.winners(configuration, frame)),
            ir::Op::CircuitOf(unit) => Ix::Circuit(Box::new(self.index(unit, frame))),
            _ => unreachable!("kinds were checked"),
        }
    }

    fn winners(&self, node: NodeId, frame: &Frame) -> Winners {
        match self.document.nodes[node].op {
            ir::Op::Index(slot) => match &frame[slot] {
                Bound::Winners(winners) => *winners,
                _ => unreachable!("a configuration is one"),
            },
            _ => unreachable!("kinds were checked"),
        }
    }

    fn closure(&mut self, node: NodeId, frame: &Frame) -> Rc<Closure> {
        let mut key = Vec::new();
        self.key(node, frame, &mut key);
        let number = self.closures.len();
        let new = || Rc::new(Closure { number, node, frame: frame.clone() });
        Rc::clone(self.closures.entry((node, key)).or_insert_with(new))
    }

    /// The frame of a definition with its arguments and indices.
    fn enter(&mut self, id: LetId, arguments: &[NodeId], indices: &[Ix], frame: &Frame) -> Frame {
        let definition = &self.document.lets[id];
        let mut inner = vec![Bound::Unset; definition.frame];
        for (slot, &argument) in arguments.iter().enumerate() {
            inner[slot] = match definition.formals[slot] {
                Type::Index(Sort::Configuration) => Bound::Winners(self.winners(argument, frame)),
                Type::Index(_) => Bound::Index(self.index(argument, frame)),
                _ => match self.document.nodes[argument].op {
                    ir::Op::Variable(slot) | ir::Op::VariableFamily(slot) => frame[slot].clone(),
                    _ => Bound::Thunk(self.closure(argument, frame)),
                },
            };
        }
        for (offset, index) in indices.iter().enumerate() {
            inner[arguments.len() + offset] = Bound::Index(index.clone());
        }
        inner
    }

    /// The term of an entry of a family.
    fn entry(&mut self, family: NodeId, indices: &[Ix], frame: &Frame) -> Result<TermId> {
        use ir::Op as Node;
        let document = self.document;
        match &document.nodes[family].op {
            Node::ParamFamily(param) => self.term(family, Op::Param(*param, indices.to_vec())),
            Node::LetFamily(id, arguments) => {
                if document.lets[*id].formals.len() > arguments.len() {
                    let inner = self.enter(*id, arguments, indices, frame);
                    return self.number(document.lets[*id].body, &inner);
                }
                let inner = self.enter(*id, arguments, &[], frame);
                self.entry(document.lets[*id].body, indices, &inner)
            }
            Node::VariableFamily(slot) => match &frame[*slot] {
                Bound::Thunk(thunk) => self.entry(thunk.node, indices, &Rc::clone(thunk).frame),
                Bound::Unknown(system) => self.term(family, Op::Unknown(*system, indices[0].clone())),
                _ => unreachable!("a family slot holds a family"),
            },
            Node::Winners(configuration) => {
                let winners = self.winners(*configuration, frame);
                self.term(family, Op::Wins(winners, indices[0].clone()))
            }
            Node::TrainFamily(_) => {
                self.unsupported(family, "a case has no window of time steps, so no spike trains")
            }
            Node::Softmax(_) | Node::MeanField { .. } | Node::Solve { .. } => {
                let id = self.family(family, frame)?;
                self.term(family, Op::Entry(id, indices[0].clone()))
            }
            _ => unreachable!("kinds were checked"),
        }
    }

    fn family(&mut self, node: NodeId, frame: &Frame) -> Result<FamilyId> {
        let mut key = Vec::new();
        self.key(node, frame, &mut key);
        if let Some(&known) = self.known_families.get(&(node, key.clone())) {
            return Ok(known);
        }
        let id = match &self.document.nodes[node].op {
            ir::Op::Softmax(inner) => {
                let member = self.var(Sort::Unit);
                let inner = self.entry(*inner, &[Ix::Var(member)], frame)?;
                self.pushed(node, FamilyOp::Softmax { member, inner }, &[inner], Some(member), None)
            }
            ir::Op::MeanField { states, action, strength } => {
                let states = match self.document.nodes[*states].op {
                    ir::Op::ParamFamily(param) if self.document.params[param].kind == ParamKind::States => {
                        None
                    }
                    _ => {
                        let member = self.var(Sort::State);
                        Some((member, self.entry(*states, &[Ix::Var(member)], frame)?))
                    }
                };
                let action = action.map(|action| self.index(action, frame));
                let strength = strength.map(|strength| self.number(strength, frame)).transpose()?;
                let parts: Vec<TermId> = states.map(|(_, inner)| inner).into_iter().chain(strength).collect();
                let member = states.map(|(member, _)| member);
                let by = action.as_ref().and_then(Ix::var);
                self.pushed(node, FamilyOp::Settled { states, action, strength }, &parts, member, by)
            }
            ir::Op::Solve { unknown, index, sort, body } => {
                let member = self.var(*sort);
                if is_absent(*sort) {
                    return self.unsupported(node, &format!("a case has no {}", plural(*sort)));
                }
                // The system has its number before its body, which contains its unknowns.
                let system = self.families.len();
                let (span, vars, unknowns) = (self.document.nodes[node].span.clone(), Vec::new(), Vec::new());
                let open = FamilyOp::Solved { member, sort: *sort, body: 0 };
                self.families.push(Family { op: open, vars, unknowns, span });
                let mut inner = frame.clone();
                set(&mut inner, *unknown, Bound::Unknown(system));
                set(&mut inner, *index, Bound::Index(Ix::Var(member)));
                let body = self.number(*body, &inner)?;
                let Term { vars, unknowns, .. } = self.terms[body].clone();
                self.terms[body].uses += 1;
                let family = &mut self.families[system];
                family.op = FamilyOp::Solved { member, sort: *sort, body };
                family.vars = vars.into_iter().filter(|var| *var != member).collect();
                family.unknowns = unknowns.into_iter().filter(|other| *other != system).collect();
                system
            }
            _ => unreachable!("kinds were checked"),
        };
        self.known_families.insert((node, key), id);
        Ok(id)
    }

    /// The entries of a family over the units, as a family of its own.
    fn listed(&mut self, node: NodeId, frame: &Frame) -> Result<FamilyId> {
        let member = self.var(Sort::Unit);
        let inner = self.entry(node, &[Ix::Var(member)], frame)?;
        Ok(self.pushed(node, FamilyOp::Listed { member, inner }, &[inner], Some(member), None))
    }

    fn pushed(
        &mut self,
        node: NodeId,
        op: FamilyOp,
        parts: &[TermId],
        member: Option<Var>,
        by: Option<Var>,
    ) -> FamilyId {
        let (mut vars, mut unknowns) = (Vec::from_iter(by), Vec::new());
        for &part in parts {
            self.terms[part].uses += 1;
            vars.extend(self.terms[part].vars.iter().filter(|var| Some(**var) != member));
            unknowns.extend(&self.terms[part].unknowns);
        }
        let span = self.document.nodes[node].span.clone();
        self.families.push(Family { op, vars: sorted(vars), unknowns: sorted(unknowns), span });
        self.families.len() - 1
    }
}

pub(super) fn sorted(mut list: Vec<usize>) -> Vec<usize> {
    list.sort_unstable();
    list.dedup();
    list
}

fn bound(var: Var, sort: Sort) -> Bound {
    if sort == Sort::Configuration { Bound::Winners(Winners::Bound(var)) } else { Bound::Index(Ix::Var(var)) }
}

pub(super) fn set(frame: &mut Frame, slot: usize, value: Bound) {
    if frame.len() <= slot {
        frame.resize(slot + 1, Bound::Unset);
    }
    frame[slot] = value;
}

/// A case has no indices of this sort.
pub(super) fn is_absent(sort: Sort) -> bool {
    matches!(sort, Sort::Situation | Sort::Lag | Sort::Train)
}

fn plural(sort: Sort) -> &'static str {
    if sort == Sort::Situation { "situations" } else { "window of time steps" }
}

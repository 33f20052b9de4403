//! The meanings of the names in an expression, at its place.
//!
//! The check of locality follows resolved nodes, never names. An argument of a definition is a
//! closure: the expression in the call, with the values in scope at the call. So no definition,
//! alias or shadowed name changes the meaning of an expression.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use super::ir::*;
use super::resolver::{Meaning, Resolver};
use super::sort::{Sort, Type};
use super::walk::for_each_child;
use crate::language::source::Span;
use crate::limits::MAX_STEPS;

/// An index that is chosen outside of the expression.
pub(super) type Atom = usize;

/// Properties of an index.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) sort: Sort,
    /// It is the same for all neurons: an argument, or bound around the update.
    pub(super) common: bool,
    /// Its slot, if it is an argument of the rule.
    pub(super) input: Option<Slot>,
    /// A sum or an expectation around the update runs over it.
    pub(super) drawn: bool,
}

/// The meaning of an index expression: an index, its winner in the action circuit, or the circuit
/// of either.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) atom: Atom,
    pub(super) action: bool,
    pub(super) circuit: bool,
}

impl Place {
    pub(super) fn is(self, atom: Atom) -> bool {
        self == Self { atom, action: false, circuit: false }
    }
}

/// The value of a slot of the frame.
#[derive(Clone)]
pub(super) enum Value {
    /// The unknown of a linear system, or an index that is bound inside.
    Unknown,
    /// A number or a family: an argument of the rule or definition.
    Input(Slot),
    Place(Place),
    Closure(Rc<Closure>),
}

/// An expression and its frame.
pub(super) struct Closure {
    pub(super) node: NodeId,
    pub(super) env: Env,
    /// The expression reads an update.
    live: bool,
}

/// A frame: the values of its slots. Slots of names that are bound further inside have no value.
#[derive(Clone)]
pub(super) struct Env {
    values: Vec<Value>,
    /// The definition of the frame; `None` for a claim.
    pub(super) owner: Option<LetId>,
}

impl Env {
    pub(super) fn new(owner: Option<LetId>, values: Vec<Value>) -> Self {
        Self { values, owner }
    }

    pub(super) fn get(&self, slot: Slot) -> &Value {
        self.values.get(slot).unwrap_or(&Value::Unknown)
    }

    pub(super) fn set(&mut self, slot: Slot, value: Value) {
        if self.values.len() <= slot {
            self.values.resize(slot + 1, Value::Unknown);
        }
        self.values[slot] = value;
    }

    pub(super) fn push(&mut self, value: Value) {
        self.values.push(value);
    }
}

/// Why an expression is not allowed at its place.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The part of the expression that is wrong.
    pub(super) span: Span,
    /// The rest of a sentence that begins with the text of that part.
    pub(super) why: &'static str,
}

impl Fault {
    /// The part, its place and the reason. The place is left out if it is `near`, the place of the
    /// message.
    pub(super) fn told(&self, near: &Span) -> String {
        let text = self.span.text();
        let same = self.span.range() == near.range() && self.span.source().name() == near.source().name();
        if same { format!("{text} {}", self.why) } else { format!("{text} at {} {}", self.span, self.why) }
    }
}

/// The number of hops of an expression, or why it is not allowed.
pub(super) type Hops = std::result::Result<usize, Fault>;

/// Why an expression is not allowed, if it is not.
pub(super) type Checked = std::result::Result<(), Fault>;

pub(super) const TOO_MANY: &str = "uses too many definitions to follow";

/// The indices that a value depends on. `true`: the value depends only on the winner in the action
/// circuit.
pub(super) type Dependence = BTreeSet<(Atom, bool)>;

/// The document so far, and the indices of the current check.
pub(super) struct Meanings<'a> {
    pub(super) resolver: &'a Resolver,
    atoms: RefCell<Vec<Known>>,
    steps: Cell<usize>,
}

impl<'a> Meanings<'a> {
    pub(super) fn new(resolver: &'a Resolver) -> Self {
        Self { resolver, atoms: RefCell::default(), steps: Cell::new(0) }
    }

    pub(super) fn atom(&self, sort: Sort, common: bool, input: Option<Slot>) -> Atom {
        let mut atoms = self.atoms.borrow_mut();
        atoms.push(Known { sort, common, input, drawn: false });
        atoms.len() - 1
    }

    /// A new index that a sum or an expectation around an update runs over.
    pub(super) fn drawn(&self, sort: Sort) -> Atom {
        let atom = self.atom(sort, true, None);
        self.atoms.borrow_mut()[atom].drawn = true;
        atom
    }

    pub(super) fn index(&self, sort: Sort, common: bool) -> Value {
        let atom = self.atom(sort, common, None);
        Value::Place(Place { atom, action: false, circuit: false })
    }

    pub(super) fn known(&self, atom: Atom) -> Known {
        self.atoms.borrow()[atom]
    }

    /// Counts a step. Returns false after [`MAX_STEPS`].
    pub(super) fn step(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        !self.exhausted()
    }

    pub(super) fn exhausted(&self) -> bool {
        self.steps.get() > MAX_STEPS
    }

    pub(super) fn op(&self, node: NodeId) -> &'a Op {
        &self.resolver.nodes[node].op
    }

    pub(super) fn kind(&self, node: NodeId) -> &'a Type {
        &self.resolver.nodes[node].kind
    }

    pub(super) fn definition(&self, id: LetId) -> &'a LetNode {
        &self.resolver.lets[id]
    }

    /// The sets of the indices of a definition, without its arguments.
    pub(super) fn indices(&self, id: LetId) -> Vec<Sort> {
        let definition = self.definition(id);
        let sort = |formal: &Type| match formal {
            Type::Index(sort) => *sort,
            _ => unreachable!("indices of a definition are indices"),
        };
        definition.formals[definition.arguments..].iter().map(sort).collect()
    }

    /// The place of the node in the text of its frame.
    pub(super) fn span(&self, node: NodeId, env: &Env) -> Span {
        let places = match env.owner {
            Some(id) => self.resolver.located.get(&id),
            None => Some(&self.resolver.places),
        };
        places.and_then(|places| places.get(&node)).unwrap_or(&self.resolver.nodes[node].span).clone()
    }

    /// Values for the arguments of a definition without a call.
    pub(super) fn inputs(&self, formals: &[Type]) -> Vec<Value> {
        let value = |(slot, formal): (Slot, &Type)| match formal {
            Type::Index(sort) => {
                let atom = self.atom(*sort, true, Some(slot));
                Value::Place(Place { atom, action: false, circuit: false })
            }
            _ => Value::Input(slot),
        };
        formals.iter().enumerate().map(value).collect()
    }

    /// The expression reads an update, directly or through its names.
    pub(super) fn live(&self, node: NodeId, env: &Env) -> bool {
        let handed = |slot: &Slot| matches!(env.get(*slot), Value::Closure(closure) if closure.live);
        self.resolver.reads[node] || self.resolver.nodes[node].free.iter().any(handed)
    }

    pub(super) fn fault<T>(
        &self,
        node: NodeId,
        env: &Env,
        why: &'static str,
    ) -> std::result::Result<T, Fault> {
        Err(Fault { span: self.span(node, env), why })
    }

    /// The value of an argument.
    pub(super) fn value(&self, node: NodeId, env: &Env) -> Value {
        if let Type::Index(_) = self.kind(node) {
            return self.place(node, env).map_or(Value::Unknown, Value::Place);
        }
        // A variable keeps its closure and the place of that. An argument of a rule has the place
        // of its use.
        if let Op::Variable(slot) | Op::VariableFamily(slot) = self.op(node)
            && !matches!(env.get(*slot), Value::Input(_))
        {
            return env.get(*slot).clone();
        }
        let live = self.live(node, env);
        Value::Closure(Rc::new(Closure { node, env: env.clone(), live }))
    }

    /// The frame of a definition with these arguments.
    pub(super) fn open(&self, id: LetId, arguments: &[NodeId], env: &Env) -> Env {
        Env::new(Some(id), arguments.iter().map(|&node| self.value(node, env)).collect())
    }

    pub(super) fn place(&self, node: NodeId, env: &Env) -> Option<Place> {
        match self.op(node) {
            Op::Index(slot) => match env.get(*slot) {
                Value::Place(place) => Some(*place),
                _ => None,
            },
            Op::ActionOf(inner) => self.place(*inner, env).map(|place| Place { action: true, ..place }),
            Op::CircuitOf(inner) => self.place(*inner, env).map(|place| Place { circuit: true, ..place }),
            _ => None,
        }
    }

    /// The expression of a family argument, in its own frame.
    pub(super) fn family(&self, node: NodeId, env: &Env) -> (NodeId, Env) {
        match self.op(node) {
            Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Closure(closure) => (closure.node, closure.env.clone()),
                _ => (node, env.clone()),
            },
            _ => (node, env.clone()),
        }
    }

    /// The meaning of a name, through aliases.
    pub(super) fn canonical(&self, mut meaning: Meaning) -> Meaning {
        while let Meaning::Let(id) = meaning
            && self.definition(id).formals.is_empty()
        {
            meaning = match self.op(self.definition(id).body) {
                Op::LetFamily(other, arguments) | Op::Call(other, arguments)
                    if arguments.is_empty() && self.definition(*other).arguments == 0 =>
                {
                    Meaning::Let(*other)
                }
                Op::ParamFamily(param) => Meaning::Param(*param),
                Op::Param(param, indices) if indices.is_empty() => Meaning::Param(*param),
                _ => return meaning,
            };
        }
        meaning
    }

    /// Adds the indices that the value depends on. Indices that are bound inside are not in the
    /// frame.
    pub(super) fn depends(&self, node: NodeId, env: &Env, found: &mut Dependence) {
        if self.resolver.nodes[node].free.is_empty() || !self.step() {
            return;
        }
        match self.op(node) {
            Op::Index(_) | Op::ActionOf(_) | Op::CircuitOf(_) => {
                found.extend(self.place(node, env).map(|place| (place.atom, place.action)));
            }
            Op::Variable(slot) | Op::VariableFamily(slot) => {
                if let Value::Closure(closure) = env.get(*slot) {
                    self.depends(closure.node, &closure.env, found);
                }
            }
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                self.depends(self.definition(*id).body, &self.open(*id, arguments, env), found);
            }
            op => for_each_child(op, |child| self.depends(child, env, found)),
        }
    }

    /// Some part of the expression, or of the definitions and arguments that it uses, is `wanted`.
    /// True also after too many steps.
    pub(super) fn search(&self, node: NodeId, env: &Env, wanted: &dyn Fn(&Op, &Env) -> bool) -> bool {
        let op = self.op(node);
        if wanted(op, env) || !self.step() {
            return true;
        }
        match op {
            Op::Variable(slot) | Op::VariableFamily(slot) => match env.get(*slot) {
                Value::Closure(closure) => self.search(closure.node, &closure.env, wanted),
                _ => false,
            },
            Op::Call(id, arguments) | Op::LetFamily(id, arguments) => {
                self.search(self.definition(*id).body, &self.open(*id, arguments, env), wanted)
            }
            op => {
                let mut found = false;
                for_each_child(op, |child| found = found || self.search(child, env, wanted));
                found
            }
        }
    }
}

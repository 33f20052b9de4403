//! What a definition depends on, through all definitions that it uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::resolve::ir::{Document, LetId, NodeId, Op, ParamId, ParamKind, Target};
use crate::resolve::walk::for_each_child;

/// What an expression depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Needs {
    /// A mean-field state.
    pub(super) state: bool,
    /// A value that derivatives leave where it is.
    pub(super) hold: bool,
    /// A derivative.
    pub(super) derivative: bool,
    /// Declared parameters.
    pub(super) params: BTreeSet<ParamId>,
    /// Definitions, itself included if it is one.
    pub(super) lets: BTreeSet<LetId>,
    /// Linear systems, by their nodes, each with the definition that contains it.
    pub(super) systems: BTreeSet<(Option<LetId>, NodeId)>,
}

impl Needs {
    fn add(&mut self, other: &Needs) {
        self.state |= other.state;
        self.hold |= other.hold;
        self.derivative |= other.derivative;
        self.params.extend(&other.params);
        self.lets.extend(&other.lets);
        self.systems.extend(&other.systems);
    }
}

/// The needs of every definition.
pub(super) struct AllNeeds<'a> {
    document: &'a Document,
    lets: BTreeMap<LetId, Needs>,
}

impl<'a> AllNeeds<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        let mut all = Self { document, lets: BTreeMap::new() };
        // A definition uses only what is defined above it.
        for (id, definition) in document.lets.iter().enumerate() {
            let mut needs = Needs::default();
            all.collect(definition.body, Some(id), &mut needs);
            needs.lets.insert(id);
            all.lets.insert(id, needs);
        }
        all
    }

    pub(super) fn definition(&self, id: LetId) -> &Needs {
        &self.lets[&id]
    }

    /// The needs of an expression of a claim.
    pub(super) fn node(&self, node: NodeId) -> Needs {
        let mut needs = Needs::default();
        self.collect(node, None, &mut needs);
        needs
    }

    fn collect(&self, node: NodeId, owner: Option<LetId>, needs: &mut Needs) {
        let op = &self.document.nodes[node].op;
        match op {
            Op::Call(id, _) | Op::LetFamily(id, _) => needs.add(&self.lets[id]),
            Op::MeanField { .. } => needs.state = true,
            Op::Hold(_) => needs.hold = true,
            Op::Derivative { target, .. } => {
                needs.derivative = true;
                match target {
                    Target::Param(param) => self.declared(*param, needs),
                    Target::Let(id) => needs.add(&self.lets[id]),
                }
            }
            Op::Solve { .. } => {
                needs.systems.insert((owner, node));
            }
            Op::Param(param, _) | Op::ParamFamily(param) => self.declared(*param, needs),
            _ => {}
        }
        for_each_child(op, |child| self.collect(child, owner, needs));
    }

    fn declared(&self, param: ParamId, needs: &mut Needs) {
        if let ParamKind::Declared { .. } = self.document.params[param].kind {
            needs.params.insert(param);
        }
    }
}

//! The resolver: the arena of nodes so far, the names in scope, and the errors so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::ir::*;
use super::sort::{Sort, Type};
use super::walk::for_each_child;
use crate::language::ast::{Claim, Conventions, Item, Parameter};
use crate::language::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::source::Span;

pub(crate) type Result<T> = std::result::Result<T, Diagnostic>;

/// A name of the prelude that a chapter redefines. After that, it has the meaning of the chapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Redefinition {
    /// The redefined name.
    pub name: String,
    /// `file:line:column` of the new definition.
    pub place: String,
    /// File of the definition that it replaces.
    pub original: String,
}

/// Families that every network has. Their names are reserved.
const BUILT_IN: &[&str] = &["W", "U", "b", "s", "R", "A", "mask", "kappa"];

/// The meaning of a name that the document defines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Param(ParamId),
    Let(LetId),
}

/// A name bound inside an expression.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    pub(super) name: String,
    pub(super) slot: Slot,
    pub(super) kind: Type,
}

pub(super) struct Resolver {
    pub(super) nodes: Vec<Node>,
    /// Height of the tree below each node, through definitions. Evaluation uses the stack in
    /// proportion.
    pub(super) heights: Vec<usize>,
    pub(super) interned: HashMap<(Op, Type), NodeId>,
    /// For each node: the expression reads a line of a rule.
    pub(super) reads: Vec<bool>,
    /// The first place of each node in the statement that is being resolved. Equal expressions
    /// share a node.
    pub(super) places: HashMap<NodeId, Span>,
    /// The first places of nodes, for every definition.
    pub(super) located: BTreeMap<LetId, HashMap<NodeId, Span>>,
    /// The places of the arguments of each update that the statement reads.
    pub(super) handed: HashMap<NodeId, Vec<Span>>,
    /// The definitions that are lines of rules.
    pub(super) rule_lines: BTreeSet<LetId>,
    pub(super) params: Vec<Param>,
    pub(super) lets: Vec<LetNode>,
    pub(super) names: BTreeMap<String, Meaning>,
    pub(super) rules: BTreeMap<String, RuleNode>,
    pub(super) claims: Vec<ClaimNode>,
    pub(super) measured: Vec<MeasuredNode>,
    pub(super) conventions: Conventions,
    pub(super) targets: Vec<Target>,
    pub(super) network: bool,
    pub(super) in_prelude: bool,
    pub(super) own_names: BTreeMap<String, Span>,
    pub(super) prelude_names: BTreeMap<String, Span>,
    /// Names of the prelude that the document redefines.
    pub(super) redefined: Vec<Redefinition>,
    /// Names whose definition is wrong. Their uses are not reported.
    pub(super) failed: BTreeSet<String>,
    /// The current error follows from the use of such a name.
    pub(super) silent: bool,
    /// Further errors of the current statement, besides the one that is returned.
    pub(super) others: Vec<Diagnostic>,
    // the expression being resolved
    pub(super) scope: Vec<Bound>,
    /// Names that the claim binds although they are not written after `for`.
    pub(super) outer: Vec<Bound>,
    pub(super) frame: usize,
    /// Free letters that become indices of the claim; `None` outside of claims.
    pub(super) implicit: Option<Vec<(String, Sort)>>,
    pub(super) in_derivative: bool,
    /// For each definition: it contains a derivative, so it cannot be differentiated.
    pub(super) differentiated: Vec<bool>,
}

impl Resolver {
    pub(super) fn new() -> Self {
        use ParamKind::{Advantage, Kappa, Mask, Reward, States, Weights};
        let mut resolver = Self {
            nodes: Vec::new(),
            heights: Vec::new(),
            interned: HashMap::new(),
            reads: Vec::new(),
            places: HashMap::new(),
            located: BTreeMap::new(),
            handed: HashMap::new(),
            rule_lines: BTreeSet::new(),
            params: Vec::new(),
            lets: Vec::new(),
            names: BTreeMap::new(),
            rules: BTreeMap::new(),
            claims: Vec::new(),
            measured: Vec::new(),
            conventions: Conventions::Both,
            targets: Vec::new(),
            network: false,
            in_prelude: true,
            own_names: BTreeMap::new(),
            prelude_names: BTreeMap::new(),
            redefined: Vec::new(),
            failed: BTreeSet::new(),
            silent: false,
            others: Vec::new(),
            scope: Vec::new(),
            outer: Vec::new(),
            frame: 0,
            implicit: None,
            in_derivative: false,
            differentiated: Vec::new(),
        };
        for (name, kind, sorts) in [
            ("W", Weights(Parameter::Recurrent), vec![Sort::Unit, Sort::Unit]),
            ("U", Weights(Parameter::State), vec![Sort::State, Sort::Unit]),
            ("b", Weights(Parameter::Bias), vec![Sort::Unit]),
            ("s", States, vec![Sort::State]),
            ("R", Reward, vec![Sort::Action]),
            ("A", Advantage, vec![]),
            ("mask", Mask, vec![Sort::Unit, Sort::Unit]),
            ("kappa", Kappa, vec![]),
        ] {
            resolver.add_param(name, kind, sorts);
        }
        resolver
    }

    pub(super) fn add_param(&mut self, name: &str, kind: ParamKind, sorts: Vec<Sort>) {
        self.names.insert(name.to_owned(), Meaning::Param(self.params.len()));
        self.params.push(Param { name: name.to_owned(), kind, sorts });
    }

    pub(super) fn node(&mut self, op: Op, kind: Type, span: &Span, free: Vec<Slot>) -> NodeId {
        let (mut height, mut reads) = (0, false);
        for_each_child(&op, |child| {
            height = height.max(self.heights[child]);
            reads |= self.reads[child];
        });
        if let Op::Call(id, _) | Op::LetFamily(id, _) = &op {
            height += self.heights[self.lets[*id].body];
            reads |= self.rule_lines.contains(id) || self.reads[self.lets[*id].body];
        }
        let key = (op, kind);
        if let Some(&known) = self.interned.get(&key) {
            self.places.entry(known).or_insert_with(|| span.clone());
            return known;
        }
        let (op, kind) = key.clone();
        let new = self.nodes.len();
        self.nodes.push(Node { op, kind, span: span.clone(), free });
        self.interned.insert(key, new);
        self.places.insert(new, span.clone());
        self.heights.push(height + 1);
        self.reads.push(reads);
        new
    }

    pub(super) fn kind(&self, node: NodeId) -> &Type {
        &self.nodes[node].kind
    }

    /// The slots that `nodes` depend on, without `bound`.
    pub(super) fn free(&self, nodes: &[NodeId], bound: &[Slot]) -> Vec<Slot> {
        let mut free: Vec<Slot> =
            nodes.iter().flat_map(|&node| self.nodes[node].free.iter().copied()).collect();
        free.retain(|slot| !bound.contains(slot));
        free.sort_unstable();
        free.dedup();
        free
    }

    /// The next slot. Names that are never in scope together share a slot, so equal expressions
    /// have equal slots.
    pub(super) fn fresh_slot(&mut self) -> Slot {
        let slot = self.scope.len() + self.outer.len();
        self.frame = self.frame.max(slot + 1);
        slot
    }

    pub(super) fn bind(&mut self, name: &str, kind: Type) -> Slot {
        let slot = self.fresh_slot();
        self.scope.push(Bound { name: name.to_owned(), slot, kind });
        slot
    }

    /// Records a name that the document defines. A second definition is an error.
    pub(super) fn own(&mut self, name: &str, span: &Span) -> Result<()> {
        if BUILT_IN.contains(&name) {
            return Err(Diagnostic::new(
                Code::Duplicate,
                span,
                format!("`{name}` is built in"),
                "choose another name",
            ));
        }
        if self.in_prelude {
            self.prelude_names.insert(name.to_owned(), span.clone());
            return Ok(());
        }
        if let Some(first) = self.own_names.get(name) {
            return Err(Diagnostic::new(
                Code::Duplicate,
                span,
                format!("`{name}` is defined a second time"),
                format!("the first definition is at {first}; choose another name"),
            ));
        }
        self.own_names.insert(name.to_owned(), span.clone());
        // When the chapter of the prelude is checked, its own definitions are in scope.
        if let Some(original) = self.prelude_names.get(name)
            && original.source().name() != span.source().name()
        {
            self.redefined.push(Redefinition {
                name: name.to_owned(),
                place: span.to_string(),
                original: original.source().name().to_owned(),
            });
        }
        Ok(())
    }

    /// Resolves a statement. Its errors go to the list, except those that follow from earlier
    /// errors.
    pub(super) fn statement(&mut self, item: &Item, diagnostics: &mut Diagnostics) {
        self.silent = false;
        let result = self.item(item);
        let failed = result.is_err();
        if let Err(diagnostic) = result
            && !self.silent
        {
            diagnostics.push(diagnostic);
        }
        self.others.drain(..).for_each(|diagnostic| diagnostics.push(diagnostic));
        let (name, span) = match item {
            Item::Let(definition) => (&definition.name, Some(&definition.span)),
            Item::Param(declaration) => (&declaration.name, Some(&declaration.span)),
            Item::Rule(rule) => (&rule.name, Some(&rule.span)),
            Item::Broken(Some(name)) => (name, None),
            _ => return,
        };
        if failed || span.is_none() {
            self.fail(name, span);
        } else {
            self.failed.remove(name);
        }
    }

    /// Records that the definition of a name failed, unless an earlier definition of the name is
    /// valid.
    pub(super) fn fail(&mut self, name: &str, span: Option<&Span>) {
        let first = self.own_names.get(name);
        let stands = first.is_some_and(|first| Some(first.range()) != span.map(Span::range));
        if stands || BUILT_IN.contains(&name) {
            return;
        }
        self.names.remove(name);
        self.rules.remove(name);
        self.failed.insert(name.to_owned());
    }

    /// Whether an error about this name follows from an error in its definition.
    pub(super) fn has_failed(&mut self, name: &str) -> bool {
        let failed = self.failed.contains(name);
        self.silent |= failed;
        failed
    }

    /// Adds claims with new ids. A claim that does not resolve is left out.
    pub(super) fn extra_claims(&mut self, claims: Vec<Claim>) -> Vec<usize> {
        let mut added = Vec::new();
        for mut claim in claims {
            claim.id = format!("#{}", self.claims.len());
            if self.item(&Item::Claim(claim)).is_ok() {
                added.push(self.claims.len() - 1);
            }
        }
        added
    }

    pub(super) fn finish(self) -> Document {
        let moved_by = self.moved_by();
        let indicators = self.indicators();
        Document {
            indicators,
            nodes: self.nodes,
            params: self.params,
            lets: self.lets,
            claims: self.claims,
            measured: self.measured,
            rules: self.rules,
            conventions: self.conventions,
            moved_by,
            targets: self.targets,
        }
    }

    pub(super) fn indicators(&self) -> Vec<bool> {
        let mut found: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            found.push(match &node.op {
                Op::Bracket(_) => true,
                Op::Param(param, _) => self.params[*param].kind == ParamKind::Mask,
                Op::Entry(family, _) => {
                    matches!(self.nodes[*family].op, Op::Winners(_) | Op::TrainFamily(_))
                }
                Op::Mul(a, b) => found[*a] && found[*b],
                Op::Call(id, _) => found[self.lets[*id].body],
                _ => false,
            });
        }
        found
    }

    /// For every node, the targets that its value depends on. A fixed point depends on every
    /// weight; an argument of a definition may depend on every target.
    pub(super) fn moved_by(&self) -> Vec<u64> {
        let bit = |target: Target| {
            self.targets.iter().position(|&known| known == target).map_or(0, |at| 1u64 << at)
        };
        let weights = (0..self.params.len())
            .filter(|&param| matches!(self.params[param].kind, ParamKind::Weights(_)))
            .fold(0, |set, param| set | bit(Target::Param(param)));
        let mut moved: Vec<u64> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let mut set = 0;
            for_each_child(&node.op, |child| set |= moved[child]);
            set |= match node.op {
                Op::Param(param, _) | Op::ParamFamily(param) => bit(Target::Param(param)),
                Op::Call(id, _) | Op::LetFamily(id, _) => moved[self.lets[id].body] | bit(Target::Let(id)),
                Op::Variable(_) | Op::VariableFamily(_) => u64::MAX,
                Op::MeanField { .. } => weights,
                _ => 0,
            };
            if let Op::Hold(_) = node.op {
                set = 0;
            }
            moved.push(set);
        }
        moved
    }
}

//! From syntax trees to a document in which every name is resolved and every index is of its set.

pub(crate) mod ir;
pub(crate) mod locality;
pub(crate) mod sort;

mod drawn;
mod drive;
mod expression;
mod handed;
mod meaning;
mod quantity;
mod readback;
mod sight;
mod signal;
mod statement;

use std::collections::{BTreeMap, BTreeSet, HashMap};

#[cfg(test)]
pub(crate) use self::meaning::MAX_STEPS;

use self::ir::*;
use self::sort::{Sort, Type};
use crate::chapter::Redefinition;
use crate::judge::controls::{Control, Resolved};
use crate::language::ast::{Conventions, Item, Parameter};
use crate::language::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::language::source::Span;

pub(crate) type Result<T> = std::result::Result<T, Diagnostic>;

/// A document, or what there is of it where something is wrong.
pub(crate) struct Resolution {
    pub(crate) document: Document,
    pub(crate) redefined: Vec<Redefinition>,
    pub(crate) diagnostics: Diagnostics,
}

/// Resolves a document; `prelude` holds the definitions that `network` brings into scope.
pub(crate) fn resolve(items: &[Item], prelude: &[Item]) -> Resolution {
    let (mut resolver, diagnostics) = resolved(items, prelude);
    let redefined = std::mem::take(&mut resolver.redefined);
    Resolution { document: resolver.finish(), redefined, diagnostics }
}

fn resolved(items: &[Item], prelude: &[Item]) -> (Resolver, Diagnostics) {
    let mut resolver = Resolver::new();
    let mut diagnostics = Diagnostics::default();
    for item in prelude {
        if let Item::Let(_) | Item::Param(_) | Item::Rule(_) = item {
            resolver.statement(item, &mut diagnostics);
        }
    }
    resolver.in_prelude = false;
    for item in items {
        resolver.statement(item, &mut diagnostics);
    }
    (resolver, diagnostics)
}

/// Resolves a document and, behind its own claims, those of its controls; a mutant that makes no
/// sense is left out.
pub(crate) fn resolve_controls(
    items: &[Item],
    prelude: &[Item],
    controls: Vec<Control>,
) -> Result<(Document, Vec<Resolved>)> {
    let (mut resolver, diagnostics) = resolved(items, prelude);
    if let Some(first) = diagnostics.into_iter().next() {
        return Err(first);
    }
    // A mutant may see too much; what counts is whether its mathematics is found out.
    resolver.in_prelude = true;
    let mut resolved = Vec::new();
    for control in controls {
        if control.rule.is_some_and(|rule| resolver.item(&Item::Rule(rule)).is_err()) {
            continue;
        }
        let claims = resolver.extra_claims(control.claims);
        if claims.is_empty() {
            continue;
        }
        let same = resolver.extra_claims(control.same);
        let (id, mutation, text) = (control.id, control.mutation, control.text);
        resolved.push(Resolved { id, mutation, text, claims, same });
    }
    Ok((resolver.finish(), resolved))
}

/// Families that every network has; nothing else may have their names.
const BUILT_IN: &[&str] = &["W", "U", "b", "s", "R", "A", "mask", "kappa"];

/// What a name defined in the document stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Param(ParamId),
    Let(LetId),
}

/// A name bound inside an expression.
#[derive(Clone, Debug)]
struct Bound {
    name: String,
    slot: Slot,
    kind: Type,
}

struct Resolver {
    nodes: Vec<Node>,
    /// Longest way down from each node, through definitions: what evaluating it takes of the stack.
    heights: Vec<usize>,
    interned: HashMap<(Op, Type), NodeId>,
    /// For each node: a rule's line is read inside.
    reads: Vec<bool>,
    /// Where each node of the text that is being resolved stands first. A node is shared by all
    /// texts that say the same.
    places: HashMap<NodeId, Span>,
    /// The same of every definition.
    located: BTreeMap<LetId, HashMap<NodeId, Span>>,
    /// Where the arguments of each update stand that the text reads.
    handed: HashMap<NodeId, Vec<Span>>,
    /// The definitions that are lines of rules.
    rule_lines: BTreeSet<LetId>,
    params: Vec<Param>,
    lets: Vec<LetNode>,
    names: BTreeMap<String, Meaning>,
    rules: BTreeMap<String, RuleNode>,
    claims: Vec<ClaimNode>,
    measured: Vec<MeasuredNode>,
    conventions: Conventions,
    targets: Vec<Target>,
    network: bool,
    in_prelude: bool,
    own_names: BTreeMap<String, Span>,
    prelude_names: BTreeMap<String, Span>,
    /// What the document defines anew.
    redefined: Vec<Redefinition>,
    /// Names whose definition is wrong. Their uses are not errors of their own.
    failed: BTreeSet<String>,
    /// The error at hand comes from the use of such a name.
    silent: bool,
    /// Errors of the statement at hand beside the one that is returned.
    others: Vec<Diagnostic>,
    // the expression being resolved
    scope: Vec<Bound>,
    /// Names bound by the claim as a whole, without having been written behind `for`.
    outer: Vec<Bound>,
    frame: usize,
    /// Free conventional letters become indices over which a claim is quantified.
    implicit: Option<Vec<(String, Sort)>>,
    in_derivative: bool,
    /// Definitions that contain a derivative, so that none is differentiated again.
    differentiated: Vec<bool>,
}

impl Resolver {
    fn new() -> Self {
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

    fn add_param(&mut self, name: &str, kind: ParamKind, sorts: Vec<Sort>) {
        self.names.insert(name.to_owned(), Meaning::Param(self.params.len()));
        self.params.push(Param { name: name.to_owned(), kind, sorts });
    }

    fn node(&mut self, op: Op, kind: Type, span: &Span, free: Vec<Slot>) -> NodeId {
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

    fn kind(&self, node: NodeId) -> &Type {
        &self.nodes[node].kind
    }

    /// The slots that any of `nodes` depends on, without `bound`.
    fn free(&self, nodes: &[NodeId], bound: &[Slot]) -> Vec<Slot> {
        let mut free: Vec<Slot> =
            nodes.iter().flat_map(|&node| self.nodes[node].free.iter().copied()).collect();
        free.retain(|slot| !bound.contains(slot));
        free.sort_unstable();
        free.dedup();
        free
    }

    /// The next slot: names that are not in scope together share one, so that equal expressions
    /// have equal slots.
    fn fresh_slot(&mut self) -> Slot {
        let slot = self.scope.len() + self.outer.len();
        self.frame = self.frame.max(slot + 1);
        slot
    }

    fn bind(&mut self, name: &str, kind: Type) -> Slot {
        let slot = self.fresh_slot();
        self.scope.push(Bound { name: name.to_owned(), slot, kind });
        slot
    }

    /// Notes a name that the document itself defines; a second definition of it is refused.
    fn own(&mut self, name: &str, span: &Span) -> Result<()> {
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
                format!("it was defined at {first}; choose another name"),
            ));
        }
        self.own_names.insert(name.to_owned(), span.clone());
        // The chapter that defines the prelude is checked with itself in scope.
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

    /// Resolves a statement. What is wrong goes to the list, unless it follows from what is there
    /// already.
    fn statement(&mut self, item: &Item, diagnostics: &mut Diagnostics) {
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

    /// Notes that the definition of a name failed, unless an earlier one of this name stands.
    fn fail(&mut self, name: &str, span: Option<&Span>) {
        let first = self.own_names.get(name);
        let stands = first.is_some_and(|first| Some(first.range()) != span.map(Span::range));
        if stands || BUILT_IN.contains(&name) {
            return;
        }
        self.names.remove(name);
        self.rules.remove(name);
        self.failed.insert(name.to_owned());
    }

    /// Does an error about this name follow from an error in its definition?
    fn has_failed(&mut self, name: &str) -> bool {
        let failed = self.failed.contains(name);
        self.silent |= failed;
        failed
    }

    /// Adds claims under ids of their own; one that does not resolve is left out.
    fn extra_claims(&mut self, claims: Vec<crate::language::ast::Claim>) -> Vec<usize> {
        let mut added = Vec::new();
        for mut claim in claims {
            claim.id = format!("#{}", self.claims.len());
            if self.item(&Item::Claim(claim)).is_ok() {
                added.push(self.claims.len() - 1);
            }
        }
        added
    }

    fn finish(self) -> Document {
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

    fn indicators(&self) -> Vec<bool> {
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

    /// A fixed point depends on every weight; an argument of a definition may depend on anything.
    fn moved_by(&self) -> Vec<u64> {
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

/// Calls `visit` on every node that `op` refers to directly.
pub(crate) fn for_each_child(op: &Op, mut visit: impl FnMut(NodeId)) {
    match op {
        Op::Constant(_) | Op::Variable(_) | Op::Index(_) | Op::ParamFamily(_) | Op::VariableFamily(_) => {}
        Op::Param(_, nodes) | Op::Call(_, nodes) | Op::LetFamily(_, nodes) => {
            nodes.iter().copied().for_each(visit);
        }
        Op::Entry(family, nodes) => {
            visit(*family);
            nodes.iter().copied().for_each(visit);
        }
        Op::Negate(a)
        | Op::Power(a, _)
        | Op::Exp(a)
        | Op::Ln(a)
        | Op::Hold(a)
        | Op::Bracket(a)
        | Op::Ordinal(a)
        | Op::ActionOf(a)
        | Op::CircuitOf(a)
        | Op::Not(a)
        | Op::Winners(a)
        | Op::TrainFamily(a)
        | Op::Softmax(a) => visit(*a),
        Op::Add(a, b)
        | Op::Sub(a, b)
        | Op::Mul(a, b)
        | Op::Div(a, b)
        | Op::Min(a, b)
        | Op::Max(a, b)
        | Op::Compare(_, a, b)
        | Op::SameIndex(_, a, b)
        | Op::And(a, b)
        | Op::Or(a, b) => {
            visit(*a);
            visit(*b);
        }
        Op::If(condition, a, b) => {
            visit(*condition);
            visit(*a);
            visit(*b);
        }
        Op::Fold(_, binders, filter, body) => {
            for binder in binders {
                if let SetNode::CircuitOf(unit) = binder.set {
                    visit(unit);
                }
            }
            filter.iter().copied().for_each(&mut visit);
            visit(*body);
        }
        Op::Expectation { weight, condition, body, .. } => {
            let (Weight::Circuits(node) | Weight::Spikes(node) | Weight::Number(node)) = weight;
            visit(*node);
            condition.iter().copied().for_each(&mut visit);
            visit(*body);
        }
        Op::Derivative { body, indices, .. } => {
            visit(*body);
            indices.iter().copied().for_each(visit);
        }
        Op::MeanField { states, action, strength } => {
            visit(*states);
            action.iter().chain(strength).copied().for_each(visit);
        }
        Op::Solve { body, .. } => visit(*body),
    }
}

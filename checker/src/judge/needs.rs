//! The shapes that a claim needs.
//!
//! A difference between two sides shows on a shape that has, in each set, as many indices as a
//! monomial of the claim can contain, and that is larger than every size or position at which a
//! comparison may turn. Definitions are expanded with their arguments.

use std::rc::Rc;

use super::analysis::{Analysis, Bindings, Facts, compared};
use super::degrees::Degrees;
use super::sets::{PerSet, SETS, Set, both, larger, sets_of};
use crate::evaluate::geometry::Shape;
use crate::language::ast::{Parameter, Relation};
use crate::resolve::ir::*;
use crate::resolve::sort::{Sort, Type};
use crate::resolve::walk::reachable;

/// What a claim depends on, and how large the sets must be.
#[derive(Clone, Debug)]
pub(super) struct Needs {
    /// The sets that occur in it.
    uses: [bool; SETS.len()],
    /// Values of the recurrent weights or of the mask matter.
    pub(super) wiring: bool,
    pub(super) convention: bool,
    /// The claim reads positions of circuits or units.
    pub(super) named: bool,
    /// By set: number of different indices in a monomial, or bound together.
    indices: PerSet,
    /// By set: number of indices that are bound together.
    bound: PerSet,
    /// By set: the size from which comparisons of sizes and positions no longer change.
    reach: PerSet,
    /// By set: indices that the binders of a chain bind.
    own: PerSet,
    /// Degrees in sizes and positions, and in connections.
    pub(super) degrees: Degrees,
}

/// The size of the smallest set: there are two actions, and two circuits with that of the actions.
fn least(set: Set) -> usize {
    if matches!(set, Set::Actions | Set::Circuits) { 2 } else { 1 }
}

impl Needs {
    pub(super) fn of(document: &Document, given: &Given, chains: &[ChainNode]) -> Self {
        let mut roots: Vec<NodeId> = Vec::new();
        let mut binders: Vec<&BinderNode> = Vec::new();
        for chain in chains {
            roots.extend(chain.sides.iter().chain(&chain.filter));
            binders.extend(&chain.binders);
        }
        let sets = binders.iter().filter_map(|binder| match binder.set {
            SetNode::CircuitOf(unit) => Some(unit),
            SetNode::All(_) => None,
        });
        roots.extend(sets);
        let nodes = reachable(document, roots);
        let analysis = Analysis::new(document);
        let none = [0; SETS.len()];
        let mut needs = Self {
            uses: [false; SETS.len()],
            wiring: false,
            convention: false,
            named: false,
            indices: none,
            bound: none,
            reach: none,
            own: none,
            degrees: Degrees::of(document, given, chains),
        };
        for binder in &binders {
            needs.use_sets(sets_of(analysis.sort(&binder.set)));
        }
        for &node in &nodes {
            needs.node(document, &analysis, node);
        }
        for chain in chains {
            let own = chain.binders.iter().fold(none, |sum, b| both(sum, sets_of(analysis.sort(&b.set))));
            // A configuration has a winner in each circuit, however many circuits there are.
            let singly = chain.binders.iter().map(|binder| analysis.sort(&binder.set));
            let singly = singly.filter(|&sort| sort != Sort::Configuration);
            needs.own = larger(needs.own, singly.fold(none, |sum, sort| both(sum, sets_of(sort))));
            let sides: Vec<Rc<Facts>> =
                chain.sides.iter().map(|&side| analysis.facts(side, &Bindings::default())).collect();
            let filter = chain.filter.map(|filter| analysis.facts(filter, &Bindings::default()));
            let filtered = filter.map_or(none, |filter| filter.reach);
            for (link, pair) in chain.links.iter().zip(sides.windows(2)) {
                let compared = match link.relation {
                    Relation::Equal => larger(pair[0].reach, pair[1].reach),
                    _ => compared(&pair[0], &pair[1]),
                };
                needs.reach = larger(needs.reach, both(filtered, compared));
            }
            for side in &sides {
                needs.bound = larger(needs.bound, both(own, side.bound));
                needs.indices = larger(needs.indices, side.indices);
            }
        }
        needs.indices = larger(needs.indices, needs.bound);
        // A unit lies in a circuit, and every network has an action circuit.
        for (set, implied) in
            [(Set::Hidden, Set::Circuits), (Set::Circuits, Set::Hidden), (Set::Hidden, Set::Actions)]
        {
            needs.uses[implied as usize] |= needs.uses[set as usize];
        }
        needs
    }

    fn use_sets(&mut self, sets: PerSet) {
        for (uses, set) in self.uses.iter_mut().zip(sets) {
            *uses |= set > 0;
        }
    }

    fn node(&mut self, document: &Document, analysis: &Analysis<'_>, node: NodeId) {
        let found = &document.nodes[node];
        match &found.kind {
            Type::Index(sort) => self.use_sets(sets_of(*sort)),
            Type::Family(sorts) => sorts.iter().for_each(|&sort| self.use_sets(sets_of(sort))),
            _ => {}
        }
        match &found.op {
            Op::Param(param, _) | Op::ParamFamily(param) => {
                let family = &document.params[*param];
                family.sorts.iter().for_each(|&sort| self.use_sets(sets_of(sort)));
                let recurrent =
                    matches!(family.kind, ParamKind::Weights(Parameter::Recurrent) | ParamKind::Mask);
                self.wiring |= recurrent;
                self.convention |= family.kind == ParamKind::Kappa;
            }
            Op::MeanField { .. } => {
                self.wiring = true;
                self.convention = true;
                self.use_sets(sets_of(Sort::Unit));
                self.use_sets(sets_of(Sort::State));
            }
            Op::Fold(_, binders, ..) => {
                binders.iter().for_each(|binder| self.use_sets(sets_of(analysis.sort(&binder.set))));
            }
            Op::Expectation { sort, .. } | Op::Solve { sort, .. } => self.use_sets(sets_of(*sort)),
            Op::Ordinal(index) => {
                // Configurations are numbered by the positions of their winners.
                if let Type::Index(Sort::Unit | Sort::Hidden | Sort::Circuit | Sort::Configuration) =
                    document.nodes[*index].kind
                {
                    self.named = true;
                }
            }
            _ => {}
        }
    }

    /// A shape with every set as large as the claim needs, and at least six, within the limits.
    pub(super) fn generous(&self) -> Shape {
        let wanted = |set: Set| self.wanted(set as usize).max(6).min(set.largest());
        let network = self.uses[Set::Hidden as usize];
        Shape {
            states: wanted(Set::States),
            hidden_circuits: if network { wanted(Set::Circuits).min(5) - 1 } else { 1 },
            hidden_size: if network { wanted(Set::Hidden).min(4) } else { 1 },
            actions: wanted(Set::Actions),
            situations: wanted(Set::Situations),
            window: wanted(Set::Window),
        }
    }

    /// The size that the claim needs of a set.
    pub(super) fn wanted(&self, at: usize) -> usize {
        // A polynomial of degree n has up to n zeros.
        let wanted = self.indices[at] + least(SETS[at]) + self.reach[at];
        // Where no size is known to be enough, the largest may still show a difference.
        wanted.max(self.sized(SETS[at]).min(SETS[at].largest()))
    }

    /// The size of a set beyond which its size and the positions in it change nothing. Zero if the
    /// claim depends on neither.
    pub(super) fn sized(&self, set: Set) -> usize {
        let degree = self.degrees.size(set);
        if degree == 0 { 0 } else { degree.saturating_add(self.own[set as usize].max(least(set))) }
    }

    /// Number of indices of a set that a monomial can contain. [`super::sets::MANY`] means any
    /// number.
    pub(super) fn degree(&self, set: Set) -> usize {
        self.indices[set as usize]
    }

    /// Number of circuits, or of units of circuits, that the claim binds at once. It may depend on
    /// their wiring.
    pub(super) fn circuits_at_once(&self) -> usize {
        self.bound[Set::Circuits as usize]
    }

    /// The size of a set from which comparisons no longer change.
    pub(super) fn reach(&self, set: Set) -> usize {
        self.reach[set as usize]
    }

    /// The set occurs in the claim.
    pub(super) fn uses(&self, set: Set) -> bool {
        self.uses[set as usize]
    }
}

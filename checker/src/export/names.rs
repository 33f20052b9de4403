//! Names of the language as identifiers of Coq.

use crate::resolve::ir::Slot;
use crate::resolve::sort::{Sort, Type};

/// Words of Coq, and the names that every exported definition uses itself.
const TAKEN: &[&str] = &[
    "as",
    "at",
    "by",
    "cofix",
    "do",
    "else",
    "end",
    "exists",
    "fix",
    "forall",
    "fun",
    "have",
    "if",
    "in",
    "is",
    "K",
    "let",
    "match",
    "mod",
    "mf",
    "move",
    "moved",
    "net",
    "held",
    "of",
    "return",
    "sh",
    "suff",
    "then",
    "using",
    "where",
    "with",
    "Definition",
    "Prop",
    "Set",
    "Type",
    "Variable",
    "Section",
    "Record",
];

/// Names of `proofs/language.v` that a name of a chapter must not hide.
const LANGUAGE: &[&str] = &[
    "W",
    "U",
    "b",
    "s",
    "R",
    "A",
    "kappa",
    "mask",
    "at_states",
    "circuit",
    "action",
    "winner",
    "spike",
    "network",
    "softmax",
    "independent",
    "spikes",
    "states",
    "solution",
    "smooth",
    "smooth_in_strength",
    "shape",
    "clamp",
    "fixed_points",
    "one_solution",
    "d_W",
    "d_U",
    "d_b",
    "d_number",
    "d_family",
    "expR",
    "ln",
    "inl",
    "inr",
    "network_ok",
];

/// The identifier of a definition or a declared parameter.
pub(super) fn global(name: &str) -> String {
    let name = name.replace('.', "_");
    if TAKEN.contains(&name.as_str()) || LANGUAGE.contains(&name.as_str()) { name + "_" } else { name }
}

/// The identifier of a claim's statement.
pub(super) fn statement(id: &str) -> String {
    format!("{}_statement", id.replace('\'', "_prime"))
}

/// The bound names at a place. No bound name hides another name.
#[derive(Clone, Default)]
pub(super) struct Bound {
    slots: Vec<Option<String>>,
    /// Names that no slot has, and that a new name must not hide.
    reserved: Vec<String>,
}

impl Bound {
    pub(super) fn get(&self, slot: Slot) -> &str {
        self.slots.get(slot).and_then(Option::as_deref).unwrap_or("unbound")
    }

    /// No slots, where all names of this place are taken.
    pub(super) fn reserved(&self) -> Self {
        let names = self.slots.iter().flatten().chain(&self.reserved).cloned();
        Self { slots: Vec::new(), reserved: names.collect() }
    }

    /// Puts a term in the place of a slot.
    pub(super) fn set(&mut self, slot: Slot, term: String) {
        if self.slots.len() <= slot {
            self.slots.resize(slot + 1, None);
        }
        self.slots[slot] = Some(term);
    }

    /// Binds a slot under its name, or under that name with strokes where it is taken.
    pub(super) fn bind(&mut self, slot: Slot, name: &str, hidden: &dyn Fn(&str) -> bool) -> String {
        let mut own = name.to_owned();
        if TAKEN.contains(&name) || LANGUAGE.contains(&name) {
            own.push('_');
        }
        while hidden(&own) || self.slots.iter().flatten().chain(&self.reserved).any(|other| *other == own) {
            own.push('\'');
        }
        self.set(slot, own.clone());
        own
    }
}

/// The usual letter for an index, where the document keeps no name.
pub(super) fn letter(sort: Sort) -> &'static str {
    match sort {
        Sort::Unit => "i",
        Sort::Hidden => "h",
        Sort::Action => "a",
        Sort::State => "k",
        Sort::Circuit => "c",
        Sort::Situation => "x",
        Sort::Lag => "t",
        Sort::Configuration => "v",
        Sort::Train => "n",
    }
}

/// The type of an index.
pub(super) fn set(sort: Sort) -> &'static str {
    match sort {
        Sort::Unit => "Unit sh",
        Sort::Hidden => "Hidden sh",
        Sort::Action => "Action sh",
        Sort::State => "State sh",
        Sort::Circuit => "Circuit sh",
        Sort::Situation => "Situation sh",
        Sort::Lag => "Step sh",
        Sort::Configuration => "Configuration sh",
        Sort::Train => "Train sh",
    }
}

/// The type of an argument or a result.
pub(super) fn kind(kind: &Type) -> String {
    match kind {
        Type::Number => "K".to_owned(),
        Type::Truth => "bool".to_owned(),
        Type::Index(sort) => set(*sort).to_owned(),
        Type::Family(sorts) => family(sorts),
    }
}

/// The type of a family.
pub(super) fn family(sorts: &[Sort]) -> String {
    sorts.iter().map(|sort| format!("{} -> ", set(*sort))).collect::<String>() + "K"
}

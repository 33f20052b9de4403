//! The index sets whose sizes define a shape, and numbers for each set.

use crate::evaluate::geometry::Shape;
use crate::resolve::sort::Sort;

/// The index sets whose sizes define a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Set {
    States,
    Hidden,
    Actions,
    Circuits,
    Situations,
    Window,
}

pub(super) const SETS: [Set; 6] =
    [Set::States, Set::Hidden, Set::Actions, Set::Circuits, Set::Situations, Set::Window];

impl Set {
    pub(super) fn name(self) -> &'static str {
        match self {
            Set::States => "states",
            Set::Hidden => "hidden units",
            Set::Actions => "actions",
            Set::Circuits => "circuits",
            Set::Situations => "situations",
            Set::Window => "time steps",
        }
    }

    /// The size of the largest set of this kind in a shape.
    pub(super) fn size(self, shape: &Shape) -> usize {
        match self {
            Set::States => shape.states,
            Set::Hidden => shape.hidden_units(),
            Set::Actions => shape.actions,
            Set::Circuits => shape.circuits(),
            Set::Situations => shape.situations,
            Set::Window => shape.window,
        }
    }

    /// The largest size that is ever tried.
    pub(super) fn largest(self) -> usize {
        match self {
            Set::States | Set::Situations => 10,
            Set::Hidden => 8,
            Set::Actions | Set::Window => 9,
            Set::Circuits => 8,
        }
    }
}

/// A number for each set.
pub(super) type PerSet = [usize; SETS.len()];

pub(super) fn each(of: impl Fn(usize) -> usize) -> PerSet {
    std::array::from_fn(of)
}

pub(super) fn larger(a: PerSet, b: PerSet) -> PerSet {
    each(|at| a[at].max(b[at]))
}

/// Largest number of indices of one monomial. More count as this many.
pub(super) const MANY: usize = 64;

/// The reach of a comparison that may turn at any size.
pub(super) const BEYOND: usize = 1 << 20;

pub(super) fn both(a: PerSet, b: PerSet) -> PerSet {
    each(|at| (a[at] + b[at]).min(BEYOND))
}

/// 1 for each set that an index of this sort counts for, else 0.
pub(super) fn sets_of(sort: Sort) -> PerSet {
    let sets: &[Set] = match sort {
        Sort::Unit => &[Set::Hidden, Set::Actions, Set::Circuits],
        Sort::Hidden => &[Set::Hidden, Set::Circuits],
        Sort::Action => &[Set::Actions],
        Sort::State => &[Set::States],
        Sort::Circuit => &[Set::Circuits],
        Sort::Situation => &[Set::Situations],
        Sort::Lag | Sort::Train => &[Set::Window],
        Sort::Configuration => &[Set::Hidden, Set::Actions, Set::Circuits],
    };
    each(|at| usize::from(sets.contains(&SETS[at])))
}

//! Index sets, and which set contains which.

use std::fmt;

/// The kind of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sort {
    /// Any unit, 0..N.
    Unit,
    /// A unit of a hidden circuit.
    Hidden,
    /// A unit of the action circuit.
    Action,
    /// A state neuron, 0..S.
    State,
    /// A circuit; the action circuit is the last.
    Circuit,
    /// A situation: a state of a finite decision process, or a sample of a batch.
    Situation,
    /// A time step of the window of a spike train.
    Lag,
    /// A configuration: a winner in every circuit.
    Configuration,
    /// A spike train of one unit over the window.
    Train,
}

impl Sort {
    /// The set that a family over this set is stored over.
    pub(crate) fn base(self) -> Sort {
        match self {
            Sort::Hidden | Sort::Action => Sort::Unit,
            other => other,
        }
    }

    /// Every index of `self` is one of `other`.
    pub(crate) fn within(self, other: Sort) -> bool {
        self == other || self.base() == other
    }

    /// The sets that can be written after `in` or `:`.
    pub(crate) const NAMES: &[&str] = &[
        "units",
        "H",
        "hidden",
        "A",
        "actions",
        "S",
        "states",
        "circuits",
        "circuit(i)",
        "configurations",
        "situations",
        "window",
    ];

    /// The set with this name, after `in` or `:`.
    pub(crate) fn named(name: &str) -> Option<Sort> {
        Some(match name {
            "units" => Sort::Unit,
            "H" | "hidden" => Sort::Hidden,
            "A" | "actions" => Sort::Action,
            "S" | "states" => Sort::State,
            "circuits" => Sort::Circuit,
            "situations" => Sort::Situation,
            "window" => Sort::Lag,
            "configurations" => Sort::Configuration,
            _ => return None,
        })
    }

    /// The set of a bare letter by convention. Digits and primes after the letter do not count.
    pub(crate) fn of_letter(name: &str) -> Option<Sort> {
        Some(match name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '\'') {
            "i" | "j" | "l" | "m" | "h" => Sort::Unit,
            "k" => Sort::State,
            "a" => Sort::Action,
            "c" => Sort::Circuit,
            "v" | "u" => Sort::Configuration,
            "x" | "y" => Sort::Situation,
            "t" => Sort::Lag,
            _ => return None,
        })
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sort::Unit => "units",
            Sort::Hidden => "hidden units",
            Sort::Action => "actions",
            Sort::State => "states",
            Sort::Circuit => "circuits",
            Sort::Situation => "situations",
            Sort::Lag => "the window",
            Sort::Configuration => "configurations",
            Sort::Train => "spike trains",
        })
    }
}

/// The type of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    Number,
    Truth,
    Index(Sort),
    /// Numbers indexed by these sets.
    Family(Vec<Sort>),
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Number => f.write_str("a number"),
            Type::Truth => f.write_str("a condition"),
            Type::Index(sort) => write!(f, "an index of {sort}"),
            Type::Family(sorts) => {
                let names: Vec<String> = sorts.iter().map(Sort::to_string).collect();
                write!(f, "a family over {}", names.join(" × "))
            }
        }
    }
}

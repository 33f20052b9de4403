//! A kind of noise as a descriptor.

use super::parameters::ParameterNoise;
use super::perturbable::Perturbable;
use super::protocol::{Point, Program, Protocol, Variant};
use super::states::StateNoise;
use super::{KINDS, Pole};
use crate::kernel::matrix::AlignedMatrix;
use std::fmt;
use std::ops::RangeInclusive;

/// A kind of noise: its name, its levels, its effect. All kinds are in [`KINDS`].
#[derive(Debug)]
pub struct Kind {
    /// The name on the command line.
    pub name: &'static str,
    /// The effect in a few words, for help texts.
    pub summary: &'static str,
    /// The lowest and the highest level. Probabilities are in `[0,1]`. The other bounds keep all
    /// sums of a network, and the masses of the pole, far from overflow.
    pub range: RangeInclusive<f64>,
    /// The published levels: `first/unit`, `(first + 1)/unit`, …, `last/unit`.
    pub published: Published,
    /// Where its variants differ.
    pub points: &'static [Point],
    /// What it changes, and how.
    pub effect: Effect,
}

/// Levels of a published study, ascending.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    /// Numerator of the first level.
    pub first: u32,
    /// Numerator of the last level.
    pub last: u32,
    /// Denominator.
    pub unit: f64,
}

/// What a kind of noise changes, and how.
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// The states, samples × states in `[0,1]`.
    States(fn(&StateNoise, &mut AlignedMatrix)),
    /// The states, by an adversary with a network of its own: [`Substitute`](super::Substitute).
    LabelledStates,
    /// The states, by an adversary with the gradient of the attacked network.
    WhiteBox,
    /// The parameters of a network.
    Parameters(fn(ParameterNoise, &mut dyn Perturbable)),
    /// Replaces the pole by another one.
    Pole(fn(f64, Pole) -> Pole),
}

impl Kind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// The levels of the published studies, ascending. For the pendulum, the study removed
    /// connections in steps twice as large.
    pub fn published_levels(&self) -> impl Iterator<Item = f64> + use<> {
        let Published { first, last, unit } = self.published;
        (first..=last).map(move |n| f64::from(n) / unit)
    }

    /// The published levels of a program, ascending.
    pub fn levels(&self, program: Program) -> impl Iterator<Item = f64> + use<> {
        let coarse = program == Program::Pendulum2025 && self.points.contains(&Point::Removal);
        self.published_levels().step_by(if coarse { 2 } else { 1 })
    }

    /// The variants whose evaluations differ from those of the variants before them.
    pub fn variants(&self, program: Program) -> Vec<Variant> {
        let protocol = |variant| Protocol::of(Some(variant), program);
        let mut found: Vec<Variant> = Vec::new();
        for variant in Variant::ALL {
            let same = |&one: &Variant| protocol(one).agrees(&protocol(variant), self.points);
            if !found.iter().any(same) {
                found.push(variant);
            }
        }
        found
    }

    /// The remedy for a level that is out of range.
    pub(super) fn remedy(&self) -> String {
        format!("give a number from {} to {}", self.range.start(), self.range.end())
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

//! A kind of noise as a descriptor, and a kind with its level.

use super::{Draws, KINDS, Pole};
use crate::Error;
use crate::error::did_you_mean;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::network::Parameters;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

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
    /// The states, samples × states in `[0,1]`. The `usize` is the number of the first sample.
    States(fn(Level, Draws, f64, usize, &mut AlignedMatrix)),
    /// The states, by an adversary that knows the labels: [`Substitute`](super::Substitute).
    LabelledStates,
    /// The parameters of a network.
    Parameters(fn(Draws, f64, &mut Parameters)),
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

    /// The remedy for a level that is out of range.
    fn remedy(&self) -> String {
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

/// A kind and a level in its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perturbation {
    kind: &'static Kind,
    level: f64,
}

impl Perturbation {
    /// The perturbation `kind` with the level `level`.
    ///
    /// # Errors
    /// Bad input: the level is outside [`Kind::range`], or not a number.
    pub fn new(kind: &'static Kind, level: f64) -> Result<Self, Error> {
        if kind.range.contains(&level) {
            return Ok(Self { kind, level });
        }
        let what = format_args!("level {level} is out of range");
        Err(Error::bad_input(format_args!("noise {kind}"), what, kind.remedy()))
    }

    /// The kind.
    pub fn kind(self) -> &'static Kind {
        self.kind
    }

    /// The level, in the unit of its kind.
    pub fn level(self) -> f64 {
        self.level
    }

    /// Perturbs `states`, samples × states in `[0,1]`, whose first row is sample `first`. Kinds
    /// with another effect do not change them.
    pub fn perturb_states(self, level: Level, draws: Draws, first: usize, states: &mut AlignedMatrix) {
        if let Effect::States(perturb) = self.kind.effect {
            perturb(level, draws, self.level, first, states);
        }
    }

    /// Perturbs the parameters of a network. Kinds with another effect do not change them.
    pub fn perturb_parameters(self, draws: Draws, parameters: &mut Parameters) {
        if let Effect::Parameters(perturb) = self.kind.effect {
            perturb(draws, self.level, parameters);
        }
    }

    /// The perturbed pole. Kinds with another effect return the same pole.
    pub fn perturb_pole(self, pole: Pole) -> Pole {
        match self.kind.effect {
            Effect::Pole(perturb) => perturb(self.level, pole),
            _ => pole,
        }
    }
}

impl fmt::Display for Perturbation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind, self.level)
    }
}

impl FromStr for Perturbation {
    type Err = Error;

    /// Reads `KIND=LEVEL`, as [`Perturbation`]'s `Display` writes it.
    ///
    /// # Errors
    /// Bad input: no `=`, an unknown kind, a level that is not a number or out of range.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |what: fmt::Arguments<'_>, remedy: &str| {
            Err(Error::bad_input(format_args!("noise {text:?}"), what, remedy))
        };
        let kinds = "give one such as gaussian=0.3; `svpg eval --help` lists them";
        let Some((name, level)) = text.split_once('=') else {
            return wrong(format_args!("it is not KIND=LEVEL"), kinds);
        };
        let Some(kind) = Kind::named(name) else {
            let hint = did_you_mean(name, KINDS.iter().map(|kind| kind.name));
            return wrong(format_args!("unknown kind {name:?}"), &format!("{hint}{kinds}"));
        };
        match level.parse() {
            Ok(level) => Self::new(kind, level),
            Err(_) => wrong(format_args!("{level:?} is not a number"), &kind.remedy()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Perturbation};
    use crate::noise::KINDS;

    #[test]
    fn every_kind_reads_what_it_writes_at_every_published_level() {
        for kind in &KINDS {
            for level in kind.published_levels() {
                let perturbation = Perturbation::new(kind, level).unwrap();
                assert_eq!(perturbation.to_string().parse::<Perturbation>().unwrap(), perturbation);
                assert_eq!((perturbation.kind(), perturbation.level()), (kind, level));
            }
        }
    }

    /// First level, second level, last level and number of levels, exactly as published.
    #[test]
    fn published_levels() {
        for (name, first, second, last, count) in [
            ("gaussian", 0.0, 0.05, 1.55, 32),
            ("pepper", 0.0, 0.02, 0.5, 26),
            ("salt", 0.0, 0.02, 0.5, 26),
            ("salt-pepper", 0.0, 0.02, 0.5, 26),
            ("gaussian-salt", 0.0, 0.005, 0.5, 101),
            ("weight-gaussian", 0.0, 0.02, 0.98, 50),
            ("weight-uniform", 0.0, 0.05, 3.95, 80),
            ("relative-gaussian", 0.0, 0.1, 4.9, 50),
            ("relative-uniform", 0.0, 0.1, 4.9, 50),
            ("remove-sh", 0.0, 0.01, 0.49, 50),
            ("remove-all", 0.0, 0.01, 0.49, 50),
            ("fgsm", 0.0, 0.01, 0.19, 20),
            ("pole-length", 0.16, 0.24, 4.8, 59),
            ("pole-thickness", 0.01, 0.015, 0.3, 59),
            ("pole-size", 0.02, 0.025, 0.3, 57),
        ] {
            let kind = Kind::named(name).unwrap();
            let levels: Vec<f64> = kind.published_levels().collect();
            assert_eq!((levels[0], levels[1], levels[levels.len() - 1]), (first, second, last), "{name}");
            assert_eq!(levels.len(), count, "{name}");
        }
    }

    #[test]
    fn levels_out_of_range_are_refused() {
        for kind in &KINDS {
            let (low, high) = (*kind.range.start(), *kind.range.end());
            assert!(Perturbation::new(kind, low).is_ok() && Perturbation::new(kind, high).is_ok());
            for level in [low.next_down(), high.next_up(), -1.0, f64::NAN, f64::INFINITY] {
                let error = Perturbation::new(kind, level).unwrap_err();
                assert!(error.is_bad_input() && error.to_string().contains(kind.name), "{error}");
            }
        }
    }

    #[test]
    fn messages_say_what_can_be_given() {
        for (text, what, remedy) in [
            ("salt", "it is not KIND=LEVEL", "svpg eval --help"),
            ("sugar=0.1", "unknown kind \"sugar\"", "svpg eval --help"),
            ("salt=a", "\"a\" is not a number", "give a number from 0 to 1"),
            ("slat=0.1", "unknown kind \"slat\"", "did you mean `salt`?"),
            ("=", "unknown kind \"\"", "svpg eval --help"),
        ] {
            let error = text.parse::<Perturbation>().unwrap_err();
            let text = error.to_string();
            assert!(error.is_bad_input() && text.contains(what) && text.contains(remedy), "{text}");
        }
        let error = "salt=1.5".parse::<Perturbation>().unwrap_err().to_string();
        assert_eq!(error, "noise salt: level 1.5 is out of range; give a number from 0 to 1");
    }
}

//! What can be perturbed, and how strongly.

use crate::Error;
use crate::network::Family;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A way to perturb an evaluation. What each does is in the [module](super)'s table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Normal noise on states.
    Gaussian,
    /// States set to 0.
    Pepper,
    /// States set to 1.
    Salt,
    /// States set to 0 or 1.
    SaltPepper,
    /// Normal noise of a fixed σ, then states set to 1.
    GaussianSalt,
    /// Normal noise on weights and bias.
    WeightGaussian,
    /// Uniform noise on weights and bias.
    WeightUniform,
    /// Normal noise on weights and bias, in units of each family's mean absolute value.
    RelativeGaussian,
    /// Uniform noise on weights and bias, in units of each family's mean absolute value.
    RelativeUniform,
    /// Connections of a family, or of all, set to zero.
    Remove(Option<Family>),
    /// States moved along the sign of a substitute network's gradient.
    Fgsm,
    /// Another length of the pole.
    PoleLength,
    /// Another thickness of the pole.
    PoleThickness,
    /// Another thickness of the pole, and sixteen times that as its length.
    PoleSize,
}

/// What a perturbation changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The states that a network is given.
    States,
    /// The states, by an adversary who knows the labels.
    LabelledStates,
    /// The network's parameters.
    Parameters,
    /// The pendulum.
    Pole,
}

impl Kind {
    /// Every kind, in the order of the table.
    pub const ALL: [Kind; 18] = [
        Kind::Gaussian,
        Kind::Pepper,
        Kind::Salt,
        Kind::SaltPepper,
        Kind::GaussianSalt,
        Kind::WeightGaussian,
        Kind::WeightUniform,
        Kind::RelativeGaussian,
        Kind::RelativeUniform,
        Kind::Remove(Some(Family::StateHidden)),
        Kind::Remove(Some(Family::HiddenHidden)),
        Kind::Remove(Some(Family::StateAction)),
        Kind::Remove(Some(Family::HiddenAction)),
        Kind::Remove(None),
        Kind::Fgsm,
        Kind::PoleLength,
        Kind::PoleThickness,
        Kind::PoleSize,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Gaussian => "gaussian",
            Kind::Pepper => "pepper",
            Kind::Salt => "salt",
            Kind::SaltPepper => "salt-pepper",
            Kind::GaussianSalt => "gaussian-salt",
            Kind::WeightGaussian => "weight-gaussian",
            Kind::WeightUniform => "weight-uniform",
            Kind::RelativeGaussian => "relative-gaussian",
            Kind::RelativeUniform => "relative-uniform",
            Kind::Remove(Some(Family::StateHidden)) => "remove-sh",
            Kind::Remove(Some(Family::HiddenHidden)) => "remove-hh",
            Kind::Remove(Some(Family::StateAction)) => "remove-sa",
            Kind::Remove(Some(Family::HiddenAction)) => "remove-ha",
            Kind::Remove(None) => "remove-all",
            Kind::Fgsm => "fgsm",
            Kind::PoleLength => "pole-length",
            Kind::PoleThickness => "pole-thickness",
            Kind::PoleSize => "pole-size",
        }
    }

    /// What it changes.
    pub fn target(self) -> Target {
        match self {
            Kind::Gaussian | Kind::Pepper | Kind::Salt | Kind::SaltPepper | Kind::GaussianSalt => {
                Target::States
            }
            Kind::Fgsm => Target::LabelledStates,
            Kind::WeightGaussian
            | Kind::WeightUniform
            | Kind::RelativeGaussian
            | Kind::RelativeUniform
            | Kind::Remove(_) => Target::Parameters,
            Kind::PoleLength | Kind::PoleThickness | Kind::PoleSize => Target::Pole,
        }
    }

    /// The levels that it can have: shares lie in `[0,1]`; the other bounds keep every sum of a
    /// network, and the pole's masses, far from overflow.
    pub fn range(self) -> RangeInclusive<f64> {
        match self {
            Kind::Gaussian
            | Kind::WeightGaussian
            | Kind::WeightUniform
            | Kind::RelativeGaussian
            | Kind::RelativeUniform => 0.0..=1000.0,
            Kind::Pepper
            | Kind::Salt
            | Kind::SaltPepper
            | Kind::GaussianSalt
            | Kind::Remove(_)
            | Kind::Fgsm => 0.0..=1.0,
            Kind::PoleLength => 0.01..=100.0,
            Kind::PoleThickness | Kind::PoleSize => 0.001..=10.0,
        }
    }

    /// What to give where a level is none.
    fn remedy(self) -> String {
        let range = self.range();
        format!("give a number from {} to {}", range.start(), range.end())
    }

    /// The levels of the published studies, ascending. For the pendulum they removed connections in
    /// steps twice as large.
    pub fn published_levels(self) -> impl Iterator<Item = f64> {
        let (first, last, unit) = match self {
            Kind::Gaussian => (0, 31, 20.0),
            Kind::Pepper | Kind::Salt | Kind::SaltPepper => (0, 25, 50.0),
            Kind::GaussianSalt => (0, 100, 200.0),
            Kind::WeightGaussian => (0, 49, 50.0),
            Kind::WeightUniform => (0, 79, 20.0),
            Kind::RelativeGaussian | Kind::RelativeUniform => (0, 49, 10.0),
            Kind::Remove(_) => (0, 49, 100.0),
            Kind::Fgsm => (0, 19, 100.0),
            Kind::PoleLength => (2, 60, 12.5),
            Kind::PoleThickness => (2, 60, 200.0),
            Kind::PoleSize => (4, 60, 200.0),
        };
        (first..=last).map(move |n| f64::from(n) / unit)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A kind and a level in its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perturbation {
    kind: Kind,
    level: f64,
}

impl Perturbation {
    /// `kind`, as strong as `level`.
    ///
    /// # Errors
    /// Bad input: the level is outside of [`Kind::range`], or no number.
    pub fn new(kind: Kind, level: f64) -> Result<Self, Error> {
        if kind.range().contains(&level) {
            return Ok(Self { kind, level });
        }
        Err(Error::bad_input(
            format_args!("noise {kind}"),
            format_args!("{level} is no level of it"),
            kind.remedy(),
        ))
    }

    /// Which.
    pub fn kind(self) -> Kind {
        self.kind
    }

    /// How strong.
    pub fn level(self) -> f64 {
        self.level
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
    /// Bad input: no `=`, a kind that does not exist, a level that is no number or out of range.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |what: fmt::Arguments<'_>, remedy: &str| {
            Err(Error::bad_input(format_args!("noise {text:?}"), what, remedy))
        };
        let kinds = "give one such as gaussian=0.3; `svpg eval --help` lists them";
        let Some((name, level)) = text.split_once('=') else {
            return wrong(format_args!("it is not KIND=LEVEL"), kinds);
        };
        let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) else {
            return wrong(format_args!("there is no kind {name:?}"), kinds);
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

    #[test]
    fn every_kind_reads_what_it_writes_at_every_published_level() {
        for kind in Kind::ALL {
            for level in kind.published_levels() {
                let perturbation = Perturbation::new(kind, level).unwrap();
                assert_eq!(perturbation.to_string().parse::<Perturbation>().unwrap(), perturbation);
                assert_eq!((perturbation.kind(), perturbation.level()), (kind, level));
            }
        }
    }

    /// First, last, number: as published, to the last decimal.
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
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).unwrap();
            let levels: Vec<f64> = kind.published_levels().collect();
            assert_eq!((levels[0], levels[1], levels[levels.len() - 1]), (first, second, last), "{name}");
            assert_eq!(levels.len(), count, "{name}");
        }
    }

    #[test]
    fn levels_out_of_range_are_refused() {
        for kind in Kind::ALL {
            let (low, high) = (*kind.range().start(), *kind.range().end());
            assert!(Perturbation::new(kind, low).is_ok() && Perturbation::new(kind, high).is_ok());
            for level in [low.next_down(), high.next_up(), -1.0, f64::NAN, f64::INFINITY] {
                let error = Perturbation::new(kind, level).unwrap_err();
                assert!(error.is_bad_input() && error.to_string().contains(kind.name()), "{error}");
            }
        }
    }

    #[test]
    fn messages_say_what_can_be_given() {
        for (text, what, remedy) in [
            ("salt", "it is not KIND=LEVEL", "svpg eval --help"),
            ("sugar=0.1", "there is no kind \"sugar\"", "svpg eval --help"),
            ("salt=a", "\"a\" is not a number", "give a number from 0 to 1"),
            ("=", "there is no kind \"\"", "svpg eval --help"),
        ] {
            let error = text.parse::<Perturbation>().unwrap_err();
            let text = error.to_string();
            assert!(error.is_bad_input() && text.contains(what) && text.contains(remedy), "{text}");
        }
        let error = "salt=1.5".parse::<Perturbation>().unwrap_err().to_string();
        assert_eq!(error, "noise salt: 1.5 is no level of it; give a number from 0 to 1");
    }
}

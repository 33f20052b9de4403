//! A kind of noise with its variant and its level.

use super::parameters::ParameterNoise;
use super::perturbable::Perturbable;
use super::protocol::{Program, Protocol, Variant};
use super::states::StateNoise;
use super::{Clamp, Draws, Effect, KINDS, Kind, Pole};
use crate::Error;
use crate::error::did_you_mean;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use std::fmt;
use std::str::FromStr;

/// A kind, a variant of it, and a level in its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perturbation {
    kind: &'static Kind,
    variant: Option<Variant>,
    program: Program,
    level: f64,
}

impl Perturbation {
    /// The perturbation `kind` with the level `level`.
    ///
    /// # Errors
    /// Bad input: the level is outside [`Kind::range`], or not a number.
    pub fn new(kind: &'static Kind, level: f64) -> Result<Self, Error> {
        if kind.range.contains(&level) {
            return Ok(Self { kind, variant: None, program: Program::default(), level });
        }
        let what = format_args!("level {level} is out of range");
        Err(Error::bad_input(format_args!("noise {kind}"), what, kind.remedy()))
    }

    /// The same in this variant.
    pub fn of_variant(self, variant: Option<Variant>) -> Self {
        Self { variant, ..self }
    }

    /// The same as this program does it: it matters to [`Variant::Published`] alone.
    pub fn of_program(self, program: Program) -> Self {
        Self { program, ..self }
    }

    /// The kind.
    pub fn kind(self) -> &'static Kind {
        self.kind
    }

    /// The level, in the unit of its kind.
    pub fn level(self) -> f64 {
        self.level
    }

    /// The variant; none in the text form without one.
    pub fn variant(self) -> Option<Variant> {
        self.variant
    }

    /// The switches.
    pub fn protocol(self) -> Protocol {
        Protocol::of(self.variant, self.program)
    }

    /// Must rate inference leave the states unclamped?
    pub fn is_unclamped(self) -> bool {
        let Protocol { clamp, attack_clamp, .. } = self.protocol();
        match self.kind.effect {
            Effect::States(_) => clamp == Clamp::Nowhere,
            Effect::LabelledStates | Effect::WhiteBox => attack_clamp == Clamp::Nowhere,
            Effect::Parameters(_) | Effect::Pole(_) => false,
        }
    }

    /// Perturbs `states`, samples × states in `[0,1]`, whose first row is sample `first`. Kinds
    /// with another effect do not change them.
    pub fn perturb_states(self, isa: Level, draws: Draws, first: usize, states: &mut AlignedMatrix) {
        if let Effect::States(perturb) = self.kind.effect {
            let (level, protocol) = (self.level, self.protocol());
            perturb(&StateNoise { isa, draws, first, level, protocol }, states);
        }
    }

    /// Perturbs the parameters of a network. Kinds with another effect do not change them.
    pub fn perturb_parameters(self, draws: Draws, network: &mut dyn Perturbable) {
        if let Effect::Parameters(perturb) = self.kind.effect {
            let (level, protocol) = (self.level, self.protocol());
            perturb(ParameterNoise { draws, level, protocol }, network);
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
        match self.variant {
            None => write!(f, "{}={}", self.kind, self.level),
            Some(variant) => write!(f, "{}@{variant}={}", self.kind, self.level),
        }
    }
}

impl FromStr for Perturbation {
    type Err = Error;

    /// Reads `KIND=LEVEL` or `KIND@VARIANT=LEVEL`, as [`Perturbation`]'s `Display` writes it.
    ///
    /// # Errors
    /// Bad input: no `=`, an unknown kind or variant, a level that is not a number or out of range.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |what: fmt::Arguments<'_>, remedy: &str| {
            Err(Error::bad_input(format_args!("noise {text:?}"), what, remedy))
        };
        let kinds = "give one such as gaussian=0.3; `svpg eval --help` lists them";
        let Some((name, level)) = text.split_once('=') else {
            return wrong(format_args!("it is not KIND=LEVEL"), kinds);
        };
        let (name, variant) = match name.split_once('@') {
            None => (name, None),
            Some((name, variant)) => match Variant::named(variant) {
                Some(variant) => (name, Some(variant)),
                None => {
                    let names = Variant::ALL.map(Variant::name).join(", ");
                    return wrong(
                        format_args!("unknown variant {variant:?}"),
                        &format!("give one of {names}"),
                    );
                }
            },
        };
        let Some(kind) = Kind::named(name) else {
            let hint = did_you_mean(name, KINDS.iter().map(|kind| kind.name));
            return wrong(format_args!("unknown kind {name:?}"), &format!("{hint}{kinds}"));
        };
        match level.parse() {
            Ok(level) => Ok(Self::new(kind, level)?.of_variant(variant)),
            Err(_) => wrong(format_args!("{level:?} is not a number"), &kind.remedy()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Perturbation, Variant};
    use crate::noise::KINDS;

    #[test]
    fn every_kind_reads_what_it_writes_at_every_published_level() {
        for kind in &KINDS {
            for level in kind.published_levels() {
                let perturbation = Perturbation::new(kind, level).unwrap();
                assert_eq!((perturbation.kind(), perturbation.level()), (kind, level));
                for variant in [None].into_iter().chain(Variant::ALL.map(Some)) {
                    let perturbation = perturbation.of_variant(variant);
                    assert_eq!(perturbation.to_string().parse::<Perturbation>().unwrap(), perturbation);
                }
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
            (
                "salt@publshed=0.1",
                "unknown variant \"publshed\"",
                "give one of published, corrected, unclamped",
            ),
            ("salt@=0.1", "unknown variant \"\"", "give one of published"),
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

//! Poles that differ from the pole in training.

use super::kind::{Effect, Kind, Published};

/// A pole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pole {
    /// Length in metres.
    pub length: f64,
    /// Thickness in metres: the radius.
    pub radius: f64,
}

/// Length divided by radius in `pole-size`.
const SLENDERNESS: f64 = 16.0;

pub(super) static POLE_LENGTH: Kind = Kind {
    name: "pole-length",
    summary: "a pole of this length in metres",
    range: 0.01..=100.0,
    published: Published { first: 2, last: 60, unit: 12.5 },
    effect: Effect::Pole(|level, pole| Pole { length: level, ..pole }),
};

pub(super) static POLE_THICKNESS: Kind = Kind {
    name: "pole-thickness",
    summary: "a pole of this radius in metres",
    range: 0.001..=10.0,
    published: Published { first: 2, last: 60, unit: 200.0 },
    effect: Effect::Pole(|level, pole| Pole { radius: level, ..pole }),
};

pub(super) static POLE_SIZE: Kind = Kind {
    name: "pole-size",
    summary: "a pole of this radius in metres, with 16 times this length",
    range: 0.001..=10.0,
    published: Published { first: 4, last: 60, unit: 200.0 },
    effect: Effect::Pole(|level, _| Pole { length: SLENDERNESS * level, radius: level }),
};

#[cfg(test)]
mod tests {
    use super::{POLE_LENGTH, POLE_SIZE, POLE_THICKNESS, Pole};
    use crate::noise::{Effect, KINDS, Perturbation};
    use crate::task::pendulum::{PUBLISHED_LENGTH, PUBLISHED_RADIUS, Pendulum};

    /// Includes the ends of the ranges.
    #[test]
    fn every_level_gives_a_pendulum() {
        let published = Pole { length: PUBLISHED_LENGTH, radius: PUBLISHED_RADIUS };
        for kind in KINDS {
            let ends = [*kind.range.start(), *kind.range.end()];
            for level in kind.published_levels().chain(ends) {
                let pole = Perturbation::new(kind, level).unwrap().perturb_pole(published);
                assert!(Pendulum::new(pole.length, pole.radius).is_ok(), "{kind}={level}");
                let is_pole = matches!(kind.effect, Effect::Pole(_));
                assert!(is_pole || pole == published);
            }
        }
    }

    #[test]
    fn lengths_and_thicknesses() {
        let poles = [(&POLE_LENGTH, (0.5, 0.05)), (&POLE_THICKNESS, (1.5, 0.5)), (&POLE_SIZE, (8.0, 0.5))];
        for (kind, (length, radius)) in poles {
            let old = Pole { length: 1.5, radius: 0.05 };
            assert_eq!(Perturbation::new(kind, 0.5).unwrap().perturb_pole(old), Pole { length, radius });
        }
    }
}

//! Another pole than the one that a policy was trained with.

use super::kind::{Effect, Kind, Published};

/// Length over thickness where both change.
const SLENDERNESS: f64 = 16.0;

pub(super) static POLE_LENGTH: Kind = Kind {
    name: "pole-length",
    summary: "a pole of this length in metres",
    range: (0.01, 100.0),
    published: Published { first: 2, last: 60, unit: 12.5 },
    effect: Effect::Pole(|level, (_, thickness)| (level, thickness)),
};

pub(super) static POLE_THICKNESS: Kind = Kind {
    name: "pole-thickness",
    summary: "a pole of this radius in metres",
    range: (0.001, 10.0),
    published: Published { first: 2, last: 60, unit: 200.0 },
    effect: Effect::Pole(|level, (length, _)| (length, level)),
};

pub(super) static POLE_SIZE: Kind = Kind {
    name: "pole-size",
    summary: "a pole of this radius in metres, sixteen times as long",
    range: (0.001, 10.0),
    published: Published { first: 4, last: 60, unit: 200.0 },
    effect: Effect::Pole(|level, _| (SLENDERNESS * level, level)),
};

#[cfg(test)]
mod tests {
    use super::{POLE_LENGTH, POLE_SIZE, POLE_THICKNESS};
    use crate::noise::{Effect, KINDS, Perturbation};
    use crate::task::pendulum::{PUBLISHED_LENGTH, PUBLISHED_RADIUS, Pendulum};

    /// The ends of the ranges included.
    #[test]
    fn every_level_gives_a_pendulum() {
        let published = (PUBLISHED_LENGTH, PUBLISHED_RADIUS);
        for kind in KINDS {
            let ends = [kind.range.0, kind.range.1];
            for level in kind.published_levels().chain(ends) {
                let (length, radius) = Perturbation::new(kind, level).unwrap().perturb_pole(published);
                assert!(Pendulum::new(length, radius).is_ok(), "{kind}={level}");
                let is_pole = matches!(kind.effect, Effect::Pole(_));
                assert!(is_pole || (length, radius) == published);
            }
        }
    }

    #[test]
    fn lengths_and_thicknesses() {
        let poles = [(&POLE_LENGTH, (0.5, 0.05)), (&POLE_THICKNESS, (1.5, 0.5)), (&POLE_SIZE, (8.0, 0.5))];
        for (kind, pole) in poles {
            assert_eq!(Perturbation::new(kind, 0.5).unwrap().perturb_pole((1.5, 0.05)), pole);
        }
    }
}

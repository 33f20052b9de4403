//! Poles that differ from the pole in training.

/// A pole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pole {
    /// Length in metres.
    pub length: f64,
    /// Thickness in metres: the radius.
    pub radius: f64,
}

/// Length divided by radius in `pole-size`.
pub(super) const SLENDERNESS: f64 = 16.0;

#[cfg(test)]
mod tests {
    use super::Pole;
    use crate::noise::{Effect, KINDS, Kind, Perturbation};
    use crate::task::pendulum::{PUBLISHED_LENGTH, PUBLISHED_RADIUS, Pendulum};

    /// Includes the ends of the ranges.
    #[test]
    fn every_level_gives_a_pendulum() {
        let published = Pole { length: PUBLISHED_LENGTH, radius: PUBLISHED_RADIUS };
        for kind in &KINDS {
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
        let poles = [("pole-length", (0.5, 0.05)), ("pole-thickness", (1.5, 0.5)), ("pole-size", (8.0, 0.5))];
        for (kind, (length, radius)) in poles {
            let old = Pole { length: 1.5, radius: 0.05 };
            let kind = Kind::named(kind).unwrap();
            assert_eq!(Perturbation::new(kind, 0.5).unwrap().perturb_pole(old), Pole { length, radius });
        }
    }
}

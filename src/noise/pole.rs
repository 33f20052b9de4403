//! Another pole than the one that a policy was trained with.

use super::{Kind, Perturbation};

/// Length over thickness where both change.
const SLENDERNESS: f64 = 16.0;

impl Perturbation {
    /// Length and thickness, in metres, of a pole that has had these. Kinds whose
    /// [`Target`](super::Target) is another change nothing.
    pub fn perturb_pole(self, (length, thickness): (f64, f64)) -> (f64, f64) {
        match self.kind() {
            Kind::PoleLength => (self.level(), thickness),
            Kind::PoleThickness => (length, self.level()),
            Kind::PoleSize => (SLENDERNESS * self.level(), self.level()),
            _ => (length, thickness),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, Perturbation, Target};
    use crate::task::pendulum::{PUBLISHED_LENGTH, PUBLISHED_RADIUS, Pendulum};

    /// The ends of the ranges included.
    #[test]
    fn every_level_gives_a_pendulum() {
        let published = (PUBLISHED_LENGTH, PUBLISHED_RADIUS);
        for kind in Kind::ALL {
            let ends = [*kind.range().start(), *kind.range().end()];
            for level in kind.published_levels().chain(ends) {
                let (length, radius) = Perturbation::new(kind, level).unwrap().perturb_pole(published);
                assert!(Pendulum::new(length, radius).is_ok(), "{kind}={level}");
                assert!(kind.target() == Target::Pole || (length, radius) == published);
            }
        }
    }

    #[test]
    fn lengths_and_thicknesses() {
        let poles = [
            (Kind::PoleLength, (0.5, 0.05)),
            (Kind::PoleThickness, (1.5, 0.5)),
            (Kind::PoleSize, (8.0, 0.5)),
        ];
        for (kind, pole) in poles {
            assert_eq!(Perturbation::new(kind, 0.5).unwrap().perturb_pole((1.5, 0.05)), pole);
        }
    }
}

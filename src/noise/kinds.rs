//! The table of all kinds of noise.

use super::kind::{Effect, Kind, Published};
use super::parameters::{Distribution, ParameterNoise};
use super::perturbable::Perturbable;
use super::pole::{Pole, SLENDERNESS};
use super::protocol::Point;
use crate::network::Family;

/// Levels of the kinds that set states to 0 or 1.
const SHARES: Published = Published { first: 0, last: 25, unit: 50.0 };

/// Levels of relative noise.
const RELATIVE: Published = Published { first: 0, last: 49, unit: 10.0 };

/// Noise that removes connections.
const fn removal(
    name: &'static str,
    summary: &'static str,
    effect: fn(ParameterNoise, &mut dyn Perturbable),
) -> Kind {
    let published = Published { first: 0, last: 49, unit: 100.0 };
    let effect = Effect::Parameters(effect);
    Kind { name, summary, range: 0.0..=1.0, published, points: &[Point::Removal], effect }
}

/// Every kind, in the order of the documentation. To add one: its effect, and its entry here.
pub static KINDS: [Kind; 20] = [
    Kind {
        name: "gaussian",
        summary: "normal noise of this standard deviation on states, clamped",
        range: 0.0..=1000.0,
        published: Published { first: 0, last: 31, unit: 20.0 },
        points: &[Point::Clamp],
        effect: Effect::States(|noise, states| noise.gaussian(noise.level, states)),
    },
    Kind {
        name: "pepper",
        summary: "states set to 0 with this probability",
        range: 0.0..=1.0,
        published: SHARES,
        points: &[Point::Names, Point::Clamp],
        effect: Effect::States(|noise, states| noise.impulses((noise.level, noise.level), states)),
    },
    Kind {
        name: "salt",
        summary: "states set to 1 with this probability",
        range: 0.0..=1.0,
        published: SHARES,
        points: &[Point::Names, Point::Clamp],
        effect: Effect::States(|noise, states| noise.impulses((0.0, noise.level), states)),
    },
    Kind {
        name: "salt-pepper",
        summary: "states set to 0 or to 1, each with half of this probability",
        range: 0.0..=1.0,
        published: SHARES,
        points: &[Point::Names, Point::Clamp],
        effect: Effect::States(|noise, states| noise.impulses((0.5 * noise.level, noise.level), states)),
    },
    Kind {
        name: "gaussian-salt",
        summary: "gaussian=0.05, then salt of this probability",
        range: 0.0..=1.0,
        published: Published { first: 0, last: 100, unit: 200.0 },
        points: &[Point::Names, Point::Clamp],
        effect: Effect::States(|noise, states| noise.gaussian_salt(0.05, states)),
    },
    Kind {
        name: "uniform",
        summary: "uniform noise of at most this size on states, clamped",
        range: 0.0..=1000.0,
        published: SHARES,
        points: &[Point::Clamp],
        effect: Effect::States(|noise, states| noise.uniform(noise.level, states)),
    },
    Kind {
        name: "weight-gaussian",
        summary: "normal noise of this standard deviation on weights and bias",
        range: 0.0..=1000.0,
        published: Published { first: 0, last: 49, unit: 50.0 },
        points: &[Point::Recurrent],
        effect: Effect::Parameters(|noise, network| noise.add(Distribution::Normal, network)),
    },
    Kind {
        name: "weight-uniform",
        summary: "uniform noise of at most this size on weights and bias",
        range: 0.0..=1000.0,
        published: Published { first: 0, last: 79, unit: 20.0 },
        points: &[Point::Recurrent, Point::Bias],
        effect: Effect::Parameters(|noise, network| noise.add(Distribution::Uniform, network)),
    },
    Kind {
        name: "relative-gaussian",
        summary: "weight-gaussian relative to the mean |weight| of each family",
        range: 0.0..=1000.0,
        published: RELATIVE,
        points: &[Point::Recurrent],
        effect: Effect::Parameters(|noise, network| noise.add_relative(Distribution::Normal, network)),
    },
    Kind {
        name: "relative-uniform",
        summary: "weight-uniform relative to the mean |weight| of each family",
        range: 0.0..=1000.0,
        published: RELATIVE,
        points: &[Point::Recurrent, Point::Bias],
        effect: Effect::Parameters(|noise, network| noise.add_relative(Distribution::Uniform, network)),
    },
    removal("remove-sh", "state-hidden connections removed", |noise, network| {
        noise.remove(Some(Family::StateHidden), network)
    }),
    removal("remove-hh", "hidden-hidden connections removed", |noise, network| {
        noise.remove(Some(Family::HiddenHidden), network)
    }),
    removal("remove-sa", "state-action connections removed", |noise, network| {
        noise.remove(Some(Family::StateAction), network)
    }),
    removal("remove-ha", "hidden-action connections removed", |noise, network| {
        noise.remove(Some(Family::HiddenAction), network)
    }),
    removal("remove-all", "connections of every family removed", |noise, network| {
        noise.remove(None, network)
    }),
    Kind {
        name: "fgsm",
        summary: "states moved by this along the sign of a substitute network's gradient",
        range: 0.0..=1.0,
        published: Published { first: 0, last: 19, unit: 100.0 },
        points: &[Point::AttackClamp, Point::Substitute],
        effect: Effect::LabelledStates,
    },
    Kind {
        name: "fgsm-white",
        summary: "states moved by this along the sign of the attacked network's gradient",
        range: 0.0..=1.0,
        published: Published { first: 0, last: 19, unit: 100.0 },
        points: &[Point::AttackClamp],
        effect: Effect::WhiteBox,
    },
    Kind {
        name: "pole-length",
        summary: "a pole of this length in metres",
        range: 0.01..=100.0,
        published: Published { first: 2, last: 60, unit: 12.5 },
        points: &[],
        effect: Effect::Pole(|level, pole| Pole { length: level, ..pole }),
    },
    Kind {
        name: "pole-thickness",
        summary: "a pole of this radius in metres",
        range: 0.001..=10.0,
        published: Published { first: 2, last: 60, unit: 200.0 },
        points: &[],
        effect: Effect::Pole(|level, pole| Pole { radius: level, ..pole }),
    },
    Kind {
        name: "pole-size",
        summary: "a pole of this radius in metres, with 16 times this length",
        range: 0.001..=10.0,
        published: Published { first: 4, last: 60, unit: 200.0 },
        points: &[],
        effect: Effect::Pole(|level, _| Pole { length: SLENDERNESS * level, radius: level }),
    },
];

//! The table of all kinds of noise.

use super::Draws;
use super::kind::{Effect, Kind, Published};
use super::parameters::{Distribution, add, add_relative, remove};
use super::pole::{Pole, SLENDERNESS};
use super::states::{gaussian, impulses};
use crate::network::{Family, Parameters};

/// Levels of the kinds that set states to 0 or 1.
const SHARES: Published = Published { first: 0, last: 25, unit: 50.0 };

/// Levels of relative noise.
const RELATIVE: Published = Published { first: 0, last: 49, unit: 10.0 };

/// Noise that removes connections.
const fn removal(name: &'static str, summary: &'static str, effect: fn(Draws, f64, &mut Parameters)) -> Kind {
    let published = Published { first: 0, last: 49, unit: 100.0 };
    Kind { name, summary, range: 0.0..=1.0, published, effect: Effect::Parameters(effect) }
}

/// Every kind, in the order of the documentation. To add one: its effect, and its entry here.
pub static KINDS: [Kind; 18] = [
    Kind {
        name: "gaussian",
        summary: "normal noise of this standard deviation on states, clamped",
        range: 0.0..=1000.0,
        published: Published { first: 0, last: 31, unit: 20.0 },
        effect: Effect::States(|isa, draws, level, first, all| gaussian(isa, draws, first, level, all)),
    },
    Kind {
        name: "pepper",
        summary: "states set to 0 with this probability",
        range: 0.0..=1.0,
        published: SHARES,
        effect: Effect::States(|isa, draws, level, first, all| {
            impulses(isa, draws, first, (level, level), all)
        }),
    },
    Kind {
        name: "salt",
        summary: "states set to 1 with this probability",
        range: 0.0..=1.0,
        published: SHARES,
        effect: Effect::States(|isa, draws, level, first, all| {
            impulses(isa, draws, first, (0.0, level), all)
        }),
    },
    Kind {
        name: "salt-pepper",
        summary: "states set to 0 or to 1, each with half of this probability",
        range: 0.0..=1.0,
        published: SHARES,
        effect: Effect::States(|isa, draws, level, first, all| {
            impulses(isa, draws, first, (0.5 * level, level), all)
        }),
    },
    Kind {
        name: "gaussian-salt",
        summary: "gaussian=0.05, then salt of this probability",
        range: 0.0..=1.0,
        published: Published { first: 0, last: 100, unit: 200.0 },
        effect: Effect::States(|isa, draws, level, first, states| {
            gaussian(isa, draws, first, 0.05, states);
            impulses(isa, draws, first, (0.0, level), states);
        }),
    },
    Kind {
        name: "weight-gaussian",
        summary: "normal noise of this standard deviation on weights and bias",
        range: 0.0..=1000.0,
        published: Published { first: 0, last: 49, unit: 50.0 },
        effect: Effect::Parameters(|draws, level, all| add(draws, Distribution::Normal, |_| level, all)),
    },
    Kind {
        name: "weight-uniform",
        summary: "uniform noise of at most this size on weights and bias",
        range: 0.0..=1000.0,
        published: Published { first: 0, last: 79, unit: 20.0 },
        effect: Effect::Parameters(|draws, level, all| add(draws, Distribution::Uniform, |_| level, all)),
    },
    Kind {
        name: "relative-gaussian",
        summary: "weight-gaussian relative to the mean |weight| of each family",
        range: 0.0..=1000.0,
        published: RELATIVE,
        effect: Effect::Parameters(|draws, level, all| add_relative(draws, Distribution::Normal, level, all)),
    },
    Kind {
        name: "relative-uniform",
        summary: "weight-uniform relative to the mean |weight| of each family",
        range: 0.0..=1000.0,
        published: RELATIVE,
        effect: Effect::Parameters(|draws, level, all| {
            add_relative(draws, Distribution::Uniform, level, all)
        }),
    },
    removal("remove-sh", "state-hidden connections removed", |draws, level, parameters| {
        remove(draws, Some(Family::StateHidden), level, parameters);
    }),
    removal("remove-hh", "hidden-hidden connections removed", |draws, level, parameters| {
        remove(draws, Some(Family::HiddenHidden), level, parameters);
    }),
    removal("remove-sa", "state-action connections removed", |draws, level, parameters| {
        remove(draws, Some(Family::StateAction), level, parameters);
    }),
    removal("remove-ha", "hidden-action connections removed", |draws, level, parameters| {
        remove(draws, Some(Family::HiddenAction), level, parameters);
    }),
    removal("remove-all", "connections of every family removed", |draws, level, parameters| {
        remove(draws, None, level, parameters);
    }),
    Kind {
        name: "fgsm",
        summary: "states moved by this along the sign of a substitute network's gradient",
        range: 0.0..=1.0,
        published: Published { first: 0, last: 19, unit: 100.0 },
        effect: Effect::LabelledStates,
    },
    Kind {
        name: "pole-length",
        summary: "a pole of this length in metres",
        range: 0.01..=100.0,
        published: Published { first: 2, last: 60, unit: 12.5 },
        effect: Effect::Pole(|level, pole| Pole { length: level, ..pole }),
    },
    Kind {
        name: "pole-thickness",
        summary: "a pole of this radius in metres",
        range: 0.001..=10.0,
        published: Published { first: 2, last: 60, unit: 200.0 },
        effect: Effect::Pole(|level, pole| Pole { radius: level, ..pole }),
    },
    Kind {
        name: "pole-size",
        summary: "a pole of this radius in metres, with 16 times this length",
        range: 0.001..=10.0,
        published: Published { first: 4, last: 60, unit: 200.0 },
        effect: Effect::Pole(|level, _| Pole { length: SLENDERNESS * level, radius: level }),
    },
];

//! Noise on weights and bias, and removed connections.

use super::kind::{Effect, Kind, Published};
use super::{Draws, Purpose};
use crate::kernel::mul_add::mul_add;
use crate::kernel::normal::twin::normal;
use crate::kernel::philox::Place;
use crate::kernel::uniform::twin::uniform;
use crate::network::{Family, Parameters};

/// The distribution of a draw of strength 1.
#[derive(Clone, Copy, Debug)]
enum Distribution {
    /// Standard normal.
    Normal,
    /// Uniform on `[−1,1)`.
    Uniform,
}

impl Distribution {
    fn draw(self, place: &Place, unit: usize) -> f32 {
        match self {
            Distribution::Normal => normal(place, unit),
            Distribution::Uniform => 2.0 * uniform(place, unit) - 1.0,
        }
    }
}

/// A group of parameters. Its mean absolute value is the unit of relative noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Weights(Family),
    HiddenBias,
    ActionBias,
}

/// Levels of relative noise.
const RELATIVE: Published = Published { first: 0, last: 49, unit: 10.0 };

pub(super) static WEIGHT_GAUSSIAN: Kind = Kind {
    name: "weight-gaussian",
    summary: "normal noise of this standard deviation on weights and bias",
    range: 0.0..=1000.0,
    published: Published { first: 0, last: 49, unit: 50.0 },
    effect: Effect::Parameters(|draws, level, parameters| {
        add(draws, Distribution::Normal, |_| level, parameters);
    }),
};

pub(super) static WEIGHT_UNIFORM: Kind = Kind {
    name: "weight-uniform",
    summary: "uniform noise of at most this size on weights and bias",
    range: 0.0..=1000.0,
    published: Published { first: 0, last: 79, unit: 20.0 },
    effect: Effect::Parameters(|draws, level, parameters| {
        add(draws, Distribution::Uniform, |_| level, parameters);
    }),
};

pub(super) static RELATIVE_GAUSSIAN: Kind = Kind {
    name: "relative-gaussian",
    summary: "weight-gaussian relative to the mean |weight| of each family",
    range: 0.0..=1000.0,
    published: RELATIVE,
    effect: Effect::Parameters(|draws, level, parameters| {
        add_relative(draws, Distribution::Normal, level, parameters);
    }),
};

pub(super) static RELATIVE_UNIFORM: Kind = Kind {
    name: "relative-uniform",
    summary: "weight-uniform relative to the mean |weight| of each family",
    range: 0.0..=1000.0,
    published: RELATIVE,
    effect: Effect::Parameters(|draws, level, parameters| {
        add_relative(draws, Distribution::Uniform, level, parameters);
    }),
};

/// Noise that removes connections.
const fn removal(name: &'static str, summary: &'static str, effect: fn(Draws, f64, &mut Parameters)) -> Kind {
    let published = Published { first: 0, last: 49, unit: 100.0 };
    Kind { name, summary, range: 0.0..=1.0, published, effect: Effect::Parameters(effect) }
}

pub(super) static REMOVE_SH: Kind =
    removal("remove-sh", "state-hidden connections removed", |draws, level, parameters| {
        remove(draws, Some(Family::StateHidden), level as f32, parameters);
    });

pub(super) static REMOVE_HH: Kind =
    removal("remove-hh", "hidden-hidden connections removed", |draws, level, parameters| {
        remove(draws, Some(Family::HiddenHidden), level as f32, parameters);
    });

pub(super) static REMOVE_SA: Kind =
    removal("remove-sa", "state-action connections removed", |draws, level, parameters| {
        remove(draws, Some(Family::StateAction), level as f32, parameters);
    });

pub(super) static REMOVE_HA: Kind =
    removal("remove-ha", "hidden-action connections removed", |draws, level, parameters| {
        remove(draws, Some(Family::HiddenAction), level as f32, parameters);
    });

pub(super) static REMOVE_ALL: Kind =
    removal("remove-all", "connections of every family removed", |draws, level, parameters| {
        remove(draws, None, level as f32, parameters);
    });

fn add_relative(draws: Draws, distribution: Distribution, level: f64, parameters: &mut Parameters) {
    let before = parameters.clone();
    add(draws, distribution, |group| level * mean_absolute(&before, group), parameters);
}

/// Adds noise of strength `strength(group)` to every existing weight and to the bias.
fn add(
    draws: Draws,
    distribution: Distribution,
    strength: impl Fn(Group) -> f64,
    parameters: &mut Parameters,
) {
    for family in FAMILIES {
        let strength = strength(Group::Weights(family)) as f32;
        change(parameters, family, |row, unit, weight| {
            let draw = distribution.draw(&draws.place(Purpose::Weights, row), unit);
            mul_add(strength, draw, weight)
        });
    }
    let (hidden, place) = (parameters.circuits.hidden_units(), draws.place(Purpose::Bias, 0));
    let strengths = [Group::HiddenBias, Group::ActionBias].map(|group| strength(group) as f32);
    for (unit, bias) in parameters.bias.row_mut(0).iter_mut().enumerate() {
        *bias = mul_add(strengths[usize::from(unit >= hidden)], distribution.draw(&place, unit), *bias);
    }
}

/// Sets every weight of the family, or of all families, to zero with this probability.
fn remove(draws: Draws, family: Option<Family>, probability: f32, parameters: &mut Parameters) {
    for family in FAMILIES.into_iter().filter(|&one| family.is_none_or(|family| family == one)) {
        change(parameters, family, |row, unit, weight| {
            let gone = uniform(&draws.place(Purpose::Removal, row), unit) < probability;
            if gone { 0.0 } else { weight }
        });
    }
}

const FAMILIES: [Family; 4] =
    [Family::HiddenHidden, Family::HiddenAction, Family::StateHidden, Family::StateAction];

/// Replaces the existing weights of a family by `new(row, unit, weight)`. For a pair of units,
/// `new` is called once, with the row of the later unit, and both weights change.
fn change(parameters: &mut Parameters, family: Family, new: impl Fn(usize, usize, f32) -> f32) {
    let pairs = existing(parameters, family);
    let recurrent = matches!(family, Family::HiddenHidden | Family::HiddenAction);
    for (row, unit) in pairs {
        let weight = new(row, unit, parameters.weights.row(row)[unit]);
        parameters.weights.row_mut(row)[unit] = weight;
        if recurrent {
            parameters.weights.row_mut(unit)[row] = weight;
        }
    }
}

/// Row and unit of every existing weight of a family. A pair of units occurs once, with the row of
/// the later unit.
fn existing(parameters: &Parameters, family: Family) -> Vec<(usize, usize)> {
    let (circuits, mask) = (&parameters.circuits, &parameters.mask);
    let (units, hidden) = (parameters.units(), circuits.hidden_units());
    let of_units = |rows: std::ops::Range<usize>| {
        let exists = |i: usize, j: usize| mask.recurrent(circuits.circuit_of(i), circuits.circuit_of(j));
        let below = |i: usize| (0..i).filter(move |&j| exists(i, j)).map(move |j| (i, j));
        rows.flat_map(below).collect()
    };
    let of_states = |columns: std::ops::Range<usize>, exists: bool| {
        let states = if exists { 0..parameters.states } else { 0..0 };
        let row = |k| columns.clone().map(move |unit| (parameters.state_row(k), unit));
        states.flat_map(row).collect()
    };
    match family {
        Family::HiddenHidden => of_units(0..hidden),
        Family::HiddenAction => of_units(hidden..units),
        Family::StateHidden => of_states(0..hidden, mask.state_hidden()),
        Family::StateAction => of_states(hidden..units, mask.state_action()),
    }
}

/// The mean absolute value of the existing parameters of a group; 0 if there are none.
fn mean_absolute(parameters: &Parameters, group: Group) -> f64 {
    let hidden = parameters.circuits.hidden_units();
    let bias = parameters.bias.row(0);
    let numbers: Vec<f32> = match group {
        Group::Weights(family) => existing(parameters, family)
            .into_iter()
            .map(|(row, unit)| parameters.weights.row(row)[unit])
            .collect(),
        Group::HiddenBias => bias[..hidden].to_vec(),
        Group::ActionBias => bias[hidden..].to_vec(),
    };
    let sum = numbers.iter().fold(0.0, |sum, number| sum + f64::from(number.abs()));
    sum / numbers.len().max(1) as f64
}

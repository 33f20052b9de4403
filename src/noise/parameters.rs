//! Noise on weights and bias, and removed connections.

use super::{Draws, Purpose};
use crate::kernel::mul_add::mul_add;
use crate::kernel::normal::twin::normal;
use crate::kernel::philox::Place;
use crate::kernel::uniform::twin::uniform;
use crate::network::{Family, Parameters};

/// The distribution of a draw of strength 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Distribution {
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
pub(super) enum Group {
    Weights(Family),
    HiddenBias,
    ActionBias,
}

/// Adds noise of strength `level` times the mean absolute value of each group.
pub(super) fn add_relative(
    draws: Draws,
    distribution: Distribution,
    level: f64,
    parameters: &mut Parameters,
) {
    let before = parameters.clone();
    add(draws, distribution, |group| level * mean_absolute(&before, group), parameters);
}

/// Adds noise of strength `strength(group)` to every existing weight and to the bias.
pub(super) fn add(
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
pub(super) fn remove(draws: Draws, family: Option<Family>, probability: f64, parameters: &mut Parameters) {
    for family in FAMILIES.into_iter().filter(|&one| family.is_none_or(|family| family == one)) {
        change(parameters, family, |row, unit, weight| {
            let gone = uniform(&draws.place(Purpose::Removal, row), unit) < probability as f32;
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

//! Noise on weights and bias, and removed connections.

use super::{Draws, Kind, Perturbation, Purpose};
use crate::kernel::mul_add::mul_add;
use crate::kernel::normal::twin::normal;
use crate::kernel::philox::Place;
use crate::kernel::uniform::twin::uniform;
use crate::network::{Family, Parameters};

/// How a draw of strength 1 is distributed.
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

/// Parameters whose mean absolute value is the unit of relative noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Weights(Family),
    HiddenBias,
    ActionBias,
}

impl Perturbation {
    /// Perturbs the parameters of a network. Kinds whose [`Target`](super::Target) is another
    /// change nothing.
    pub fn perturb_parameters(self, draws: Draws, parameters: &mut Parameters) {
        match self.kind() {
            Kind::WeightGaussian => add(draws, Distribution::Normal, |_| self.level(), parameters),
            Kind::WeightUniform => add(draws, Distribution::Uniform, |_| self.level(), parameters),
            Kind::RelativeGaussian => self.add_relative(draws, Distribution::Normal, parameters),
            Kind::RelativeUniform => self.add_relative(draws, Distribution::Uniform, parameters),
            Kind::Remove(family) => remove(draws, family, self.level() as f32, parameters),
            Kind::Gaussian
            | Kind::Pepper
            | Kind::Salt
            | Kind::SaltPepper
            | Kind::GaussianSalt
            | Kind::Fgsm
            | Kind::PoleLength
            | Kind::PoleThickness
            | Kind::PoleSize => {}
        }
    }

    fn add_relative(self, draws: Draws, distribution: Distribution, parameters: &mut Parameters) {
        let before = parameters.clone();
        add(draws, distribution, |group| self.level() * mean_absolute(&before, group), parameters);
    }
}

/// Adds noise of strength `strength(group)` to every weight that exists and to the bias.
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

/// Sets every weight of the family, or of all, to zero with this probability.
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

/// Replaces the weights of a family that exist by `new(row, unit, weight)`. Of a pair of units, it
/// is asked with the later one's row, and both weights change.
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

/// Row and unit of every weight of a family that exists; of a pair of units, the row of the later
/// one.
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

/// The mean absolute value of what exists of a group; 0 where nothing does.
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

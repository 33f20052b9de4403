//! Networks whose parameters can be perturbed.

use super::triangle::RowOrder;
use crate::agent::Network;
use crate::conventional::Layers;
use crate::kernel::matrix::AlignedMatrix;
use crate::network::{Family, Parameters};
use crate::perceptron::Layer;
use std::ops::Range;

/// A group of parameters. Its mean absolute value is the unit of relative noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Weights of a family.
    Weights(Family),
    /// Biases of hidden units.
    HiddenBias,
    /// Biases of action units.
    ActionBias,
}

impl Group {
    /// Number of groups.
    pub(super) const COUNT: usize = 6;

    /// The position in a list of all groups.
    pub(super) fn index(self) -> usize {
        match self {
            Group::Weights(Family::HiddenHidden) => 0,
            Group::Weights(Family::HiddenAction) => 1,
            Group::Weights(Family::StateHidden) => 2,
            Group::Weights(Family::StateAction) => 3,
            Group::HiddenBias => 4,
            Group::ActionBias => 5,
        }
    }
}

/// Which weight of a pair of units a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// None: it is not recurrent.
    Alone,
    /// The weight in the row of the later unit.
    Lower,
    /// The weight in the row of the earlier unit. It has the draws of the other one.
    Upper,
}

/// Some parameters of one group whose draws are in one row.
#[derive(Debug)]
pub struct Run<'a> {
    /// The group.
    pub group: Group,
    /// Which weights of pairs they are.
    pub side: Side,
    /// The row of their draws: no two parameters have the same row and unit, except the two weights
    /// of a pair, and weights and biases, whose draws differ in purpose.
    pub row: usize,
    /// The unit of the first draw; the others follow.
    pub first: usize,
    /// The parameters.
    pub values: &'a mut [f32],
}

/// A network with parameters in groups.
///
/// Implemented for this library's networks, and for a list of matrices with their groups: the
/// layers of a network without recurrence. Such a list has draws of its own for every matrix.
pub trait Perturbable {
    /// Calls `visit` with all parameters that exist. A pair of recurrent weights is visited twice:
    /// as [`Side::Lower`] and as [`Side::Upper`].
    fn visit(&mut self, visit: &mut dyn FnMut(Run<'_>));

    /// The recurrent weights, if there are any, for noise that is written in row order.
    fn row_order(&mut self) -> Option<RowOrder<'_>> {
        None
    }
}

impl Perturbable for Vec<(Group, &mut AlignedMatrix)> {
    fn visit(&mut self, visit: &mut dyn FnMut(Run<'_>)) {
        for (at, (group, matrix)) in self.iter_mut().enumerate() {
            for row in 0..matrix.rows() {
                let (place, values) = (at << ROW_BITS | row, matrix.row_mut(row));
                visit(Run { group: *group, side: Side::Alone, row: place, first: 0, values });
            }
        }
    }
}

impl Perturbable for Network {
    fn visit(&mut self, visit: &mut dyn FnMut(Run<'_>)) {
        match self {
            Network::Rwta(parameters) => parameters.visit(visit),
            Network::Conventional(network) => groups(&mut network.layers).visit(visit),
        }
    }

    fn row_order(&mut self) -> Option<RowOrder<'_>> {
        match self {
            Network::Rwta(parameters) => parameters.row_order(),
            Network::Conventional(_) => None,
        }
    }
}

/// The weights and biases of a conventional network with their groups. Weights between hidden units
/// and actions are those of the last layer; without hidden units, states connect to actions.
fn groups(layers: &mut Layers) -> Vec<(Group, &mut AlignedMatrix)> {
    let last = layers.layers.len() - 1;
    let mut all = Vec::new();
    for (at, Layer { weights, bias }) in layers.layers.iter_mut().enumerate() {
        let (family, biases) = match at {
            _ if last == 0 => (Family::StateAction, Group::ActionBias),
            _ if at == last => (Family::HiddenAction, Group::ActionBias),
            _ if at == 0 => (Family::StateHidden, Group::HiddenBias),
            _ => (Family::HiddenHidden, Group::HiddenBias),
        };
        all.extend([(Group::Weights(family), weights), (biases, bias)]);
    }
    all
}

/// Bits of the number of a row. The bits above hold the number of a matrix.
const ROW_BITS: u32 = 24;

impl Perturbable for Parameters {
    fn visit(&mut self, visit: &mut dyn FnMut(Run<'_>)) {
        let (units, hidden) = (self.units(), self.circuits.hidden_units());
        let circuits: Vec<Range<usize>> = self.circuits.iter().collect();
        let mut column = Vec::new();
        for (c, members) in circuits.iter().enumerate() {
            let family = if c < self.circuits.hidden() { Family::HiddenHidden } else { Family::HiddenAction };
            let group = Group::Weights(family);
            for row in members.clone() {
                for (_, of) in circuits[..c].iter().enumerate().filter(|&(d, _)| self.mask.recurrent(c, d)) {
                    let first = of.start;
                    let values = &mut self.weights.row_mut(row)[of.clone()];
                    visit(Run { group, side: Side::Lower, row, first, values });
                    column.clear();
                    column.extend(of.clone().map(|unit| self.weights.row(unit)[row]));
                    visit(Run { group, side: Side::Upper, row, first, values: &mut column });
                    for (unit, &weight) in of.clone().zip(&column) {
                        self.weights.row_mut(unit)[row] = weight;
                    }
                }
            }
        }
        let families = [
            (Family::StateHidden, 0..hidden, self.mask.state_hidden()),
            (Family::StateAction, hidden..units, self.mask.state_action()),
        ];
        for (family, of, _) in families.into_iter().filter(|(_, _, exists)| *exists) {
            for row in self.state_row(0)..self.inputs() {
                let values = &mut self.weights.row_mut(row)[of.clone()];
                let group = Group::Weights(family);
                visit(Run { group, side: Side::Alone, row, first: of.start, values });
            }
        }
        for (group, of) in [(Group::HiddenBias, 0..hidden), (Group::ActionBias, hidden..units)] {
            let values = &mut self.bias.row_mut(0)[of.clone()];
            visit(Run { group, side: Side::Alone, row: 0, first: of.start, values });
        }
    }

    fn row_order(&mut self) -> Option<RowOrder<'_>> {
        Some(RowOrder { parameters: self })
    }
}

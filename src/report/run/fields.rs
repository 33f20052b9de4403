//! Receptive fields: the weights from the pixels to each unit, as a picture.

use crate::agent::{ConventionalNetwork, Network};
use crate::kernel::matrix::AlignedMatrix;
use crate::network::Circuits;
use crate::report::chart::short;
use crate::report::html::Table;
use crate::report::picture::Pixels;
use std::collections::BTreeSet;

/// Most circuits that are shown.
const MAX_CIRCUITS: usize = 24;

/// Colour of a weight: orange is negative, blue is positive, white is 0. `share` is in −1 … 1.
fn colour(share: f64) -> [u8; 3] {
    let (strong, share) =
        if share < 0.0 { ([0xb3, 0x4a, 0x00], -share) } else { ([0x00, 0x4f, 0x9e], share) };
    strong.map(|c: u8| (255.0 + (f64::from(c) - 255.0) * share.clamp(0.0, 1.0)).round() as u8)
}

/// The weights from the states to the units that have some.
struct Inputs<'a> {
    /// Columns of the weights are units, hidden circuits first.
    circuits: Circuits,
    weights: &'a AlignedMatrix,
    /// The row of the first state.
    first_row: usize,
    has_action_weights: bool,
}

/// Those of a network; none if its circuits cannot be built. The hidden units of a conventional
/// network stand in their groups.
fn inputs(network: &Network) -> Option<Inputs<'_>> {
    match network {
        Network::Rwta(parameters) => Some(Inputs {
            circuits: parameters.circuits.clone(),
            weights: &parameters.weights,
            first_row: parameters.state_row(0),
            has_action_weights: true,
        }),
        Network::Conventional(ConventionalNetwork { layers, .. }) => {
            let is_linear = layers.layers.len() == 1;
            let (groups, units) = if is_linear { (0, 0) } else { layers.size.hidden };
            Some(Inputs {
                circuits: Circuits::new(groups, units, 1, layers.size.actions).ok()?,
                weights: &layers.layers[0].weights,
                first_row: 0,
                has_action_weights: is_linear,
            })
        }
    }
}

/// One image per unit: circuits are columns, their units are rows. None if the images are not
/// square.
pub(super) fn picture(network: &Network) -> Option<(Pixels, Table)> {
    let states = network.states();
    let side = (states as f64).sqrt() as usize;
    if side * side != states || side < 2 {
        return None;
    }
    let Inputs { circuits, weights, first_row, has_action_weights } = inputs(network)?;
    // Hidden circuits first, and the action circuit wherever it has weights from pixels.
    let actions = has_action_weights.then(|| circuits.count() - 1);
    let shown: BTreeSet<usize> = (0..circuits.hidden().min(MAX_CIRCUITS - 1)).chain(actions).collect();
    let rows = shown.iter().map(|&c| circuits.sizes()[c]).max().unwrap_or(0);
    let cell = side + 2;
    let mut pixels = Pixels::new(shown.len() * cell, rows * cell, [0x80; 3]);
    let mut data =
        Table::new("Weights from the pixels", ["unit", "smallest", "largest", "mean absolute value"]);
    for (column, &c) in shown.iter().enumerate() {
        let of = |unit: usize, pixel: usize| f64::from(weights.row(first_row + pixel)[unit]);
        for (row, unit) in circuits.members(c).enumerate() {
            let weights: Vec<f64> = (0..states).map(|pixel| of(unit, pixel)).collect();
            let largest = weights.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
            for (pixel, weight) in weights.iter().enumerate() {
                let share = if largest > 0.0 { weight / largest } else { 0.0 };
                let (x, y) = (column * cell + 1 + pixel % side, row * cell + 1 + pixel / side);
                pixels.set(x, y, colour(share));
            }
            let kind = if c < circuits.hidden() { "hidden circuit" } else { "action circuit" };
            let number = if c < circuits.hidden() { c } else { c - circuits.hidden() };
            let (low, high) =
                weights.iter().fold((f64::MAX, f64::MIN), |(low, high), &w| (low.min(w), high.max(w)));
            let mean = weights.iter().map(|w| w.abs()).sum::<f64>() / weights.len() as f64;
            data.row([format!("{kind} {number}, unit {row}"), short(low), short(high), short(mean)]);
        }
    }
    Some((pixels, data))
}

#[cfg(test)]
mod tests {
    use super::{colour, picture};
    use crate::agent::Network;
    use crate::network::{Circuits, Convention, Mask, Parameters};

    #[test]
    fn a_weight_has_its_place_and_sign() {
        let circuits = Circuits::new(1, 2, 1, 2).unwrap();
        let mask = Mask::full(&circuits);
        let mut parameters = Parameters::zeros(circuits, 4, Convention::Full, mask);
        let row = parameters.state_row(3);
        parameters.weights.row_mut(row)[1] = -2.0;
        let (pixels, data) = picture(&Network::Rwta(parameters)).unwrap();
        assert_eq!((pixels.width, pixels.height), (8, 8));
        let at = |x: usize, y: usize| &pixels.rgb[3 * (y * pixels.width + x)..][..3];
        // Unit 1 of circuit 0: second row; pixel 3: right and below.
        assert_eq!(at(2, 6), colour(-1.0));
        assert_eq!(at(1, 6), [255; 3]);
        assert_eq!(at(2, 2), [255; 3]);
        assert_eq!((data.rows.len(), data.rows[1][1].as_str()), (4, "-2"));
        assert!(colour(1.0)[2] > colour(1.0)[0] && colour(-1.0)[0] > colour(-1.0)[2]);
    }
}

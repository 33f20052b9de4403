//! Updates as vectors, block by block.

use std::ops::Range;
use svpg_reference::network::{Shape, Update};

/// Blocks in the order of reports: `h` hidden units, `a` action units, `s` states, `b` bias.
pub const BLOCKS: [&str; 6] = ["hh", "ha", "sh", "sa", "b_H", "b_A"];

/// An update below this share of the gradient is rounding.
const ZERO: f64 = 1e-12;

/// The entries of one of the [`BLOCKS`], as a vector.
pub fn entries(shape: Shape, update: &Update<f64>, block: &str) -> Vec<f64> {
    let mut found = Vec::new();
    let (hidden, actions) = (shape.hidden(), shape.action_units());
    let mut matrix = |rows: Range<usize>, columns: Range<usize>, state: bool| {
        for i in rows {
            for j in columns.clone() {
                found.push(if state { update.state[(i, j)] } else { update.recurrent[(i, j)] });
            }
        }
    };
    match block {
        "hh" => matrix(hidden.clone(), hidden, false),
        "ha" => matrix(hidden, actions, false),
        "sh" => matrix(0..shape.states(), hidden, true),
        "sa" => matrix(0..shape.states(), actions, true),
        "b_H" => found.extend_from_slice(&update.bias[hidden]),
        _ => found.extend_from_slice(&update.bias[actions]),
    }
    found
}

/// The Euclidean length.
pub fn length(values: &[f64]) -> f64 {
    values.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The angle in degrees, 0 to 180, between two vectors of the same length; none where the gradient
/// is zero, or the update is, but for rounding.
pub fn angle(update: &[f64], gradient: &[f64]) -> Option<f64> {
    let (own, full) = (length(update), length(gradient));
    if own <= ZERO * full || full == 0.0 {
        return None;
    }
    // Exact for small angles, where the arc cosine is not.
    let chord = |sign: f64| {
        let pairs = update.iter().zip(gradient);
        pairs.map(|(a, b)| (a / own + sign * (b / full)).powi(2)).sum::<f64>().sqrt()
    };
    Some(2.0 * chord(-1.0).atan2(chord(1.0)).to_degrees())
}

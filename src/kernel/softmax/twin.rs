//! The order of operations of the softmax of a circuit.

use crate::kernel::exp::twin::exp;

/// The softmax of one circuit.
pub fn softmax(z: &[f32]) -> Vec<f32> {
    let largest = z.iter().fold(f32::NEG_INFINITY, |largest, &z| if z > largest { z } else { largest });
    let powers: Vec<f32> = z.iter().map(|&z| exp(z - largest)).collect();
    let sum = powers.iter().fold(0.0, |sum, &e| sum + e);
    powers.iter().map(|&e| e / sum).collect()
}

//! The order of operations of one parameter's step.

use super::{Adam, RmsProp};
use crate::kernel::mul_add::mul_add;

/// `p + rate·g`.
pub fn sgd(rate: f32, g: f32, p: &mut f32) {
    *p = mul_add(rate, g, *p);
}

/// One step of RMSProp.
pub fn rmsprop(step: &RmsProp, g: f32, square: &mut f32, p: &mut f32) {
    *square = mul_add(step.rest, g * g, step.decay * *square);
    *p = mul_add(step.rate, g / (square.sqrt() + step.epsilon), *p);
}

/// One step of Adam.
pub fn adam(step: &Adam, g: f32, mean: &mut f32, square: &mut f32, p: &mut f32) {
    *mean = mul_add(step.mean_rest, g - *mean, *mean);
    *square = mul_add(step.square_rest, g * g, step.square_decay * *square);
    *p = mul_add(step.rate, *mean / (square.sqrt() / step.root + step.epsilon), *p);
}

//! Evaluation of the resolved trees, for any kind of number.

pub(crate) mod analytic;
pub(crate) mod difference;
pub(crate) mod domain;
pub(crate) mod exact;
pub(crate) mod fine_difference;
pub(crate) mod fixed_point;
pub(crate) mod fractions;
pub(crate) mod geometry;
pub(crate) mod high;
pub(crate) mod mode;
pub(crate) mod observations;
pub(crate) mod point;
pub(crate) mod settle;

mod cache;
mod chosen_fixed_point;
mod error;
mod families;
mod frame;
mod indices;
mod linear_system;
mod numbers;
mod probe;
mod sums;

pub(crate) use self::domain::Evaluator;
pub(crate) use self::error::{EvalError, Outcome};
pub(crate) use self::frame::{Frame, SlotValue};

//! From a resolved document to verdicts.

pub(crate) mod check;
pub(crate) mod controls;
pub(crate) mod instances;
pub(crate) mod report;
pub(crate) mod setting;

mod analysis;
mod classes;
mod degrees;
mod differences;
mod exactly;
mod floating;
mod needs;
mod numerals;
mod precisely;
mod reasons;
mod representatives;
mod scales;
mod scaling;
mod scope;
mod sets;
mod shapes;
mod tally;
mod verdict;
mod witness;
mod work;

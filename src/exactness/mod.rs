//! How exact an update is: the expected update of a rule at one state, the gradient of what a
//! policy earns there, and the angle and length of one relative to the other, block by block.
//!
//! All of it is in f64 by the reference, at fixed points, with expectations over actions by
//! enumeration.

mod block;
mod state;

pub use block::{BLOCKS, angle, entries, length};
pub use state::{Acting, SolvedPolicy, State};

//! The levels of conformance above exact answers. Each passes right programs, which share no code
//! with the judge, and catches planted bugs.

mod expectations;
mod trajectories;

//! Tasks and their data.

pub mod mnist;

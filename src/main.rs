//! Command line of svpg.
fn main() {}

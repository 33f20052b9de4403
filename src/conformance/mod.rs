//! Tests of other programs: the [`oracle`] answers a [`case`], [`compare`] compares the answer of
//! another program, and [`vectors`] writes cases with answers.
//!
//! The order of dependencies is case, oracle, compare and vectors: each uses those before it.

pub mod case;
pub mod compare;
pub mod oracle;
pub mod vectors;

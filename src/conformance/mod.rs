//! Judging other people's numbers: a program puts a [`case`], the [`oracle`] answers it, and
//! [`compare`] judges the answer of another program. [`vectors`] writes cases with answers.
//!
//! The order of dependencies is case, oracle, compare and vectors: each uses those before it.

pub mod case;
pub mod compare;
pub mod oracle;
pub mod vectors;

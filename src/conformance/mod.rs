//! Tests of other programs: the [`oracle`] answers a [`case`], [`compare`] compares the answer of
//! another program, and [`vectors`] writes cases with answers.
//!
//! There are four levels, listed in [`level`]: exact answers (cases), [`trajectory`],
//! [`expectation`], [`envelope`].
//!
//! The order of dependencies is case, oracle, compare, the levels above 0, then level and vectors:
//! each uses those before it.

pub mod case;
pub mod compare;
pub mod envelope;
pub mod expectation;
pub mod level;
pub mod oracle;
pub mod trajectory;
pub mod vectors;

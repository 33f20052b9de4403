//! svpg.

//! Derivation checker.

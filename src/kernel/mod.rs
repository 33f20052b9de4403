//! The optimised code: one folder per kernel, with its contract in `mod.rs`, a plain scalar twin
//! that defines the order of operations, and vector code with the same order.
//!
//! Twin and vector code agree in every bit on every instruction set. If one gives a NaN, the other
//! also gives a NaN, but its sign and payload can differ.

#![allow(unsafe_code, reason = "vector loads and stores; each block states why it is sound")]

pub mod activity;
pub mod bernoulli;
pub mod categorical;
pub mod compute;
pub(crate) mod edges;
pub mod elimination;
pub mod exp;
pub mod isa;
pub mod ln;
pub mod matrix;
pub mod mul_add;
pub mod noise;
pub mod normal;
pub mod optimiser;
pub mod outer;
mod panels;
pub mod philox;
pub mod product;
pub mod simd;
pub mod softmax;
#[cfg(test)]
mod testing;
pub mod threads;
pub mod tile;
pub(crate) mod transpose;
pub mod uniform;

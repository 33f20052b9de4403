//! `svpg`: a formally tested reference implementation of spiking variational policy gradient.
//!
//! This library carries what the command line does: it answers cases with the reference model and
//! judges the answers of other programs ([`conformance`]), fetches data ([`data`]), trains
//! ([`preset`], [`learn`], [`train`]), keeps training runs on disk ([`run`]), and checks the
//! derivations ([`chapters`]) and the rules ([`verify`]). The mathematics lives in
//! `svpg-reference`; the derivations and their checker in `svpg-check`.
//!
//! Sources: Yang, Guo, Fang, Liu, BMVC 2022 (arXiv 2210.13225); Yang, Guo, Fang, Yu, Liu, IEEE
//! TPAMI 47(3), 2025 (doi 10.1109/TPAMI.2024.3511936).

pub mod chapters;
pub mod conformance;
pub mod data;
mod error;
pub mod evaluation;
mod folder;
mod hex;
pub mod inference;
pub mod isa;
pub mod kernel;
pub mod learn;
pub mod network;
pub mod noise;
pub mod preset;
pub mod random;
pub mod rule;
pub mod run;
pub mod task;
pub mod train;
pub mod verify;

pub use error::Error;

/// The place at which `learn` still looks for the helper; it goes when `learn` is rewritten.
mod vectors {
    pub(crate) use crate::hex::hex;
}

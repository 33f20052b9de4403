//! `svpg`: a formally tested reference implementation of spiking variational policy gradient.
//!
//! This library carries what the command line does: it reads cases ([`case`]), answers them with
//! the reference model ([`oracle`]), judges the answers of other programs ([`compare`]), writes
//! conformance vectors ([`vectors`]), fetches data ([`data`]), trains
//! ([`training`]), keeps training runs on disk ([`run`]), checks the derivations ([`verify`],
//! [`chapters`]) and the rules at the published size ([`published_size`]). The mathematics lives in
//! `svpg-reference`; the derivations and their checker in `svpg-check`.
//!
//! Sources: Yang, Guo, Fang, Liu, BMVC 2022 (arXiv 2210.13225); Yang, Guo, Fang, Yu, Liu, IEEE
//! TPAMI 47(3), 2025 (doi 10.1109/TPAMI.2024.3511936).

pub mod case;
pub mod chapters;
pub mod compare;
pub mod data;
mod error;
mod folder;
mod hex;
pub mod inference;
pub mod kernel;
pub mod network;
pub mod noise;
pub mod optimiser;
pub mod oracle;
pub mod perceptron;
pub mod published_size;
pub mod random;
pub mod rule;
pub mod run;
pub mod task;
pub mod training;
pub mod vectors;
pub mod verify;

pub use error::Error;

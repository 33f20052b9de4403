//! The local learning rules, and the one that is not local: from activities, samples and advantages
//! to [`Factors`](crate::learn::Factors).

pub mod action_stats;
pub mod implicit;
pub mod svpg;
pub mod svpg_tpami;
pub mod two_phase;

//! A network of any kind, as tasks and learners see it: something that turns states into
//! probabilities of actions.
//!
//! A [`Network`] holds the parameters: those of a recurrent winner-take-all network, or the layers
//! of a [conventional method](crate::conventional). An [`Activity`] is the working memory for a
//! batch, and holds the probabilities after [`Activity::run`]. Tasks, learners and evaluations use
//! only these two, so every method has the same task, the same learner and the same noise.

mod activity;
mod network;

pub use activity::Activity;
pub use network::{ConventionalNetwork, Network};

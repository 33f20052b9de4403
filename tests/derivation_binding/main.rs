//! Every quantity and rule of the reference is bound to the label of the claim that derives it:
//! both programs evaluate it on the same networks. They share no code, not even the big-number
//! library.
//!
//! The bindings are tables, one per module. [`binding`] makes the comparisons, and [`labels`] fails
//! if a function, a rule or a label has no counterpart.

mod binding;
mod labels;
mod networks;
mod policies;
mod process;
mod rules;
#[path = "../support/scripted.rs"]
mod scripted;
mod spikes;

use binding::Binding;

/// All bindings.
fn table() -> impl Iterator<Item = &'static Binding> {
    [policies::TABLE, rules::TABLE, process::TABLE, spikes::TABLE].into_iter().flatten()
}

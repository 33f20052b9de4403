//! Every quantity and rule of the reference is bound to the label of the claim that derives it:
//! both programs evaluate it on the same networks. They share no code, not even the library of long
//! numbers.
//!
//! The bindings are tables, one a module; [`binding`] drives the comparisons from them, and
//! [`labels`] derives from them what is not bound: a function, a rule or a label without its
//! counterpart fails there.

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

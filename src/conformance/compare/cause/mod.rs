//! Why an answer is wrong: the causes that explain it, on evidence.
//!
//! ```text
//! answers   the wrong answers of every cause in [`CAUSES`], computed for the case
//! distance  of the candidate from each: the largest difference of a block, relative to its scale
//! named     the causes whose distance is at most ten times the least, and small;
//!           none if the true answer is as near: then the numbers were only rounded
//! ```
//!
//! If the candidate gives a wrong `q`, its cause is sought first, and then the cause for which the
//! update is wrong given that `q`. Several causes are named if all fit. A wrong name costs more
//! than none: without an explanation there is no hint. Failing gradients are explained in the same
//! way, by the mistakes that gradients have.

mod fit;
mod gradient;
mod list;
mod precision;
mod scale;
mod score;
mod search;
mod setting;
mod state;
mod structure;
mod variant;

pub(super) use gradient::hints as gradient_hints;
pub use list::{CAUSES, Cause};
pub(super) use search::hints;
pub(super) use setting::Setting;

use crate::conformance::case::{Answer, Case};
use serde::Serialize;

/// A cause that explains a failing answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// One of the codes of [`CAUSES`].
    pub code: &'static str,
    /// What is wrong with the answer.
    pub sentence: String,
}

/// A wrong answer of a program with a mistake.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    /// The mistake.
    pub sentence: String,
    /// The wrong answer, with the `q` of the program.
    pub answer: Answer,
}

impl Cause {
    /// The wrong answers that programs with this mistake give to a case, whose true answer is
    /// `truth`; empty if the mistake has no effect on the case. An update of zeros is only one of
    /// the cause `ZERO`: nothing shows another cause.
    pub fn plant(&self, case: &Case, truth: &Answer) -> Vec<Planted> {
        let setting = Setting::new(case, truth);
        let planted = |variant: variant::Variant| {
            let update = variant.update?;
            let q = variant.q.unwrap_or_else(|| setting.q.clone());
            let is_wrong = !search::is_same(&setting, &update, &q)
                && (self.code == "ZERO" || update.values().any(|x| x != 0.0));
            let answer = Answer::new(q, 0.0, update, None);
            is_wrong.then_some(Planted { sentence: variant.text, answer })
        };
        (self.plant)(&setting).into_iter().filter_map(planted).collect()
    }
}

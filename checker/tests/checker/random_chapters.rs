//! Chapters that nobody wrote: random identities, true by construction, and the same broken in one
//! place that only some shape, wiring or convention may show. Another evaluator in plain f64 is the
//! judge of what was generated.
//!
//! `SVPG_RANDOM_CHAPTERS=10000 cargo test -p svpg-check --release random_chapters -- --nocapture`
//! tries many, and prints how they fare.

mod dice;
mod expression;
mod generate;
mod laws;
mod oracle;
mod slopes;

use std::collections::BTreeMap;

use svpg_check::Verdict;

use crate::judged::judged;
use dice::Dice;
use expression::{Name, Set, Var};
use generate::Pair;

/// Chapters, each with a true claim and a false one, where nobody asks for more.
const USUAL: usize = 60;

/// At least so many of a hundred get exactly the verdict that is their truth; the others are
/// undecided.
const DECIDED: usize = 90;

/// Names that are free in an expression.
#[derive(Clone, Default)]
struct Scope {
    vars: Vec<Var>,
    configurations: Vec<Name>,
}

impl Scope {
    fn units(&self) -> Vec<Name> {
        self.vars.iter().filter(|var| var.set != Set::States).map(|var| var.name).collect()
    }

    fn of(&self, set: Set) -> Vec<Name> {
        self.vars.iter().filter(|var| var.set == set).map(|var| var.name).collect()
    }
}

/// Names that no binder has yet.
struct Fresh(usize);

impl Fresh {
    fn like(&mut self, name: Name) -> Name {
        self.0 += 1;
        (name.0, self.0)
    }

    fn unit(&mut self) -> Name {
        self.like(('l', 0))
    }
}

/// What came of the claims of one kind.
#[derive(Default)]
struct Tally(BTreeMap<(&'static str, String), usize>);

impl Tally {
    fn count(&mut self, kind: &'static str, verdict: &str) {
        *self.0.entry((kind, verdict.to_owned())).or_default() += 1;
    }

    fn of(&self, is_true: bool, verdict: Option<Verdict>) -> usize {
        let counted = |(kind, found): &(&str, String)| {
            (*kind == generate::TRUE) == is_true && verdict.is_none_or(|wanted| wanted.as_str() == found)
        };
        self.0.iter().filter(|(key, _)| counted(key)).map(|(_, count)| count).sum()
    }

    fn print(&self) {
        for ((kind, verdict), count) in &self.0 {
            println!("{kind:22} {verdict:10} {count:6}");
        }
        for (is_true, name, verdict) in
            [(true, "true, and holds", Verdict::Holds), (false, "false, and refuted", Verdict::Refuted)]
        {
            let (right, all) = (self.of(is_true, Some(verdict)), self.of(is_true, None));
            println!("{name:22} {:.2} %", 100.0 * right as f64 / all.max(1) as f64);
        }
    }
}

/// Where errors at the claim `F` are reported.
fn place_of_the_false_claim(text: &str) -> String {
    let line = text.lines().position(|line| line.starts_with("claim F ")).expect("there is one");
    format!("random.md:{}:", line + 1)
}

/// The chapters to try: `N`, or `FIRST..END`.
fn range(text: &str) -> Option<std::ops::Range<usize>> {
    match text.split_once("..") {
        Some((first, end)) => Some(first.parse().ok()?..end.parse().ok()?),
        None => Some(0..text.parse().ok()?),
    }
}

#[test]
fn random_chapters_get_the_verdict_that_is_their_truth() {
    let chapters = std::env::var("SVPG_RANDOM_CHAPTERS").map_or(0..USUAL, |text| {
        range(&text).expect("SVPG_RANDOM_CHAPTERS is a number of chapters, or FIRST..END")
    });
    let count = chapters.len();
    let mut tally = Tally::default();
    let mut wrong = Vec::new();
    for number in chapters {
        let Pair { text, broken } = generate::pair(&mut Dice(number as u64 ^ 0x5eed << 32));
        let claims = match judged("random.md", &text) {
            Ok(claims) => claims,
            // The broken side may have no value anywhere, which is an error of the document.
            Err(error) if error.to_string().starts_with(&place_of_the_false_claim(&text)) => {
                tally.count(broken, "refused");
                continue;
            }
            Err(error) => panic!("chapter {number}: {error}\n{text}"),
        };
        for claim in &claims {
            let is_true = claim.id == "T";
            tally.count(if is_true { generate::TRUE } else { broken }, claim.verdict.as_str());
            let never = if is_true { Verdict::Refuted } else { Verdict::Holds };
            if claim.verdict == never {
                let verdict = claim.verdict.as_str();
                // At once: a long run may be stopped.
                println!("chapter {number}: {} is {verdict}, WRONG", claim.id);
                wrong.push(format!("chapter {number}: {} is {verdict} ({broken})\n{text}", claim.id));
            } else if count > USUAL && !claim.as_expected {
                println!("chapter {number}: {} is {}: {}", claim.id, claim.verdict.as_str(), claim.reason);
            }
        }
    }
    tally.print();
    assert!(wrong.is_empty(), "{} wrong verdicts:\n{}", wrong.len(), wrong.join("\n"));
    for (is_true, verdict) in [(true, Verdict::Holds), (false, Verdict::Refuted)] {
        let (right, all) = (tally.of(is_true, Some(verdict)), tally.of(is_true, None));
        assert!(right * 100 >= all * DECIDED, "{right} of {all} are {}", verdict.as_str());
    }
}

//! `--chapter` and `--rule`: cases for a rule that is written in a chapter.

use super::check;
use super::input::{self, Digested};
use std::path::PathBuf;
use svpg::Error;
use svpg::conformance::case::{Answer, Case, ChapterRules};
use svpg::conformance::level::Question;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Take the rule from a derivation file: see "A rule of your own" below
    #[arg(long, value_name = "FILE.md")]
    chapter: Option<PathBuf>,
    /// The rule of the chapter, for all cases [default: the `rule` of each case]
    #[arg(long, value_name = "RULE", requires = "chapter")]
    rule: Option<String>,
}

/// The end of the help texts.
pub(super) const HELP: &str = "\
A rule of your own:
  --chapter FILE.md takes the rule from a derivation file (see `svpg check --help`). RULE, or
  `rule` in a case, is the name of a rule there, or what a claim writes before .W[i,j]:
    hebb                                   a rule of the winners v and the advantage A
    two_phase(qplus(a), A)                 with arguments; a is the sample's action
    E[v ~ q] hebb(v, R[action(v)])         an expectation, over the rewards R
  The other numbers that the rule takes are `options` of the case, by their names: rewards R,
  `param` families, and number arguments. Each is one value, or an array with a value for each
  sample. A weight for which the rule has no line does not change. A given `q` is the mean-field
  state of the free phase. If the rule takes R, --gradients has the gradients of the expected
  reward sum_a pi(a|s) R[a]. The rule is computed in f64; claims are not checked. `chapter` in the
  answer has the place of the rule, the hash of the chapter, and the conditions (`given`) of claims
  about the rule that the case does not meet.
";

/// Reads cases, for built-in rules or for those of a chapter.
pub(super) struct Reader {
    rules: Option<ChapterRules>,
    digest: Option<Digested>,
}

impl Arguments {
    /// # Errors
    /// The chapter cannot be read, has an error, or has no such rule.
    pub(super) fn reader(&self) -> Result<Reader, Error> {
        let Some(path) = &self.chapter else { return Ok(Reader { rules: None, digest: None }) };
        let source = check::read(path)?;
        let digest = Digested::of_file(path, &input::file(path)?);
        let rules = ChapterRules::new(&source, self.rule.as_deref())?;
        Ok(Reader { rules: Some(rules), digest: Some(digest) })
    }
}

impl Reader {
    pub(super) fn case(&self, bytes: &[u8]) -> Result<Case, Error> {
        match &self.rules {
            Some(rules) => Case::of_chapter(bytes, rules),
            None => Case::from_bytes(bytes),
        }
    }

    /// A question of any level; one about a chapter is a case.
    pub(super) fn question(&self, bytes: &[u8]) -> Result<Question, Error> {
        match &self.rules {
            Some(rules) => Ok(Question::of_case(&Case::of_chapter(bytes, rules)?)),
            None => Question::from_bytes(bytes),
        }
    }

    /// A case with a candidate.
    pub(super) fn pair(&self, bytes: &[u8]) -> Result<(Case, Answer), Error> {
        match &self.rules {
            Some(rules) => Case::of_chapter_with_candidate(bytes, rules),
            None => Case::with_candidate(bytes),
        }
    }

    /// The digest of the chapter, if there is one.
    pub(super) fn digest(self) -> Option<Digested> {
        self.digest
    }
}

//! Cases (`svpg-case/1`) and answers (`svpg-answer/1`): the JSON formats by which other programs
//! get answers from the reference or compare their own answers with it.
//!
//! A [`Case`] is a network, a rule and a batch of samples, validated once, so later operations
//! cannot fail because of its shapes. An [`Answer`] is the mean-field state of every sample, the
//! rule's update for learning rate 1 averaged over the batch, and, if requested, policy gradients.
//!
//! # Format of a case
//!
//! Units are ordered hidden circuit by hidden circuit, then the action circuit: N =
//! `hidden_circuits`·`hidden_size` + `actions`. All numbers are finite f64. Unknown keys are
//! errors, so a misspelt key is not ignored.
//!
//! | key | content |
//! | --- | --- |
//! | `schema` | `"svpg-case/1"` |
//! | `shape` | `states` S ≥ 0, `hidden_circuits` G ≥ 0, `hidden_size` D ≥ 1 (any value if G = 0), `actions` A ≥ 1 |
//! | `convention` | `"full"`: `-E = vᵀWv + …`; `"half"`: `-E = ½vᵀWv + …` |
//! | `weights.recurrent` | N×N, exactly symmetric, zero inside every circuit and at masked connections |
//! | `weights.state` | S×N, from state to unit |
//! | `weights.bias` | N |
//! | `mask` | `null` or absent: every connection between circuits; else N×N of 0/1 (or false/true), symmetric; 1 keeps a connection. Inside a circuit there are no connections, so both values are accepted there. To mask state weights too: an object with `recurrent` (N×N or `null`) and `state` (S×N or `null`) |
//! | `rule` | the name of one of [`RULES`](crate::rule::RULES), or of a rule of a chapter: [`Case::of_chapter`] |
//! | `options` | those of the rule: [`CaseOptions`], [`CaseRule::options_help`](crate::rule::CaseRule::options_help) |
//! | `batch` | at least one sample |
//! | `batch[].state` | S numbers in `[0,1]` |
//! | `batch[].q` | `null`: the noise-free fixed point is computed; else N probabilities, each circuit summing to 1 within 10⁻⁶ |
//! | `batch[].sample` | `hidden`: the winner of each hidden circuit, counted from 0 inside the circuit; `action` |
//! | `batch[].advantage` | the advantage A, a number |

mod answer;
mod document;
mod mask;
mod numbers;
mod parameters;
mod read;
mod rule;
mod schema;
mod shape;
mod validate;
mod written;

pub use crate::network::Convention;
pub use answer::{Answer, ChapterNote, Gradients};
pub use document::{Sample, SampleDocument};
pub use mask::{Bit, BothMasks, MaskDocument};
pub use parameters::Parameters;
pub use rule::Rule;
pub use shape::Shape;
pub use written::ChapterRules;
pub(crate) use written::{Written, network};

use crate::Error;
use crate::json_object;
use crate::rule::CaseOptions;
pub(crate) use document::CaseDocument;
pub(crate) use read::{Format, json};
pub(crate) use schema::check as check_schema;
use serde::Deserialize;
pub(crate) use validate::{length, parameters as check_parameters, vector};
use written::WrittenDocument;

/// A case and an answer to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(bound(deserialize = "D: Deserialize<'de>"))]
struct Pair<D> {
    #[serde(deserialize_with = "json_object::one")]
    case: D,
    #[serde(deserialize_with = "json_object::one")]
    candidate: Answer,
}

/// A validated case. See the [module documentation](self) for the format.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    document: CaseDocument,
    /// The rule, if it is written in a chapter. The rule of the document is then not used.
    written: Option<Written>,
}

impl Case {
    /// Reads and validates a case from the bytes of a JSON document.
    ///
    /// # Errors
    /// Bad input: an error in the text, with line and column, or an error in the content, with the
    /// JSON path.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::validated(read::json(bytes, &read::CASE)?)
    }

    /// Validates a case from values in memory.
    ///
    /// # Errors
    /// As [`Case::from_bytes`], only for the content.
    #[allow(clippy::too_many_arguments, reason = "one argument a key of the format, in its order")]
    pub fn new(
        shape: Shape,
        convention: Convention,
        weights: Parameters,
        mask: Option<MaskDocument>,
        rule: Rule,
        options: Option<CaseOptions>,
        batch: Vec<SampleDocument>,
    ) -> Result<Self, Error> {
        let schema = schema::CASE.into();
        Self::validated(CaseDocument { schema, shape, convention, weights, mask, rule, options, batch })
    }

    fn validated(document: CaseDocument) -> Result<Self, Error> {
        validate::case(&document)?;
        Ok(Self { document, written: None })
    }

    /// Reads and validates a case for a rule of a chapter. `rule` may be left out if `rules` has
    /// one for all cases; `options` holds what the rule takes besides the network and the sample.
    ///
    /// # Errors
    /// As [`Case::from_bytes`], and for a rule that is not one of the chapter.
    pub fn of_chapter(bytes: &[u8], rules: &ChapterRules) -> Result<Self, Error> {
        Self::of_rules(read::json(bytes, &read::CASE)?, rules)
    }

    fn of_rules(document: WrittenDocument, rules: &ChapterRules) -> Result<Self, Error> {
        let (document, written) = rules.read(document)?;
        validate::case(&document)?;
        written.validate(document.shape, document.batch.len())?;
        Ok(Self { document, written: Some(written) })
    }

    /// Reads `{"case": …, "candidate": …}`: a case and another program's answer to it.
    ///
    /// # Errors
    /// As [`Case::from_bytes`] and [`Answer::from_bytes`].
    pub fn with_candidate(bytes: &[u8]) -> Result<(Self, Answer), Error> {
        Self::paired(read::json(bytes, &read::PAIR)?, Self::validated)
    }

    /// The same with a case for a rule of a chapter.
    ///
    /// # Errors
    /// As [`Case::of_chapter`] and [`Answer::from_bytes`].
    pub fn of_chapter_with_candidate(bytes: &[u8], rules: &ChapterRules) -> Result<(Self, Answer), Error> {
        Self::paired(read::json(bytes, &read::PAIR)?, |document| Self::of_rules(document, rules))
    }

    fn paired<D>(
        pair: Pair<D>,
        case: impl FnOnce(D) -> Result<Self, Error>,
    ) -> Result<(Self, Answer), Error> {
        let case = case(pair.case).map_err(|error| error.within("case"))?;
        validate::answer(&pair.candidate, &case.document).map_err(|error| error.within("candidate"))?;
        Ok((case, pair.candidate))
    }

    /// The case as one line of JSON.
    pub fn to_json(&self) -> String {
        let text = match &self.written {
            Some(written) => serde_json::to_string(&written.document(&self.document)),
            None => serde_json::to_string(&self.document),
        };
        text.expect("a case holds finite numbers and text keys alone")
    }

    /// Sizes of the network.
    pub fn shape(&self) -> Shape {
        self.document.shape
    }

    /// Convention of the energy.
    pub fn convention(&self) -> Convention {
        self.document.convention
    }

    /// Recurrent weights, state weights and bias.
    pub fn weights(&self) -> &Parameters {
        &self.document.weights
    }

    /// The masks, as the case gives them.
    pub fn mask(&self) -> Option<&MaskDocument> {
        self.document.mask.as_ref()
    }

    /// The name of the rule whose update the case requests, or its call if it is written in a
    /// chapter.
    pub fn rule_name(&self) -> &str {
        self.written.as_ref().map_or_else(|| self.document.rule.name(), Written::call)
    }

    /// The rule, if it is written in a chapter.
    pub(crate) fn written(&self) -> Option<&Written> {
        self.written.as_ref()
    }

    /// The rule whose update the case requests, unless it is written in a chapter.
    pub fn rule(&self) -> Rule {
        self.document.rule
    }

    /// The options of the rule that the case gives.
    pub fn options(&self) -> CaseOptions {
        self.document.options.clone().unwrap_or_default()
    }

    /// The samples, at least one.
    pub fn batch(&self) -> &[SampleDocument] {
        &self.document.batch
    }

    /// Is the weight between two units a parameter? It is one if the units are in different
    /// circuits and the connection is not masked.
    pub fn is_connected(&self, i: usize, j: usize) -> bool {
        let mask = self.document.masks().recurrent;
        self.shape().circuit_of(i) != self.shape().circuit_of(j) && mask.is_none_or(|rows| rows[i][j].0)
    }

    /// Is the weight from a state to a unit a parameter, that is, not masked?
    pub fn is_observed(&self, state: usize, unit: usize) -> bool {
        self.document.masks().state.is_none_or(|rows| rows[state][unit].0)
    }

    /// The same case with another convention, mask, rule, options or batch, for the mistakes that
    /// `compare` recognises.
    ///
    /// # Errors
    /// As [`Case::new`].
    pub(crate) fn altered(&self, alter: impl FnOnce(&mut CaseDocument)) -> Result<Self, Error> {
        let mut document = self.document.clone();
        alter(&mut document);
        let written = self.written.clone();
        if let Some(written) = &written {
            written.validate(document.shape, document.batch.len())?;
        }
        Ok(Self { written, ..Self::validated(document)? })
    }
}

impl Answer {
    /// Reads another program's answer to `case`. It may leave out `q`, `residual` and `gradients`.
    ///
    /// # Errors
    /// Bad input: the text is not an answer, or a shape disagrees with the case.
    pub fn from_bytes(bytes: &[u8], case: &Case) -> Result<Self, Error> {
        let answer = read::json(bytes, &read::ANSWER)?;
        validate::answer(&answer, &case.document)?;
        Ok(answer)
    }
}

//! The levels of conformance: [`LEVELS`] lists each with its formats and its claim, and a
//! [`Question`] of any level judges answers.

use super::case::{Answer, Case};
use super::compare::{Comparison, Judge, Tolerance};
use super::envelope::Envelope;
use super::expectation::{self, Expectation, ExpectationAnswer};
use super::trajectory::{self, Trajectory, TrajectoryAnswer};
use crate::Error;
use serde::Deserialize;

/// A level of conformance.
pub struct Level {
    /// From 0, the strictest.
    pub number: u8,
    /// What is judged.
    pub name: &'static str,
    /// The format of a question.
    pub question: &'static str,
    /// The format of an answer.
    pub answer: &'static str,
    /// What a passed level claims.
    pub claim: &'static str,
    /// What it does not claim.
    pub not_claimed: &'static str,
    read: fn(&[u8]) -> Result<Question, Error>,
}

/// Every level.
pub static LEVELS: [Level; 4] = [
    Level {
        number: 0,
        name: "exact answers",
        question: "svpg-case/1",
        answer: "svpg-answer/1",
        claim: "every compared block of every answer is within the tolerance of the answer of the reference of \
                this version",
        not_claimed: "that the program infers or learns as the published networks do",
        read: |bytes| Ok(Question::of_case(&Case::from_bytes(bytes)?)),
    },
    Level {
        number: 1,
        name: "trajectories under given draws",
        question: "svpg-trajectory/1",
        answer: "svpg-trajectory-answer/1",
        claim: "every step of inference is, to the bit or within the rounding error of the stated arithmetic, the \
                definition's from the step before",
        not_claimed: "that the program's own random draws have the stated distributions",
        read: |bytes| Ok(Question::Trajectory(Box::new(Trajectory::from_bytes(bytes)?))),
    },
    Level {
        number: 2,
        name: "expected updates",
        question: "svpg-expectation/1",
        answer: "svpg-expectation-answer/1",
        claim: "the expected update is that of the reference by enumeration, exactly or by a test of samples with the \
                stated error rates",
        not_claimed: "that a network which learns by these updates learns as well as the published ones",
        read: |bytes| Ok(Question::Expectation(Box::new(Expectation::from_bytes(bytes)?))),
    },
    Level {
        number: 3,
        name: "learning curve",
        question: "svpg-envelope/1",
        answer: "metrics.jsonl",
        claim: "the learning curve is inside the interval of runs of svpg with other seeds",
        not_claimed: "that the program is right: a mistake that changes the curve less than the seeds do stays inside",
        read: |bytes| Ok(Question::Envelope(Box::new(Envelope::from_bytes(bytes)?))),
    },
];

/// A question of a level, which judges answers.
pub enum Question {
    /// Level 0.
    Case(Box<Judge>),
    /// Level 1.
    Trajectory(Box<Trajectory>),
    /// Level 2.
    Expectation(Box<Expectation>),
    /// Level 3. Its answer has several lines.
    Envelope(Box<Envelope>),
}

/// An error of the question or of the answer.
pub enum Wrong {
    /// The question has no answer.
    Question(Error),
    /// The answer is bad input.
    Answer(Error),
}

impl Wrong {
    /// The error.
    pub fn into_error(self) -> Error {
        match self {
            Wrong::Question(error) | Wrong::Answer(error) => error,
        }
    }
}

impl Question {
    /// The question of a case.
    pub fn of_case(case: &Case) -> Self {
        Self::Case(Box::new(Judge::new(case)))
    }

    /// Reads a question. Its `schema` says of which level it is; without one it is read as a case.
    ///
    /// # Errors
    /// Bad input: the document is not a valid question of this level.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Named {
            schema: String,
        }
        let [exact, above @ ..] = &LEVELS;
        // A case is much more frequent than the others, and need not be parsed twice.
        let text = str::from_utf8(bytes).unwrap_or_default();
        if above.iter().all(|level| !text.contains(level.question)) {
            return (exact.read)(bytes);
        }
        let named = serde_json::from_slice::<Named>(bytes).ok();
        let level = named.and_then(|named| above.iter().find(|level| level.question == named.schema));
        (level.unwrap_or(exact).read)(bytes)
    }

    /// Has the answer several lines?
    pub fn has_lines(&self) -> bool {
        matches!(self, Question::Envelope(_))
    }

    /// Whether causes are sought for an answer that fails.
    pub fn seek_hints(&mut self, hints: bool) {
        if let Question::Case(judge) = self {
            judge.seek_hints(hints);
        }
    }

    /// Reads and judges an answer. The tolerance is that of exact answers, at levels 0 and 2.
    ///
    /// # Errors
    /// Bad input, or no fixed point of a case.
    pub fn judge(&mut self, answer: &[u8], tolerance: Tolerance) -> Result<Comparison, Wrong> {
        match self {
            Question::Case(judge) => {
                let answer = Answer::from_bytes(answer, judge.case()).map_err(Wrong::Answer)?;
                judge.compare(&answer, tolerance).map_err(Wrong::Question)
            }
            Question::Trajectory(trajectory) => {
                let answer = TrajectoryAnswer::from_bytes(answer, trajectory).map_err(Wrong::Answer)?;
                trajectory::judge(trajectory, &answer).map_err(Wrong::Answer)
            }
            Question::Expectation(question) => {
                let answer = ExpectationAnswer::from_bytes(answer, question).map_err(Wrong::Answer)?;
                expectation::judge(question, &answer, tolerance).map_err(Wrong::Answer)
            }
            Question::Envelope(envelope) => envelope.judge(answer).map_err(Wrong::Answer),
        }
    }
}

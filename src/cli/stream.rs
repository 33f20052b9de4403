//! The verdict on a stream of documents: a line that is wrong gets its own verdict, and the stream
//! goes on.

use super::{Verdict, complain};
use svpg::Error;

/// The verdict on the lines so far.
#[derive(Default)]
pub(super) struct Stream {
    verdict: Verdict,
    first_error: Option<Error>,
    bad_lines: usize,
}

impl Stream {
    /// Counts the result of a line. Returns its output, which is an error object for a line
    /// without an answer, so lines of input and output correspond.
    ///
    /// # Errors
    /// An error that is not about the line.
    pub(super) fn count(
        &mut self,
        line: usize,
        result: Result<(String, Verdict), Error>,
    ) -> Result<String, Error> {
        let (text, verdict) = match result {
            Ok(judged) => judged,
            Err(error) => {
                let (kind, verdict) = kind(&error).ok_or_else(|| error.clone())?;
                let text = serde_json::json!({
                    "schema": "svpg-error/1", "line": line, "verdict": kind, "error": error.to_string(),
                });
                self.bad_lines += 1;
                self.first_error.get_or_insert(error);
                (text.to_string(), verdict)
            }
        };
        self.verdict = self.verdict.max(verdict);
        Ok(text)
    }

    /// The verdict on the stream: the worst of its lines. The first error goes to standard error.
    pub(super) fn finish(self) -> Verdict {
        if let Some(error) = self.first_error {
            complain(&match self.bad_lines - 1 {
                0 => error,
                1 => error.noting("one more line has no answer"),
                more => error.noting(format_args!("{more} more lines have no answer")),
            });
        }
        self.verdict
    }
}

/// The verdict on a line with this error; `None` if the error is not about the line.
pub(super) fn kind(error: &Error) -> Option<(&'static str, Verdict)> {
    if error.is_bad_input() {
        Some(("bad input", Verdict::BadInput))
    } else if error.is_no_fixed_point() {
        Some(("no fixed point", Verdict::Failed))
    } else {
        None
    }
}

//! The one error type of this crate.

use std::fmt;

/// The error type of all fallible functions.
///
/// The type is opaque. [`Error::is_bad_input`], [`Error::is_no_fixed_point`] and
/// [`Error::is_divergence`] tell the kinds apart. Its `Display` is exactly one line that says what
/// is wrong, where, and how to correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    text: String,
    options: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    BadInput,
    NoFixedPoint,
    Diverged,
    Output,
    BrokenPipe,
}

impl Error {
    /// Invalid input of the user. `place` is a file, a JSON path or an option. `what` says what is
    /// wrong, and `remedy` how to correct it.
    pub fn bad_input(place: impl fmt::Display, what: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(Kind::BadInput, format!("{place}: {what}; {remedy}"))
    }

    /// No mean-field fixed point was found. No other result replaces it.
    pub fn no_fixed_point(
        place: impl fmt::Display,
        what: impl fmt::Display,
        remedy: impl fmt::Display,
    ) -> Self {
        Self::new(Kind::NoFixedPoint, format!("{place}: {what}; {remedy}"))
    }

    /// A value of a training is not finite.
    pub fn diverged(place: impl fmt::Display, what: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self::new(Kind::Diverged, format!("{place}: {what}; {remedy}"))
    }

    /// Standard output could not be written.
    pub fn output(error: &std::io::Error) -> Self {
        let kind =
            if error.kind() == std::io::ErrorKind::BrokenPipe { Kind::BrokenPipe } else { Kind::Output };
        Self::new(kind, format!("standard output: {error}; free the space or redirect the output elsewhere"))
    }

    fn new(kind: Kind, text: String) -> Self {
        // A file name can contain a line break, but a message must be one line.
        let text = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self { kind, text, options: Vec::new() }
    }

    /// The same error, which names an option to change: `seed`, not the flag of a program.
    #[must_use]
    pub fn option(mut self, name: &'static str) -> Self {
        self.options.push(name);
        self
    }

    /// The options that the remedy is about.
    pub fn options(&self) -> &[&'static str] {
        &self.options
    }

    /// The same error, with the file, line or stream it came from.
    #[must_use]
    pub fn within(self, place: impl fmt::Display) -> Self {
        Self { options: self.options, ..Self::new(self.kind, format!("{place}: {}", self.text)) }
    }

    /// The same error, with an additional note at its end.
    #[must_use]
    pub fn noting(self, what: impl fmt::Display) -> Self {
        Self { options: self.options, ..Self::new(self.kind, format!("{} ({what})", self.text)) }
    }

    /// The same error for line `number` of a stream. A place on "line 1" of the text of that line
    /// becomes a place on line `number`.
    #[must_use]
    pub fn on_line(self, number: usize) -> Self {
        let (first, own) = ("line 1 column", format!("line {number} column"));
        if self.text.contains(first) {
            Self { text: self.text.replacen(first, &own, 1), ..self }
        } else {
            self.within(format_args!("line {number}"))
        }
    }

    /// Is the input of the user invalid? The command line then exits with 2.
    pub fn is_bad_input(&self) -> bool {
        self.kind == Kind::BadInput
    }

    /// Did the solver find no mean-field fixed point? The command line then exits with 1.
    pub fn is_no_fixed_point(&self) -> bool {
        self.kind == Kind::NoFixedPoint
    }

    /// Has a training diverged? The command line then exits with 1.
    pub fn is_divergence(&self) -> bool {
        self.kind == Kind::Diverged
    }

    /// Did the reader of standard output close it? The command line then ends silently.
    pub fn is_broken_pipe(&self) -> bool {
        self.kind == Kind::BrokenPipe
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

/// `did you mean …? ` for an unknown name that is similar to a known one, else an empty text.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    svpg_check::nearest(name, known).map_or_else(String::new, |near| format!("did you mean `{near}`? "))
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn a_place_on_a_line_of_a_stream_has_one_line_number() {
        let of = |place: &str| Error::bad_input(place, "x", "y").on_line(7).to_string();
        assert_eq!(of("line 1 column 12"), "line 7 column 12: x; y");
        assert_eq!(of("batch[0].q (line 1 column 3)"), "batch[0].q (line 7 column 3): x; y");
        assert_eq!(of("batch"), "line 7: batch: x; y");
    }

    #[test]
    fn message_is_one_line() {
        let error = Error::bad_input("a\nb.json", "x\ty", "z").option("out").within("dir\r\n");
        assert_eq!(error.options(), ["out"]);
        assert_eq!(error.to_string(), "dir  : a b.json: x y; z");
        assert!(error.is_bad_input() && !error.is_no_fixed_point());
    }
}

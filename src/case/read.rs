//! Bytes to a document: UTF-8, JSON, types. Errors name line, column and JSON path.

use crate::Error;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// What a document should be, for messages.
pub(super) struct Format {
    name: &'static str,
    help: &'static str,
}

pub(super) const CASE: Format = Format { name: "a case (svpg-case/1)", help: "svpg oracle --help" };
pub(super) const ANSWER: Format = Format { name: "an answer (svpg-answer/1)", help: "svpg compare --help" };
pub(super) const PAIR: Format =
    Format { name: "an object with `case` and `candidate`", help: "svpg compare --help" };

/// Reads one JSON document.
pub(super) fn json<T: DeserializeOwned>(bytes: &[u8], what: &Format) -> Result<T, Error> {
    let text = utf8(bytes)?;
    // A byte-order mark says nothing in UTF-8; some editors write one all the same.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Error::bad_input(
            "line 1 column 1",
            "the document is empty",
            format_args!("give {}", what.name),
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let document = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        explain(error.inner(), &path, text, what)
    })?;
    deserializer.end().map_err(|error| explain(&error, ".", text, what))?;
    Ok(document)
}

fn utf8(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|&&byte| byte != b'\n').count();
        Error::bad_input(
            format_args!("line {line} column {column}"),
            format_args!("byte 0x{:02x} is not UTF-8", bytes[error.valid_up_to()]),
            "save the file as UTF-8",
        )
    })
}

fn explain(error: &serde_json::Error, path: &str, text: &str, what: &Format) -> Error {
    let place = format!("line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let message = plain(message.strip_suffix(&format!(" at {place}")).unwrap_or(&message));
    // What is not known by a name of its own is a place inside its parent.
    let path = path.strip_suffix(".?").unwrap_or(path);
    // serde_json may have no position (0, 0) for errors of content; the path says where then.
    let place = match (error.line(), path) {
        (0, path) => path.to_owned(),
        (_, "." | "?") => place,
        (_, path) => format!("{path} ({place})"),
    };
    let remedy = match error.classify() {
        _ if message == "number out of range" => {
            "write a finite number, of magnitude below 1.8e308".to_owned()
        }
        Category::Syntax if names_no_number(error, text) => {
            "JSON has no NaN and no infinity: write finite numbers".to_owned()
        }
        Category::Eof => "the text ends too early: write it again in full".to_owned(),
        Category::Syntax if message.starts_with("trailing characters") => {
            "give one document a file; several, one a line, are read from standard input with `-`".to_owned()
        }
        Category::Syntax | Category::Io => "mend the JSON there".to_owned(),
        Category::Data => format!("give {}; `{}` shows the format", what.name, what.help),
    };
    Error::bad_input(place, message, remedy)
}

/// A message about types in the words of JSON.
fn plain(message: &str) -> String {
    let Some((found, expected)) = message.split_once(", expected ") else { return message.to_owned() };
    let expected = match expected.split(' ').next() {
        Some("struct") => "an object",
        Some("usize" | "u8" | "u32" | "u64") => "a whole number, at least 0",
        Some("f64") => "a number",
        _ => expected,
    };
    format!("{found}, expected {expected}")
}

/// Does the offending line hold a word that other languages write for NaN or infinity, at the fault?
fn names_no_number(error: &serde_json::Error, text: &str) -> bool {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    // The column may point at the word's first letter or after it.
    let start = error.column().saturating_sub(3);
    let near: String = line.bytes().skip(start).take(12).map(char::from).collect();
    let near = near.to_ascii_lowercase();
    near.contains("nan") || near.contains("inf")
}

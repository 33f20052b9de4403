//! Reads a document from bytes: UTF-8, JSON, types. Errors name line, column and JSON path.

use super::schema;
use crate::Error;
use crate::json_object::Object;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// The expected format of a document, for messages.
#[derive(Clone, Copy)]
pub(crate) struct Format {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) schema: Option<&'static str>,
}

pub(super) const CASE: Format =
    Format { name: "a case (svpg-case/1)", help: "svpg oracle --help", schema: Some(schema::CASE) };
pub(super) const ANSWER: Format =
    Format { name: "an answer (svpg-answer/1)", help: "svpg compare --help", schema: Some(schema::ANSWER) };
pub(super) const PAIR: Format =
    Format { name: "an object with `case` and `candidate`", help: "svpg compare --help", schema: None };

/// Reads one JSON document.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8], what: &Format) -> Result<T, Error> {
    let text = utf8(bytes)?;
    // Some editors write a byte-order mark, which UTF-8 does not need.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Error::bad_input(
            "line 1 column 1",
            "the document is empty",
            format_args!("give {}", what.name),
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Object(document) = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        other_format(text, what).unwrap_or_else(|| explain(error.inner(), &path, text, what))
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

/// An error if the document names another format. Its keys are then not mistakes.
fn other_format(text: &str, what: &Format) -> Option<Error> {
    #[derive(Deserialize)]
    struct Named {
        schema: String,
    }
    let named: Named = serde_json::from_str(text).ok()?;
    schema::check(&named.schema, what.schema?).err()
}

fn explain(error: &serde_json::Error, path: &str, text: &str, what: &Format) -> Error {
    let message = error.to_string();
    let place = format!("line {} column {}", error.line(), error.column());
    let message = plain(message.strip_suffix(&format!(" at {place}")).unwrap_or(&message));
    // The parser counts the bytes that it has read, so the column is 0 before the first byte.
    let place = format!("line {} column {}", error.line(), error.column().max(1));
    // A place without a name is described by its parent.
    let path = path.strip_suffix(".?").unwrap_or(path);
    // For errors of content, serde_json may have no position (0, 0). The path then gives the place.
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
        Category::Eof => "complete the document; with `-`, each document must be on one line".to_owned(),
        Category::Syntax if message.starts_with("text follows") => {
            "give one document per file, or with `-` one per line".to_owned()
        }
        Category::Syntax | Category::Io => "correct the JSON at this place".to_owned(),
        Category::Data => {
            let remedy = match message.split(' ').next() {
                Some("unknown") => "correct its name or remove it",
                Some("missing") => "add it",
                Some("duplicate") => "keep one of them",
                _ => &format!("give {}", what.name),
            };
            format!("{remedy}; `{}` shows the format", what.help)
        }
    };
    Error::bad_input(place, message, remedy)
}

/// A message of the parser, in JSON terms.
fn plain(message: &str) -> String {
    if let Some(inside) = message.strip_prefix("EOF while parsing ") {
        let inside = if inside == "a list" { "an array" } else { inside };
        return format!("the text ends inside {inside}");
    }
    if message == "trailing characters" {
        return "text follows the document".to_owned();
    }
    if matches!(message, "expected value" | "expected ident") {
        return "this is not a JSON value".to_owned();
    }
    for kind in ["unknown", "missing", "duplicate"] {
        if let Some(rest) = message.strip_prefix(&format!("{kind} field ")) {
            return format!("{kind} key {rest}");
        }
    }
    let mismatch = message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: "));
    let Some((found, expected)) = mismatch.and_then(|mismatch| mismatch.rsplit_once(", expected ")) else {
        return message.to_owned();
    };
    let found = match found.split_once(' ') {
        None if found == "sequence" => "an array",
        None if found == "map" => "an object",
        Some(("string", text)) => text,
        // serde quotes numbers and truth values: integer `1`, floating point `1.0`, boolean `true`.
        Some(_) => found.split('`').nth(1).unwrap_or(found),
        None => found,
    };
    let expected = match expected {
        "usize" | "u8" | "u32" | "u64" => "a whole number, at least 0",
        "f64" => "a number",
        "a sequence" => "an array",
        "a map" => "an object",
        _ => expected,
    };
    format!("found {found}, expected {expected}")
}

/// Does the wrong line contain NaN or infinity, as written in other languages, at the place of the
/// error?
fn names_no_number(error: &serde_json::Error, text: &str) -> bool {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    // The column can point at the first letter of the word or after it.
    let start = error.column().saturating_sub(3);
    let near: String = line.bytes().skip(start).take(12).map(char::from).collect();
    let near = near.to_ascii_lowercase();
    near.contains("nan") || near.contains("inf")
}

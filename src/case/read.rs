//! Bytes to a document: UTF-8, JSON, types. Errors name line, column and JSON path.

use crate::Error;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Reads one JSON document; `what` names the format in messages.
pub(super) fn json<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Error> {
    let text = utf8(bytes)?;
    // A byte-order mark says nothing in UTF-8; some editors write one all the same.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Error::bad_input(
            "line 1 column 1",
            "the document is empty",
            format_args!("give {what}"),
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

fn explain(error: &serde_json::Error, path: &str, text: &str, what: &str) -> Error {
    let place = format!("line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let message = message.strip_suffix(&format!(" at {place}")).unwrap_or(&message);
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
        Category::Data => format!("give {what}; `svpg oracle --help` shows the format"),
    };
    Error::bad_input(place, message, remedy)
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

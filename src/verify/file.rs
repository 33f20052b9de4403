//! Derivation files of users.

use crate::Error;
use std::path::Path;
use std::sync::Arc;
use svpg_check::{MAX_FILE, Position, Source};

/// A user's derivation file.
///
/// # Errors
/// Bad input: the file cannot be read, is larger than [`MAX_FILE`], or is not UTF-8.
pub fn read(path: &Path) -> Result<Arc<Source>, Error> {
    let bad = |what: String, remedy: &str| Error::bad_input(path.display(), what, remedy);
    let about = std::fs::metadata(path)
        .map_err(|error| bad(error.to_string(), "give a Markdown file; standard input is not read"))?;
    if !about.is_file() {
        return Err(bad("it is not a file".to_owned(), "give a Markdown file; standard input is not read"));
    }
    if about.len() > MAX_FILE {
        return Err(bad(
            format!("found {} bytes, expected at most 4 MiB", about.len()),
            "split it into several files",
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| bad(error.to_string(), "make it readable"))?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|error| {
        let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
        let Position { line, column } = Source::new("", String::from_utf8_lossy(&bytes[..at])).position(at);
        let what = format!("D103: the byte 0x{:02x} is not UTF-8", bytes[at]);
        Error::bad_input(format_args!("{name}:{line}:{column}"), what, "save it as UTF-8")
    })?;
    Ok(Source::new(name, text))
}

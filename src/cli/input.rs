//! Files and standard input, and the errors about them.

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use svpg::Error;

/// Is this the name that stands for standard input?
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Is this the name of a file of JSON Lines?
pub(super) fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl" || extension == "ndjson")
}

/// The whole file.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

fn open(path: &Path) -> Result<File, Error> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let remedy = "give a file, or `-` for standard input";
        return Err(Error::bad_input(path.display(), "it is a directory", remedy));
    }
    Ok(file)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::bad_input(path.display(), error, "give a file that can be read, or `-` for standard input")
}

/// An input that was read: its name, length and hash.
#[derive(Debug, Serialize)]
pub(super) struct Digested {
    name: String,
    bytes: usize,
    sha256: String,
}

impl Digested {
    /// The digest of a whole file.
    pub(super) fn of_file(path: &Path, bytes: &[u8]) -> Self {
        let sha256 = format!("{:x}", Sha256::digest(bytes));
        Self { name: path.display().to_string(), bytes: bytes.len(), sha256 }
    }
}

/// A stream of documents, one per line: standard input or a file.
pub(super) struct Lines {
    reader: Box<dyn BufRead>,
    name: String,
    number: usize,
    is_empty: bool,
    bytes: usize,
    hash: Sha256,
}

impl Lines {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let (reader, name): (Box<dyn BufRead>, _) = if is_stdin(path) {
            (Box::new(std::io::stdin().lock()), "standard input".to_owned())
        } else {
            (Box::new(BufReader::new(open(path)?)), path.display().to_string())
        };
        Ok(Self { reader, name, number: 0, is_empty: true, bytes: 0, hash: Sha256::new() })
    }

    /// The next line that is not blank.
    ///
    /// A stream without such a line is bad input: probably the program before the pipe failed, and
    /// an empty answer must not look like a success.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let remedy = "give documents, one per line";
        loop {
            let mut line = Vec::new();
            self.number += 1;
            let read = self.reader.read_until(b'\n', &mut line);
            self.bytes += line.len();
            self.hash.update(&line);
            match read.map_err(|error| Error::bad_input(&self.name, error, remedy))? {
                0 if self.is_empty => return Err(Error::bad_input(&self.name, "it is empty", remedy)),
                0 => return Ok(None),
                _ if line.trim_ascii().is_empty() => {}
                _ => {
                    self.is_empty = false;
                    line.truncate(line.trim_ascii_end().len());
                    return Ok(Some(line));
                }
            }
        }
    }

    /// The digest of all that was read.
    pub(super) fn digest(&self) -> Digested {
        let sha256 = format!("{:x}", self.hash.clone().finalize());
        Digested { name: self.name.clone(), bytes: self.bytes, sha256 }
    }

    /// The number of the line that was read last, from 1, with blank lines.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// An error about the line that was read last.
    pub(super) fn locate(&self, error: Error) -> Error {
        error.on_line(self.number).within(&self.name)
    }

    /// An error about the end of the stream.
    pub(super) fn ends(&self, what: &str, remedy: &str) -> Error {
        Error::bad_input(&self.name, what, remedy)
    }
}

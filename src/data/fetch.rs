//! Downloads missing or wrong files from the first source that has them.

use super::source::{NOT_INSTALLED, Source, Workspace};
use super::{DataFile, DataSet};
use crate::Error;
use crate::file;
use crate::folder::Folder;
use crate::gzip;
use crate::hex::hex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// The result for one data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Folder that holds the files.
    pub folder: PathBuf,
    /// Names of files that existed with the right checksum.
    pub present: Vec<&'static str>,
    /// Names of downloaded files, each with its source.
    pub fetched: Vec<(&'static str, String)>,
}

/// Downloads a data set into the folder `data/NAME`. `mirror`, a URL, is tried before the built-in
/// sources.
///
/// A file with the right SHA-256 is not changed. A file gets its name only after its checksum is
/// verified. An interrupted download stays in a `.part` file and is continued.
///
/// # Errors
/// Bad input: no source could be reached, `mirror` is not a URL, or the folder cannot be written.
pub fn fetch(set: DataSet, data: &Path, mirror: Option<&str>) -> Result<Outcome, Error> {
    if let Some(url) = mirror.filter(|url| !url.contains("://")) {
        return Err(Error::bad_input(
            "mirror",
            format_args!("{url:?} is not a URL"),
            "give a mirror such as https://host/folder",
        )
        .option("mirror"));
    }
    let mut sources: Vec<Source> = mirror.map(Source::mirror).into_iter().collect();
    sources.extend(set.sources());
    fetch_files(&set.files(), &sources, &data.join(set.name()))
}

pub(super) fn fetch_files(files: &[DataFile], sources: &[Source], folder: &Path) -> Result<Outcome, Error> {
    let made = Folder::create(folder).map_err(|error| unwritable(folder, &error))?;
    let outcome = fetch_missing(files, sources, folder);
    if outcome.is_err() {
        // If a file was downloaded, the folder is not empty and stays.
        made.undo();
    }
    outcome
}

fn unwritable(folder: &Path, error: &std::io::Error) -> Error {
    Error::bad_input(folder.display(), error, "free disk space, or give a folder that can be written")
        .option("data")
}

fn fetch_missing(files: &[DataFile], sources: &[Source], folder: &Path) -> Result<Outcome, Error> {
    let unwritable = |error: std::io::Error| unwritable(folder, &error);
    for path in files.iter().flat_map(|file| [folder.join(file.name), part_of(folder, file)]) {
        file::check(&path).map_err(|error| Error::bad_input(path.display(), error, "remove it"))?;
    }
    let (present, missing): (Vec<&DataFile>, Vec<&DataFile>) = files
        .iter()
        .partition(|file| std::fs::read(folder.join(file.name)).is_ok_and(|bytes| file.is(&bytes)));
    let mut outcome = Outcome {
        folder: folder.to_owned(),
        present: present.iter().map(|file| file.name).collect(),
        fetched: vec![],
    };
    let mut tried = Vec::new();
    let mut missing = missing;
    for source in sources {
        if missing.is_empty() {
            break;
        }
        let workspace = Workspace::new(folder).map_err(unwritable)?;
        let mut rest = Vec::new();
        let mut failure = None;
        for file in missing {
            // A failure for one file of a source probably occurs for the others too: do not wait
            // four times.
            let bytes = match &failure {
                None => source.bytes(file, &workspace),
                Some(_) => Err(String::new()),
            };
            match bytes {
                Ok(bytes) => {
                    let part = workspace.scratch().join(file.name);
                    std::fs::write(&part, bytes)
                        .and_then(|()| std::fs::rename(&part, folder.join(file.name)))
                        .map_err(unwritable)?;
                    outcome.fetched.push((file.name, source.to_string()));
                }
                Err(reason) => {
                    failure.get_or_insert(reason);
                    rest.push(file);
                }
            }
        }
        tried.extend(failure.map(|reason| format!("{source} ({reason})")));
        missing = rest;
    }
    let Some(file) = missing.first() else { return Ok(outcome) };
    let remedy = if tried.iter().all(|source| source.contains(NOT_INSTALLED)) {
        "install one of these programs"
    } else {
        "check the network connection and repeat the command (downloaded files are kept)"
    };
    Err(Error::bad_input(
        folder.join(file.name).display(),
        format_args!("the download failed; tried {}", tried.join(", ")),
        format_args!("{remedy}, give a mirror, or copy the IDX file to this path"),
    )
    .option("mirror"))
}

/// The download of a file that is not complete.
pub(super) fn part_of(folder: &Path, file: &DataFile) -> PathBuf {
    folder.join(format!("{}.gz.part", file.name))
}

impl DataFile {
    /// Are these bytes the content of the file?
    pub(super) fn is(&self, bytes: &[u8]) -> bool {
        hex(&Sha256::digest(bytes)) == self.sha256
    }

    /// The content, if `bytes` contain it, plain or gzipped.
    pub(super) fn content(&self, bytes: Vec<u8>) -> Option<Vec<u8>> {
        gzip::uncompressed(bytes).ok().filter(|plain| self.is(plain))
    }
}

#[cfg(test)]
mod tests {
    use super::{DataFile, fetch_files};
    use crate::data::source::Source;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::sync::{Arc, Mutex};

    /// "abc" and its SHA-256 (FIPS 180-4's example).
    const ABC: DataFile =
        DataFile { name: "abc", sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" };

    /// Serves `body` under every name on the local machine, supports Range, and records the
    /// requested ranges.
    fn serve(body: &'static [u8]) -> (String, Arc<Mutex<Vec<usize>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let starts = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&starts);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut start = 0;
                for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                    let line = line.unwrap().to_ascii_lowercase();
                    if let Some(range) = line.strip_prefix("range: bytes=") {
                        start = range.trim_end_matches('-').parse().unwrap();
                    }
                    if line.is_empty() {
                        break;
                    }
                }
                noted.lock().unwrap().push(start);
                let rest = &body[start..];
                let status = if start > 0 { "206 Partial Content" } else { "200 OK" };
                let range = format!("Content-Range: bytes {start}-{}/{}\r\n", body.len() - 1, body.len());
                let header = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n",
                    rest.len(),
                    if start > 0 { &range } else { "" }
                );
                stream.write_all(header.as_bytes()).and_then(|()| stream.write_all(rest)).unwrap();
            }
        });
        (url, starts)
    }

    #[test]
    fn fetches_once_and_continues_a_part() {
        let folder = tempfile::tempdir().unwrap();
        let (url, starts) = serve(b"abc");
        std::fs::write(folder.path().join("abc.gz.part"), "ab").unwrap();
        let sources = [Source::mirror(&url)];
        let outcome = fetch_files(&[ABC], &sources, folder.path()).unwrap();
        assert_eq!(outcome.fetched.len(), 1);
        assert_eq!(std::fs::read(folder.path().join("abc")).unwrap(), b"abc");
        assert_eq!(*starts.lock().unwrap(), [2], "the part was continued");
        let again = fetch_files(&[ABC], &sources, folder.path()).unwrap();
        assert_eq!((again.present, again.fetched.len()), (vec!["abc"], 0));
        assert_eq!(starts.lock().unwrap().len(), 1, "nothing was asked for again");
        let left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["abc"], "nothing else is left behind");
    }

    #[test]
    fn a_part_of_something_else_is_fetched_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let (url, starts) = serve(b"abc");
        std::fs::write(folder.path().join("abc.gz.part"), "xy").unwrap();
        fetch_files(&[ABC], &[Source::mirror(&url)], folder.path()).unwrap();
        assert_eq!(std::fs::read(folder.path().join("abc")).unwrap(), b"abc");
        assert_eq!(*starts.lock().unwrap(), [2, 0]);
    }

    #[test]
    fn a_wrong_content_is_never_kept_and_the_message_says_what_was_tried() {
        let folder = tempfile::tempdir().unwrap();
        let (url, _) = serve(b"abd");
        std::fs::write(folder.path().join("abc"), "old").unwrap();
        let error = fetch_files(&[ABC], &[Source::mirror(&url)], folder.path()).unwrap_err().to_string();
        assert!(error.contains(&url) && error.contains("checksum"), "{error}");
        assert_eq!(std::fs::read(folder.path().join("abc")).unwrap(), b"old");
        // No server listens on port 9 of this machine.
        let closed = [Source::mirror("http://127.0.0.1:9")];
        let error = fetch_files(&[ABC], &closed, folder.path()).unwrap_err();
        assert!(error.is_bad_input() && error.to_string().contains("give a mirror"), "{error}");
    }
}

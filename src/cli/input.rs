//! Files and standard input, and the errors about them.

use std::io::{BufRead, Read};
use std::path::Path;
use svpg::Error;

/// Is this the name that stands for standard input?
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The whole file.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, Error> {
    let place = path.display();
    let mut file = std::fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Error::bad_input(place, "it is a directory", "give a file, or `-` for standard input"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::bad_input(path.display(), error, "give a file that can be read, or `-` for standard input")
}

/// Calls `answer` for every line of standard input that is not blank, with its number, from 1, and
/// its bytes. A stream without such a line is bad input: probably the program before the pipe
/// failed, and an empty answer must not look like a success.
pub(super) fn each_line(mut answer: impl FnMut(usize, &[u8]) -> Result<(), Error>) -> Result<(), Error> {
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    let mut is_empty = true;
    for number in 1.. {
        line.clear();
        let read = input
            .read_until(b'\n', &mut line)
            .map_err(|error| Error::bad_input("standard input", error, "pipe in documents, one per line"))?;
        if read == 0 {
            break;
        }
        if !line.trim_ascii().is_empty() {
            is_empty = false;
            answer(number, line.trim_ascii_end())?;
        }
    }
    if is_empty {
        return Err(Error::bad_input("standard input", "it is empty", "pipe in documents, one per line"));
    }
    Ok(())
}

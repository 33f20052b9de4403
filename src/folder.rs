//! Folders that a command reads or creates. If a command fails, it removes the folders that it
//! created.

use crate::Error;
use crate::file::is_dangling;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// Checks that a folder exists.
///
/// # Errors
/// Bad input: `path` does not exist, or it is not a folder.
pub(crate) fn check_present(path: &Path, remedy: &str) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let what = match path.exists() {
        true => "this is a file, not a folder",
        false if is_dangling(path) => "this is a link to nothing",
        false => "there is no such folder",
    };
    Err(Error::bad_input(path.display(), what, remedy))
}

/// Is this a file that file managers write by themselves into every folder that a user opens? Such
/// a file does not make a folder occupied.
fn is_of_file_manager(name: &OsStr) -> bool {
    [".DS_Store", "Thumbs.db", "desktop.ini"].iter().any(|own| name == *own)
}

/// The names in `path`, sorted, without those of file managers; none if nothing is there.
///
/// # Errors
/// `path` cannot be read, or is a link to nothing; the kind of the error is not `NotFound`.
pub(crate) fn occupants(path: &Path) -> io::Result<Vec<OsString>> {
    let entries = match std::fs::read_dir(path) {
        Err(_) if is_dangling(path) => {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a link to nothing"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.retain(|name| !is_of_file_manager(name));
    names.sort();
    Ok(names)
}

/// Creates `path` and its missing parents.
pub(crate) fn create_all(path: &Path) -> io::Result<()> {
    // The system says only that something exists there.
    if let Some(link) = path.ancestors().find(|above| is_dangling(above)) {
        let what = format!("{} is a link to nothing", link.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    std::fs::create_dir_all(path)
}

/// A folder with its created parents, the deepest first.
#[derive(Debug)]
pub(crate) struct Folder {
    made: Vec<PathBuf>,
}

impl Folder {
    /// Creates `path` and its missing parents.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let missing = path.ancestors().filter(|above| !above.as_os_str().is_empty() && !above.exists());
        let folder = Self { made: missing.map(Path::to_owned).collect() };
        match create_all(path) {
            Ok(()) => Ok(folder),
            Err(error) => {
                folder.undo();
                Err(error)
            }
        }
    }

    /// Removes the created folders that are empty.
    pub(crate) fn undo(self) {
        for path in self.made {
            // A folder that is not empty stays, and so do its parents.
            let _ = std::fs::remove_dir(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Folder;

    #[test]
    fn undoes_what_it_made_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b/c");
        Folder::create(&deep).unwrap().undo();
        assert!(!root.path().join("a").exists() && root.path().exists());
        std::fs::create_dir(root.path().join("a")).unwrap();
        let made = Folder::create(&deep).unwrap();
        std::fs::write(root.path().join("a/b/file"), "kept").unwrap();
        made.undo();
        assert!(root.path().join("a/b/file").exists() && !deep.exists());
        Folder::create(&root.path().join("a/b")).unwrap().undo();
        assert!(root.path().join("a/b").exists(), "it was there before");
        assert!(Folder::create(&root.path().join("a/b/file/c")).is_err());
    }
}

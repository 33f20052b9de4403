//! Folders that a command reads or creates. If a command fails, it removes the folders that it
//! created.

use crate::Error;
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
    let what = if path.exists() { "this is a file, not a folder" } else { "there is no such folder" };
    Err(Error::bad_input(path.display(), what, remedy))
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
        match std::fs::create_dir_all(path) {
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

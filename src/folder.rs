//! Folders that a command reads, and those that it makes and unmakes where it fails: what could not
//! be done leaves nothing behind.

use crate::Error;
use std::io;
use std::path::{Path, PathBuf};

/// Checks that a folder is there.
///
/// # Errors
/// Bad input: it is not.
pub(crate) fn check_present(path: &Path, remedy: &str) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    let what = if path.exists() { "this is a file, not a folder" } else { "there is no such folder" };
    Err(Error::bad_input(path.display(), what, remedy))
}

/// A folder with those above it that had to be made, the deepest first.
#[derive(Debug)]
pub(crate) struct Folder {
    made: Vec<PathBuf>,
}

impl Folder {
    /// Makes `path`, and what is missing above it.
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

    /// Removes what was made, as far as it is empty.
    pub(crate) fn undo(self) {
        for path in self.made {
            // One that holds something stays, and then those above it do.
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

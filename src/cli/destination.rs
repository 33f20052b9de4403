//! The file that a result is written to.

use std::io::Write;
use std::path::{Path, PathBuf};
use svpg::Error;

/// A file that can be written, as far as that can be seen before.
pub(super) struct Destination {
    path: PathBuf,
    /// The flag with its value, for errors.
    place: String,
}

impl Destination {
    /// Checks the file first: the result of a long command must not be lost at its end. `instead`
    /// says what to do without a file.
    pub(super) fn new(flag: &str, path: &Path, instead: &str) -> Result<Self, Error> {
        let place = format!("{flag} {}", path.display());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // Without this check, a file would replace a device, for instance.
        let is_dangling = path.is_symlink() && !path.exists();
        if is_dangling || path.exists() && !path.is_file() || folder.is_some_and(|folder| !folder.is_dir()) {
            let remedy = format_args!("name a file in an existing folder, or {instead}");
            let what = if is_dangling { "it is a link to nothing" } else { "no file can be written there" };
            return Err(Error::bad_input(place, what, remedy));
        }
        // A link stays a link: the result replaces its target.
        Ok(Self { path: path.canonicalize().unwrap_or_else(|_| path.to_owned()), place })
    }

    /// As [`Destination::new`], of a file that does not exist yet.
    pub(super) fn fresh(flag: &str, path: &Path) -> Result<Self, Error> {
        if path.is_file() {
            let place = format!("{flag} {}", path.display());
            return Err(Error::bad_input(place, "the file exists", "name a new file, or remove this one"));
        }
        Self::new(flag, path, "leave the option out")
    }

    /// Writes the content completely or not at all.
    pub(super) fn write(&self, content: impl AsRef<[u8]>) -> Result<(), Error> {
        let mut part = self.path.clone().into_os_string();
        part.push(".part");
        let write = || {
            let mut file = std::fs::File::create(&part)?;
            file.write_all(content.as_ref())?;
            file.sync_all()?;
            std::fs::rename(&part, &self.path)
        };
        write().map_err(|error| {
            let _ = std::fs::remove_file(&part);
            Error::bad_input(&self.place, error, "name a file that can be written")
        })
    }
}

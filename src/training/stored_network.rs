//! The network of a run folder.

use super::Setup;
use super::checkpoint::network_of;
use crate::Error;
use crate::agent::Network;
use crate::kernel::simd::Level;
use crate::run::StoredRun;
use std::path::Path;

/// The network of a run, and how it was trained.
#[derive(Debug)]
pub struct StoredNetwork {
    /// The setup of the run.
    pub setup: Setup,
    /// The network.
    pub network: Network,
    /// `best`: the one that the run's selection has kept, or `last`.
    pub which: &'static str,
    /// Steps, or episodes, of its training.
    pub step: u64,
}

impl StoredNetwork {
    /// Reads the network that the run's selection has kept, or the last one if it keeps none or if
    /// `last` asks for it. The run may go on.
    ///
    /// # Errors
    /// Bad input: a file of the run is missing, damaged, or does not belong to the others.
    pub fn open(level: Level, folder: &Path, last: bool) -> Result<Self, Error> {
        let within = |error: Error| error.within(folder.display());
        let stored = StoredRun::open(folder)?;
        let setup = Setup::from_toml(stored.config()).map_err(within)?;
        let best = if last { None } else { stored.best(&[])? };
        let (which, checkpoint) = match best {
            Some(best) => ("best", best),
            None if !last && stored.certificate()?.is_some_and(|certificate| certificate.best.is_some()) => {
                let what = "best.safetensors is missing, which the certificate names";
                let remedy = "resume the run to write it again, or take the last network";
                return Err(Error::bad_input(folder.display(), what, remedy).option("resume").option("last"));
            }
            None => ("last", stored.checkpoint(&[])?),
        };
        let network = network_of(&checkpoint, &setup, level).map_err(within)?;
        Ok(Self { setup, network, which, step: checkpoint.step() })
    }
}

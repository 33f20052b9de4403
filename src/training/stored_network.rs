//! The network of a run folder, and its conversion to spiking units.

use super::checkpoint::network_of;
use super::setup::no_images;
use super::{Setup, TaskSetup};
use crate::Error;
use crate::agent::Network;
use crate::conventional::MAX_STATES;
use crate::kernel::compute::Compute;
use crate::kernel::matrix::AlignedMatrix;
use crate::kernel::simd::Level;
use crate::run::StoredRun;
use crate::task::mnist::ImageData;
use crate::task::pendulum::Pendulum;
use crate::task::{Environment, Episodes};
use std::path::Path;
use std::sync::Mutex;

/// Time steps of a converted network, as published in 2025, doi 10.1109/TPAMI.2024.3511936.
const CONVERTED_STEPS: usize = 25;

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
        let network = network_of(&checkpoint, &setup, level).map_err(within)?.into_evaluated();
        Ok(Self { setup, network, which, step: checkpoint.step() })
    }

    /// The network of integrate-and-fire units with the weights of this one, of a run of the method
    /// `bp`. It is normalised by up to [`MAX_STATES`] observations: the first training images, or
    /// the observations of episodes of validation. `images` are those of a task of images.
    ///
    /// # Errors
    /// Bad input: a run of another method, or images that are missing.
    pub fn converted(self, compute: &Compute, images: Option<&ImageData>) -> Result<Self, Error> {
        let states = match (self.setup.task, images) {
            (TaskSetup::Mnist(_), Some(data)) => {
                let images = &data.train.images;
                images.states(0..images.count().min(MAX_STATES))
            }
            (TaskSetup::Mnist(_), None) => return Err(no_images()),
            (TaskSetup::Pendulum(options), _) => {
                let environment = Pendulum::new(options.pole.0, options.pole.1)?;
                self.observations(compute, &environment)
            }
        };
        let network = self.network.converted(compute, &states, CONVERTED_STEPS)?;
        Ok(Self { network, ..self })
    }

    /// Observations of episodes with the network, one a row.
    fn observations(&self, compute: &Compute, environment: &Pendulum) -> AlignedMatrix {
        let compute = &compute.alone();
        let policy = self.setup.config.acting(compute, &self.network, self.setup.seed);
        let seen = Mutex::new(Vec::new());
        let episodes = (MAX_STATES / environment.max_steps()) as u32;
        Episodes { environment, policy }.lengths(0..episodes, &|_, observed| {
            seen.lock().expect("no thread panics with the lock").push(observed.row(0).to_vec());
        });
        let seen = seen.into_inner().expect("no thread panics with the lock");
        AlignedMatrix::from_fn(seen.len(), environment.states(), |row, column| seen[row][column])
    }
}

//! What a report shows of a run: its curves, and what its network does.

mod curves;
mod episode;
mod fields;
mod images;
mod section;
mod spikes;

pub use curves::Curves;
pub(super) use section::{figure, html, provenance};

use std::path::Path;

use crate::Error;
use crate::agent::Network;
use crate::exactness::BLOCKS;
use crate::inference::Inference;
use crate::kernel::compute::Compute;
use crate::run::{Certificate, StoredRun};
use crate::training::{Exactness, Setup, StoredNetwork, TaskSetup, measure_exactness};

use episode::Episode;
use images::Confusion;
use spikes::Raster;

/// Test images on which the gap to the gradient is measured. Each takes about a second.
const GAP_EXAMPLES: usize = 4;

/// A run with what its network does.
#[derive(Debug)]
pub struct Run {
    /// Its folder, as it was given.
    pub name: String,
    curves: Curves,
    setup: Setup,
    network: Network,
    /// `best` or `last`.
    which: &'static str,
    step: u64,
    certificate: Option<Certificate>,
    measured: Measured,
}

/// What the network does on its task.
#[derive(Debug)]
enum Measured {
    Images(Box<ImageResults>),
    Pendulum(Episode),
    /// Why nothing was measured.
    Nothing(String),
}

#[derive(Debug)]
struct ImageResults {
    confusion: Confusion,
    /// Or why it is not measured.
    gap: Result<Exactness, String>,
    /// Of a network with spikes.
    raster: Option<Raster>,
}

impl Run {
    /// Reads the run in `folder` and evaluates its network. Images are read from `data`, or where
    /// the task has them; if they are missing there, the report says so.
    ///
    /// # Errors
    /// Bad input: the folder has no run, or one of its files is damaged.
    pub fn read(compute: &Compute, folder: &Path, data: Option<&Path>) -> Result<Self, Error> {
        let curves = Curves::read(folder)?;
        let certificate = StoredRun::open(folder)?.certificate()?;
        let StoredNetwork { setup, network, which, step } =
            StoredNetwork::open(compute.level, folder, false)?;
        let measured = measure(compute, &setup, &network, data)?;
        let name = folder.display().to_string();
        Ok(Self { name, curves, setup, network, which, step, certificate, measured })
    }

    /// Why parts of the report are missing, if any are.
    pub fn missing(&self) -> Option<&str> {
        match &self.measured {
            Measured::Nothing(why) => Some(why),
            _ => None,
        }
    }
}

fn measure(
    compute: &Compute,
    setup: &Setup,
    network: &Network,
    data: Option<&Path>,
) -> Result<Measured, Error> {
    let policy = setup.config.acting(compute, network, setup.seed);
    let TaskSetup::Mnist(_) = setup.task else {
        let TaskSetup::Pendulum(options) = setup.task else { unreachable!("there are two tasks") };
        return Ok(Measured::Pendulum(Episode::run(policy, options.pole)?));
    };
    let expected = setup.data_sha256.as_deref().filter(|_| data.is_none());
    let images = match setup.task.name().images(data, expected) {
        Ok((Some(images), _)) => images,
        Ok((None, _)) => return Ok(Measured::Nothing("the task has no images".to_owned())),
        // Images that were asked for must be there.
        Err(error) if data.is_some() => return Err(error),
        Err(error) => return Ok(Measured::Nothing(error.to_string())),
    };
    let test = &images.test;
    if test.images.pixels_per_image() != network.states() || images.classes() > network.circuits().actions() {
        let what = format!("images of {} pixels and {} classes", images.pixels(), images.classes());
        return Err(Error::bad_input("data", what, "give images as the network was trained on"));
    }
    let examples = GAP_EXAMPLES.min(test.images.count());
    let gap = measure_exactness(compute, setup, network, test, examples).map_err(|error| error.to_string());
    let raster = match (setup.config.inference, network) {
        (Inference::Spiking(spiking), Network::Rwta(parameters)) => {
            Some(Raster::of(policy, parameters, spiking, test))
        }
        _ => None,
    };
    Ok(Measured::Images(Box::new(ImageResults { confusion: Confusion::of(policy, test), gap, raster })))
}

/// The names of the blocks in words, in the order of [`BLOCKS`].
const BLOCK_NAMES: [&str; BLOCKS.len()] = [
    "hidden–hidden weights",
    "hidden–action weights",
    "state–hidden weights",
    "state–action weights",
    "hidden biases",
    "action biases",
];

//! The JSON formats of a trajectory and of an answer, with the checks of their content.

use crate::Error;
use crate::conformance::case::{
    Case, Convention, Format, MaskDocument, Parameters, Rule, Sample, SampleDocument, Shape, check_schema,
    json, length, vector,
};
use crate::inference::{Inference as Options, Rate, SpikeKernel, Spiking};
use crate::json_object::{self, by_name};
use serde::{Deserialize, Serialize};

/// A trajectory.
pub(crate) const SCHEMA: &str = "svpg-trajectory/1";
/// An answer to it.
pub(crate) const ANSWER_SCHEMA: &str = "svpg-trajectory-answer/1";

/// The options of the inference; numbers in f64 that are exact in f32.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Inference {
    /// [`Rate`].
    Rate {
        /// Standard deviation of the noise.
        sigma: f64,
        /// The iteration stops below this mean change.
        tolerance: f64,
        /// K.
        max_iterations: u32,
    },
    /// [`Spiking`].
    Spiking {
        /// The kernel.
        kernel: SpikeKernel,
        /// T.
        steps: u32,
        /// L.
        window: u32,
    },
}

impl Inference {
    /// The options of the optimised inference.
    pub fn options(self) -> Options {
        match self {
            Self::Rate { sigma, tolerance, max_iterations } => Options::Rate(Rate {
                sigma: sigma as f32,
                tolerance: tolerance as f32,
                max_iterations,
                ..Rate::PUBLISHED
            }),
            Self::Spiking { kernel, steps, window } => Options::Spiking(Spiking { kernel, steps, window }),
        }
    }
}

/// State and draws of one sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleDraws {
    /// S numbers in `[0,1]`.
    pub state: Vec<f64>,
    /// N uniform draws.
    pub start: Vec<f64>,
    /// Draws of the units or circuits of every iteration or time step.
    pub units: Vec<Vec<f64>>,
    /// Draws of the states of every iteration or time step.
    pub states: Vec<Vec<f64>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    #[serde(deserialize_with = "json_object::one")]
    shape: Shape,
    convention: Convention,
    #[serde(deserialize_with = "json_object::one")]
    weights: Parameters,
    #[serde(default)]
    mask: Option<MaskDocument>,
    #[serde(deserialize_with = "json_object::one")]
    inference: Inference,
    #[serde(deserialize_with = "json_object::several")]
    batch: Vec<SampleDraws>,
}

/// A validated trajectory.
#[derive(Clone, Debug)]
pub struct Trajectory {
    document: Document,
    network: Case,
}

impl Trajectory {
    /// Reads a trajectory from the bytes of a JSON document.
    ///
    /// # Errors
    /// Bad input: an error in the text or in the content, with its place.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let name = "a trajectory (svpg-trajectory/1)";
        Self::validated(json(
            bytes,
            &Format { name, help: "svpg schema svpg-trajectory", schema: Some(SCHEMA) },
        )?)
    }

    /// A trajectory from values in memory.
    ///
    /// # Errors
    /// As [`Trajectory::from_bytes`], only for the content.
    pub fn new(
        shape: Shape,
        convention: Convention,
        weights: Parameters,
        mask: Option<MaskDocument>,
        inference: Inference,
        batch: Vec<SampleDraws>,
    ) -> Result<Self, Error> {
        Self::validated(Document {
            schema: SCHEMA.into(),
            shape,
            convention,
            weights,
            mask,
            inference,
            batch,
        })
    }

    fn validated(document: Document) -> Result<Self, Error> {
        check_schema(&document.schema, SCHEMA)?;
        let Document { shape, convention, weights, mask, .. } = document.clone();
        // A case has the same network; its other parts are not used.
        let sample = |draws: &SampleDraws| SampleDocument {
            state: draws.state.clone(),
            q: None,
            sample: Sample { hidden: vec![0; shape.hidden_circuits], action: 0 },
            advantage: 0.0,
        };
        let batch = document.batch.iter().map(sample).collect();
        let network = Case::new(shape, convention, weights, mask, Rule::all()[0], None, batch)?;
        document.inference.options().check().map_err(|error| error.within("inference"))?;
        if let Inference::Rate { sigma, tolerance, .. } = document.inference {
            exact(&[sigma], "inference.sigma")?;
            exact(&[tolerance], "inference.tolerance")?;
        }
        let weights = &document.weights;
        for (name, rows) in [("recurrent", &weights.recurrent), ("state", &weights.state)] {
            exact_rows(rows, &format!("weights.{name}"))?;
        }
        exact(&weights.bias, "weights.bias")?;
        for (b, draws) in document.batch.iter().enumerate() {
            draws
                .check(shape, document.inference)
                .map_err(|error| error.within(format_args!("batch[{b}]")))?;
        }
        Ok(Self { document, network })
    }

    /// The network, as a case.
    pub fn network(&self) -> &Case {
        &self.network
    }

    /// Sizes of the network.
    pub fn shape(&self) -> Shape {
        self.document.shape
    }

    /// Factor of recurrent weights in a net input, 2κ: 2 in the convention full, 1 in half.
    pub fn gain(&self) -> f64 {
        2.0 * f64::from(self.document.convention.kappa())
    }

    /// The options of the inference.
    pub fn inference(&self) -> Inference {
        self.document.inference
    }

    /// The samples.
    pub fn batch(&self) -> &[SampleDraws] {
        &self.document.batch
    }

    /// The trajectory as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.document).expect("a trajectory holds finite numbers and text keys alone")
    }
}

impl SampleDraws {
    fn check(&self, shape: Shape, inference: Inference) -> Result<(), Error> {
        let (count, units) = match inference {
            Inference::Rate { max_iterations, .. } => (max_iterations, (shape.units(), "units")),
            Inference::Spiking { steps, .. } => (steps, (shape.circuits(), "circuits")),
        };
        exact(&self.state, "state")?;
        vector(&self.start, (shape.units(), "units"), "start")?;
        exact(&self.start, "start")?;
        uniform(&self.start, "start")?;
        let states = (shape.states, "states");
        for (name, rows, each) in [("units", &self.units, units), ("states", &self.states, states)] {
            length(rows.len(), (count as usize, "iterations or time steps"), "rows", name)?;
            for (t, row) in rows.iter().enumerate() {
                let place = format!("{name}[{t}]");
                vector(row, each, &place)?;
                exact(row, &place)?;
                if matches!(inference, Inference::Spiking { .. }) {
                    uniform(row, &place)?;
                    if name == "states" {
                        sixteen_bits(row, &place)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Refuses a number that is not an f32.
fn exact(values: &[f64], place: &str) -> Result<(), Error> {
    let is_single = |x: f64| f64::from(x as f32) == x;
    match values.iter().position(|&x| !is_single(x)) {
        None => Ok(()),
        Some(at) => Err(Error::bad_input(
            format_args!("{place}[{at}]"),
            format_args!("{} is not a number of f32", values[at]),
            format_args!(
                "give {}, so that all programs start from the same numbers",
                f64::from(values[at] as f32)
            ),
        )),
    }
}

fn exact_rows(rows: &[Vec<f64>], place: &str) -> Result<(), Error> {
    rows.iter().enumerate().try_for_each(|(i, row)| exact(row, &format!("{place}[{i}]")))
}

fn uniform(values: &[f64], place: &str) -> Result<(), Error> {
    match values.iter().position(|x| !(0.0..1.0).contains(x)) {
        None => Ok(()),
        Some(at) => Err(Error::bad_input(
            format_args!("{place}[{at}]"),
            format_args!("found {}, outside [0,1)", values[at]),
            "give a uniform draw",
        )),
    }
}

/// Refuses a draw that is not the middle of one of 2¹⁶ intervals.
fn sixteen_bits(values: &[f64], place: &str) -> Result<(), Error> {
    match values.iter().position(|x| (x * 131_072.0) % 2.0 != 1.0) {
        None => Ok(()),
        Some(at) => Err(Error::bad_input(
            format_args!("{place}[{at}]"),
            format_args!("found {}", values[at]),
            "give (h + 1/2) / 65536 with a whole number h from 0 to 65535",
        )),
    }
}

/// How a program computed its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// f32 in the specified order of operations: every number agrees to the bit.
    Specified,
    /// f32, sums in any order.
    Single,
    /// f64, sums in any order.
    Double,
}

impl Arithmetic {
    /// All values.
    pub const ALL: [Arithmetic; 3] = [Arithmetic::Specified, Arithmetic::Single, Arithmetic::Double];

    /// `specified`, `f32` or `f64`.
    pub fn name(self) -> &'static str {
        match self {
            Arithmetic::Specified => "specified",
            Arithmetic::Single => "f32",
            Arithmetic::Double => "f64",
        }
    }
}

by_name!(Arithmetic);

/// The trajectory of one sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// Activities, each N.
    pub q: Vec<Vec<f64>>,
    /// Winners of every time step, by circuit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub winners: Vec<Vec<usize>>,
    /// The final activity, N.
    pub end: Vec<f64>,
}

/// An answer to a trajectory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrajectoryAnswer {
    schema: String,
    /// How it was computed.
    pub arithmetic: Arithmetic,
    /// Number of iterations of rate inference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<usize>,
    /// One path for each sample.
    #[serde(deserialize_with = "json_object::several")]
    pub batch: Vec<Path>,
}

impl TrajectoryAnswer {
    /// An answer from values in memory.
    pub fn new(arithmetic: Arithmetic, iterations: Option<usize>, batch: Vec<Path>) -> Self {
        Self { schema: ANSWER_SCHEMA.into(), arithmetic, iterations, batch }
    }

    /// Reads an answer to `trajectory`.
    ///
    /// # Errors
    /// Bad input: an error in the text, or a shape that disagrees with the trajectory.
    pub fn from_bytes(bytes: &[u8], trajectory: &Trajectory) -> Result<Self, Error> {
        let name = "an answer (svpg-trajectory-answer/1)";
        let format = Format { name, help: "svpg schema svpg-trajectory-answer", schema: Some(ANSWER_SCHEMA) };
        let answer: Self = json(bytes, &format)?;
        check_schema(&answer.schema, ANSWER_SCHEMA)?;
        answer.check(trajectory)?;
        Ok(answer)
    }

    /// Checks shapes.
    pub(super) fn check(&self, trajectory: &Trajectory) -> Result<(), Error> {
        let shape = trajectory.shape();
        length(self.batch.len(), (trajectory.batch().len(), "samples"), "rows", "batch")?;
        let (rows, steps) = match trajectory.inference() {
            Inference::Rate { max_iterations, .. } => {
                let range = 1..=max_iterations as usize;
                let count = self.iterations.filter(|count| range.contains(count)).ok_or_else(|| {
                    let remedy = format_args!("give the number of iterations, 1 to {max_iterations}");
                    let found = self.iterations.map_or("it is missing".into(), |n| format!("found {n}"));
                    Error::bad_input("iterations", found, remedy)
                })?;
                ((count + 1, "iterations, and the start"), 0)
            }
            Inference::Spiking { steps, window, .. } => {
                if let Some(found) = self.iterations {
                    let found = format_args!("found {found} for spiking inference");
                    return Err(Error::bad_input("iterations", found, "leave it out"));
                }
                (((steps + 1 - window) as usize, "time steps with a full window"), steps as usize)
            }
        };
        for (b, path) in self.batch.iter().enumerate() {
            let units = (shape.units(), "units");
            length(path.q.len(), rows, "rows", &format!("batch[{b}].q"))?;
            for (t, row) in path.q.iter().enumerate() {
                vector(row, units, &format!("batch[{b}].q[{t}]"))?;
            }
            vector(&path.end, units, &format!("batch[{b}].end"))?;
            length(path.winners.len(), (steps, "time steps"), "rows", &format!("batch[{b}].winners"))?;
            for (t, row) in path.winners.iter().enumerate() {
                let place = format!("batch[{b}].winners[{t}]");
                length(row.len(), (shape.circuits(), "circuits"), "winners", &place)?;
                let outside = (0..shape.circuits()).find(|&c| row[c] >= shape.circuit(c).len());
                if let Some(c) = outside {
                    let remedy = "count the units of a circuit from 0";
                    return Err(Error::bad_input(
                        format_args!("{place}[{c}]"),
                        format_args!("found {} in a circuit of {}", row[c], shape.circuit(c).len()),
                        remedy,
                    ));
                }
            }
        }
        Ok(())
    }

    /// The answer as one line of JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("an answer holds finite numbers and text keys alone")
    }
}

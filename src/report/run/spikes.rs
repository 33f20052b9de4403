//! The spikes of a network while it infers.

use crate::inference::{Draws, Spiking, SpikingInference};
use crate::network::Parameters;
use crate::report::chart::{Chart, Series};
use crate::report::html::Table;
use crate::task::mnist::Labelled;
use crate::task::{EVALUATION, Policy};

/// Circuits of hidden units that are shown.
const HIDDEN: usize = 8;

/// The winners of the first test image.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Raster {
    /// The label of the image.
    label: usize,
    /// Name, and the first unit in the chart, of each shown circuit.
    circuits: Vec<(String, usize)>,
    /// Winners, a list for each circuit: number within the circuit, one for each time step.
    winners: Vec<Vec<usize>>,
    steps: usize,
}

impl Raster {
    /// Of the first of the images, as in an evaluation of it alone.
    pub(super) fn of(
        policy: Policy<'_>,
        parameters: &Parameters,
        spiking: Spiking,
        images: &Labelled,
    ) -> Self {
        let Policy { compute, seed, .. } = policy;
        let circuits = &parameters.circuits;
        let states = images.images.states(0..1);
        let mut inference = SpikingInference::new(parameters, 1, spiking);
        let winners = inference.winners(compute, parameters, &states, Draws { seed, step: EVALUATION });
        let shown: Vec<usize> =
            (0..circuits.hidden().min(HIDDEN)).chain(circuits.hidden()..circuits.count()).collect();
        let mut next = 0;
        let mut named = Vec::new();
        let mut of_circuits = Vec::new();
        for c in shown {
            let name = match c.checked_sub(circuits.hidden()) {
                None => format!("hidden circuit {c}"),
                Some(_) if circuits.votes() == 1 => "action circuit".to_owned(),
                Some(vote) => format!("action circuit {vote}"),
            };
            named.push((name, next));
            next += circuits.sizes()[c];
            let first = circuits.members(c).start;
            let steps = winners.chunks_exact(circuits.count());
            of_circuits.push(steps.map(|winners| winners[c] - first).collect());
        }
        let steps = winners.len() / circuits.count();
        Self { label: usize::from(images.labels[0]), circuits: named, winners: of_circuits, steps }
    }

    /// One row for each unit, one dot for each spike.
    pub(super) fn chart(&self) -> Chart {
        let series = self.circuits.iter().zip(&self.winners).map(|((name, first), winners)| Series {
            name: name.clone(),
            points: winners.iter().enumerate().map(|(t, unit)| (t as f64, (first + unit) as f64)).collect(),
            band: Vec::new(),
            is_scattered: true,
        });
        Chart {
            title: format!(
                "spikes of {} circuits in {} time steps, for a test image of class {}",
                self.circuits.len(),
                self.steps,
                self.label
            ),
            x: "time step".to_owned(),
            y: "unit".to_owned(),
            y_range: None,
            series: series.collect(),
        }
    }

    /// How often each unit of each circuit wins.
    pub(super) fn data(&self) -> Table {
        let mut table = Table::new(
            "Spikes of each circuit",
            ["circuit", "time steps", "unit with most spikes", "its share"],
        );
        for ((name, _), winners) in self.circuits.iter().zip(&self.winners) {
            let most = winners.iter().copied().max().unwrap_or(0);
            let mut counts = vec![0_u32; most + 1];
            winners.iter().for_each(|&unit| counts[unit] += 1);
            let best =
                (0..counts.len()).fold(0, |best, at| if counts[at] > counts[best] { at } else { best });
            let share = 100.0 * f64::from(counts[best]) / winners.len().max(1) as f64;
            table.row([name.clone(), winners.len().to_string(), best.to_string(), format!("{share:.1} %")]);
        }
        table
    }
}

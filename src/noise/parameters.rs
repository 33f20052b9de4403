//! Noise on weights and bias, and removed connections.

use super::perturbable::{Group, Perturbable, Run, Side};
use super::protocol::{Bias, Protocol, Recurrent, Removal};
use super::{Draws, Purpose};
use crate::kernel::mul_add::mul_add;
use crate::kernel::normal::twin::normal;
use crate::kernel::philox::Place;
use crate::kernel::uniform::twin::uniform;
use crate::network::Family;

/// The distribution of a draw of strength 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Distribution {
    /// Standard normal.
    Normal,
    /// Uniform on `[−1,1)`.
    Uniform,
    /// Uniform on `[0,1)`.
    Positive,
}

impl Distribution {
    fn draw(self, place: &Place, unit: usize) -> f32 {
        match self {
            Distribution::Normal => normal(place, unit),
            Distribution::Uniform => 2.0 * uniform(place, unit) - 1.0,
            Distribution::Positive => uniform(place, unit),
        }
    }

    /// The distribution on the bias.
    fn on_bias(self, bias: Bias) -> Self {
        match (self, bias) {
            (Distribution::Uniform, Bias::Positive) => Distribution::Positive,
            _ => self,
        }
    }
}

/// Draws, their level and the switches of their protocol.
#[derive(Clone, Copy, Debug)]
pub struct ParameterNoise {
    pub(super) draws: Draws,
    pub(super) level: f64,
    pub(super) protocol: Protocol,
}

impl ParameterNoise {
    /// Adds noise of strength `level` times the mean absolute value of each group.
    pub(super) fn add_relative(self, distribution: Distribution, network: &mut dyn Perturbable) {
        let means = mean_absolute(network);
        self.add_of_strength(distribution, means.map(|mean| (self.level * mean) as f32), network);
    }

    /// Adds noise of strength `level` to every existing weight and to the bias.
    pub(super) fn add(self, distribution: Distribution, network: &mut dyn Perturbable) {
        self.add_of_strength(distribution, [self.level as f32; Group::COUNT], network);
    }

    fn add_of_strength(
        self,
        distribution: Distribution,
        strengths: [f32; Group::COUNT],
        network: &mut dyn Perturbable,
    ) {
        let Self { draws, protocol: Protocol { recurrent, bias, .. }, .. } = self;
        network.visit(&mut |Run { group, side, row, first, values }| {
            if recurrent == Recurrent::RowOrder && side != Side::Alone {
                return;
            }
            let strength = strengths[group.index()];
            let (distribution, purpose) = match group {
                Group::Weights(_) => (distribution, Purpose::Weights),
                Group::HiddenBias | Group::ActionBias => (distribution.on_bias(bias), Purpose::Bias),
            };
            let place = draws.place(purpose, row);
            for (unit, value) in (first..).zip(values) {
                *value = mul_add(strength, distribution.draw(&place, unit), *value);
            }
        });
        if recurrent == Recurrent::RowOrder
            && let Some(weights) = network.row_order()
        {
            // Absolute noise has one strength everywhere; the relative one of a block without
            // weights is 0.
            let of_none = if strengths.iter().all(|&one| one == strengths[0]) { strengths[0] } else { 0.0 };
            weights.add(&mut |group, row, unit| {
                let strength = group.map_or(of_none, |group| strengths[group.index()]);
                (strength, distribution.draw(&draws.place(Purpose::Weights, row), unit))
            });
        }
    }

    /// Sets connections of the family, or of every family, to zero. The level is their share.
    pub(super) fn remove(self, family: Option<Family>, network: &mut dyn Perturbable) {
        let Self { draws, level, protocol } = self;
        let draw = |row, unit| uniform(&draws.place(Purpose::Removal, row), unit);
        let cutoffs = match protocol.removal {
            Removal::Independent => [Cutoff::Below(level as f32); Group::COUNT],
            Removal::Exact => smallest(level, network, &draw),
        };
        network.visit(&mut |Run { group, row, first, values, .. }| {
            let Group::Weights(of) = group else { return };
            if family.is_none_or(|family| family == of) {
                for (unit, value) in (first..).zip(values) {
                    if cutoffs[group.index()].includes(draw(row, unit), row, unit) {
                        *value = 0.0;
                    }
                }
            }
        });
    }
}

/// Which connections of a family are removed.
#[derive(Clone, Copy, Debug)]
enum Cutoff {
    /// Those with a smaller draw.
    Below(f32),
    /// Those whose draw, row and unit come before these in order.
    Before(f32, usize, usize),
}

impl Cutoff {
    fn includes(self, draw: f32, row: usize, unit: usize) -> bool {
        match self {
            Cutoff::Below(probability) => draw < probability,
            Cutoff::Before(first, of, at) => (draw, row, unit) < (first, of, at),
        }
    }
}

/// For each group, the cutoff below which are exactly `⌊N·share⌋` of its `N` connections. A pair of
/// units is one connection. Equal draws are in the order of their positions.
fn smallest(
    share: f64,
    network: &mut dyn Perturbable,
    draw: &dyn Fn(usize, usize) -> f32,
) -> [Cutoff; Group::COUNT] {
    let mut all: [Vec<(f32, usize, usize)>; Group::COUNT] = Default::default();
    network.visit(&mut |Run { group, side, row, first, values }| {
        if side != Side::Upper && matches!(group, Group::Weights(_)) {
            let units = first..first + values.len();
            all[group.index()].extend(units.map(|unit| (draw(row, unit), row, unit)));
        }
    });
    all.map(|mut draws| {
        let count = (draws.len() as f64 * share).floor() as usize;
        if count == draws.len() {
            return Cutoff::Below(1.0);
        }
        let order = |a: &(f32, usize, usize), b: &(f32, usize, usize)| {
            a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2)))
        };
        let (_, &mut (draw, row, unit), _) = draws.select_nth_unstable_by(count, order);
        Cutoff::Before(draw, row, unit)
    })
}

/// The mean absolute value of the existing parameters of each group; 0 if there are none.
fn mean_absolute(network: &mut dyn Perturbable) -> [f64; Group::COUNT] {
    let mut sums = [(0.0, 0usize); Group::COUNT];
    network.visit(&mut |Run { group, side, values, .. }| {
        if side != Side::Upper {
            let (sum, count) = &mut sums[group.index()];
            *sum = values.iter().fold(*sum, |sum, value| sum + f64::from(value.abs()));
            *count += values.len();
        }
    });
    sums.map(|(sum, count)| sum / count.max(1) as f64)
}

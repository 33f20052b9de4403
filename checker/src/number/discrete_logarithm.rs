//! Discrete logarithms of a small order, modulo one prime, by baby steps and giant steps.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::modular::Field;
use super::random::Random;

/// The order of the discrete logarithms, a prime.
pub(super) const ORDER: u64 = 131_101;

/// Number of baby steps: the size of the table.
const BABY_STEPS: u64 = 32_768;

/// A table of discrete logarithms that is built at its first use.
#[derive(Debug)]
pub(super) struct Lazy {
    random: Random,
    table: OnceLock<DiscreteLogarithm>,
}

impl Lazy {
    pub(super) fn new(random: Random) -> Self {
        Self { random, table: OnceLock::new() }
    }

    pub(super) fn get(&self) -> &DiscreteLogarithm {
        self.table.get_or_init(|| DiscreteLogarithm::new(&mut self.random.clone()))
    }
}

/// Discrete logarithms, to the order [`ORDER`], modulo one prime.
#[derive(Debug)]
pub(super) struct DiscreteLogarithm {
    pub(super) field: Field,
    /// Exponents, by power of the generator, for the first powers.
    steps: FxHashMap<u64, u16>,
    /// The inverse of the generator to the power [`BABY_STEPS`].
    giant: u64,
    /// Residues with known logarithms. An unknown is a product of two of them.
    pool: Vec<(u64, u64)>,
    /// Residues with logarithm zero.
    flat: Vec<(u64, u64)>,
}

/// Number of residues in each pool.
const POOL: u64 = 128;

impl DiscreteLogarithm {
    fn new(random: &mut Random) -> Self {
        let field = Field::with_subgroup(random, ORDER);
        let cofactor = (field.prime() - 1) / ORDER;
        let generator = loop {
            let candidate = field.power(field.draw(random), cofactor);
            if candidate != 0 && candidate != field.one() {
                break candidate;
            }
        };
        let mut steps = FxHashMap::default();
        let mut power = field.one();
        for step in 0..BABY_STEPS {
            steps.insert(power, step as u16);
            power = field.mul(power, generator);
        }
        let giant = field.inverse(power).unwrap_or_default();
        let mut table = Self { field, steps, giant, pool: Vec::new(), flat: Vec::new() };
        for _ in 0..POOL {
            let value = field.draw(random).max(1);
            table.pool.push((value, table.of([value]).map_or(0, |[logarithm]| logarithm)));
            table.flat.push((field.power(field.draw(random).max(1), ORDER), 0));
        }
        table
    }

    /// Draws a residue with its logarithm. These lanes only suggest relations, which other lanes
    /// confirm.
    ///
    /// `flat`: its logarithm is zero.
    pub(super) fn draw(&self, random: &mut Random, flat: bool) -> (u64, u64) {
        let pool = if flat { &self.flat } else { &self.pool };
        let (a, b) = (pool[random.below(POOL) as usize], pool[random.below(POOL) as usize]);
        (self.field.mul(a.0, b.0), (a.1 + b.1) % ORDER)
    }

    /// The logarithms of several values, computed side by side; `None` if one is zero.
    pub(super) fn of<const N: usize>(&self, values: [u64; N]) -> Option<[u64; N]> {
        if values.contains(&0) {
            return None;
        }
        let mut powers = self.field.powers(values, (self.field.prime() - 1) / ORDER);
        let mut found = [None; N];
        for giant in 0..=ORDER / BABY_STEPS {
            for (power, found) in powers.iter_mut().zip(&mut found) {
                if found.is_none() {
                    *found = self.steps.get(power).map(|&step| giant * BABY_STEPS + u64::from(step));
                    *power = self.field.mul(*power, self.giant);
                }
            }
        }
        let mut logarithms = [0; N];
        for (logarithm, found) in logarithms.iter_mut().zip(found) {
            *logarithm = found?;
        }
        Some(logarithms)
    }
}

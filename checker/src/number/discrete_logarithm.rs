//! Discrete logarithms of a small order, modulo one prime: baby steps from a table, then giant steps.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::modular::Field;
use super::random::Random;

/// The order of the discrete logarithms, a prime.
pub(super) const ORDER: u64 = 131_101;

/// Steps of a discrete logarithm that are looked up.
const BABY_STEPS: u64 = 32_768;

/// A table of discrete logarithms that is made when it is needed.
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
    /// The exponents of the first powers of the generator.
    steps: FxHashMap<u64, u16>,
    /// The inverse of the generator to the power [`BABY_STEPS`].
    giant: u64,
    /// Residues whose logarithms are known: products of two of them make unknowns.
    pool: Vec<(u64, u64)>,
    /// The same with logarithms that are zero.
    flat: Vec<(u64, u64)>,
}

/// Residues in the pool.
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

    /// A residue and its logarithm. These lanes only suggest relations, which others confirm.
    ///
    /// `flat`: its logarithm is zero.
    pub(super) fn draw(&self, random: &mut Random, flat: bool) -> (u64, u64) {
        let pool = if flat { &self.flat } else { &self.pool };
        let (a, b) = (pool[random.below(POOL) as usize], pool[random.below(POOL) as usize]);
        (self.field.mul(a.0, b.0), (a.1 + b.1) % ORDER)
    }

    /// The logarithms of several values, side by side; `None` where one is zero.
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

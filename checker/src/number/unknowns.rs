//! Exponentials and logarithms in the exact tier: an unknown for each one that is independent of
//! the others.
//!
//! *Exponentials.* Exponentials of functions that are linearly independent over the rationals, up
//! to a constant, are algebraically independent (Ax 1971, doi 10.2307/1970774), so each may be an
//! unknown of its own. The exponential of a rational combination is the product of powers. Which
//! functions are independent shows in their values at more random points than there are functions:
//! a combination that is zero at all of them is taken for zero. Its coefficients are read off
//! modulo one prime and must be small fractions; then the combination must be zero at points of
//! which its coefficients were not made, modulo other primes.
//!
//! *Logarithms.* A logarithm turns products into sums, and nothing else. Which functions are
//! products of powers of others shows in discrete logarithms of their values, to a small order,
//! modulo several primes; a relation is then confirmed by the values themselves. The logarithm of
//! an unknown that stands for `exp(L)` is `L`, and the exponential of the logarithm of `f` is `f`.

use std::rc::Rc;
use std::sync::OnceLock;

use dashu_ratio::RBig;
use rustc_hash::FxHashMap;

use super::Number;
use super::lanes::{Bound, Lanes, MAIN, inverses};
use super::modular::Field;
use super::random::Random;

/// Points at which a relation of exponents is confirmed, modulo a prime of their own.
const CHECKS: usize = 3;

/// The order of the discrete logarithms, a prime.
const ORDER: u64 = 131_101;

/// Numerators and denominators of the powers of a product are at most this.
const MAX_POWER: u64 = 250;

/// Numerators and denominators of the coefficients of an exponent are at most this.
const MAX_COEFFICIENT: u64 = 1 << 24;

/// Exponents of powers are at most this.
const MAX_EXPONENT: i128 = 1 << 40;

/// Steps of a discrete logarithm that are looked up.
const BABY_STEPS: u64 = 32_768;

/// Most lanes for the dependencies of exponents, and of logarithms.
pub(crate) const MAX_LINEAR: usize = 768;
pub(crate) const MAX_LOGARITHMS: usize = 96;

/// Lanes for logarithms that share a prime: of a constant, each prime tells one logarithm.
const POINTS: usize = 4;

/// The random primes of a document.
#[derive(Debug)]
pub(crate) struct Primes {
    main: [Field; MAIN],
    check: Field,
    linear: Field,
    logarithms: Vec<Lazy>,
    order: Field,
}

/// A table of discrete logarithms that is made when it is needed.
#[derive(Debug)]
struct Lazy {
    random: Random,
    table: OnceLock<DiscreteLogarithm>,
}

impl Lazy {
    fn get(&self) -> &DiscreteLogarithm {
        self.table.get_or_init(|| DiscreteLogarithm::new(&mut self.random.clone()))
    }
}

/// Discrete logarithms, to the order [`ORDER`], modulo one prime.
#[derive(Debug)]
struct DiscreteLogarithm {
    field: Field,
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
    fn draw(&self, random: &mut Random, flat: bool) -> (u64, u64) {
        let pool = if flat { &self.flat } else { &self.pool };
        let (a, b) = (pool[random.below(POOL) as usize], pool[random.below(POOL) as usize]);
        (self.field.mul(a.0, b.0), (a.1 + b.1) % ORDER)
    }

    /// The logarithms of several values, side by side; `None` where one is zero.
    fn of<const N: usize>(&self, values: [u64; N]) -> Option<[u64; N]> {
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

impl Primes {
    /// `logarithms`: whether the document takes any.
    pub(crate) fn new(mut random: Random, logarithms: bool) -> Self {
        let count = if logarithms { MAX_LOGARITHMS / POINTS } else { 0 };
        Self {
            main: std::array::from_fn(|_| Field::random(&mut random)),
            check: Field::random(&mut random),
            linear: Field::random(&mut random),
            logarithms: (0..count)
                .map(|at| Lazy { random: Random::new(&[random.word(), at as u64]), table: OnceLock::new() })
                .collect(),
            order: Field::new(ORDER),
        }
    }
}

/// How many lanes of each kind there are, and what earlier attempts at the same point learned.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    linear: usize,
    logarithms: usize,
    /// By exponential, in order of appearance: the unknown is this root of it.
    roots: Vec<u64>,
    /// All entries are squares, so that their products have roots.
    pub(crate) squares: bool,
    /// Counts the points that a lane has given up.
    pub(crate) salts: Vec<u64>,
    /// Independent exponentials and logarithms that were met.
    pub(crate) met: Met,
}

/// Numbers of independent exponentials and logarithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Met {
    pub(crate) exponentials: usize,
    pub(crate) logarithms: usize,
}

impl Learned {
    /// With lanes for so many unknowns, for expressions with or without logarithms.
    pub(crate) fn new(expected: Met, logarithms: bool) -> Self {
        let lanes = |count: usize, most: usize| (count + 4).next_multiple_of(POINTS).clamp(12, most);
        Self {
            linear: lanes(expected.exponentials, MAX_LINEAR),
            logarithms: if logarithms { lanes(expected.logarithms, MAX_LOGARITHMS) } else { 0 },
            roots: Vec::new(),
            squares: false,
            salts: Vec::new(),
            met: Met::default(),
        }
    }

    /// What holds of other points too.
    pub(crate) fn elsewhere(mut self) -> Self {
        self.salts.clear();
        self
    }

    /// The moduli of all lanes.
    pub(crate) fn fields(&self, primes: &Primes) -> Rc<[Field]> {
        let logarithms = primes.logarithms[..self.logarithms / POINTS]
            .iter()
            .flat_map(|logarithm| std::iter::repeat_n(logarithm.get().field, POINTS));
        primes
            .main
            .into_iter()
            .chain([primes.check; CHECKS])
            .chain(std::iter::repeat_n(primes.linear, self.linear))
            .chain(logarithms)
            .collect()
    }
}

/// Why an exponential or a logarithm has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Begin the point again: something was learned.
    Again,
    /// The logarithm of zero.
    Zero,
    /// Coefficients, powers or numbers of unknowns beyond the limits.
    TooLarge,
}

/// A vector of lanes that is one in the lane `pivot`, where all other rows are zero.
#[derive(Clone, Debug)]
struct Row {
    pivot: usize,
    values: Vec<u64>,
    /// Of the vectors as they came.
    combination: Vec<u64>,
}

/// The rows of a Gauss-Jordan elimination that grows.
#[derive(Clone, Debug, Default)]
struct AlignedMatrix(Vec<Row>);

/// So many products of two residues fit into 128 bits.
const UNREDUCED: usize = 32;

impl AlignedMatrix {
    /// What is left of a vector, and the combination of earlier ones that was taken from it.
    fn reduce(&self, field: &Field, vector: &[u64], count: usize) -> (Vec<u64>, Vec<u64>) {
        let mut rest = vector.to_vec();
        let mut taken = vec![0; count];
        // No row moves the pivot of another one, so that all factors are known at once and sums are
        // reduced once for many.
        let used: Vec<(&Row, u64)> =
            self.0.iter().map(|row| (row, vector[row.pivot])).filter(|&(_, factor)| factor != 0).collect();
        for used in used.chunks(UNREDUCED) {
            for (lane, rest) in rest.iter_mut().enumerate() {
                let sum =
                    used.iter().map(|&(row, factor)| u128::from(factor) * u128::from(row.values[lane])).sum();
                *rest = field.sub(*rest, field.reduce_sum(sum));
            }
            for (at, taken) in taken.iter_mut().enumerate() {
                let shares =
                    used.iter().filter_map(|&(row, factor)| Some((row.combination.get(at)?, factor)));
                let sum = shares.map(|(&share, factor)| u128::from(factor) * u128::from(share)).sum();
                *taken = field.add(*taken, field.reduce_sum(sum));
            }
        }
        (rest, taken)
    }

    /// Takes the vector number `count`, reduced, as a row. `false` where nothing is left of it.
    fn push(&mut self, field: &Field, (rest, taken): (Vec<u64>, Vec<u64>)) -> bool {
        let Some(pivot) = rest.iter().position(|&value| value != 0) else { return false };
        let Some(inverse) = field.inverse(rest[pivot]) else { return false };
        let values: Vec<u64> = rest.iter().map(|value| field.mul(*value, inverse)).collect();
        let mut combination: Vec<u64> =
            taken.iter().map(|share| field.neg(field.mul(*share, inverse))).collect();
        combination.push(inverse);
        for row in &mut self.0 {
            let factor = row.values[pivot];
            if factor == 0 {
                continue;
            }
            for (entry, value) in row.values.iter_mut().zip(&values) {
                *entry = field.sub(*entry, field.mul(factor, *value));
            }
            row.combination.resize(combination.len(), 0);
            for (entry, share) in row.combination.iter_mut().zip(&combination) {
                *entry = field.sub(*entry, field.mul(factor, *share));
            }
        }
        self.0.push(Row { pivot, values, combination });
        true
    }
}

/// An exponential that is independent of those before it.
#[derive(Debug)]
struct Exponential {
    argument: Lanes,
    /// The unknown: `exp` of the argument is this to the power `order`.
    root: Lanes,
    order: u64,
}

/// A logarithm that is independent of those before it.
#[derive(Debug)]
struct Logarithm {
    of: Lanes,
    value: Lanes,
}

/// A product of powers of the unknowns.
pub(crate) type Product = Vec<(usize, i64)>;

/// All exponentials and logarithms met at a point.
#[derive(Debug)]
pub(crate) struct Unknowns<'a> {
    primes: &'a Primes,
    pub(crate) learned: Learned,
    fields: Rc<[Field]>,
    random: Random,
    /// Numbers that were drawn.
    drawn: usize,
    exponentials: Vec<Exponential>,
    exponent_rows: AlignedMatrix,
    logarithms: Vec<Logarithm>,
    logarithm_rows: AlignedMatrix,
    /// Logarithms of functions that differ from a product of others by a root of unity.
    loose: Vec<Logarithm>,
    /// The discrete logarithms of what was drawn.
    known_discrete: FxHashMap<[u64; 3], Vec<u64>>,
    /// What exponentials and logarithms of these values came to.
    known_products: FxHashMap<[u64; 3], Product>,
    known_logarithms: FxHashMap<[u64; 3], Lanes>,
    /// Roots that were taken of functions, each of which costs some certainty.
    taken_roots: f64,
}

/// A state of the exponentials to return to.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    exponentials: usize,
    logarithms: usize,
    exponent_rows: AlignedMatrix,
    logarithm_rows: AlignedMatrix,
}

impl<'a> Unknowns<'a> {
    pub(crate) fn new(primes: &'a Primes, mut learned: Learned, random: Random) -> Self {
        let fields = learned.fields(primes);
        learned.salts.resize(fields.len(), 0);
        Self {
            primes,
            learned,
            fields,
            random,
            drawn: 0,
            exponentials: Vec::new(),
            exponent_rows: AlignedMatrix::default(),
            logarithms: Vec::new(),
            logarithm_rows: AlignedMatrix::default(),
            loose: Vec::new(),
            known_discrete: FxHashMap::default(),
            known_products: FxHashMap::default(),
            known_logarithms: FxHashMap::default(),
            taken_roots: 0.0,
        }
    }

    /// What the point has learned about its unknowns.
    pub(crate) fn learned(&self) -> Learned {
        let met = Met { exponentials: self.exponent_rows.0.len(), logarithms: self.logarithm_rows.0.len() };
        Learned { met, ..self.learned.clone() }
    }

    pub(crate) fn fields(&self) -> &Rc<[Field]> {
        &self.fields
    }

    /// What the roots that were taken add to the logarithm of the probability of an error in a
    /// lane: the degree of the norm, the share of the points that have a root, and that positive
    /// sides may differ in their signs. Zero where none was taken.
    pub(crate) fn slack(&self) -> f64 {
        2.0 * self.taken_roots + if self.learned.squares { 2.0 } else { 0.0 }
    }

    pub(crate) fn count(&self) -> usize {
        self.exponentials.len()
    }

    /// A number drawn in every lane.
    pub(crate) fn draw(&mut self) -> Lanes {
        let Self { random, learned, fields, primes, drawn, .. } = self;
        let number = *drawn;
        *drawn += 1;
        let square =
            |field: &Field, value: u64| if learned.squares { field.mul(value, value) } else { value };
        let first = MAIN + CHECKS + learned.linear;
        let mut values = Vec::with_capacity(fields.len());
        let mut discrete = Vec::with_capacity(learned.logarithms);
        for (lane, field) in fields.iter().enumerate() {
            // A lane that has given up a point draws another one.
            let mut random = Random::new(&[random.word(), learned.salts[lane]]);
            let value = match lane.checked_sub(first) {
                None => field.draw(&mut random),
                Some(lane) => {
                    // The first numbers have a lane each, and the logarithm zero in all other
                    // lanes: their rows need no elimination.
                    let flat = number < learned.logarithms && number != lane;
                    let (value, logarithm) = primes.logarithms[lane / POINTS].get().draw(&mut random, flat);
                    let logarithm = if learned.squares { 2 * logarithm } else { logarithm };
                    discrete.push(primes.order.integer(logarithm as i64));
                    value
                }
            };
            values.push(square(field, value));
        }
        let drawn = Lanes::new(values.into(), Bound::UNKNOWN);
        if !discrete.is_empty() {
            self.known_discrete.insert(identity(&drawn), discrete);
        }
        drawn
    }

    fn linear<'b>(&self, lanes: &'b Lanes) -> &'b [u64] {
        &lanes.values[MAIN + CHECKS..][..self.learned.linear]
    }

    // ---- exponentials ----

    /// The product of powers of unknowns that `exp` of the argument is; an independent one becomes
    /// an unknown.
    pub(crate) fn exp(&mut self, argument: &Lanes) -> Result<Product, Missing> {
        let key = identity(argument);
        if let Some(known) = self.known_products.get(&key) {
            return Ok(known.clone());
        }
        let product = match self.relation(argument)? {
            Ok(product) => product,
            Err(reduced) => {
                let root = self.draw();
                let index = self.exponentials.len();
                let order = self.order(index);
                self.push(argument, reduced, root, order)?;
                vec![(index, order as i64)]
            }
        };
        self.known_products.insert(key, product.clone());
        Ok(product)
    }

    /// Makes `value`, drawn by [`Unknowns::draw`], the root of the exponential of an argument,
    /// unless the argument depends on earlier ones: then returns its product.
    pub(crate) fn exp_as(&mut self, argument: &Lanes, root: &Lanes) -> Result<Option<Product>, Missing> {
        match self.relation(argument)? {
            Ok(product) => Ok(Some(product)),
            Err(reduced) => {
                let order = self.order(self.exponentials.len());
                self.push(argument, reduced, root.clone(), order)?;
                Ok(None)
            }
        }
    }

    /// The order of the root by which an exponential is known.
    pub(crate) fn order(&self, index: usize) -> u64 {
        self.learned.roots.get(index).copied().unwrap_or(1)
    }

    fn push(
        &mut self,
        argument: &Lanes,
        reduced: (Vec<u64>, Vec<u64>),
        root: Lanes,
        order: u64,
    ) -> Result<(), Missing> {
        if self.exponent_rows.0.len() + 2 >= self.learned.linear {
            return Err(self.more_linear());
        }
        let field = self.primes.linear;
        if !self.exponent_rows.push(&field, reduced) {
            return Err(Missing::TooLarge);
        }
        self.exponentials.push(Exponential { argument: argument.clone(), root, order });
        if self.learned.logarithms > 0 {
            self.know_logarithm(self.exponentials.len() - 1)?;
        }
        Ok(())
    }

    fn more_linear(&mut self) -> Missing {
        if self.learned.linear >= MAX_LINEAR { Missing::TooLarge } else { self.more_lanes() }
    }

    /// Begins again with more lanes of both kinds: most of what needs one kind needs the other.
    fn more_lanes(&mut self) -> Missing {
        let Learned { linear, logarithms, salts, .. } = &mut self.learned;
        *linear = (*linear * 2).min(MAX_LINEAR);
        *logarithms = (*logarithms * 3).min(MAX_LOGARITHMS);
        salts.clear();
        Missing::Again
    }

    /// The product that the exponential is, or the argument reduced by those before it.
    #[expect(clippy::type_complexity, reason = "the reduced argument goes straight to `AlignedMatrix::push`")]
    fn relation(&mut self, argument: &Lanes) -> Result<Result<Product, (Vec<u64>, Vec<u64>)>, Missing> {
        let field = self.primes.linear;
        let reduced = self.exponent_rows.reduce(&field, self.linear(argument), self.exponentials.len());
        if reduced.0.iter().any(|&value| value != 0) {
            return Ok(Err(reduced));
        }
        let mut shares: Vec<(usize, i64, u64)> = Vec::new();
        for (at, &share) in reduced.1.iter().enumerate().filter(|&(_, &share)| share != 0) {
            let Some((top, bottom)) = field.fraction(share, MAX_COEFFICIENT) else {
                return Err(self.more_linear());
            };
            shares.push((at, top, bottom));
        }
        if !self.confirmed(argument, &shares) {
            return Err(self.more_linear());
        }
        let mut product = Vec::with_capacity(shares.len());
        let mut learned = false;
        for (at, top, bottom) in shares {
            let order = self.exponentials[at].order;
            let power = i128::from(top) * i128::from(order);
            if power.abs() > MAX_EXPONENT {
                return Err(Missing::TooLarge);
            }
            if power % i128::from(bottom) == 0 {
                product.push((at, (power / i128::from(bottom)) as i64));
                continue;
            }
            let times = bottom / gcd(bottom, order);
            let wanted =
                order.checked_mul(times).filter(|&wanted| wanted <= 1 << 24).ok_or(Missing::TooLarge)?;
            if self.learned.roots.len() <= at {
                self.learned.roots.resize(at + 1, 1);
            }
            self.learned.roots[at] = wanted;
            learned = true;
        }
        if learned {
            return Err(Missing::Again);
        }
        Ok(Ok(product))
    }

    /// The combination equals the argument in lanes of which its coefficients were not made.
    fn confirmed(&self, argument: &Lanes, shares: &[(usize, i64, u64)]) -> bool {
        (0..MAIN + CHECKS).all(|lane| {
            let field = &self.fields[lane];
            let sum = shares.iter().try_fold(0, |sum, &(at, top, bottom)| {
                let share = match bottom {
                    1 => field.integer(top),
                    _ => field.mul(field.integer(top), field.inverse(field.integer(bottom as i64))?),
                };
                Some(field.add(sum, field.mul(share, self.exponentials[at].argument.values[lane])))
            });
            sum == Some(argument.values[lane])
        })
    }

    /// The value of a product.
    pub(crate) fn product(&self, product: &Product) -> Lanes {
        self.lanes_of(product, self.fields.len())
    }

    /// The value of a product in the main lanes alone.
    pub(crate) fn main_product(&self, product: &Product) -> Lanes {
        self.lanes_of(product, MAIN)
    }

    fn lanes_of(&self, product: &Product, lanes: usize) -> Lanes {
        let fields = &self.fields[..lanes];
        let mut values: Vec<u64> = fields.iter().map(Field::one).collect();
        let mut divisors = product.iter().any(|&(_, power)| power < 0).then(|| values.clone());
        let mut bound = Bound::default();
        for &(at, power) in product {
            let root = &self.exponentials[at].root;
            let target = if power < 0 { divisors.as_mut().unwrap_or(&mut values) } else { &mut values };
            for ((value, root), field) in target.iter_mut().zip(root.values.iter()).zip(fields) {
                *value = field.mul(*value, field.power(*root, power.unsigned_abs()));
            }
            bound = bound.product(root.bound.power(power));
        }
        if let Some(divisors) = divisors {
            for ((value, inverse), field) in values.iter_mut().zip(inverses(fields, &divisors)).zip(fields) {
                *value = field.mul(*value, inverse);
            }
        }
        Lanes::new(values.into(), bound)
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            exponentials: self.exponentials.len(),
            logarithms: self.logarithms.len(),
            exponent_rows: self.exponent_rows.clone(),
            logarithm_rows: self.logarithm_rows.clone(),
        }
    }

    /// Forgets what came after the mark.
    pub(crate) fn reset(&mut self, mark: &Mark) {
        self.known_products.clear();
        self.known_logarithms.clear();
        self.exponentials.truncate(mark.exponentials);
        self.exponent_rows.clone_from(&mark.exponent_rows);
        self.logarithms.truncate(mark.logarithms);
        self.logarithm_rows.clone_from(&mark.logarithm_rows);
    }

    // ---- logarithms ----

    /// The discrete logarithms of a value; `None` where it is zero in a lane.
    fn discrete(&self, of: &Lanes) -> Option<Vec<u64>> {
        if let Some(known) = self.known_discrete.get(&identity(of)) {
            return Some(known.clone());
        }
        let first = MAIN + CHECKS + self.learned.linear;
        let mut discrete = Vec::with_capacity(self.learned.logarithms);
        for (values, table) in of.values[first..].as_chunks::<POINTS>().0.iter().zip(&self.primes.logarithms)
        {
            let logarithms = table.get().of(*values)?;
            discrete.extend(logarithms.map(|logarithm| self.primes.order.integer(logarithm as i64)));
        }
        Some(discrete)
    }

    /// The logarithm of the unknown of an exponential is its argument, divided by the order of the
    /// root.
    fn know_logarithm(&mut self, index: usize) -> Result<(), Missing> {
        let Exponential { argument, root, order } = &self.exponentials[index];
        let (of, order) = (root.clone(), *order);
        let share = RBig::from_parts(1.into(), order.into());
        let share = Lanes::rational(&share);
        let value = argument.mul(&share);
        let Some(discrete) = self.discrete(&of) else { return Err(Missing::TooLarge) };
        let reduced = self.logarithm_rows.reduce(&self.primes.order, &discrete, self.logarithms.len());
        if self.logarithm_rows.push(&self.primes.order, reduced) {
            self.logarithms.push(Logarithm { of, value });
            Ok(())
        } else {
            Err(self.more_logarithms())
        }
    }

    fn more_logarithms(&mut self) -> Missing {
        if self.learned.logarithms >= MAX_LOGARITHMS { Missing::TooLarge } else { self.more_lanes() }
    }

    /// The logarithm of a value that is not zero.
    pub(crate) fn ln(&mut self, of: &Lanes) -> Result<Lanes, Missing> {
        let key = identity(of);
        if let Some(known) = self.known_logarithms.get(&key) {
            return Ok(known.clone());
        }
        let value = self.new_logarithm(of)?;
        self.known_logarithms.insert(key, value.clone());
        Ok(value)
    }

    fn new_logarithm(&mut self, of: &Lanes) -> Result<Lanes, Missing> {
        if of.is_zero() {
            return Err(Missing::Zero);
        }
        if let Some(known) = self.loose.iter().find(|known| known.of.values == of.values) {
            return Ok(known.value.clone());
        }
        let discrete = self.discrete(of).ok_or(Missing::TooLarge)?;
        let order = self.primes.order;
        let reduced = self.logarithm_rows.reduce(&order, &discrete, self.logarithms.len());
        if reduced.0.iter().any(|&value| value != 0) {
            if self.logarithm_rows.0.len() + 3 >= self.learned.logarithms {
                return Err(self.more_logarithms());
            }
            let value = self.fresh_logarithm(of)?;
            self.logarithm_rows.push(&order, reduced);
            self.logarithms.push(Logarithm { of: of.clone(), value: value.clone() });
            return Ok(value);
        }
        let mut shares = Vec::new();
        for (at, &share) in reduced.1.iter().enumerate().filter(|&(_, &share)| share != 0) {
            let Some((top, bottom)) = order.fraction(share, MAX_POWER) else {
                return Err(self.more_logarithms());
            };
            shares.push((at, top, bottom));
        }
        let common = shares.iter().try_fold(1u64, |common, &(.., bottom)| {
            let common = common / gcd(common, bottom) * bottom;
            (common <= MAX_POWER * MAX_POWER).then_some(common)
        });
        // Many small fractions come about by chance where there are few lanes.
        let Some(common) = common else { return Err(self.more_logarithms()) };
        match self.quotient(of, &shares, common) {
            Quotient::One => {}
            Quotient::Root => {
                let value = self.fresh_logarithm(of)?;
                self.loose.push(Logarithm { of: of.clone(), value: value.clone() });
                return Ok(value);
            }
            Quotient::Other => return Err(self.more_logarithms()),
        }
        let mut sum = Lanes::zero();
        for (at, top, bottom) in shares {
            let share = Lanes::rational(&RBig::from_parts(top.into(), bottom.into()));
            sum = sum.add(&self.logarithms[at].value.mul(&share));
        }
        Ok(sum)
    }

    /// What `of^common` is beside the product with these powers.
    fn quotient(&self, of: &Lanes, shares: &[(usize, i64, u64)], common: u64) -> Quotient {
        let mut all_one = true;
        for (lane, field) in self.fields.iter().enumerate() {
            let (mut left, mut right) = (field.power(of.values[lane], common), field.one());
            for &(at, top, bottom) in shares {
                let Some(power) = (common / bottom).checked_mul(top.unsigned_abs()) else {
                    return Quotient::Other;
                };
                let factor = field.power(self.logarithms[at].of.values[lane], power);
                let side = if top < 0 { &mut left } else { &mut right };
                *side = field.mul(*side, factor);
            }
            match right {
                0 => return Quotient::Other,
                _ if right == left => {}
                _ if right == field.neg(left) => all_one = false,
                _ => return Quotient::Other,
            }
        }
        if all_one { Quotient::One } else { Quotient::Root }
    }

    /// A logarithm that is independent of all others; the exponential of it is what it is the
    /// logarithm of.
    fn fresh_logarithm(&mut self, of: &Lanes) -> Result<Lanes, Missing> {
        let value = self.draw();
        let index = self.exponentials.len();
        let order = self.order(index);
        let root = self.root(of, order)?;
        if order > 1 {
            self.taken_roots += (order as f64).log2();
        }
        if self.exponent_rows.0.len() + 2 >= self.learned.linear {
            return Err(self.more_linear());
        }
        let field = self.primes.linear;
        let reduced = self.exponent_rows.reduce(&field, self.linear(&value), index);
        if !self.exponent_rows.push(&field, reduced) {
            return Err(Missing::TooLarge);
        }
        self.exponentials.push(Exponential { argument: value.clone(), root, order });
        Ok(value)
    }

    /// A root in every lane; lanes that have none move on to another point.
    fn root(&mut self, of: &Lanes, order: u64) -> Result<Lanes, Missing> {
        if order == 1 {
            return Ok(of.clone());
        }
        if !self.learned.squares {
            self.learned.squares = true;
            return Err(Missing::Again);
        }
        let mut values = Vec::with_capacity(of.values.len());
        let mut moved = false;
        for (lane, field) in self.fields.iter().enumerate() {
            match field.root(of.values[lane], order) {
                Some(root) => values.push(root),
                // The root of a constant is the same at all points.
                None if of.is_constant() || field.root(field.one(), order).is_none() => {
                    return Err(Missing::TooLarge);
                }
                None => {
                    self.learned.salts[lane] += 1;
                    moved = true;
                    values.push(0);
                }
            }
        }
        if moved { Err(Missing::Again) } else { Ok(Lanes::new(values.into(), of.bound)) }
    }
}

/// The key of a value in a cache: three lanes, each with another prime.
fn identity(lanes: &Lanes) -> [u64; 3] {
    [lanes.values[0], lanes.values[1], lanes.values[MAIN]]
}

/// A value beside a product that it should be.
enum Quotient {
    One,
    /// Minus one in some lane.
    Root,
    Other,
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::{Learned, Met, Missing, Primes, Unknowns};
    use crate::number::lanes::{Lanes, enter};
    use crate::number::{Number, random::Random};
    use dashu_ratio::RBig;

    fn with(test: impl Fn(&mut Unknowns<'_>) -> Result<(), Missing>) {
        let primes = Primes::new(Random::new(&[1]), true);
        let mut learned = Learned::new(Met::default(), true);
        for attempt in 0..200 {
            let mut unknowns = Unknowns::new(&primes, learned, Random::new(&[2, attempt]));
            enter(unknowns.fields());
            match test(&mut unknowns) {
                Err(Missing::Again) => learned = unknowns.learned,
                other => return other.unwrap(),
            }
        }
        panic!("it never ends");
    }

    fn rational(top: i64, bottom: u64) -> Lanes {
        Lanes::rational(&RBig::from_parts(top.into(), bottom.into()))
    }

    fn exp(unknowns: &mut Unknowns<'_>, argument: &Lanes) -> Result<Lanes, Missing> {
        let product = unknowns.exp(argument)?;
        Ok(unknowns.product(&product))
    }

    #[test]
    fn exponentials_of_sums_are_products() {
        with(|unknowns| {
            let (x, y) = (unknowns.draw(), unknowns.draw());
            let (ex, exy) = (exp(unknowns, &x)?, exp(unknowns, &x.add(&y))?);
            let ey = exp(unknowns, &y)?;
            assert_eq!(exy.values, ex.mul(&ey).values);
            assert_ne!(ex.values, ey.values);
            let both = exp(unknowns, &x.mul(&rational(3, 1)).sub(&y.mul(&rational(2, 1))))?;
            assert_eq!(both.values, ex.power(3).unwrap().div(&ey.mul(&ey)).unwrap().values);
            Ok(())
        });
    }

    #[test]
    fn exponents_may_be_quotients_and_their_shares_fractions() {
        with(|unknowns| {
            let x = unknowns.draw();
            let whole = x.add(&Lanes::one());
            let (share, rest) = (x.div(&whole).unwrap(), Lanes::one().div(&whole).unwrap());
            let product = exp(unknowns, &share)?.mul(&exp(unknowns, &rest)?);
            assert_eq!(product.values, exp(unknowns, &Lanes::one())?.values);
            let third = exp(unknowns, &share.mul(&rational(-2, 3)))?;
            assert_eq!(third.power(-3).unwrap().values, exp(unknowns, &share)?.power(2).unwrap().values);
            Ok(())
        });
    }

    #[test]
    fn logarithms_of_products_are_sums() {
        with(|unknowns| {
            let (x, y) = (unknowns.draw(), unknowns.draw());
            let square = unknowns.ln(&x.mul(&x))?;
            let (lx, ly) = (unknowns.ln(&x)?, unknowns.ln(&y)?);
            assert_eq!(square.values, lx.add(&lx).values);
            let quotient = unknowns.ln(&x.power(5).unwrap().div(&y).unwrap())?;
            assert_eq!(quotient.values, lx.mul(&rational(5, 1)).sub(&ly).values);
            let (six, two) = (unknowns.ln(&rational(6, 1))?, unknowns.ln(&rational(2, 1))?);
            assert_eq!(unknowns.ln(&rational(3, 1))?.values, six.sub(&two).values);
            assert_ne!(unknowns.ln(&x.add(&y))?.values, lx.add(&ly).values);
            assert_eq!(unknowns.ln(&x.sub(&x)).unwrap_err(), Missing::Zero);
            Ok(())
        });
    }

    #[test]
    fn logarithms_and_exponentials_undo_each_other() {
        with(|unknowns| {
            let (x, y) = (unknowns.draw(), unknowns.draw());
            let ex = exp(unknowns, &x)?;
            assert_eq!(unknowns.ln(&ex.mul(&ex))?.values, x.add(&x).values);
            let log = unknowns.ln(&y)?;
            assert_eq!(exp(unknowns, &log.add(&x))?.values, ex.mul(&y).values);
            let root = exp(unknowns, &log.mul(&rational(1, 2)))?;
            assert_eq!(root.mul(&root).values, y.values);
            let negative = unknowns.ln(&y.neg())?;
            assert_ne!(negative.values, log.values);
            assert_eq!(exp(unknowns, &negative)?.values, y.neg().values);
            Ok(())
        });
    }
}

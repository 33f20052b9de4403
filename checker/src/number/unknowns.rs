//! Exponentials and logarithms in the exact tier: one unknown for each one that is independent of
//! the others.
//!
//! *Exponentials.* Exponentials of functions that are linearly independent over the rationals, up
//! to a constant, are algebraically independent (Ax 1971, doi 10.2307/1970774), so each one is a
//! separate unknown. The exponential of a rational combination is a product of powers. The values
//! at more random points than functions show which functions are independent: a combination that is
//! zero at all these points counts as zero. Its coefficients are computed modulo one prime and must
//! be small fractions. Then the combination must be zero at other points, modulo other primes.
//!
//! *Logarithms.* A logarithm only turns products into sums. Discrete logarithms of values, of a
//! small order and modulo several primes, show which functions are products of powers of others.
//! The values themselves then confirm a relation. The logarithm of the unknown for `exp(L)` is `L`,
//! and the exponential of the logarithm of `f` is `f`.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::echelon::Echelon;
use super::lanes::{Bound, Lanes, MAIN, inverses};
use super::modular::Field;
use super::primes::{CHECKS, Learned, MAX_LINEAR, MAX_LOGARITHMS, Met, POINTS, Primes};
use super::random::Random;

/// Largest numerator or denominator of a coefficient of an exponent.
const MAX_COEFFICIENT: u64 = 1 << 24;

/// Largest exponent of a power.
const MAX_EXPONENT: i128 = 1 << 40;

/// Why an exponential or a logarithm has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Evaluate the point again: something was learned.
    Again,
    /// The logarithm of zero.
    Zero,
    /// Coefficients, powers or the number of unknowns exceed the limits.
    TooLarge,
}

/// An exponential that is independent of those before it.
#[derive(Debug)]
pub(super) struct Exponential {
    pub(super) argument: Lanes,
    /// The unknown: `exp` of the argument is its power `order`.
    pub(super) root: Lanes,
    pub(super) order: u64,
}

/// A logarithm that is independent of those before it.
#[derive(Debug)]
pub(super) struct Logarithm {
    pub(super) of: Lanes,
    pub(super) value: Lanes,
}

/// A product of powers of the unknowns.
pub(crate) type Product = Vec<(usize, i64)>;

/// All exponentials and logarithms of a point.
#[derive(Debug)]
pub(crate) struct Unknowns<'a> {
    pub(super) primes: &'a Primes,
    pub(crate) learned: Learned,
    pub(super) fields: Rc<[Field]>,
    pub(super) random: Random,
    /// Count of the drawn numbers.
    pub(super) drawn: usize,
    pub(super) exponentials: Vec<Exponential>,
    pub(super) exponent_rows: Echelon,
    pub(super) logarithms: Vec<Logarithm>,
    pub(super) logarithm_rows: Echelon,
    /// Logarithms of functions that are a product of others times a root of unity.
    pub(super) loose: Vec<Logarithm>,
    /// The discrete logarithms of the drawn numbers.
    pub(super) known_discrete: FxHashMap<[u64; 3], Vec<u64>>,
    /// A cache of the exponentials and logarithms of values.
    pub(super) known_products: FxHashMap<[u64; 3], Product>,
    pub(super) known_logarithms: FxHashMap<[u64; 3], Lanes>,
    /// Sum of log2 of the orders of all roots of functions. Each root costs some certainty.
    pub(super) taken_roots: f64,
}

/// A state of the unknowns to return to.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    exponentials: usize,
    logarithms: usize,
    exponent_rows: Echelon,
    logarithm_rows: Echelon,
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
            exponent_rows: Echelon::default(),
            logarithms: Vec::new(),
            logarithm_rows: Echelon::default(),
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

    /// What roots add to the logarithm of the probability of an error in a lane: the degree of the
    /// norm, the fraction of points that have a root, and the unknown signs of positive sides. Zero
    /// without roots.
    pub(crate) fn slack(&self) -> f64 {
        2.0 * self.taken_roots + if self.learned.squares { 2.0 } else { 0.0 }
    }

    pub(crate) fn count(&self) -> usize {
        self.exponentials.len()
    }

    /// A new unknown, drawn in every lane.
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
            // A lane that gave up a point draws another one.
            let mut random = Random::new(&[random.word(), learned.salts[lane]]);
            let value = match lane.checked_sub(first) {
                None => field.draw(&mut random),
                Some(lane) => {
                    // Each of the first numbers has its own lane, and logarithm zero in all others:
                    // their rows need no elimination.
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

    pub(super) fn linear<'b>(&self, lanes: &'b Lanes) -> &'b [u64] {
        &lanes.values[MAIN + CHECKS..][..self.learned.linear]
    }

    // ---- exponentials ----

    /// `exp` of the argument as a product of powers of unknowns. If it is independent, it becomes
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

    /// Makes `root`, drawn by [`Unknowns::draw`], the unknown for the exponential of an argument.
    /// If the argument depends on earlier ones, returns the product instead.
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

    /// The order of the root that is the unknown of an exponential.
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

    pub(super) fn more_linear(&mut self) -> Missing {
        if self.learned.linear >= MAX_LINEAR { Missing::TooLarge } else { self.more_lanes() }
    }

    /// Requests more lanes of both kinds: expressions that need one kind usually need the other.
    pub(super) fn more_lanes(&mut self) -> Missing {
        let Learned { linear, logarithms, salts, .. } = &mut self.learned;
        *linear = (*linear * 2).min(MAX_LINEAR);
        *logarithms = (*logarithms * 3).min(MAX_LOGARITHMS);
        salts.clear();
        Missing::Again
    }

    /// The exponential as a product, or the argument reduced by earlier ones if it is independent.
    #[expect(clippy::type_complexity, reason = "the reduced argument goes straight to `Echelon::push`")]
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

    /// The combination equals the argument in lanes that did not determine its coefficients.
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

    /// Removes all unknowns after the mark.
    pub(crate) fn reset(&mut self, mark: &Mark) {
        self.known_products.clear();
        self.known_logarithms.clear();
        self.exponentials.truncate(mark.exponentials);
        self.exponent_rows.clone_from(&mark.exponent_rows);
        self.logarithms.truncate(mark.logarithms);
        self.logarithm_rows.clone_from(&mark.logarithm_rows);
    }
}

/// The key of a value in a cache: three lanes with different primes.
pub(super) fn identity(lanes: &Lanes) -> [u64; 3] {
    [lanes.values[0], lanes.values[1], lanes.values[MAIN]]
}

pub(super) fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::{Missing, Unknowns};
    use crate::number::lanes::{Lanes, enter};
    use crate::number::primes::{Learned, Met, Primes};
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

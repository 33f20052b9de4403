//! Logarithms in the exact tier: one unknown for each one that is independent of the others.

use dashu_ratio::RBig;

use super::Number;
use super::lanes::{Lanes, MAIN};
use super::primes::{CHECKS, MAX_LOGARITHMS, POINTS};
use super::unknowns::{Exponential, Logarithm, Missing, Unknowns, gcd, identity};

/// Largest numerator or denominator of a power in a product.
const MAX_POWER: u64 = 250;

impl Unknowns<'_> {
    /// The discrete logarithms of a value; `None` if it is zero in a lane.
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

    /// Records the logarithm of an unknown: the argument of its exponential, divided by the order
    /// of the root.
    pub(super) fn know_logarithm(&mut self, index: usize) -> Result<(), Missing> {
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
        // With few lanes, many small fractions occur by chance.
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

    /// Compares `of^common` with the product of these powers.
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

    /// A new independent logarithm. Its exponential is its argument.
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

    /// A root in every lane. A lane without a root moves to another point.
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

/// A value compared with a product.
enum Quotient {
    One,
    /// They differ by the factor -1 in some lanes.
    Root,
    Other,
}

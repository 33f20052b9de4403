//! The numbers of the exact tier: values of rational functions at several random points modulo
//! several primes, with bounds on the functions' degrees and coefficients.
//!
//! A *lane* is a point and a prime. A [`Residue`] has the two lanes in which sides are compared. A
//! [`Lanes`] also has the lanes that show which exponentials and logarithms depend on each other
//! ([`super::unknowns`]).

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::rc::Rc;

use dashu_ratio::RBig;

use super::Number;
use super::modular::{self, BITS, Field, LOG_PRIMES, heights};

/// Number of lanes in which sides are compared.
pub(crate) const MAIN: usize = 2;

thread_local! {
    /// The moduli of all lanes. Numbers do not contain them, because constants are made without
    /// another number.
    static FIELDS: RefCell<Rc<[Field]>> = RefCell::new(Rc::new([]));
    static MAIN_FIELDS: Cell<Option<[Field; MAIN]>> = const { Cell::new(None) };
    /// A cache of inverses: many quotients have the same divisor.
    static RECENT_INVERSES: RefCell<Box<[Inverse; RECENT]>> = RefCell::new(Box::new([Inverse::default(); RECENT]));
}

/// Size of the cache of inverses, a power of two.
const RECENT: usize = 1 << RECENT_BITS;
const RECENT_BITS: u32 = 9;

/// A number and its inverse; both zero in an empty entry.
#[derive(Clone, Copy, Default)]
struct Inverse {
    of: [u64; MAIN],
    inverse: [u64; MAIN],
}

/// Sets the moduli of the numbers made on this thread from now on.
pub(crate) fn enter(fields: &Rc<[Field]>) {
    FIELDS.set(Rc::clone(fields));
    let main = fields.first_chunk::<MAIN>().copied();
    if MAIN_FIELDS.replace(main) != main {
        RECENT_INVERSES.with_borrow_mut(|recent| recent.fill(Inverse::default()));
    }
}

fn main_fields() -> [Field; MAIN] {
    MAIN_FIELDS
        .get()
        .unwrap_or_else(|| unreachable!("an evaluator of the exact tier enters its moduli first"))
}

/// The inverse in the main lanes, of a number that is zero in none of them.
fn main_inverse(of: [u64; MAIN]) -> [u64; MAIN] {
    RECENT_INVERSES.with_borrow_mut(|recent| {
        let mixed = of[0].wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - RECENT_BITS);
        let place = &mut recent[mixed as usize];
        if place.of != of {
            let fields = main_fields();
            *place = Inverse { of, inverse: modular::inverses(fields.each_ref(), of) };
        }
        place.inverse
    })
}

/// Bounds on a rational function `P/Q` with integer coefficients.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bound {
    /// Upper bounds on the degrees of `P` and `Q`.
    top: f32,
    bottom: f32,
    /// Upper bounds on the bits of the sum of the magnitudes of the coefficients of `P` and of `Q`.
    top_height: f32,
    bottom_height: f32,
}

impl Bound {
    pub(crate) const UNKNOWN: Bound = Bound { top: 1.0, bottom: 0.0, top_height: 0.0, bottom_height: 0.0 };

    fn constant(value: &RBig) -> Self {
        let (top_height, bottom_height) = heights(value);
        Self { top_height, bottom_height, ..Self::default() }
    }

    fn sum(self, other: Self) -> Self {
        Self {
            top: (self.top + other.bottom).max(other.top + self.bottom),
            bottom: self.bottom + other.bottom,
            top_height: (self.top_height + other.bottom_height).max(other.top_height + self.bottom_height)
                + 1.0,
            bottom_height: self.bottom_height + other.bottom_height,
        }
    }

    /// The bounds of a product.
    pub(crate) fn product(self, other: Self) -> Self {
        Self {
            top: self.top + other.top,
            bottom: self.bottom + other.bottom,
            top_height: self.top_height + other.top_height,
            bottom_height: self.bottom_height + other.bottom_height,
        }
    }

    fn inverse(self) -> Self {
        Self {
            top: self.bottom,
            bottom: self.top,
            top_height: self.bottom_height,
            bottom_height: self.top_height,
        }
    }

    /// The bounds of a power.
    pub(crate) fn power(self, exponent: i64) -> Self {
        let times = exponent.unsigned_abs() as f32;
        let base = if exponent < 0 { self.inverse() } else { self };
        Self {
            top: base.top * times,
            bottom: base.bottom * times,
            top_height: base.top_height * times,
            bottom_height: base.bottom_height * times,
        }
    }

    fn is_constant(self) -> bool {
        self.top == 0.0 && self.bottom == 0.0
    }

    fn degree(self) -> f64 {
        f64::from(self.top.max(self.bottom))
    }

    fn height(self) -> f64 {
        f64::from(self.top_height.max(self.bottom_height))
    }

    fn at_most(self, degree: f64, height: f64) -> Self {
        let (degree, height) = (degree as f32, height as f32);
        Self {
            top: self.top.min(degree),
            bottom: self.bottom.min(degree),
            top_height: self.top_height.min(height),
            bottom_height: self.bottom_height.min(height),
        }
    }

    /// The probability, as a logarithm to base 2, that a nonzero function with this numerator is
    /// zero in one lane: the prime divides all its coefficients, or the point is one of its zeros
    /// (Schwartz 1980, doi 10.1145/322217.322225; Zippel 1979, doi 10.1007/3-540-09519-5_73).
    fn log_probability_of_zero(self) -> f64 {
        let prime = f64::from(self.top_height) / f64::from(BITS - 1) / LOG_PRIMES.exp2();
        let point = f64::from(self.top) / f64::from(BITS - 1).exp2();
        (prime + point + f64::from(BITS - 1).exp2().recip()).log2()
    }

    /// The logarithm of that probability for the difference of two functions, in all main lanes.
    pub(crate) fn log_error(self, other: Self, slack: f64) -> f64 {
        let lane = self.sum(other).log_probability_of_zero() + slack;
        MAIN as f64 * lane.min(0.0)
    }
}

/// A value in the main lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Residue {
    pub(crate) value: [u64; MAIN],
    pub(crate) bound: Bound,
}

impl Residue {
    fn zip(&self, other: &Self, bound: Bound, with: impl Fn(&Field, u64, u64) -> u64) -> Self {
        let fields = main_fields();
        let value = std::array::from_fn(|lane| with(&fields[lane], self.value[lane], other.value[lane]));
        Self { value, bound }
    }
}

impl Number for Residue {
    fn rational(value: &RBig) -> Self {
        // The heights also count a denominator that is a multiple of a prime.
        let residues = main_fields().map(|field| field.rational(value).unwrap_or_default());
        Self { value: residues, bound: Bound::constant(value) }
    }

    fn zero() -> Self {
        Self { value: [0; MAIN], bound: Bound::default() }
    }

    fn one() -> Self {
        Self { value: main_fields().map(|field| field.one()), bound: Bound::default() }
    }

    fn add(&self, other: &Self) -> Self {
        if self.is_zero() && self.bound.is_constant() {
            return *other;
        }
        if other.is_zero() && other.bound.is_constant() {
            return *self;
        }
        self.zip(other, self.bound.sum(other.bound), Field::add)
    }

    fn sub(&self, other: &Self) -> Self {
        self.zip(other, self.bound.sum(other.bound), Field::sub)
    }

    fn mul(&self, other: &Self) -> Self {
        if self.is_zero() && self.bound.is_constant() {
            return *self;
        }
        if other.is_zero() && other.bound.is_constant() {
            return *other;
        }
        self.zip(other, self.bound.product(other.bound), Field::mul)
    }

    fn div(&self, other: &Self) -> Option<Self> {
        if other.value.contains(&0) {
            return None;
        }
        let inverse = Self { value: main_inverse(other.value), bound: other.bound.inverse() };
        Some(self.zip(&inverse, self.bound.product(inverse.bound), Field::mul))
    }

    fn neg(&self) -> Self {
        let fields = main_fields();
        Self { value: std::array::from_fn(|lane| fields[lane].neg(self.value[lane])), bound: self.bound }
    }

    fn is_zero(&self) -> bool {
        self.value == [0; MAIN]
    }

    /// Residues have no order. The exact tier decides comparisons in another way.
    fn order(&self, _other: &Self) -> Ordering {
        Ordering::Equal
    }

    fn pivot_quality(&self) -> f64 {
        if self.value.contains(&0) { 0.0 } else { 1.0 }
    }

    fn after_solving(self, degree: f64, height: f64) -> Self {
        Self { bound: self.bound.at_most(degree, height), ..self }
    }

    fn degree(&self) -> f64 {
        self.bound.degree()
    }

    fn height(&self) -> f64 {
        self.bound.height()
    }
}

/// A value in all lanes.
#[derive(Clone, Debug)]
pub(crate) struct Lanes {
    pub(crate) values: Rc<[u64]>,
    pub(crate) bound: Bound,
}

impl Lanes {
    pub(crate) fn new(values: Rc<[u64]>, bound: Bound) -> Self {
        Self { values, bound }
    }

    /// The same value in the main lanes alone.
    pub(crate) fn main(&self) -> Residue {
        let value = self.values.first_chunk::<MAIN>().copied().unwrap_or_default();
        Residue { value, bound: self.bound }
    }

    fn map(bound: Bound, with: impl Fn(usize, &Field) -> u64) -> Self {
        FIELDS.with_borrow(|fields| {
            let values = fields.iter().enumerate().map(|(lane, field)| with(lane, field)).collect();
            Self { values, bound }
        })
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.bound.is_constant()
    }

    /// The inverse of a value that is zero in no lane.
    pub(crate) fn inverse(&self) -> Self {
        let values = FIELDS.with_borrow(|fields| inverses(fields, &self.values));
        Self { values: values.into(), bound: self.bound.inverse() }
    }
}

/// Number of moduli whose inverses are computed side by side.
const SIDE_BY_SIDE: usize = 4;

/// The inverses of nonzero values: of one number in all lanes, or of several numbers in sequence.
/// All values of one modulus share an inversion.
pub(crate) fn inverses(fields: &[Field], values: &[u64]) -> Vec<u64> {
    let numbers = values.len() / fields.len();
    let mut inverses = vec![0; values.len()];
    // The lanes of each modulus, and the product of all values in them.
    let mut moduli: Vec<(std::ops::Range<usize>, u64)> = Vec::new();
    let mut start = 0;
    while start < fields.len() {
        let field = &fields[start];
        let end = start + fields[start..].iter().take_while(|other| *other == field).count();
        let mut product = field.one();
        for number in 0..numbers {
            for at in number * fields.len() + start..number * fields.len() + end {
                inverses[at] = product;
                product = field.mul(product, values[at]);
            }
        }
        moduli.push((start..end, product));
        start = end;
    }
    for moduli in moduli.chunks_mut(SIDE_BY_SIDE) {
        let last = moduli.len() - 1;
        let of = |n: usize| &moduli[n.min(last)];
        let own = std::array::from_fn::<_, SIDE_BY_SIDE, _>(|n| &fields[of(n).0.start]);
        let inverted = modular::inverses(own, std::array::from_fn(|n| of(n).1));
        for ((_, product), inverse) in moduli.iter_mut().zip(inverted) {
            *product = inverse;
        }
    }
    for (lanes, mut inverse) in moduli {
        let field = &fields[lanes.start];
        for number in (0..numbers).rev() {
            for lane in lanes.clone().rev() {
                let at = number * fields.len() + lane;
                inverses[at] = field.mul(inverses[at], inverse);
                inverse = field.mul(inverse, values[at]);
            }
        }
    }
    inverses
}

/// The inverses of several numbers; `None` if one is zero in a lane.
pub(crate) fn all_inverse(numbers: &[Lanes]) -> Option<Vec<Lanes>> {
    let values: Vec<u64> = numbers.iter().flat_map(|number| number.values.iter().copied()).collect();
    if values.contains(&0) {
        return None;
    }
    let inverses = FIELDS.with_borrow(|fields| inverses(fields, &values));
    let parts = inverses.chunks(inverses.len() / numbers.len().max(1));
    Some(
        numbers
            .iter()
            .zip(parts)
            .map(|(number, part)| Lanes::new(part.into(), number.bound.inverse()))
            .collect(),
    )
}

impl Number for Lanes {
    fn rational(value: &RBig) -> Self {
        // Neighbouring lanes of one modulus have the same residue.
        let last = Cell::new(None);
        Self::map(Bound::constant(value), |_, field| match last.get() {
            Some((of, residue)) if of == *field => residue,
            _ => {
                let residue = field.rational(value).unwrap_or_default();
                last.set(Some((*field, residue)));
                residue
            }
        })
    }

    fn zero() -> Self {
        Self::map(Bound::default(), |_, _| 0)
    }

    fn one() -> Self {
        Self::map(Bound::default(), |_, field| field.one())
    }

    fn add(&self, other: &Self) -> Self {
        if self.is_zero() && self.bound.is_constant() {
            return other.clone();
        }
        if other.is_zero() && other.bound.is_constant() {
            return self.clone();
        }
        Self::map(self.bound.sum(other.bound), |lane, f| f.add(self.values[lane], other.values[lane]))
    }

    fn sub(&self, other: &Self) -> Self {
        Self::map(self.bound.sum(other.bound), |lane, f| f.sub(self.values[lane], other.values[lane]))
    }

    fn mul(&self, other: &Self) -> Self {
        if self.is_zero() && self.bound.is_constant() {
            return self.clone();
        }
        if other.is_zero() && other.bound.is_constant() {
            return other.clone();
        }
        Self::map(self.bound.product(other.bound), |lane, f| f.mul(self.values[lane], other.values[lane]))
    }

    fn div(&self, other: &Self) -> Option<Self> {
        if other.values.contains(&0) {
            return None;
        }
        Some(self.mul(&other.inverse()))
    }

    fn neg(&self) -> Self {
        Self::map(self.bound, |lane, f| f.neg(self.values[lane]))
    }

    fn is_zero(&self) -> bool {
        self.values.iter().all(|&value| value == 0)
    }

    fn order(&self, _other: &Self) -> Ordering {
        Ordering::Equal
    }

    fn pivot_quality(&self) -> f64 {
        if self.values.contains(&0) { 0.0 } else { 1.0 }
    }

    fn after_solving(self, degree: f64, height: f64) -> Self {
        Self { bound: self.bound.at_most(degree, height), ..self }
    }

    fn degree(&self) -> f64 {
        self.bound.degree()
    }

    fn height(&self) -> f64 {
        self.bound.height()
    }
}

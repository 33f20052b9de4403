//! A number with its partial derivatives: forward differentiation, all coordinates at once.

use std::cmp::Ordering;
use std::rc::Rc;

use dashu_ratio::RBig;

use super::Number;

/// Partial derivatives, sorted by coordinate. A missing one is zero.
pub(crate) type Gradient<N> = Vec<(u32, N)>;

/// A value and its gradient; `None` if it does not depend on the coordinates.
#[derive(Clone, Debug)]
pub(crate) struct Dual<N> {
    pub(crate) value: N,
    pub(crate) gradient: Option<Rc<Gradient<N>>>,
}

impl<N: Number> Dual<N> {
    pub(crate) fn constant(value: N) -> Self {
        Self { value, gradient: None }
    }

    pub(crate) fn new(value: N, gradient: Gradient<N>) -> Self {
        let gradient = if gradient.is_empty() { None } else { Some(Rc::new(gradient)) };
        Self { value, gradient }
    }

    pub(crate) fn partial(&self, coordinate: u32) -> N {
        let Some(gradient) = &self.gradient else { return N::zero() };
        match gradient.binary_search_by_key(&coordinate, |&(at, _)| at) {
            Ok(at) => gradient[at].1.clone(),
            Err(_) => N::zero(),
        }
    }

    /// `f(self)`, given the value and the slope of `f` at this point.
    pub(crate) fn chain(&self, value: N, slope: &N) -> Self {
        Self { value, gradient: self.gradient.as_ref().map(|gradient| Rc::new(scaled(gradient, slope))) }
    }
}

pub(crate) fn scaled<N: Number>(gradient: &Gradient<N>, factor: &N) -> Gradient<N> {
    gradient.iter().map(|(at, partial)| (*at, partial.mul(factor))).collect()
}

/// `a + b`, coordinate by coordinate.
pub(crate) fn merged<N: Number>(a: &Gradient<N>, b: &Gradient<N>) -> Gradient<N> {
    let mut sum = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        match a[i].0.cmp(&b[j].0) {
            Ordering::Less => {
                sum.push(a[i].clone());
                i += 1;
            }
            Ordering::Greater => {
                sum.push(b[j].clone());
                j += 1;
            }
            Ordering::Equal => {
                sum.push((a[i].0, a[i].1.add(&b[j].1)));
                i += 1;
                j += 1;
            }
        }
    }
    sum.extend_from_slice(&a[i..]);
    sum.extend_from_slice(&b[j..]);
    sum
}

impl<N: Number> Number for Dual<N> {
    fn rational(value: &RBig) -> Self {
        Self::constant(N::rational(value))
    }

    fn zero() -> Self {
        Self::constant(N::zero())
    }

    fn one() -> Self {
        Self::constant(N::one())
    }

    fn add(&self, other: &Self) -> Self {
        let gradient = match (&self.gradient, &other.gradient) {
            (None, gradient) | (gradient, None) => gradient.clone(),
            (Some(a), Some(b)) => Some(Rc::new(merged(a, b))),
        };
        Self { value: self.value.add(&other.value), gradient }
    }

    fn sub(&self, other: &Self) -> Self {
        match &other.gradient {
            None => Self { value: self.value.sub(&other.value), gradient: self.gradient.clone() },
            Some(_) => self.add(&other.neg()),
        }
    }

    fn mul(&self, other: &Self) -> Self {
        let value = self.value.mul(&other.value);
        let gradient = match (&self.gradient, &other.gradient) {
            (None, None) => None,
            (Some(a), None) => Some(Rc::new(scaled(a, &other.value))),
            (None, Some(b)) => Some(Rc::new(scaled(b, &self.value))),
            (Some(a), Some(b)) => Some(Rc::new(merged(&scaled(a, &other.value), &scaled(b, &self.value)))),
        };
        Self { value, gradient }
    }

    fn div(&self, other: &Self) -> Option<Self> {
        let value = self.value.div(&other.value)?;
        if self.gradient.is_none() && other.gradient.is_none() {
            return Some(Self::constant(value));
        }
        let inverse = N::one().div(&other.value)?;
        let mut gradient = self.gradient.as_ref().map(|a| scaled(a, &inverse)).unwrap_or_default();
        if let Some(b) = &other.gradient {
            gradient = merged(&gradient, &scaled(b, &value.mul(&inverse).neg()));
        }
        Some(Self::new(value, gradient))
    }

    fn neg(&self) -> Self {
        Self {
            value: self.value.neg(),
            gradient: self
                .gradient
                .as_ref()
                .map(|a| Rc::new(a.iter().map(|(at, partial)| (*at, partial.neg())).collect())),
        }
    }

    fn is_zero(&self) -> bool {
        self.value.is_zero() && self.gradient.is_none()
    }

    fn order(&self, other: &Self) -> Ordering {
        self.value.order(&other.value)
    }

    fn either(&self, other: &Self) -> Self {
        Self { value: self.value.either(&other.value), gradient: self.gradient.clone() }
    }

    fn pivot_quality(&self) -> f64 {
        self.value.pivot_quality()
    }

    fn after_solving(self, degree: f64, height: f64) -> Self {
        Self { value: self.value.after_solving(degree, height), gradient: self.gradient }
    }

    fn size(&self) -> u64 {
        self.value.size()
    }

    fn degree(&self) -> f64 {
        self.value.degree()
    }

    fn height(&self) -> f64 {
        self.value.height()
    }
}

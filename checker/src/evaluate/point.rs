//! Random networks: wiring, convention, and the values of all entries.

use std::collections::BTreeMap;
use std::sync::Arc;

use dashu_ratio::RBig;

use super::geometry::Shape;
use crate::language::ast::Parameter;
use crate::number::random::Random;
use crate::resolve::ir::{Given, Param, ParamId, ParamKind};

/// Ids of the families that every document has, in the order in which they are declared.
pub(crate) const RECURRENT: ParamId = 0;
pub(crate) const STATE: ParamId = 1;
pub(crate) const BIAS: ParamId = 2;

/// The convention of the energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Convention {
    /// κ = 1: every unordered pair of units counts twice.
    Full,
    /// κ = ½: every unordered pair of units counts once.
    Half,
}

impl Convention {
    /// The factor of `vᵀWv`.
    pub(crate) fn kappa(self) -> RBig {
        match self {
            Convention::Full => RBig::ONE,
            Convention::Half => RBig::from_parts(1.into(), 2u8.into()),
        }
    }
}

/// The size of the entries of a point, the same in all tiers: integers of `bits` bits times a power
/// of two from `lowest` to `highest`, drawn for each entry. Zero is possible if the entry need not
/// be positive. With `near`, every second entry is a landmark of the point instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(crate) bits: u32,
    pub(crate) lowest: i32,
    pub(crate) highest: i32,
    pub(crate) near: bool,
}

/// The pairs of connected circuits: bit `c (c - 1) / 2 + d` for the pair `(c, d)` with `d < c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Wiring(pub(crate) u64);

impl Wiring {
    fn place(c: usize, d: usize) -> usize {
        let (c, d) = (c.max(d), c.min(d));
        c * (c - 1) / 2 + d
    }

    /// Number of pairs of circuits.
    pub(crate) fn pairs(circuits: usize) -> usize {
        circuits * (circuits - 1) / 2
    }

    /// Everything is connected.
    pub(crate) fn full(circuits: usize) -> Self {
        Self(u64::MAX >> (64 - Self::pairs(circuits).max(1)) & if circuits < 2 { 0 } else { u64::MAX })
    }

    pub(crate) fn connects(self, c: usize, d: usize) -> bool {
        c != d && self.0 >> Self::place(c, d) & 1 == 1
    }

    /// The wiring after circuits are renamed.
    pub(crate) fn renamed(self, circuits: usize, name: impl Fn(usize) -> usize) -> Self {
        let mut renamed = 0;
        for c in 0..circuits {
            for d in (0..c).filter(|&d| self.connects(c, d)) {
                renamed |= 1 << Self::place(name(c), name(d));
            }
        }
        Self(renamed)
    }
}

/// The size of the entries of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Size {
    /// The usual size of each tier.
    Usual,
    /// This scale, the same in all tiers.
    Scaled(Scale),
    /// Small numbers of so many bits, states in [0, 1], for counterexamples.
    Readable(u32),
}

/// A random network: shape, wiring and convention. The values of its entries follow from the key.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) shape: Shape,
    pub(crate) convention: Convention,
    pub(crate) wiring: Wiring,
    given: Given,
    key: Vec<u64>,
    size: Size,
    /// Numbers at which a comparison may turn.
    landmarks: Arc<[f64]>,
    /// Entries that are given instead of drawn, by family and canonical position.
    entries: Option<Arc<BTreeMap<(ParamId, usize), f64>>>,
}

impl Point {
    pub(crate) fn new(
        shape: Shape,
        wiring: Wiring,
        convention: Convention,
        given: Given,
        key: Vec<u64>,
    ) -> Self {
        Self {
            shape,
            convention,
            wiring,
            given,
            key,
            size: Size::Usual,
            landmarks: Arc::new([]),
            entries: None,
        }
    }

    /// A network with given wiring, by pair of units, and given entries.
    pub(crate) fn given(
        shape: Shape,
        convention: Convention,
        connects: impl Fn(usize, usize) -> bool,
        entries: BTreeMap<(ParamId, usize), f64>,
    ) -> Self {
        let mut wiring = 0;
        for c in 0..shape.circuits() {
            for d in (0..c).filter(|&d| connects(shape.members(c).start, shape.members(d).start)) {
                wiring |= 1 << Wiring::place(c, d);
            }
        }
        let entries = Some(Arc::new(entries));
        Self { entries, ..Self::new(shape, Wiring(wiring), convention, Given::default(), vec![]) }
    }

    /// The same wiring with entries of another size. `number`: the number of the point.
    pub(crate) fn scaled(mut self, number: usize, scale: Scale, landmarks: Arc<[f64]>) -> Self {
        self.key.extend([15, number as u64]);
        self.size = Size::Scaled(scale);
        self.landmarks = landmarks;
        self
    }

    /// The same wiring with small numbers as entries.
    pub(crate) fn readable(mut self, bits: u32) -> Self {
        self.key.extend([18, u64::from(bits)]);
        self.size = Size::Readable(bits);
        self
    }

    /// The stream of random words for an entry or another purpose.
    pub(crate) fn random(&self, purpose: &[u64]) -> Random {
        Random::new(&[&self.key, purpose].concat())
    }

    pub(crate) fn key(&self) -> &[u64] {
        &self.key
    }

    pub(crate) fn unmasked(&self, i: usize, j: usize) -> bool {
        self.wiring.connects(self.shape.circuit_of(i), self.shape.circuit_of(j))
    }

    /// The entry is zero by the wiring, or by a condition of the claim.
    pub(crate) fn is_zero(&self, kind: ParamKind, indices: &[usize]) -> bool {
        let ParamKind::Weights(parameter) = kind else { return false };
        let hidden = |unit: usize| unit < self.shape.hidden_units();
        match (parameter, indices) {
            (Parameter::Recurrent, &[i, j]) => {
                !self.unmasked(i, j)
                    || self.given.hidden_hidden && hidden(i) && hidden(j)
                    || self.given.hidden_action && hidden(i) != hidden(j)
            }
            (Parameter::State, &[_, i]) if hidden(i) => self.given.state_hidden,
            (Parameter::State, _) => self.given.state_action,
            (Parameter::Bias, &[i]) if hidden(i) => self.given.bias_hidden,
            (Parameter::Bias, _) => self.given.bias_action,
            (Parameter::Recurrent, _) => false,
        }
    }

    /// By circuit, whether weights connect it with the action circuit, directly or through other
    /// circuits.
    pub(crate) fn reaches_action(&self) -> Vec<bool> {
        let circuits = self.shape.circuits();
        let linked = |c: usize, d: usize| {
            let indices = [self.shape.members(c).start, self.shape.members(d).start];
            c != d && !self.is_zero(ParamKind::Weights(Parameter::Recurrent), &indices)
        };
        let mut reaches = vec![false; circuits];
        reaches[circuits - 1] = true;
        for _ in 0..circuits {
            for c in 0..circuits {
                reaches[c] |= (0..circuits).any(|d| reaches[d] && linked(c, d));
            }
        }
        reaches
    }

    /// The position of an entry. The recurrent weights (i,j) and (j,i) share one.
    pub(crate) fn canonical(&self, kind: ParamKind, flat: usize, indices: &[usize]) -> usize {
        match (kind, indices) {
            (ParamKind::Weights(Parameter::Recurrent), &[i, j]) => i.min(j) * self.shape.units() + i.max(j),
            _ => flat,
        }
    }

    /// The value of an entry that is the same at every point of a class: a constant, or fixed by
    /// the wiring or a condition.
    pub(crate) fn fixed(&self, family: &Param, param: ParamId, indices: &[usize]) -> Option<RBig> {
        match family.kind {
            ParamKind::Kappa => Some(self.convention.kappa()),
            ParamKind::Mask => Some(RBig::from(u8::from(self.unmasked(indices[0], indices[1])))),
            kind if self.is_zero(kind, indices) => Some(RBig::ZERO),
            ParamKind::Declared { .. } => {
                let mut declared = self.given.declared.iter();
                declared.find(|(given, _)| *given == param).map(|&(_, value)| RBig::from(value))
            }
            _ => None,
        }
    }

    /// The value of an entry of the real network: a dyadic fraction, exact in f64.
    pub(crate) fn real(&self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> f64 {
        match family.kind {
            ParamKind::Kappa => return if self.convention == Convention::Full { 1.0 } else { 0.5 },
            ParamKind::Mask => return f64::from(u8::from(self.unmasked(indices[0], indices[1]))),
            kind if self.is_zero(kind, indices) => return 0.0,
            ParamKind::Declared { .. } => {
                if let Some(&(_, value)) = self.given.declared.iter().find(|(given, _)| *given == param) {
                    return f64::from(value);
                }
            }
            _ => {}
        }
        let entry = self.canonical(family.kind, flat, indices);
        if let Some(&given) = self.entries.as_ref().and_then(|entries| entries.get(&(param, entry))) {
            return given;
        }
        let mut random = self.random(&[11, param as u64, entry as u64]);
        match self.size {
            Size::Scaled(scale) => return self.at_scale(scale, family.kind, param, entry),
            Size::Readable(bits) => {
                let top = (random.below(1 << bits) + 1) as f64;
                let states = family.kind == ParamKind::States;
                let value = if states { top / f64::from(1u32 << bits) } else { top };
                return if family.kind.is_positive() || random.word() & 1 == 0 { value } else { -value };
            }
            Size::Usual => {}
        }
        match family.kind {
            ParamKind::States => random.open_unit(),
            ParamKind::Declared { positive: true } => 0.25 + 0.75 * random.open_unit(),
            _ => random.signed_unit(),
        }
    }

    fn at_scale(&self, scale: Scale, kind: ParamKind, param: ParamId, entry: usize) -> f64 {
        let mut random = self.random(&[16, param as u64, entry as u64]);
        if scale.near && random.word() & 1 == 0 {
            let first =
                if kind.is_positive() { self.landmarks.partition_point(|&mark| mark <= 0.0) } else { 0 };
            let marks = &self.landmarks[first..];
            if !marks.is_empty() {
                return marks[random.below(marks.len() as u64) as usize];
            }
        }
        let power = scale.lowest + random.below((scale.highest - scale.lowest) as u64 + 1) as i32;
        let unit = f64::from(power).exp2();
        let magnitude = if kind.is_positive() {
            random.below(1 << scale.bits) + 1
        } else {
            random.below((1 << scale.bits) + 1)
        };
        let value = magnitude as f64 * unit;
        if kind.is_positive() || magnitude == 0 || random.word() & 1 == 0 { value } else { -value }
    }
}

//! Random networks: what is connected, in which convention, and the values of all entries.

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

/// Which of the two conventions of the energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Convention {
    /// Every unordered pair of units counts twice.
    Full,
    /// It counts once.
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

/// How large the entries of a point are, the same in all tiers: integers of so many bits, zero among them where an entry
/// need not be positive, times a power of two from `lowest` to `highest`, drawn for each entry; with `near`, every second
/// entry is one of the point's landmarks instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(crate) bits: u32,
    pub(crate) lowest: i32,
    pub(crate) highest: i32,
    pub(crate) near: bool,
}

/// Wiring and convention of a random network; the values of its entries follow from the key.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) shape: Shape,
    pub(crate) convention: Convention,
    pub(crate) given: Given,
    /// Blocks of circuits that are connected, by pair of circuits.
    connected: Vec<bool>,
    key: Vec<u64>,
    /// `None`: the usual size of each tier.
    scale: Option<Scale>,
    /// Numbers near which something may happen.
    landmarks: Arc<[f64]>,
    /// Entries that were given instead of drawn, by family and canonical place.
    entries: Option<Arc<BTreeMap<(ParamId, usize), f64>>>,
}

impl Point {
    /// `dropped`: the chance, out of 8, that a pair of circuits is not connected.
    pub(crate) fn new(shape: Shape, convention: Convention, given: Given, dropped: u64, key: &[u64]) -> Self {
        let circuits = shape.circuits();
        let mut random = Random::new(&[key, &[10]].concat());
        let mut connected = vec![false; circuits * circuits];
        for c in 0..circuits {
            for d in 0..c {
                let connects = random.below(8) >= dropped;
                connected[c * circuits + d] = connects;
                connected[d * circuits + c] = connects;
            }
        }
        Self {
            shape,
            convention,
            given,
            connected,
            key: key.to_vec(),
            scale: None,
            landmarks: Arc::new([]),
            entries: None,
        }
    }

    /// A network whose wiring, by pair of units, and whose entries are given.
    pub(crate) fn given(
        shape: Shape,
        convention: Convention,
        connects: impl Fn(usize, usize) -> bool,
        entries: BTreeMap<(ParamId, usize), f64>,
    ) -> Self {
        let circuits = shape.circuits();
        let mut connected = vec![false; circuits * circuits];
        for c in 0..circuits {
            for d in (0..circuits).filter(|&d| d != c) {
                connected[c * circuits + d] = connects(shape.members(c).start, shape.members(d).start);
            }
        }
        let entries = Some(Arc::new(entries));
        Self {
            shape,
            convention,
            given: Given::default(),
            connected,
            key: vec![],
            scale: None,
            landmarks: Arc::new([]),
            entries,
        }
    }

    /// The same wiring with entries of another size; `number` tells apart points of one scale.
    pub(crate) fn scaled(mut self, number: usize, scale: Scale, landmarks: Arc<[f64]>) -> Self {
        self.key.extend([15, number as u64]);
        self.scale = Some(scale);
        self.landmarks = landmarks;
        self
    }

    /// A stream of random words for an entry, or for anything else that has a number of its own.
    pub(crate) fn random(&self, purpose: &[u64]) -> Random {
        Random::new(&[&self.key, purpose].concat())
    }

    pub(crate) fn key(&self) -> &[u64] {
        &self.key
    }

    pub(crate) fn unmasked(&self, i: usize, j: usize) -> bool {
        let circuits = self.shape.circuits();
        self.connected[self.shape.circuit_of(i) * circuits + self.shape.circuit_of(j)]
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

    /// One number for the entries (i,j) and (j,i) of the recurrent weights.
    pub(crate) fn canonical(&self, kind: ParamKind, flat: usize, indices: &[usize]) -> usize {
        match (kind, indices) {
            (ParamKind::Weights(Parameter::Recurrent), &[i, j]) => i.min(j) * self.shape.units() + i.max(j),
            _ => flat,
        }
    }

    /// The value of an entry of the real network: a dyadic fraction, exact in f64.
    pub(crate) fn real(&self, family: &Param, param: ParamId, flat: usize, indices: &[usize]) -> f64 {
        match family.kind {
            ParamKind::Kappa => return if self.convention == Convention::Full { 1.0 } else { 0.5 },
            ParamKind::Mask => return f64::from(u8::from(self.unmasked(indices[0], indices[1]))),
            kind if self.is_zero(kind, indices) => return 0.0,
            _ => {}
        }
        let entry = self.canonical(family.kind, flat, indices);
        if let Some(&given) = self.entries.as_ref().and_then(|entries| entries.get(&(param, entry))) {
            return given;
        }
        if let Some(scale) = self.scale {
            return self.at_scale(scale, family.kind, param, entry);
        }
        let mut random = self.random(&[11, param as u64, entry as u64]);
        match family.kind {
            ParamKind::States => random.open_unit(),
            ParamKind::Declared { positive: true } => 0.25 + 0.75 * random.open_unit(),
            _ => random.signed_unit(),
        }
    }

    /// The same value as [`Point::real`] has for an entry of a point with a scale.
    pub(crate) fn scaled_entry(&self, kind: ParamKind, param: ParamId, entry: usize) -> RBig {
        let value = self.scale.map_or(1.0, |scale| self.at_scale(scale, kind, param, entry));
        RBig::try_from(value).unwrap_or(RBig::ONE)
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

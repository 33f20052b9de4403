//! Classes of networks: a shape, a wiring and a convention. Results are collected by class.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::evaluate::geometry::Shape;
use crate::evaluate::point::{Convention, Wiring};

/// The floating-point tiers try all claims in the full wiring of shapes up to this bulk.
const SMALL_BULK: usize = 32;

/// All networks with one shape, wiring and convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Class {
    pub(crate) shape: Shape,
    pub(crate) wiring: Wiring,
    pub(crate) convention: Convention,
}

impl Class {
    fn is_fully_wired(&self) -> bool {
        self.wiring == Wiring::full(self.shape.circuits())
    }

    /// A pseudo-random number of the class.
    fn mixed(&self) -> u64 {
        let half = u64::from(self.convention == Convention::Half);
        (self.wiring.0 << 1 ^ half ^ self.shape.bulk() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The floating-point tiers try all claims in this class: the full wiring of small shapes, and
    /// some other classes. In all other classes they try only links that the exact tier does not
    /// decide or finds different.
    pub(super) fn is_floating(&self) -> bool {
        if self.is_fully_wired() && self.shape.is_usual() {
            self.shape.bulk() <= SMALL_BULK || self.mixed() >> 62 == 0
        } else {
            self.mixed() >> 59 == 0
        }
    }

    /// Most differences show in this class: the full wiring of every shape, and some other classes.
    pub(super) fn is_typical(&self) -> bool {
        self.is_fully_wired() || self.mixed() >> 61 == 0
    }

    /// The pairs of circuits without connections, in words. Empty if all are connected.
    pub(super) fn wiring_text(&self) -> String {
        let circuits = self.shape.circuits();
        let name = |c: usize| {
            if c + 1 == circuits { "the action circuit".to_owned() } else { format!("hidden circuit {c}") }
        };
        let missing = (0..circuits).filter_map(|c| {
            let others: Vec<String> =
                (c + 1..circuits).filter(|&d| !self.wiring.connects(c, d)).map(name).collect();
            (!others.is_empty()).then(|| format!("{} not connected to {}", name(c), others.join(" and ")))
        });
        missing.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let convention = match self.convention {
            Convention::Full => "full",
            Convention::Half => "half",
        };
        write!(f, "{}, convention {convention}", self.shape)?;
        let wiring = self.wiring_text();
        if wiring.is_empty() { Ok(()) } else { write!(f, ", {wiring}") }
    }
}

/// Up to this number of hidden circuits, all wirings are tried.
const FEW_HIDDEN_CIRCUITS: usize = 2;

/// Wirings by the arguments of [`wirings`].
type Known = BTreeMap<(usize, bool, bool), Arc<[Wiring]>>;

/// The wirings to try, the full one first: all wirings of few circuits, or those of [`selected`].
/// `named`: the claim reads positions of circuits, so wirings that differ only in names count as
/// different.
pub(crate) fn wirings(hidden_circuits: usize, named: bool, every: bool) -> Arc<[Wiring]> {
    static KNOWN: Mutex<Known> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (hidden_circuits, named, every);
    Arc::clone(known.entry(key).or_insert_with(|| chosen(hidden_circuits, named, every).into()))
}

fn chosen(hidden_circuits: usize, named: bool, every: bool) -> Vec<Wiring> {
    let circuits = hidden_circuits + 1;
    if hidden_circuits > FEW_HIDDEN_CIRCUITS && !every {
        return selected(hidden_circuits);
    }
    let orders = permutations(hidden_circuits);
    let mut found = BTreeSet::new();
    for bits in 0..1u64 << Wiring::pairs(circuits) {
        let wiring = Wiring(bits);
        let first = orders
            .iter()
            .map(|order| wiring.renamed(circuits, |c| order.get(c).copied().unwrap_or(c)))
            .min()
            .unwrap_or(wiring);
        found.insert(if named { wiring } else { first });
    }
    found.into_iter().rev().collect()
}

/// The full wiring, a chain that ends at the action circuit, a star around the action circuit, the
/// full wiring without one connection of each kind, and no connection.
fn selected(hidden_circuits: usize) -> Vec<Wiring> {
    let circuits = hidden_circuits + 1;
    let full = Wiring::full(circuits);
    let chosen = |connects: &dyn Fn(usize, usize) -> bool| {
        let pairs = (0..circuits).flat_map(|c| (0..c).map(move |d| (c, d)));
        Wiring(pairs.enumerate().fold(0, |bits, (place, (c, d))| bits | u64::from(connects(c, d)) << place))
    };
    let mut found = vec![
        full,
        chosen(&|c, d| c == d + 1),
        chosen(&|c, _| c == hidden_circuits),
        chosen(&|c, d| (c, d) != (1, 0)),
        chosen(&|c, d| (c, d) != (hidden_circuits, 0)),
        chosen(&|_, _| false),
    ];
    found.dedup();
    found
}

fn permutations(count: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for _ in 0..count {
        all = all
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                let rest: Vec<usize> = (0..count).filter(|c| !order.contains(c)).collect();
                rest.into_iter().map(move |next| [order.as_slice(), &[next]].concat())
            })
            .collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Class, Wiring, selected, wirings};
    use crate::evaluate::geometry::Shape;
    use crate::evaluate::point::Convention;

    /// The numbers of graphs with one marked vertex: 2, 6, 20, 90 (OEIS A000666).
    #[test]
    fn every_wiring_is_there_once() {
        for (hidden, different, named) in [(1, 2, 2), (2, 6, 8), (3, 20, 64), (4, 90, 1024)] {
            assert_eq!(wirings(hidden, false, true).len(), different);
            assert_eq!(wirings(hidden, true, true).len(), named);
            assert_eq!(wirings(hidden, false, true)[0], Wiring::full(hidden + 1));
        }
    }

    #[test]
    fn a_missing_connection_is_told_in_words() {
        let shape =
            Shape { states: 1, hidden_circuits: 2, hidden_size: 1, actions: 2, situations: 1, window: 1 };
        let text = |bits| Class { shape, wiring: Wiring(bits), convention: Convention::Half }.wiring_text();
        assert_eq!(text(0b111), "");
        assert_eq!(text(0b101), "hidden circuit 0 not connected to the action circuit");
        assert_eq!(
            text(0),
            "hidden circuit 0 not connected to hidden circuit 1 and the action circuit, \
             hidden circuit 1 not connected to the action circuit"
        );
    }

    #[test]
    fn a_chain_is_among_them() {
        let chain =
            |hidden: usize| Wiring((1..=hidden).fold(0, |bits, c| bits | 1 << (c * (c - 1) / 2 + c - 1)));
        assert!(selected(5).contains(&chain(5)));
        assert!(wirings(3, true, true).contains(&chain(3)));
        assert_eq!(selected(5)[0], Wiring::full(6));
    }
}

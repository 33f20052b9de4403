//! Blocks of an answer: their entries, and the distance between two versions of a block.

use super::Tolerance;
use crate::conformance::case::{Parameters, Shape};
use serde::Serialize;

/// Comparison of one block of the candidate with the true block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    /// `q`, or a block of parameters (`hh`, `ha`, `ah`, `aa`, `sh`, `sa`, `b_H`, `b_A`), with the
    /// name of the gradient before it if the block belongs to a gradient.
    pub name: String,
    /// Does every entry pass?
    pub passed: bool,
    /// Is the failure accepted?
    pub waived: bool,
    /// Number of entries.
    pub entries: usize,
    /// Largest `|x − y|`.
    pub max_abs: f64,
    /// Largest `|x − y| / |y|`; `None` if an entry differs from a true 0.
    pub max_rel: Option<f64>,
    /// Largest number of f64 steps between `x` and `y`.
    pub max_ulp: u64,
    /// JSON path of the worst entry: the one with the largest `|x − y|` among the entries that
    /// fail, or among all entries if none fails.
    pub worst: String,
    /// The true value of the worst entry.
    pub expected: f64,
    /// The candidate's value of the worst entry.
    pub found: f64,
    /// Angle between the two blocks as vectors, in degrees; `None` if one is zero.
    pub angle_degrees: Option<f64>,
    /// Length of the candidate's block divided by that of the true block; `None` if the latter is
    /// zero.
    pub length_ratio: Option<f64>,
}

/// Pairs of a true and a given number, each with its place.
pub(super) struct Entries<'a> {
    name: &'static str,
    path: &'a str,
    entries: Vec<(Place, f64, f64)>,
}

#[derive(Clone, Copy)]
enum Place {
    Recurrent(usize, usize),
    State(usize, usize),
    Bias(usize),
    Q(usize, usize),
}

impl Place {
    fn json_path(self, path: &str) -> String {
        match self {
            Place::Recurrent(i, j) => format!("{path}.recurrent[{i}][{j}]"),
            Place::State(k, i) => format!("{path}.state[{k}][{i}]"),
            Place::Bias(i) => format!("{path}.bias[{i}]"),
            Place::Q(b, i) => format!("q[{b}][{i}]"),
        }
    }
}

impl<'a> Entries<'a> {
    pub(super) fn of_states(expected: &[Vec<f64>], found: &[Vec<f64>]) -> Self {
        let rows = expected.iter().zip(found).enumerate();
        let entries = rows.flat_map(|(b, (y, x))| {
            y.iter().zip(x).enumerate().map(move |(i, (&y, &x))| (Place::Q(b, i), y, x))
        });
        Self { name: "", path: "", entries: entries.collect() }
    }

    /// The blocks of parameters, in the order of the report, including empty ones.
    pub(super) fn of_parameters(
        shape: Shape,
        path: &'a str,
        expected: &Parameters,
        found: &Parameters,
    ) -> Vec<Self> {
        let (hidden, action) = (0..shape.hidden_units(), shape.hidden_units()..shape.units());
        let recurrent = [
            ("hh", &hidden, &hidden),
            ("ha", &hidden, &action),
            ("ah", &action, &hidden),
            ("aa", &action, &action),
        ];
        let mut blocks = Vec::new();
        for (name, rows, columns) in recurrent {
            let places = rows.clone().flat_map(|i| columns.clone().map(move |j| (i, j)));
            let entries = places
                .map(|(i, j)| (Place::Recurrent(i, j), expected.recurrent[i][j], found.recurrent[i][j]));
            blocks.push(Self { name, path, entries: entries.collect() });
        }
        for (name, columns) in [("sh", &hidden), ("sa", &action)] {
            let places = (0..shape.states).flat_map(|k| columns.clone().map(move |i| (k, i)));
            let entries = places.map(|(k, i)| (Place::State(k, i), expected.state[k][i], found.state[k][i]));
            blocks.push(Self { name, path, entries: entries.collect() });
        }
        for (name, units) in [("b_H", &hidden), ("b_A", &action)] {
            let entries = units.clone().map(|i| (Place::Bias(i), expected.bias[i], found.bias[i]));
            blocks.push(Self { name, path, entries: entries.collect() });
        }
        blocks
    }

    /// The comparison of parameters with an error allowed for each, without empty blocks.
    pub(super) fn within(
        shape: Shape,
        path: &'a str,
        expected: &Parameters,
        found: &Parameters,
        allowed: &Parameters,
    ) -> Vec<Block> {
        let blocks = Self::of_parameters(shape, path, expected, found);
        let limits = Self::of_parameters(shape, path, allowed, allowed);
        let checked = blocks.iter().zip(&limits).map(|(block, limits)| {
            let entries = block.entries.iter().zip(&limits.entries).map(|(entry, limit)| {
                let place = entry.0.json_path(path);
                Entry { place, expected: entry.1, found: entry.2, allowed: limit.1 }
            });
            Checked { name: block.name.to_owned(), entries: entries.collect() }
        });
        checked.filter_map(|checked| checked.block()).collect()
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// True and given values.
    pub(super) fn values(&self) -> impl Iterator<Item = (f64, f64)> {
        self.entries.iter().map(|&(_, y, x)| (y, x))
    }

    /// Compares the block; `None` if it is empty.
    pub(super) fn judge(&self, prefix: &str, tolerance: Tolerance) -> Option<Block> {
        let mut worst = *self.entries.first()?;
        let mut worst_key = (false, -1.0);
        let (mut max_abs, mut max_rel, mut max_ulp) = (0.0f64, 0.0f64, 0);
        for &(place, y, x) in &self.entries {
            let error = (x - y).abs();
            let ulp = steps(x, y);
            let passes = error <= tolerance.atol + tolerance.rtol * y.abs() || ulp <= tolerance.ulp;
            max_abs = max_abs.max(error);
            max_rel = max_rel.max(if error == 0.0 { 0.0 } else { error / y.abs() });
            max_ulp = max_ulp.max(ulp);
            if (!passes, error) > worst_key {
                (worst, worst_key) = ((place, y, x), (!passes, error));
            }
        }
        let (place, expected, found) = worst;
        let (angle_degrees, length_ratio) = self.direction();
        Some(Block {
            name: format!("{prefix}{}", self.name),
            passed: !worst_key.0,
            waived: false,
            entries: self.entries.len(),
            max_abs,
            max_rel: Some(max_rel).filter(|rel| rel.is_finite()),
            max_ulp,
            worst: place.json_path(self.path),
            expected,
            found,
            angle_degrees,
            length_ratio,
        })
    }

    /// Angle in degrees and ratio of lengths.
    fn direction(&self) -> (Option<f64>, Option<f64>) {
        let length = |value: fn(&(Place, f64, f64)) -> f64| {
            // Scaled, so squares neither overflow nor underflow.
            let scale = self.entries.iter().fold(0.0f64, |most, entry| most.max(value(entry).abs()));
            let squares = self.entries.iter().map(|entry| (value(entry) / scale).powi(2)).sum::<f64>();
            if scale == 0.0 { 0.0 } else { scale * squares.sqrt() }
        };
        let (expected, found) = (length(|entry| entry.1), length(|entry| entry.2));
        if expected == 0.0 || !expected.is_finite() || !found.is_finite() {
            return (None, None);
        }
        let ratio = Some(found / expected).filter(|ratio| ratio.is_finite());
        if found == 0.0 {
            return (None, ratio);
        }
        // Kahan's formula: accurate for small angles, unlike the arc cosine.
        let (mut difference, mut sum) = (0.0f64, 0.0f64);
        for &(_, y, x) in &self.entries {
            let (y, x) = (y / expected, x / found);
            difference += (x - y).powi(2);
            sum += (x + y).powi(2);
        }
        (Some(2.0 * difference.sqrt().atan2(sum.sqrt()).to_degrees()), ratio)
    }
}

/// An entry with the error that is allowed for it.
pub(in crate::conformance) struct Entry {
    /// JSON path.
    pub(in crate::conformance) place: String,
    pub(in crate::conformance) expected: f64,
    pub(in crate::conformance) found: f64,
    pub(in crate::conformance) allowed: f64,
}

/// A block whose entries have errors allowed for each.
pub(in crate::conformance) struct Checked {
    pub(in crate::conformance) name: String,
    pub(in crate::conformance) entries: Vec<Entry>,
}

impl Checked {
    /// A block without entries.
    pub(in crate::conformance) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), entries: Vec::new() }
    }

    /// The comparison; `None` if the block is empty. The worst entry is the *first* one that fails:
    /// in a sequence, the later ones follow from it.
    pub(in crate::conformance) fn block(&self) -> Option<Block> {
        let passes = |entry: &Entry| (entry.found - entry.expected).abs() <= entry.allowed;
        let error = |entry: &Entry| (entry.found - entry.expected).abs();
        let first = self.entries.first()?;
        let largest = |most, entry| if error(entry) > error(most) { entry } else { most };
        let failing = self.entries.iter().find(|entry| !passes(entry));
        let worst = failing.unwrap_or_else(|| self.entries.iter().fold(first, largest));
        let relative = |entry: &Entry| match error(entry) {
            0.0 => 0.0,
            error => error / entry.expected.abs(),
        };
        let most = |of: &dyn Fn(&Entry) -> f64| self.entries.iter().map(of).fold(0.0, f64::max);
        Some(Block {
            name: self.name.clone(),
            passed: failing.is_none(),
            waived: false,
            entries: self.entries.len(),
            max_abs: most(&error),
            max_rel: Some(most(&relative)).filter(|rel| rel.is_finite()),
            max_ulp: self.entries.iter().map(|entry| steps(entry.found, entry.expected)).max().unwrap_or(0),
            worst: worst.place.clone(),
            expected: worst.expected,
            found: worst.found,
            angle_degrees: None,
            length_ratio: None,
        })
    }
}

/// Number of f64 steps from `x` to `y`. The two zeros count as one number.
fn steps(x: f64, y: f64) -> u64 {
    let ordinal = |value: f64| {
        let bits = (value.abs().to_bits()) as i64;
        if value < 0.0 { -bits } else { bits }
    };
    ordinal(x).abs_diff(ordinal(y))
}

#[cfg(test)]
mod tests {
    use super::{Entries, Place, steps};
    use crate::conformance::compare::Tolerance;

    fn block(pairs: &[(f64, f64)]) -> Entries<'static> {
        let entries = pairs.iter().enumerate().map(|(i, &(y, x))| (Place::Bias(i), y, x)).collect();
        Entries { name: "b_A", path: "update", entries }
    }

    #[test]
    fn steps_count_representable_numbers() {
        assert_eq!(steps(1.0, 1.0 + f64::EPSILON), 1);
        assert_eq!(steps(0.0, -0.0), 0);
        assert_eq!(steps(5e-324, -5e-324), 2);
        assert_eq!(steps(-1.0, -1.0 - 2.0 * f64::EPSILON), 2);
    }

    #[test]
    fn worst_entry_is_a_failing_one() {
        // The first entry has the larger error, but passes by rtol.
        let tolerance = Tolerance { rtol: 1e-3, atol: 0.0, ulp: 0 };
        let judged = block(&[(1000.0, 1000.5), (1.0, 1.1)]).judge("", tolerance).unwrap();
        assert!(!judged.passed);
        assert_eq!(judged.worst, "update.bias[1]");
        assert_eq!(judged.max_abs, 0.5);
    }

    #[test]
    fn ulp_admits_what_the_others_refuse() {
        let strict = Tolerance { rtol: 0.0, atol: 0.0, ulp: 0 };
        let entries = block(&[(1.0, 1.0 + 2.0 * f64::EPSILON)]);
        assert!(!entries.judge("", strict).unwrap().passed);
        assert!(entries.judge("", Tolerance { ulp: 2, ..strict }).unwrap().passed);
    }

    #[test]
    fn angle_and_length() {
        let judged = block(&[(1.0, 0.0), (0.0, 3.0)]).judge("", Tolerance::default()).unwrap();
        assert!((judged.angle_degrees.unwrap() - 90.0).abs() < 1e-12);
        assert_eq!(judged.length_ratio, Some(3.0));
        assert_eq!(judged.max_rel, None);
        let zero = block(&[(0.0, 0.0)]).judge("", Tolerance::default()).unwrap();
        assert_eq!((zero.angle_degrees, zero.length_ratio, zero.max_rel), (None, None, Some(0.0)));
        let huge = block(&[(1e300, -1e300)]).judge("", Tolerance::default()).unwrap();
        assert_eq!((huge.angle_degrees, huge.length_ratio), (Some(180.0), Some(1.0)));
    }
}

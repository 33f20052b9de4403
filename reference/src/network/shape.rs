//! Units and circuits. Units are numbered hidden circuit by hidden circuit, then the action
//! circuit.

use std::ops::Range;

use crate::Error;

/// Numbers of state neurons, hidden circuits, units in a hidden circuit, and actions.
///
/// `N = G·D + A` units form `G + 1` winner-take-all circuits. Zero states and zero hidden circuits
/// are allowed. A circuit has at least one unit, because an empty circuit has no winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    states: usize,
    hidden_circuits: usize,
    hidden_size: usize,
    actions: usize,
}

impl Shape {
    /// A shape from `S`, `G`, `D`, `A`.
    ///
    /// # Errors
    /// `D` or `A` is 0, or `N²` or `S·N` overflows.
    pub fn new(
        states: usize,
        hidden_circuits: usize,
        hidden_size: usize,
        actions: usize,
    ) -> Result<Self, Error> {
        for (place, size) in [("shape.hidden_size", hidden_size), ("shape.actions", actions)] {
            if size == 0 {
                return Err(Error::invalid(
                    place,
                    "is 0, and an empty circuit has no winner; use at least 1",
                ));
            }
        }
        let units = hidden_circuits.checked_mul(hidden_size).and_then(|hidden| hidden.checked_add(actions));
        let fits = units.is_some_and(|n| n.checked_mul(n).is_some() && n.checked_mul(states).is_some());
        if !fits {
            return Err(Error::invalid("shape", "has more weights than can be counted; make it smaller"));
        }
        Ok(Self { states, hidden_circuits, hidden_size, actions })
    }

    /// Number of state neurons, `S`.
    pub fn states(&self) -> usize {
        self.states
    }

    /// Number of hidden circuits, `G`.
    pub fn hidden_circuits(&self) -> usize {
        self.hidden_circuits
    }

    /// Number of units in one hidden circuit, `D`.
    pub fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    /// Number of actions, `A`.
    pub fn actions(&self) -> usize {
        self.actions
    }

    /// Number of units, `N = G·D + A`.
    pub fn units(&self) -> usize {
        self.hidden_circuits * self.hidden_size + self.actions
    }

    /// The hidden units, `0..G·D`.
    pub fn hidden(&self) -> Range<usize> {
        0..self.hidden_circuits * self.hidden_size
    }

    /// The units of the action circuit, `G·D..N`.
    pub fn action_units(&self) -> Range<usize> {
        self.hidden().end..self.units()
    }

    /// Number of circuits, `G + 1`.
    pub fn circuit_count(&self) -> usize {
        self.hidden_circuits + 1
    }

    /// The units of circuit `c`; the last circuit, `c = G`, is the action circuit.
    pub fn circuit(&self, c: usize) -> Range<usize> {
        if c == self.hidden_circuits {
            self.action_units()
        } else {
            c * self.hidden_size..(c + 1) * self.hidden_size
        }
    }

    /// The units of every circuit in order.
    pub fn circuits(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let shape = *self;
        (0..shape.circuit_count()).map(move |c| shape.circuit(c))
    }

    /// The circuit that unit `i` belongs to.
    pub fn circuit_of(&self, i: usize) -> usize {
        (i / self.hidden_size).min(self.hidden_circuits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_numbered_hidden_circuit_by_hidden_circuit() {
        let shape = Shape::new(4, 2, 3, 2).unwrap();
        assert_eq!(
            (shape.states(), shape.hidden_circuits(), shape.hidden_size(), shape.actions()),
            (4, 2, 3, 2)
        );
        assert_eq!((shape.units(), shape.circuit_count()), (8, 3));
        assert_eq!((shape.hidden(), shape.action_units()), (0..6, 6..8));
        assert_eq!(shape.circuits().collect::<Vec<_>>(), [0..3, 3..6, 6..8]);
        assert_eq!((0..8).map(|i| shape.circuit_of(i)).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1, 2, 2]);
        // An action circuit that is larger than a hidden one is one circuit.
        let wide = Shape::new(0, 1, 1, 4).unwrap();
        assert_eq!((0..5).map(|i| wide.circuit_of(i)).collect::<Vec<_>>(), [0, 1, 1, 1, 1]);
    }

    #[test]
    fn an_empty_circuit_and_an_uncountable_network_are_refused() {
        assert_eq!(Shape::new(1, 1, 0, 2).unwrap_err().place(), "shape.hidden_size");
        assert_eq!(Shape::new(1, 1, 2, 0).unwrap_err().place(), "shape.actions");
        for (s, g, d, a) in
            [(1, usize::MAX, 2, 1), (1, 1, usize::MAX, 1), (1, 1 << 33, 1, 1), (usize::MAX, 1, 1, 1)]
        {
            assert_eq!(Shape::new(s, g, d, a).unwrap_err().place(), "shape");
        }
    }
}

//! Which networks a claim is tried on.

use crate::evaluate::geometry::Shape;

/// How thoroughly to check.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Shapes, from small to large.
    pub shapes: Vec<Shape>,
    /// Random points on each shape, for each tier.
    pub points: usize,
    /// Seed of all random choices.
    pub seed: u64,
    /// Index instances that the two floating-point tiers try at a point; the exact tier tries all.
    pub instances: usize,
    /// Evaluation steps that a claim may take at a point.
    pub budget: u64,
}

const fn shape(states: usize, hidden_circuits: usize, hidden_size: usize, actions: usize) -> Shape {
    Shape { states, hidden_circuits, hidden_size, actions, situations: 2, window: 3 }
}

impl Shape {
    /// The same network with other sizes of the sets that have nothing to do with it.
    const fn beside(self, situations: usize, window: usize) -> Self {
        Self { situations, window, ..self }
    }
}

/// One state, one circuit, circuits of size one and two, and so on; ordered by size. The window has two steps at least, as the
/// double-exponential kernel is zero at the first.
const USUAL: [Shape; 12] = [
    shape(1, 1, 1, 2),
    shape(1, 1, 2, 2).beside(3, 2),
    shape(2, 1, 2, 2),
    shape(1, 1, 3, 2),
    shape(1, 1, 2, 3).beside(1, 4),
    shape(3, 1, 1, 3),
    shape(1, 2, 1, 2).beside(3, 2),
    shape(1, 2, 2, 2),
    shape(2, 2, 2, 2),
    shape(1, 2, 2, 3),
    shape(1, 2, 3, 2),
    shape(1, 3, 2, 2),
];

impl Plan {
    /// Twelve shapes, eight points each.
    pub fn usual(seed: u64) -> Self {
        Self { shapes: USUAL.to_vec(), points: 8, seed, instances: 4, budget: 2_000_000 }
    }

    /// A hundred shapes.
    pub fn thorough(seed: u64) -> Self {
        let mut shapes = Vec::new();
        for states in 1..=4 {
            for hidden_circuits in 1..=4 {
                for hidden_size in 1..=4 {
                    for actions in 1..=4 {
                        let shape = Shape {
                            situations: 1 + (states + actions) % 3,
                            window: 2 + (hidden_size + actions) % 3,
                            ..shape(states, hidden_circuits, hidden_size, actions)
                        };
                        if shape.configurations() <= 54 && shape.units() > 2 {
                            shapes.push(shape);
                        }
                    }
                }
            }
        }
        shapes.sort_by_key(|shape| (shape.configurations() * shape.units().pow(2), shape.states));
        shapes.truncate(100);
        Self { shapes, points: 8, seed, instances: 8, budget: 20_000_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::Plan;

    #[test]
    fn a_thorough_plan_has_a_hundred_different_shapes() {
        let plan = Plan::thorough(0);
        assert_eq!(plan.shapes.len(), 100);
        for (at, shape) in plan.shapes.iter().enumerate() {
            assert!(!plan.shapes[..at].contains(shape));
        }
    }
}

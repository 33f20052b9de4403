//! How thoroughly to check.

/// The limits of a check: shapes, instances, evaluation steps; and the seed.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Adds larger shapes and more instances.
    pub thorough: bool,
    /// Seed of all random choices. The text of the document is the other part of the key.
    pub seed: u64,
    /// Instances that each floating-point tier tries in a class. The exact tier tries all.
    pub instances: usize,
    /// Evaluation steps that a claim may take at a point of a usual shape.
    pub budget: u64,
    /// Evaluation steps that a claim may take at a point of a shape beyond the usual ones.
    pub largest_work: u64,
    /// Evaluation steps that a claim may take in all classes of such shapes together.
    pub claim_work: u64,
}

impl Plan {
    /// The usual shapes, and the shapes that a claim needs.
    pub fn usual(seed: u64) -> Self {
        Self {
            thorough: false,
            seed,
            instances: 2,
            budget: 2_000_000,
            largest_work: 200_000,
            claim_work: 1_000_000,
        }
    }

    /// All that the usual plan tries, and more shapes and instances.
    pub fn thorough(seed: u64) -> Self {
        Self {
            thorough: true,
            seed,
            instances: 4,
            budget: 20_000_000,
            largest_work: 500_000,
            claim_work: 6_000_000,
        }
    }
}

//! How thoroughly to check.

/// How thoroughly to check.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Larger shapes too, and more instances.
    pub thorough: bool,
    /// Seed of all random choices, beside the text of the document.
    pub seed: u64,
    /// Index instances that the two floating-point tiers try in a class; the exact tier tries all.
    pub instances: usize,
    /// Evaluation steps that a claim may take at a point of a usual shape.
    pub budget: u64,
    /// Evaluation steps that a claim may take at a point of a shape that is tried for its own sake.
    pub largest_work: u64,
    /// Evaluation steps that such shapes may take in all classes together.
    pub claim_work: u64,
}

impl Plan {
    /// The usual shapes, and those that a claim needs.
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

    /// Everything that the usual plan tries, and more.
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

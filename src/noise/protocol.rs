//! What a published program does where a reader would expect something else, as switches.
//!
//! A [`Variant`] of a kind sets them all; [`Protocol`] holds them. The documentation of
//! [`noise`](super) has a table of the points.

use std::fmt;

/// A way to apply a kind of noise, after `@` in its text form. Without one, a kind is applied as it
/// always was in this library: as `corrected`, with one exception that [`Protocol::of`] states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// As the published program does it.
    Published,
    /// As its description says, and in the same way for every method.
    Corrected,
    /// `corrected`, but perturbed states are not clamped, and neither are those in rate inference.
    Unclamped,
}

impl Variant {
    /// All, in the order of the documentation.
    pub const ALL: [Variant; 3] = [Variant::Published, Variant::Corrected, Variant::Unclamped];

    /// The name after `@`.
    pub fn name(self) -> &'static str {
        match self {
            Variant::Published => "published",
            Variant::Corrected => "corrected",
            Variant::Unclamped => "unclamped",
        }
    }

    /// What it is, in a few words, for help texts.
    pub fn summary(self) -> &'static str {
        match self {
            Variant::Published => "as the published program does it",
            Variant::Corrected => "as described above, in the same way for every method",
            Variant::Unclamped => "as corrected, but states are not clamped to [0,1], nor in rate inference",
        }
    }

    /// The variant of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == name)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The published program that `published` follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Program {
    /// The rate program of 2022, images.
    Rate2022,
    /// The program of 2025, images. The spiking programs of 2022 have the same noise.
    #[default]
    Images2025,
    /// The program of 2025, pendulum.
    Pendulum2025,
}

/// A place where a published program does what a reader would not expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// 1: which noise the two weights of a pair of units have.
    Recurrent,
    /// 2: the sign of uniform noise on the bias.
    Bias,
    /// 3: what the names of noise on observations mean on the pendulum.
    Names,
    /// 4: the clamp of perturbed states to `[0,1]`.
    Clamp,
    /// 4, of attacks.
    AttackClamp,
    /// 5: how many connections are removed.
    Removal,
    /// 6: what the substitute network of a transfer attack learns.
    Substitute,
}

impl Point {
    /// All, in the order of the documentation.
    pub const ALL: [Point; 7] = [
        Point::Recurrent,
        Point::Bias,
        Point::Names,
        Point::Clamp,
        Point::AttackClamp,
        Point::Removal,
        Point::Substitute,
    ];

    /// What the published programs do, for help texts.
    pub fn published(self) -> &'static str {
        match self {
            Point::Recurrent => "recurrent weights do not stay symmetric",
            Point::Bias => "noise on the bias is from 0 up, in the rate program of 2022",
            Point::Names => "the pendulum has uniform noise instead",
            Point::Clamp => "the pendulum has no clamp, but rate inference clamps",
            Point::AttackClamp => "no clamp, but rate inference clamps",
            Point::Removal => "exactly this share of a family, rounded down",
            Point::Substitute => {
                "learns the answers of the attacked network (@corrected and @unclamped, too); without a variant: the labels"
            }
        }
    }
}

/// Point 1: the noise of the two weights of a pair of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrent {
    /// Both weights have the same noise, so that the matrix stays symmetric.
    Mirrored,
    /// The noise of the upper triangle, read row by row, is written to the lower triangle row by
    /// row. The `m`th positions of the two triangles are not mirrored pairs, so the matrix does not
    /// stay symmetric, and relative noise has the magnitude of another family.
    RowOrder,
}

/// Point 2: uniform noise of strength `p` on the bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    /// On `[−p, p)`.
    Symmetric,
    /// On `[0, p)`.
    Positive,
}

/// Point 3: what the names of kinds of noise on states mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// What they say.
    AsNamed,
    /// All but `gaussian` mean `uniform`.
    AllUniform,
}

/// Point 4: the clamp of perturbed states to `[0,1]`. Spiking inference clamps in every case,
/// because a state is the probability of a spike. Rate inference without noise never clamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clamp {
    /// Before they reach a method: the same for every method.
    Before,
    /// In the rate inference of this library's networks alone. Other methods see them unclamped.
    Inference,
    /// Nowhere.
    Nowhere,
}

/// Point 5: which connections of a family of `N` are removed at the level `p`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Each with probability `p`, independently.
    Independent,
    /// Exactly `⌊N p⌋`, without replacement: those with the smallest draws.
    Exact,
}

/// Point 6: what the substitute network of a transfer attack learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teacher {
    /// The labels of all training images; the label is attacked. 784-128-10, as before this library
    /// had variants.
    Labels,
    /// The attacked network's answers to 1000 samples; the substitute's own answer is attacked.
    Answers,
}

/// One value of every switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Point 1.
    pub recurrent: Recurrent,
    /// Point 2.
    pub bias: Bias,
    /// Point 3.
    pub names: Names,
    /// Point 4, noise.
    pub clamp: Clamp,
    /// Point 4, attacks.
    pub attack_clamp: Clamp,
    /// Point 5.
    pub removal: Removal,
    /// Point 6.
    pub substitute: Teacher,
}

impl Protocol {
    /// What the text form without a variant means.
    pub const PLAIN: Protocol = Protocol {
        recurrent: Recurrent::Mirrored,
        bias: Bias::Symmetric,
        names: Names::AsNamed,
        clamp: Clamp::Before,
        attack_clamp: Clamp::Before,
        removal: Removal::Independent,
        substitute: Teacher::Labels,
    };

    /// The switches of a variant. `published` depends on the program.
    ///
    /// `corrected` differs from the text form without a variant in the substitute network alone:
    /// the published one attacks the network in question, not the labels. Connections are removed
    /// independently in `corrected`: then the expected share is the level in a family of any size,
    /// where `⌊N p⌋` removes none of the twenty state–action connections of the pendulum below a
    /// level of 0.05; and the removed ones at a level are among those at a higher level, by a draw
    /// for each position.
    pub fn of(variant: Option<Variant>, program: Program) -> Self {
        let corrected = Self { substitute: Teacher::Answers, ..Self::PLAIN };
        let pendulum = program == Program::Pendulum2025;
        match variant {
            None => Self::PLAIN,
            Some(Variant::Corrected) => corrected,
            Some(Variant::Unclamped) => {
                Self { clamp: Clamp::Nowhere, attack_clamp: Clamp::Nowhere, ..corrected }
            }
            Some(Variant::Published) => Self {
                recurrent: Recurrent::RowOrder,
                bias: if program == Program::Rate2022 { Bias::Positive } else { Bias::Symmetric },
                names: if pendulum { Names::AllUniform } else { Names::AsNamed },
                clamp: if pendulum { Clamp::Inference } else { Clamp::Before },
                attack_clamp: Clamp::Inference,
                removal: Removal::Exact,
                substitute: Teacher::Answers,
            },
        }
    }

    /// Do the two protocols agree at these points?
    pub fn agrees(&self, other: &Self, points: &[Point]) -> bool {
        points.iter().all(|point| match point {
            Point::Recurrent => self.recurrent == other.recurrent,
            Point::Bias => self.bias == other.bias,
            Point::Names => self.names == other.names,
            Point::Clamp => self.clamp == other.clamp,
            Point::AttackClamp => self.attack_clamp == other.attack_clamp,
            Point::Removal => self.removal == other.removal,
            Point::Substitute => self.substitute == other.substitute,
        })
    }
}

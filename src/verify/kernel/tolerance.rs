//! How far a kernel may be from f64, in one table. Each entry has its reason; none is set
//! elsewhere.

/// A kernel whose twin is judged by f64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twin {
    /// `exp`.
    Exp,
    /// `ln`.
    Ln,
    /// Random words.
    Philox,
    /// Uniform draws.
    Uniform,
    /// Normal draws.
    Normal,
    /// Noisy inputs.
    Noise,
    /// Matrix product.
    Product,
    /// Sums of outer products.
    Outer,
    /// Softmax of circuits.
    Softmax,
    /// Steps of SGD, RMSProp and Adam.
    Optimiser,
    /// Spikes of neurons that fire independently.
    Bernoulli,
    /// Winners of circuits.
    Categorical,
    /// Activity in a rectangular window.
    Rectangle,
    /// Activity under a double exponential.
    DoubleExponential,
}

impl Twin {
    /// Every kernel.
    pub const ALL: [Twin; 14] = [
        Twin::Exp,
        Twin::Ln,
        Twin::Philox,
        Twin::Uniform,
        Twin::Normal,
        Twin::Noise,
        Twin::Product,
        Twin::Outer,
        Twin::Softmax,
        Twin::Optimiser,
        Twin::Bernoulli,
        Twin::Categorical,
        Twin::Rectangle,
        Twin::DoubleExponential,
    ];

    /// The name of its folder in `src/kernel/`.
    pub fn folder(self) -> &'static str {
        match self {
            Twin::Rectangle | Twin::DoubleExponential => "activity",
            _ => self.name(),
        }
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Twin::Exp => "exp",
            Twin::Ln => "ln",
            Twin::Philox => "philox",
            Twin::Uniform => "uniform",
            Twin::Normal => "normal",
            Twin::Noise => "noise",
            Twin::Product => "product",
            Twin::Outer => "outer",
            Twin::Softmax => "softmax",
            Twin::Optimiser => "optimiser",
            Twin::Bernoulli => "bernoulli",
            Twin::Categorical => "categorical",
            Twin::Rectangle => "rectangle",
            Twin::DoubleExponential => "double-exponential",
        }
    }

    /// Largest error allowed, in ulp of f32 at the scale of the result.
    pub fn allowed(self) -> f64 {
        match self {
            // In ulp of the result. Measured over all inputs in `elementary_functions.rs`;
            // elsewhere on a few.
            Twin::Exp => 1.0,
            // Likewise.
            Twin::Ln => 1.0,
            // Whole numbers, multiples of 2⁻²⁴, and comparisons of such: exact.
            Twin::Philox | Twin::Uniform | Twin::Bernoulli => 0.0,
            // In ulp of the draw: the radius (half an ulp each of ln, 2 ln and the root) and the
            // angle, sine or cosine, and their product.
            Twin::Normal => 4.0,
            // In ulp of 1: the rounding of clean + σ·n, and the error of n times σ ≤ 0.1.
            Twin::Noise => 0.75,
            // In ulp of Σ|x·w| + |start|: a chain of 784 roundings, each below half an ulp of a
            // partial sum, which is far smaller than the scale.
            Twin::Product => 3.0,
            // In ulp of 1, what a circuit's probabilities sum to: exp, the quotient, and a sum of
            // up to 20 terms, each rounded or lost at half an ulp of a sum that is mostly below 4.
            Twin::Softmax => 5.0,
            // In ulp of Σ|x·e|: a chain of up to 100 roundings, as of the product.
            Twin::Outer => 2.0,
            // In ulp of the parameter or its change, the larger: half an ulp for their sum, and the
            // roundings of the change, which is mostly small.
            Twin::Optimiser => 3.0,
            // In ulp of 1, what the shares of a circuit sum to: as `Softmax`, without the quotient.
            Twin::Categorical => 3.0,
            // In ulp of the net input, some 40: half an ulp for the sum with the base, and the
            // roundings of 150 changes of some 2⁶ terms each, divided by the window.
            Twin::Rectangle => 3.0,
            // Likewise: three roundings a time step of two sums of which 1/(1 − α) steps count,
            // some eight times larger than their difference.
            Twin::DoubleExponential => 8.0,
        }
    }
}

/// The ulp of f32 at a positive number.
pub fn ulp(scale: f64) -> f64 {
    let exponent = (scale.to_bits() >> 52) as i32 - 1023;
    2f64.powi(exponent.max(-126) - 23)
}

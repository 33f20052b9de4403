//! Confidence intervals of 95 %.

/// Where the true mean lies with a confidence of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The 97.5 % quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

impl Interval {
    /// Of the mean of independent results, at least two, by Student's t, as far as results lie
    /// between 0 and `most`. Where all results are equal it has no width, and says nothing.
    pub fn of_mean(results: &[f64], most: f64) -> Option<Self> {
        let count = results.len() as f64;
        let mean = mean(results);
        let squares: f64 = results.iter().map(|result| (result - mean) * (result - mean)).sum();
        let half = student(results.len().checked_sub(1)?)? * (squares / (count - 1.0) / count).sqrt();
        Some(Self { low: (mean - half).max(0.0), high: (mean + half).min(most) })
    }

    /// Of the share that `share` of `count` independent answers estimates, by Wilson's score (doi
    /// 10.1080/01621459.1927.10502953).
    pub fn of_share(share: f64, count: usize) -> Self {
        let n = count as f64;
        let scale = 1.0 + Z * Z / n;
        let centre = (share + Z * Z / (2.0 * n)) / scale;
        let half = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self { low: centre - half, high: centre + half }
    }
}

/// The arithmetic mean, summed in order.
pub fn mean(results: &[f64]) -> f64 {
    results.iter().sum::<f64>() / results.len() as f64
}

/// The 97.5 % quantile of Student's distribution with so many degrees of freedom, to 0.1 %:
/// expansion 26.7.5 of Abramowitz and Stegun, *Handbook of Mathematical Functions*, 1964, but where
/// that is too coarse.
fn student(degrees: usize) -> Option<f64> {
    let nu = degrees as f64;
    Some(match degrees {
        0 => return None,
        1 => 12.706,
        2 => 4.303,
        3 => 3.182,
        _ => {
            let odd =
                |coefficients: [f64; 5]| coefficients.iter().rev().fold(0.0, |sum, c| sum * Z * Z + c) * Z;
            Z + odd([1.0, 1.0, 0.0, 0.0, 0.0]) / (4.0 * nu)
                + odd([3.0, 16.0, 5.0, 0.0, 0.0]) / (96.0 * nu.powi(2))
                + odd([-15.0, 17.0, 19.0, 3.0, 0.0]) / (384.0 * nu.powi(3))
                + odd([-945.0, -1920.0, 1482.0, 776.0, 79.0]) / (92160.0 * nu.powi(4))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Interval, student};

    /// Table 26.10 of Abramowitz and Stegun.
    #[test]
    fn quantiles_of_student_are_those_of_the_tables() {
        let table = [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (9, 2.262), (30, 2.042), (120, 1.980)];
        for (degrees, expected) in table {
            let found = student(degrees).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-3, "{degrees}: {found}");
        }
        assert_eq!(student(0), None);
    }

    #[test]
    fn intervals_of_worked_examples() {
        // 1, 2, 3, 4: mean 2.5, standard error √(5/3)/2 = 0.645497, times 3.182446.
        let Interval { low, high } = Interval::of_mean(&[1.0, 2.0, 3.0, 4.0], 9.0).unwrap();
        assert!((low - 0.445_74).abs() < 3e-3 && (high - 4.554_26).abs() < 3e-3, "{low} {high}");
        assert_eq!(Interval::of_mean(&[1.0], 9.0), None);
        assert_eq!(Interval::of_mean(&[0.5, 0.7], 1.0), Some(Interval { low: 0.0, high: 1.0 }));
        // 8 of 10: Wilson's 0.4902 to 0.9433.
        let Interval { low, high } = Interval::of_share(0.8, 10);
        assert!((low - 0.490_16).abs() < 1e-4 && (high - 0.943_32).abs() < 1e-4, "{low} {high}");
        let Interval { low, high } = Interval::of_share(1.0, 100);
        assert!(low > 0.96 && low < 0.97 && (high - 1.0).abs() < 1e-12, "{low} {high}");
    }
}

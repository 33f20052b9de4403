//! Results of kernels in f64 on operands of a caller, with which the kernels of other programs are
//! compared.

use super::functions::softmax_of;
use super::sums::sum;
use super::{Error, Exact};
use svpg_reference::number::Real;

/// Rows × columns, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// The numbers.
    pub numbers: Vec<f64>,
}

impl Operand {
    fn row(&self, row: usize) -> &[f64] {
        &self.numbers[row * self.columns..][..self.columns]
    }
}

/// A kernel that other programs can have too.
#[derive(Clone, Copy, Debug)]
pub struct GivenKernel {
    /// The name of its entry in [`KERNELS`](super::KERNELS).
    pub name: &'static str,
    /// Names of its operands.
    pub operands: &'static [&'static str],
    /// Which formula, with the sizes of the operands.
    pub formula: &'static str,
    compute: fn(&[Operand], &[usize]) -> Vec<Option<Exact>>,
}

/// All of them.
pub static GIVEN_KERNELS: [GivenKernel; 7] = [
    GivenKernel { name: "exp", operands: &["x"], formula: "e^x; x: rows × columns", compute: exp },
    GivenKernel { name: "ln", operands: &["x"], formula: "ln x; x: rows × columns, positive", compute: ln },
    GivenKernel {
        name: "softmax",
        operands: &["z"],
        formula: "softmax of every circuit; z: samples × units",
        compute: softmax,
    },
    GivenKernel {
        name: "product",
        operands: &["start", "x", "w"],
        formula: "start + x w; start: samples × units, x: samples × inputs, w: inputs × units",
        compute: product,
    },
    GivenKernel {
        name: "outer",
        operands: &["x", "e"],
        formula: "xᵀ e, summed over the samples; x: samples × inputs, e: samples × units",
        compute: outer,
    },
    GivenKernel {
        name: "categorical",
        operands: &["z", "draws"],
        formula: "the winner of every circuit, from 0 inside the circuit: the first unit up to which the sum of the \
                  softmax exceeds the circuit's draw; z: samples × units, draws: samples × circuits",
        compute: categorical,
    },
    GivenKernel {
        name: "bernoulli",
        operands: &["rates", "draws"],
        formula: "1 where the draw is below the rate, else 0; rates and draws: samples × units",
        compute: bernoulli,
    },
];

impl GivenKernel {
    /// The results, in the order of the kernel's result, and for each the positive scale of its
    /// error. A result that rounding may decide either way is NaN.
    ///
    /// # Errors
    /// Bad input: the operands do not have the sizes that the formula states. `sizes` are the units
    /// of every circuit.
    pub fn results(&self, operands: &[Operand], sizes: &[usize]) -> Result<(Vec<f64>, Vec<f64>), Error> {
        let columns: usize = sizes.iter().sum();
        let [first, others @ ..] = operands else { return Err(refused(self, "there are none")) };
        let is_as_long =
            |operand: &Operand| operand.rows.checked_mul(operand.columns) == Some(operand.numbers.len());
        let fits = operands.len() == self.operands.len()
            && operands.iter().all(is_as_long)
            && match (self.name, others) {
                ("softmax", _) => first.columns == columns && !sizes.contains(&0),
                ("product", [x, w]) => (x.rows, w.columns, x.columns) == (first.rows, first.columns, w.rows),
                ("outer", [e]) => e.rows == first.rows,
                ("categorical", [draws]) => {
                    first.columns == columns
                        && !sizes.contains(&0)
                        && (draws.rows, draws.columns) == (first.rows, sizes.len())
                }
                ("bernoulli", [draws]) => (draws.rows, draws.columns) == (first.rows, first.columns),
                _ => true,
            };
        if !fits {
            return Err(refused(self, "their sizes do not fit"));
        }
        let results = (self.compute)(operands, sizes);
        Ok(results
            .iter()
            .map(|exact| exact.map_or((f64::NAN, 1.0), |exact| (exact.value, exact.scale)))
            .unzip())
    }
}

fn refused(kernel: &GivenKernel, what: &str) -> Error {
    Error::bad_input(format_args!("operands of {}", kernel.name), what, kernel.formula)
}

fn exp(operands: &[Operand], _: &[usize]) -> Vec<Option<Exact>> {
    operands[0].numbers.iter().map(|x| Exact::relative(x.exp())).collect()
}

fn ln(operands: &[Operand], _: &[usize]) -> Vec<Option<Exact>> {
    operands[0].numbers.iter().map(|x| Exact::relative(Real::ln(x))).collect()
}

fn softmax(operands: &[Operand], sizes: &[usize]) -> Vec<Option<Exact>> {
    let z = &operands[0];
    (0..z.rows).flat_map(|row| circuits(z.row(row), sizes).flat_map(softmax_of)).collect()
}

fn product(operands: &[Operand], _: &[usize]) -> Vec<Option<Exact>> {
    let [start, x, w] = operands else { return Vec::new() };
    let entry = |b: usize, u: usize| {
        sum(start.row(b)[u], x.row(b).iter().enumerate().map(|(k, &x)| (x, w.row(k)[u])))
    };
    (0..x.rows).flat_map(|b| (0..w.columns).map(move |u| (b, u))).map(|(b, u)| entry(b, u)).collect()
}

fn outer(operands: &[Operand], _: &[usize]) -> Vec<Option<Exact>> {
    let [x, e] = operands else { return Vec::new() };
    let entry = |k: usize, u: usize| sum(0.0, (0..x.rows).map(|b| (x.row(b)[k], e.row(b)[u])));
    (0..x.columns).flat_map(|k| (0..e.columns).map(move |u| (k, u))).map(|(k, u)| entry(k, u)).collect()
}

/// A draw nearer than this to the end of a unit's share may give either winner.
const NEAR: f64 = 1e-5;

fn categorical(operands: &[Operand], sizes: &[usize]) -> Vec<Option<Exact>> {
    let [z, draws] = operands else { return Vec::new() };
    let winner = |z: &[f64], draw: f64| {
        let mut sum = 0.0;
        let sums: Vec<f64> = svpg_reference::softmax::softmax(z)
            .into_iter()
            .map(|share| {
                sum += share;
                sum
            })
            .collect();
        let before = &sums[..z.len() - 1];
        let is_near = before.iter().any(|sum| (sum - draw).abs() < NEAR);
        let winner = before.iter().filter(|sum| **sum <= draw).count();
        (!is_near).then_some(Exact { value: winner as f64, scale: 1.0 })
    };
    (0..z.rows)
        .flat_map(|row| circuits(z.row(row), sizes).zip(draws.row(row)).map(|(z, &draw)| winner(z, draw)))
        .collect()
}

fn bernoulli(operands: &[Operand], _: &[usize]) -> Vec<Option<Exact>> {
    let [rates, draws] = operands else { return Vec::new() };
    let spike = |(rate, draw): (&f64, &f64)| Exact { value: f64::from(u8::from(draw < rate)), scale: 1.0 };
    rates.numbers.iter().zip(&draws.numbers).map(|pair| Some(spike(pair))).collect()
}

/// The part of every circuit of a row.
fn circuits<'a>(mut row: &'a [f64], sizes: &'a [usize]) -> impl Iterator<Item = &'a [f64]> {
    sizes.iter().map(move |&size| {
        let (own, rest) = row.split_at(size);
        row = rest;
        own
    })
}

#[cfg(test)]
mod tests {
    use super::{GIVEN_KERNELS, Operand};

    fn results(name: &str, operands: &[(usize, usize, &[f64])], sizes: &[usize]) -> Result<Vec<f64>, String> {
        let kernel = GIVEN_KERNELS.iter().find(|kernel| kernel.name == name).unwrap();
        let operand = |&(rows, columns, numbers): &(usize, usize, &[f64])| Operand {
            rows,
            columns,
            numbers: numbers.to_vec(),
        };
        let operands: Vec<Operand> = operands.iter().map(operand).collect();
        kernel.results(&operands, sizes).map(|(values, _)| values).map_err(|error| error.to_string())
    }

    #[test]
    fn results_are_those_of_the_formulas() {
        let of = |name, operands: &[(usize, usize, &[f64])], sizes: &[usize]| {
            results(name, operands, sizes).unwrap()
        };
        assert_eq!(of("exp", &[(1, 2, &[0.0, f64::NEG_INFINITY])], &[]), [1.0, 0.0]);
        assert_eq!(of("ln", &[(2, 1, &[1.0, 0.0])], &[]), [0.0, f64::NEG_INFINITY]);
        assert_eq!(of("softmax", &[(1, 3, &[5.0, 5.0, 7.0])], &[2, 1]), [0.5, 0.5, 1.0]);
        let product: [(usize, usize, &[f64]); 3] =
            [(1, 2, &[1.0, 2.0]), (1, 2, &[3.0, 4.0]), (2, 2, &[1.0, 0.0, 0.5, 10.0])];
        assert_eq!(of("product", &product, &[]), [6.0, 42.0]);
        assert_eq!(of("outer", &[(2, 1, &[1.0, 2.0]), (2, 2, &[1.0, 2.0, 3.0, 4.0])], &[]), [7.0, 10.0]);
        let third = 3.0f64.ln();
        let winners = |draw| of("categorical", &[(1, 3, &[0.0, third, 1.0]), (1, 2, &[draw, 0.99])], &[2, 1]);
        assert_eq!((winners(0.24), winners(0.26)), (vec![0.0, 0.0], vec![1.0, 0.0]));
        assert!(winners(0.25)[0].is_nan());
        assert_eq!(of("bernoulli", &[(1, 2, &[0.5, 0.5]), (1, 2, &[0.5, 0.4])], &[]), [0.0, 1.0]);
    }

    #[test]
    fn operands_of_other_sizes_are_refused() {
        for kernel in &GIVEN_KERNELS {
            assert!(super::super::KernelCheck::named(kernel.name).is_some(), "{}", kernel.name);
            let error = results(kernel.name, &[], &[]).unwrap_err();
            assert!(error.starts_with(&format!("operands of {}: ", kernel.name)), "{error}");
            let short: Vec<(usize, usize, &[f64])> =
                kernel.operands.iter().map(|_| (3, 2, &[1.0][..])).collect();
            assert!(results(kernel.name, &short, &[2]).is_err());
        }
        let z: (usize, usize, &[f64]) = (1, 2, &[1.0, 2.0]);
        assert!(results("softmax", &[z], &[3]).is_err() && results("softmax", &[z], &[2, 0]).is_err());
        assert!(results("categorical", &[z, z], &[2]).is_err());
        assert!(results("product", &[z, z, z], &[]).is_err());
        assert!(results("outer", &[z, (2, 1, &[1.0, 2.0])], &[]).is_err());
    }
}

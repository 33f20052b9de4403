//! `solve(V[x]) (body)` in f64: the coefficients of the unknowns in each body, then elimination.

use super::FaultKind;
use super::run::Machine;
use super::term::*;
use crate::language::ast::FoldKind;
use crate::language::source::Span;
use crate::resolve::sort::Sort;

/// `constant + Σ coefficients·unknowns`.
struct Affine {
    system: FamilyId,
    start: usize,
    constant: f64,
    coefficients: Vec<f64>,
}

impl Machine<'_, '_> {
    /// The solution, by position in the set.
    pub(super) fn solved(
        &mut self,
        system: FamilyId,
        member: Var,
        sort: Sort,
        body: TermId,
        span: &Span,
    ) -> Vec<f64> {
        let range = self.shape.range(sort);
        let (start, size) = (range.start, range.len());
        let mut matrix = Vec::with_capacity(size);
        let mut right = Vec::with_capacity(size);
        for (row, index) in range.enumerate() {
            self.values[member] = index;
            let mut form = Affine { system, start, constant: 0.0, coefficients: vec![0.0; size] };
            self.affine(body, 1.0, &mut form);
            right.push(form.constant);
            form.coefficients.iter_mut().for_each(|coefficient| *coefficient = -*coefficient);
            form.coefficients[row] += 1.0;
            matrix.push(form.coefficients);
        }
        if self.fault.is_some() {
            return vec![f64::NAN; size];
        }
        eliminated(matrix, right).unwrap_or_else(|| {
            let what = "the linear system has no unique solution";
            self.faulty(FaultKind::NoValue, span, what, "change the case so that it has one");
            vec![f64::NAN; size]
        })
    }

    /// Adds `scale` times the term to the form.
    fn affine(&mut self, id: TermId, scale: f64, form: &mut Affine) {
        let program = self.program;
        let Term { op, unknowns, span, .. } = &program.terms[id];
        let holds = |part: TermId| program.terms[part].unknowns.contains(&form.system);
        if !unknowns.contains(&form.system) {
            form.constant += scale * self.eval(id);
            return;
        }
        match op {
            Op::Unknown(_, ix) => {
                let at = self.index(ix) - form.start;
                form.coefficients[at] += scale;
            }
            Op::Negate(a) => self.affine(*a, -scale, form),
            Op::Add(a, b) => {
                self.affine(*a, scale, form);
                self.affine(*b, scale, form);
            }
            Op::Sub(a, b) => {
                self.affine(*a, scale, form);
                self.affine(*b, -scale, form);
            }
            Op::Mul(a, b, _) if !holds(*a) => {
                let factor = self.eval(*a);
                if factor != 0.0 {
                    self.affine(*b, scale * factor, form);
                }
            }
            Op::Mul(a, b, _) if !holds(*b) => {
                let factor = self.eval(*b);
                self.affine(*a, scale * factor, form);
            }
            Op::Div(a, b) if !holds(*b) => {
                let divisor = self.eval(*b);
                let factor = self.quotient(scale, divisor, span);
                self.affine(*a, factor, form);
            }
            Op::If(condition, a, b) if !holds(*condition) => {
                let branch = if self.eval(*condition) != 0.0 { *a } else { *b };
                self.affine(branch, scale, form);
            }
            Op::Fold(FoldKind::Sum, binders, filter, body) if !filter.is_some_and(holds) => {
                self.each(binders, *filter, span, &mut |machine| machine.affine(*body, scale, form));
            }
            Op::Mean { var, sort, weight, condition: None, body } if !holds(*weight) => {
                self.each(&[(*var, Set::All(*sort))], None, span, &mut |machine| {
                    let weight = machine.eval(*weight);
                    machine.affine(*body, scale * weight, form);
                });
            }
            _ => {
                let what = "the equations of solve are not affine in a form that can be read";
                self.faulty(FaultKind::NoValue, span, what, "write the unknowns in sums of products");
            }
        }
    }
}

/// Gaussian elimination with partial pivoting; `None` for a singular matrix.
fn eliminated(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for column in 0..size {
        let magnitude = |row: &usize| matrix[*row][column].abs();
        let pivot = (column..size).max_by(|a, b| magnitude(a).total_cmp(&magnitude(b)))?;
        let largest = magnitude(&pivot);
        if largest == 0.0 || !largest.is_finite() {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (above, below) = matrix.split_at_mut(column + 1);
        let own = &above[column];
        for (offset, row) in below.iter_mut().enumerate() {
            let factor = row[column] / own[column];
            if factor != 0.0 {
                row[column..].iter_mut().zip(&own[column..]).for_each(|(x, y)| *x -= factor * y);
                right[column + 1 + offset] -= factor * right[column];
            }
        }
    }
    for column in (0..size).rev() {
        let known: f64 = (column + 1..size).map(|other| matrix[column][other] * right[other]).sum();
        right[column] = (right[column] - known) / matrix[column][column];
    }
    Some(right)
}

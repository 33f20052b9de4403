//! The solution, entry by entry.

/// The solution of the equations whose rows are the coefficients and the right side; `None` if a
/// pivot is 0 or a number of the solution is not finite.
pub fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = rows.len();
    for k in 0..n {
        let larger = |best: usize, i: usize| if rows[i][k].abs() > rows[best][k].abs() { i } else { best };
        let pivot = (k..n).fold(k, larger);
        if rows[pivot][k] == 0.0 {
            return None;
        }
        rows.swap(k, pivot);
        let (above, below) = rows.split_at_mut(k + 1);
        let top = &above[k];
        for row in below {
            let factor = row[k] / top[k];
            if factor != 0.0 {
                row[k..].iter_mut().zip(&top[k..]).for_each(|(entry, top)| *entry -= factor * top);
            }
        }
    }
    let mut solution = vec![0.0; n];
    for k in (0..n).rev() {
        let known = (k + 1..n).fold(rows[k][n], |rest, j| rest - rows[k][j] * solution[j]);
        solution[k] = known / rows[k][k];
    }
    solution.iter().all(|x| x.is_finite()).then_some(solution)
}

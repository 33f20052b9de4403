//! The range of an axis, and its numbers.

use super::Chart;

/// The ranges of x and y, each with a positive length.
pub(super) fn ranges(chart: &Chart) -> ((f64, f64), (f64, f64)) {
    let bands = chart.series.iter().flat_map(|series| &series.band);
    let ends = bands.flat_map(|&(x, low, high)| [(x, low), (x, high)]);
    let all: Vec<(f64, f64)> = chart.points().chain(ends.filter(|(_, y)| y.is_finite())).collect();
    let x = wide(extent(all.iter().map(|point| point.0)));
    let y = chart.y_range.unwrap_or_else(|| {
        let (low, high) = extent(all.iter().map(|point| point.1));
        // An axis that begins near zero begins at zero.
        let low = if low >= 0.0 && low < 0.6 * high { 0.0 } else { low };
        let (low, high) = wide((low, high));
        let margin = 0.04 * (high - low);
        (if low == 0.0 { 0.0 } else { low - margin }, high + margin)
    });
    (x, y)
}

fn extent(all: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) =
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

/// A range of one number gets a length.
fn wide((low, high): (f64, f64)) -> (f64, f64) {
    if high > low { (low, high) } else { (low - 0.5 * low.abs().max(1.0), high + 0.5 * high.abs().max(1.0)) }
}

/// A number in as few digits as its four leading ones need.
pub(in crate::report) fn short(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs();
    if !(1e-3..1e6).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    let digits = (3.0 - magnitude.log10().floor()).max(0.0) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

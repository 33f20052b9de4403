//! A chart for a terminal.

use super::Chart;
use super::range::{ranges, short};

/// Rows of the plot.
const HEIGHT: usize = 12;
/// One for each curve.
const MARKS: &[char] = &['*', 'o', '+', 'x', '#', '@', '%', '~'];

/// At most `width` columns wide, at least 40.
pub(super) fn chart(chart: &Chart, width: usize) -> String {
    let ((x_low, x_high), (y_low, y_high)) = ranges(chart);
    let (top, bottom) = (short(y_high), short(y_low));
    let margin = top.chars().count().max(bottom.chars().count());
    let columns = width.max(40) - margin - 3;
    let mut plot = vec![vec![' '; columns]; HEIGHT];
    let place = |share: f64, cells: usize| (share.clamp(0.0, 1.0) * (cells - 1) as f64).round() as usize;
    for (series, mark) in chart.series.iter().zip(MARKS.iter().cycle()) {
        for (x, y) in series.finite() {
            let column = place((x - x_low) / (x_high - x_low), columns);
            let row = place((y_high - y) / (y_high - y_low), HEIGHT);
            plot[row][column] = *mark;
        }
    }
    let mut out = format!("{}\n", chart.title);
    for (row, cells) in plot.iter().enumerate() {
        let label = match row {
            0 => top.as_str(),
            row if row + 1 == HEIGHT => bottom.as_str(),
            _ => "",
        };
        let line: String = cells.iter().collect();
        out += format!("{label:>margin$} |{line}").trim_end();
        out.push('\n');
    }
    let (from, to) = (short(x_low), short(x_high));
    let gap = columns.saturating_sub(from.chars().count() + to.chars().count());
    out += &format!("{:margin$} +{}\n", "", "-".repeat(columns));
    out += &format!("{:margin$}  {from}{}{to}  {}\n", "", " ".repeat(gap), chart.x);
    let names = chart.series.iter().zip(MARKS.iter().cycle());
    out + &names.map(|(series, mark)| format!("{mark} {}\n", series.name)).collect::<String>()
}

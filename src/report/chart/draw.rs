//! The drawing, for every backend.

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::register_font;
use std::sync::Once;

use super::range::{ranges, short};
use super::{Chart, Series};
use crate::report::picture::Pixels;

/// Size of an SVG in its own units.
const SIZE: (u32, u32) = (720, 360);
/// A PNG has twice as many pixels in each direction.
const SCALE: u32 = 2;
/// Most marks on a curve: more would hide it.
const MARKS: usize = 12;

/// How a backend shows what a page's style sheet decides.
#[derive(Clone, Copy)]
struct Look {
    colour: fn(usize) -> RGBColor,
    /// Does the backend draw the dashes? Else the style sheet does.
    draws_dashes: bool,
    scale: u32,
}

/// The colour that stands for that of curve `number` in an SVG. [`super::theme`] replaces it.
pub(super) fn stand_in(number: usize) -> RGBColor {
    RGBColor(1 + number as u8, 0, 1)
}

/// The chart as `plotters` writes it, with stand-ins for colours.
pub(super) fn svg(chart: &Chart) -> String {
    let mut out = String::new();
    {
        let root = SVGBackend::with_string(&mut out, SIZE).into_drawing_area();
        draw(chart, &root, Look { colour: stand_in, draws_dashes: false, scale: 1 });
    }
    out
}

pub(super) fn pixels(chart: &Chart) -> Pixels {
    let (width, height) = (SIZE.0 * SCALE, SIZE.1 * SCALE);
    let mut pixels = Pixels::new(width as usize, height as usize, [255; 3]);
    {
        let backend = BitMapBackend::with_buffer(&mut pixels.rgb, (width, height));
        let root = backend.into_drawing_area();
        draw(chart, &root, Look { colour: super::theme::on_white, draws_dashes: true, scale: SCALE });
    }
    pixels
}

/// The font by which texts are measured, and drawn as pixels.
fn font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let known = register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular());
        assert!(known.is_ok(), "the font is one");
    });
}

fn draw<DB: DrawingBackend>(chart: &Chart, root: &DrawingArea<DB, Shift>, look: Look) {
    font();
    let done = try_draw(chart, root, look);
    assert!(done.is_ok(), "a chart in memory can be drawn");
}

fn try_draw<DB: DrawingBackend>(
    chart: &Chart,
    root: &DrawingArea<DB, Shift>,
    look: Look,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let Look { colour, scale, .. } = look;
    let size = 15 * scale;
    let rows = legend_rows(chart, root, look)?;
    let (legend, body) = root.split_vertically(rows.len() as u32 * (size + 7 * scale));
    draw_legend(&rows, chart, &legend, look)?;
    let ((x_low, x_high), (y_low, y_high)) = ranges(chart);
    let mut context = ChartBuilder::on(&body)
        .margin(8 * scale)
        .margin_right(18 * scale)
        .x_label_area_size(44 * scale)
        .y_label_area_size(64 * scale)
        .build_cartesian_2d(x_low..x_high, y_low..y_high)?;
    context
        .configure_mesh()
        .max_light_lines(0)
        .light_line_style(TRANSPARENT)
        .bold_line_style(BLACK.mix(0.15))
        .axis_style(BLACK.mix(0.6).stroke_width(scale))
        .label_style(("sans-serif", size))
        .axis_desc_style(("sans-serif", size))
        .x_desc(&chart.x)
        .y_desc(&chart.y)
        .x_labels(7)
        .y_labels(6)
        .x_label_formatter(&|x| short(*x))
        .y_label_formatter(&|y| short(*y))
        .draw()?;
    for (number, series) in chart.series.iter().enumerate() {
        let band = series.band.iter().filter(|(x, low, high)| (x + low + high).is_finite());
        let (there, back): (Vec<_>, Vec<_>) = band.map(|&(x, low, high)| ((x, high), (x, low))).unzip();
        if there.len() > 1 {
            let outline: Vec<_> = there.into_iter().chain(back.into_iter().rev()).collect();
            context.draw_series([Polygon::new(outline, colour(number).mix(0.18))])?;
        }
    }
    for (number, series) in chart.series.iter().enumerate() {
        let points: Vec<_> = series.finite().collect();
        let every = if series.is_scattered { 1 } else { points.len().div_ceil(MARKS).max(1) };
        let radius = if series.is_scattered { 1 } else { 4 } * scale;
        if !series.is_scattered {
            let style = colour(number).stroke_width(2 * scale);
            match dashes(number).filter(|_| look.draws_dashes) {
                None => context.draw_series(LineSeries::new(points.clone(), style)).map(|_| ())?,
                Some((on, off)) => {
                    let dashed = DashedLineSeries::new(points.clone(), on * scale, off * scale, style);
                    context.draw_series(dashed).map(|_| ())?;
                }
            }
        }
        let marked: Vec<_> = points.into_iter().step_by(every).collect();
        match if series.is_scattered { 0 } else { number % 4 } {
            0 => context
                .draw_series(marked.into_iter().map(|at| Circle::new(at, radius, colour(number).filled()))),
            1 => context.draw_series(
                marked.into_iter().map(|at| TriangleMarker::new(at, radius + scale, colour(number).filled())),
            ),
            2 => context.draw_series(
                marked.into_iter().map(|at| Cross::new(at, radius, colour(number).stroke_width(2 * scale))),
            ),
            _ => context.draw_series(
                marked.into_iter().map(|at| Circle::new(at, radius, colour(number).stroke_width(2 * scale))),
            ),
        }?;
    }
    root.present()
}

/// Length of dash and gap of a curve; none if its line is solid.
pub(super) fn dashes(number: usize) -> Option<(u32, u32)> {
    [None, Some((8, 4)), Some((2, 3)), Some((12, 3)), Some((5, 6))][number % 5]
}

/// The numbers of the curves in each row of the legend, each with its place from the left.
type Rows = Vec<Vec<(usize, u32)>>;

fn legend_rows<DB: DrawingBackend>(
    chart: &Chart,
    root: &DrawingArea<DB, Shift>,
    Look { scale, .. }: Look,
) -> Result<Rows, DrawingAreaErrorKind<DB::ErrorType>> {
    if chart.series.len() < 2 {
        return Ok(Vec::new());
    }
    let style = TextStyle::from(("sans-serif", 15 * scale).into_font());
    let (left, right) = (64 * scale, root.dim_in_pixel().0 - 18 * scale);
    let (mut rows, mut at): (Rows, u32) = (vec![Vec::new()], left);
    for (number, Series { name, .. }) in chart.series.iter().enumerate() {
        let width = 40 * scale + root.estimate_text_size(name, &style)?.0 + 16 * scale;
        if at + width > right && at > left {
            rows.push(Vec::new());
            at = left;
        }
        rows.last_mut().expect("there is a row").push((number, at));
        at += width;
    }
    Ok(rows)
}

fn draw_legend<DB: DrawingBackend>(
    rows: &Rows,
    chart: &Chart,
    area: &DrawingArea<DB, Shift>,
    Look { colour, draws_dashes, scale }: Look,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let size = 15 * scale;
    for (row, entries) in rows.iter().enumerate() {
        let middle = (row as u32 * (size + 7 * scale) + size / 2 + 6 * scale) as i32;
        for &(number, left) in entries {
            let (left, right) = (left as i32, (left + 32 * scale) as i32);
            let style = colour(number).stroke_width(2 * scale);
            let ends = [(left, middle), (right, middle)];
            match dashes(number).filter(|_| draws_dashes) {
                None => area.draw(&PathElement::new(ends, style))?,
                Some((on, off)) => {
                    area.draw(&DashedPathElement::new(ends, on * scale, off * scale, style))?
                }
            }
            let (at, radius) = (((left + right) / 2, middle), 4 * scale);
            match if chart.series[number].is_scattered { 0 } else { number % 4 } {
                0 => area.draw(&Circle::new(at, radius, colour(number).filled()))?,
                1 => area.draw(&TriangleMarker::new(at, radius + scale, colour(number).filled()))?,
                2 => area.draw(&Cross::new(at, radius, style))?,
                _ => area.draw(&Circle::new(at, radius, style))?,
            }
            let place = (right + 8 * scale as i32, middle - size as i32 / 2);
            area.draw(&Text::new(
                chart.series[number].name.as_str(),
                place,
                ("sans-serif", size).into_font(),
            ))?;
        }
    }
    Ok(())
}

//! Charts of curves and points, drawn by `plotters`: as SVG for a page or a file, as PNG, and as
//! text for a terminal.
//!
//! A curve is told apart by colour, by the dashes of its line and by the shape of its marks. The
//! colours keep a contrast of 3:1 to the background in both themes and are told apart with every
//! common form of colour blindness (after Okabe and Ito, 2008). The same chart gives the same
//! bytes.

mod draw;
mod range;
mod text;
mod theme;

pub(super) use range::short;
pub(super) use theme::COLOURS;

/// A chart with two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What the chart shows, in one line: its text for screen readers.
    pub title: String,
    /// Name of the horizontal axis, with its unit.
    pub x: String,
    /// Name of the vertical axis, with its unit.
    pub y: String,
    /// The values on the vertical axis, from the lowest to the highest; where none are given, those
    /// of the curves.
    pub y_range: Option<(f64, f64)>,
    /// Curves, in the order of the legend.
    pub series: Vec<Series>,
}

/// A curve, or points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Its points by rising x. A point that is not finite is left out.
    pub points: Vec<(f64, f64)>,
    /// An interval around it: x, low, high, by rising x. Empty if there is none.
    pub band: Vec<(f64, f64, f64)>,
    /// Are the points separate, without a line?
    pub is_scattered: bool,
}

impl Chart {
    /// Has it a point to draw?
    pub fn is_empty(&self) -> bool {
        self.points().next().is_none()
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.series.iter().flat_map(Series::finite)
    }

    /// As an element of a page that defines the colours.
    pub(super) fn inline_svg(&self) -> String {
        theme::inline(&draw::svg(self), &self.title)
    }

    /// As a file, with colours for a light and a dark background.
    pub fn svg(&self) -> String {
        theme::standalone(&draw::svg(self), &self.title)
    }

    /// As a PNG file on a white background, 1440 × 720 pixels.
    pub fn png(&self) -> Vec<u8> {
        draw::pixels(self).png()
    }

    /// As text, at most `width` columns wide.
    pub fn text(&self, width: usize) -> String {
        text::chart(self, width)
    }
}

impl Series {
    fn finite(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.points.iter().copied().filter(|(x, y)| x.is_finite() && y.is_finite())
    }
}

#[cfg(test)]
mod tests;

//! Colours. A drawing has stand-ins; a page or a file has the colours of both themes.

use plotters::style::RGBColor;

use super::draw::{dashes, stand_in};
use crate::report::html::escape;

/// Colours of curves on a light and on a dark background. `style.css` has the same ones.
pub(in crate::report) const COLOURS: [([u8; 3], [u8; 3]); 8] = [
    ([0x00, 0x65, 0xa3], [0x6a, 0xbb, 0xf2]),
    ([0xb8, 0x45, 0x00], [0xff, 0x9a, 0x57]),
    ([0x00, 0x75, 0x55], [0x4f, 0xd6, 0xac]),
    ([0xa3, 0x3d, 0x7a], [0xf2, 0x9c, 0xcb]),
    ([0x86, 0x60, 0x00], [0xe8, 0xc3, 0x4a]),
    ([0x59, 0x3c, 0xa6], [0xb9, 0xa5, 0xff]),
    ([0x4a, 0x4a, 0x4a], [0xcf, 0xcf, 0xcf]),
    ([0x0b, 0x70, 0x78], [0x6f, 0xe0, 0xe0]),
];

/// What the name of a variable of a style sheet begins with.
const VARIABLE: &str = "--";

pub(super) fn on_white(number: usize) -> RGBColor {
    let [r, g, b] = COLOURS[number % COLOURS.len()].0;
    RGBColor(r, g, b)
}

fn hexadecimal([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The drawing with variables for colours, which a style sheet defines.
pub(super) fn inline(drawing: &str, title: &str) -> String {
    let mut out =
        drawing.replace("\"#000000\"", "\"currentColor\"").replace(">\n", ">").replace("\n</", "</");
    for number in 0..=u8::MAX as usize - 1 {
        let RGBColor(r, g, b) = stand_in(number);
        let found = format!("#{r:02X}{g:02X}{b:02X}");
        if !out.contains(&found) {
            continue;
        }
        let colour = format!("var(--c{})", number % COLOURS.len());
        let line = format!("<polyline fill=\"none\" opacity=\"1\" stroke=\"{found}\" stroke-width=\"2\"");
        if let Some((on, off)) = dashes(number) {
            out = out.replace(&line, &format!("{line} stroke-dasharray=\"{on} {off}\""));
        }
        out = out.replace(&found, &colour);
    }
    for (written, shorter) in SHORTER {
        out = out.replace(written, shorter);
    }
    let head = "<svg ";
    let label = format!(
        "<svg class=\"chart\" role=\"img\" aria-label=\"{}\" font-family=\"sans-serif\" font-size=\"{FONT_SIZE}\" ",
        escape(title)
    );
    out.replacen(head, &label, 1)
}

/// Size of all text, in the unit of the drawing.
const FONT_SIZE: &str = "12.1";

/// Attributes that the root of the drawing has, or that have these values where they are missing. A
/// report with a hundred charts is a fifth shorter without them.
const SHORTER: [(&str, &str); 6] = [
    (" opacity=\"1\"", ""),
    (" stroke=\"none\"", ""),
    (" stroke-width=\"1\"", ""),
    (" text-anchor=\"start\"", ""),
    (" font-family=\"sans-serif\"", ""),
    (" font-size=\"12.096774193548388\"", ""),
];

/// The drawing as a file of its own.
pub(super) fn standalone(drawing: &str, title: &str) -> String {
    let list = |is_dark: bool| {
        let one = |(number, &(light, dark)): (usize, &([u8; 3], [u8; 3]))| {
            format!("{VARIABLE}c{number}:{};", hexadecimal(if is_dark { dark } else { light }))
        };
        COLOURS.iter().enumerate().map(one).collect::<String>()
    };
    let style = format!(
        "<title>{}</title><style>svg{{color:#1b1b1b;background:#ffffff;{}}}\
         @media(prefers-color-scheme:dark){{svg{{color:#ececec;background:#16181b;{}}}}}</style>",
        escape(title),
        list(false),
        list(true)
    );
    let out = inline(drawing, title);
    match out.find('>') {
        Some(end) => format!("{}{style}{}\n", &out[..=end], &out[end + 1..]),
        None => out,
    }
}

use super::theme::COLOURS;
use super::{Chart, Series, short};

fn chart() -> Chart {
    let curve = |name: &str, slope: f64| Series {
        name: name.to_owned(),
        points: (0..50).map(|x| (f64::from(x), slope * f64::from(x))).collect(),
        band: (0..50)
            .map(|x| (f64::from(x), slope * f64::from(x) - 1.0, slope * f64::from(x) + 1.0))
            .collect(),
        is_scattered: false,
    };
    Chart {
        title: "two <curves>".to_owned(),
        x: "step".to_owned(),
        y: "value & more".to_owned(),
        y_range: None,
        series: vec![curve("one", 1.0), curve("<two>", 2.0)],
    }
}

#[test]
fn an_svg_has_every_curve_and_no_colour_of_its_own() {
    let svg = chart().inline_svg();
    assert_eq!(svg, chart().inline_svg(), "the same chart gives the same bytes");
    assert!(
        svg.contains("var(--c0)") && svg.contains("var(--c1)") && svg.contains("stroke-dasharray=\"8 4\"")
    );
    assert!(svg.matches("opacity=\"0.18\"").count() >= 2, "both intervals are drawn");
    assert!(!svg.contains("#000000") && !svg.contains("#010001"), "a stand-in is left");
    assert!(svg.contains("aria-label=\"two &lt;curves&gt;\"") && svg.contains("&lt;two&gt;"));
    assert!(svg.contains("value &amp; more") && !svg.contains("<two>"));
    assert!(
        svg.matches("font-size").count() == 1 && !svg.contains(" opacity=\"1\""),
        "attributes are repeated"
    );
    let file = chart().svg();
    assert!(file.contains("prefers-color-scheme:dark") && file.contains("<title>two &lt;curves&gt;</title>"));
}

#[test]
fn a_png_shows_the_colours_of_the_curves() {
    let file = chart().png();
    assert_eq!(file, chart().png());
    let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
    let mut read = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut read).unwrap();
    for ((light, _), is_shown) in COLOURS.iter().zip([true, true, false]) {
        assert_eq!(read.chunks_exact(3).filter(|pixel| pixel == light).count() > 100, is_shown, "{light:?}");
    }
    let dark = read.chunks_exact(3).filter(|pixel| pixel.iter().all(|&c| c < 64)).count();
    assert!(dark > 500, "texts are drawn: {dark} dark pixels");
}

#[test]
fn points_that_are_not_finite_are_left_out() {
    let mut chart = chart();
    chart.series[0].points.extend([(f64::NAN, 1.0), (1.0, f64::INFINITY)]);
    assert!(!chart.svg().contains("NaN") && !chart.text(60).contains("NaN"));
    chart.series = vec![Series { points: vec![(3.0, f64::NAN)], ..Series::default() }];
    assert!(chart.is_empty());
    assert!(chart.svg().contains("</svg>"));
}

#[test]
fn a_text_has_its_curves_and_ends() {
    let text = chart().text(60);
    assert!(text.lines().all(|line| line.chars().count() <= 70), "{text}");
    for part in ["two <curves>", "* one", "o <two>", "step", "49"] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let rows: Vec<&str> =
        text.lines().filter(|line| line.contains('|') && line.contains(['*', 'o'])).collect();
    assert!(rows[0].ends_with('o') && rows[rows.len() - 1].contains('*'), "{text}");
}

#[test]
fn numbers_are_short() {
    let expected =
        [(0.0, "0"), (0.05, "0.05"), (1.0, "1"), (1500.0, "1500"), (0.123_456, "0.1235"), (2e7, "2.00e7")];
    for (value, text) in expected {
        assert_eq!(short(value), text);
    }
}

/// Relative luminance of WCAG 2.
fn luminance([r, g, b]: [u8; 3]) -> f64 {
    let linear = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.03928 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// The colours of `style.css` are these, and they are seen on its backgrounds.
#[test]
fn colours_stand_out_in_both_themes() {
    let contrast = |a, b| {
        let (a, b) = (luminance(a), luminance(b));
        (f64::max(a, b) + 0.05) / (f64::min(a, b) + 0.05)
    };
    let style = include_str!("../style.css");
    for (number, (light, dark)) in COLOURS.into_iter().enumerate() {
        assert!(contrast(light, [255; 3]) >= 4.5, "{light:?}");
        assert!(contrast(dark, [0x16, 0x18, 0x1b]) >= 4.5, "{dark:?}");
        for [r, g, b] in [light, dark] {
            let line = format!("--c{number}: #{r:02x}{g:02x}{b:02x};");
            assert!(style.contains(&line), "{line}");
        }
    }
}

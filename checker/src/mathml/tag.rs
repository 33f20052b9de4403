//! Elements of MathML Core. Texts are escaped here and nowhere else.

/// The text between tags.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            c => out.push(c),
        }
    }
    out
}

/// A complete formula.
pub(super) fn formula(content: &str) -> String {
    format!("<math displaystyle=\"true\">{content}</math>")
}

/// An identifier: italic if it is one letter, else upright.
pub(super) fn mi(text: &str) -> String {
    format!("<mi>{}</mi>", escaped(text))
}

/// A number.
pub(super) fn mn(text: &str) -> String {
    format!("<mn>{}</mn>", escaped(text))
}

/// An operator.
pub(super) fn mo(text: &str) -> String {
    format!("<mo>{}</mo>", escaped(text))
}

/// A word between formulas.
pub(super) fn mtext(text: &str) -> String {
    format!("<mtext>{}</mtext>", escaped(text))
}

/// Elements as one.
pub(super) fn row(content: &str) -> String {
    format!("<mrow>{content}</mrow>")
}

/// Content between brackets. They are as high as the content if that has several lines.
pub(super) fn fenced(open: &str, content: &str, close: &str) -> String {
    // Without a font for mathematics, brackets that stretch around a subscript are far too high.
    let is_high = ["<mfrac", "<munder", "<mtable"].iter().any(|tag| content.contains(tag));
    let bracket = |sign: &str, form: &str| {
        format!("<mo fence=\"true\" form=\"{form}\" stretchy=\"{is_high}\">{sign}</mo>")
    };
    row(&format!("{}{content}{}", bracket(open, "prefix"), bracket(close, "postfix")))
}

/// `base` with `below` as its index.
pub(super) fn msub(base: &str, below: &str) -> String {
    format!("<msub>{base}{below}</msub>")
}

/// `base` with `above` as its exponent.
pub(super) fn msup(base: &str, above: &str) -> String {
    format!("<msup>{base}{above}</msup>")
}

/// `base` with `below` under it.
pub(super) fn munder(base: &str, below: &str) -> String {
    format!("<munder>{base}{below}</munder>")
}

/// A fraction.
pub(super) fn mfrac(above: &str, below: &str) -> String {
    format!("<mfrac>{}{}</mfrac>", row(above), row(below))
}

/// A space between two factors.
pub(super) fn thin() -> String {
    "<mo>&#x2062;</mo><mspace width=\"0.17em\"></mspace>".to_owned()
}

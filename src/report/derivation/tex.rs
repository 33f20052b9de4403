//! TeX formulas of the prose as MathML.

use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};

use crate::report::html::escape;

/// The formula as a `<math>` element; as code if it is not TeX.
pub(super) fn mathml(formula: &str, is_display: bool) -> String {
    let storage = Storage::new();
    let events: Result<Vec<_>, _> = Parser::new(formula, &storage).collect();
    let mut out = String::new();
    let display_mode = if is_display { DisplayMode::Block } else { DisplayMode::Inline };
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let is_written = events.is_ok_and(|events| {
        let events = events.into_iter().map(Ok::<_, std::convert::Infallible>);
        push_mathml(&mut out, events, config).is_ok()
    });
    if is_written { out } else { format!("<code>{}</code>", escape(formula)) }
}

#[cfg(test)]
mod tests {
    use super::mathml;

    #[test]
    fn a_formula_becomes_mathml_and_no_text_becomes_markup() {
        let found = mathml(r"\partial_\theta \ln \pi(a \mid s)", false);
        assert!(found.starts_with("<math") && found.contains("<msub>"), "{found}");
        assert!(mathml(r"\frac12", true).contains("display=\"block\""));
        let broken = mathml(r"\frac{<b>", false);
        assert!(broken.starts_with("<code>") && !broken.contains("<b>"), "{broken}");
        assert!(!mathml(r"\text{<b>} < x", false).contains("<b>"));
    }
}

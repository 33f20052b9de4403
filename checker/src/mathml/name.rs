//! Names of the language as identifiers of mathematics.

use super::tag::{mi, mn, mo, msub, msup, mtext, row};

/// Names of Greek letters. `lambda` and the like are written as letters.
const GREEK: &[(&str, &str)] = &[
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ϵ"),
    ("eps", "ϵ"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
];

/// A name: `J_exact` has a subscript, `i2` an index, `qnext` a plus sign above, `mu` is a letter.
pub(super) fn name(text: &str) -> String {
    if text.is_empty() {
        return row("");
    }
    if text == "qnext" {
        return msup(&mi("q"), &mo("+"));
    }
    if let Some((head, below)) = text.split_once('_')
        && !head.is_empty()
        && !below.is_empty()
    {
        return msub(&plain(head), &mtext(&below.replace('_', " ")));
    }
    plain(text)
}

fn plain(text: &str) -> String {
    let letters = text.trim_end_matches('\'');
    let primes = "′".repeat(text.len() - letters.len());
    let stem = letters.trim_end_matches(|c: char| c.is_ascii_digit());
    let letter = GREEK.iter().find(|(spelled, _)| *spelled == stem).map_or(stem, |(_, letter)| letter);
    let base = match &letters[stem.len()..] {
        "" => mi(letter),
        digits => msub(&mi(letter), &mn(digits)),
    };
    if primes.is_empty() { base } else { msup(&base, &mo(&primes)) }
}

//! Characters that look like others, or that a reader cannot see.
//!
//! Names are ASCII, so two names that look alike are the same name. An error message gives the code
//! point of a refused character and the ASCII letter that it looks like.

/// An invisible character that changes what a terminal or an editor shows: a control character, or
/// a change of the writing direction. Not allowed anywhere in a file.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A character without width, or one that ends a line for some programs only. Not allowed in a
/// block.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// White space between tokens. A no-break space counts as a space. Spaces of other widths are not
/// allowed.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{a0}')
}

/// `U+0430`
pub(crate) fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// What to write instead of a character that is not in the language.
pub(crate) fn remedy(c: char) -> String {
    if let Some(spelling) = spelling(c) {
        return format!("`{c}` is written {spelling}");
    }
    if let Some((script, ascii)) = look_alike(c) {
        return format!("it is a {script} character that looks like `{ascii}`: write `{ascii}` of ASCII");
    }
    if c.is_whitespace() {
        return "write an ordinary space".to_owned();
    }
    if c.is_alphanumeric() {
        return "names have letters and digits of ASCII, `_` and `'`".to_owned();
    }
    "the signs of the language are in docs/derivation-language.md".to_owned()
}

const GREEK_SMALL: [&str; 25] = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu",
    "nu", "xi", "omicron", "pi", "rho", "sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
];

/// The spelling of letters and digits of printed mathematics.
fn spelling(c: char) -> Option<String> {
    const SUPERSCRIPTS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    const SUBSCRIPTS: &str = "₀₁₂₃₄₅₆₇₈₉";
    const INDICES: &[(char, char)] = &[
        ('ᵢ', 'i'),
        ('ⱼ', 'j'),
        ('ₖ', 'k'),
        ('ₗ', 'l'),
        ('ₘ', 'm'),
        ('ₐ', 'a'),
        ('ᵥ', 'v'),
        ('ₜ', 't'),
        ('ₓ', 'x'),
    ];
    if let Some(digit) = SUPERSCRIPTS.chars().position(|other| other == c) {
        return Some(format!("^{digit}"));
    }
    if let Some(digit) = SUBSCRIPTS.chars().position(|other| other == c) {
        return Some(format!("{digit}, as in x{digit}"));
    }
    if let Some((_, letter)) = INDICES.iter().find(|(other, _)| *other == c) {
        return Some(format!("[{letter}], as in q[{letter}]"));
    }
    let written = match c {
        'Σ' => "sum(j), as in sum(j) W[j,i]*q[j]",
        'Π' => "prod(i), as in prod(i) q[i]",
        'ϵ' => "epsilon",
        'ϑ' => "theta",
        'ϕ' => "phi",
        'Γ' => "Gamma",
        'Δ' => "Delta",
        'Θ' => "Theta",
        'Λ' => "Lambda",
        'Ξ' => "Xi",
        'Φ' => "Phi",
        'Ψ' => "Psi",
        'Ω' => "Omega",
        '½' => "1/2",
        '¼' => "1/4",
        '¾' => "3/4",
        // An omicron looks like an o; its name is never meant.
        'ο' => return None,
        'α'..='ω' => GREEK_SMALL[c as usize - 'α' as usize],
        _ => return None,
    };
    Some(written.to_owned())
}

/// Characters that look like ASCII characters, by script. The characters of the first text look
/// like those of the second, in order.
const LOOK_ALIKES: &[(&str, &str, &str)] = &[
    ("Cyrillic", "абвгԁеһіјкморԛѕтцѵԝхуь", "a6BrdehijkMopqsTuvwxyb"),
    ("Cyrillic", "АВСЕԌНІЈКМОРԚЅТѴԜХУЗ", "ABCEGHIJKMOPQSTVWXY3"),
    ("Cyrillic", "сԍҮ", "cGY"),
    ("Greek", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳ", "ABEZHIKMNOPTYXocj"),
    ("Armenian", "օոսց", "onug"),
    ("Latin", "ıɡɑʋſ", "igavf"),
    ("letterlike", "ℂℊℋℌℍℎℐℑℒℓℕℙℚℛℜℝℤℬℯℰℱℳℴK", "CgHHHhIILlNPQRRRZBeEFMoK"),
];

fn look_alike(c: char) -> Option<(&'static str, char)> {
    let ascii = |code: u32| char::from_u32(code).filter(char::is_ascii_graphic);
    let letter = |at: u32| ascii(if at < 26 { u32::from('A') + at } else { u32::from('a') + at - 26 });
    match c {
        '\u{ff01}'..='\u{ff5e}' => return Some(("fullwidth", ascii(u32::from(c) - 0xfee0)?)),
        '\u{1d400}'..='\u{1d6a3}' => {
            return Some(("mathematical", letter((u32::from(c) - 0x1d400) % 52)?));
        }
        '\u{1d7ce}'..='\u{1d7ff}' => {
            return Some(("mathematical", ascii(u32::from('0') + (u32::from(c) - 0x1d7ce) % 10)?));
        }
        _ => {}
    }
    LOOK_ALIKES.iter().find_map(|&(script, from, to)| {
        let position = from.chars().position(|other| other == c)?;
        Some((script, to.chars().nth(position)?))
    })
}

#[cfg(test)]
mod tests {
    use super::{LOOK_ALIKES, is_invisible, look_alike, remedy};

    #[test]
    fn look_alikes_are_paired() {
        for (script, from, to) in LOOK_ALIKES {
            assert_eq!(from.chars().count(), to.chars().count(), "{script}");
            assert!(to.is_ascii());
        }
        for (c, ascii) in
            [('а', 'a'), ('р', 'p'), ('с', 'c'), ('Α', 'A'), ('ｐ', 'p'), ('𝐚', 'a'), ('𝟎', '0'), ('𝚣', 'z')]
        {
            assert_eq!(look_alike(c).map(|(_, found)| found), Some(ascii), "{c}");
        }
    }

    #[test]
    fn printed_letters_have_a_spelling() {
        for (c, spelling) in
            [('π', "pi"), ('κ', "kappa"), ('²', "^2"), ('Σ', "sum(j)"), ('ᵢ', "[i]"), ('ω', "omega")]
        {
            assert!(remedy(c).contains(&format!("is written {spelling}")), "{}", remedy(c));
        }
    }

    #[test]
    fn ordinary_text_is_visible() {
        assert!(!"a é 中 — … “” Ω\n".chars().any(is_invisible));
    }
}

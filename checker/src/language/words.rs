//! The words of the language.

/// Words that begin a statement. They are not allowed as names.
pub(crate) const STATEMENTS: &[&str] = &["network", "let", "param", "rule", "derive", "claim", "measure"];

/// Words with a fixed meaning inside expressions and statements.
pub(crate) const RESERVED: &[&str] = &[
    "network",
    "let",
    "param",
    "rule",
    "derive",
    "claim",
    "measure",
    "for",
    "in",
    "where",
    "given",
    "expect",
    "because",
    "sees",
    "sum",
    "prod",
    "d",
    "ln",
    "exp",
    "hold",
    "solve",
    "softmax",
    "meanfield",
    "bernoulli",
    "min",
    "max",
    "clip",
    "if",
    "and",
    "or",
    "not",
    "action",
    "circuit",
    "ordinal",
];

/// Reserved words that begin an expression.
pub(crate) const FUNCTIONS: &[&str] = &[
    "sum",
    "prod",
    "d",
    "ln",
    "exp",
    "hold",
    "solve",
    "softmax",
    "meanfield",
    "bernoulli",
    "min",
    "max",
    "clip",
    "if",
    "not",
    "action",
    "circuit",
    "ordinal",
];

/// Reserved words that follow an expression or a head.
pub(crate) const FOLLOWERS: &[&str] =
    &["expect", "because", "where", "given", "sees", "and", "or", "in", "positive", "convention", "nonlocal"];

/// The known name nearest to `name`: equal except for case, or at a small edit distance. `None` if
/// no name is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let allowed = match length {
        0..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    let candidates = known.into_iter().filter(|other| *other != name).filter_map(|other| {
        if other.eq_ignore_ascii_case(name) {
            return Some((0, other));
        }
        let others = other.chars().count();
        if length.abs_diff(others) > allowed {
            return None;
        }
        let distance = edit_distance(name, other);
        // With as many edits as characters, every name is near.
        (distance <= allowed && distance < length.max(others)).then_some((distance, other))
    });
    candidates.min().map(|(_, other)| other)
}

/// Levenshtein distance.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Suggests the nearest known name, and lists all of them after `what`.
pub(crate) fn suggestion(name: &str, known: &[&str], what: &str) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("write `{near}`; {what}: {}", known.join(", ")),
        None if known.is_empty() => format!("{what}: none"),
        None => format!("{what}: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_near_name_is_near() {
        let known = ["A", "W", "b", "q", "pi", "mask", "kappa", "J_exact", "J_meanfield", "softmax"];
        for (name, expected) in [
            ("Q", Some("q")),
            ("PI", Some("pi")),
            ("pii", Some("pi")),
            ("g", None),
            ("xyz", None),
            ("kapa", Some("kappa")),
            ("j_exact", Some("J_exact")),
            ("J_meanfeld", Some("J_meanfield")),
            ("sofmtax", Some("softmax")),
            ("reward", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}

//! Statements for Coq: what a claim supposes of the mean-field states that its derivatives pass
//! through. The main crate compares the statements of the chapters with the files of proofs.

use crate::chapter;

const STATES: &str = "param beta\nparam gamma\n\
    let push(a) = meanfield(s | a by beta)\n\
    let pull(a) = meanfield(s | a by 0 - beta)\n\
    let other(a) = meanfield(s | a by gamma)\n\
    let level(a, x: number) = meanfield(s | a by x)\n\
    let full(a) = meanfield(s | a)\n";

/// The statement of a claim that says that two sides are equal, or what its translation lacks.
fn exported(side: &str) -> Result<String, String> {
    let text = format!("{STATES}claim X \"x\" for a, i: {side} = 0");
    let statements = chapter(&text).unwrap_or_else(|error| panic!("{side}: {error}")).statements();
    match statements.left_out.into_iter().next() {
        None => Ok(statements.text),
        Some(left_out) => Err(left_out.lacks),
    }
}

/// The hypotheses about smooth states.
fn supposed(side: &str) -> Vec<String> {
    let text = exported(side).unwrap_or_else(|lacks| panic!("{side}: {lacks}"));
    let lines = text.lines().filter(|line| line.contains("smooth"));
    lines.map(|line| line.trim().trim_end_matches(" ->").to_owned()).collect()
}

#[test]
fn a_derivative_by_a_strength_supposes_that_the_states_it_moves_are_smooth() {
    let cases: [(&str, &[&str]); 8] = [
        ("d push(a)[i] / d beta", &["smooth_in_strength mf net beta"]),
        ("d pull(a)[i] / d beta", &["smooth_in_strength mf net (0 - beta)"]),
        (
            "d (push(a)[i] * pull(a)[i] - push(a)[i]) / d beta",
            &["smooth_in_strength mf net beta", "smooth_in_strength mf net (0 - beta)"],
        ),
        // No other state depends on beta.
        ("d (push(a)[i] * other(a)[i] * q[i] * full(a)[i]) / d beta", &["smooth_in_strength mf net beta"]),
        ("d (push(a)[i] * other(a)[i]) / d gamma", &["smooth_in_strength mf net gamma"]),
        ("d (beta * q[i]) / d beta", &[]),
        ("push(a)[i] * beta", &[]),
        (
            "(d push(a)[i] / d beta) * (d full(a)[i] / d b[i]) * (d q[i] / d b[i])",
            &[
                "smooth mf net free_state",
                "(forall a, smooth mf net (clamped_at a))",
                "smooth_in_strength mf net beta",
            ],
        ),
    ];
    for (side, expected) in cases {
        assert_eq!(supposed(side), expected, "{side}");
    }
}

#[test]
fn a_derivative_by_a_strength_is_one_of_a_function_of_a_number() {
    let text = exported("d push(a)[i] / d beta").unwrap();
    assert!(text.contains("d_number (fun beta' => push mf net beta' a i) beta = 0"), "{text}");
    assert!(text.contains("/\\ derivable_number (fun beta' => push mf net beta' a i) beta"), "{text}");
    assert_ne!(text, exported("d pull(a)[i] / d beta").unwrap());
}

#[test]
fn what_derivatives_through_weak_clamps_lack_is_named() {
    for (side, expected) in [
        ("d push(a)[i] / d b[i]", "a derivative of a weakly clamped state by a parameter of the network"),
        (
            "d level(a, beta)[i] / d beta",
            "a derivative by a strength that depends on an index or an argument",
        ),
        (
            "d level(a, q[i])[i] / d beta",
            "a derivative by a strength that depends on an index or an argument",
        ),
    ] {
        assert_eq!(exported(side), Err(expected.to_owned()), "{side}");
    }
}

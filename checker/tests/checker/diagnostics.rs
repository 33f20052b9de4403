//! Every code, at its line, in one line of text.

use crate::{chapter, first, refused};

const CASES: &[(&str, &str, usize)] = &[
    ("claim X \"x\" 1 + = 2", "D101", 1),
    ("claim X \"x\" q[i", "D101", 1),
    ("claim X \"x\"", "D101", 1),
    ("claim X \"x\" 1 = 2 expect maybe", "D101", 1),
    ("let sum = 1", "D101", 1),
    ("claim X \"x\" A^A = 1", "D101", 1),
    ("claim X \"x\" A^99 = 1", "D101", 1),
    ("claim X \"x\" ln A^2 = 1", "D101", 1),
    ("claim X \"x\" d A*A = 1", "D101", 1),
    ("rule r\nclaim X \"x\" A = 1", "D101", 2),
    ("theorem X \"x\" 1 = 2", "D102", 1),
    ("claim X \"x\" A = 1 ?", "D103", 1),
    ("claim X \"open\nA = 1", "D103", 1),
    ("claim X \"x\" A = 11111111111111111111111111111111111111111", "D103", 1),
    ("claim a23456789012345678901234567890123456789012345678901234567890123456789 \"x\" A = 1", "D103", 1),
    ("claim X \"\u{1b}[31mred\" A = 1", "D103", 1),
    ("claim X \"x\" A = 1 -- \u{202e}", "D103", 1),
    ("```\nprose\u{0}\n```svpg", "D103", 2),
    ("let y = 1", "D104", 0),
    ("claim X \"x\" foo = 1", "D201", 1),
    ("claim X \"x\" for i in nowhere: q[i] = 1", "D201", 1),
    ("claim X \"x\" foo.W[i,j] = 1", "D201", 1),
    ("claim X \"x\" for k: q[k] = 1", "D202", 1),
    ("claim X \"x\" for i: R(i) = 1", "D202", 1),
    ("claim X \"x\" for i, k: (i == k) = 1", "D202", 1),
    ("claim X \"x\" for g: A = 1", "D202", 1),
    ("claim X \"x\" q = 1", "D203", 1),
    ("claim X \"x\" for i, j where i < j: b[i] = b[j]", "D203", 1),
    ("claim X \"x\" for i: W[i] = 1", "D203", 1),
    ("claim X \"x\" A[A] = 1", "D203", 1),
    ("claim X \"x\" pi(a, a) = 1", "D203", 1),
    ("claim X \"x\" min(A) = 1", "D203", 1),
    ("claim X \"x\" softmax(A)[i] = 1", "D203", 1),
    ("claim X \"x\" bernoulli(A) = 1", "D203", 1),
    ("claim X \"x\" E[v ~ s] v[i] = 1", "D203", 1),
    ("claim X \"x\" if(A, A, A) = 1", "D203", 1),
    ("param big[i, j, k, a, c]", "D203", 1),
    ("let f[i] = q", "D203", 1),
    ("let y = 1\nlet y = 2", "D204", 2),
    ("claim X \"x\" A = 1\nclaim X \"y\" A = 2", "D204", 2),
    ("rule r b[i] += A sees global: A b[i] += A sees global: A", "D204", 1),
    ("claim X \"x\" for i, i: q[i] = 1", "D204", 1),
    ("claim X \"x\" (sum(k, a, k) s[k]) = 1", "D204", 1),
    ("claim X \"x\" d A / d kappa = 0", "D206", 1),
    ("claim X \"x\" d A / d pi(a) = 0", "D206", 1),
    ("let g = d J_exact / d A\nclaim X \"x\" d g / d A = 0", "D207", 2),
    ("claim X \"x\" d (d A / d A) / d A = 0", "D207", 1),
    ("network rwta(S, G, D, A)", "D208", 1),
    ("claim X \"x\" given W = 0 A = 1", "D209", 1),
    ("claim X \"x\" given U_SH = 2 A = 1", "D209", 1),
    ("claim X \"x\" A*A = A*A", "D401", 1),
    ("claim X \"x\" for i in H, j in A where circuit(i) == circuit(j): q[i] = q[j]", "D402", 1),
    ("claim X \"x\" A = A + sum(i in H where circuit(i) != circuit(i)) q[i]", "D403", 1),
    ("claim X \"x\" for i: d (sum(a in A) q[a]) / d b[i] = 0", "D404", 1),
    ("claim X \"x\" A = 1 / (A - A)", "D501", 1),
    ("claim X \"x\" A = 0^-1", "D501", 1),
    ("claim X \"x\" A = ln (-exp A)", "D503", 1),
    ("let V = solve(V[x]) (A + V[x]*V[x])\nclaim X \"x\" for x: V[x] = A", "D504", 1),
    // Zero solves this too, but it is not the only solution, and not what an affine equation would
    // have.
    ("let V = solve(V[x]) (V[x]^2/2)\nclaim X \"x\" for x: V[x] = 0", "D504", 1),
    ("let V = solve(V[x]) (exp V[x])\nclaim X \"x\" for x: V[x] = 0", "D504", 1),
    ("let V = solve(V[x]) (A + V[x])\nclaim X \"x\" for x: V[x] = A", "D504", 1),
];

#[test]
fn each_error_has_its_code_and_line() {
    for &(statements, code, line) in CASES {
        let (found, at) = refused(statements);
        assert_eq!((found.as_str(), at), (code, line), "{statements}");
    }
}

#[test]
fn a_network_comes_first_and_is_known() {
    for (text, code) in [
        ("claim X \"x\" 1 = 2", "D208"),
        ("let y = 1", "D208"),
        ("param y", "D208"),
        ("rule r b[i] += A", "D208"),
        ("measure M \"m\" by x", "D208"),
        ("network other(S, G, D, A)", "D208"),
        ("network rwta(S, G, D)", "D101"),
        ("network rwta(S, G, D, A) convention double", "D101"),
    ] {
        let source = svpg_check::Source::new("t.md", format!("```svpg\n{text}\n```\n"));
        let found = first(svpg_check::Chapter::new(&source, None).err().unwrap());
        assert_eq!(found.code.as_str(), code, "{text}");
    }
    let none = svpg_check::Source::new("t.md", "# Only prose\n");
    let diagnostic = first(svpg_check::Chapter::new(&none, None).err().unwrap());
    assert_eq!(diagnostic.code.as_str(), "D104");
    assert!(diagnostic.to_string().starts_with("t.md:1:1: D104: "));
}

#[test]
fn too_much_work_is_refused() {
    let chapter = chapter("claim X \"x\" sum(v, u, v', u') p(v)*p(u)*p(v')*p(u')*(v == u) = 1").unwrap();
    let mut plan = crate::plan();
    plan.budget = 10_000;
    let report = chapter.check(&plan, &|| ());
    assert_eq!(report.diagnostics[0].code.as_str(), "D502");
}

#[test]
fn long_and_high_input_is_refused_and_not_crashed_on() {
    let sum = format!("claim X \"x\" {}A = 1", "A + ".repeat(20_000));
    assert_eq!(refused(&sum).0, "D105");
    let index = format!("claim X \"x\" {} = 1", "b[".repeat(40) + "i" + &"]".repeat(40));
    assert_eq!(refused(&index).0, "D105");
    let lets: String = (1..5_000).map(|n| format!("let y{n} = y{} + A\n", n - 1)).collect();
    assert_eq!(refused(&format!("let y0 = A\n{lets}claim X \"x\" y4999 = 1")).0, "D105");
    let squares: String = (1..190).map(|n| format!("let y{n} = y{0}*y{0}\n", n - 1)).collect();
    assert!(!crate::report(&format!("let y0 = A + 1\n{squares}claim X \"x\" y189 = 1")).ok());
    let names: Vec<String> = (0..14).map(|n| format!("i{n}")).collect();
    let all = format!("claim X \"x\" sum({} where i0 != i0) A = A", names.join(", "));
    assert_eq!(refused(&all).0, "D502");
    assert_eq!(refused(&format!("claim X \"x\" for {}: A = 1", names.join(", "))).0, "D502");
    assert_eq!(refused(&format!("claim X \"x\" {} = 1", "long".repeat(100_000))).0, "D103");
    let wide: Vec<&str> = vec!["i"; 40];
    assert_eq!(refused(&format!("let y[{}] = A", wide.join(","))).0, "D203");
}

#[test]
fn what_is_empty_or_still_is_found_inside_definitions() {
    assert_eq!(refused("let empty = sum(i where i != i) b[i]\nclaim X \"x\" empty = 0").0, "D403");
    let still = "let still[i] = d hold(b[i]) / d b[i]\nclaim X \"x\" for i: still[i] = 0";
    assert_eq!(refused(still).0, "D404");
}

#[test]
fn built_in_names_are_taken() {
    for name in ["W", "U", "b", "s", "R", "A", "mask", "kappa"] {
        assert_eq!(refused(&format!("let {name} = 1")), ("D204".to_owned(), 1));
        assert_eq!(refused(&format!("param {name}")), ("D204".to_owned(), 1));
    }
}

#[test]
fn control_characters_are_not_passed_on() {
    let diagnostic = chapter("\"\u{1b}[31m\u{0}\"").err().unwrap();
    assert!(!diagnostic.to_string().contains(|c: char| c.is_control()));
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("claim X \"x\" {}A{} = 1", "(".repeat(5000), ")".repeat(5000));
    assert_eq!(refused(&deep), ("D105".to_owned(), 1));
    let minus = format!("claim X \"x\" {}A = 1", "- ".repeat(5000));
    assert_eq!(refused(&minus), ("D105".to_owned(), 1));
}

#[test]
fn a_diagnostic_reads_well() {
    let diagnostic = chapter("claim X \"x\" for i:\n  q[i] + pii(a) = 1").err().unwrap();
    insta::assert_snapshot!(diagnostic.to_string(), @"test.md:5:10: D201: `pii` is not defined; write `pi`, or define `pii` above with let or param");
    insta::assert_snapshot!(diagnostic.snippet().unwrap(), @r"
      |
    5 |   q[i] + pii(a) = 1
      |          ^^^^^^
    ");
}

/// What is empty or still on small shapes alone is neither, also in an exponent, and where a claim
/// is refuted before all shapes are tried.
#[test]
fn a_sum_that_is_filled_on_larger_shapes_is_no_error() {
    for claim in [
        "for i: exp(sum(k where ordinal(k) != 0) U[k,i]*s[k]*(1 + (ordinal(k) == 1))) = exp(sum(k where ordinal(k) != 0) U[k,i]*s[k])",
        "for i: softmax(late)[i] = softmax(b)[i]",
        "for k: ln (1 + (sum(k2 where ordinal(k2) > 0) s[k2])) = 0*s[k]",
        "for i: exp(d (sum(k where ordinal(k) > 0) U[k,i]*A) / d A) = 1",
    ] {
        let late = "let late[i] = b[i] + (sum(k where ordinal(k) > 0) U[k,i])";
        let report = crate::report(&format!("{late}\nclaim X \"x\" {claim} expect refuted"));
        assert_eq!(report.diagnostics.first().map(ToString::to_string), None, "{claim}");
        assert_eq!(report.claims[0].verdict, svpg_check::Verdict::Refuted, "{claim}");
    }
}

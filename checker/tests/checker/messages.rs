//! What a chapter's author reads: all errors in one run, near names, and the spelling of other
//! notations.

use svpg_check::{Chapter, MAX_DIAGNOSTICS, Source};

use crate::{first, plan, prelude, read};

/// Code and line, counted from the first statement, of every error.
fn errors(statements: &str) -> Vec<(String, usize)> {
    let diagnostics = read(statements).err().map(Vec::from_iter).unwrap_or_default();
    diagnostics
        .iter()
        .map(|diagnostic| {
            let line = diagnostic.span.as_ref().map_or(0, |span| span.position().line);
            (diagnostic.code.to_string(), line.saturating_sub(3))
        })
        .collect()
}

/// What the one error says.
fn only(statements: &str) -> String {
    let diagnostics = read(statements).err().unwrap_or_else(|| panic!("accepted: {statements}"));
    assert_eq!(diagnostics.iter().count(), 1, "{diagnostics}");
    let diagnostic = first(diagnostics);
    format!("{}: {}; {}", diagnostic.code, diagnostic.message, diagnostic.help)
}

#[test]
fn every_statement_is_looked_at() {
    let text = "let y = 1 +\n\
                claim A \"a\" foo = 1\n\
                lett z = 1\n\
                claim B \"b\" for i: q[i] = 1 expect maybe\n\
                claim C \"c\" A = 1 ?\n\
                claim D \"d\" for k: q[k] = 1\n\
                claim E \"e\" A = 1";
    let expected = [("D101", 1), ("D201", 2), ("D102", 3), ("D101", 4), ("D103", 5), ("D202", 6)];
    let found = errors(text);
    assert_eq!(found.iter().map(|(code, line)| (code.as_str(), *line)).collect::<Vec<_>>(), expected);
}

/// One run tells all lines and all listed names of a rule that are wrong.
#[test]
fn all_faults_of_a_rule_are_told() {
    for (rule, expected) in [
        (
            "rule r\nW[i,j] += q[j] sees pre(j): qq, q post(i): none\nU[k,i] += s[k]\nb[i] += nothing[i] sees global: A",
            [("D201", 2), ("D201", 2), ("D301", 3), ("D201", 4)].as_slice(),
        ),
        (
            "rule r\nW[i,j] += q[j] sees post(i): q\nU[k,i] += s[k]\nb[i] += q[i] sees post(i): q, Z global: s",
            &[("D301", 2), ("D301", 3), ("D301", 4), ("D301", 4)],
        ),
        ("rule r\nU[i,k] += s[k]\nb[i] += q[i] sees post(i): q, mine", &[("D202", 2), ("D201", 3)]),
        ("let mine = nothing\nrule r\nb[i] += q[i] sees post(i): q, mine", &[("D201", 1)]),
    ] {
        let found = errors(&format!("{rule}\nclaim X \"x\" A + 1 = 1 + A"));
        assert_eq!(found.iter().map(|(code, line)| (code.as_str(), *line)).collect::<Vec<_>>(), expected);
    }
}

/// An expression that is not finished is reported where it ends, not at the statement behind it.
#[test]
fn an_unfinished_expression_is_reported_where_it_ends() {
    for (text, at) in
        [("let y = 1 +\n\nlet w = 2", 1), ("let y =\nlet w = 2", 1), ("claim Z \"z\" for i: b[i] =\n", 1)]
    {
        let found = errors(&format!("{text}\nclaim X \"x\" A + 1 = 1 + A"));
        assert_eq!(found, [("D101".to_owned(), at)], "{text}");
    }
    let message = only("let y = 1 *\nclaim X \"x\" A + 1 = 1 + A");
    assert!(message.contains("expected an expression, found the end of the statement"), "{message}");
}

#[test]
fn a_failed_definition_is_reported_once() {
    for definition in [
        "let y = ",
        "let y = nothing",
        "let y[g] = A",
        "let y = A ?",
        "lett y = A",
        "param y[g]",
        "let y = 2 A",
    ] {
        let text =
            format!("{definition}\nlet w = y + A\nclaim X \"x\" w + y = A\nclaim Y \"y\" for i: y[i] = 1");
        assert_eq!(errors(&text).len(), 1, "{definition}: {:?}", errors(&text));
    }
    let rule =
        "rule y b[i] += nothing sees global: A\nclaim X \"x\" for i: y.b[i] = A\nclaim Z \"z\" foo = A";
    assert_eq!(errors(rule).len(), 2);
    let seen = "let y[i] = nothing\nrule r b[i] += y[i] sees post(i): y\nrule r2 b[i] += A sees global: A, y";
    assert_eq!(errors(seen).len(), 1);
    // A definition of the prelude does not stand in for one that failed.
    assert_eq!(errors("let q = nothing\nclaim X \"x\" q = A").len(), 1);
    // The first definition stands where the second is refused.
    assert_eq!(errors("let y = A\nlet y = A\nclaim X \"x\" for k: y = q[k]").len(), 2);
    // A name that is defined after all is known again.
    assert_eq!(errors("let y = \nlet y = A\nclaim X \"x\" y + foo = 1").len(), 2);
}

#[test]
fn a_missing_network_is_reported_once() {
    for text in ["let y = 1\nclaim X \"x\" y = 1", "netwrok rwta(S, G, D, A)\nclaim X \"x\" A = 1"] {
        let source = Source::new("t.md", format!("```svpg\n{text}\n```\n"));
        let diagnostics = Chapter::new(&source, Some(&prelude())).err().unwrap();
        assert_eq!(diagnostics.iter().count(), 1, "{diagnostics}");
    }
}

#[test]
fn twenty_errors_are_listed_and_the_others_counted() {
    for statement in ["claim X{} \"x\" foo = 1\n", "let y{} = +\n", "let y{} = §\n"] {
        let text: String = (0..27).map(|n| statement.replace("{}", &n.to_string())).collect();
        let diagnostics = read(&text).err().unwrap();
        assert_eq!(diagnostics.iter().count(), MAX_DIAGNOSTICS);
        assert_eq!(diagnostics.more(), 7);
        let text = diagnostics.to_string();
        assert_eq!(text.lines().count(), MAX_DIAGNOSTICS + 1);
        assert!(text.ends_with("\nand 7 more"));
    }
}

#[test]
fn a_near_name_is_named() {
    for (statements, expected) in [
        ("claim X \"x\" for i: Q[i] = 1", "D201: `Q` is not defined; write `q`, or"),
        ("claim X \"x\" J_exat = 1", "write `J_exact`"),
        ("claim X \"x\" for i: sofmax(z)[i] = 1", "write `softmax`"),
        ("claim X \"x\" for i in unit: q[i] = 1", "D201: the set `unit` is unknown; write `units`"),
        ("claim X \"x\" for i in Units: q[i] = 1", "write `units`"),
        ("rule hebb b[i] += A sees global: A\nclaim X \"x\" for i: heb.b[i] = A", "write `hebb`"),
        ("rule hebb b[i] += A sees global: A\nclaim X \"x\" for i: hebb[i] = A", "read it as hebb.W[i,j]"),
        ("claim X \"x\" given W_hh = 0 A = 1", "D209: the condition `W_hh = 0` is unknown; write `W_HH`"),
        ("Claim X \"x\" A = 1", "D102: `Claim` does not begin a statement; write `claim`"),
        ("claim X \"x\" A = 1 expct refuted", "write `expect`"),
        ("claim X \"x\" A = 1 becuse \"so\"", "write `because`"),
        ("param y positve\nclaim X \"x\" A = 1", "write `positive`"),
        ("claim X \"x\" A = 1\nclam Y \"x\" A = 1", "write `claim`"),
        (
            "claim X \"x\" A = 1 expect hold",
            "D101: expected one of holds, refuted, sampled, unchecked, found `hold`; write `holds`",
        ),
    ] {
        let found = only(statements);
        assert!(found.contains(expected), "{statements}: {found}");
    }
}

#[test]
fn a_far_name_is_not_named() {
    for (statements, scope) in [
        ("claim X \"x\" wholly = 1", "in scope are: A, J_exact, J_meanfield"),
        ("claim X \"x\" G = 1", "in scope are: A, "),
        ("claim X \"x\" for i in nowhere: q[i] = 1", "the sets are: units, H"),
        ("claim X \"x\" given elsewhere = 0 A = 1", "the blocks that can be zero are: W_HH"),
        ("theorem X \"x\" A = 1", "a statement begins with one of: network"),
        ("claim X \"x\" for i: foo.b[i] = 1", "the rules in scope are: none"),
    ] {
        let found = only(statements);
        assert!(found.contains(scope) && !found.contains("write"), "{statements}: {found}");
    }
}

/// An expression of another notation, and what the error about it says.
const NOTATIONS: &[(&str, &str)] = &[
    ("W[i][j]", "`W[i][j]` is written W[i,j]"),
    ("2 b[i]", "`2 b` is written 2*b"),
    ("A b[i]", "`A b` is written A*b"),
    ("(A) (b[i])", "a product has the sign *"),
    ("sum_j q[j]", "`sum_j` is written sum(j)"),
    ("sum_j(q[j])", "`sum_j` is written sum(j)"),
    ("sum_{j} q[j]", "`sum_{j}` is written sum(j)"),
    ("\\sum_j q[j]", "`\\sum` is written sum(j)"),
    ("\\frac A", "`\\frac` is written (a) / (b)"),
    ("b_i", "`b_i` is written b[i]"),
    ("b_{i}", "`b_{i}` is written b[i]"),
    ("W_ij", "`W_ij` is written W[i,j]"),
    ("q_a", "`q_a` is written q[a]"),
    ("A^{2}", "`^{2}` is written ^2"),
    ("A**2", "`**` is written ^"),
    ("A²", "`²` is written ^2"),
    ("W.T[i,j]", "a transpose exchanges the indices: W[j,i] for W.T[i,j]"),
    ("(i = j)", "an equality in a condition is written =="),
    ("sum(j where j = i) q[j]", "an equality in a condition is written =="),
    ("(i == j -> A > 0)", "`->` is written not: a -> b is (not a or b)"),
    ("(i == j && A > 0)", "`&&` is written and"),
    ("(i == j || A > 0)", "`||` is written or"),
    ("(!(i == j))", "`!` is written not"),
    ("log(A)", "`log(x)` is written ln x"),
    ("sqrt(A)", "`sqrt(x)` is written exp((ln x)/2)"),
    ("tanh(A)", "`tanh(x)` is written (exp(x) - exp(-x)) / (exp(x) + exp(-x))"),
    ("sigmoid(A)", "`sigmoid(x)` is written 1 / (1 + exp(-x))"),
    ("|A|", "`|x|` is written max(x, -x)"),
    ("A + |A|", "`|x|` is written max(x, -x)"),
    ("E_q[A]", "`E_q[x]` is written (E[v ~ q] x)"),
    ("∂ A / ∂ b[i]", "`∂` is written d, as in"),
    ("Σ_j q[j]", "`Σ` is written sum(j)"),
    ("∑ q[j]", "`∑` is written sum(j)"),
    ("π(a)", "`π` is written pi"),
    ("κ", "`κ` is written kappa"),
    ("A * -b[i]", "stands in parentheses: a * (-b)"),
    ("sum j q[j]", "the indices stand in parentheses: sum(j)"),
];

#[test]
fn other_notations_are_answered_with_the_spelling_here() {
    for (expression, answer) in NOTATIONS {
        for statements in [
            format!("claim X \"x\" for i, j: {expression} = 1"),
            format!("claim X \"x\" for i, j: 1 = {expression}"),
        ] {
            let diagnostics = read(&statements).err().unwrap_or_else(|| panic!("accepted: {statements}"));
            let text = first(diagnostics).to_string();
            assert!(text.contains(answer), "{statements}\n  {text}");
            assert!(!text.contains('\n'));
        }
    }
    assert!(only("let y = 2 b[i]\nclaim X \"x\" y = A").contains("`2 b` is written 2*b"));
}

/// Statements that are nearly right, and what the error about them says.
const NEARLY: &[(&str, &str)] = &[
    (
        "claim X \"x\" for i: ln sum(j in circuit(i)) exp(b[j]) >= b[i]",
        "the argument of ln is not in parentheses; put the argument of ln in parentheses: ln (sum(…) …)",
    ),
    ("claim X \"x\" for i: exp prod(j) b[j] = 1", "exp (prod(…) …)"),
    ("claim X \"x\" ln E[v ~ q] A = 1", "ln (E[…] …)"),
    ("claim X \"x\" for i: exp -b[i] = 1", "put the argument of exp in parentheses: exp (-x)"),
    (
        "let f[i] = b[i]\nclaim X \"x\" for i: b[i] = A*f[i] and 1",
        "expected an expression, found `and`; a condition that counts as a number stands in parentheses: (x == y and",
    ),
    ("claim X \"x\" for i: A + 2^sum(j) b[j] = 1", "expected a whole number, found `sum`"),
    (
        "claim X \"x\" for i: softmax(where)[i] = 1",
        "expected an expression, found `where`; `where` is a word",
    ),
    (
        "let f(x) = x^2\nclaim X \"x\" for i: f(b)[i] = b[i]^2",
        "expected a number, found an index of situations; `x` is a letter for situations: as an argument that is a number, write x: number",
    ),
    (
        "claim X \"x\" for c: sum(i in circuit(c)) q[i] = 1",
        "found one of circuits; circuit(i) is the circuit of a unit i; for the units of circuit c, write i where circuit(i) == c",
    ),
    ("claim X \"x\" for c, c2: (circuit(c) == c2) = 1", "write i where circuit(i) == c"),
    ("claim X \"x\" for k: (circuit(k) == circuit(k)) = 1", "bind it with `in`, or use an index of units"),
    (
        "claim X \"x\" expect refuted for i: q[i] = 1",
        "expected an equality or an inequality, found `expect`; `expect` stands last in a claim, after its chains",
    ),
    (
        "claim X \"x\" for i: q[i] = 1 expect refuted for i: b[i] = 1",
        "a claim has its conditions and chains before `expect`, which stands last",
    ),
    (
        "claim X \"x\" for a: pi(a) = 1\n expect refuted because \"no\"",
        "`because` stands after its link and before `expect`",
    ),
    (
        "claim X \"x\" for i: q[i] < 1",
        "a chain has the relations =, <= and >=, found `<`; write (x < y) = 1, or x <= y",
    ),
    ("claim X \"x\" for i: 0 <= q[i] > 0", "found `>`; write (x > y) = 1, or x >= y"),
    ("claim X \"x\" for i: q[i] == 1", "found `==`; the equality of a chain is written ="),
    ("claim X \"x\" for i: q[i] != 1", "found `!=`; write (x != y) = 1"),
];

#[test]
fn what_is_nearly_right_is_answered_with_what_to_write() {
    for (statements, answer) in NEARLY {
        let found = only(statements);
        assert!(found.contains(answer), "{statements}\n  {found}");
    }
}

#[test]
fn a_name_that_resembles_another_notation_may_be_defined() {
    let text = "let sum_total = A\nlet log(r) = r*r\nlet W_ij = 2*A\nclaim X \"x\" sum_total + log(W_ij) = A + 4*A^2";
    assert!(read(text).unwrap().check(&plan(), &|| ()).ok());
}

#[test]
fn names_are_ascii() {
    for (name, words) in [
        ("раi", ["`р` (U+0440)", "Cyrillic character that looks like `p`"]),
        ("pі", ["`і` (U+0456)", "looks like `i`"]),
        ("ΑB", ["`Α` (U+0391)", "Greek character that looks like `A`"]),
        ("ｑ", ["`ｑ` (U+FF51)", "fullwidth character that looks like `q`"]),
        ("𝑞", ["`𝑞` (U+1D45E)", "mathematical character that looks like `q`"]),
        ("größe", ["`ö` (U+00F6)", "letters and digits of ASCII"]),
        ("x٣", ["`٣` (U+0663)", "letters and digits of ASCII"]),
    ] {
        let found = only(&format!("let {name} = A\nclaim X \"x\" {name} = A\nclaim Y \"y\" A = 1").replace(
            // One use is enough: each further one is an error of its own.
            &format!("\nclaim X \"x\" {name} = A"),
            "",
        ));
        assert!(found.starts_with("D103: "), "{found}");
        assert!(words.iter().all(|word| found.contains(word)), "{name}: {found}");
    }
    // Titles, reasons, comments and prose may hold any letters.
    let text = "-- größe π раi\nclaim X \"раi größe …\" A + 0 = A because \"π\"\n```\nраi\n\n```svpg";
    assert!(read(text).unwrap().check(&plan(), &|| ()).ok());
}

#[test]
fn invisible_characters_are_refused_in_blocks() {
    for c in ['\u{200b}', '\u{200d}', '\u{ad}', '\u{feff}', '\u{fe0f}', '\u{2060}', '\u{3164}', '\u{2028}'] {
        for text in [
            format!("claim X \"x\" A{c} + 0 = A"),
            format!("claim X \"x{c}\" A + 0 = A"),
            format!("-- x{c}\nclaim X \"x\" A + 0 = A"),
        ] {
            let found = only(&text);
            let point = format!("the invisible character U+{:04X}", u32::from(c));
            assert!(found.starts_with("D103: ") && found.contains(&point), "{found}");
        }
        let prose = format!("claim X \"x\" A + 0 = A\n```\nprose{c}\n\n```svpg");
        assert!(read(&prose).is_ok());
    }
    assert!(only("-- hidden\rclaim X \"x\" A + 0 = A").contains("U+000D"));
    assert!(only("claim X \"x\" A\u{2003}+ 0 = A").contains("(U+2003)"));
    // A no-break space acts as it looks.
    assert!(read("claim X \"x\" A\u{a0}+ 0 = A").is_ok());
}

#[test]
fn a_redefined_name_of_the_prelude_is_known() {
    let text = "let J_exact = A\nlet own = A\nrule z b[i] += A sees global: A\nclaim X \"x\" J_exact + 0 = A";
    let redefined = read(text).unwrap().redefined().to_vec();
    let names: Vec<(&str, &str)> =
        redefined.iter().map(|found| (found.name.as_str(), found.place.as_str())).collect();
    assert_eq!(names, [("J_exact", "test.md:4:5"), ("z", "test.md:6:6")]);
    assert_eq!(redefined[0].original, "prelude.md");
    // A chapter that is its own prelude defines nothing anew.
    let own = Chapter::new(
        &Source::new("p.md", "```svpg\nnetwork rwta(S, G, D, A)\nlet y = A\nclaim X \"x\" y + 0 = A\n```\n"),
        None,
    );
    assert!(own.unwrap().redefined().is_empty());
    let source =
        Source::new("p.md", "```svpg\nnetwork rwta(S, G, D, A)\nlet y = A\nclaim X \"x\" y + 0 = A\n```\n");
    assert!(Chapter::new(&source, Some(&source)).unwrap().redefined().is_empty());
}

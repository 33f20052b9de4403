//! The text report of `svpg check`.

use std::path::Path;

use svpg::verify::{Colour, Options, Report, check, render};
use svpg_check::Source;

const OPTIONS: Options = Options { thorough: false, seed: 0 };

fn source(statements: &str) -> std::sync::Arc<Source> {
    Source::new("t.md", format!("# T\n```svpg\nnetwork rwta(S, G, D, A)\n{statements}\n```\n"))
}

fn checked(statements: &str) -> Report {
    check(&[source(statements)], &OPTIONS, false, &|_, _| ())
        .unwrap_or_else(|errors| panic!("{}", errors[0].to_string()))
}

fn text(statements: &str) -> String {
    render(&checked(statements), Colour::None)
}

fn text_with_controls(statements: &str) -> String {
    let report = check(&[source(statements)], &OPTIONS, true, &|_, _| ())
        .unwrap_or_else(|errors| panic!("{}", errors[0].to_string()));
    render(&report, Colour::None)
}

fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}\n--\n{text}");
    }
}

#[test]
fn a_refuted_claim_is_shown_with_its_network() {
    let text = text("claim X \"twice\" for i: b[i] = 2*b[i] expect refuted");
    let shown = text.lines().skip(2).take(10).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(shown, @r"
    T
      X  refuted    twice
                    counterexample on the smallest network found: left -1, right -2

    Refuted, as expected, with counterexamples
      X  twice
          b[i] = 2*b[i]
          left -1, right -2  ·  1 state, 1×1 hidden, 2 actions, convention full, i = hidden unit 0 of circuit 0
            b = (-1, 1, 2)
            (all values are exact)
    ");
}

#[test]
fn an_equality_that_holds_says_how_it_was_checked() {
    let text = text("claim X \"one\" 2 * kappa * A / kappa = 2 * A");
    assert_has(
        &text,
        &[
            "exactly, in 2 classes (1 shape), error < 2^-",
            " · largest deviation: finite differences 0 (bound ",
            "; at 256 bits 0\n",
            "\nok: the claim is as expected.\nNothing is claimed for other shapes; `--format json` lists those tried for each claim. ",
        ],
    );
    assert!(!text.contains("Negative controls"));
    let one = self::text("claim X \"one\" A + 0 = A\nclaim Y \"two\" A + 1 = 1 + A");
    assert_has(&one, &["exactly, in 1 class (1 shape), ", "\nok: all 2 claims are as expected.\n"]);
}

/// One of two chains holds: the claim is refuted, but not as expected.
#[test]
fn the_chain_that_is_not_as_expected_is_named() {
    let claim = "claim X \"x\"\n for i: q[i] = softmax(z)[i]\n for i: b[i] = 2*b[i]\n";
    assert_has(
        &text(&format!("{claim} expect refuted")),
        &[
            "    not as expected: expected refuted in every chain, found chain 1 holds (not as expected), chain 2 refuted (t.md:4:7)\n",
            "    chain 1  holds     q[i] = softmax(z)[i] (t.md:5:16)\n",
            "    chain 2  refuted   b[i] = 2*b[i] (t.md:6:16)\n",
            "FAILED: the claim is not as expected.\n",
        ],
    );
    assert_has(
        &text(claim),
        &[
            "not as expected: expected holds, found chain 1 holds, chain 2 refuted (not as expected) (t.md:4:7)\n",
        ],
    );
    assert_has(
        &text("claim X \"x\" for i: b[i] = 2*b[i]"),
        &[
            "not as expected: expected holds, found refuted (t.md:4:7)\n    refuted   b[i] = 2*b[i] (t.md:4:27)\n",
        ],
    );
}

/// One point per class, and 960 points of other sizes.
#[test]
fn samples_are_counted() {
    let report =
        checked("claim X \"x\" A^2 >= 0 expect sampled\nclaim Y \"y\" max(A, 0) = A*(A > 0) expect sampled");
    let reasons: Vec<&str> =
        report.claims.iter().map(|claim| claim.report.reason.as_deref().unwrap()).collect();
    assert_eq!(
        reasons,
        [
            "an inequality: it held at all 961 points tried; that is no proof",
            "the branch depends on values: it held at all 961 points tried; that is no proof",
        ]
    );
    assert_has(&render(&report, Colour::None), &reasons);
}

#[test]
fn what_is_unchecked_says_why() {
    for (claim, reason) in [
        (
            "sum(i) exp((ln ((1 - q[i])^2))/2) = sum(i) (1 - q[i])",
            "the numbers agree, but the exact check could not derive the relation between the roots, logarithms or exponentials: \
             neither proved nor refuted",
        ),
        (
            "sum(k) 1 <= 20",
            "the claim compares sizes or positions of states; the comparison may change beyond the 10 that were tried",
        ),
        (
            "exp(A) * exp(A/16777259) = exp(A + A/16777259)",
            "the exact check could not evaluate an exponential or a logarithm at `A/16777259` on 1 state, 1×1 hidden, 2 actions, \
             convention full: use smaller numerals in exponents, and fewer different exponentials and logarithms in one claim",
        ),
        (
            "exp((ln 17)/2) * exp((ln 34)/2) = 17 * exp((ln 2)/2)",
            "the exact check could not evaluate `ln 17` on 1 state, 1×1 hidden, 2 actions, convention full: use smaller \
             exponents in the arguments of logarithms, and fewer different logarithms in one claim",
        ),
    ] {
        let report = checked(&format!("claim X \"x\" for k: {claim} expect unchecked"));
        let found = report.claims[0].report.reason.clone().unwrap_or_default();
        assert!(found.contains(reason), "{claim}: {:?} {found}", report.claims[0].report.verdict);
    }
}

#[test]
fn the_degree_that_the_shapes_do_not_reach_is_told() {
    let claim = "claim X \"x\" (sum(v, u) p(v)*p(u)*(sum(a) v[a]*u[a]*pi[a]*R[a])^2) = (sum(v, u) p(v)*p(u)*(sum(a) v[a]*u[a]*pi[a]*R[a])^2) + 0";
    let report = checked(claim);
    let short = &report.claims[0].report.short;
    assert!(!short.is_empty());
    let numbers = |text: &str| -> Vec<usize> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
    };
    for line in short.iter().filter(|line| line.contains("the claim has degree")) {
        let found = numbers(line);
        assert!(found[0] < found[1] && found[1] < found[2], "{line}");
        assert_has(&render(&report, Colour::None), &[line]);
    }
}

#[test]
fn a_line_that_nothing_constrains_is_told_once() {
    let text = text_with_controls(
        "rule r(v, A)\n W[i,j] += A * (v[i]*q[j] - v[j])  sees pre(j): q, v  post(i): v  global: A\n \
         b[i] += A * (v[i] - q[i])  sees post(i): v, q  global: A\n\
         claim X \"bias\" for v, i: r(v, A).b[i] = A*v[i] - A*q[i]\n\
         claim Y \"nothing\" for i: E[v ~ q] r(v, 1).b[i] = 0",
    );
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("r.W")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert!(
        lines[0].starts_with("  unconstrained r.W: no claim that holds constrains it; add one ("),
        "{text}"
    );
    assert!(lines[0].ends_with(" wrong versions were not refuted)"), "{text}");
    assert_has(&text, &["FAILED: all 2 claims are as expected, but ", " wrong versions were not refuted"]);
    assert!(!text.contains("0 more are"));
}

#[test]
fn survivors_are_told_apart_from_the_original() {
    let text = text_with_controls(
        "param base\nrule r(v, x: number)\n b[i] += (x - base) * (v[i] - q[i])  sees post(i): v, q  global: x, base\n\
         claim X \"mean\" for i in A: E[v ~ q] r(v, R[action(v)]).b[i] = q[i]*(R[i] - J_meanfield)\n\
         claim Y \"symmetric\" for i, j: W[i,j] + 0 = W[j,i]",
    );
    assert_has(
        &text,
        &[
            "(not found equal to the original: add a claim that it breaks)\n",
            "(equal to the original: list it with its reason)\n",
            " and ",
            "equal to the original",
        ],
    );
    let equal = text_with_controls("claim Y \"symmetric\" for i, j: W[i,j] + 0 = W[j,i]");
    assert_has(
        &equal,
        &["FAILED: the claim is as expected, but ", "equal to the original are not listed.\n"],
    );
}

/// The transcript in the README agrees with the printed report, except for numbers, which change
/// with the checker.
#[test]
fn the_transcript_of_the_readme_is_what_is_printed() {
    let read =
        |path: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let readme = read("README.md");
    let file = "examples/reward-modulated-hebb.md";
    let command = format!("$ cargo run --release -- check {file}\n");
    let (_, transcript) = readme.split_once(&command).unwrap();
    let (transcript, _) = transcript.split_once("```").unwrap();
    let report = check(&[Source::new(file, read(file))], &OPTIONS, false, &|_, _| ())
        .unwrap_or_else(|errors| panic!("{}", errors[0].to_string()));
    let printed = masked(&render(&report, Colour::None));
    assert!(transcript.lines().count() > 4);
    for line in transcript.lines() {
        assert!(printed.contains(&masked(line)), "{line}\n--\n{printed}");
    }
}

/// Each number as `#`.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' if masked.ends_with('#') => {}
            '0'..='9' => masked.push('#'),
            c => masked.push(c),
        }
    }
    masked
}

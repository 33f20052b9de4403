//! No text makes the checker panic, and what it says about a text points into it.

use proptest::prelude::*;
use svpg_check::{Chapter, MAX_DIAGNOSTICS, Plan, Source};

use crate::prelude;

const WORDS: &[&str] = &[
    "claim",
    "derive",
    "X",
    "Y",
    "\"t\"",
    "for",
    "i",
    "j",
    "k",
    "v",
    "a",
    "x",
    "t",
    ":",
    "=",
    "<=",
    "in",
    "H",
    "A",
    "where",
    "sum",
    "prod",
    "(",
    ")",
    "[",
    "]",
    ",",
    "E",
    "~",
    "|",
    "q",
    "p",
    "z",
    "pi",
    "W",
    "U",
    "b",
    "s",
    "R",
    "d",
    "/",
    "*",
    "+",
    "-",
    "^",
    "2",
    "0",
    "1/2",
    "exp",
    "ln",
    "hold",
    "softmax",
    "meanfield",
    "solve",
    "if",
    "min",
    "==",
    "!=",
    "<",
    "and",
    "or",
    "not",
    "action",
    "circuit",
    "ordinal",
    "let",
    "param",
    "rule",
    "sees",
    "pre",
    "post",
    "global",
    "+=",
    "given",
    "W_HH",
    "expect",
    "refuted",
    "because",
    "nonlocal",
    "measure",
    "by",
    "bernoulli",
    "kappa",
    "mask",
    "network",
    "rwta",
    "S",
    "G",
    "D",
    "positive",
    "-- x\n",
    "\n",
    ".",
];

/// Statements, whole and broken, so that names fail, are redefined and are used afterwards.
const LINES: &[&str] = &[
    "network rwta(S, G, D, A)",
    "netwrok rwta(S, G, D, A)",
    "let y = A",
    "let y = ",
    "let y[i] = q[i] §",
    "let q = y",
    "let J_exact = nothing",
    "let 2 = y",
    "param y[i] positive",
    "param y[g]",
    "rule y b[i] += A sees global: A",
    "rule y b[i] += q[i] sees post(i): y",
    "rule z",
    "claim X \"t\" y = A",
    "claim Y \"t\" for i: y.b[i] = 2 q[i]",
    "claim \"t",
    "lemma X \"t\" y = q",
    "measure y \"t\" by y",
    "\u{200b}",
    "раi {x} \\sum && sum_{j} q_{i}",
];

fn run(text: String) {
    let source = Source::new("t.md", text);
    match Chapter::new(&source, Some(&prelude())) {
        Err(diagnostics) => {
            assert!((1..=MAX_DIAGNOSTICS).contains(&diagnostics.iter().count()));
            let mut last = 0;
            for diagnostic in &diagnostics {
                assert!(!diagnostic.to_string().contains('\n'));
                assert!(!diagnostic.message.is_empty() && !diagnostic.help.is_empty(), "{diagnostic}");
                if let Some(span) = &diagnostic.span {
                    assert!(span.source().text().get(span.range()).is_some());
                    assert!(span.range().start >= last, "in the order of the text");
                    last = span.range().start;
                }
                let _ = diagnostic.snippet();
            }
        }
        Ok(chapter) => {
            let mut plan = Plan::usual(0);
            plan.budget = 5_000;
            plan.claim_work = 5_000;
            let _ = chapter.check(&plan, &|| ());
        }
    }
}

/// Exponentials of zero and of large numbers, in claims that are tried at entries of many sizes.
#[test]
fn towers_of_exponentials() {
    for claim in [
        "given b_H = 0 and b_A = 0 for i: exp exp b[i] = exp 1",
        "for i: max(exp exp exp exp b[i], 1) = exp exp exp exp b[i]",
        "for i: exp exp (b[i]^64) <= exp exp (b[i]^64) + 1",
    ] {
        run(format!("```svpg\nnetwork rwta(S, G, D, A)\nclaim X \"t\" {claim}\n```\n"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn words_in_any_order(words in prop::collection::vec(prop::sample::select(WORDS), 0..40)) {
        run(format!("```svpg\nnetwork rwta(S, G, D, A)\nclaim X \"t\" {}\n```\n", words.join(" ")));
    }

    #[test]
    fn statements_in_any_state(lines in prop::collection::vec(prop::sample::select(LINES), 0..12)) {
        run(format!("```svpg\n{}\n```\n", lines.join("\n")));
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        run(format!("# t\n```svpg\nnetwork rwta(S, G, D, A)\n{text}\n```\n"));
        run(text);
    }

    #[test]
    fn sums_of_products(factors in prop::collection::vec((0usize..8, 0usize..8), 1..5)) {
        const FACTORS: [&str; 8] =
            ["q[i]", "W[i,j]", "ln q[j]", "exp b[i]", "(i == j)", "d J_meanfield / d b[i]", "1/A", "z[j]"];
        let terms: Vec<String> =
            factors.iter().map(|&(a, b)| format!("{}*{}", FACTORS[a], FACTORS[b])).collect();
        let sum = terms.join(" + ");
        run(format!("```svpg\nnetwork rwta(S, G, D, A)\nclaim X \"t\" for i, j: {sum} = 0*A\n```\n"));
    }
}

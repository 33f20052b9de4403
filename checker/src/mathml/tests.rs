use super::{Content, statements};
use crate::language::parser::parse;
use crate::language::source::Source;

/// The formulas of a block, without the `<math>` element.
fn formulas(block: &str) -> Vec<String> {
    let text = format!("# T\n```svpg\nnetwork rwta(S, G, D, A)\n{block}\n```\n");
    let source = Source::new("t.md", text);
    let (items, diagnostics) = parse(&source);
    assert!(diagnostics.is_empty(), "{block}");
    let mut found = Vec::new();
    for statement in statements(&items) {
        match statement.content {
            Content::Network(_) | Content::Measured { .. } => {}
            Content::Definition(formula) | Content::Parameter { formula, .. } => found.push(formula),
            Content::Rule { lines, .. } => found.extend(lines),
            Content::Claim { given, chains, .. } => {
                found.extend(given);
                for chain in chains {
                    found.extend(chain.binders);
                    found.push(chain.first);
                    found.extend(chain.links.into_iter().map(|(formula, _)| formula));
                }
            }
        }
    }
    found
        .iter()
        .map(|formula| {
            let inner = formula.strip_prefix("<math displaystyle=\"true\">");
            inner
                .and_then(|inner| inner.strip_suffix("</math>"))
                .expect("a formula is one element")
                .to_owned()
        })
        .collect()
}

/// The characters of a formula that a reader sees.
fn seen(formula: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in formula.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.replace("&#x2062;", "").replace('\u{2061}', "")
}

#[test]
fn brackets_stay_where_they_change_the_value() {
    for (text, expected) in [
        ("b[i] - (b[i] - b[i])", "bi−(bi−bi)"),
        ("(b[i] + b[i])*b[i]", "(bi+bi)bi"),
        ("b[i]*(0 - b[i])", "bi(0−bi)"),
        ("-(b[i] + b[i])", "−(bi+bi)"),
        ("(b[i]*b[i])^2", "(bibi)2"),
        ("(sum(k) s[k])*b[i]", "(∑ksk)bi"),
        ("b[i]*2", "bi·2"),
        ("(i == i)*b[i]", "[i=i]bi"),
        ("ln (b[i]*b[i])", "ln(bibi)"),
        ("exp(b[i] + 1)", "exp(bi+1)"),
        ("b[i] + (0 - b[i])", "bi+(0−bi)"),
    ] {
        let found = formulas(&format!("let f[i] = {text}"));
        assert_eq!(seen(&found[0]), format!("fi={expected}"), "{text}");
    }
}

#[test]
fn every_kind_of_statement_has_its_notation() {
    let found = formulas(
        "param g[k] positive\nrule hebb(v, A)\n  b[i] += A * v[i]   sees post(i): v  global: A\n\
         claim C \"t\" given W_HH = 0 for i in H, j where circuit(i) != circuit(j): \
         E[v ~ q] hebb(v, A).b[i] = d J_exact / d W[i,j] because \"r\"",
    );
    let seen: Vec<String> = found.iter().map(|formula| seen(formula)).collect();
    assert_eq!(
        seen,
        [
            "gk",
            "Δbi(v,A)=Avi",
            "WHH=0",
            "∀i∈H,j:circuit(i)≠circuit(j)",
            "𝔼v∼q[Δhebbbi(v,A)]",
            "=∂Jexact∂Wi,j",
        ]
    );
    assert!(found[5].contains("<mfrac>"), "{}", found[5]);
    assert!(found[0].starts_with("<msub><mi>g</mi>"), "{}", found[0]);
}

#[test]
fn signs_of_markup_are_escaped() {
    let found = formulas("param x\nclaim N \"t\" for i: (b[i] < 1) = (b[i] > x)");
    assert!(found.iter().any(|formula| formula.contains("<mo>&lt;</mo>")), "{found:?}");
    assert!(found.iter().any(|formula| formula.contains("<mo>&gt;</mo>")), "{found:?}");
}

/// Every tag of every formula of every built-in chapter is closed, in order.
#[test]
fn tags_are_balanced() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../derivations");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the chapters are there") {
        let path = entry.expect("an entry").path();
        let is_chapter =
            path.extension().is_some_and(|end| end == "md") && !path.ends_with("equivalent-mutants.md");
        if !is_chapter {
            continue;
        }
        let source = Source::new("c.md", std::fs::read_to_string(&path).expect("it is UTF-8"));
        let (items, _) = parse(&source);
        let debug = format!("{:?}", statements(&items)).replace("\\\"", "\"");
        for formula in debug.split("<math").skip(1) {
            let formula = formula.split("</math>").next().expect("a part before it");
            let mut open = Vec::new();
            for tag in formula.split('<').skip(1) {
                let tag = tag.split('>').next().expect("a tag ends");
                match tag.strip_prefix('/') {
                    Some(name) => assert_eq!(open.pop(), Some(name.to_owned()), "{formula}"),
                    None => open.push(tag.split(' ').next().expect("a name").to_owned()),
                }
            }
            assert!(open.is_empty(), "{formula}");
            count += 1;
        }
    }
    assert!(count > 500, "{count} formulas");
}

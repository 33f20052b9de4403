//! The checker as its users see it: chapters in, verdicts and diagnostics out.

mod counterexamples;
mod diagnostics;
mod export;
mod false_claims;
mod judged;
mod known_truth;
mod locality;
mod messages;
mod quantities;
mod random_chapters;
mod robustness;
mod verdicts;

use std::sync::Arc;

use svpg_check::{Chapter, ChapterReport, Diagnostic, Diagnostics, Plan, Source};

/// Definitions that most tests use.
const PRELUDE: &str = "# Prelude\n```svpg\nnetwork rwta(S, G, D, A)\n\
    let q = meanfield(s)\n\
    let net(x: units)[i] = sum(j) kappa*(W[i,j] + W[j,i])*x[j] + sum(k) U[k,i]*s[k] + b[i]\n\
    let z[i] = net(q)[i]\n\
    let energy(v) = -(kappa*sum(i, j) v[i]*W[i,j]*v[j] + sum(k, i) s[k]*U[k,i]*v[i] + sum(i) b[i]*v[i])\n\
    let Z = sum(v) exp(-energy(v))\n\
    let p(v) = exp(-energy(v)) / Z\n\
    let pi(a) = sum(v where action(v) == a) p(v)\n\
    let J_meanfield = sum(a in A) q[a]*R(a)\n\
    let J_exact = sum(a in A) pi(a)*R(a)\n\
    ```\n";

fn prelude() -> Arc<Source> {
    Source::new("prelude.md", PRELUDE)
}

/// The statements behind `network`, as a chapter, or all that is wrong with them.
fn read(statements: &str) -> Result<Chapter, Diagnostics> {
    let text = format!("# Test\n```svpg\nnetwork rwta(S, G, D, A)\n{statements}\n```\n");
    Chapter::new(&Source::new("test.md", text), Some(&prelude()))
}

/// The same, or the first thing that is wrong.
fn chapter(statements: &str) -> Result<Chapter, Diagnostic> {
    read(statements).map_err(first)
}

fn first(diagnostics: Diagnostics) -> Diagnostic {
    diagnostics.into_iter().next().expect("a refused chapter has a diagnostic")
}

fn plan() -> Plan {
    Plan::usual(7)
}

fn report(statements: &str) -> ChapterReport {
    match chapter(statements) {
        Ok(chapter) => chapter.check(&plan(), &|| ()),
        Err(diagnostic) => panic!("{diagnostic}"),
    }
}

/// The code of the first thing that is wrong, and its line counted from the first statement.
fn refused(statements: &str) -> (String, usize) {
    let diagnostic = match chapter(statements) {
        Err(diagnostic) => diagnostic,
        Ok(chapter) => {
            let report = chapter.check(&plan(), &|| ());
            assert!(!report.ok(), "{statements}");
            report.diagnostics.into_iter().next().unwrap_or_else(|| panic!("no diagnostic: {statements}"))
        }
    };
    let line = diagnostic.span.as_ref().map_or(0, |span| span.position().line);
    (diagnostic.code.to_string(), line.saturating_sub(3))
}

//! Claims that are almost true. Each differs from an identity in one small respect; a checker that
//! lets one pass would let a wrong derivation pass.

use svpg_check::Verdict;

use crate::report;

const FALSE: &[&str] = &[
    // factors and signs
    "for i: d J_meanfield / d b[i] = -(d J_meanfield / d b[i])",
    "for a, i, j: d ln pi(a) / d W[i,j] = E[v ~ p | action(v) == a] v[i]*v[j] - E[v ~ p] v[i]*v[j]",
    // the held and the moving derivative
    "for i in H: d J_meanfield / d b[i] = d (sum(a in A) R(a)*softmax(zh)[a]) / d b[i]",
    // true only in circuits of size two
    "for i: 1 - q[i] = sum(j in circuit(i) where j != i) q[j]^2 / (sum(j in circuit(i) where j != i) q[j])",
    // true only with one hidden circuit
    "for i in H: sum(j in H where circuit(j) != circuit(i)) q[j]*W[i,j] = 0",
    // true only for one state
    "for i: sum(k) U[k,i]*s[k] = (sum(k) U[k,i])*(sum(k) s[k])",
    // true only without a mask
    "for i, j where circuit(i) != circuit(j): mask[i,j] = 1",
    // true only in one convention
    "for i: z[i] = sum(j) 2*W[j,i]*q[j] + sum(k) U[k,i]*s[k] + b[i]",
    // exp and ln
    "for i: exp (2*b[i]) = (exp b[i])^2 + b[i] - b[i]^2",
    "for i: ln (q[i]*q[i]) = (ln q[i])^2",
    "for i: ln exp (b[i] + 1) = b[i]",
    "for i, j where circuit(i) == circuit(j) and i != j: q[i] = q[j]*exp (b[i] - b[j])",
    // expectations
    "for i, j: E[v ~ q] v[i]*v[j] = q[i]*q[j]",
    "for i, j where circuit(i) != circuit(j): E[v ~ p] v[i]*v[j] = (E[v ~ p] v[i])*(E[v ~ p] v[j])",
    "for i: E[v ~ p] v[i] = q[i]",
    // true only of two situations, or of three steps
    "(sum(x in situations) 1) = 2",
    "(sum(t) 1)^2 = 9",
    // without a value at many points, where an entry is negative
    "for i, j: ln b[i] + ln b[j] + (sum(l in H where circuit(l) != circuit(i)) W[i,l])^2 = ln b[i] + ln b[j]",
    // two fixed points with the same state, one of which moves along
    "for i, j: d (steered(moved)[i] + q[i]) / d b[j] = 2 * d q[i] / d b[j]",
    // a difference far behind the decimal point, below any float tolerance
    "for i: q[i] = softmax(z)[i] + A/1000000000000000000000000000000000000",
];

/// True at the sizes of entries that a tier would take by itself, and false at others.
const FALSE_AT_SOME_SIZE: &[&str] = &[
    // between two thresholds
    "for i: (b[i] > 1) * (b[i] < 1000) = 0",
    "for i: (b[i] > 0) * (b[i] < 0.01) = 0",
    "for i: (b[i] > 1000) * (b[i] < 100000) = 0",
    "(A > 1000) * (A < 2000) = 0",
    "for a: (R[a] > 50) * (R[a] < 60) = 0",
    // beyond a threshold that no usual entry reaches
    "for i, j: W[i,j] * (W[i,j] > 1000000000000) = 0",
    "for i: b[i] <= 1000000000000",
    "for i: b[i] >= -1000000000000",
    // one threshold for another
    "for i: (b[i] > 100000) = (b[i] > 1000)",
    "for i: min(b[i], 1000) = if(b[i] > 1000, b[i], min(b[i], 1000))",
    "for i: max(b[i], 0.01) = if(b[i] > 0, b[i], 0.01)",
    "for i: clip(b[i], -1000, 1000) = b[i]",
    "for i: clip(b[i], -1, 1) = if(b[i] > 0, 1, -1)",
    // in filters, of sums and of the claim
    "(sum(i where b[i] > 0.01) 1) = (sum(i where b[i] > 0) 1)",
    "for i where b[i] > 1: b[i] * (b[i] > 1000) = b[i]",
    "for i where b[i] > 0 and b[i] < 0.01: max(b[i], 0.01) = b[i]",
    // behind an exponential, a rate, a definition, a derivative
    "for i: exp(b[i]) = max(exp(b[i]), 1)",
    "for i: (exp(b[i]) > 1) * (exp(b[i]) < 1000) = 0",
    "for i: (q[i] < 0.01) = 0",
    "for i: cut(b[i]) = b[i]",
    "for i: d max(b[i], 0) / d b[i] = (b[i] > 0.1)",
    // where both are the same
    "for i: (b[i] >= 0) = (b[i] > 0)",
    "for i, j where i != j: (b[i] > b[j]) + (b[i] < b[j]) = 1",
    // inequalities
    "for i: b[i] <= 100",
    "for k: s[k] <= 1",
    "for i: b[i]^2 <= b[i]^2 + 100000 - A",
];

fn all_refuted(claims: &[&str], definitions: &str) {
    let mut statements = String::from(definitions);
    for (number, claim) in claims.iter().enumerate() {
        statements.push_str(&format!("\nclaim F{number} \"false\" {claim} expect refuted"));
    }
    let report = report(&statements);
    for (claim, text) in report.claims.iter().zip(claims) {
        assert_eq!(claim.verdict, Verdict::Refuted, "{text}: {:?}", claim.reason);
        let found = claim.counterexample.as_ref().unwrap_or_else(|| panic!("{text}: no counterexample"));
        assert_ne!(found.left, found.right, "{text}");
        assert!(claim.as_expected, "{text}");
    }
    assert_eq!(report.claims.len(), claims.len());
}

#[test]
fn none_passes() {
    all_refuted(
        FALSE,
        "let zh[i] = sum(j) kappa*(W[i,j] + W[j,i])*hold(q[j]) + sum(k) U[k,i]*s[k] + b[i]
         let moved[k] = s[k] * (sum(i) b[i]) / hold(sum(i) b[i])
         let steered(x: states) = meanfield(x)",
    );
}

#[test]
fn none_passes_that_is_true_of_large_numbers_alone() {
    all_refuted(FALSE_AT_SOME_SIZE, "let cut(r) = min(r, 1000)");
}

/// A counterexample to a claim about thresholds is a network on which the comparison really comes
/// out that way.
#[test]
fn a_threshold_is_refuted_on_a_real_network() {
    let report = report("claim X \"x\" (A > 1000) * (A < 100000) = 0 expect refuted");
    let found = report.claims[0].counterexample.as_ref().unwrap();
    assert_eq!((found.left.as_str(), found.right.as_str()), ("1", "0"));
    let (name, value) = &found.network[0];
    let value: f64 = value.parse().unwrap();
    assert!(name == "A" && value > 1000.0 && value < 100_000.0, "{name} = {value}");
}

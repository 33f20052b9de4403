//! Claims that are almost true. Each differs from an identity in one small respect; a checker that lets one pass
//! would let a wrong derivation pass.

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
    // a difference far behind the decimal point, below any float tolerance
    "for i: q[i] = softmax(z)[i] + A/1000000000000000000000000000000000000",
];

#[test]
fn none_passes() {
    let mut statements =
        String::from("let zh[i] = sum(j) kappa*(W[i,j] + W[j,i])*hold(q[j]) + sum(k) U[k,i]*s[k] + b[i]\n");
    for (number, claim) in FALSE.iter().enumerate() {
        statements.push_str(&format!("claim F{number} \"false\" {claim} expect refuted\n"));
    }
    let report = report(&statements);
    for (claim, text) in report.claims.iter().zip(FALSE) {
        assert_eq!(claim.verdict, Verdict::Refuted, "{text}: {:?}", claim.reason);
        assert!(claim.as_expected, "{text}");
    }
    assert_eq!(report.claims.len(), FALSE.len());
}

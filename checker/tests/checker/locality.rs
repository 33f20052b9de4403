//! What a synapse can and cannot see.

use crate::{chapter, refused};

const CLAIM: &str = "\nclaim X \"x\" sum(v) p(v) = 1";

fn accepted(rule: &str) {
    if let Err(diagnostic) = chapter(&format!("{rule}{CLAIM}")) {
        panic!("{diagnostic}");
    }
}

fn rejected(rule: &str, at: &str) {
    let diagnostic = chapter(&format!("{rule}{CLAIM}")).err().unwrap_or_else(|| panic!("accepted: {rule}"));
    assert_eq!(diagnostic.code.as_str(), "D301", "{diagnostic}");
    assert_eq!(diagnostic.span.unwrap().text(), at);
}

#[test]
fn local_rules_are_local() {
    accepted("rule hebb W[i,j] += A*q[j]*v[i] sees pre(j): q post(i): v global: A");
    accepted("rule r W[i,j] += A*W[i,j]*mask[i,j]*kappa*v[i] sees post(i): v global: A");
    accepted("rule r U[k,i] += A*s[k]*(v[i]-q[i]) sees pre(k): s post(i): v, q global: A");
    accepted("let e[i] = q[i]^2 rule r b[i] += A*e[i] sees post(i): q global: A");
    accepted("let err(v)[i] = v[i] - q[i] rule r b[i] += A*err(v)[i] sees post(i): q, v global: A");
    accepted(
        "let drive[i] = sum(j) kappa*(W[i,j] + W[j,i])*q[j] + sum(k) U[k,i]*s[k] + b[i]
              rule r b[i] += A*drive[i] sees post(i): drive global: A",
    );
    accepted("let z2[i] = b[i] let rate = softmax(z2) rule r b[i] += A*rate[i] sees post(i): rate global: A");
    accepted("rule r b[i] += A*min(q[i], 1/2)*if(q[i] < 1/3, 1, 2) sees post(i): q global: A");
    accepted("param eta rule r b[i] += -eta*A*q[i]^2 sees post(i): q global: A, eta");
    accepted("param trace[t, i] rule r b[i] += A*sum(t) trace[t,i] sees post(i): trace global: A");
}

#[test]
fn nonlocal_rules_say_so() {
    accepted("rule total(A) nonlocal b[i] += A*sum(j) q[j]");
    accepted("rule implicit(A) nonlocal b[i] += A * d J_meanfield / d b[i]");
    accepted("let g = solve(L[i]) (A + sum(j) W[i,j]*L[j]) rule adjoint(A) nonlocal b[i] += A*g[i]");
}

#[test]
fn a_factor_out_of_sight_is_pointed_at() {
    rejected("rule r W[i,j] += A*q[j]*v[i] sees pre(j): q global: A", "v[i]");
    rejected("rule r W[i,j] += A*q[j]*v[i] sees post(i): q, v global: A", "q[j]");
    rejected("rule r W[i,j] += A*q[j]*v[i] sees pre(j): q post(i): v", "A");
    rejected("rule r W[i,j] += A*sum(l) q[l] sees pre(j): q post(i): q global: A", "sum(l) q[l]");
    rejected("rule r W[i,j] += A*W[j,i]*b[j] sees pre(j): q post(i): q global: A", "b[j]");
    rejected("rule r b[i] += d J_meanfield / d b[i]", "d J_meanfield / d b[i]");
    rejected("rule r b[i] += A*(E[v ~ q] v[i]) sees post(i): q, v global: A", "(E[v ~ q] v[i])");
    rejected("rule r U[k,i] += A*s[k] sees post(i): q global: A", "s[k]");
    rejected("let e[i] = q[i] + sum(j) q[j] rule r b[i] += A*e[i] sees post(i): q global: A", "sum(j) q[j]");
    rejected("rule r b[i] += A*softmax(z)[i] sees post(i): q global: A", "softmax(z)[i]");
    rejected("rule r b[i] += A*pi(action(v)) sees post(i): q global: A", "sum(v where action(v) == a) p(v)");
}

#[test]
fn what_no_neuron_has_cannot_be_listed() {
    rejected("let lam = solve(L[i]) (A + sum(j) W[i,j]*L[j]) rule r b[i] += lam[i] sees post(i): lam", "lam");
    rejected("let g[i] = d J_meanfield / d b[i] rule r b[i] += g[i] sees post(i): g", "g");
    rejected("let m[i] = E[v ~ p] v[i] rule r b[i] += m[i] sees post(i): m", "m");
    rejected("let m[i] = sum(j) q[j] rule r b[i] += m[i] sees post(i): m", "m");
    rejected("rule r b[i] += A sees post(l): q global: A", "l");
    rejected("let g = d J_meanfield / d A rule r b[i] += g sees global: g", "g");
}

#[test]
fn nonlocal_must_be_true() {
    let (code, _) = refused("rule r nonlocal b[i] += A*q[i]\nclaim X \"x\" sum(v) p(v) = 1");
    assert_eq!(code, "D302");
}

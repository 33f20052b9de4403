//! What a synapse can and cannot see.

#[path = "locality/calls.rs"]
mod calls;
#[path = "locality/draws.rs"]
mod draws;
#[path = "locality/lines.rs"]
mod lines;

use crate::{chapter, refused};

const CLAIM: &str = "\nclaim X \"x\" sum(v) p(v) = 1";

/// The text makes a chapter.
fn accepted_text(text: &str) {
    if let Err(diagnostic) = chapter(text) {
        panic!("{text}: {diagnostic}");
    }
}

/// The text is refused for what is not local, at this part of it.
fn refused_text(text: &str, at: &str) {
    let diagnostic = chapter(text).err().unwrap_or_else(|| panic!("accepted: {text}"));
    assert_eq!(diagnostic.code.as_str(), "D301", "{text}: {diagnostic}");
    assert_eq!(diagnostic.span.unwrap().text(), at, "{text}");
}

fn accepted(rule: &str) {
    accepted_text(&format!("{rule}{CLAIM}"));
}

fn rejected(rule: &str, at: &str) {
    refused_text(&format!("{rule}{CLAIM}"), at);
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
    accepted("let m[i] = sum(j) -(W[i,j] - W[j,i])/2*q[j] rule r b[i] += A*m[i] sees post(i): m global: A");
    accepted("param trace[t, i] rule r b[i] += A*sum(t) trace[t,i] sees post(i): trace global: A");
}

/// What depends on a situation, or on the action taken, is a quantity of the neuron in that
/// situation.
#[test]
fn quantities_of_a_situation_are_local() {
    let head = "param obs[x, k] positive let seen(x)[k] = obs[x,k] let rate(x) = meanfield(seen(x)) \
                let plus(a) = meanfield(s | a) ";
    for rule in [
        "rule r(x, v, A) U[k,i] += A*obs[x,k]*(v[i] - rate(x)[i]) sees pre(k): obs post(i): v, rate global: A",
        "rule r(a, A) b[i] += A*(plus(a)[i] - q[i]) sees post(i): plus, q global: A",
        "rule r(a, A) b[i] += A*((i == a) - q[i]) sees post(i): q global: A, a",
    ] {
        accepted(&format!("{head}{rule}"));
    }
    rejected(&format!("{head}rule r(x, A) U[k,i] += A*obs[x,k] sees post(i): obs global: A"), "obs[x,k]");
    rejected("rule r(a, A) b[i] += A*((i == a) - q[i]) sees post(i): q global: A", "a");
    rejected("let f(l)[i] = q[l]*q[i] rule r(l, A) b[i] += A*f(l)[i] sees post(i): f global: A", "f");
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
    rejected("rule r b[i] += A*pi(action(v)) sees post(i): q global: A", "pi(action(v))");
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
fn a_bias_has_no_presynaptic_neuron() {
    rejected("rule r b[i] += A*q[i] sees pre(i): q global: A", "i");
}

/// Ways to make a sum over strangers, or a rate of what no neuron has, look like a quantity of a
/// neuron.
#[test]
fn a_quantity_is_made_of_what_arrives() {
    for (definition, name) in [
        ("let m[i] = sum(j) W[i,j] * (q[j] / W[i,j])", "m"),
        ("let m[i] = sum(j) W[i,j] * q[j] / (W[i,j] * 2)", "m"),
        ("let m[i] = sum(j) W[i,j] * q[j] * W[i,j]^-1", "m"),
        ("let m[i] = sum(j) W[i,j] * q[j] * exp(-ln (W[i,j]))", "m"),
        ("let far[k] = sum(i) d J_meanfield / d U[k,i] let m = meanfield(far)", "m"),
        ("let far[k] = sum(i) d J_meanfield / d U[k,i] let m[i] = meanfield(far)[i]", "m"),
        ("let far(r: number)[k] = r*s[k] let m = meanfield(far(J_exact))", "m"),
        ("let m[i] = sum(j) W[i,j]*meanfield(s)[i]*softmax(d J_meanfield / d A*b)[j]", "m"),
    ] {
        let rule = format!("{definition} rule r b[i] += A*m[i] sees post(i): m global: A{CLAIM}");
        match chapter(&rule) {
            Ok(_) => panic!("accepted: {definition}"),
            Err(diagnostic) if diagnostic.code.as_str() == "D301" => {
                assert_eq!(diagnostic.span.unwrap().text(), name, "{definition}");
            }
            Err(diagnostic) => assert_eq!(diagnostic.code.as_str(), "D203", "{definition}: {diagnostic}"),
        }
    }
}

/// What a local rule could not have listed, a claim cannot hand to it.
#[test]
fn nothing_is_smuggled_through_a_call() {
    let head = "let credit[i] = d J_meanfield / d b[i] let plus(a) = meanfield(s | a) let taken(a)[i] = (i == a) \
                let nearby(l)[i] = (circuit(i) == circuit(l))*q[i] let secret(l)[i] = (q[l] < q[i]) \
                rule r(g: units, B) b[i] += B*g[i] sees post(i): g global: B \
                rule n(g: units, B) nonlocal b[i] += B*g[i] + d J_meanfield / d b[i] ";
    let claim = |equation: &str| format!("{head} claim X \"x\" for i: {equation}");
    for equation in [
        "r(q, A).b[i] = A*q[i]",
        "E[v ~ q] r(v, R[action(v)]).b[i] = 0*A",
        "E[a ~ q] r(plus(a), R[a]).b[i] = 0*A",
        "E[a ~ q] r(taken(a), R[a]).b[i] = 0*A",
        "r(q, sum(i) q[i]).b[i] = 0*A",
        "r(q, d J_meanfield / d A).b[i] = 0*A",
        "n(credit, credit[i]).b[i] = 0*A",
    ] {
        if let Err(diagnostic) = chapter(&claim(equation)) {
            panic!("{equation}: {diagnostic}");
        }
    }
    for (equation, at) in [
        ("r(credit, A).b[i] = A*credit[i]", "credit"),
        ("r(softmax(credit), A).b[i] = 0*A", "softmax(credit)"),
        ("r(secret(l), A).b[i] = 0*A", "secret(l)"),
        ("r(nearby(l), A).b[i] = 0*A", "nearby(l)"),
        ("r(q, credit[i]).b[i] = q[i]*credit[i]", "credit[i]"),
        ("r(q, A + d J_meanfield / d b[i]).b[i] = 0*A", "A + d J_meanfield / d b[i]"),
    ] {
        let diagnostic = chapter(&claim(equation)).err().unwrap_or_else(|| panic!("accepted: {equation}"));
        assert_eq!(diagnostic.code.as_str(), "D301", "{equation}: {diagnostic}");
        assert_eq!(diagnostic.span.unwrap().text(), at, "{equation}");
    }
    let hidden =
        "let through(g: units)[i] = r(g, A).b[i] claim X \"x\" for i: through(credit)[i] = A*credit[i]";
    let diagnostic = chapter(&format!("{head}{hidden}")).err().unwrap();
    assert_eq!(diagnostic.code.as_str(), "D301", "{diagnostic}");
}

/// Ways to smuggle a global quantity past the list.
#[test]
fn smuggled_factors_are_found() {
    let head = "let credit[i] = d J_meanfield / d b[i] let secret = sum(i) credit[i] ";
    for rule in [
        "let g[i,j] = E[v ~ q] v[i]*v[j] rule r W[i,j] += A*g[i,j] sees global: A, g",
        "rule r W[i,j] += A*q[i] sees global: A, q",
        "rule r b[i] += A*v[i] sees global: A, v",
        "let lam = solve(L[i]) (A + sum(j) W[i,j]*L[j]) let alias[i] = lam[i] rule r b[i] += alias[i] sees global: alias",
        "let twice = 2*secret rule r b[i] += twice sees global: twice",
        "rule r b[i] += A*(secret < 0) sees global: A",
        "rule r b[i] += A*(secret < A) sees global: A",
        "rule r b[i] += A*sum(t where secret < kappa) 1 sees global: A",
        "let g(y: number) = y let f(x1: number) = g(2*x1) rule r b[i] += A*f(secret) sees global: A",
        "rule r b[i] += A*J_exact sees global: A let J_exact = kappa",
        "rule r W[i,j] += A*q[j]*v[j] sees pre(j): v post(j): q global: A",
        "rule r b[i] += J_exact sees global: J_exact",
    ] {
        let diagnostic =
            chapter(&format!("{head}{rule}{CLAIM}")).err().unwrap_or_else(|| panic!("accepted: {rule}"));
        assert_eq!(diagnostic.code.as_str(), "D301", "{rule}: {diagnostic}");
    }
    let hidden = format!("{head}rule r(secret) b[i] += secret sees global: secret{CLAIM}");
    assert_eq!(chapter(&hidden).err().map(|diagnostic| diagnostic.code.as_str()), Some("D204"));
}

#[test]
fn what_the_action_circuit_knows_can_be_broadcast() {
    accepted(
        "let entropy = -(sum(a in A) q[a] * ln q[a]) rule r b[i] += A*entropy*q[i] sees post(i): q global: A, entropy",
    );
}

#[test]
fn nonlocal_must_be_true() {
    let (code, _) = refused("rule r nonlocal b[i] += A*q[i]\nclaim X \"x\" sum(v) p(v) = 1");
    assert_eq!(code, "D302");
}

/// The message says which part is at fault, where, and why.
#[test]
fn a_refusal_gives_its_reason() {
    for (rule, words) in [
        (
            "let far = sum(l) b[l] let mid[i] = q[i]*far let near[i] = mid[i] + 1 rule r b[i] += near[i] sees post(i): near",
            "sum(l) b[l] at test.md:4:11 sums over neurons without the weight of the synapse",
        ),
        (
            "let m[i] = q[i]/(sum(j) W[i,j]) rule r b[i] += m[i] sees post(i): m",
            "(sum(j) W[i,j]) at test.md:4:17 contains a weight",
        ),
        ("let g[i] = d J_exact / d b[i] rule r b[i] += g[i] sees post(i): g", "is a derivative"),
        (
            "let g = solve(L[i]) (A + L[i]/2) rule r b[i] += g[i] sees post(i): g",
            "is the solution of a linear system",
        ),
        ("let g = sum(a) b[a] rule r b[i] += g sees global: g", "b[a] at test.md:4:16 is a bias"),
    ] {
        let message = chapter(&format!("{rule}{CLAIM}")).err().unwrap().to_string();
        assert!(message.contains(words), "{message}");
    }
}

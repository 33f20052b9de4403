//! Calls of local rules: what is handed over is the same at every synapse, or a quantity of each
//! neuron.

use super::{accepted_text, refused_text};

const HEAD: &str = "let credit[i] = d J_meanfield / d b[i] let plus(a) = meanfield(s | a) param gain[x] param eta \
    let better(v) = R[action(v)] - J_meanfield let taken(a)[i] = (i == a) param w[t] \
    rule r(g: number) b[i] += g sees global: g \
    rule f(g: units, B) b[i] += B*g[i] sees post(i): g global: B \
    rule win(v, B) b[i] += B*v[i] sees post(i): v global: B \
    rule paid(v) b[i] += R[action(v)]*v[i] sees post(i): v global: R \
    rule told(a, B) b[i] += B*(i == a) sees global: B, a \
    rule n(g: number) nonlocal b[i] += g*(sum(j) q[j]) ";

fn refused(text: &str, at: &str) {
    refused_text(&format!("{HEAD}{text}"), at);
}

fn accepted(text: &str) {
    accepted_text(&format!("{HEAD}{text}"));
}

#[test]
fn a_number_depends_on_no_neuron() {
    for (equation, at) in [
        ("for i, l where l == i: r(credit[l]).b[i] = 1*credit[l]", "credit[l]"),
        ("for i: sum(l) (l == i)*r(credit[l]).b[i] = 1*credit[i]", "credit[l]"),
        ("for i, l: r(credit[l]).b[i] = 1*credit[l]", "credit[l]"),
        ("for i, n0 in units: r(q[n0]).b[i] = 0", "q[n0]"),
        ("for i, h in H: r(q[h]).b[i] = 0", "q[h]"),
        ("for i, k: r(s[k]).b[i] = 0", "s[k]"),
        ("for i, c: r(ordinal(c)).b[i] = 0", "ordinal(c)"),
        ("for i: r(ordinal(circuit(i))).b[i] = 0", "ordinal(circuit(i))"),
        ("for i, v: r(v[i]).b[i] = 0", "v[i]"),
        ("for i, v: r(energy(v)).b[i] = 0", "energy(v)"),
        ("for i, v: r(sum(l) v[l]*b[l]).b[i] = 0", "sum(l) v[l]*b[l]"),
        ("for i: E[n ~ bernoulli(q[i])] r(sum(t) n[t]).b[i] = 0", "sum(t) n[t]"),
        ("for i, l: E[n ~ bernoulli(q[l])] r(sum(t) n[t]).b[i] = 0", "sum(t) n[t]"),
        ("for i: r(if(credit[i] > 0, 1, 0)).b[i] = 0", "if(credit[i] > 0, 1, 0)"),
        ("for i, j: r((circuit(i) == circuit(j))).b[i] = 0", "(circuit(i) == circuit(j))"),
        ("for i: credit[i] = r(credit[i]).b[i]", "credit[i]"),
        ("for i: f(q, credit[i]).b[i] = 0", "credit[i]"),
        ("for i: r(E[v ~ q] v[i]*R[action(v)]).b[i] = 0", "E[v ~ q] v[i]*R[action(v)]"),
        ("for i: r(E[a ~ q] q[i]).b[i] = 0", "E[a ~ q] q[i]"),
    ] {
        refused(&format!("claim X \"x\" {equation}"), at);
    }
}

#[test]
fn nothing_around_an_update_picks_out_a_neuron() {
    for (equation, at) in [
        ("for a, i where a == i: r(R[a]).b[i] = 0", "R[a]"),
        ("for a, i in A: (a == i)*r(R[a]).b[i] = 0", "R[a]"),
        ("for i in A: sum(a) (a == i)*r(R[a]).b[i] = 0", "R[a]"),
        ("for i in A: sum(a where a == i) r(R[a]).b[i] = 0", "R[a]"),
        ("for i in A: sum(a in circuit(i)) r(R[a]).b[i] = 0", "R[a]"),
        ("for i in A: r(R[i]).b[i] = 0", "R[i]"),
        ("for i in A, j in A where i == j: r(R[i]).b[j] = 0", "R[i]"),
        ("for a, i, l where a == l and l == i: r(R[a]).b[i] = 0", "R[a]"),
        ("for a, i: if(a == i, r(R[a]).b[i], 0) = 0", "R[a]"),
        ("for i: sum(a) taken(a)[i]*r(R[a]).b[i] = 0", "R[a]"),
        ("for i: sum(a) plus(a)[i]*r(R[a]).b[i] = 0", "R[a]"),
        ("for i: sum(a) r(R[a]).b[i]/(1 + (a != i)) = 0", "R[a]"),
        ("for i: sum(a) (d b[a] / d b[i])*r(R[a]).b[i] = 0", "R[a]"),
        ("for i: E[v ~ q | action(v) == i] win(v, R[action(v)]).b[i] = 0", "v"),
        ("for i: E[v ~ q | action(v) == i] win(v, A).b[i] = 0", "v"),
        ("for i: E[v ~ q] v[i]*win(v, A).b[i] = 0", "v"),
        ("for i: E[v ~ q] (action(v) == i)*r(R[action(v)]).b[i] = 0", "R[action(v)]"),
        ("for i: E[a ~ (a == i)*1] r(R[a]).b[i] = 0", "R[a]"),
        ("for i: E[v ~ q] v[i]*r(R[action(v)]).b[i] = 0", "R[action(v)]"),
        ("for i: E[v ~ q | v[i] == 1] r(R[action(v)]).b[i] = 0", "R[action(v)]"),
        ("for v, i where v[i] == 1: win(v, better(v)).b[i] = 0", "better(v)"),
        ("for i: sum(a) (E[v ~ q] v[a]*v[i])*r(R[a]).b[i] = 0", "R[a]"),
        ("for i: sum(v, a) q[a]*v[a]*v[i]*r(R[a]).b[i] = 0", "R[a]"),
        ("for v: r(R[action(v)]).b[action(v)] = 0", "R[action(v)]"),
        ("for x, i where ordinal(x) == ordinal(i): r(gain[x]).b[i] = 0", "gain[x]"),
        ("for t, i: (ordinal(t) == ordinal(i))*r(w[t]).b[i] = 0", "w[t]"),
        ("for i: sum(a) (a == i)*f(plus(a), A).b[i] = 0", "plus(a)"),
        ("for i: E[v ~ q] (action(v) == i)*paid(v).b[i] = 0", "v"),
        ("for i in A: told(i, A).b[i] = 0", "i"),
        ("for i: sum(a) (a == i)*told(a, A).b[i] = 0", "a"),
        ("for i: sum(a) (a == i)*(solve(L[l]) (L[l]/2 + r(R[a]).b[l])[i]) = 0", "R[a]"),
        ("for i: solve(L[l]) (L[l]/2 + r(q[l]).b[l])[i] = 0", "q[l]"),
        ("for i: sum(a) max(0, (a == i))*r(R[a]).b[i] = 0", "R[a]"),
        ("for i: sum(a) ((a == i) + r(R[a]).b[i])^2 = 0", "R[a]"),
        ("for i: sum(a) exp(ln(1 + (a == i)) + r(R[a]).b[i]) = 0", "R[a]"),
        ("for i: sum(a) 1/(1 + (a == i) + r(R[a]).b[i]) = 0", "R[a]"),
        ("for i: prod(a) ((a != i) + r(R[a]).b[i]) = 0", "R[a]"),
        ("for a, i: max(r(R[a]).b[i], (a == i)) = 0", "R[a]"),
    ] {
        refused(&format!("claim X \"x\" {equation}"), at);
    }
}

#[test]
fn definitions_are_followed_to_the_claim() {
    for (text, at) in [
        ("let up(y: number)[i] = r(y).b[i] claim X \"x\" for i: up(credit[i])[i] = 0", "credit[i]"),
        ("let up(y: number)[i] = r(2*y).b[i] claim X \"x\" for i: up(credit[i])[i] = 0", "up(credit[i])[i]"),
        ("let up(a)[i] = r(R[a]).b[i] claim X \"x\" for i in A: up(i)[i] = 0", "up(i)[i]"),
        ("let up(a)[i] = r(R[a]).b[i] claim X \"x\" for i: sum(a) (a == i)*up(a)[i] = 0", "up(a)[i]"),
        ("let bad[i] = r(credit[i]).b[i] claim X \"x\" for i: q[i] = 0", "credit[i]"),
        ("let through(g: units)[i] = f(g, A).b[i] claim X \"x\" for i: through(credit)[i] = 0", "credit"),
        (
            "let pick(y: number, a, i) = (a == i)*y claim X \"x\" for i: sum(a) pick(r(R[a]).b[i], a, i) = 0",
            "R[a]",
        ),
        (
            "let at(g: units, i) = g[i] let up(a)[i] = r(R[a]).b[i] \
             claim X \"x\" for i: sum(a) (a == i)*at(up(a), i) = 0",
            "up(a)",
        ),
        ("let up(a)[i] = r(R[a]).b[i] claim X \"x\" for i: sum(a) (a == i)*softmax(up(a))[i] = 0", "up(a)"),
        ("let q2 = credit claim X \"x\" for i: f(q2, A).b[i] = 0", "q2"),
        ("let far(y: number)[i] = y*q[i] claim X \"x\" for i: f(far(J_exact), A).b[i] = 0", "far(J_exact)"),
        ("let far(l)[i] = q[l] claim X \"x\" for i, l: f(far(l), A).b[i] = 0", "far(l)"),
        ("let far(l)[i] = (l == i)*q[i] claim X \"x\" for i, l: f(far(l), A).b[i] = 0", "far(l)"),
        (
            "claim X \"x\" for i: f(solve(L[i]) (A + sum(j) W[i,j]*L[j]), A).b[i] = 0",
            "solve(L[i]) (A + sum(j) W[i,j]*L[j])",
        ),
        ("claim X \"x\" for i: solve(L[i]) (A + f(L, A).b[i])[i] = 0", "L"),
        (
            "rule n2(A) nonlocal b[i] += r(credit[i]).b[i] + (sum(j) q[j]) claim X \"x\" for i: q[i] = 0",
            "credit[i]",
        ),
        ("let g[i] = credit[i] claim X \"x\" for g2 in units, i: r(g[g2]).b[i] = 0", "g[g2]"),
    ] {
        refused(text, at);
    }
}

#[test]
fn signals_and_quantities_are_handed_over() {
    for text in [
        "claim X \"x\" for i: r(A).b[i] = A",
        "claim X \"x\" for i: r(2*eta + kappa).b[i] = 0",
        "claim X \"x\" for i: r(J_exact).b[i] = 0",
        "claim X \"x\" for i: r(d J_exact / d A).b[i] = 0",
        "claim X \"x\" for i: r(sum(l) credit[l]).b[i] = 0",
        "claim X \"x\" for i: r(E[v ~ q] better(v)*R[action(v)]).b[i] = 0*r(A).b[i]",
        "rule late(w2: window) b[i] += sum(t) w2[t] sees global: w2 claim X \"x\" for i: late(w).b[i] = 0",
        "claim X \"x\" for i, v: r(R[action(v)]).b[i] = 0",
        "claim X \"x\" for i, v: win(v, better(v)).b[i] = 0",
        "claim X \"x\" for i: E[v ~ q] win(v, -ln q[action(v)]).b[i] = 0",
        "claim X \"x\" for i, a: r(R[a]).b[i] = 0",
        "claim X \"x\" for i: E[a ~ q] f(plus(a), R[a]).b[i] = 0",
        "claim X \"x\" for i in A, a: f(plus(a), A).b[i] = (i == a)*A",
        "claim X \"x\" for i, x: r(gain[x]).b[i] = 0",
        "claim X \"x\" for i, t: r(w[t]).b[i] = 0",
        "claim X \"x\" for i, j where circuit(i) != circuit(j): E[v ~ q] win(v, better(v)).b[i]*win(v, better(v)).b[j] = 0",
        "claim X \"x\" for i: E[v ~ q] win(v, better(v)).b[i]*win(v, better(v)).b[i] = 0",
        "claim X \"x\" for v, i where v[i] == 1: win(v, A).b[i] = A",
        "claim X \"x\" for i, l: E[v ~ q] v[l]*win(v, better(v)).b[i] = 0",
        "claim X \"x\" for i: E[v ~ q] (win(v, better(v)).b[i] - A*q[i])^2 = 0",
        "claim X \"x\" for i, v: f(v, A).b[i] = win(v, A).b[i]",
        "claim X \"x\" for i: f(softmax(z), A).b[i] = f(q, A).b[i]",
        "claim X \"x\" for i: q[i]*r(A).b[i] = A*q[i]",
        "claim X \"x\" for i: credit[i]*r(A).b[i] = A*credit[i]",
        "claim X \"x\" for i, l: n(credit[i]).b[l] = 0",
        "let up(y: number)[i] = r(y).b[i] claim X \"x\" for i: up(A)[i] = A",
        "let through(g: units)[i] = f(g, A).b[i] claim X \"x\" for i: through(q)[i] = A*q[i]",
        "let up(a)[i] = r(R[a]).b[i] claim X \"x\" for i: sum(a) q[a]*up(a)[i] = J_meanfield",
        "claim X \"x\" for i, a: told(a, R[a]).b[i] = R[a]*(i == a)",
    ] {
        accepted(text);
    }
}

/// The check follows definitions as deep as the language lets them lean on each other.
#[test]
fn a_tower_of_definitions_is_followed() {
    let mut text = "let up0(g: units, y: number)[i] = f(g, y).b[i] ".to_owned();
    for level in 1..60 {
        text += &format!("let up{level}(g: units, y: number)[i] = (1 + y)*up{}(g, y + 1)[i] ", level - 1);
    }
    accepted(&format!("{text} claim X \"x\" for i: up59(q, A)[i] = 0"));
    refused(&format!("{text} claim X \"x\" for i: up59(credit, A)[i] = 0"), "credit");
}

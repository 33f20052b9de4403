//! Calls of local rules in averages: configurations and actions are drawn as a network draws them.

use super::{accepted_text, refused_text};

const HEAD: &str = "let credit[i] = d J_meanfield / d b[i] let plus(a) = meanfield(s | a) let better(v) = R[action(v)] - J_meanfield \
    let relax = solve(L[i]) (q[i] + sum(j) W[i,j]*L[j]/4) param odds[i] positive param key[x, a] \
    rule r(g: number) b[i] += g sees global: g \
    rule f(g: units, B) b[i] += B*g[i] sees post(i): g global: B \
    rule over(h2: units, B) b[i] += B/h2[i] sees post(i): h2 global: B \
    rule win(v, B) b[i] += B*v[i] sees post(i): v global: B \
    rule told(a, B) b[i] += B*(i == a) sees global: B, a \
    rule lines(a, v, B) W[i,j] += (i == a)*v[j] sees pre(j): v global: a U[k,i] += v[i] sees post(i): v b[i] += B sees global: B \
    rule late(a, w2: window) b[i] += (i == a)*sum(t) w2[t] sees global: w2, a \
    rule n(v) nonlocal b[i] += v[i]*(sum(j) q[j]) ";

fn refused(text: &str, at: &str) {
    refused_text(&format!("{HEAD}{text}"), at);
}

fn accepted(text: &str) {
    accepted_text(&format!("{HEAD}{text}"));
}

/// No average may be over weights that make a signal of one unit each.
#[test]
fn a_teacher_is_no_distribution() {
    for (text, at) in [
        ("claim X \"x\" for i: E[v ~ credit] win(v, A).b[i] = 0", "v"),
        ("claim X \"x\" for i: E[v ~ softmax(relax)] win(v, A).b[i] = 0", "v"),
        ("let t(v) = sum(l) v[l]*credit[l] claim X \"x\" for i: E[v ~ t] win(v, A).b[i] = 0", "v"),
        (
            "let t(v) = prod(l) (1 - v[l] + v[l]*relax[l]) claim X \"x\" for i: E[v ~ t] win(v, A).b[i] = 0",
            "v",
        ),
        ("claim X \"x\" for i: sum(v) p(v)*(sum(l) v[l]*relax[l])*win(v, A).b[i] = 0", "v"),
        ("claim X \"x\" for i: sum(v where (sum(l) v[l]*credit[l]) > 0) p(v)*win(v, A).b[i] = 0", "v"),
        ("claim X \"x\" for i: E[v ~ q] if((sum(l) v[l]*b[l]) > 0, win(v, A).b[i], 0) = 0", "v"),
        ("claim X \"x\" for i: E[v ~ q] win(v, A).b[i]/(sum(l) v[l]*relax[l]) = 0", "v"),
        ("claim X \"x\" for i: E[v ~ q] (win(v, A).b[i] - (sum(l) v[l]*credit[l]))^2 = 0", "v"),
        ("claim X \"x\" for i: sum(v) exp(sum(l) v[l]*credit[l])*win(v, A).b[i] = 0", "v"),
        ("claim X \"x\" for i: sum(v) exp(sum(l, j) v[l]*W[l,j]*b[j])*win(v, A).b[i] = 0", "v"),
        (
            "claim X \"x\" for i: sum(u, v) (sum(l) u[l]*credit[l])*(prod(l) (u[l] == v[l]))*win(v, A).b[i] = 0",
            "v",
        ),
        ("claim X \"x\" for i: sum(l) credit[l]*(E[v ~ q] v[l]*win(v, A).b[i]) = 0", "v"),
        (
            "let up(v)[i] = win(v, A).b[i] claim X \"x\" for i: sum(v) (sum(l) v[l]*credit[l])*up(v)[i] = 0",
            "up(v)[i]",
        ),
        ("claim X \"x\" for i: E[a ~ credit] told(a, A).b[i] = 0", "a"),
        ("claim X \"x\" for i: sum(a) b[a]*told(a, A).b[i] = 0", "a"),
        ("claim X \"x\" for i: sum(a) credit[a]*f(plus(a), A).b[i] = 0", "plus(a)"),
        ("claim X \"x\" for i: sum(a) relax[a]*f(plus(a), A).b[i] = 0", "plus(a)"),
        ("claim X \"x\" for i: sum(a where ordinal(a) == 0) told(a, credit[a]).b[i] = 0", "a"),
    ] {
        refused(text, at);
    }
    for text in [
        "claim X \"x\" for i: E[v ~ p] win(v, better(v)).b[i] = 0",
        "claim X \"x\" for i: E[v ~ exp(-energy(v))] win(v, A).b[i] = 0",
        "claim X \"x\" for i: E[v ~ exp(-energy(v)/2)] win(v, A).b[i] = 0",
        "claim X \"x\" for a, i: E[v ~ p | action(v) == a] win(v, A).b[i] = 0",
        "claim X \"x\" for i: sum(v) p(v)*R[action(v)]*win(v, A).b[i] = 0",
        "claim X \"x\" for i: E[v ~ odds] win(v, A).b[i] = 0",
        "claim X \"x\" for l, i: E[v ~ q] credit[l]*v[l]*win(v, A).b[i] = 0",
        "claim X \"x\" for i: E[a ~ pi] f(plus(a), R[a] - J_exact).b[i] = 0",
        "claim X \"x\" for i: E[a ~ q] told(a, R[a]).b[i] = 0",
        "claim X \"x\" for i: sum(a) (R[a] - J_exact)*q[a]*told(a, A).b[i] = 0",
        "claim X \"x\" for i: sum(v) (sum(l) v[l]*credit[l])*n(v).b[i] = 0",
        "claim X \"x\" for i: sum(l) credit[l]*r(A).b[i] = 0",
        "let odd(a) = exp(sum(i) net(plus(a))[i]) let pa[a] = odd(a)/(sum(a2) odd(a2)) \
         claim X \"x\" for i: E[a ~ pa] f(plus(a), R[a]).b[i] = 0",
    ] {
        accepted(text);
    }
}

/// A distribution, a condition or a weight that knows the synapse picks out its neuron.
#[test]
fn what_is_drawn_does_not_depend_on_the_synapse() {
    for (equation, at) in [
        ("for i: E[v ~ q | v[i] == 1] win(v, A).b[i] = 0", "v"),
        ("for i: E[v ~ p | action(v) == i] f(v, A).b[i] = 0", "v"),
        ("for i: E[v ~ v[i]*p(v)] win(v, A).b[i] = 0", "v"),
        ("for k, i: E[v ~ q | v[i] == 0] lines(action(v), v, A).U[k,i] = 0", "v"),
        ("for i: sum(v where v[i] == 1) p(v)*win(v, A).b[i] = 0", "v"),
        ("for i: sum(v) p(v)*if(v[i] == 1, win(v, A).b[i], 0) = 0", "v"),
        ("for i: sum(v) p(v)*q[i]^2*v[i]*win(v, A).b[i] = 0", "v"),
    ] {
        refused(&format!("claim X \"x\" {equation}"), at);
    }
    accepted("claim X \"x\" for v, i where v[i] == 1: win(v, A).b[i] = A");
}

/// By the action that it is handed, a rule can tell action units apart.
#[test]
fn a_number_depends_on_an_action_as_rewards_do() {
    let head = "let c(a) = d J_exact / d b[a] let pick(a) = sum(a2) (a == a2)*credit[a2] param w[t] let seq(a)[t] = w[t]*b[a] ";
    for (equation, at) in [
        ("for i: sum(a) told(a, c(a)).b[i] = 0", "c(a)"),
        ("for i: E[v ~ q] win(v, c(action(v))).b[i] = 0", "c(action(v))"),
        ("for a, i: told(a, R[a] + pick(a)).b[i] = 0", "R[a] + pick(a)"),
        ("for a, i: told(a, b[a]).b[i] = 0", "b[a]"),
        ("for a, i: told(a, z[a]).b[i] = 0", "z[a]"),
        ("for a, i: told(a, relax[a]).b[i] = 0", "relax[a]"),
        ("for a, i: told(a, sum(l) plus(a)[l]*credit[l]).b[i] = 0", "sum(l) plus(a)[l]*credit[l]"),
        ("for a, i: told(a, ordinal(a)).b[i] = 0", "ordinal(a)"),
        ("for a, i: late(a, seq(a)).b[i] = 0", "seq(a)"),
        ("for i: E[a ~ q] f(plus(a), c(a)/q[a]).b[i] = 0", "c(a)/q[a]"),
        (
            "for a, i: sum(x) (ordinal(x) == ordinal(a))*told(a, sum(a2 where ordinal(a2) == ordinal(x)) credit[a2]).b[i] = 0",
            "sum(a2 where ordinal(a2) == ordinal(x)) credit[a2]",
        ),
    ] {
        refused(&format!("{head}claim X \"x\" {equation}"), at);
    }
    for equation in [
        "for i: sum(a) told(a, R[a]).b[i] = 0",
        "for i: E[v ~ q] win(v, -ln q[action(v)] + (sum(a) q[a]*ln q[a])).b[i] = 0",
        "for a, i: told(a, R[a]*(1 - q[a]) - J_exact + (d J_exact / d A)).b[i] = 0",
        "for a, x, i: told(a, key[x,a]).b[i] = 0",
        "for a, i: told(a, sum(a2) (a == a2)*R[a2]).b[i] = 0",
        "for a, i: told(a, plus(a)[a] + 2).b[i] = 0",
    ] {
        accepted(&format!("{head}claim X \"x\" {equation}"));
    }
}

#[test]
fn derivatives_and_products_of_updates_pick_out_no_neuron() {
    for (equation, at) in [
        ("for i: d r(J_exact).b[i] / d b[i] = 0", "d r(J_exact).b[i] / d b[i]"),
        (
            "for i in A: d (E[a ~ q] told(a, R[a]).b[i]) / d q2[i] = 0",
            "d (E[a ~ q] told(a, R[a]).b[i]) / d q2[i]",
        ),
        ("for a, i, j: lines(a, u, R[a]).W[i,j]*lines(a, u, R[a]).b[i] = 0", "R[a]"),
        (
            "for i, k: E[v ~ q] lines(action(v), v, R[action(v)]).U[k,i]*lines(action(v), v, R[action(v)]).b[i] = 0",
            "R[action(v)]",
        ),
    ] {
        refused(&format!("let q2[i] = q[i] claim X \"x\" {equation}"), at);
    }
    for text in [
        "param beta let weak(a) = meanfield(s | a by beta) claim X \"x\" given beta = 0 for a, i: d f(weak(a), A).b[i] / d beta = 0",
        "claim X \"x\" for i, j: E[v ~ q] win(v, better(v)).b[i]*win(v, better(v)).b[j] = 0",
        "claim X \"x\" for v, i: d n(v).b[i] / d b[i] = 0",
    ] {
        accepted(text);
    }
}

/// What a rule divides by, a call may not make of weights.
#[test]
fn a_divisor_is_handed_no_weight() {
    refused("claim X \"x\" for i: over(z, A).b[i] = 0", "z");
    refused("let all[i] = sum(j) W[i,j] claim X \"x\" for i: over(all, A).b[i] = 0", "all");
    accepted("claim X \"x\" for i: over(q, A).b[i] = 0");
}

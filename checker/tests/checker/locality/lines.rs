//! Lines of rules: a listed name and a factor are the same where they mean the same.

use super::{CLAIM, accepted, rejected};
use crate::chapter;

const HEAD: &str = "let credit[i] = d J_meanfield / d b[i] let secret = sum(i) credit[i] \
    let same(r: number) = r let far(l) = credit[l] param eta ";

fn with_head(rule: &str) -> String {
    format!("{HEAD}{rule}")
}

#[test]
fn an_argument_means_what_it_means_at_the_call() {
    for (rule, at) in [
        // The definition `own` was made when `z` was a net input.
        (
            "let own(r: number)[i] = r*z[i] let z2[i] = 2*z[i] let z[i] = d J_meanfield / d b[i] \
             rule r b[i] += A*same(z[i]) sees post(i): q global: A",
            "d J_meanfield / d b[i]",
        ),
        ("rule r b[i] += A*same(credit[i]) sees post(i): q global: A", "d J_meanfield / d b[i]"),
        ("let q2[i] = credit[i] rule r b[i] += A*q2[i] sees post(i): q global: A", "d J_meanfield / d b[i]"),
        (
            "let at(g: units, i) = g[i] rule r b[i] += A*at(credit, i) sees post(i): q global: A",
            "d J_meanfield / d b[i]",
        ),
        ("let at(g: units, i) = g[i] rule r W[i,j] += A*at(q, j) sees post(i): q global: A", "g[i]"),
        ("let at(g: units)[i] = g[i] rule r b[i] += A*at(softmax(credit))[i] sees post(i): q", "A"),
        (
            "let at(g: units)[i] = g[i] rule r b[i] += A*at(softmax(credit))[i] sees post(i): q global: A",
            "g[i]",
        ),
        ("let twist(i, j) = q[j]*q[i] rule r W[i,j] += twist(j, i) sees pre(j): q", "q[j]"),
        ("let swap(l, r: number) = r*q[l] rule r W[i,j] += swap(i, q[j]) sees pre(j): q", "q[l]"),
        ("let held[i] = hold(credit[i]) rule r b[i] += held[i] sees post(i): held", "held"),
        ("rule r b[i] += hold(credit[i])", "d J_meanfield / d b[i]"),
        ("let v2(v)[i] = v[i]*far(i) rule r b[i] += v2(v)[i] sees post(i): v", "d J_meanfield / d b[i]"),
        ("let f(A: number) = A*secret rule r b[i] += f(A) sees global: A", "sum(i) credit[i]"),
    ] {
        rejected(&with_head(rule), at);
    }
}

#[test]
fn a_listed_name_means_what_it_means_where_the_rule_stands() {
    for (rule, at) in [
        (
            "let g = J_exact let J_exact = kappa rule r(v, A) b[i] += A*g*v[i] sees post(i): v global: A, J_exact",
            "J_exact",
        ),
        (
            "let old[i] = net(q)[i] let net(y: units)[i] = y[i] \
             rule r b[i] += A*old[i] sees post(i): net, q global: A",
            "net(q)[i]",
        ),
        ("let old = z let z[i] = q[i] rule r b[i] += A*old[i] sees post(i): z, q global: A", "old[i]"),
        ("rule r(kappa: number) b[i] += kappa", "kappa"),
        ("rule r(b: units) b[i] += b[i]", "b[i]"),
        ("rule r(g: units, h2: units) b[i] += h2[i] sees post(i): g", "h2[i]"),
        ("rule r(g: number, g2: units) b[i] += g*g2[i] sees post(i): g, g2 global: g", "g"),
        ("rule r(l, B) b[i] += B*(l == i) sees global: B, l", "l"),
        ("rule r(k, B) U[k,i] += B sees global: B, k", "k"),
        ("rule r(v, B) b[i] += B*(action(v) == i) sees post(i): v global: B, v", "v"),
        ("let act(v)[i] = b[action(v)]*q[i] rule r b[i] += act(v)[i] sees post(i): act", "act"),
        (
            "let lead(l)[i] = (ordinal(i) == ordinal(l))*q[i] rule r(l) b[i] += lead(l)[i] sees post(i): lead",
            "lead",
        ),
        ("let f(r: number)[i] = r*q[i] rule r(B) b[i] += f(B)[i] sees post(i): f", "B"),
        (
            "let f(r: number)[i] = r*q[i] rule r(B) b[i] += f(far(i))[i] sees post(i): f",
            "d J_meanfield / d b[i]",
        ),
        ("let f(g: units)[i] = g[i] rule r b[i] += f(credit)[i] sees post(i): f", "d J_meanfield / d b[i]"),
        ("param m[c] rule r b[i] += m[circuit(i)] sees post(i): m", "m"),
        ("rule r b[i] += eta sees post(i): eta", "eta"),
        ("rule r b[i] += A*secret sees global: A, secret", "secret"),
        ("let s2(y: number) = y*secret rule r b[i] += s2(A) sees global: s2, A", "s2"),
        ("let w[i,j] = W[i,j] rule r b[i] += A sees post(i): w global: A", "w"),
    ] {
        rejected(&with_head(rule), at);
    }
}

#[test]
fn an_index_is_told_or_is_the_own_one() {
    for (rule, at) in [
        ("rule r b[i] += A*(ordinal(i) == 0) sees global: A", "ordinal(i)"),
        ("rule r b[i] += A*ordinal(circuit(i)) sees global: A", "ordinal(circuit(i))"),
        ("rule r U[k,i] += if(ordinal(k) < 2, A, 0) sees global: A", "ordinal(k)"),
        ("rule r(a, B) b[i] += B*ordinal(a) sees global: B, a", "ordinal(a)"),
        (
            "let up[i] = sum(j) W[i,j]*q[j] let all[i] = sum(j) W[i,j] \
             rule r b[i] += up[i]/all[i] sees post(i): up, all",
            "all[i]",
        ),
        (
            "let all[i] = sum(j) W[i,j] rule r b[i] += A*ln (all[i]^2) sees post(i): all global: A",
            "(all[i]^2)",
        ),
        (
            "rule r(v, l, B) b[i] += B*(i == action(v)) + B*(circuit(i) == circuit(l)) sees global: B",
            "action(v)",
        ),
        ("rule r(v, l, B) b[i] += B*(circuit(i) == circuit(l)) sees global: B", "circuit(l)"),
        ("rule r(v, B) b[i] += B*(i == action(v)) sees post(i): v global: B", "action(v)"),
        ("rule r(l, B) b[i] += B*ordinal(l) sees global: B", "l"),
        ("rule r(x, B) b[i] += B*ordinal(x) sees global: B", "x"),
        ("rule r(l, B) b[i] += B*if(l == i, 1, 0) sees global: B", "l"),
        ("rule r(l, B) b[i] += B*sum(t where l == i) 1 sees global: B", "l"),
        ("rule r(v, B) b[i] += B*q[action(v)] sees post(i): q global: B", "q[action(v)]"),
        ("rule r(v, B) b[i] += B*v[action(v)] sees post(i): v global: B", "v[action(v)]"),
        ("rule r(l, B) b[i] += B*q[l] sees post(i): q global: B", "q[l]"),
        (
            "rule r b[i] += A*sum(l where l == i) credit[l] sees post(i): q global: A",
            "sum(l where l == i) credit[l]",
        ),
        ("rule r b[i] += A*prod(l where l == i) q[l] sees post(i): q global: A", "prod(l where l == i) q[l]"),
        (
            "rule r W[i,j] += A*(sum(l in circuit(i)) q[l]) sees post(i): q global: A",
            "(sum(l in circuit(i)) q[l])",
        ),
        ("rule r W[i,j] += A*(E[a ~ q] q[i]) sees post(i): q global: A", "(E[a ~ q] q[i])"),
        ("rule r W[i,j] += A*mask[i,i] sees post(i): q global: A", "mask[i,i]"),
        ("rule r(l) W[i,j] += W[i,l]", "W[i,l]"),
        ("let w(l) = sum(t) W[l,l] rule r W[i,j] += w(i)", "W[l,l]"),
        ("rule r b[i] += A*softmax(credit)[i] sees post(i): q global: A", "softmax(credit)[i]"),
        ("rule r b[i] += A*if(secret < 0, 1, 2) sees post(i): q global: A", "sum(i) credit[i]"),
        (
            "let n(g: units)[i] = A*g[i] rule loc(g: units) b[i] += g[i] sees post(i): g \
          rule r b[i] += loc(credit).b[i] sees post(i): q",
            "credit",
        ),
    ] {
        rejected(&with_head(rule), at);
    }
}

#[test]
fn a_quantity_is_opened_with_what_it_is_given() {
    for definition in [
        "let m[i] = sum(j where secret < 0) W[i,j]*q[j]",
        "let m[i] = sum(j, l where l == i) W[i,j]*credit[l]",
        "let w(l, j) = W[l,j] let m[i] = sum(j) w(i, j)*q[j]/w(i, j)",
        "let inv(r: number) = 1/r let m[i] = sum(j) W[i,j]*q[j]*inv(W[j,i])",
        "let m[i] = sum(j) W[i,j]*q[j]/(sum(l) (l == j)*W[i,l])",
        "let m[i] = sum(j) W[i,j]^0*q[j]",
        "let m[i] = sum(j) W[i,j]*q[j]*(sum(l) W[j,l]*W[i,l]*q[l])",
        "let m[i] = sum(j) W[i,j]*(sum(l) W[j,l]*q[l]*(l == i))",
        "let m[i] = sum(j) W[i,j]*b[i]*credit[j]",
        "let m[i] = prod(j) W[i,j]*q[j]",
        "let m[i] = sum(c) W[i,i]*q[i]",
        "let m[i] = if(secret < 0, q[i], 0)",
        "let f(r: number)[k] = r*s[k] let m = meanfield(f(J_exact))",
        "let f(r: number)[k] = r*s[k] let m[i] = meanfield(f(credit[i]))[i]",
        "let f(g: units)[i] = g[i] let m = f(credit)",
        "let m[i] = (E[a ~ q] q[i])",
        "let m[i] = d q[i] / d b[i]",
        "let m = solve(L[i]) (A + sum(j) W[i,j]*L[j])",
        "let m[i] = W[i,i]*mask[i,i] + sum(j) mask[i,j]*q[j]",
        // A single sender, its weight divided out.
        "let m[i] = sum(j where q[j] > 1/2) W[i,j]*q[j]",
        "let m[i] = sum(j) W[i,j]*q[j]/z[i]",
        "let m[i] = sum(j) W[i,j]*q[j]*(circuit(j) == circuit(i))",
        "let w[i] = sum(j) W[i,j] let m[i] = (sum(j) W[i,j]*q[j])*w[i]^-1",
        "let w[i] = sum(j in H) W[i,j] let m[i] = exp(ln (sum(j) W[i,j]^2*q[j]) - ln (w[i]^2))",
        // A softmax, read backwards.
        "let y[i] = ln (1 + q[i]) let m[i] = (1 + q[i])/softmax(y)[i]",
        "let y[i] = q[i] let m = softmax(y)",
        "let y[i] = b[i] + z[i]*q[i] let m = softmax(y)",
        "let y[i] = sum(j) W[i,j]*z[j] let m = softmax(y)",
        "let m = softmax(q)",
        "let m[i] = q[i]*ordinal(i)",
        "let m[i] = (ordinal(circuit(i)) == 0)*q[i]",
    ] {
        rejected(&with_head(&format!("{definition} rule r b[i] += A*m[i] sees post(i): m global: A")), "m");
    }
}

#[test]
fn what_means_the_same_is_visible_under_any_name() {
    for rule in [
        "let rate = q rule r b[i] += A*rate[i] sees post(i): q global: A",
        "let rate = q rule r b[i] += A*q[i] sees post(i): rate global: A",
        "let gain = A rule r(v) b[i] += gain*v[i] sees post(i): v global: A",
        "let drift = J_meanfield rule r b[i] += A*J_meanfield sees global: A, drift",
        "let at(g: units, i) = g[i] rule r W[i,j] += A*at(q, j) sees pre(j): q global: A",
        "let pair(i, j) = q[j]*q[i] rule r W[i,j] += A*pair(j, i) sees pre(j): q post(i): q global: A",
        "rule r W[i,j] += A*same(q[j]*same(q[i])) sees pre(j): q post(i): q global: A",
        "let f(r: number)[i] = r*q[i] rule r(B) b[i] += f(B)[i] sees post(i): f global: B",
        "let f(g: units)[i] = g[i]^2 rule r(g: units) b[i] += f(g)[i] sees post(i): g",
        "let x2(x: units)[i] = x[i] rule r b[i] += A*x2(x2(q))[i] sees post(i): q global: A",
        "rule r b[i] += A*net(q)[i] sees post(i): net global: A",
        "rule r b[i] += A*R[action(v)]*v[i] sees post(i): v global: A, R",
        "param gain[x] rule r(x, v) b[i] += gain[x]*v[i] sees post(i): v global: gain",
        "let sure(a) = ln q[a] rule r(a, v) b[i] += sure(a)*v[i] sees post(i): v global: sure",
        "let sharp(v)[i] = (action(v) == i) rule r b[i] += sharp(v)[i]*v[i] sees post(i): sharp, v",
        "let w(i, j) = W[i,j] let m[i] = sum(j) w(j, i)*q[j] rule r b[i] += m[i] sees post(i): m",
        "rule loc(g: units) b[i] += g[i] sees post(i): g rule r b[i] += loc(q).b[i] sees post(i): q",
        "rule r(i, B) b[i] += B*q[i] sees post(i): q global: B",
        "let y[i] = b[i]/2 + sum(j in H) (W[i,j] - W[j,i])*hold(q[j]) let m = softmax(y) rule r b[i] += m[i] sees post(i): m",
        "param obs[x, k] let y(x)[i] = eta*(sum(k) U[k,i]*obs[x,k]) let m(x) = softmax(y(x)) \
         rule r(x) b[i] += m(x)[i] sees post(i): m",
        "rule r(v) b[i] += A*v[i]/q[i] sees post(i): v, q global: A",
        "rule r(v) b[i] += A*(v[i] - q[i])*ln q[i] sees post(i): v, q global: A",
        "rule r(v) W[i,j] += W[i,j]*v[j]/q[j] sees pre(j): v, q",
        "let y[i] = 2*b[i] - (sum(j) W[i,j]*q[j])/2 let m = softmax(y) rule r b[i] += A*(m[i] - q[i]) sees post(i): m, q global: A",
        "rule r(t, g: window) b[i] += ordinal(t)*g[t] sees global: t, g",
    ] {
        accepted(&with_head(rule));
    }
}

/// A rate and its net input, or two rates, tell a sum over the circuit.
#[test]
fn no_rate_is_read_backwards() {
    for rule in [
        "let y(v)[i] = sum(j) W[i,j]*v[j] + b[i] let m(v) = softmax(y(v)) rule r b[i] += A*m(v)[i]/q[i] sees post(i): m, q global: A",
        "let m[i] = max(0, z[i])*ln q[i] rule r b[i] += m[i] sees post(i): m",
        "rule r b[i] += z[i] - ln q[i] sees post(i): z, q",
        "let m = softmax(b) rule r b[i] += q[i]*m[i]^-1 sees post(i): q, m",
        "let m = softmax(b) let inverse[i] = 1/m[i] rule r b[i] += inverse[i]*q[i] sees post(i): inverse, q",
        "let m = softmax(b) rule r b[i] += exp(ln q[i] - ln m[i]) sees post(i): q, m",
        "rule r(x: units, y: units) b[i] += x[i]/y[i] sees post(i): x, y",
        "rule r(x: units) b[i] += x[i]/q[i] sees post(i): x, q",
        "param g[i] let m = softmax(g) rule r b[i] += m[i]*exp(-g[i]) sees post(i): g, m",
        "rule r U[k,i] += s[k]*b[i]/q[i] sees pre(k): s post(i): b, q",
        "let m(B: number) = softmax(b) let g = sum(a) q[a]^2/m(A)[a] rule r b[i] += A*g*q[i] sees post(i): q global: A, g",
        "let y[i] = z[i]/100 let m = softmax(y) rule r b[i] += m[i] sees post(i): m",
        "let c = 10^-3 let y[i] = c*b[i] let m = softmax(y) rule r b[i] += m[i] sees post(i): m",
        "let y[i] = b[i] + exp(-20)*(sum(j) W[i,j]*q[j]) let m = softmax(y) rule r b[i] += m[i] sees post(i): m",
    ] {
        let found = chapter(&with_head(rule)).err().map(|diagnostic| diagnostic.code.as_str());
        assert_eq!(found, Some("D301"), "{rule}");
    }
}

#[test]
fn hops_count_the_synapses_that_a_message_crosses() {
    let near = "let drive[i] = sum(k) U[k,i]*s[k] let next[i] = sum(j) W[i,j]*drive[j] \
                let third[i] = sum(j) W[i,j]*next[j] + drive[i] \
                let inline[i] = sum(j) W[i,j]*(sum(l) W[j,l]*(sum(k) U[k,l]*s[k])) \
                let both[i] = (sum(j) W[i,j]*q[j])*(sum(l) W[i,l]*q[l]) ";
    for (factor, hops) in
        [("q", 0), ("drive", 1), ("next", 2), ("third", 3), ("inline", 3), ("both", 1), ("z", 1)]
    {
        let rule = format!("{near} rule r b[i] += A*{factor}[i] sees post(i): {factor} global: A{CLAIM}");
        let chapter = chapter(&rule).unwrap_or_else(|diagnostic| panic!("{factor}: {diagnostic}"));
        let report = chapter.rule_reports().into_iter().find(|report| report.name == "r").unwrap();
        assert!(report.local);
        assert_eq!(report.hops, Some(hops), "{factor}");
        assert!(report.place.starts_with("test.md:"), "{}", report.place);
    }
}

/// Definitions that call one another twice: what they amount to doubles with each.
#[test]
fn a_flood_of_definitions_ends() {
    let mut text = "let f0(y: number) = y ".to_owned();
    for level in 1..60 {
        text += &format!("let f{level}(y: number) = f{}(y)*f{}(2*y) ", level - 1, level - 1);
    }
    let rule = format!("{text} rule r b[i] += f59(A) sees global: A{CLAIM}");
    assert_eq!(chapter(&rule).err().map(|diagnostic| diagnostic.code.as_str()), Some("D301"));
}

/// A signal is made of rewards, numbers, and the rates and spikes of the action circuit.
#[test]
fn a_signal_holds_nothing_of_single_neurons() {
    for definition in [
        "let g = sum(a) b[a]*q[a]",
        "let bias(a) = b[a] let g = sum(a) R[a]*bias(a)",
        "param theta[i] let g = sum(a) theta[a]",
        "let net[i] = sum(j) W[i,j]*q[j] let g = sum(a) net[a]",
        "let g = sum(a) z[a]^2",
        "let g = sum(a, j) W[a,j]",
        "let g = sum(a) ln q[a]",
        "let g = sum(a, a2) q[a2]*ln q[a]",
        "let g = sum(a) (ordinal(a) == 0)*R[a]",
        "let g = sum(i in H) q[i]",
        "let g(x: units) = sum(a) x[a]",
        "let back[i] = ln (1 + q[i]) let g = sum(a) softmax(back)[a]",
    ] {
        let rule = format!("{definition} rule r b[i] += A*q[i] sees post(i): q global: A, g");
        rejected(&with_head(&rule), "g");
    }
    for rule in [
        "let g = sum(a) R[a]*q[a]^2 rule r b[i] += g sees global: g",
        "let g(v) = sum(a) v[a]*(v[a] - q[a])*R[a] rule r b[i] += g(v) sees global: g",
        "let g(a) = -ln q[a] - eta rule r(a) b[i] += g(a) sees global: g",
        "let share(a) = q[a]*ln q[a] let g = sum(a) share(a) rule r b[i] += g sees global: g",
        "let g(a) = if(R[a] > J_meanfield, 1, 0) rule r(a) b[i] += g(a) sees global: g",
    ] {
        accepted(&with_head(rule));
    }
}

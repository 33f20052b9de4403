//! What holds holds, what does not is refuted, what cannot be decided is said to be unchecked.

use svpg_check::{Plan, Verdict};

use crate::{chapter, plan, report};

fn verdicts(statements: &str) -> Vec<(String, Verdict)> {
    report(statements).claims.into_iter().map(|claim| (claim.id, claim.verdict)).collect()
}

fn all(statements: &str, verdict: Verdict) {
    for claim in report(statements).claims {
        assert_eq!(claim.verdict, verdict, "{}: {:?} {:#?}", claim.id, claim.reason, claim.links);
    }
}

#[test]
fn identities_of_every_construct_hold() {
    all(
        "let r[i] = softmax(z)[i]
         param w[x, y] positive
         claim Fixed \"fixed point\" for i: q[i] = softmax(z)[i]
         claim Norm \"probabilities\" sum(v) p(v) = 1
         claim Score \"score\" for a, i: d ln pi(a) / d b[i] = E[v ~ p | action(v) == a] v[i] - E[v ~ p] v[i]
         claim Pair \"pairs\" for a, i, j: d ln pi(a) / d W[i,j]
            = kappa*(E[v ~ p | action(v) == a] v[i]*v[j] - E[v ~ p] v[i]*v[j])
         claim Input \"by the input\" for a, k: d pi(a) / d s[k] = sum(i) U[k,i] * d pi(a) / d b[i]
         claim Let \"by a definition\" for i, j in circuit(i): d ln r[i] / d z[j] = (i == j) - r[j]
         claim Held \"held\" for i: d (hold(r[i]) * z[i]) / d z[i] = r[i]
         claim Logs \"logarithms\" for i: exp (ln q[i] + ln q[i]) = q[i]^2
         claim Powers \"negative powers\" for i: q[i]^-2 * q[i] = 1 / q[i]
         claim Roots \"roots\" for i: exp (b[i]/3) * exp (b[i]/3) * exp (b[i]/3) = exp b[i]
         claim Logic \"conditions\" for i, j: (i == j or i != j) + (i == j and i != j) = if(not i == j, 1, 1)
         claim Product \"products\" for v: prod(i) (1 + v[i]) = 2^3 / 2^3 * prod(i where v[i] == 1) 2
         claim Clamped \"clamped\" for a, i in A: meanfield(s | a)[i] = (i == a)
         claim Ordinals \"places\" sum(t) ordinal(t) = sum(t) (sum(t' where ordinal(t') < ordinal(t)) 1)
         let V = solve(V[x]) (A + sum(y) w[x,y]*V[y])
         claim Solved \"linear\" for x: V[x] - sum(y) w[x,y]*V[y] = A
         claim Train \"spikes\" for i: E[n ~ bernoulli(q[i])] (sum(t) n[t])^2
            = sum(t) q[i] + sum(t, t' where t != t') q[i]^2
         claim Circuits \"sets\" for i, j in circuit(i): (circuit(i) == circuit(j)) = 1
         claim Actions \"expectation over actions\" E[a ~ pi] R(a) = J_exact
         claim Rates \"expectation over a family\" for c: E[a ~ q] R(a) = J_meanfield",
        Verdict::Holds,
    );
}

/// No number of points proves that a comparison always comes out the same way.
#[test]
fn what_depends_on_a_comparison_of_values_is_sampled() {
    let statements = "param g
         let relu(r) = max(r, 0)
         let cut[k] = min(s[k], g^2 + 1)
         let qcut = meanfield(cut)
         param w[x, y] positive
         let V = solve(V[x]) (max(A, g) + sum(y) w[x,y]*V[y])
         claim Extremes \"min and max\" min(A, g) + max(A, g) = A + g
         claim Clipped \"clip\" clip(A, g, g) = g
         claim Branch \"if\" if(A < g, A, g) = min(A, g)
         claim Bracket \"a condition as a number\" for i: (b[i] > 0) + (b[i] <= 0) = 1
         claim Filter \"filter\" for i where b[i] > 0: relu(b[i]) = b[i]
         claim Large \"filter that few entries pass\" for i where b[i] > 1000: min(b[i], 1000) = 1000
         claim Small \"filter that few entries pass\" for i where b[i] > 0 and b[i] < 0.01: max(b[i], 0.01) = 0.01
         claim Fold \"filter of a sum\" (sum(i where b[i] > 0) b[i]) = sum(i) relu(b[i])
         claim Given \"condition of an expectation\" for i: (E[v ~ q | sum(j) v[j]*b[j] > A or v[i] == 1] v[i]^2) * (A > 0) = (E[v ~ q | sum(j) v[j]*b[j] > A or v[i] == 1] v[i]) * (A > 0)
         claim Held \"under hold\" for i: hold(relu(b[i])) = relu(b[i])
         claim Exp \"in an exponential\" for i: exp (relu(b[i])) = if(b[i] > 0, exp (b[i]), 1)
         claim State \"in a state\" for i: (sum(j in circuit(i)) qcut[j]) = 1
         claim Linear \"in a linear system\" for x: V[x] - sum(y) w[x,y]*V[y] = max(g, A)
         claim Rate \"of rates\" for i, j in circuit(i): (q[i] > q[j]) + (q[i] < q[j]) + (q[i] == q[j]) = 1
         claim Expected \"other expectations\" A * (g > 0) + A * (g <= 0) = A expect sampled";
    all(statements, Verdict::Sampled);
    let report = report(statements);
    assert!(!report.ok(), "`sampled` does not meet `expect holds`");
    for claim in &report.claims {
        let reason = claim.reason.as_ref().unwrap();
        assert!(reason.starts_with("the branch depends on values: it held at all "), "{reason}");
        assert_eq!(claim.tiers.exact.error_probability, 1.0, "{}", claim.id);
    }
}

/// A definition is shared by two claims; what is open in one is settled in the other.
#[test]
fn what_comes_out_alike_for_all_values_holds() {
    all(
        "param eps positive
         param w[x, y] positive
         let share = eps / (1 + eps)
         let cut(r) = clip(r, 1 - eps, 1 + eps)
         claim Constant \"constants\" max(1/3, 0.3333) = 1/3
         claim Cut \"a ratio of one\" cut(1) * A = A
         claim Equal \"the same on both sides\" if(A*cut(1) <= A, A, 0) = A
         claim Positive \"positive by declaration\" for x, y: max(w[x,y]*eps, -eps) = w[x,y]*eps
         claim State \"the state\" for k: max(s[k], 0) = s[k]
         claim Quotient \"a quotient of positive numbers\" (share > 0) = 1
         claim Exponential \"an exponential\" for i: (exp (b[i]) > -share) = 1
         claim Softmax \"a softmax\" for i: max(softmax(z)[i], 0) = softmax(z)[i]
         claim Winner \"winners\" for v, i where v[i] > 0: v[i] = 1
         claim Mask \"the wiring\" for i, j where mask[i,j] == 1: mask[i,j] * W[i,j] = W[i,j]
         claim Slope \"two branches that are one\" for i: d max(b[i], b[i]) / d b[i] = 1
         claim Tie \"both sides are the same\" for i: (q[i] >= softmax(z)[i]) = 1
         claim Places \"places\" sum(t where ordinal(t) < 1) 1 = 1",
        Verdict::Holds,
    );
    let report = report(
        "let positive(r) = if(r > 0, r, 0)
         claim Open \"x\" for i: positive(b[i]) = max(b[i], 0)
         claim Settled \"x\" for k: positive(s[k]) = s[k]
         claim Again \"x\" for i, k: positive(b[i]) * positive(s[k]) = s[k] * positive(b[i])
         claim Links \"x\" for i: b[i] + b[i] = 2*b[i] = b[i] + max(b[i], 0) + min(b[i], 0)",
    );
    let found: Vec<Verdict> = report.claims.iter().map(|claim| claim.verdict).collect();
    assert_eq!(found, [Verdict::Sampled, Verdict::Holds, Verdict::Sampled, Verdict::Sampled]);
    let links: Vec<Verdict> = report.claims[3].links.iter().map(|link| link.verdict).collect();
    assert_eq!(links, [Verdict::Holds, Verdict::Sampled]);
}

/// The branch is that of the base: neither a finite difference nor a tie of small numbers makes a
/// kink look like a mistake.
#[test]
fn a_derivative_stays_within_its_branch() {
    all(
        "claim Relu \"relu\" for i: d max(b[i], 0) / d b[i] = (b[i] > 0)
         claim Other \"the other way round\" for i: d max(0, b[i]) / d b[i] = (b[i] > 0)
         claim Two \"of two entries\" for i, j where i != j: d min(b[i], b[j]) / d b[i] = (b[i] < b[j])
         claim If \"in an if\" for i: d if(b[i] > 0, b[i], 0) / d b[i] = (b[i] >= 0)
         claim Clip \"clip\" for i: d clip(b[i], -1/8, 1/8) / d b[i] = (b[i] > -1/8) * (b[i] < 1/8)
         claim Filter \"filter\" for i: d (sum(j where b[j] > 0) b[j]^2) / d b[i] = 2 * max(b[i], 0)
         claim Far \"of another entry\" d (A * if(R[a] > 0, 2, 3)) / d A = if(R[a] > 0, 2, 3)",
        Verdict::Sampled,
    );
}

#[test]
fn derivatives_go_through_the_fixed_point() {
    let clamped = "(meanfield(s | a)[i]*((i==l) - meanfield(s | a)[l]))";
    let statements = format!(
        "let slope(k, i) = solve(D[j]) (sum(l in circuit(j)) q[j]*((j==l) - q[l])
             * ((l==i)*s[k] + sum(m) kappa*(W[l,m] + W[m,l])*D[m]))
         claim Implicit \"implicit\" for k, i: d J_meanfield / d U[k,i] = sum(a in A) R(a)*slope(k, i)[a]
         claim Clamp \"clamped\" for a, i in H, j: d meanfield(s | a)[i] / d b[j]
            = sum(l in circuit(i)) {clamped} * ((l==j) + sum(m in H) kappa*(W[l,m] + W[m,l]) * d meanfield(s | a)[m] / d b[j])"
    );
    all(&statements, Verdict::Holds);
}

#[test]
fn what_is_wrong_is_refuted_with_a_counterexample() {
    let report = report(
        "claim Half \"factor\" for i: d J_meanfield / d b[i] = 2 * d J_meanfield / d b[i] expect refuted
         claim Zero \"zero\" for i in H: d J_meanfield / d b[i] = 0 expect refuted
         claim Ln \"logarithm\" for i: ln q[i] = q[i] - 1 expect refuted
         claim Mean \"policies\" for a: pi(a) = q[a] expect refuted
         claim Moves \"inequality\" for i: q[i] <= 1/3 expect refuted",
    );
    assert!(report.ok());
    for claim in &report.claims {
        assert_eq!(claim.verdict, Verdict::Refuted, "{}", claim.id);
        let found = claim.counterexample.as_ref().unwrap();
        assert_ne!(found.left, found.right);
    }
    let found = report.claims[0].counterexample.as_ref().unwrap();
    assert!(found.reading.contains("b = ln q"), "{}", found.reading);
    assert!(found.network.iter().any(|(name, _)| name == "q"));
    assert_eq!(found.indices.len(), 1);
    let found = report.claims[3].counterexample.as_ref().unwrap();
    assert!(found.reading.contains("the entries are exact"), "{}", found.reading);
}

/// The fractions of a counterexample are those of the network that is stated with it.
#[test]
fn a_counterexample_can_be_recomputed_by_hand() {
    let report = report("claim X \"x\" sum(a in A) q[a]*R(a) = sum(a in A) q[a]*R(a)^2 expect refuted");
    let found = report.claims[0].counterexample.as_ref().unwrap();
    let list = |name: &str| -> Vec<f64> {
        let text = &found.network.iter().find(|(known, _)| known == name).unwrap().1;
        let number = |text: &str| match text.split_once('/') {
            Some((top, bottom)) => top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap(),
            None => text.parse().unwrap(),
        };
        text.trim_matches(['(', ')']).split(", ").map(number).collect()
    };
    let (q, rewards) = (list("q"), list("R"));
    let actions = &q[q.len() - rewards.len()..];
    let value: f64 = actions.iter().zip(&rewards).map(|(q, r)| q * r).sum();
    let left = match found.left.split_once('/') {
        Some((top, bottom)) => top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap(),
        None => found.left.parse().unwrap(),
    };
    assert!((value - left).abs() < 1e-12, "{value} {left}");
}

#[test]
fn a_wrong_middle_step_is_found_where_both_ends_agree() {
    let report = report(
        "derive X \"x\" for i: q[i] = softmax(z)[i] because \"so\" = 2*softmax(z)[i] because \"no\" = q[i]",
    );
    let found: Vec<Verdict> = report.claims[0].links.iter().map(|link| link.verdict).collect();
    assert_eq!(found, [Verdict::Holds, Verdict::Refuted, Verdict::Refuted]);
    assert!(!report.ok());
    assert_eq!(report.claims[0].links[1].because.as_deref(), Some("no"));
}

#[test]
fn conditions_are_imposed() {
    let statements = "claim A0 \"x\" given W_HA = 0 for k, i in A: d J_meanfield / d U[k,i]
             = E[v ~ q] R(action(v))*s[k]*(v[i] - q[i])
         claim A1 \"x\" for k, i in A: d J_meanfield / d U[k,i]
             = E[v ~ q] R(action(v))*s[k]*(v[i] - q[i]) expect refuted
         claim A2 \"x\" given W_HH = 0 and U_SH = 0 and U_SA = 0 and b_H = 0 and b_A = 0
            sum(i, j in H) W[i,j]^2 + sum(k, i) U[k,i]^2 + sum(i) b[i]^2 = 0
         claim A3 \"x\" for i, j: mask[i,j]*W[i,j] = W[i,j]";
    assert_eq!(
        verdicts(statements).into_iter().map(|(_, verdict)| verdict).collect::<Vec<_>>(),
        [Verdict::Holds, Verdict::Refuted, Verdict::Holds, Verdict::Holds]
    );
}

#[test]
fn conventions_differ_where_they_should() {
    let both = report("claim K \"kappa\" kappa = 1 expect refuted");
    assert!(both.ok());
    for (convention, value) in [("full", "1"), ("half", "1/2")] {
        let text = format!(
            "# T\n```svpg\nnetwork rwta(S, G, D, A) convention {convention}\nclaim K \"kappa\" kappa = {value}\n```\n"
        );
        let source = svpg_check::Source::new("t.md", text);
        let report = svpg_check::Chapter::new(&source, None).unwrap().check(&plan(), &|| ());
        assert_eq!(report.claims[0].verdict, Verdict::Holds);
    }
}

#[test]
fn an_inequality_is_sampled_and_never_called_proved() {
    let report = report(
        "claim I \"x\" for i: q[i] <= 1 expect sampled
         claim J \"x\" for i: 1 >= q[i] expect sampled
         claim K \"x\" for i: q[i] >= 1 expect refuted",
    );
    assert!(report.ok(), "{:#?}", report.claims);
    assert_eq!(report.claims[0].verdict, Verdict::Sampled);
    assert_eq!(report.claims[0].tiers.exact.points, 0);
}

/// The exact tier knows no relation between exp and order: it leaves the comparison open, and balls
/// decide it at each point.
#[test]
fn what_only_balls_can_compare_is_sampled() {
    let report = report("claim X \"x\" for i: if(exp (b[i] - b[i]^2 - 1) < 1, 1, 0) = 1 expect sampled");
    assert!(report.ok());
}

#[test]
fn a_verdict_that_is_not_the_expected_one_fails() {
    for statements in [
        "claim X \"x\" for i: q[i] = z[i]",
        "claim X \"x\" for i: q[i] = softmax(z)[i] expect refuted",
        "claim X \"x\" for i: q[i] = softmax(z)[i] expect sampled",
        "claim X \"x\" for i: q[i] = softmax(z)[i] expect unchecked",
        // One chain is refuted, the other is not.
        "claim X \"x\" for i: q[i] = z[i] for i: q[i] = softmax(z)[i] expect refuted",
    ] {
        assert!(!report(statements).ok(), "{statements}");
    }
}

#[test]
fn the_error_probability_is_stated_and_small() {
    let chapter = chapter("claim X \"x\" for i: q[i] = softmax(z)[i]").unwrap();
    let report = chapter.check(&Plan::usual(3), &|| ());
    let tiers = &report.claims[0].tiers;
    assert!(
        tiers.exact.shapes > 15 && tiers.exact.classes > 150 && tiers.exact.points == tiers.exact.classes
    );
    assert!(tiers.exact.error_probability <= 2f64.powi(-60) && tiers.exact.error_probability > 0.0);
    assert!(tiers.high_precision.max_error < 1e-60 && tiers.high_precision.bits == 256);
    // The floating-point tiers try the smallest shapes and some of the others.
    assert!((8..tiers.exact.classes).contains(&tiers.finite_difference.points));
    assert!((8..tiers.exact.classes).contains(&tiers.high_precision.points));
}

/// With κ added to both sides, the sides have no power: that claim is tried in both conventions
/// everywhere.
#[test]
fn what_says_the_same_in_both_conventions_is_tried_in_one_on_large_shapes() {
    let statements = "claim One \"one\" for i, j: kappa*W[i,j]*q[j] = kappa*W[j,i]*q[j]*mask[i,j]
         claim Both \"both\" for i, j: kappa + kappa*W[i,j]*q[j] = kappa + kappa*W[j,i]*q[j]*mask[i,j]
         claim Least \"samples\" for i: min(kappa, q[i]) <= kappa expect sampled";
    let classes = |plan: &Plan| -> Vec<usize> {
        let report = chapter(statements).unwrap().check(plan, &|| ());
        assert!(report.ok(), "{:?}", report.claims);
        report.claims.iter().map(|claim| claim.tiers.exact.classes).collect()
    };
    let usual = classes(&plan());
    assert!(usual[0] < usual[1] && usual[1] < 2 * usual[0], "{usual:?}");
    let thorough = classes(&Plan::thorough(7));
    assert_eq!(thorough[0], thorough[1]);
}

/// A claim that reads a place is tried at all instances.
#[test]
fn one_of_the_instances_that_differ_in_names_is_tried() {
    let report = report(
        "claim Names \"names\" for i, k: U[k,i]*s[k]/s[k] = U[k,i]
         claim Places \"places\" for i, k: ordinal(k)*U[k,i]*s[k]/s[k] = ordinal(k)*U[k,i]",
    );
    assert!(report.ok(), "{:?}", report.claims);
    let instances: Vec<usize> =
        report.claims.iter().map(|claim| claim.tiers.exact.instances / claim.tiers.exact.points).collect();
    assert!(2 * instances[0] < instances[1], "{instances:?}");
}

#[test]
fn a_claim_that_is_refuted_is_tried_no_further() {
    let report = report(
        "let steep[i] = 2*z[i]
         claim False \"false\" for i: q[i] = softmax(steep)[i] expect refuted
         claim True \"true\" for i: q[i] = softmax(z)[i]",
    );
    let [refuted, holds] = [0, 1].map(|at| &report.claims[at]);
    assert!(report.ok() && !refuted.shapes.is_empty());
    assert!(2 * refuted.shapes.len() < holds.shapes.len());
    assert_eq!(refuted.shapes[..], holds.shapes[..refuted.shapes.len()]);
}

#[test]
fn the_same_seed_gives_the_same_report_on_any_number_of_threads() {
    let statements = "claim X \"x\" for i: d J_meanfield / d b[i] = 0 expect refuted
         claim Y \"y\" for i: q[i] = softmax(z)[i]";
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| serde_json::to_string(&report(statements).claims).unwrap())
    };
    assert_eq!(run(1), run(3));
}

/// An instance without a value does not keep the others from being compared, and is not proved by
/// them.
#[test]
fn what_has_a_value_at_few_points_is_not_proved() {
    let report = report(
        "claim Each \"x\" for i: ln (b[i]^2) = 2 * ln b[i]
         claim All \"x\" (sum(i) ln b[i]) + (sum(i) ln (1/b[i])) = 0
         claim Never \"x\" for i, j: if(i == j, 1, ln (-b[i]^2)) = if(i == j, 1, ln (-b[i]^2) + 0) expect unchecked
         claim Divided \"x\" for i, j where i != j: (E[v ~ q | v[i] == 1 and v[j] == 1] v[i]) = 1 expect unchecked",
    );
    let found: Vec<Verdict> = report.claims.iter().map(|claim| claim.verdict).collect();
    assert_eq!(found, [Verdict::Holds, Verdict::Unchecked, Verdict::Unchecked, Verdict::Unchecked]);
    assert!(report.claims[2].tiers.exact.points > 0);
    assert_eq!(report.claims[2].tiers.exact.error_probability, 1.0);
    let reason = report.claims[3].reason.as_ref().unwrap();
    assert!(reason.contains("a divisor is zero"), "{reason}");
}

/// A verdict about the points where both sides have a value says so.
#[test]
fn points_without_a_value_are_reported() {
    let report = report(
        "param x positive
         param g
         claim Everywhere \"x\" for i: exp(ln (x^2 + g^2*q[i])) = x^2 + g^2*q[i]
         claim Number \"x\" exp(ln A) = A
         claim Square \"x\" ln (g^2) = 2*ln g
         claim State \"x\" for k: exp(ln (1 - s[k])) = 1 - s[k]
         claim Large \"x\" exp(ln (x - 2)) = x - 2
         claim Factors \"x\" ln (A + 1) + ln (1 - A) = ln (1 - A^2)",
    );
    let found: Vec<(Verdict, bool)> =
        report.claims.iter().map(|claim| (claim.verdict, claim.where_both_have_a_value)).collect();
    let partly = (Verdict::Holds, true);
    assert_eq!(found, [(Verdict::Holds, false), partly, partly, partly, partly, partly]);
}

#[test]
fn fixed_points_of_the_same_value_move_each_in_its_own_way() {
    all(
        "let sum_b = sum(i) b[i]
         let moved[k] = s[k] * sum_b / hold(sum_b)
         let steered(x: states) = meanfield(x)
         claim Same \"values\" for i: steered(moved)[i] + 0 = q[i]
         claim Moves \"derivatives\" for i, j: d (steered(moved)[i] - q[i]) / d b[j]
            = sum(k) (d q[i] / d s[k]) * s[k] / sum_b",
        Verdict::Holds,
    );
}

#[test]
fn a_measured_claim_is_passed_on() {
    let report = report("measure M \"measured\" by somebody expect holds");
    assert_eq!(report.measured[0].by, "somebody");
}

/// What only large numbers tell from the original is told by large numbers.
#[test]
fn mutants_behind_a_threshold_are_refuted() {
    let chapter =
        chapter("claim X \"x\" for i: max(b[i] - 1000, 0) = (b[i] > 1000) * (b[i] - 1000) expect sampled")
            .unwrap();
    let controls = chapter.controls().unwrap().run(&plan(), &|| ());
    assert!(controls.len() > 4);
    for control in controls {
        assert!(control.refuted, "{control:?}");
    }
}

#[test]
fn mutants_of_links_and_rules_are_refuted() {
    let chapter = chapter(
        "let zz[i] = sum(j) kappa*(W[i,j] + W[j,i])*hold(q[j]) + sum(k) U[k,i]*s[k] + b[i]
         rule last
           W[i,j] += kappa*A*mask[i,j]*(q[j]*(v[i]-q[i]) + q[i]*(v[j]-q[j]))
             sees pre(j): q, v post(i): q, v global: A
           b[i] += A*(v[i]-q[i]) sees post(i): q, v global: A
         let logq(v) = sum(i) v[i] * ln softmax(zz)[i]
         claim X \"x\"
           for i, j, v: last(v, A).W[i,j] = mask[i,j] * d (A*logq(v)) / d W[i,j]
           for i, v: last(v, A).b[i] = d (A*logq(v)) / d b[i]",
    )
    .unwrap();
    assert!(chapter.check(&plan(), &|| ()).ok());
    let mutants = chapter.controls().unwrap();
    let controls = mutants.run(&plan(), &|| ());
    assert_eq!(controls.len(), mutants.count());
    let survivors: Vec<_> = controls.iter().filter(|control| !control.refuted).collect();
    assert!(controls.len() > 40);
    for control in &survivors {
        // Only what is symmetric in i and j may survive, and then it is the original.
        assert!(control.equivalent.is_some(), "{control:?}");
        let symmetric = control.mutation == "swapped indices" || control.mutation.starts_with("transposed");
        assert!(symmetric, "{control:?}");
    }
    for kind in
        ["sign", "factor 2", "factor 1/2", "dropped term", "missing mask", "j for i", "wrong convention"]
    {
        let killed = controls.iter().any(|control| control.refuted && control.mutation.starts_with(kind));
        assert!(killed, "no {kind} was refuted");
    }
}

#[test]
fn a_wrong_link_is_shown_where_it_stands() {
    let report = report(
        "claim Middle \"a wrong middle\" for i:\n q[i] + 1\n  = q[i] because \"one is forgotten\"\n  = 1 + q[i]\n  = q[i] + 1 \
         expect refuted",
    );
    let links: Vec<(Verdict, &str, Option<&str>)> = report.claims[0]
        .links
        .iter()
        .map(|link| (link.verdict, link.place.as_str(), link.because.as_deref()))
        .collect();
    assert_eq!(
        links,
        [
            (Verdict::Refuted, "test.md:6:5", Some("one is forgotten")),
            (Verdict::Refuted, "test.md:7:5", None),
            (Verdict::Holds, "test.md:8:5", None),
        ]
    );
}

#[test]
fn powers_of_powers_end_soon() {
    // 2²² factors: residues do not grow.
    let begun = std::time::Instant::now();
    all("claim X \"x\" (((A^64)^64)^64)^16 = A", Verdict::Refuted);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

/// Every link has mutants: reading a chain must not cost the product of both.
#[test]
fn a_long_chain_takes_time_in_proportion() {
    let sides: Vec<String> = (0..800).map(|number| format!("A + {number} - {number}")).collect();
    let begun = std::time::Instant::now();
    let chapter = chapter(&format!("claim X \"x\" {}", sides.join(" = "))).unwrap();
    assert!(chapter.controls().unwrap().count() > 800);
    assert!(chapter.check(&plan(), &|| ()).ok());
    // About a second; minutes where each mutant holds the whole chain.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

/// True claims about sizes, places and connections whose degree the shapes and wirings cover.
#[test]
fn what_the_shapes_cover_holds() {
    for claim in [
        "for i, j: mask[i,j]*(1 - mask[i,j]) = 0",
        "for i, j, l: (mask[i,j] - mask[j,i])*mask[j,l] = 0",
        "for i: (sum(j in H) mask[i,j]) = (sum(j in H) mask[j,i])",
        "for i, a, a2: mask[i,a] = mask[i,a2]",
        "for i, a: ((sum(a2) mask[i,a2]) == 0) = 1 - mask[i,a]",
        "for i, j: d (W[i,j]^2) / d W[i,j] = 2*W[i,j]",
        "(sum(k) ordinal(k)) = (sum(k) 1)*((sum(k) 1) - 1)/2",
        "(sum(k) ordinal(k)^2) = (sum(k) 1)*((sum(k) 1) - 1)*(2*(sum(k) 1) - 1)/6",
        "for v: prod(i) (v[i]*q[i] + 1 - v[i]) = prod(i where v[i] == 1) q[i]",
        "for i: (sum(j in circuit(i)) 1)*(sum(j in circuit(i)) q[j]) = (sum(j in circuit(i)) 1)",
        "(sum(a) R[a]/(sum(a2) 1)) = (sum(a) R[a])/(sum(a) 1)",
        "(prod(k) s[k])^2 = (prod(k) s[k]^2)",
    ] {
        let report = report(&format!("claim X \"x\" {claim}"));
        let found = &report.claims[0];
        assert_eq!(found.verdict, Verdict::Holds, "{claim}: {:?}", found.reason);
    }
}

/// False beyond what is tried: no more than unchecked, with a reason.
#[test]
fn what_the_shapes_do_not_cover_does_not_hold() {
    let definitions = "param x positive
        let degree[i] = sum(j in H) mask[i,j]
        let small(n: number) = n*(n - 1)*(n - 2)*(n - 3)
        let smaller(n: number) = small(n)*small(n - 4)*small(n - 8)
        let even[i] = softmax(none)[i]";
    for claim in [
        "for k: (prod(a, t, t2) (ordinal(k) - ordinal(a) - 2*ordinal(t) - 4*ordinal(t2)))*s[k] = 0",
        "for t: smaller(ordinal(t)) = 0",
        "for k: (prod(a, a2) small(ordinal(k) - 4*ordinal(a) - 8*ordinal(a2)))*s[k] = 0",
        "(prod(a, a2, a3) ((prod(k) x) - (prod(a4 where ordinal(a4) <= ordinal(a)) x)*(prod(a4 where ordinal(a4) < ordinal(a2)) x)^2*(prod(a4 where ordinal(a4) < ordinal(a3)) x)^4)) = 0",
        "for i: (prod(t, t2, t3) (even[i]*(1 + ordinal(t) + 2*ordinal(t2) + 4*ordinal(t3)) - 1)) = 0",
        "((sum(i in H) 1) - 2)*(prod(i in H) (degree[i] == 1)) = 0",
        "((sum(i in H) 1) - 2)*(prod(i in H) if(degree[i] == 1, A, 0)) = 0",
        "for i in H: ((sum(j in H) 1) - 2)*(prod(j in H) (degree[j] == 1))*z[i] = 0",
        "(sum(i in H) 1)*(prod(i in H) (1 - (degree[i] - 1)^2*A)) = ((sum(i in H) 1) - 2)*(prod(i in H) (degree[i] == 1)) + (sum(i in H) 1)*(prod(i in H) (1 - (degree[i] - 1)^2*A))",
    ] {
        let report =
            report(&format!("let none[i] = 0*b[i]\n{definitions}\nclaim X \"x\" {claim} expect unchecked"));
        let found = &report.claims[0];
        assert_ne!(found.verdict, Verdict::Holds, "{claim}");
        assert!(found.verdict == Verdict::Refuted || found.reason.is_some(), "{claim}");
    }
}

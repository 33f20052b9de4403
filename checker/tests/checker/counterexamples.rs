//! A printed counterexample is complete: whoever computes with the printed entries alone finds the
//! printed sides.
//!
//! The fixed points are computed here by plain iteration in f64, which knows nothing of the
//! checker's.

use svpg_check::{Chapter, Counterexample, Plan, Source, Verdict};

fn counterexample(claim: &str) -> Counterexample {
    let prelude = Source::new("01-network.md", include_str!("../../../derivations/01-network.md"));
    let text = format!("# T\n```svpg\nnetwork rwta(S, G, D, A)\n{claim}\n```\n");
    let chapter = Chapter::new(&Source::new("t.md", text), Some(&prelude)).unwrap();
    let report = chapter.check(&Plan::usual(0), &|| ());
    let claim = report.claims.into_iter().next().unwrap();
    assert_eq!(claim.verdict, Verdict::Refuted, "{}", claim.id);
    claim.counterexample.unwrap()
}

/// A fraction or a decimal.
fn number(text: &str) -> f64 {
    match text.split_once('/') {
        Some((top, bottom)) => top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap(),
        None => text.parse().unwrap_or_else(|_| panic!("not a number: {text}")),
    }
}

/// A network as it is printed.
struct Printed {
    found: Counterexample,
    hidden_circuits: usize,
    hidden_size: usize,
    actions: usize,
}

impl Printed {
    fn new(found: Counterexample) -> Self {
        let words: Vec<&str> = found.shape.split(", ").collect();
        let count = |text: &str| text.split([' ', '×']).next().unwrap().parse().unwrap();
        let size = words[1].split_once('×').unwrap().1;
        let (hidden_circuits, hidden_size, actions) = (count(words[1]), count(size), count(words[2]));
        Self { found, hidden_circuits, hidden_size, actions }
    }

    fn rows(&self, name: &str) -> Vec<Vec<f64>> {
        let (_, text) = self.found.network.iter().find(|(known, _)| known == name).unwrap_or_else(|| {
            panic!("{}: {name} is not printed: {:?}", self.found.equation, self.found.network)
        });
        let rows = text.trim_matches(['(', ')']).split("; ");
        rows.map(|row| row.split(", ").map(number).collect()).collect()
    }

    fn row(&self, name: &str) -> Vec<f64> {
        self.rows(name).remove(0)
    }

    fn hidden(&self) -> usize {
        self.hidden_circuits * self.hidden_size
    }

    fn units(&self) -> usize {
        self.hidden() + self.actions
    }

    /// The unit that an index is.
    fn unit(&self, name: &str) -> usize {
        let (_, text) = self.found.indices.iter().find(|(known, _)| known == name).unwrap();
        let numbers: Vec<usize> = text.split(' ').filter_map(|word| word.parse().ok()).collect();
        match numbers.as_slice() {
            [action] => self.hidden() + action,
            [unit, circuit] => circuit * self.hidden_size + unit,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn input(&self, q: &[f64], states: &[f64]) -> Vec<f64> {
        let kappa = if self.found.convention == "full" { 1.0 } else { 0.5 };
        let (w, u, b) = (self.rows("W"), self.rows("U"), self.row("b"));
        let recurrent =
            |i: usize| q.iter().enumerate().map(|(j, q)| kappa * (w[i][j] + w[j][i]) * q).sum::<f64>();
        let driven = |i: usize| states.iter().zip(&u).map(|(s, row)| s * row[i]).sum::<f64>();
        (0..self.units()).map(|i| recurrent(i) + driven(i) + b[i]).collect()
    }

    /// Damped iteration from the uniform state, with the action circuit clamped where an action is
    /// given.
    fn settled(&self, states: &[f64], clamp: Option<usize>) -> Vec<f64> {
        let circuits: Vec<std::ops::Range<usize>> = (0..self.hidden_circuits)
            .map(|c| c * self.hidden_size..(c + 1) * self.hidden_size)
            .chain(std::iter::once(self.hidden()..self.units()))
            .collect();
        let mut q = vec![0.0; self.units()];
        for circuit in &circuits {
            circuit.clone().for_each(|i| q[i] = 1.0 / circuit.len() as f64);
        }
        for _ in 0..5000 {
            if let Some(action) = clamp {
                (self.hidden()..self.units()).for_each(|i| q[i] = f64::from(u8::from(i == action)));
            }
            let z = self.input(&q, states);
            for circuit in &circuits {
                if clamp.is_some() && circuit.start == self.hidden() {
                    continue;
                }
                let top = circuit.clone().map(|i| z[i]).fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = circuit.clone().map(|i| (z[i] - top).exp()).sum();
                circuit.clone().for_each(|i| q[i] += 0.5 * ((z[i] - top).exp() / sum - q[i]));
            }
        }
        q
    }

    fn q(&self) -> Vec<f64> {
        self.settled(&self.row("s"), None)
    }

    fn policy(&self) -> Vec<f64> {
        self.q().split_off(self.hidden())
    }
}

type Side = fn(&Printed) -> f64;

/// A false claim, and its left and right side computed from what is printed.
const CASES: &[(&str, Side, Side)] = &[
    ("claim X \"a rate\" for i: q[i] >= 0.0000001", |net| net.q()[net.unit("i")], |_| 1e-7),
    (
        "let clamped(a) = meanfield(s | a)\n\
         claim X \"clamped\" for i in H: (sum(a) q[a]*clamped(a)[i]) = q[i]",
        |net| {
            let (states, policy) = (net.row("s"), net.policy());
            let clamped = |a: usize| net.settled(&states, Some(net.hidden() + a))[net.unit("i")];
            policy.iter().enumerate().map(|(a, q)| q * clamped(a)).sum()
        },
        |net| net.q()[net.unit("i")],
    ),
    (
        "claim X \"entropy\" -(sum(i in A) q[i]*ln q[i]) >= 0.01",
        |net| net.policy().iter().map(|q| -q * q.ln()).sum(),
        |_| 0.01,
    ),
    ("claim X \"squares\" (sum(a) q[a]^2) <= 0.9", |net| net.policy().iter().map(|q| q * q).sum(), |_| 0.9),
    (
        "claim X \"rewards\" J_meanfield <= 100",
        |net| net.policy().iter().zip(net.row("R")).map(|(q, r)| q * r).sum(),
        |_| 100.0,
    ),
    ("claim X \"logarithm\" for i: ln q[i] >= -5", |net| net.q()[net.unit("i")].ln(), |_| -5.0),
    (
        "claim X \"variance\" for i: q[i]*(1 - q[i]) <= 0.2499",
        |net| {
            let q = net.q()[net.unit("i")];
            q * (1.0 - q)
        },
        |_| 0.2499,
    ),
    (
        "claim X \"inputs\" for i: z[i] <= 20",
        |net| net.input(&net.q(), &net.row("s"))[net.unit("i")],
        |_| 20.0,
    ),
    (
        "claim X \"softmax\" for i: softmax(z)[i] <= 0.99 * z[i]^2",
        |net| net.q()[net.unit("i")],
        |net| 0.99 * net.input(&net.q(), &net.row("s"))[net.unit("i")].powi(2),
    ),
    // The network is made for a rational fixed point.
    (
        "claim X \"solved\" (sum(a) q[a]*R[a]) = sum(a) q[a]*R[a]^2",
        |net| net.policy().iter().zip(net.row("R")).map(|(q, r)| q * r).sum(),
        |net| net.policy().iter().zip(net.row("R")).map(|(q, r)| q * r * r).sum(),
    ),
    (
        "let other[k] = 2*s[k]\nlet there = meanfield(other)\n\
         claim X \"other states\" for i in A: there[i] = there[i]^2",
        |net| {
            let states: Vec<f64> = net.row("s").iter().map(|s| 2.0 * s).collect();
            net.settled(&states, None)[net.unit("i")]
        },
        |net| {
            let states: Vec<f64> = net.row("s").iter().map(|s| 2.0 * s).collect();
            net.settled(&states, None)[net.unit("i")].powi(2)
        },
    ),
    (
        "claim X \"a condition\" given b_H = 0 and b_A = 0 for i in A: q[i] = q[i]^2",
        |net| {
            assert!(net.row("b").iter().all(|&b| b == 0.0), "the condition is not met");
            net.q()[net.unit("i")]
        },
        |net| net.q()[net.unit("i")].powi(2),
    ),
    (
        "claim X \"a filter\" for i in A where b[i] > 2: q[i] = q[i]^2",
        |net| {
            assert!(net.row("b")[net.unit("i")] > 2.0, "the filter does not let it through");
            net.q()[net.unit("i")]
        },
        |net| net.q()[net.unit("i")].powi(2),
    ),
];

#[test]
fn the_printed_entries_give_the_printed_sides() {
    let mut solved = 0;
    for (claim, left, right) in CASES {
        let net = Printed::new(counterexample(claim));
        for (side, text) in [(left, &net.found.left), (right, &net.found.right)] {
            let (computed, printed) = (side(&net), number(text));
            let close = (computed - printed).abs() <= 1e-9 * computed.abs().max(printed.abs());
            assert!(close, "{claim}: {computed} computed, {printed} printed, {:?}", net.found);
        }
        if net.found.network.iter().any(|(name, _)| name == "q") {
            solved += 1;
            assert!(net.found.reading.contains("b, which is rounded"), "{}", net.found.reading);
        }
    }
    assert!(solved >= 2, "only {solved} networks with a rational fixed point");
}

/// Only what the sides depend on is printed.
#[test]
fn nothing_else_is_printed() {
    let names = |claim: &str| -> Vec<String> {
        counterexample(claim).network.into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names("claim X \"x\" for i: b[i] = 2*b[i]"), ["b"]);
    assert_eq!(names("claim X \"x\" for i, k: U[k,i] = s[k]"), ["U", "s"]);
    assert_eq!(names("claim X \"x\" for i: q[i] = 2*q[i]"), ["W", "U", "b", "s", "q"]);
}

/// 0 is written 0, and a whole number without a power of ten.
#[test]
fn numbers_are_plain() {
    for (claim, left, right) in [
        ("claim X \"x\" for i: q[i] - softmax(z)[i] >= 1/64", "0", "0.015625"),
        ("claim X \"x\" ln exp(2) <= -15625", "2", "-15625"),
        ("claim X \"x\" ln exp(1/3) <= 1/10000000", "0.33333333333333333333", "1e-7"),
    ] {
        let found = counterexample(claim);
        assert_eq!((found.left.as_str(), found.right.as_str()), (left, right), "{claim}");
    }
}

//! A trial of the hints: a program of plain loops, which reads cases as JSON and shares no code
//! with the oracle or with the functions that recognise mistakes, and its planted bugs. On bugs ×
//! shapes × rules, no hint is wrong: if there are hints, one of them is the code of the bug.

use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use svpg::conformance::case::Answer;
use svpg::conformance::compare::{Judge, Tolerance};
use svpg::conformance::vectors::vector;

const SEED: u64 = 4_711;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bug {
    None,
    Sign,
    Twice,
    Summed,
    Transposed,
    NoMask,
    WithinCircuits,
    SoftmaxOverAll,
    LeftEarly,
    BaselineAdded,
    WinnersFromOne,
    SpikeForSurprise,
    SpikeForRate,
    NoStateFactor,
    OneTerm,
    BrainFloat,
    Scaled,
    Zero,
}

/// Every bug with the codes that name it.
const BUGS: [(Bug, &[&str]); 17] = [
    (Bug::Sign, &["SIGN"]),
    (Bug::Twice, &["FACTOR2"]),
    (Bug::Summed, &["BATCH_SCALE"]),
    (Bug::Transposed, &["TRANSPOSED"]),
    (Bug::NoMask, &["MASK_NOT_APPLIED"]),
    (Bug::WithinCircuits, &["WITHIN_CIRCUIT"]),
    (Bug::SoftmaxOverAll, &["SOFTMAX_GLOBAL"]),
    (Bug::LeftEarly, &["STALE_Q"]),
    (Bug::BaselineAdded, &["BASELINE"]),
    (Bug::WinnersFromOne, &["WINNER_SHIFTED"]),
    (Bug::SpikeForSurprise, &["RATE_FOR_SURPRISE"]),
    (Bug::SpikeForRate, &["SPIKE_FOR_RATE"]),
    (Bug::NoStateFactor, &["STATE_FACTOR"]),
    (Bug::OneTerm, &["ONE_TERM"]),
    (Bug::BrainFloat, &["HALF_PRECISION"]),
    (Bug::Scaled, &["SCALE"]),
    (Bug::Zero, &["ZERO"]),
];

/// A case as another program reads it.
struct Network {
    case: Value,
    circuits: Vec<Range<usize>>,
    states: usize,
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().map(number).collect()
}

type Rows = Vec<Vec<f64>>;

impl Network {
    fn new(text: &str) -> Self {
        let case: Value = serde_json::from_str(text).unwrap();
        let size = |key: &str| case["shape"][key].as_u64().unwrap() as usize;
        let (hidden, each) = (size("hidden_circuits"), size("hidden_size"));
        let mut circuits: Vec<_> = (0..hidden).map(|c| c * each..(c + 1) * each).collect();
        circuits.push(hidden * each..hidden * each + size("actions"));
        let states = size("states");
        Self { case, circuits, states }
    }

    fn units(&self) -> usize {
        self.circuits[self.circuits.len() - 1].end
    }

    /// 1 in the convention full, ½ in half.
    fn kappa(&self) -> f64 {
        if self.case["convention"] == "full" { 1.0 } else { 0.5 }
    }

    fn keeps(&self, kind: &str, i: usize, j: usize) -> bool {
        let mask = &self.case["mask"];
        let rows = if mask.is_array() && kind == "recurrent" { mask } else { &mask[kind] };
        rows.is_null() || number(&rows[i][j]) != 0.0
    }

    fn same_circuit(&self, i: usize, j: usize) -> bool {
        self.circuits.iter().any(|circuit| circuit.contains(&i) && circuit.contains(&j))
    }

    /// The fixed point from the uniform state, by damped iterations.
    fn fixed_point(&self, state: &[f64], bug: Bug) -> Vec<f64> {
        let (units, weights) = (self.units(), &self.case["weights"]);
        let recurrent: Rows = weights["recurrent"].as_array().unwrap().iter().map(numbers).collect();
        let mut drive = numbers(&weights["bias"]);
        for (k, s) in state.iter().enumerate() {
            numbers(&weights["state"][k]).iter().zip(&mut drive).for_each(|(w, drive)| *drive += s * w);
        }
        let all = 0..units;
        let circuits = if bug == Bug::SoftmaxOverAll { std::slice::from_ref(&all) } else { &self.circuits };
        let mut q = vec![0.0; units];
        for circuit in circuits {
            circuit.clone().for_each(|i| q[i] = 1.0 / circuit.len() as f64);
        }
        let rounds = if bug == Bug::LeftEarly { 2 } else { 20_000 };
        for _ in 0..rounds {
            let power = |i: usize| {
                let sum: f64 = (0..units).map(|j| 2.0 * self.kappa() * recurrent[i][j] * q[j]).sum();
                (drive[i] + sum).exp()
            };
            let powers: Vec<f64> = (0..units).map(power).collect();
            let damping = if bug == Bug::LeftEarly { 1.0 } else { 0.3 };
            let mut change = 0.0f64;
            for circuit in circuits {
                let total: f64 = powers[circuit.clone()].iter().sum();
                for i in circuit.clone() {
                    let next = powers[i] / total;
                    change = change.max((next - q[i]).abs());
                    q[i] += damping * (next - q[i]);
                }
            }
            if change < 1e-15 {
                break;
            }
        }
        q
    }

    /// `q` and the update of a rule of scores.
    fn answer(&self, bug: Bug) -> (Rows, Rows, Rows, Vec<f64>) {
        let (units, rule) = (self.units(), self.case["rule"].as_str().unwrap());
        let batch = self.case["batch"].as_array().unwrap();
        let size = batch.len() as f64;
        let zeros = |rows: usize| vec![vec![0.0; units]; rows];
        let (mut all, mut recurrent, mut state) = (Vec::new(), zeros(units), zeros(self.states));
        let mut bias = vec![0.0; units];
        for sample in batch {
            let s = numbers(&sample["state"]);
            let q = match &sample["q"] {
                Value::Null => self.fixed_point(&s, bug),
                given => numbers(given),
            };
            let mut winners: Vec<usize> =
                numbers(&sample["sample"]["hidden"]).into_iter().map(|x| x as usize).collect();
            winners.push(number(&sample["sample"]["action"]) as usize);
            let action = self.circuits[winners.len() - 1].start + winners[winners.len() - 1];
            let mut v = vec![0.0; units];
            for (circuit, winner) in self.circuits.iter().zip(winners) {
                let shift = usize::from(bug == Bug::WinnersFromOne);
                v[circuit.start + (winner + circuit.len() - shift) % circuit.len()] = 1.0;
            }
            let mut signal = number(&sample["advantage"]);
            if bug == Bug::BaselineAdded {
                signal += 0.37;
            }
            let mut kappa = self.kappa();
            if rule == "svpg-tpami" {
                // REINFORCE; the action is the sampled one.
                let actions = &q[self.circuits[self.circuits.len() - 1].clone()];
                let p = q[action];
                let entropy: f64 =
                    -actions.iter().map(|p| if *p > 0.0 { p * p.ln() } else { 0.0 }).sum::<f64>();
                let weight = self.case["options"]["entropy"].as_f64().unwrap_or(0.0);
                signal = (signal * (1.0 - p) + weight * p * (-p.ln() - entropy)) / size;
                kappa = 1.0;
            }
            if bug != Bug::Summed {
                signal /= size;
            }
            let e: Vec<f64> =
                (0..units).map(|i| if bug == Bug::SpikeForSurprise { v[i] } else { v[i] - q[i] }).collect();
            let pre = if bug == Bug::SpikeForRate { &v } else { &q };
            for i in 0..units {
                for j in 0..units {
                    let inside = self.same_circuit(i, j) && (bug != Bug::WithinCircuits || i == j);
                    if inside || !self.keeps("recurrent", i, j) && bug != Bug::NoMask {
                        continue;
                    }
                    let second = if bug == Bug::OneTerm { 0.0 } else { pre[i] * e[j] };
                    recurrent[i][j] += kappa * signal * (pre[j] * e[i] + second);
                }
                for k in 0..self.states {
                    if self.keeps("state", k, i) || bug == Bug::NoMask {
                        state[k][i] += signal * e[i] * if bug == Bug::NoStateFactor { 1.0 } else { s[k] };
                    }
                }
                bias[i] += signal * if rule == "svpg-bmvc" { v[i] } else { e[i] };
            }
            all.push(q);
        }
        if bug == Bug::Transposed && self.states == units {
            state = (0..units).map(|k| state.iter().map(|row| row[k]).collect()).collect();
        }
        // Round to nearest, to 8 bits.
        let brain = |x: f64| {
            let bits = (x as f32).to_bits();
            f64::from(f32::from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000))
        };
        let last = |x: f64| match bug {
            Bug::Sign => -x,
            Bug::Twice => 2.0 * x,
            Bug::Scaled => 0.83 * x,
            Bug::Zero => 0.0,
            Bug::BrainFloat => brain(x),
            _ => x,
        };
        let entries = recurrent.iter_mut().chain(&mut state).flatten().chain(&mut bias);
        entries.for_each(|x| *x = last(*x));
        if bug == Bug::BrainFloat {
            all.iter_mut().flatten().for_each(|x| *x = brain(*x));
        }
        (all, recurrent, state, bias)
    }

    fn json(&self, bug: Bug, with_q: bool) -> String {
        let (q, recurrent, state, bias) = self.answer(bug);
        let update = serde_json::json!({"recurrent": recurrent, "state": state, "bias": bias});
        let mut answer = serde_json::json!({"schema": "svpg-answer/1", "update": update});
        if with_q {
            answer["q"] = serde_json::json!(q);
        }
        answer.to_string()
    }
}

#[test]
fn no_hint_is_wrong() {
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for index in 0..224 {
        let (case, truth) = vector(index, SEED).unwrap();
        let is_ppo = case.options().old_log_prob.is_some();
        if !["svpg", "svpg-bmvc", "svpg-tpami"].contains(&case.rule().name()) || is_ppo {
            continue;
        }
        cases += 1;
        let network = Network::new(&case.to_json());
        let mut judge = Judge::with_answer(&case, truth);
        let mut judged = |bug, with_q| {
            let answer = Answer::from_bytes(network.json(bug, with_q).as_bytes(), &case).unwrap();
            judge.compare(&answer, Tolerance::default()).unwrap()
        };
        let right = judged(Bug::None, true);
        assert!(right.ok, "{index}: {right}");
        for (bug, codes) in BUGS {
            for with_q in [true, false] {
                let judged = judged(bug, with_q);
                let found: Vec<&str> = judged.hints.iter().map(|hint| hint.code).collect();
                let is_named = found.iter().any(|code| codes.contains(code));
                let count = counts.entry(format!("{bug:?}")).or_default();
                match (judged.ok, is_named, found.is_empty()) {
                    (true, ..) => count[0] += 1,
                    (false, true, _) => count[1] += 1,
                    (false, false, true) => count[2] += 1,
                    (false, false, false) => {
                        wrong.push(format!(
                            "{index} {} {bug:?} q {with_q}: {:?}",
                            case.rule().name(),
                            judged.hints
                        ));
                    }
                }
            }
        }
    }
    println!("{cases} cases; no effect, named, without a hint: {counts:#?}");
    assert!(wrong.is_empty(), "{} wrong: {:#?}", wrong.len(), wrong.iter().take(20).collect::<Vec<_>>());
    assert!(cases >= 40, "{cases}");
    for (bug, [_, named, unnamed]) in counts {
        assert!(named >= 4 && named >= 4 * unnamed, "{bug}: {named} named, {unnamed} without a hint");
    }
}

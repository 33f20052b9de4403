//! The causes that `svpg compare` names: every planted mistake is named, none is named wrongly, and
//! right answers give no false alarm.

use std::collections::BTreeMap;
use std::time::Instant;
use svpg::conformance::case::{Answer, Parameters};
use svpg::conformance::compare::cause::CAUSES;
use svpg::conformance::compare::{Hint, Judge, Tolerance};
use svpg::conformance::vectors::vector;

/// The seed of the cases; not the one of the default vectors.
const SEED: u64 = 20_261_127;

/// The hints for a candidate; `None` if it passes.
fn hints(judge: &mut Judge, candidate: &Answer) -> Option<Vec<Hint>> {
    let judged = judge.compare(candidate, Tolerance::default()).unwrap();
    (!judged.ok).then_some(judged.hints)
}

fn rounded(answer: &Answer) -> Answer {
    let round = |x: f64| f64::from(x as f32);
    let q = answer.q.iter().flatten().map(|q| q.iter().map(|&x| round(x)).collect()).collect();
    Answer::new(q, 0.0, answer.update.map(round), None)
}

/// Every mistake × rule × shape × convention: with `q`, without it, and in single precision.
#[test]
fn planted_mistakes_are_named() {
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut unnamed_in_f32 = 0;
    let mut slowest = (0.0, 0);
    for index in 0..112 {
        let (case, truth) = vector(index, SEED).unwrap();
        let mut judge = Judge::with_answer(&case, truth.clone());
        for cause in &CAUSES {
            for planted in cause.plant(&case, &truth) {
                let full = planted.answer;
                let mut without_q = full.clone();
                without_q.q = None;
                let forms = [("f64", full.clone()), ("no q", without_q), ("f32", rounded(&full))];
                for (at, (form, candidate)) in forms.into_iter().enumerate() {
                    let start = Instant::now();
                    let Some(hints) = hints(&mut judge, &candidate) else { continue };
                    let seconds = start.elapsed().as_secs_f64();
                    slowest = if seconds > slowest.0 { (seconds, index) } else { slowest };
                    counts.entry(cause.code).or_default()[at] += 1;
                    let is_named = hints.iter().any(|hint| hint.code == cause.code);
                    // Rounding to f32 hides rounding to more bits.
                    let is_hidden = form == "f32" && hints.iter().any(|hint| hint.code == "SINGLE_PRECISION");
                    if form == "f32" && hints.is_empty() {
                        unnamed_in_f32 += 1;
                    } else if !is_named && !is_hidden {
                        wrong.push(format!(
                            "{index} {} {form}: {} ({}): {hints:?}",
                            case.rule().name(),
                            cause.code,
                            planted.sentence
                        ));
                    }
                }
            }
        }
    }
    println!("{counts:#?}, {unnamed_in_f32} unnamed in f32, slowest {slowest:?}");
    let shown: Vec<_> = wrong.iter().take(60).collect();
    assert!(wrong.is_empty(), "{} of {:?}: {shown:#?}", wrong.len(), counts.values().collect::<Vec<_>>());
}

/// No answer of the reference in f64 fails, and rounding it to f32 is named as that.
#[test]
fn right_answers_give_no_false_alarm() {
    for index in 0..1000 {
        let (case, truth) = vector(index, SEED + 1).unwrap();
        let mut judge = Judge::with_answer(&case, truth.clone());
        assert_eq!(hints(&mut judge, &truth), None);
        let single = rounded(&truth);
        let tolerance = Tolerance { rtol: 1e-6, atol: 1e-9, ulp: 0 };
        let judged = judge.compare(&single, tolerance).unwrap();
        assert!(judged.ok, "{index}: {judged}");
        if let Some(hints) = hints(&mut judge, &single) {
            let codes: Vec<_> = hints.iter().map(|hint| hint.code).collect();
            assert_eq!(codes, ["SINGLE_PRECISION"], "{index} {}: {hints:?}", case.to_json());
        }
    }
}

/// Two mistakes at once, and mistakes whose size is not known.
#[test]
fn mistakes_of_any_size_and_in_pairs_are_named() {
    let mut count = 0;
    for index in 0..112 {
        let (case, truth) = vector(index, SEED + 2).unwrap();
        let mut judge = Judge::with_answer(&case, truth.clone());
        let mut hints = |update: Parameters| {
            let q = truth.q.clone().unwrap();
            hints(&mut judge, &Answer::new(q, 0.0, update, None)).expect("it fails")
        };
        let mut named = |update: Parameters, code: &str| {
            let hints = hints(update);
            let is_named = hints.iter().any(|hint| hint.code == code);
            assert!(is_named || hints.is_empty(), "{index} {code}: {hints:?}");
            count += usize::from(is_named);
        };
        named(truth.update.map(|x| -3.3 * x), "SCALE");
        let mut negative = truth.update.clone();
        negative.bias.iter_mut().for_each(|x| *x = -*x);
        if negative.bias.iter().any(|x| x.abs() > 1e-9) {
            named(negative, "SIGN");
        }
        // The sum of a true and a wrong answer with another mistake is not explained by either.
        let mut odd = truth.update.clone();
        odd.bias.iter_mut().enumerate().for_each(|(i, x)| *x += 0.1 + 0.01 * (i * i) as f64);
        assert_eq!(hints(odd), [], "{index} {}", case.rule().name());
    }
    // An update with one or two sizes of numbers is no evidence for a factor.
    assert!(count >= 210, "{count} of at most 224 are named");
}

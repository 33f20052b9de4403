//! Random mutations of valid cases and answers: the readers never panic, errors are one line, and
//! accepted documents get an answer.

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use support::case;
use svpg::Error;
use svpg::conformance::case::{Answer, Case};
use svpg::conformance::{compare, oracle};

/// A reader returns a value or an error of one line. An accepted document gets an answer or an
/// error of one line.
fn survives(bytes: &[u8]) -> Result<bool, TestCaseError> {
    let one_line = |error: &Error| {
        let text = error.to_string();
        prop_assert!(!text.contains('\n') && text.contains("; "), "{text}");
        prop_assert!(error.is_bad_input() || error.is_no_fixed_point());
        Ok(())
    };
    match Case::from_bytes(bytes) {
        Err(error) => one_line(&error).map(|()| false),
        Ok(case) => {
            match oracle::answer(&case, true) {
                Err(error) => one_line(&error)?,
                Ok(answer) => {
                    prop_assert!(answer.residual.is_some_and(f64::is_finite));
                    let again = Answer::from_bytes(answer.to_json().as_bytes(), &case);
                    prop_assert_eq!(again.as_ref(), Ok(&answer), "an answer reads back to itself");
                    let judged =
                        compare::compare(&case, &answer, compare::Tolerance { rtol: 0.0, atol: 0.0, ulp: 0 });
                    prop_assert!(judged.is_ok_and(|judged| judged.ok), "the answer passes its own judgement");
                }
            }
            let again = Case::from_bytes(case.to_json().as_bytes());
            prop_assert_eq!(again, Ok(case), "a case reads back to itself");
            Ok(true)
        }
    }
}

/// Every place of a document, as a JSON pointer.
fn pointers(value: &Value, prefix: &str, into: &mut Vec<String>) {
    into.push(prefix.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| pointers(item, &format!("{prefix}/{i}"), into));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(key, item)| pointers(item, &format!("{prefix}/{key}"), into));
        }
        _ => {}
    }
}

fn replacements() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[[]]])),
        Just(json!(u64::MAX)),
        Just(json!(i64::MIN)),
        any::<f64>().prop_map(|x| json!(x)),
        (-2..12i64).prop_map(|x| json!(x)),
        (-1.0..2.0f64).prop_map(|x| json!(x)),
    ]
}

fn valid_cases() -> impl Strategy<Value = Value> {
    (0..support::rules().len(), any::<bool>(), any::<bool>(), 0..50u64).prop_map(
        |(rule, full, masked, seed)| {
            case(support::rules()[rule], if full { "full" } else { "half" }, masked, seed)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn valid_cases_are_answered(case in valid_cases()) {
        prop_assert!(survives(case.to_string().as_bytes())?);
    }

    #[test]
    fn bytes(case in valid_cases(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..6)) {
        let mut bytes = case.to_string().into_bytes();
        for (place, byte, kind) in edits {
            let place = place.index(bytes.len());
            match kind {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => { bytes.remove(place); }
            }
        }
        survives(&bytes)?;
    }

    #[test]
    fn truncations(case in valid_cases(), end in any::<prop::sample::Index>()) {
        let text = case.to_string();
        prop_assert!(!survives(&text.as_bytes()[..end.index(text.len())])?);
    }

    #[test]
    fn structure(case in valid_cases(), edits in prop::collection::vec((any::<prop::sample::Index>(), replacements(), 0..3u8), 1..4)) {
        let mut case = case;
        for (place, value, kind) in edits {
            let mut places = Vec::new();
            pointers(&case, "", &mut places);
            let pointer = &places[place.index(places.len())];
            match (kind, case.pointer_mut(pointer)) {
                (0, Some(Value::Array(items))) => { items.pop(); }
                (0, Some(Value::Object(fields))) => { let key = fields.keys().next().cloned(); if let Some(key) = key { fields.remove(&key); } }
                (1, Some(Value::Array(items))) => items.push(value),
                (1, Some(Value::Object(fields))) => { fields.insert("new".to_owned(), value); }
                (_, Some(slot)) => *slot = value,
                (_, None) => {}
            }
        }
        survives(case.to_string().as_bytes())?;
    }

    #[test]
    fn candidates(edits in prop::collection::vec((any::<prop::sample::Index>(), replacements()), 1..4)) {
        let value = case("svpg", "full", true, 1);
        let case = Case::from_bytes(value.to_string().as_bytes()).unwrap();
        let mut answer: Value = serde_json::from_str(&oracle::answer(&case, true).unwrap().to_json()).unwrap();
        for (place, value) in edits {
            let mut places = Vec::new();
            pointers(&answer, "", &mut places);
            *answer.pointer_mut(&places[place.index(places.len())]).unwrap() = value;
        }
        match Answer::from_bytes(answer.to_string().as_bytes(), &case) {
            Err(error) => prop_assert!(error.is_bad_input()),
            Ok(candidate) => match compare::compare(&case, &candidate, compare::Tolerance::default()) {
                Err(error) => prop_assert!(error.is_bad_input(), "{error}"),
                Ok(judged) => {
                    let json: Value = serde_json::from_str(&serde_json::to_string(&judged).unwrap()).unwrap();
                    prop_assert!(json["ok"].is_boolean());
                    let verdict = if judged.ok { "PASS" } else { "FAIL" };
                    prop_assert!(judged.to_string().contains(verdict));
                }
            },
        }
    }
}

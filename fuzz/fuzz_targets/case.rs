//! Any bytes as a case: refused in one line, or read back from its own text as the same case and,
//! where small, answered with finite numbers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use svpg::Error;
use svpg::conformance::case::{Answer, Case};
use svpg::conformance::oracle;

/// Largest network that is answered: beyond it the fuzzer would time the reference.
const UNITS: usize = 16;
const SAMPLES: usize = 4;

fn assert_well_formed(error: &Error) {
    let line = error.to_string();
    assert!(!line.chars().any(char::is_control), "not one line: {line:?}");
    assert!(line.contains("; "), "no remedy: {line:?}");
    assert!(
        error.is_bad_input() || error.is_no_fixed_point(),
        "neither the user's nor the solver's: {line:?}"
    );
}

fuzz_target!(|bytes: &[u8]| {
    let case = match Case::from_bytes(bytes) {
        Err(error) => return assert_well_formed(&error),
        Ok(case) => case,
    };
    let again = Case::from_bytes(case.to_json().as_bytes());
    assert_eq!(again.as_ref(), Ok(&case), "a case reads back to itself");
    let shape = case.shape();
    let enumerable =
        (shape.hidden_size as f64).powf(shape.hidden_circuits as f64) * shape.actions as f64 <= 4096.0;
    if shape.units() > UNITS || shape.circuits() > UNITS || case.batch().len() > SAMPLES || !enumerable {
        return;
    }
    match oracle::answer(&case, true) {
        Err(error) => assert_well_formed(&error),
        Ok(answer) => {
            let again = Answer::from_bytes(answer.to_json().as_bytes(), &case);
            assert_eq!(
                again.as_ref(),
                Ok(&answer),
                "an answer reads back to itself: finite, and of the case's shape"
            );
        }
    }
});

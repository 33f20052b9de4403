//! Why a gradient is wrong: the same evidence as for updates, with the mistakes that gradients
//! have.

use super::fit::{Explained, explain};
use super::list::{CAUSES, Cause};
use super::setting::Setting;
use super::variant::Variant;
use super::{Hint, scale};
use crate::conformance::case::{Answer, Case, Gradients, Parameters};
use crate::conformance::oracle;

/// Mistakes that multiply or reorder a gradient as they do an update.
const SHARED: [&str; 4] = ["ZERO", "SIGN", "FACTOR2", "TRANSPOSED"];
/// Largest number of samples times squared units for which gradients are computed again.
const AFFORDABLE: usize = 100_000;

/// The causes that explain failing gradients, given by their names. A cause is named once, with all
/// gradients that it explains.
pub(in super::super) fn hints(case: &Case, truth: &Answer, found: &Gradients, failing: &[&str]) -> Vec<Hint> {
    let Some(gradients) = &truth.gradients else { return Vec::new() };
    let mut named: Vec<(&'static str, String, Vec<&str>)> = Vec::new();
    for ((name, expected), (_, found)) in gradients.named().into_iter().zip(found.named()) {
        let (Some(expected), Some(found)) = (expected, found) else { continue };
        if !failing.contains(&name) {
            continue;
        }
        let setting = Setting::of_gradient(case, truth, expected, variants(case, gradients, name, expected));
        let Explained::By(hints) = explain(&setting, found, None) else { continue };
        for Hint { code, sentence } in hints {
            // The sentences of the causes are about updates.
            let text = sentence.replace("update", "gradient");
            match named.iter_mut().find(|own| own.0 == code && own.1 == text) {
                Some(own) => own.2.push(name),
                None => named.push((code, text, vec![name])),
            }
        }
    }
    let hint = |(code, text, names): (_, String, Vec<&str>)| {
        let sentence = format!("gradients.{}: {text}", names.join(", gradients."));
        Hint { code, sentence }
    };
    named.into_iter().map(hint).collect()
}

/// The wrong gradients.
fn variants(
    case: &Case,
    gradients: &Gradients,
    name: &str,
    expected: &Parameters,
) -> Vec<(&'static Cause, Variant)> {
    let setting = Setting::of_gradient(
        case,
        &Answer::new(Vec::new(), 0.0, expected.clone(), None),
        expected,
        Vec::new(),
    );
    let mut variants: Vec<(&'static Cause, Variant)> = Vec::new();
    for cause in &CAUSES {
        let own: Vec<Variant> = match cause.code {
            code if SHARED.contains(&code) => (cause.plant)(&setting),
            "BATCH_SCALE" => scale::summed(&setting),
            "MASK_NOT_APPLIED" => unmasked(case, name).into_iter().collect(),
            "OTHER_GRADIENT" => others(gradients, name),
            _ => Vec::new(),
        };
        variants.extend(own.into_iter().map(|variant| (cause, variant)));
    }
    variants
}

/// The other gradients of the case.
fn others(gradients: &Gradients, name: &str) -> Vec<Variant> {
    let others = gradients.named().into_iter().filter(|(other, _)| *other != name);
    let variant = |(other, gradient): (&str, Option<&Parameters>)| {
        Some(Variant::of(format!("it is the gradient {other}"), gradient?.clone()))
    };
    others.filter_map(variant).collect()
}

/// The gradient with respect to masked weights too, which are 0.
fn unmasked(case: &Case, name: &str) -> Option<Variant> {
    case.mask()?;
    if case.batch().len().saturating_mul(case.shape().units().pow(2)) > AFFORDABLE {
        return None;
    }
    let open = case.altered(|document| document.mask = None).ok()?;
    let answer = oracle::answer(&open, true).ok()?;
    let gradients = answer.gradients?;
    let gradient = gradients.named().into_iter().find(|(own, _)| *own == name)?.1?;
    Some(Variant::of("it is not zero at masked connections", gradient.clone()))
}

//! Mistakes in factors, signs, averages, baselines and options.

use super::setting::Setting;
use super::variant::Variant;
use crate::conformance::case::{CaseDocument, Convention, Parameters};

fn times(setting: &Setting, factor: f64) -> Parameters {
    setting.update.map(|x| factor * x)
}

fn recurrent_times(setting: &Setting, factor: f64) -> Parameters {
    Parameters { recurrent: times(setting, factor).recurrent, ..setting.update.clone() }
}

pub(super) fn zero(setting: &Setting) -> Vec<Variant> {
    vec![Variant::of("the update is zero", Parameters::zero(setting.case.shape()))]
}

pub(super) fn sign(setting: &Setting) -> Vec<Variant> {
    vec![Variant::of(
        "the update has the opposite sign: it descends where the rule ascends",
        times(setting, -1.0),
    )]
}

pub(super) fn factor_2(setting: &Setting) -> Vec<Variant> {
    vec![
        Variant::of(
            "update.recurrent is twice the true one, all else is right: a derivative that moves W_ij and W_ji together, \
             or the factor of the convention full in half",
            recurrent_times(setting, 2.0),
        ),
        Variant::of(
            "update.recurrent is half the true one, all else is right: the factor of the convention half in full, or \
             one of the two terms was dropped and the rest symmetrised",
            recurrent_times(setting, 0.5),
        ),
        Variant::of("the update is twice the true one", times(setting, 2.0)),
        Variant::of("the update is half the true one", times(setting, 0.5)),
    ]
}

/// A gradient that was summed over the batch, or averaged twice.
pub(super) fn summed(setting: &Setting) -> Vec<Variant> {
    let size = setting.size() as f64;
    if size == 1.0 {
        return Vec::new();
    }
    vec![
        Variant::of("the update is B times the true one: it was summed, not averaged", times(setting, size)),
        Variant::of("the update is 1/B of the true one: it was averaged twice", times(setting, 1.0 / size)),
    ]
}

pub(super) fn batch_scale(setting: &Setting) -> Vec<Variant> {
    let size = setting.size() as f64;
    if size == 1.0 {
        return Vec::new();
    }
    let rule = setting.case.rule();
    let b_times = match rule.averages() {
        1 => "the update is B times the true one: it was summed over the batch, not averaged".to_owned(),
        _ => format!(
            "the update is B times the true one: 1/B was taken for 1/B² ({} averages over the batch twice)",
            rule.name()
        ),
    };
    vec![
        Variant::of(b_times, times(setting, size)),
        Variant::of(
            "the update is B² times the true one: it was summed over the batch, not averaged",
            times(setting, size * size),
        ),
        Variant::of(
            "the update is 1/B of the true one: it was averaged over the batch once too often",
            times(setting, 1.0 / size),
        ),
    ]
}

pub(super) fn divisor(setting: &Setting) -> Vec<Variant> {
    let mistakes = setting.case.rule().scale_mistakes(&setting.case.options());
    mistakes.into_iter().map(|(factor, what)| Variant::of(what, times(setting, factor))).collect()
}

pub(super) fn scale(setting: &Setting) -> Vec<Variant> {
    vec![Variant::of("the update is 1.37 times the true one", times(setting, 1.37))]
}

pub(super) fn convention(setting: &Setting) -> Vec<Variant> {
    let (other, name, factor) = match setting.case.convention() {
        Convention::Full => (Convention::Half, "half", 2.0),
        Convention::Half => (Convention::Full, "full", 0.5),
    };
    let rule = setting.case.rule();
    let mut variants = Vec::new();
    if let Some(flipped) = setting.solved(|document| document.convention = other) {
        let follows = rule.follows_convention();
        let own = match setting.case.written() {
            // The rule may use the convention in any way: it is computed with the other `q`.
            Some(_) => setting.at(flipped.q.clone()).map(|own| own.update),
            None => Some(Parameters {
                recurrent: flipped.update.map(|x| if follows { factor * x } else { x }).recurrent,
                ..flipped.update.clone()
            }),
        };
        let net_input = "q was solved with the net input of the convention";
        if follows {
            let text = format!("the update is the one of the convention {name}: check the factor of W");
            variants.push(Variant::with_q(text, flipped.update, flipped.q.clone()));
        }
        if let Some(own) = own {
            let text = format!("{net_input} {name}: check the factor of W in z");
            variants.push(Variant::with_q(text, own, flipped.q));
        }
    }
    let text = format!(
        "update.recurrent has the factor of the convention {name}, all else is right: check κ in the update"
    );
    if rule.follows_convention() {
        variants.push(Variant::of(text, recurrent_times(setting, 1.0 / factor)));
    } else if setting.case.convention() == Convention::Half {
        let text = format!(
            "update.recurrent is half the true one, all else is right: {} keeps the factors of the convention full in half",
            rule.name()
        );
        variants.push(Variant::of(text, recurrent_times(setting, 0.5)));
    }
    variants
}

/// The advantages of the batch with `f` applied to each, given its index.
pub(super) fn advantages(f: impl Fn(usize, f64) -> f64) -> impl FnOnce(&mut CaseDocument) {
    move |document| {
        document.batch.iter_mut().enumerate().for_each(|(b, entry)| entry.advantage = f(b, entry.advantage));
    }
}

pub(super) fn advantage(setting: &Setting) -> Vec<Variant> {
    let all: Vec<f64> = setting.case.batch().iter().map(|entry| entry.advantage).collect();
    let variant = |text: &str, change: &dyn Fn(usize, f64) -> f64| {
        Some(Variant::of(text, setting.altered(advantages(change))?.update))
    };
    let variants = [
        variant("the advantage is left out, as if it were 1", &|_, _| 1.0),
        variant("the advantage is its absolute value", &|_, a| a.abs()),
        variant("the advantage is that of the next sample", &|b, _| all[(b + 1) % all.len()]),
        variant("the advantage is that of the previous sample", &|b, _| all[(b + all.len() - 1) % all.len()]),
    ];
    variants.into_iter().flatten().collect()
}

pub(super) fn baseline(setting: &Setting) -> Vec<Variant> {
    let all: Vec<f64> = setting.case.batch().iter().map(|entry| entry.advantage).collect();
    let size = all.len() as f64;
    let mean = all.iter().sum::<f64>() / size;
    let square = all.iter().map(|a| (a - mean).powi(2)).sum::<f64>();
    let mut variants = Vec::new();
    let mut push = |text: &str, change: &dyn Fn(f64) -> f64| {
        if all.iter().all(|&a| change(a).is_finite())
            && let Some(answer) = setting.altered(advantages(|_, a| change(a)))
        {
            variants.push(Variant::of(
                format!("{text}: the rule uses the advantage as it is given"),
                answer.update,
            ));
        }
    };
    push("the mean advantage of the batch was subtracted", &|a| a - mean);
    push("the mean advantage of the other samples was subtracted", &|a| (a - mean) * size / (size - 1.0));
    for divisor in [size, size - 1.0] {
        push("the advantages were standardised over the batch", &|a| (a - mean) / (square / divisor).sqrt());
    }
    push("a constant (0.37) was added to the advantage", &|a| a + 0.37);
    variants
}

pub(super) fn option(setting: &Setting) -> Vec<Variant> {
    let mistakes = setting.case.rule().option_mistakes(&setting.case.options());
    let answer = |(options, what)| {
        Some(Variant::of(what, setting.altered(|document| document.options = Some(options))?.update))
    };
    mistakes.into_iter().filter_map(answer).collect()
}

pub(super) fn other_rule(setting: &Setting) -> Vec<Variant> {
    if setting.case.written().is_some() {
        return Vec::new();
    }
    let own = setting.case.rule();
    // Enumeration can take long, and is not confused with other rules.
    let others = crate::conformance::case::Rule::all()
        .into_iter()
        .filter(|rule| *rule != own && !rule.is_enumerated());
    let answer = |rule: crate::conformance::case::Rule| {
        let alter = |document: &mut CaseDocument| {
            document.rule = rule;
            document.options = None;
        };
        let text = match own.difference_from(rule.name()) {
            Some(difference) => format!("{difference} (that is {}), all else is right", rule.name()),
            None => format!("the update is the one of the rule {}", rule.name()),
        };
        Some(Variant::of(text, setting.altered(alter)?.update))
    };
    others.filter_map(answer).collect()
}

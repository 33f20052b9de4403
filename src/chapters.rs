//! The derivation chapters and the chapters that must fail, from `derivations/`.

use std::sync::Arc;

use svpg_check::Source;

macro_rules! files {
    ($folder:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../", $folder, "/", $name)))),*]
    };
}

/// Name and text of every chapter, in reading order.
pub const CHAPTERS: &[(&str, &str)] = files!("derivations":
    "01-network.md",
    "02-exact-policy.md",
    "03-decision-process.md",
    "04-mean-field.md",
    "05-implicit-gradient.md",
    "06-two-phase.md",
    "07-exact-and-local.md",
    "08-last-step.md",
    "09-credit.md",
    "10-published.md",
    "11-spikes.md",
    "12-deterministic-boltzmann.md",
    "13-free-energy-policies.md",
    "14-equilibrium-propagation.md",
    "15-reward-modulated.md",
    "16-brainprop.md",
    "17-contrastive-divergence.md",
);

/// Name and text of every file with a deliberate error.
pub const MUST_FAIL: &[(&str, &str)] = files!("derivations/must-fail":
    "action-not-listed.md",
    "bias-as-a-signal.md",
    "bias-at-the-winner.md",
    "bias-in-a-number.md",
    "bias-without-presynaptic-neuron.md",
    "block-with-a-value.md",
    "bracket-not-closed.md",
    "chain-without-relation.md",
    "character-without-meaning.md",
    "circuit-not-listed.md",
    "claim-twice.md",
    "condition-on-its-own-neuron.md",
    "definition-twice.md",
    "derivative-as-a-quantity.md",
    "derivative-at-the-action.md",
    "derivative-by-a-constant.md",
    "derivative-by-a-function.md",
    "derivative-of-an-average-update.md",
    "derivative-of-an-update.md",
    "derivative-without-entry.md",
    "distribution-of-one-synapse.md",
    "divisor-zero-everywhere.md",
    "expectation-as-a-quantity.md",
    "expectation-in-a-rule.md",
    "expectation-of-the-impossible.md",
    "exponent-not-whole.md",
    "factor-not-listed.md",
    "family-as-number.md",
    "family-over-configurations.md",
    "global-derivative.md",
    "held-objective.md",
    "hidden-unit-as-action.md",
    "index-bound-twice.md",
    "index-not-of-this-line.md",
    "indices-in-order.md",
    "invisible-character.md",
    "letter-of-another-set.md",
    "letter-without-a-set.md",
    "local-after-all.md",
    "logarithm-of-a-negative.md",
    "look-alike.md",
    "missing-index.md",
    "name-too-long.md",
    "nested-too-deep.md",
    "net-input-as-a-signal.md",
    "network-twice.md",
    "no-claim.md",
    "no-network.md",
    "no-unique-solution.md",
    "not-affine.md",
    "number-of-a-circuit.md",
    "number-of-a-neuron.md",
    "number-of-an-action.md",
    "numeral-too-long.md",
    "post-listed-as-pre.md",
    "power-of-a-logarithm.md",
    "product-of-two-lines.md",
    "product-with-a-spike.md",
    "quotient-handed-over.md",
    "quotient-of-rates.md",
    "rate-beside-its-net-input.md",
    "reserved-word.md",
    "rule-line-twice.md",
    "rule-without-such-a-line.md",
    "same-text.md",
    "second-derivative-in-a-definition.md",
    "second-derivative.md",
    "sender-picked-by-a-filter.md",
    "signal-joined-to-its-synapse.md",
    "signal-of-a-configuration.md",
    "signal-of-one-synapse.md",
    "signal-of-one-unit.md",
    "signal-picked-by-a-bracket.md",
    "smuggled-by-a-call.md",
    "smuggled-by-a-definition.md",
    "smuggled-by-a-divisor.md",
    "smuggled-by-a-filter.md",
    "smuggled-by-a-redefinition.md",
    "smuggled-by-a-wrapper.md",
    "smuggled-by-an-alias.md",
    "smuggled-by-an-argument.md",
    "smuggled-by-states.md",
    "softmax-of-a-product.md",
    "softmax-of-a-small-input.md",
    "softmax-read-backwards.md",
    "softmax-sums-to-one.md",
    "solution-as-a-quantity.md",
    "states-compared-with-units.md",
    "sum-over-nothing.md",
    "teacher-as-a-condition.md",
    "teacher-as-a-target.md",
    "teacher-as-a-weight.md",
    "text-not-closed.md",
    "third-neuron.md",
    "too-much-work-four-configurations.md",
    "too-much-work.md",
    "unfinished-expression.md",
    "unit-as-a-signal.md",
    "unknown-condition.md",
    "unknown-name-in-a-list.md",
    "unknown-name.md",
    "unknown-network.md",
    "unknown-rule.md",
    "unknown-set.md",
    "unknown-statement.md",
    "used-before-defined.md",
    "vacuous-filter.md",
    "weight-cancelled-in-a-rule.md",
    "weight-cancelled-in-a-sum.md",
    "weight-of-an-action.md",
    "weight-of-another-synapse.md",
    "wrong-number-of-arguments.md",
);

/// Name and text of every file of false claims, none of which may hold.
pub const MUST_NOT_HOLD: &[(&str, &str)] = files!("derivations/must-not-hold":
    "branches-out-of-reach.md",
    "branches.md",
    "cancellation.md",
    "conditions.md",
    "constants.md",
    "convention-by-size.md",
    "derivative-blocks.md",
    "exponentials.md",
    "guards.md",
    "instances-by-place.md",
    "points-of-an-old-seed.md",
    "points-that-come-to-mind.md",
    "roots.md",
    "sizes-compared.md",
    "sizes-degrees.md",
    "sizes-empty.md",
    "sizes-far.md",
    "sizes-minors.md",
    "sizes-of-sets.md",
    "sizes-orders.md",
    "sizes-power-sums.md",
    "sizes-processes.md",
    "sizes-through-arguments.md",
    "sizes-together.md",
    "wiring-and-convention.md",
    "wiring-by-place.md",
    "wiring-counts.md",
    "wiring-credit.md",
    "wiring-graphs.md",
    "wiring-long-chains.md",
);

/// The list of mutants that are equivalent to the original.
pub const EQUIVALENT_MUTANTS: &str = include_str!("../derivations/equivalent-mutants.md");

/// A built-in file as a source. Diagnostics name its path in the repository.
pub fn source(folder: &str, file: &(&str, &str)) -> Arc<Source> {
    Source::new(format!("{folder}/{}", file.0), file.1)
}

/// The chapter whose definitions `network` brings into scope.
pub fn prelude() -> Arc<Source> {
    source("derivations", &CHAPTERS[0])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    /// A file that is not listed here is not checked.
    #[test]
    fn every_file_of_a_folder_is_listed() {
        for (folder, files) in [("must-fail", super::MUST_FAIL), ("must-not-hold", super::MUST_NOT_HOLD)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("derivations").join(folder);
            let there: BTreeSet<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            let listed: BTreeSet<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(listed, there);
        }
    }
}

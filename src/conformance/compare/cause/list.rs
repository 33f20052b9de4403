//! The list of causes.

use super::setting::Setting;
use super::variant::Variant;
use super::{scale, score, state, structure};

/// A cause of wrong answers.
pub struct Cause {
    /// The name of the cause in results. It does not change.
    pub code: &'static str,
    /// What programs with this mistake do.
    pub sentence: &'static str,
    /// The wrong answers that programs with this mistake give to a case; empty if the mistake has
    /// no effect on the case, or if it is recognised without a wrong answer.
    pub(super) plant: fn(&Setting) -> Vec<Variant>,
    /// Whether the mistake can be made in some blocks of the update alone.
    pub(super) by_block: bool,
}

const fn whole(code: &'static str, sentence: &'static str, plant: fn(&Setting) -> Vec<Variant>) -> Cause {
    Cause { code, sentence, plant, by_block: false }
}

const fn by_block(code: &'static str, sentence: &'static str, plant: fn(&Setting) -> Vec<Variant>) -> Cause {
    Cause { code, sentence, plant, by_block: true }
}

fn none(_: &Setting) -> Vec<Variant> {
    Vec::new()
}

/// Every cause that [`compare`](super::super::compare) names.
///
/// A cause is named if the candidate equals one of its wrong answers and is nearer to it than to
/// the true answer. The causes without a wrong answer are recognised by the numbers of the
/// candidate, as their sentence says.
pub static CAUSES: [Cause; 32] = [
    by_block("ZERO", "the update is zero", scale::zero),
    by_block("SIGN", "the opposite sign", scale::sign),
    by_block("FACTOR2", "twice or half the true update", scale::factor_2),
    by_block(
        "BATCH_SCALE",
        "a sum over the batch for an average, or an average too often",
        scale::batch_scale,
    ),
    by_block(
        "BETA_DIVISOR",
        "another divisor of the difference of the phases than beta or 2 beta",
        scale::divisor,
    ),
    whole("CONVENTION", "the factor of W of the other convention", scale::convention),
    by_block("TRANSPOSED", "state weights or their update transposed", structure::transposed_state),
    whole("LAYOUT", "arrays written by rows and read by columns, or the reverse", structure::layout),
    by_block("MASK_NOT_APPLIED", "the update is not zero at masked connections", structure::mask_not_applied),
    by_block(
        "WITHIN_CIRCUIT",
        "the update is not zero between units of one circuit",
        structure::within_circuit,
    ),
    by_block("RATE_FOR_SURPRISE", "v, or q, where the rule has v - q", score::rate_for_surprise),
    by_block("SURPRISE_FOR_RATE", "v - q where the rule has v", score::surprise_for_rate),
    by_block("SPIKE_FOR_RATE", "v, or v - q, for the presynaptic q", score::spike_for_rate),
    by_block("STATE_FACTOR", "the factor s_k is left out", score::presynaptic_state),
    by_block("ONE_TERM", "one of the two terms of the recurrent update", score::one_term),
    whole("WINNER_SHIFTED", "winners shifted by one: counted from 1", score::winner_shifted),
    whole("ARGMAX", "the most probable units for the sampled ones", score::argmax),
    whole("ADVANTAGE", "another advantage than that of the sample", scale::advantage),
    whole("BASELINE", "a mean or a constant is added to the advantage", scale::baseline),
    whole("OPTION", "another option than that of the case", scale::option),
    whole("OTHER_RULE", "the update of another rule", scale::other_rule),
    whole("OTHER_GRADIENT", "a gradient is that of another policy", none),
    whole(
        "SOFTMAX_GLOBAL",
        "softmax over all units: circuits of q do not sum to 1, all units do",
        state::softmax_global,
    ),
    whole("NOT_NORMALISED", "circuits of q do not sum to 1", none),
    whole("STALE_Q", "q is not a fixed point: the iteration was left early", state::stale_q),
    whole(
        "NET_INPUT",
        "q is not a fixed point: its net input differs from that of the case",
        state::net_input_part,
    ),
    whole("OTHER_FIXED_POINT", "q is a fixed point, but not the one reached from the uniform state", none),
    whole("GIVEN_Q_IGNORED", "the q that the case gives was not used", state::given_q_ignored),
    whole("HALF_PRECISION", "numbers rounded to f16 or bf16", state::half_precision),
    whole("SINGLE_PRECISION", "numbers rounded to f32", state::single_precision),
    whole("ROUNDING", "the update is near the true one: rounding, or an iteration left early", none),
    whole("SCALE", "the true update times a number", scale::scale),
];

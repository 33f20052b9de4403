"""The rules in NumPy, written from their formulas, and wrong versions of them."""

import itertools
from dataclasses import replace

import numpy as np


def linear(case, signal, kappa=None):
    """The update of a signal, B numbers, times the score."""
    error = signal[:, None] * (case.v - case.q) / len(case.q)
    half = error.T @ case.q
    factor = case.recurrent.dtype.type(case.kappa if kappa is None else kappa)
    return [factor * (half + half.T) * case.mask, (case.s.T @ error) * case.state_mask, error.sum(axis=0)]


def svpg(case):
    return linear(case, case.advantages)


def svpg_bmvc(case):
    update = svpg(case)
    update[2] = (case.advantages[:, None] * case.v).sum(axis=0) / len(case.q)
    return update


def svpg_tpami(case):
    action = case.circuits[-1]
    q, size = case.q[:, action], len(case.q)
    p = (q * case.v[:, action]).sum(axis=1)
    entropy = -(q * np.log(q)).sum(axis=1)
    gained = case.advantages * (1 - p)
    if case.options.get("algorithm") == "ppo":
        epsilon = case.options["epsilon"]
        ratio = np.exp(np.log(p) - case.options["old_log_prob"])
        used = ratio * case.advantages <= np.clip(ratio, 1 - epsilon, 1 + epsilon) * case.advantages
        gained = np.where(used, gained * ratio, 0)
    signal = (gained + case.options["entropy"] * p * (-np.log(p) - entropy)) / size
    return linear(case, signal.astype(case.q.dtype), kappa=1)


def implicit(case):
    """∂ ln q_a/∂θ = (e_a − q_A) (1 − 2κ W J)⁻¹ ∂z/∂θ, with J of the softmax of every circuit."""
    kind, units = case.q.dtype, case.q.shape[1]
    recurrent, state, bias = np.zeros((units, units), kind), np.zeros_like(case.state), np.zeros(units, kind)
    for s, q, winners, advantage in zip(case.s, case.q, case.winners, case.advantages):
        jacobian = np.zeros((units, units), kind)
        for circuit in case.circuits:
            jacobian[circuit, circuit] = np.diag(q[circuit]) - np.outer(q[circuit], q[circuit])
        score = np.zeros(units, kind)
        score[case.circuits[-1]] = -q[case.circuits[-1]]
        score[case.circuits[-1].start + winners[-1]] += 1
        inner = np.eye(units, dtype=kind) - 2 * kind.type(case.kappa) * case.recurrent @ jacobian
        mu = advantage / kind.type(len(case.q)) * np.linalg.solve(inner.T, score)
        recurrent += kind.type(case.kappa) * (np.outer(mu, q) + np.outer(q, mu))
        state += np.outer(s, mu)
        bias += mu
    return recurrent * case.mask, state * case.state_mask, bias


def averaged(case, difference):
    """The mean over samples of A·κ·(second moments), A·s·(first moments), A·(first moments), in float64."""
    units = case.q.shape[1]
    recurrent, state, bias = np.zeros((units, units)), np.zeros(case.state.shape), np.zeros(units)
    for b, advantage in enumerate(case.advantages.astype(np.float64) / len(case.q)):
        second, first = difference(b)
        recurrent += advantage * case.kappa * second
        state += advantage * np.outer(case.s[b].astype(np.float64), first)
        bias += advantage * first
    kind = case.q.dtype
    return [(recurrent * case.mask).astype(kind), (state * case.state_mask).astype(kind), bias.astype(kind)]


def clamped(case, b, beta):
    """The fixed point with the action circuit at (1 − β) softmax + β·onehot, from the uniform state."""
    drive = case.bias.astype(np.float64) + case.s[b].astype(np.float64) @ case.state
    action, q = (
        case.circuits[-1],
        np.concatenate([np.full(c.stop - c.start, 1 / (c.stop - c.start)) for c in case.circuits]),
    )
    for _ in range(2000):
        z = drive + 2 * case.kappa * case.recurrent.astype(np.float64) @ q
        found = np.concatenate([np.exp(z[c] - z[c].max()) / np.exp(z[c] - z[c].max()).sum() for c in case.circuits])
        found[action] = (1 - beta) * found[action] + beta * case.v[b, action]
        if np.abs(found - q).max() < 1e-15:
            break
        q = 0.5 * (q + found)
    return found


def contrast(plus, minus):
    return np.outer(plus, plus) - np.outer(minus, minus), plus - minus


def two_phase(case):
    return averaged(case, lambda b: contrast(clamped(case, b, 1.0), case.q[b].astype(np.float64)))


def nudged(case):
    beta, is_centred = case.options["beta"], case.options["centred"]

    def difference(b):
        minus = clamped(case, b, -beta) if is_centred else case.q[b].astype(np.float64)
        return [part / (2 * beta if is_centred else beta) for part in contrast(clamped(case, b, beta), minus)]

    return averaged(case, difference)


def exact(case):
    """Moments given the action minus moments, by enumeration."""
    sizes = [c.stop - c.start for c in case.circuits]
    all_ = np.zeros((int(np.prod(sizes)), sum(sizes)))
    for row, winners in enumerate(itertools.product(*map(range, sizes))):
        all_[row, [c.start + winner for c, winner in zip(case.circuits, winners)]] = 1
    weights, energies = case.recurrent.astype(np.float64), case.bias.astype(np.float64)

    def difference(b):
        drive = energies + case.s[b].astype(np.float64) @ case.state
        minus_energy = case.kappa * np.einsum("ni,ij,nj->n", all_, weights, all_) + all_ @ drive
        free = np.exp(minus_energy - minus_energy.max())
        given = free * (all_[:, case.circuits[-1]] @ case.v[b, case.circuits[-1]].astype(np.float64))
        change = given / given.sum() - free / free.sum()
        return all_.T @ (change[:, None] * all_), change @ all_

    return averaged(case, difference)


RIGHT = {
    "svpg": svpg,
    "svpg-bmvc": svpg_bmvc,
    "svpg-tpami": svpg_tpami,
    "implicit": implicit,
    "two-phase": two_phase,
    "nudged": nudged,
    "exact": exact,
}


def opposite_sign(case):
    return [-part for part in svpg(case)]


def twice(case):
    return [2 * part for part in svpg(case)]


def one_term(case):
    update = svpg(case)
    error = case.advantages[:, None] * (case.v - case.q) / len(case.q)
    update[0] = case.recurrent.dtype.type(case.kappa) * (error.T @ case.q) * case.mask
    return update


def summed(case):
    return [len(case.q) * part for part in svpg(case)]


def not_masked(case):
    kept = np.array(case.mask)
    for row in case.circuits:
        for column in case.circuits:
            kept[row, column] = row != column
    return svpg(replace(case, mask=kept, state_mask=np.ones_like(case.state_mask)))


def within_circuits(case):
    full = svpg(replace(case, mask=np.ones_like(case.mask)))
    update = svpg(case)
    for circuit in case.circuits:
        update[0][circuit, circuit] = full[0][circuit, circuit]
    return update


def other_convention(case):
    return linear(case, case.advantages, kappa=1.5 - case.kappa)


def half_precision(case):
    return [part.astype(np.float16).astype(part.dtype) for part in svpg(case)]


def spike_for_rate(case):
    error = case.advantages[:, None] * (case.v - case.q) / len(case.q)
    half = error.T @ case.v
    return [case.recurrent.dtype.type(case.kappa) * (half + half.T) * case.mask, *svpg(case)[1:]]


def no_state_factor(case):
    return svpg(replace(case, s=np.ones_like(case.s)))


def shifted_winners(case):
    v = np.zeros_like(case.v)
    for circuit in case.circuits:
        v[:, circuit] = np.roll(case.v[:, circuit], 1, axis=1)
    return svpg(replace(case, v=v))


def softmax_over_all(case):
    return svpg(replace(case, q=case.q / len(case.circuits)))


def rate_for_surprise(case):
    update = svpg(case)
    update[2] = (case.advantages[:, None] * case.v).sum(axis=0) / len(case.q)
    return update


def baseline(case):
    return linear(case, case.advantages - case.advantages.mean())


# A wrong rule, and the code of its cause; None if it is no known mistake.
WRONG = [
    (opposite_sign, "SIGN"),
    (twice, "FACTOR2"),
    (one_term, "ONE_TERM"),
    (summed, "BATCH_SCALE"),
    (rate_for_surprise, "RATE_FOR_SURPRISE"),
    (baseline, "BASELINE"),
    (not_masked, "MASK_NOT_APPLIED"),
    (within_circuits, "WITHIN_CIRCUIT"),
    (other_convention, "CONVENTION"),
    (half_precision, "HALF_PRECISION"),
    (spike_for_rate, "SPIKE_FOR_RATE"),
    (no_state_factor, "STATE_FACTOR"),
    (shifted_winners, "WINNER_SHIFTED"),
    (softmax_over_all, None),
]

# These solve fixed points or enumerate, in NumPy: slow.
SLOW = ("two-phase", "nudged", "exact")

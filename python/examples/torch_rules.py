"""The rule `svpg` in PyTorch by automatic differentiation: a right version, and eight mistakes that are easily made.

    python python/examples/torch_rules.py

The rule is the gradient of Σ_b A_b ln P(v_b) / B, where P has independent circuits with net inputs z = b + Uᵀs + 2κWq,
and q, the mean-field state, is a constant.
"""

from dataclasses import replace

import numpy as np
import torch
from svpg.testing import Case, check_rule


def tensors(case: Case) -> dict[str, torch.Tensor]:
    return {
        name: torch.from_numpy(getattr(case, name)) for name in ("recurrent", "state", "bias", "s", "q", "v", "mask")
    }


def surprise(z: torch.Tensor, v: torch.Tensor, circuits: list[slice]) -> torch.Tensor:
    """ln P(v) of every sample."""
    return sum((torch.log_softmax(z[:, circuit], dim=1) * v[:, circuit]).sum(dim=1) for circuit in circuits)


def gradient(case: Case, *, q=None, symmetric=True, circuits=None, log_probability=None):
    """The gradient with respect to W, U and b, by automatic differentiation."""
    of = tensors(case)
    recurrent, state, bias = (of[name].clone().requires_grad_() for name in ("recurrent", "state", "bias"))
    # W is symmetric: an entry and its mirror image are one parameter.
    w = (recurrent + recurrent.T) / 2 if symmetric else recurrent
    q = of["q"] if q is None else q(w, state, bias, of)
    z = bias + of["s"] @ state + 2 * case.kappa * q @ w.T
    circuits = case.circuits if circuits is None else circuits
    logarithm = surprise(z, of["v"], circuits) if log_probability is None else log_probability(q, of)
    (torch.from_numpy(case.advantages) * logarithm).mean().backward()
    return [part.grad if part.grad is not None else torch.zeros_like(part) for part in (recurrent, state, bias)]


def masked(case: Case, update):
    recurrent, state, bias = update
    return recurrent * torch.from_numpy(case.mask), state * torch.from_numpy(case.state_mask), bias


def iterated(case: Case, iterations: int):
    """The mean-field iteration from the uniform state."""

    def q(w, state, bias, of):
        drive = bias + of["s"] @ state
        found = torch.cat([torch.full_like(drive[:, c], 1 / (c.stop - c.start)) for c in case.circuits], dim=1)
        for _ in range(iterations):
            z = drive + 2 * case.kappa * found @ w.T
            # Half a step: a plain iteration can oscillate.
            step = torch.cat([torch.softmax(z[:, c], dim=1) for c in case.circuits], dim=1)
            found = step if iterations < 5 else (found + step) / 2
        return found

    return q


def right(case):
    return masked(case, gradient(case))


def through_the_fixed_point(case):
    """Differentiates q too: the gradient of the mean-field policy."""
    action = case.circuits[-1]

    def logarithm(q, of):
        return (q[:, action].log() * of["v"][:, action]).sum(dim=1)

    return masked(case, gradient(case, q=iterated(case, 400), log_probability=logarithm))


def entry_by_entry(case):
    """Takes W[i, j] and W[j, i] for two parameters."""
    return masked(case, gradient(case, symmetric=False))


def softmax_over_all_units(case):
    """One softmax over all units, in the mean-field state and in the probability."""

    def q(w, state, bias, of):
        drive = bias + of["s"] @ state
        found = torch.full_like(drive, 1 / drive.shape[1])
        for _ in range(400):
            found = (found + torch.softmax(drive + 2 * case.kappa * found @ w.T, dim=1)) / 2
        return found

    of = tensors(case)
    found = q(of["recurrent"], of["state"], of["bias"], of)
    return right_at(case, found)


def right_at(case, q):
    """The rule for another q: v − q is the derivative by z at a fixed point."""
    of = tensors(case)
    error = torch.from_numpy(case.advantages)[:, None] * (of["v"] - q) / len(q)
    half = error.T @ q
    return masked(case, (case.kappa * (half + half.T), of["s"].T @ error, error.sum(dim=0)))


def transposed(case):
    """Writes the state weights unit by unit, where state by state is expected."""
    recurrent, state, bias = right(case)
    return recurrent, state.T.reshape(state.shape), bias


def not_masked(case):
    """Forgets which connections exist."""
    recurrent, state, bias = gradient(case)
    of = torch.from_numpy(replace(case).mask)
    inside = torch.zeros_like(of)
    for circuit in case.circuits:
        inside[circuit, circuit] = 1
    return recurrent * (1 - inside), state, bias


def half(case):
    """Computes in half precision."""
    return [part.half().to(torch.from_numpy(case.q).dtype) for part in right(case)]


def stale(case):
    """Leaves the iteration of q after two steps."""
    of = tensors(case)
    return right_at(case, iterated(case, 2)(of["recurrent"], of["state"], of["bias"], of))


def post_for_pre(case):
    """Takes the postsynaptic v − q for the presynaptic q too."""
    of = tensors(case)
    error = of["v"] - of["q"]
    weighted = torch.from_numpy(case.advantages)[:, None] * error / len(error)
    recurrent = 2 * case.kappa * weighted.T @ error
    return masked(case, (recurrent, of["s"].T @ weighted, weighted.sum(dim=0)))


# Each mistake with the code of its cause.
WRONG = {
    "OTHER_RULE": through_the_fixed_point,
    "ONE_TERM": entry_by_entry,
    "SOFTMAX_GLOBAL": softmax_over_all_units,
    "LAYOUT": transposed,
    "MASK_NOT_APPLIED": not_masked,
    "HALF_PRECISION": half,
    "STALE_Q": stale,
    "SPIKE_FOR_RATE": post_for_pre,
}

if __name__ == "__main__":
    torch.set_num_threads(1)
    print(check_rule(right, rule="svpg"))
    print(check_rule(right, rule="svpg", dtype=np.float32))
    for code, rule in WRONG.items():
        report = check_rule(rule, rule="svpg")
        print(f"{rule.__name__}: {report.cause}")

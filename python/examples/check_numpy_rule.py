"""Checks two NumPy implementations of the rule `svpg`: a right one and a wrong one."""

import numpy as np
import svpg
from svpg.testing import check_rule


def right(case):
    """ΔW_ij = κ A (q_j e_i + q_i e_j), ΔU_ki = A s_k e_i, Δb_i = A e_i, with e = v − q, averaged over the batch."""
    error = case.advantages[:, None] * (case.v - case.q) / len(case.q)
    half = error.T @ case.q
    recurrent = case.kappa * (half + half.T) * case.mask
    state = (case.s.T @ error) * case.state_mask
    return recurrent, state, error.sum(axis=0)


def wrong(case):
    """The same without one of the two terms of ΔW."""
    error = case.advantages[:, None] * (case.v - case.q) / len(case.q)
    recurrent = case.kappa * (error.T @ case.q) * case.mask
    state = (case.s.T @ error) * case.state_mask
    return recurrent, state, error.sum(axis=0)


if __name__ == "__main__":
    print("svpg", svpg.__version__)
    print(check_rule(right, rule="svpg"))
    print(check_rule(right, rule="svpg", dtype=np.float32))
    print(check_rule(wrong, rule="svpg"))

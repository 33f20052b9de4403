"""The rule `svpg` in JAX: the gradient of Σ_b A_b ln P(v_b) / B by automatic differentiation, with q as a constant."""

import jax
import jax.numpy as jnp
import numpy as np
from svpg.testing import Case, check_rule

jax.config.update("jax_enable_x64", True)


def rule(case: Case):
    constants = [jnp.asarray(array) for array in (case.s, case.q, case.v, case.advantages)]

    def objective(recurrent, state, bias):
        s, q, v, advantages = constants
        # W is symmetric: an entry and its mirror image are one parameter.
        z = bias + s @ state + 2 * case.kappa * q @ ((recurrent + recurrent.T) / 2)
        parts = [(jax.nn.log_softmax(z[:, c], axis=1) * v[:, c]).sum(axis=1) for c in case.circuits]
        return (advantages * sum(parts)).mean()

    weights = [jnp.asarray(array) for array in (case.recurrent, case.state, case.bias)]
    recurrent, state, bias = jax.grad(objective, argnums=(0, 1, 2))(*weights)
    return recurrent * case.mask, state * case.state_mask, bias


if __name__ == "__main__":
    print(check_rule(rule, rule="svpg", count=20))
    print(check_rule(rule, rule="svpg", count=20, dtype=np.float32))

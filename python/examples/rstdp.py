"""Reward-modulated STDP in plain NumPy, in the style of snnTorch and Brian2: what does it compute?

    python python/examples/rstdp.py

A layer of winner-take-all units fires one spike per time step. Synapses from the states to the actions keep an
eligibility trace: pre before post is potentiated, post before pre is depressed. At the end, the last spike of the
action circuit is the action, and the reward times the trace changes the weights. `check_direction` compares the mean
change with the gradient of the expected reward of the policy.
"""

import numpy as np
from svpg import Network
from svpg.testing import check_direction

STATES, ACTIONS, STEPS = 4, 3, 30
TAU_PRE, TAU_POST, TAU_TRACE = 5.0, 5.0, 10.0
A_PLUS, A_MINUS = 1.0, 0.5

random = np.random.default_rng(3)
weights = random.uniform(-1.0, 1.0, (STATES, ACTIONS))
bias = random.uniform(-0.5, 0.5, ACTIONS)
state = np.array([0.9, 0.2, 0.6, 0.1])
rewards = np.array([1.0, 0.0, 0.3])

network = Network(hidden=(0, 0), actions=ACTIONS, recurrent=np.zeros((ACTIONS, ACTIONS)), state=weights, bias=bias)
policy = network.mean_field(state)
# ∇ Σ_a π(a) R(a), by the score of every action.
scores = [network.gradients([state], [action], [1.0]).exact.state for action in range(ACTIONS)]
gradient = sum(p * r * score for p, r, score in zip(policy, rewards, scores))


def simulate(generator: np.random.Generator, n: int, baseline: float) -> np.ndarray:
    """Changes of n episodes, n × states × actions."""
    pre, post = np.zeros((n, STATES)), np.zeros((n, ACTIONS))
    trace = np.zeros((n, STATES, ACTIONS))
    cumulative = policy.cumsum()
    for _ in range(STEPS):
        inputs = generator.random((n, STATES)) < state
        winner = np.minimum((generator.random(n)[:, None] >= cumulative).sum(axis=1), ACTIONS - 1)
        spikes = np.eye(ACTIONS)[winner]
        pre = pre * np.exp(-1 / TAU_PRE) + inputs
        causal = A_PLUS * pre[:, :, None] * spikes[:, None, :]
        acausal = A_MINUS * inputs[:, :, None] * post[:, None, :]
        post = post * np.exp(-1 / TAU_POST) + spikes
        trace = trace * np.exp(-1 / TAU_TRACE) + causal - acausal
    return (rewards[winner] - baseline)[:, None, None] * trace


def without_baseline(generator: np.random.Generator, n: int) -> np.ndarray:
    return simulate(generator, n, 0.0)


def with_baseline(generator: np.random.Generator, n: int) -> np.ndarray:
    return simulate(generator, n, float(policy @ rewards))


if __name__ == "__main__":
    for rule in (without_baseline, with_baseline):
        report = check_direction(rule, target=gradient, cosine=0.8, samples=40_000, batched=True)
        print(f"{rule.__name__}: {report}")

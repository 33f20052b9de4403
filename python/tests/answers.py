"""Programs in NumPy that answer questions of the levels 1 and 2, written from docs/conformance.md, with mistakes."""

import itertools
from dataclasses import replace

import numpy as np
import rules
from svpg.testing import Case


class Network:
    """The network of a question."""

    def __init__(self, question, dtype=np.float64):
        shape, weights, units = question["shape"], question["weights"], 0
        self.states = shape["states"]
        self.circuits = []
        for size in [shape["hidden_size"]] * shape["hidden_circuits"] + [shape["actions"]]:
            self.circuits.append(slice(units, units + size))
            units += size
        self.gain = dtype({"full": 2, "half": 1}[question["convention"]])
        self.recurrent = np.array(weights["recurrent"], dtype).reshape(units, units)
        self.state = np.array(weights["state"], dtype).reshape(self.states, units)
        self.bias = np.array(weights["bias"], dtype)

    def softmax(self, z):
        powers = [np.exp(z[c] - z[c].max()) for c in self.circuits]
        return np.concatenate([power / power.sum() for power in powers])

    def response(self, x, s):
        return self.softmax(self.bias + s @ self.state + self.gain * x @ self.recurrent)


def trajectory(question, dtype=np.float64, mistake=None):
    """The answer to a trajectory."""
    network = Network(question, dtype)
    if mistake == "other convention":
        network.gain = dtype(3) - network.gain
    batch = [{key: np.array(rows, dtype) for key, rows in sample.items()} for sample in question["batch"]]
    kind = question["inference"]["kind"]
    found = (rates if kind == "rate" else spikes)(question["inference"], network, batch, dtype, mistake)
    return {"arithmetic": "f32" if dtype is np.float32 else "f64", **found}


def rates(options, network, batch, dtype, mistake):
    sigma, limit = dtype(options["sigma"]), options["max_iterations"]
    if mistake == "noise twice":
        sigma *= 2
    paths, iterations, stopped = [[network.softmax(sample["start"])] for sample in batch], 0, False
    while not stopped and iterations < limit:
        for sample, path in zip(batch, paths):
            noise = [sample[key][iterations] for key in ("units", "states")]
            clean = [path[-1], sample["state"]]
            path.append(network.response(*(np.clip(x + sigma * n, 0, 1) for x, n in zip(clean, noise))))
        change = np.mean([np.abs(path[-1].astype(np.float64) - path[-2]) for path in paths])
        iterations, stopped = iterations + 1, change < options["tolerance"]
    kept = iterations - 1 if stopped and mistake != "new activity at the stop" else iterations
    return {"iterations": iterations, "batch": [{"q": path, "end": path[kept]} for path in paths]}


def spikes(options, network, batch, dtype, mistake):
    steps, window = options["steps"], options["window"]
    length = window - 1 if mistake == "window shorter" else window
    tau = np.arange(length)
    kernel = np.ones(length) if options["kernel"] == "rectangle" else np.exp(-tau / 8) - np.exp(-tau / 2)
    kernel = (kernel / kernel.sum()).astype(dtype)
    if mistake == "kernel reversed":
        kernel = kernel[::-1]
    answers = []
    for sample in batch:
        activity = network.softmax(sample["start"])
        units, states, winners, q = [], [], [], []
        for t in range(steps):
            cumulative = [np.cumsum(activity[c])[:-1] for c in network.circuits]
            won = [int((draw >= shares).sum()) for draw, shares in zip(sample["units"][t], cumulative)]
            winners.append(won)
            v = np.zeros_like(activity)
            v[[c.start + winner for c, winner in zip(network.circuits, won)]] = 1
            units.append(v)
            states.append((sample["states"][t] < sample["state"]).astype(dtype))
            if t + 1 >= window:
                recent = [kernel @ np.array(all_[-length:][::-1]) for all_ in (units, states)]
                if mistake == "rates for spikes of states":
                    recent[1] = sample["state"]
                activity = network.response(*recent)
                q.append(activity)
        if mistake == "winners a step later":
            winners = winners[:1] + winners[:-1]
        answers.append({"q": q, "winners": winners, "end": q[-1]})
    return {"batch": answers}


TRAJECTORY_MISTAKES = [
    "other convention",
    "noise twice",
    "new activity at the stop",
    "window shorter",
    "kernel reversed",
    "rates for spikes of states",
    "winners a step later",
]


def configurations(question, mistake=None):
    """Probability and update of every configuration; of every action where the rule sees no hidden winner."""
    network, shape = Network(question), question["shape"]
    sizes = [c.stop - c.start for c in network.circuits]
    circuit_of = np.repeat(np.arange(len(sizes)), sizes)
    mask = (circuit_of[:, None] != circuit_of).astype(float)
    given = question.get("mask") or {}
    given = given if isinstance(given, dict) else {"recurrent": given}
    if given.get("recurrent") is not None:
        mask *= np.array(given["recurrent"])
    state_mask = np.ones_like(network.state)
    if given.get("state") is not None:
        state_mask *= np.array(given["state"], dtype=float).reshape(state_mask.shape)
    case = Case(
        states=network.states,
        hidden=(shape["hidden_circuits"], shape["hidden_size"]),
        actions=shape["actions"],
        circuits=network.circuits,
        convention=question["convention"],
        kappa=network.gain / 2,
        recurrent=network.recurrent,
        state=network.state,
        bias=network.bias,
        mask=mask,
        state_mask=state_mask,
        s=np.array([question["state"]], dtype=float).reshape(1, -1),
        q=np.zeros((1, sum(sizes))),
        v=np.zeros((1, sum(sizes))),
        winners=np.zeros((1, len(sizes)), dtype=int),
        advantages=np.zeros(1),
        options={"entropy": 0.0, **(question.get("options") or {})},
    )
    # Not clamped at all: the mean-field state.
    q = rules.clamped(case, 0, 0.0)
    rule, is_slow = rules.RIGHT[question["rule"]], question["rule"] in (*rules.SLOW, "implicit")
    if mistake == "lower triangle":
        rule = lower_triangle(rule)
    baseline = question["baseline"] * (1.05 if mistake == "baseline" else 1)
    seen = sizes[-1:] if is_slow else sizes
    for chosen in itertools.product(*map(range, seen)):
        winners = [0] * (len(sizes) - len(seen)) + list(chosen)
        places = [c.start + winner for c, winner in zip(network.circuits, winners)]
        v = np.zeros((1, len(q)))
        v[0, places] = 1
        reward = question["rewards"][(winners[-1] + (mistake == "reward of the next action")) % sizes[-1]]
        sample = replace(
            case, q=q[None], v=v, winners=np.array([winners]), advantages=np.array([reward - baseline], dtype=float)
        )
        yield np.prod(q[places[-len(seen) :]]), rule(sample)


def lower_triangle(rule):
    def wrong(case):
        recurrent, *others = rule(case)
        return [np.tril(recurrent), *others]

    return wrong


def named(update):
    return dict(zip(("recurrent", "state", "bias"), update))


def expectation(question, mistake=None):
    """The answer to an expectation, by enumeration."""
    total = [0.0, 0.0, 0.0]
    for probability, update in configurations(question, mistake):
        total = [sum_ + probability * part for sum_, part in zip(total, update)]
    return {"expected": named(total)}


def sampled(question, count, mistake=None, seed=0):
    """The answer to an expectation, from samples of configurations."""
    all_ = list(configurations(question, mistake))
    probabilities = np.array([probability for probability, _ in all_])
    times = np.random.default_rng(seed).multinomial(count, probabilities / probabilities.sum())
    mean = [sum(n * np.asarray(part) for n, part in zip(times, parts)) / count for parts in zip(*(u for _, u in all_))]
    return {"samples": {"count": count, "mean": named(mean)}}


EXPECTATION_MISTAKES = ["lower triangle", "baseline", "reward of the next action"]

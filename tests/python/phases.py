"""Answers cases of the rules `two-phase` and `nudged` in 60 digits, from the definitions alone.

    python3 tests/python/phases.py tests/vectors/phases

writes NN.case.json (svpg-case/1) and NN.answer.json (svpg-answer/1) into that folder. It needs mpmath
1.3 and shares no code with svpg: states are found by damped iteration, and the update is written out
entry by entry. `tests/cli_oracle.rs` compares the oracle's answers with these. Continuous integration
does not run it; run it again where cases are added.
"""
import json
import random
import sys
from pathlib import Path

from mpmath import exp, mp, mpf

mp.dps = 60
SHARE = mpf("0.5")

# name of the rule, beta, centred, convention, mask, q given, samples, shape (states, circuits, size, actions)
CASES = [
    ("two-phase", None, None, "full", None, False, 1, (2, 2, 3, 3)),
    ("two-phase", None, None, "half", "recurrent", False, 3, (3, 2, 2, 4)),
    ("two-phase", None, None, "full", "both", True, 2, (4, 3, 2, 2)),
    ("two-phase", None, None, "half", None, False, 4, (0, 2, 3, 2)),
    ("nudged", 0.1, False, "full", None, False, 1, (2, 2, 3, 3)),
    ("nudged", 0.1, True, "half", "recurrent", False, 3, (3, 2, 2, 4)),
    ("nudged", 1.0, False, "full", "both", False, 2, (4, 3, 2, 2)),
    ("nudged", 0.5, None, "half", None, True, 2, (2, 2, 3, 3)),
    ("nudged", 0.01, True, "full", None, True, 2, (1, 3, 3, 2)),
    ("nudged", -0.05, False, "half", "both", False, 3, (2, 2, 3, 3)),
    ("nudged", 1e-05, True, "full", "recurrent", False, 2, (5, 2, 4, 3)),
    ("nudged", 1e-06, False, "half", None, False, 2, (2, 0, 0, 3)),
    ("nudged", 0.25, True, "full", None, False, 2, (3, 4, 1, 2)),
]


def draw(number):
    """A case of plain numbers."""
    rule, beta, centred, convention, mask, given, samples, (states, circuits, size, actions) = CASES[number]
    drawn = random.Random(7000 + number)
    members = [list(range(c * size, (c + 1) * size)) for c in range(circuits)]
    units = circuits * size + actions
    members.append(list(range(units - actions, units)))
    home = {unit: c for c, circuit in enumerate(members) for unit in circuit}
    kept = [[1] * units for _ in range(units)]
    if mask:
        for i in range(units):
            for j in range(units):
                kept[i][j] = int({home[i], home[j]} != {0, 1})
    kept_states = [[int(mask != "both" or drawn.random() < 0.7) for _ in range(units)] for _ in range(states)]
    recurrent = [[0.0] * units for _ in range(units)]
    for i in range(units):
        for j in range(i):
            if home[i] != home[j] and kept[i][j]:
                recurrent[i][j] = recurrent[j][i] = drawn.uniform(-0.8, 0.8)
    state_weights = [[drawn.uniform(-1, 1) * bit for bit in row] for row in kept_states]

    def sample():
        q = None
        if given:
            q = [0.0] * units
            for circuit in members:
                odds = [0.2 + drawn.random() for _ in circuit]
                for unit, odd in zip(circuit, odds):
                    q[unit] = odd / sum(odds)
        return {
            "state": [drawn.random() for _ in range(states)],
            "q": q,
            "sample": {"hidden": [drawn.randrange(size) for _ in range(circuits)], "action": drawn.randrange(actions)},
            "advantage": drawn.uniform(-2, 2),
        }

    case = {
        "schema": "svpg-case/1",
        "shape": {"states": states, "hidden_circuits": circuits, "hidden_size": size, "actions": actions},
        "convention": convention,
        "weights": {
            "recurrent": recurrent,
            "state": state_weights,
            "bias": [drawn.uniform(-1, 1) for _ in range(units)],
        },
        "mask": {"recurrent": kept, "state": kept_states} if mask == "both" else kept if mask else None,
        "rule": rule,
        "batch": [sample() for _ in range(samples)],
    }
    if rule == "nudged":
        case["options"] = {"beta": beta} if centred is None else {"beta": beta, "centred": centred}
    return case, members, home, kept, kept_states


def settle(case, members, state, action, beta):
    """The state q|beta a: each circuit at the softmax of its net input, the last one mixed with [a]."""
    kappa = mpf(1) if case["convention"] == "full" else mpf(1) / 2
    weights = case["weights"]
    units = len(weights["bias"])

    def response(q):
        new = [mpf(0)] * units
        for circuit in members:
            odds = []
            for i in circuit:
                z = mpf(weights["bias"][i])
                z += sum(mpf(weights["state"][k][i]) * mpf(s) for k, s in enumerate(state))
                z += 2 * kappa * sum(mpf(weights["recurrent"][i][j]) * q[j] for j in range(units))
                odds.append(exp(z))
            for i, odd in zip(circuit, odds):
                new[i] = odd / sum(odds)
        for place, i in enumerate(members[-1]):
            new[i] = (1 - beta) * new[i] + (beta if place == action else 0)
        return new

    q = [mpf(0)] * units
    for circuit in members:
        for i in circuit:
            q[i] = mpf(1) / len(circuit)
    for _ in range(2000):
        new = response(q)
        change = max(abs(a - b) for a, b in zip(q, new))
        if change < mpf(10) ** -50:
            assert min(new) > 0 or beta == 1
            return new
        q = [SHARE * a + (1 - SHARE) * b for a, b in zip(q, new)]
    raise SystemExit("a state did not settle: draw another case")


def answer(case, members, home, kept, kept_states):
    kappa = mpf(1) if case["convention"] == "full" else mpf(1) / 2
    units, states = len(case["weights"]["bias"]), case["shape"]["states"]
    options = case.get("options", {"beta": 1.0})
    beta, centred = mpf(options["beta"]), options.get("centred", False)
    recurrent = [[mpf(0)] * units for _ in range(units)]
    state_update = [[mpf(0)] * units for _ in range(states)]
    bias = [mpf(0)] * units
    free_states = []
    for sample in case["batch"]:
        state, action = sample["state"], sample["sample"]["action"]
        given = sample["q"]
        free = [mpf(x) for x in given] if given else settle(case, members, state, action, mpf(0))
        free_states.append(free)
        plus = settle(case, members, state, action, beta)
        minus = settle(case, members, state, action, -beta) if centred else free
        factor = mpf(sample["advantage"]) / (2 * beta if centred else beta) / len(case["batch"])
        for i in range(units):
            for j in range(units):
                if home[i] != home[j] and kept[i][j]:
                    recurrent[i][j] += kappa * factor * (plus[i] * plus[j] - minus[i] * minus[j])
            for k in range(states):
                if kept_states[k][i]:
                    state_update[k][i] += factor * mpf(state[k]) * (plus[i] - minus[i])
            bias[i] += factor * (plus[i] - minus[i])
    plain = lambda rows: [[float(x) for x in row] for row in rows]
    return {
        "schema": "svpg-answer/1",
        "q": plain(free_states),
        "update": {"recurrent": plain(recurrent), "state": plain(state_update), "bias": [float(x) for x in bias]},
    }


def main():
    folder = Path(sys.argv[1])
    for number in range(len(CASES)):
        case, *structure = draw(number)
        for kind, document in (("case", case), ("answer", answer(case, *structure))):
            (folder / f"{number + 1:02}.{kind}.json").write_text(json.dumps(document) + "\n", encoding="utf-8")


main()

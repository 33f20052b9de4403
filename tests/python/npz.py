"""Compares the NumPy arrays of conformance vectors with their JSON Lines: npz.py FOLDER

Reads FOLDER/cases.npz and FOLDER/answers.npz without pickle. Every array must have the number type, shape and bits of the document,
and there must be no other array. Prints the number of arrays.
"""

import json
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def parameters(path: str, values: dict, states: int, units: int) -> dict[str, np.ndarray]:
    shapes = {"recurrent": (units, units), "state": (states, units), "bias": (units,)}
    return {f"{path}/{key}": np.array(values[key], dtype="<f8").reshape(shape) for key, shape in shapes.items()}


def connected(case: dict, circuit: np.ndarray, states: int) -> dict[str, np.ndarray]:
    mask = case["mask"] if isinstance(case["mask"], dict) else {"recurrent": case["mask"]}
    units = len(circuit)
    recurrent, state = (
        np.ones((rows, units), dtype=bool) if mask.get(key) is None else np.array(mask[key], dtype=bool).reshape(rows, units)
        for key, rows in (("recurrent", units), ("state", states))
    )
    return {"mask/recurrent": recurrent & (circuit[:, None] != circuit[None, :]), "mask/state": state}


def of_case(case: dict) -> dict[str, np.ndarray]:
    states, circuits, size, actions = (case["shape"][key] for key in ("states", "hidden_circuits", "hidden_size", "actions"))
    circuit = np.array([unit // size for unit in range(circuits * size)] + [circuits] * actions)
    units, batch = len(circuit), case["batch"]
    q = [[np.nan] * units if entry["q"] is None else entry["q"] for entry in batch]
    options = {
        f"options/{key}": np.array(value) if isinstance(value, (str, bool)) else np.array(value, dtype="<f8")
        for key, value in (case.get("options") or {}).items()
    }
    return {
        "rule": np.array(case["rule"]),
        "convention": np.array(case["convention"]),
        "shape": np.array([states, circuits, size, actions], dtype="<i8"),
        **parameters("weights", case["weights"], states, units),
        **connected(case, circuit, states),
        **options,
        "batch/state": np.array([entry["state"] for entry in batch], dtype="<f8").reshape(len(batch), states),
        "batch/q": np.array(q, dtype="<f8"),
        "batch/hidden": np.array([entry["sample"]["hidden"] for entry in batch], dtype="<i8").reshape(len(batch), circuits),
        "batch/action": np.array([entry["sample"]["action"] for entry in batch], dtype="<i8"),
        "batch/advantage": np.array([entry["advantage"] for entry in batch], dtype="<f8"),
    }


def of_answer(answer: dict) -> dict[str, np.ndarray]:
    states, units = len(answer["update"]["state"]), len(answer["update"]["bias"])
    gradients = {key: value for key, value in answer["gradients"].items() if isinstance(value, dict)}
    return {
        "q": np.array(answer["q"], dtype="<f8"),
        "residual": np.array(answer["residual"], dtype="<f8"),
        **parameters("update", answer["update"], states, units),
        **{key: x for name, value in gradients.items() for key, x in parameters(f"gradients/{name}", value, states, units).items()},
    }


compared = 0
for name, arrays_of in (("cases", of_case), ("answers", of_answer)):
    expected = {
        f"{number:04}/{key}": array
        for number, document in enumerate(lines(f"{name}.jsonl"))
        for key, array in arrays_of(document).items()
    }
    with np.load(folder / f"{name}.npz", allow_pickle=False) as found:
        assert sorted(found.files) == sorted(expected), set(found.files) ^ set(expected)
        for key, wanted in expected.items():
            array = found[key]
            assert (array.dtype, array.shape) == (wanted.dtype, wanted.shape), (key, array.dtype, array.shape)
            assert array.tobytes() == wanted.tobytes(), key
            compared += 1
print(compared)

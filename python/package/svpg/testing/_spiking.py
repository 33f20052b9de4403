"""Spiking inference as a function of arrays: a question of level 1 in, winners and activities out."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import Vector, _core, compare, vectors
from .._core import Error
from ._inference_case import SpikingCase
from ._trial import Failure, Fault, called

Array = NDArray[Any]
_KAPPA = {"full": 1.0, "half": 0.5}


def questions(count: int, seed: int) -> list[Vector]:
    """The first `count` trajectories of spikes; every second vector of level 1 is one."""
    asked = vectors(min(2 * count + 32, _core.most_vectors), seed, level=1)
    return [vector for vector in asked if vector.question["inference"]["kind"] == "spiking"][:count]


def fails_at_spiking(fn: Callable[[Any], Any], vector: Vector, dtype: np.dtype[Any]) -> Failure[Vector] | None:
    """The failure of the function on a question."""
    question, options = vector.question, vector.question["inference"]
    shape, batch = question["shape"], question["batch"]
    sizes = [shape["hidden_size"]] * shape["hidden_circuits"] + [shape["actions"]]
    ends = np.cumsum(sizes).tolist()
    units, states, samples = ends[-1], shape["states"], len(batch)
    steps, window = options["steps"], options["window"]

    def of(rows: Any, *sizes: int) -> Array:
        return np.array(rows, dtype=dtype).reshape(sizes)

    def draws(key: str, count: int) -> Array:
        by_sample = of([sample[key] for sample in batch], samples, steps, count)
        return np.ascontiguousarray(by_sample.swapaxes(0, 1))

    def make() -> SpikingCase:
        weights = question["weights"]
        return SpikingCase(
            circuits=[slice(end - size, end) for size, end in zip(sizes, ends)],
            kappa=_KAPPA[question["convention"]],
            recurrent=of(weights["recurrent"], units, units),
            state=of(weights["state"], states, units),
            bias=of(weights["bias"], units),
            s=of([sample["state"] for sample in batch], samples, states),
            kernel=options["kernel"],
            window=window,
            start=of([sample["start"] for sample in batch], samples, units),
            state_draws=draws("states", states),
            unit_draws=draws("units", len(sizes)),
        )

    shapes = {"winners": (steps, samples, len(sizes)), "activity": (steps - window + 1, samples, units)}
    try:
        found = called(fn, make, shapes, dtype, whole=("winners",))
    except Fault as fault:
        return Failure(fault.kind, str(fault), None, vector)
    paths = [
        {"q": found["activity"][:, b], "winners": found["winners"][:, b], "end": found["activity"][-1, b]}
        for b in range(samples)
    ]
    try:
        judgement = compare(question, {"arithmetic": f"f{8 * dtype.itemsize}", "batch": paths})
    except Error as error:
        return Failure("no answer", str(error), None, vector)
    return None if judgement.ok else Failure("differs from the definition", None, judgement, vector)

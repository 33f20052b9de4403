"""Networks of winner-take-all circuits, with the reference's computations on them."""

import json
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from ._arrays import numbers, truths, whole
from ._core import Error
from ._documents import dump

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Parameters(NamedTuple):
    """One number per parameter: an update or a gradient."""

    recurrent: Array
    """units × units"""
    state: Array
    """states × units"""
    bias: Array
    """units"""


class Gradients(NamedTuple):
    """Policy gradients, entry by entry, of Σ_b A_b ln π(a_b|s_b) / B."""

    exact: Parameters | None
    """For the exact policy; None with more than 10⁶ configurations."""
    mean_field: Parameters
    """For the mean-field policy, through its fixed point."""
    last_step: Parameters
    """For the last-step policy: the mean-field state is a constant."""
    free_energy: Parameters | None
    """For the free-energy policy; None if a clamped fixed point was not found."""


class Network:
    """A network of winner-take-all circuits: -E = κ·vᵀWv + sᵀUv + bᵀv.

    hidden: number of hidden circuits G ≥ 0, and units of each D.
    actions: units A of the action circuit. Units are ordered hidden circuit by hidden circuit, then the
        action circuit: N = G·D + A.
    recurrent: W, N×N, symmetric, zero inside circuits and where masked.
    state: U, S×N, from state neuron to unit.
    bias: b, N.
    convention: "full" (κ = 1) or "half" (κ = ½).
    mask: N×N, symmetric, 1 keeps a connection between circuits; None keeps all.
    state_mask: S×N; None keeps all.

    Arrays are NumPy arrays, lists, or anything with `__dlpack__` on the CPU. They are copied to float64.
    Raises `Error` that names the argument, what was expected and what was given.
    """

    __slots__ = ("actions", "bias", "convention", "hidden", "mask", "recurrent", "state", "state_mask")

    hidden: tuple[int, int]
    actions: int
    recurrent: Array
    state: Array
    bias: Array
    convention: str
    mask: Mask | None
    state_mask: Mask | None

    def __init__(
        self,
        *,
        hidden: tuple[int, int],
        actions: int,
        recurrent: ArrayLike,
        state: ArrayLike,
        bias: ArrayLike,
        convention: str = "full",
        mask: ArrayLike | None = None,
        state_mask: ArrayLike | None = None,
    ) -> None:
        sizes = whole(hidden, "hidden", (2,), "circuits, units of a circuit")
        self.hidden = (int(sizes[0]), int(sizes[1]))
        self.actions = int(whole(actions, "actions", (), "a number"))
        if min(*self.hidden, self.actions - 1) < 0:
            raise Error(f"hidden, actions: found {self.hidden} and {self.actions}; give sizes of at least 0 and 1")
        units = self.units
        self.recurrent = numbers(recurrent, "recurrent", (units, units), "units × units")
        self.state = numbers(state, "state", (None, units), "states × units")
        self.bias = numbers(bias, "bias", (units,), "units")
        if convention not in ("full", "half"):
            raise Error(f'convention: found {convention!r}; give "full" or "half"')
        self.convention = convention
        self.mask = None if mask is None else truths(mask, "mask", (units, units), "units × units")
        self.state_mask = (
            None if state_mask is None else truths(state_mask, "state_mask", (self.states, units), "states × units")
        )
        circuits = self.hidden[0] + 1
        sample = ([np.zeros(self.states)], np.zeros((1, circuits), dtype=np.int64), [0.0])
        _core.validate(dump(self._case("svpg", *sample, None, {}), "network"))

    @property
    def units(self) -> int:
        """Number of units, N."""
        return self.hidden[0] * self.hidden[1] + self.actions

    @property
    def states(self) -> int:
        """Number of state neurons, S."""
        return len(self.state)

    @property
    def circuits(self) -> list[slice]:
        """The units of every circuit, the action circuit last."""
        count, size = self.hidden
        return [slice(c * size, (c + 1) * size) for c in range(count)] + [slice(count * size, self.units)]

    def __repr__(self) -> str:
        (count, size), masked = self.hidden, self.mask is not None or self.state_mask is not None
        return (
            f"<svpg.Network: {self.states} states, {count}×{size} hidden units, {self.actions} actions, "
            f"convention {self.convention}{', masked' if masked else ''}>"
        )

    def mean_field(self, states: ArrayLike) -> Array:
        """The mean-field state: the noise-free fixed point, found from the uniform state, rounded from twice f64.

        `states` is states, or samples × states, in [0, 1]. Returns units, or samples × units. Raises `NoFixedPoint`.
        """
        batch, is_single = self._states(states)
        winners = np.zeros((len(batch), self.hidden[0] + 1), dtype=np.int64)
        answer = self._answer(self._case("svpg", batch, winners, np.zeros(len(batch)), None, {}))
        q = np.array(answer["q"], dtype=np.float64)
        return q[0] if is_single else q

    def case(
        self,
        rule: str,
        states: ArrayLike,
        winners: ArrayLike,
        advantages: ArrayLike,
        *,
        q: ArrayLike | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """A case in the format `svpg-case/1`, for `svpg.oracle`, `svpg.compare` and the command line.

        The arguments are those of `update`.
        """
        batch, _ = self._states(states)
        size, circuits = len(batch), self.hidden[0] + 1
        chosen = whole(winners, "winners", (size, circuits), "samples × circuits, the action last")
        for c, members in enumerate(self.circuits):
            count = members.stop - members.start
            wrong = np.flatnonzero((chosen[:, c] < 0) | (chosen[:, c] >= count))
            if len(wrong):
                at = int(wrong[0])
                raise Error(
                    f"winners[{at}, {c}]: found {chosen[at, c]}, the circuit has {count} units; give 0 to {count - 1}"
                )
        signals = numbers(advantages, "advantages", (size,), "samples")
        state = None if q is None else numbers(q, "q", (size, self.units), "samples × units")
        return self._case(rule, batch, chosen, signals, state, options)

    def update(
        self,
        rule: str,
        states: ArrayLike,
        winners: ArrayLike,
        advantages: ArrayLike,
        *,
        q: ArrayLike | None = None,
        **options: Any,
    ) -> Parameters:
        """The rule's update for learning rate 1, averaged over the batch and masked.

        rule: one of `svpg.rules`; its options are further arguments, such as `beta=0.1`.
        states: samples × states, in [0, 1].
        winners: whole numbers, samples × circuits: the winner of each circuit, counted from 0 inside the
            circuit; the action is last.
        advantages: samples; used as given.
        q: samples × units, used instead of the fixed point; None solves it.

        Raises `NoFixedPoint`, and `Error` that names the argument.
        """
        answer = self._answer(self.case(rule, states, winners, advantages, q=q, **options))
        return self._parameters(answer["update"])

    def gradients(
        self, states: ArrayLike, actions: ArrayLike, advantages: ArrayLike, *, q: ArrayLike | None = None
    ) -> Gradients:
        """Gradients of Σ_b A_b ln π(a_b|s_b) / B for four policies; zero where there is no connection.

        `states` and `advantages` are those of `update`; `actions` are whole numbers, one per sample. `q`
        replaces the mean-field state in all but the gradient `mean_field`.
        """
        batch, _ = self._states(states)
        chosen = whole(actions, "actions", (len(batch),), "samples")
        winners = np.zeros((len(batch), self.hidden[0] + 1), dtype=np.int64)
        winners[:, -1] = chosen
        answer = self._answer(self.case("svpg", batch, winners, advantages, q=q), gradients=True)
        found = answer["gradients"]
        exact, mean_field, last_step, free_energy = (
            None if found.get(name) is None else self._parameters(found[name]) for name in Gradients._fields
        )
        assert mean_field is not None and last_step is not None
        return Gradients(exact, mean_field, last_step, free_energy)

    def infer(
        self,
        states: ArrayLike,
        kind: str = "rate",
        *,
        seed: int = 0,
        draw: int = 0,
        sigma: float = 0.02,
        tolerance: float = 0.005,
        max_iterations: int = 50,
        kernel: str = "rectangle",
        steps: int = 200,
        window: int = 50,
    ) -> NDArray[np.float32]:
        """The activity by the library's optimised inference, in float32: units, or samples × units.

        states: states, or samples × states, in [0, 1].
        kind: "rate", noisy mean-field iteration with `sigma`, `tolerance` and `max_iterations`; or "spiking",
            with `kernel` "rectangle" or "double-exponential", `steps` time steps and a `window` of time
            steps.
        seed, draw: of the random numbers, 0 to 2³² - 1. Each pair has its own; equal pairs give equal bits on
            every machine.

        Weights are rounded to float32. A mask must keep or drop whole blocks between circuits, and state
        weights of all hidden or all action units. A batch of rate inference stops together. Raises `Error`
        that names the argument.
        """
        batch, is_single = self._states(states)
        if ((batch < 0) | (batch > 1)).any():
            raise Error("states: found a number outside [0, 1]; give numbers in it")
        if kind == "rate":
            options: dict[str, float | str] = {"sigma": sigma, "tolerance": tolerance, "max_iterations": max_iterations}
        elif kind == "spiking":
            options = {"kernel": kernel, "steps": steps, "window": window}
        else:
            raise Error(f'kind: found {kind!r}; give "rate" or "spiking"')
        for name, number in (("seed", seed), ("draw", draw)):
            if not isinstance(number, int) or not 0 <= number < 2**32:
                raise Error(f"{name}: found {number!r}; give a whole number, 0 to {2**32 - 1}")
        inference = dump({kind: options}, "inference").decode()
        q = _core.infer(self._single(), inference, batch.astype(np.float32).tobytes(), len(batch), seed, draw)
        activity = np.frombuffer(q, dtype=np.float32).reshape(len(batch), self.units).copy()
        return activity[0] if is_single else activity

    def _single(self) -> dict[str, Any]:
        """The network as the optimised library takes it: numbers in float32, the mask in blocks."""
        circuits, hidden = self.circuits, slice(0, self.hidden[0] * self.hidden[1])
        pairs = [(c, d) for c in range(len(circuits)) for d in range(c)]
        kept = {
            (c, d): self.mask is None or _uniform(self.mask[circuits[c], circuits[d]], "mask", "block between circuits")
            for c, d in pairs
        }
        parts = (hidden, circuits[-1])
        sees = tuple(
            self.state_mask is None
            or _uniform(self.state_mask[:, part], "state_mask", "part of hidden or action units")
            for part in parts
        )
        return {
            "hidden": self.hidden,
            "actions": self.actions,
            "states": self.states,
            "is_full": self.convention == "full",
            **{name: getattr(self, name).astype(np.float32).tobytes() for name in Parameters._fields},
            "dropped": [pair for pair in pairs if not kept[pair]],
            "sees": sees,
        }

    def _states(self, states: ArrayLike) -> tuple[Array, bool]:
        """Samples × states, and whether it was a single sample."""
        is_single = np.ndim(states) == 1 if not hasattr(states, "ndim") else states.ndim == 1
        shape, axes = ((self.states,), "states") if is_single else ((None, self.states), "samples × states")
        batch = numbers(states, "states", shape, axes)
        if is_single:
            batch = batch[None, :]
        if len(batch) == 0:
            raise Error("states: found no sample; give at least one")
        return batch, is_single

    def _case(
        self, rule: str, states: Any, winners: NDArray[np.int64], advantages: Any, q: Any, options: dict[str, Any]
    ) -> dict[str, Any]:
        (count, size), masks = self.hidden, (self.mask, self.state_mask)
        rows = [None if mask is None else mask.astype(np.int64).tolist() for mask in masks]
        batch = [
            {
                "state": states[b].tolist(),
                "q": None if q is None else q[b].tolist(),
                "sample": {"hidden": winners[b, :-1].tolist(), "action": int(winners[b, -1])},
                "advantage": float(advantages[b]),
            }
            for b in range(len(states))
        ]
        return {
            "schema": "svpg-case/1",
            "shape": {
                "states": self.states,
                "hidden_circuits": count,
                "hidden_size": max(size, 1) if count == 0 else size,
                "actions": self.actions,
            },
            "convention": self.convention,
            "weights": {name: getattr(self, name).tolist() for name in Parameters._fields},
            "mask": None if rows == [None, None] else {"recurrent": rows[0], "state": rows[1]},
            "rule": rule,
            **({"options": options} if options else {}),
            "batch": batch,
        }

    def _answer(self, case: dict[str, Any], gradients: bool = False) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(_core.oracle(dump(case, "case"), gradients))
        return answer

    def _parameters(self, found: dict[str, Any]) -> Parameters:
        shapes = ((self.units, self.units), (self.states, self.units), (self.units,))
        arrays = (
            np.array(found[name], dtype=np.float64).reshape(shape) for name, shape in zip(Parameters._fields, shapes)
        )
        return Parameters(*arrays)


def _uniform(part: Mask, name: str, what: str) -> bool:
    """The one value of a part of a mask."""
    if part.any() and not part.all():
        raise Error(f"{name}: optimised inference keeps or drops each {what} as a whole; give such a mask")
    return part.size == 0 or bool(part.all())

"""Generated cases: networks with batches, drawn from a seed, and smaller versions of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from .._documents import dump

Array = NDArray[Any]


@dataclass(frozen=True)
class Drawn:
    """A case before its fixed point is solved.

    Shapes: S states, G circuits of D units, A actions, N units, B samples.
    """

    states: int
    hidden: tuple[int, int]
    actions: int
    convention: str
    recurrent: Array
    state: Array
    bias: Array
    mask: Array
    """G+1 × G+1, True keeps the connections between two circuits."""
    state_mask: Array
    """S × N."""
    rule: str
    options: dict[str, Any]
    observed: Array
    """B × S"""
    winners: Array
    """B × G+1"""
    advantages: Array
    """B"""
    chapter: tuple[Any, str | None, str | None] | None = None
    """Path or text of the chapter in which the rule is written, and the rule."""

    @property
    def units(self) -> int:
        return self.hidden[0] * self.hidden[1] + self.actions

    @property
    def circuit_of(self) -> Array:
        count, size = self.hidden
        return np.concatenate([np.repeat(np.arange(count), size), np.full(self.actions, count)])

    @property
    def unit_mask(self) -> Array:
        """N × N; nothing is connected inside a circuit."""
        of = self.circuit_of
        kept: Array = self.mask[np.ix_(of, of)] & (of[:, None] != of[None, :])
        return kept

    def size(self) -> tuple[int, ...]:
        """For the order of cases: a smaller case has a smaller one."""
        numbers = (self.recurrent, self.state, self.bias, self.observed, self.advantages)
        digits = sum(int(np.count_nonzero(all_)) + int(np.count_nonzero(all_ != np.round(all_, 1))) for all_ in numbers)
        dropped = int((~self.mask).sum() + (~self.state_mask).sum())
        return (len(self.observed) * (self.units + self.states), self.units + self.states, dropped, digits)

    def rounded(self, dtype: Any) -> "Drawn":
        """The same with every number as `dtype` holds it."""
        of = {
            name: getattr(self, name).astype(dtype).astype(np.float64)
            for name in ("recurrent", "state", "bias", "observed", "advantages")
        }
        return replace(self, **of)

    def solved(self, dtype: Any) -> "Solved":
        """The case with its fixed points, rounded to `dtype`. Raises `svpg.NoFixedPoint`."""
        case = self._document()
        q = np.array(json.loads(_core.oracle(dump({**case, "rule": "svpg", "options": None}, "case"), False))["q"])
        q = q.astype(dtype).astype(np.float64)
        batch = [{**sample, "q": row} for sample, row in zip(case["batch"], q.tolist())]
        return Solved(self, q, {**case, "batch": batch})

    def _document(self) -> dict[str, Any]:
        count, size = self.hidden
        masked = not (self.mask.all() and self.state_mask.all())
        rows = {"recurrent": self.unit_mask.astype(int).tolist(), "state": self.state_mask.astype(int).tolist()}
        samples = zip(self.observed.tolist(), self.winners.tolist(), self.advantages.tolist())
        return {
            "schema": "svpg-case/1",
            "shape": {"states": self.states, "hidden_circuits": count, "hidden_size": size, "actions": self.actions},
            "convention": self.convention,
            "weights": {name: getattr(self, name).tolist() for name in ("recurrent", "state", "bias")},
            "mask": rows if masked else None,
            "rule": self.rule,
            "options": self.options or None,
            "batch": [
                {"state": s, "q": None, "sample": {"hidden": v[:-1], "action": v[-1]}, "advantage": a}
                for s, v, a in samples
            ],
        }


@dataclass(frozen=True)
class Solved:
    """A case with its fixed points."""

    drawn: Drawn
    q: Array
    """B × N"""
    document: dict[str, Any]
    """The case, in the format `svpg-case/1`."""


def draw(rule: str, is_enumerated: bool, seed: int, index: int, own: dict[str, Any] | None = None) -> Drawn:
    """Case number `index` of this seed: both conventions, masks, unusual shapes, batches of 1 to 7.

    `own`: options of a rule of a chapter, the same in all cases.
    """
    random = np.random.default_rng([seed, index])
    # Enumeration takes long: few configurations.
    most = 3 if is_enumerated else 5
    states, count, size = (int(random.integers(low, most + 1)) for low in (0, 0, 1))
    actions = int(random.integers(2 if index % 8 else 1, most + 1))
    units, circuits, samples = count * size + actions, count + 1, int(random.integers(1, 8))
    kept = np.ones((circuits, circuits), dtype=bool)
    state_mask = np.ones((states, units), dtype=bool)
    if index % 3 != 0:
        upper = np.triu(random.random((circuits, circuits)) >= 0.3, 1)
        kept = upper | upper.T | np.eye(circuits, dtype=bool)
    if index % 3 == 2:
        state_mask = random.random((states, units)) >= 0.3
    scale = (0.3, 1.0, 1.0, 2.0)[int(random.integers(4))]
    weights = np.triu(random.uniform(-scale, scale, (units, units)), 1)
    of_options = int(random.integers(2**63))
    drawn_options = None if own is not None else _core.draw_options(rule, samples, of_options)
    options = own or ({} if drawn_options is None else json.loads(drawn_options))
    drawn = Drawn(
        states=states,
        hidden=(count, size),
        actions=actions,
        convention=("full", "half")[index // 3 % 2],
        recurrent=weights + weights.T,
        state=random.uniform(-scale, scale, (states, units)) * state_mask,
        bias=random.uniform(-scale, scale, units),
        mask=kept,
        state_mask=state_mask,
        rule=rule,
        options=options,
        observed=random.random((samples, states)),
        winners=np.column_stack(
            [*(random.integers(size, size=samples) for _ in range(count)), random.integers(actions, size=samples)]
        ),
        advantages=random.uniform(-2.0, 2.0, samples),
    )
    return replace(drawn, recurrent=drawn.recurrent * drawn.unit_mask)


def smaller(drawn: Drawn) -> Iterator[Drawn]:
    """Smaller versions of a case, the much smaller ones first."""
    samples, (count, size) = len(drawn.observed), drawn.hidden
    for b in range(samples if samples > 1 else 0):
        yield _samples(drawn, [b])
    for b in range(samples if samples > 2 else 0):
        yield _samples(drawn, [at for at in range(samples) if at != b])
    for c in range(count):
        yield _circuits(drawn, [at for at in range(count) if at != c])
    for k in range(drawn.states):
        others = [at for at in range(drawn.states) if at != k]
        yield replace(
            drawn,
            states=len(others),
            state=drawn.state[others],
            state_mask=drawn.state_mask[others],
            observed=drawn.observed[:, others],
        )
    if count > 0 and size > 1:
        yield _sizes(drawn, size - 1, drawn.actions)
    if drawn.actions > 1:
        yield _sizes(drawn, size, drawn.actions - 1)
    if not drawn.mask.all():
        yield replace(drawn, mask=np.ones_like(drawn.mask))
    if not drawn.state_mask.all():
        yield replace(drawn, state_mask=np.ones_like(drawn.state_mask))
    for name in ("recurrent", "state", "bias", "observed", "advantages"):
        all_ = getattr(drawn, name)
        for simple in (np.zeros_like(all_) if name != "advantages" else np.ones_like(all_), np.round(all_, 1)):
            if not np.array_equal(simple, all_):
                yield replace(drawn, **{name: simple})


def _samples(drawn: Drawn, kept: list[int]) -> Drawn:
    options = {
        key: [value[b] for b in kept] if isinstance(value, list) else value for key, value in drawn.options.items()
    }
    return replace(
        drawn,
        options=options,
        observed=drawn.observed[kept],
        winners=drawn.winners[kept],
        advantages=drawn.advantages[kept],
    )


def _units(drawn: Drawn, kept: Array, **changed: Any) -> Drawn:
    return replace(
        drawn,
        recurrent=drawn.recurrent[np.ix_(kept, kept)],
        state=drawn.state[:, kept],
        bias=drawn.bias[kept],
        state_mask=drawn.state_mask[:, kept],
        **changed,
    )


def _circuits(drawn: Drawn, kept: list[int]) -> Drawn:
    count, size = drawn.hidden
    all_ = [*kept, count]
    units = np.flatnonzero(np.isin(drawn.circuit_of, all_))
    return _units(
        drawn, units, hidden=(len(kept), size), mask=drawn.mask[np.ix_(all_, all_)], winners=drawn.winners[:, all_]
    )


def _sizes(drawn: Drawn, size: int, actions: int) -> Drawn:
    """The same without the last unit of each hidden circuit, or without the last action."""
    count, own = drawn.hidden
    hidden = [c * own + unit for c in range(count) for unit in range(size)]
    units = np.array([*hidden, *(count * own + action for action in range(actions))], dtype=np.int64)
    most = np.array([size - 1] * count + [actions - 1])
    return _units(drawn, units, hidden=(count, size), actions=actions, winners=np.minimum(drawn.winners, most))

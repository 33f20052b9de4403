"""Tests of a rule that another program computes."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .. import NoFixedPoint, _core, rules
from .._core import Error
from .._documents import asked, dump
from .._reports import Judgement, lines
from ._cases import Solved, draw, smaller
from ._trial import Failure, Fault, called, checked, search

Array = NDArray[Any]

# The bounds allow for the rounding of sums over a batch, relative to entries of order 1.
_TOLERANCES = {"float64": (1e-9, 1e-11), "float32": (1e-4, 1e-5)}


@dataclass
class Case:
    """The input of a rule. Arrays are in C order and of the dtype of the test.

    S states, G hidden circuits of D units, A actions, N = G·D + A units, B samples.
    """

    states: int
    """S"""
    hidden: tuple[int, int]
    """G, D"""
    actions: int
    """A"""
    circuits: list[slice]
    """The units of each of the G + 1 circuits, the action circuit last."""
    convention: str
    """"full" or "half"."""
    kappa: float
    """κ of -E = κ·vᵀWv + sᵀUv + bᵀv: 1 or ½."""
    recurrent: Array
    """W, N × N"""
    state: Array
    """U, S × N"""
    bias: Array
    """b, N"""
    mask: Array
    """N × N, 1 where a connection exists; 0 inside circuits."""
    state_mask: Array
    """S × N, 1 where a connection exists."""
    s: Array
    """Observed states, B × S"""
    q: Array
    """Mean-field states, B × N"""
    v: Array
    """Sampled configurations, B × N: 1 for the winner of each circuit, else 0"""
    winners: Array
    """Whole numbers, B × (G + 1): the winner of each circuit, counted from 0 inside the circuit; the action is last."""
    advantages: Array
    """B"""
    options: dict[str, Any]
    """Options of the rule; `old_log_prob` is an array of B numbers."""


@dataclass(frozen=True, repr=False)
class RuleReport:
    """The result of `check_rule`. It is true if the rule agrees with the reference on every network."""

    ok: bool
    rule: str
    dtype: str
    networks: int
    """Networks that were tried."""
    failures: int
    """Networks on which the rule fails; the test ends after 20."""
    cause: str | None
    """What is wrong, where that is known."""
    judgement: Judgement | None
    """The comparison, block by block, on the smallest failing network, without hints: see `cause`. None if there
    is no update to compare."""
    case: dict[str, Any] | None
    """The smallest failing network found, in the format `svpg-case/1`, for `svpg.oracle` and `svpg.compare`."""

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        head = f"{'PASS' if self.ok else 'FAIL'}  rule {self.rule}, {self.dtype}: {self._counts()}"
        parts = [head]
        if self.cause is not None:
            parts.append(f"cause  {self.cause}")
        if self.case is not None:
            parts.append(f"smallest failing network found: {shape_of(self.case)}")
        if self.judgement is not None:
            parts.append(self.judgement.text)
        return "\n".join(parts)

    def _counts(self) -> str:
        if self.ok:
            return f"agrees with the reference on {self.networks} networks"
        return f"fails on {self.failures} of {self.networks} networks"

    def _repr_html_(self) -> str:
        table = "" if self.judgement is None else self.judgement._repr_html_()
        head = repr(replace(self, judgement=None))
        return lines(self.ok, head) + table


def check_rule(
    fn: Callable[[Case], Any],
    *,
    rule: str,
    dtype: DTypeLike = np.float64,
    count: int = 200,
    seed: int = 0,
    rtol: float | None = None,
    atol: float | None = None,
    chapter: str | PathLike[str] | None = None,
    options: Mapping[str, float] | None = None,
) -> RuleReport:
    """Compares your implementation of a rule with the reference on generated networks.

    `fn` takes a `Case` and returns the update for learning rate 1, averaged over the batch and masked:
    `recurrent` (N × N), `state` (S × N) and `bias` (N), as a tuple, a mapping or attributes, in arrays of
    `dtype` (NumPy, or `__dlpack__` on the CPU). `rule` is one of `svpg.rules`. `count` networks are drawn
    from `seed`: both conventions, masks, unusual shapes, batches of 1 to 7. An entry x passes for the true
    entry y if |x − y| ≤ atol + rtol·|y|; defaults: 1e-9 and 1e-11 for float64, 1e-4 and 1e-5 for float32. For
    `nudged`, atol is divided by |β|, as its update is.

    With `chapter`, the rule is one that you wrote in a derivation: see `svpg.oracle`. `options` are then the
    numbers that it takes besides the winners and the advantage, the same on all networks.

    A failing report names the blocks, the cause where it is a known mistake, and the smallest failing network
    that was found. A function that raises, returns something else, changes its input, or gives different
    results for equal input fails with that cause. Raises `Error` if an argument is invalid.
    """
    of = checked(fn, dtype, count, seed, rtol=rtol, atol=atol)
    own = asked(chapter, rule) if chapter is not None else None
    if own is None and options is not None:
        raise Error("options: they belong to a rule of a chapter; give `chapter` too")
    if own is None and rule not in rules:
        raise Error(f"rule: `{rule}` is unknown; the rules are {', '.join(rules)}")
    usual = _TOLERANCES[of.name]
    tolerance = (usual[0] if rtol is None else rtol, usual[1] if atol is None else atol)
    tried, failures = search(
        count,
        lambda index: _drawn(rule, seed, index, of, own, dict(options or {})),
        lambda solved: _try(fn, solved, of, tolerance),
        lambda solved: smaller_solved(solved, of),
        lambda solved: solved.drawn.size(),
    )
    if not failures:
        return RuleReport(True, rule, of.name, tried, 0, None, None, None)
    small, *failures = failures
    cause = likely_cause(failures) if small.what is None else small.what
    judgement = None if small.judgement is None else _without_hints(small.judgement)
    return RuleReport(False, rule, of.name, tried, len(failures), cause, judgement, small.input.document)


def _without_hints(judgement: Judgement) -> Judgement:
    """On a small network several mistakes can look alike: the cause is that of many networks."""
    lines = [line for line in judgement.text.split("\n") if not line.startswith("hint  ")]
    return replace(judgement, hints=(), text="\n".join(lines))


def assert_rule(fn: Callable[[Case], Any], **arguments: Any) -> None:
    """Raises `AssertionError` with the report unless `check_rule(fn, **arguments)` passes: a test of one line."""
    report = check_rule(fn, **arguments)
    if not report.ok:
        raise AssertionError(repr(report))


def _drawn(
    rule: str, seed: int, index: int, dtype: np.dtype[Any], chapter: Any = None, options: dict[str, Any] | None = None
) -> Solved:
    """The network of this number; the next of its kind where the solver finds no fixed point."""
    for attempt in range(100):
        own = None if chapter is None else options
        drawn = replace(draw(rule, rule == "exact", seed + (attempt << 32), index, own), chapter=chapter)
        try:
            solved = drawn.rounded(dtype).solved(dtype)
            _core.oracle(dump(solved.document, "case"), False, None, chapter)
            return solved
        except NoFixedPoint:
            continue
        except Error:
            # Options that do not fit the network: a negative clamp makes a small probability negative.
            if chapter is not None or not drawn.options:
                raise
    raise Error(f"seed: network {index} of seed {seed} has no fixed point in 100 attempts; give another seed")


def _try(
    fn: Callable[[Case], Any], solved: Solved, dtype: np.dtype[Any], tolerance: tuple[float, float]
) -> Failure[Solved] | None:
    """The failure of the function on a case."""
    drawn = solved.drawn
    shapes = {
        "recurrent": drawn.recurrent.shape,
        "state": drawn.state.shape,
        "bias": drawn.bias.shape,
    }
    try:
        update = called(fn, lambda: case_of(solved, dtype), shapes, dtype)
    except Fault as fault:
        return Failure(fault.kind, str(fault), None, solved)
    answer = {"schema": "svpg-answer/1", "update": {name: update[name].tolist() for name in shapes}}
    rtol, atol = tolerance
    # A rule that divides by β divides the rounding of its phases by it too.
    atol /= min(1.0, abs(drawn.options.get("beta", 1.0)))
    own = drawn.chapter
    judged = _core.compare(dump(solved.document, "case"), dump(answer, "answer"), rtol, atol, 0, (None, None), own)
    judgement = Judgement._of(judged)
    if judgement.ok:
        return None
    if not judgement.hints:
        # Mistakes in q show where the case does not give it.
        batch = [{**sample, "q": None} for sample in solved.document["batch"]]
        without_q = dump({**solved.document, "batch": batch}, "case")
        other = Judgement._of(_core.compare(without_q, dump(answer, "answer"), rtol, atol, 0, (None, None), own))
        judgement = replace(judgement, hints=other.hints)
    return Failure("differs from the reference", None, judgement, solved)


def case_of(solved: Solved, dtype: np.dtype[Any]) -> Case:
    """The input of the function: arrays of its own."""
    drawn, (count, size) = solved.drawn, solved.drawn.hidden

    def of(array: Array) -> Array:
        return np.array(array, dtype=dtype, order="C")

    starts = [*(c * size for c in range(count + 1)), drawn.units]
    offsets = np.array(starts[:-1])
    v = np.zeros((len(drawn.observed), drawn.units), dtype=dtype)
    v[np.arange(len(v))[:, None], drawn.winners + offsets] = 1
    options = {
        key: np.array(value, dtype=dtype) if isinstance(value, list) else value for key, value in drawn.options.items()
    }
    return Case(
        states=drawn.states,
        hidden=drawn.hidden,
        actions=drawn.actions,
        circuits=[slice(start, end) for start, end in zip(starts, starts[1:])],
        convention=drawn.convention,
        kappa={"full": 1.0, "half": 0.5}[drawn.convention],
        recurrent=of(drawn.recurrent),
        state=of(drawn.state),
        bias=of(drawn.bias),
        mask=of(drawn.unit_mask),
        state_mask=of(drawn.state_mask),
        s=of(drawn.observed),
        q=of(solved.q),
        v=v,
        winners=np.array(drawn.winners),
        advantages=of(drawn.advantages),
        options=options,
    )


def smaller_solved(solved: Solved, dtype: np.dtype[Any]) -> Iterator[Solved]:
    """Smaller versions that have a fixed point."""
    for candidate in smaller(solved.drawn):
        if candidate.size() < solved.drawn.size():
            try:
                yield candidate.rounded(dtype).solved(dtype)
            except Error:
                continue


def likely_cause(failures: list[Failure[Any]]) -> str | None:
    """The hints that hold on most failing networks: on a small one, several mistakes can look alike."""
    judged = [failure.judgement for failure in failures if failure.judgement is not None]
    hints = [hint for judgement in judged for hint in judgement.hints]
    counts = Counter(hint.code for hint in hints)
    most = max(counts.values(), default=0)
    if 2 * most <= len(judged):
        return None
    # A cause has different sentences on different networks: the last is of the first network.
    sentences = {hint.code: hint.sentence for hint in reversed(hints)}
    likely = [code for code, n in counts.items() if n == most]
    return "; or ".join(f"{code}: {sentences[code]} ({most} of {len(judged)} failing networks)" for code in likely)


def shape_of(case: dict[str, Any]) -> str:
    shape, size = case["shape"], len(case.get("batch", [case.get("state")]))
    return (
        f"{shape['states']} states, {shape['hidden_circuits']}×{shape['hidden_size']} hidden units, "
        f"{shape['actions']} actions, "
        f"convention {case['convention']}{', masked' if case.get('mask') else ''}, {size} sample{'s' if size > 1 else ''}"
    )

"""Tests of inference that another program computes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .. import NoFixedPoint, _core
from .._core import Error
from .._documents import dump
from .._network import Network
from .._reports import Hint, Judgement, lines
from ._cases import Drawn, Solved, draw
from ._inference_case import InferenceCase, RateCase
from ._rule import case_of, likely_cause, shape_of, smaller_solved
from ._spiking import fails_at_spiking, questions
from ._trial import Failure, Fault, called, checked, is_half, search, size_of

Array = NDArray[Any]

inferences = ("mean-field", "rate", "spiking")
"""What `check_inference` tests."""

# Absolute, relative to probabilities. The reference of the trajectory is computed in float32.
_TOLERANCES = {
    ("mean-field", "float64"): 1e-9,
    ("mean-field", "float32"): 2e-6,
    ("rate", "float64"): 2e-6,
    ("rate", "float32"): 4e-6,
}
_SIGMA, _ITERATIONS = 0.02, 6
# Below this gain of an iteration, the fixed point is the only one, and every iteration reaches it.
_GAIN = 0.8


@dataclass(frozen=True, repr=False)
class InferenceReport:
    """The result of `check_inference`. It is true if the function agrees with the library on every network."""

    ok: bool
    kind: str
    dtype: str
    networks: int
    """Networks that were tried."""
    failures: int
    """Networks on which the function fails; the test ends after 20."""
    cause: str | None
    """What is wrong, where that is known."""
    worst: str | None
    """The worst entry on the smallest failing network; of spikes, the comparison."""
    case: dict[str, Any] | None
    """The smallest failing network found, in the format `svpg-case/1`; of spikes, `svpg-trajectory/1`."""

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        counts = (
            f"agrees with the library on {self.networks} networks"
            if self.ok
            else f"fails on {self.failures} of {self.networks} networks"
        )
        parts = [f"{'PASS' if self.ok else 'FAIL'}  {self.kind} inference, {self.dtype}: {counts}"]
        parts += [] if self.cause is None else [f"cause  {self.cause}"]
        parts += [] if self.case is None else [f"smallest failing network found: {shape_of(self.case)}"]
        return "\n".join(parts + ([] if self.worst is None else [self.worst]))

    def _repr_html_(self) -> str:
        return lines(self.ok, repr(self))


def check_inference(
    fn: Callable[[Any], Any],
    *,
    kind: str = "mean-field",
    dtype: DTypeLike = np.float64,
    count: int = 200,
    seed: int = 0,
    atol: float | None = None,
) -> InferenceReport:
    """Compares your implementation of inference with the library on generated networks.

    kind: "mean-field": `fn` takes an `InferenceCase` and returns the noise-free fixed point q, B × N, of
        q = softmax of every circuit of (b + Uᵀs + 2κWq). The networks have one fixed point.
        "rate": `fn` takes a `RateCase` and returns the activity after each of T iterations, T × B × N:
        x = clamp((q, s) + σn, 0, 1), q = softmax of every circuit of (b + Uᵀx_s + 2κWx_q), from `start`.
        "spiking": `fn` takes a `SpikingCase` and returns `winners`, T × B × (G + 1) whole numbers that count inside
        a circuit, and `activity`, (T − L + 1) × B × N: q after every time step with a full window. The winner of a
        circuit is the first unit whose cumulative probability exceeds the draw; with a full window, x is the mean of
        the spikes of L time steps with weights of the kernel, and q = softmax of (b + Uᵀx_s + 2κWx_v).
    dtype: of all arrays.
    count, seed: `count` networks are drawn from `seed`: both conventions, missing blocks, unusual shapes.
    atol: largest absolute error; defaults: 1e-9 and 2e-6 (float32), for rates 2e-6 and 4e-6. Spikes have none: every
        time step is compared as in level 1 of docs/conformance.md, within the rounding error of the dtype.

    A report names the cause where the result is that of a known mistake, and the smallest failing network that was
    found. A function that raises, returns something else, changes its input, or gives different results for
    equal input fails with that cause. Raises `Error` if an argument is invalid. Source: claim M2 of
    derivations/ (the fixed point); Yang et al. 2022, arXiv 2210.13225 (rate inference).
    """
    of = checked(fn, dtype, count, seed, atol=atol)
    if kind not in inferences:
        raise Error(f"kind: found {kind!r}; give one of {', '.join(inferences)}")
    if kind == "spiking":
        return _check_spiking(fn, of, count, seed, atol)
    bound = _TOLERANCES[kind, of.name] if atol is None else atol
    fails = _fails_at_mean_field if kind == "mean-field" else _fails_at_rate

    def smaller(solved: Solved) -> Iterator[Solved]:
        return (other for other in smaller_solved(solved, of) if _gain(other.drawn) < 1)

    tried, failures = search(
        count,
        lambda index: _drawn(seed, index, of),
        lambda solved: fails(fn, solved, of, bound),
        smaller,
        lambda solved: solved.drawn.size(),
    )
    if not failures:
        return InferenceReport(True, kind, of.name, tried, 0, None, None, None)
    small, *failures = failures
    worst = None
    if small.judgement is None:
        cause = small.what
    else:
        cause, worst = likely_cause(failures), small.judgement.text
    return InferenceReport(False, kind, of.name, tried, len(failures), cause, worst, small.input.document)


def _check_spiking(
    fn: Callable[[Any], Any], dtype: np.dtype[Any], count: int, seed: int, atol: float | None
) -> InferenceReport:
    if atol is not None:
        raise Error("atol: spikes are compared within the rounding error of the dtype; leave it out")
    asked = questions(count, seed)
    tried, failures = search(
        len(asked),
        lambda index: asked[index],
        lambda vector: fails_at_spiking(fn, vector, dtype),
        lambda _: iter(()),
        size_of,
    )
    if not failures:
        return InferenceReport(True, "spiking", dtype.name, tried, 0, None, None, None)
    small, *failures = failures
    worst = None if small.judgement is None else small.judgement.text
    case = small.input.question
    return InferenceReport(False, "spiking", dtype.name, tried, len(failures), small.what, worst, case)


def assert_inference(fn: Callable[[Any], Any], **arguments: Any) -> None:
    """Raises `AssertionError` with the report unless `check_inference(fn, **arguments)` passes."""
    report = check_inference(fn, **arguments)
    if not report.ok:
        raise AssertionError(repr(report))


def _gain(drawn: Drawn) -> float:
    """A bound of how much an iteration can enlarge a difference: the derivative of a softmax is at most ½."""
    kappa = {"full": 1.0, "half": 0.5}[drawn.convention]
    return float(kappa * np.abs(drawn.recurrent).sum(axis=1).max(initial=0.0))


def _drawn(seed: int, index: int, dtype: np.dtype[Any]) -> Solved:
    """The network of this number, with weights so weak that it has one fixed point."""
    drawn = draw("svpg", False, seed, index)
    # Optimised inference has masks of whole blocks.
    drawn = replace(drawn, state_mask=np.ones_like(drawn.state_mask))
    gain = _gain(drawn)
    if gain > _GAIN:
        drawn = replace(drawn, recurrent=drawn.recurrent * (_GAIN / gain))
    try:
        return drawn.rounded(dtype).solved(dtype)
    except NoFixedPoint as error:
        raise Error(f"seed: network {index} of seed {seed}: {error}; give another seed") from None


def _inputs(solved: Solved, dtype: np.dtype[Any]) -> dict[str, Any]:
    case = case_of(solved, dtype)
    return {name: getattr(case, name) for name in InferenceCase.__dataclass_fields__}


def _fails_at_mean_field(
    fn: Callable[[Any], Any], solved: Solved, dtype: np.dtype[Any], bound: float
) -> Failure[Solved] | None:
    try:
        found = called(fn, lambda: InferenceCase(**_inputs(solved, dtype)), {"q": solved.q.shape}, dtype)["q"]
    except Fault as fault:
        return Failure(fault.kind, str(fault), None, solved)
    if np.abs(found - solved.q).max() <= bound:
        return None
    # The causes of a wrong q are those of `svpg.compare`; the update is the true one.
    case = {**solved.document, "batch": [{**sample, "q": None} for sample in solved.document["batch"]]}
    document = dump(case, "case")
    truth = json.loads(_core.oracle(document, False))
    answer = {"schema": "svpg-answer/1", "q": found.tolist(), "update": truth["update"]}
    judged = Judgement._of(_core.compare(document, dump(answer, "answer"), 0.0, bound, 0, (None, None)))
    hints = {hint.code: hint for hint in map(_of_q, judged.hints)}
    if is_half(found) and not is_half(solved.q):
        hints = {"HALF_PRECISION": Hint("HALF_PRECISION", "every entry of q is a number of f16")}
    judged = replace(judged, hints=tuple(hints.values()), text=_worst(found, solved.q))
    return Failure("differs from the reference", None, judged, solved)


def _of_q(hint: Hint) -> Hint:
    """A hint of a comparison in which the update is the true one."""
    if hint.code in ("ROUNDING", "SINGLE_PRECISION"):
        return Hint("STALE_Q", "q is near the fixed point: the iteration was left early, or numbers were rounded")
    return replace(hint, sentence=hint.sentence.removesuffix("; the update is right for the true q"))


def _fails_at_rate(
    fn: Callable[[Any], Any], solved: Solved, dtype: np.dtype[Any], bound: float
) -> Failure[Solved] | None:
    drawn = solved.drawn
    samples, units, states = len(drawn.observed), drawn.units, drawn.states
    seed, number = int(abs(drawn.observed.sum() * 1e6)) % 2**32, units
    own = _network(drawn)
    draws = _core.rate_draws(own, samples, _ITERATIONS, seed, number)
    shapes = ((samples, units), (_ITERATIONS, samples, states), (_ITERATIONS, samples, units))
    uniform, *noise = (np.frombuffer(part, np.float32).reshape(shape) for part, shape in zip(draws, shapes))
    start = _softmax_of(drawn, uniform)

    def make() -> RateCase:
        copies = [np.array(part, dtype=dtype) for part in (start, *noise)]
        return RateCase(
            **_inputs(solved, dtype), sigma=_SIGMA, start=copies[0], state_noise=copies[1], unit_noise=copies[2]
        )

    try:
        found = called(fn, make, {"activity": shapes[2]}, dtype)["activity"]
    except Fault as fault:
        return Failure(fault.kind, str(fault), None, solved)

    def trajectory(network: dict[str, Any], sigma: float = _SIGMA) -> Array:
        observed = drawn.observed.astype(np.float32).tobytes()
        activity = _core.rate_trajectory(network, observed, samples, sigma, _ITERATIONS, seed, number)
        return np.frombuffer(activity, np.float32).reshape(shapes[2]).astype(np.float64)

    truth = trajectory(own)
    if np.abs(found - truth).max() <= bound:
        return None

    def altered(**changed: Any) -> Callable[[], Array]:
        return lambda: trajectory(_network(replace(drawn, **changed)))

    other = {"full": "half", "half": "full"}[drawn.convention]
    mistakes: dict[str, tuple[str, Callable[[], Array]]] = {
        "NOISE": ("the noise is left out", lambda: trajectory(own, 0.0)),
        "CONVENTION": ("the factor of W is that of the other convention", altered(convention=other)),
        "NET_INPUT": ("W is left out", altered(recurrent=np.zeros_like(drawn.recurrent))),
        "STATE_FACTOR": ("U is left out", altered(state=np.zeros_like(drawn.state))),
        "BIAS": ("b is left out", altered(bias=np.zeros_like(drawn.bias))),
        "ITERATION_SHIFTED": (
            "the activities are those before each iteration",
            lambda: np.concatenate([start[None], truth[:-1]]),
        ),
    }
    hints = tuple(
        Hint(code, sentence)
        for code, (sentence, wrong) in mistakes.items()
        if np.abs(found - (of_mistake := wrong())).max() <= bound and np.abs(of_mistake - truth).max() > bound
    )
    sums = np.add.reduceat(found, [circuit.start for circuit in case_of(solved, dtype).circuits], axis=-1)
    if not hints and np.abs(found.sum(axis=-1) - 1).max() < 1e-3 < np.abs(sums - 1).max():
        hints = (Hint("SOFTMAX_GLOBAL", "all units of q sum to 1: softmax runs over all units, not each circuit"),)
    judged = Judgement(False, (), hints, (), {}, _worst(found, truth))
    return Failure("differs from the reference", None, judged, solved)


def _worst(found: Array, truth: Array) -> str:
    at = tuple(map(int, np.unravel_index(int(np.argmax(np.abs(found - truth))), truth.shape)))
    return f"worst entry {list(at)}: expected {truth[at]:.9g}, found {found[at]:.9g}"


def _network(drawn: Drawn) -> dict[str, Any]:
    masked = not drawn.mask.all()
    network = Network(
        hidden=drawn.hidden,
        actions=drawn.actions,
        recurrent=drawn.recurrent,
        state=drawn.state,
        bias=drawn.bias,
        convention=drawn.convention,
        mask=drawn.unit_mask | (drawn.circuit_of[:, None] == drawn.circuit_of[None, :]) if masked else None,
    )
    return network._single()


def _softmax_of(drawn: Drawn, numbers: Array) -> Array:
    """The softmax of every circuit, by the library."""
    sizes = [drawn.hidden[1]] * drawn.hidden[0] + [drawn.actions]
    operand = (*numbers.shape, numbers.astype(np.float64).tobytes())
    values, _ = _core.kernel("softmax", [operand], sizes)
    return np.frombuffer(values).reshape(numbers.shape)

"""Tests of kernels that another program computes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, make_dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .. import _core
from .._core import Error
from .._reports import Hint, Judgement, lines
from ._rule import likely_cause
from ._trial import Failure, Fault, called, checked, is_half, search

Array = NDArray[Any]

kernels: dict[str, str] = {name: formula for name, _, formula in _core.kernels()}
"""Name and formula of every kernel that `check_kernel` knows."""

_OPERANDS: dict[str, list[str]] = {name: operands for name, operands, _ in _core.kernels()}
_BY_CIRCUIT = ("softmax", "categorical")
# Largest error in ulp of the dtype at the scale of the error: of the result; of the sum of a circuit's
# probabilities; of the sum of the terms' sizes. Sums in any order of up to 40 terms are within 40.
_ULP = {"exp": 4.0, "ln": 4.0, "softmax": 8.0, "product": 40.0, "outer": 40.0, "categorical": 0.0, "bernoulli": 0.0}


@dataclass(frozen=True)
class _Operands:
    kernel: str
    arrays: dict[str, Array]
    """Rows × columns, in f64, of numbers that the dtype holds."""
    sizes: list[int]
    """Units of every circuit, for kernels on circuits."""

    def size(self) -> tuple[int, ...]:
        digits = sum(
            int(np.count_nonzero(a)) + int(np.count_nonzero(a != np.round(a, 1))) for a in self.arrays.values()
        )
        return (sum(a.size for a in self.arrays.values()) + sum(a.size == 0 for a in self.arrays.values()), digits)

    def shape(self) -> tuple[int, int]:
        """Of the result."""
        a = self.arrays
        if self.kernel == "outer":
            return (a["x"].shape[1], a["e"].shape[1])
        if self.kernel == "categorical":
            return a["draws"].shape
        return next(iter(a.values())).shape

    def results(self) -> tuple[Array, Array]:
        """By the library in f64, with the scales of their errors."""
        operands = [(*array.shape, np.ascontiguousarray(array).tobytes()) for array in self.arrays.values()]
        values, scales = (np.frombuffer(part) for part in _core.kernel(self.kernel, operands, self.sizes))
        return values.reshape(self.shape()), scales.reshape(self.shape())


@dataclass(frozen=True, repr=False)
class KernelReport:
    """The result of `check_kernel`. It is true if the function agrees with the library on all operands."""

    ok: bool
    kernel: str
    dtype: str
    tried: int
    """Sets of operands that were tried."""
    failures: int
    """Sets on which the function fails; the test ends after 20."""
    cause: str | None
    """What is wrong, where that is known."""
    worst: str | None
    """The worst entry for the smallest failing operands."""
    operands: dict[str, Array] = field(default_factory=dict)
    """The smallest failing operands that were found."""

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        counts = (
            f"agrees with the library on {self.tried} sets of operands"
            if self.ok
            else f"fails on {self.failures} of {self.tried} sets of operands"
        )
        parts = [f"{'PASS' if self.ok else 'FAIL'}  kernel {self.kernel}, {self.dtype}: {counts}"]
        parts += [] if self.cause is None else [f"cause  {self.cause}"]
        if self.operands:
            shapes = ", ".join(f"{name} {'×'.join(map(str, array.shape))}" for name, array in self.operands.items())
            parts.append(f"smallest failing operands found: {shapes}")
        return "\n".join(parts + ([] if self.worst is None else [self.worst]))

    def _repr_html_(self) -> str:
        return lines(self.ok, repr(self))


def check_kernel(
    fn: Callable[..., Any],
    *,
    kernel: str,
    dtype: DTypeLike = np.float32,
    count: int = 200,
    seed: int = 0,
    ulp: float | None = None,
) -> KernelReport:
    """Compares your implementation of a kernel with the library in f64 on generated operands.

    kernel: one of `svpg.testing.kernels`, which has their formulas: `exp`, `ln`, `softmax`, `product`, `outer`,
        `categorical` (winners) and `bernoulli` (spikes).
    fn: takes the operands of the formula, in its order, as arrays of `dtype`, and for `softmax` and `categorical`
        a list of slices, the units of each circuit. It returns an array of `dtype`: rows × columns.
    count, seed: `count` sets of operands are drawn from `seed`: unusual sizes, zeros, large numbers.
    ulp: largest error in steps of `dtype` at the scale of the error: the result for `exp` and `ln` (default 4),
        1 for `softmax` (8), the sum of the terms' sizes for `product` and `outer` (40). Winners and spikes are
        exact; a draw within 1e-5 of the end of a unit's share is not compared.

    A report names the cause where the result is that of a known mistake, and the smallest failing operands that
    were found. A function that raises, returns something else, changes its input, or gives different results for
    equal input fails with that cause. Raises `Error` if an argument is invalid.
    """
    of = checked(fn, dtype, count, seed, ulp=ulp)
    if kernel not in kernels:
        raise Error(f"kernel: `{kernel}` is unknown; the kernels are {', '.join(kernels)}")
    bound = _ULP[kernel] if ulp is None else ulp
    tried, failures = search(
        count,
        lambda index: _draw(kernel, of, seed, index),
        lambda operands: _fails(fn, operands, of, bound),
        lambda operands: _smaller(operands, of),
        lambda operands: operands.size(),
    )
    if not failures:
        return KernelReport(True, kernel, of.name, tried, 0, None, None)
    small, *failures = failures
    cause = small.what if small.judgement is None else likely_cause(failures)
    worst = None if small.judgement is None else small.judgement.text
    return KernelReport(False, kernel, of.name, tried, len(failures), cause, worst, small.input.arrays)


def assert_kernel(fn: Callable[..., Any], **arguments: Any) -> None:
    """Raises `AssertionError` with the report unless `check_kernel(fn, **arguments)` passes."""
    report = check_kernel(fn, **arguments)
    if not report.ok:
        raise AssertionError(repr(report))


def _slices(sizes: list[int]) -> list[slice]:
    ends = np.cumsum(sizes).tolist()
    return [slice(end - size, end) for size, end in zip(sizes, ends)]


def _fails(
    fn: Callable[..., Any], operands: _Operands, dtype: np.dtype[Any], bound: float
) -> Failure[_Operands] | None:
    by_circuit = operands.kernel in _BY_CIRCUIT
    names = [*operands.arrays, *(["circuits"] if by_circuit else [])]
    record = make_dataclass("Arguments", names)

    def make() -> Any:
        arrays = [np.array(array, dtype=dtype, order="C") for array in operands.arrays.values()]
        return record(*arrays, *([_slices(operands.sizes)] if by_circuit else []))

    try:
        found = called(fn, make, {"result": operands.shape()}, dtype, unpack=True)["result"].astype(np.float64)
    except Fault as fault:
        what = str(fault)
        if by_circuit and fault.kind.startswith("not finite"):
            what += ": is the largest z of a circuit subtracted before the exponential?"
        return Failure(fault.kind, what, None, operands)
    values, scales = operands.results()
    if _agrees(found, values, scales, dtype, bound):
        return None
    hints = tuple(
        Hint(code, sentence)
        for code, (sentence, wrong) in _mistakes(operands, values).items()
        if _agrees(found, wrong, np.maximum(scales, np.abs(wrong)), dtype, bound)
        and not _agrees(wrong, values, scales, dtype, bound)
    )
    if not hints and is_half(found) and not is_half(values):
        hints = (Hint("HALF_PRECISION", "every entry of the result is a number of f16"),)
    error = np.where(np.isnan(values), 0, np.abs(found - values))
    at = tuple(map(int, np.unravel_index(int(np.argmax(error)), error.shape)))
    text = f"worst entry {list(at)}: expected {values[at]:.9g}, found {found[at]:.9g}"
    return Failure("differs from the library", None, Judgement(False, (), hints, (), {}, text), operands)


def _mistakes(operands: _Operands, values: Array) -> dict[str, tuple[str, Array]]:
    """The results of known mistakes, with their sentences."""
    kernel, arrays, sizes = operands.kernel, operands.arrays, operands.sizes

    def other(sizes: list[int] = sizes, **changed: Array) -> Array:
        return _Operands(kernel, {**arrays, **changed}, sizes).results()[0]

    if kernel in ("exp", "ln"):
        changed = other(x=arrays["x"] * np.log(2)) if kernel == "exp" else values / np.log(2)
        return {"BASE": ("the base is 2, not e", changed)}
    if kernel == "softmax":
        return {"SOFTMAX_GLOBAL": ("the softmax runs over all units, not each circuit", other([sum(sizes)]))}
    if kernel == "product":
        w, x, start = arrays["w"], arrays["x"], arrays["start"]
        return {
            "START": ("the start is left out", other(start=np.zeros_like(start))),
            "LAYOUT": ("w is read by columns", other(w=w.reshape(w.shape[::-1]).T)),
            "SIGN": ("the product is subtracted", other(x=-x)),
        }
    if kernel == "outer":
        x, e = arrays["x"], arrays["e"]
        transposed = {"TRANSPOSED": ("the result is transposed", values.T)} if x.shape[1] == e.shape[1] else {}
        return {"BATCH_SCALE": ("the mean over the samples, not the sum", values / len(x)), **transposed}
    if kernel == "categorical":
        starts = np.array([circuit.start for circuit in _slices(sizes)])
        argmax = [arrays["z"][:, circuit].argmax(axis=1) for circuit in _slices(sizes)]
        return {
            "WINNER_SHIFTED": ("winners are counted from 1", values + 1),
            "LAYOUT": ("winners are counted over all circuits, not inside their circuit", values + starts),
            "ARGMAX": ("the most probable units, not the drawn ones", np.stack(argmax, axis=1).astype(float)),
        }
    at_rate = (arrays["draws"] <= arrays["rates"]).astype(float)
    return {
        "AT_RATE": ("a draw that equals the rate is a spike", at_rate),
        "SIGN": ("spikes and pauses are exchanged", 1 - values),
    }


def _agrees(found: Array, values: Array, scales: Array, dtype: np.dtype[Any], bound: float) -> bool:
    # One step more for the results themselves, which are rounded.
    steps = (bound + (bound > 0)) * np.finfo(dtype).eps
    return bool(np.all(np.isnan(values) | (np.abs(found - values) <= steps * scales + np.finfo(dtype).tiny)))


def _draw(kernel: str, dtype: np.dtype[Any], seed: int, index: int) -> _Operands:
    random = np.random.default_rng([seed, index])
    rows, inner, columns = (int(random.integers(1, most + 1)) for most in (5, 40, 6))
    sizes = [int(random.integers(1, 6)) for _ in range(int(random.integers(1, 5)))]
    # Every eighth set overflows a softmax without the subtraction of the maximum.
    scale = 300.0 if index % 8 == 7 else (0.5, 4.0)[index % 2]

    def normal(*shape: int) -> Array:
        return random.normal(size=shape)

    def sparse(*shape: int) -> Array:
        return random.random(shape) * (random.random(shape) < 0.7)

    makers: dict[str, Callable[[], dict[str, Array]]] = {
        "exp": lambda: {"x": random.uniform(-80, 80, (rows, columns))},
        "ln": lambda: {"x": np.exp(random.uniform(-80, 80, (rows, columns)))},
        "softmax": lambda: {"z": scale * normal(rows, sum(sizes))},
        "product": lambda: {"start": normal(rows, columns), "x": sparse(rows, inner), "w": normal(inner, columns)},
        "outer": lambda: {"x": sparse(rows, inner), "e": normal(rows, columns)},
        "categorical": lambda: {"z": scale / 4 * normal(rows, sum(sizes)), "draws": random.random((rows, len(sizes)))},
        "bernoulli": lambda: {"rates": sparse(rows, columns), "draws": random.integers(8, size=(rows, columns)) / 8},
    }
    arrays = makers[kernel]()
    if kernel == "bernoulli":
        # Draws that equal a rate are no spikes.
        arrays["rates"] = np.round(arrays["rates"] * 8) / 8
    return _rounded(_Operands(kernel, arrays, sizes if kernel in _BY_CIRCUIT else []), dtype)


def _rounded(operands: _Operands, dtype: np.dtype[Any]) -> _Operands:
    arrays = {name: array.astype(dtype).astype(np.float64) for name, array in operands.arrays.items()}
    return _Operands(operands.kernel, arrays, operands.sizes)


# For each operand, the axes whose sizes it shares: 0 rows, 1 columns, 2 inner.
_AXES: dict[str, dict[str, tuple[int | None, ...]]] = {
    "exp": {"x": (0, 1)},
    "ln": {"x": (0, 1)},
    "softmax": {"z": (0, None)},
    "product": {"start": (0, 1), "x": (0, 2), "w": (2, 1)},
    "outer": {"x": (0, 2), "e": (0, 1)},
    "categorical": {"z": (0, None), "draws": (0, None)},
    "bernoulli": {"rates": (0, 1), "draws": (0, 1)},
}


def _smaller(operands: _Operands, dtype: np.dtype[Any]) -> Iterator[_Operands]:
    """Smaller versions, the much smaller ones first."""
    candidates = (_rounded(candidate, dtype) for candidate in _candidates(operands))
    yield from (candidate for candidate in candidates if candidate.size() < operands.size())


def _candidates(operands: _Operands) -> Iterator[_Operands]:
    kernel, arrays, sizes = operands.kernel, operands.arrays, operands.sizes
    lengths = {
        axis: arrays[name].shape[at]
        for name, axes in _AXES[kernel].items()
        for at, axis in enumerate(axes)
        if axis is not None
    }
    for axis, length in lengths.items():
        for kept in [[at] for at in range(length)] + [[a for a in range(length) if a != at] for at in range(length)]:
            if 0 < len(kept) < length:
                yield _Operands(kernel, {n: _taken(a, _AXES[kernel][n], axis, kept) for n, a in arrays.items()}, sizes)
    for c, circuit in enumerate(_slices(sizes)):
        draws = {"draws": np.delete(arrays["draws"], c, axis=1)} if "draws" in arrays else {}
        if len(sizes) > 1:
            yield _Operands(kernel, {"z": np.delete(arrays["z"], circuit, axis=1), **draws}, sizes[:c] + sizes[c + 1 :])
        if sizes[c] > 1:
            fewer = {**arrays, "z": np.delete(arrays["z"], circuit.start, axis=1)}
            yield _Operands(kernel, fewer, [*sizes[:c], sizes[c] - 1, *sizes[c + 1 :]])
    for name, array in arrays.items():
        simple = [np.round(array, 1)] if kernel != "ln" else [np.ones_like(array)]
        if kernel not in ("ln", "bernoulli"):
            simple.insert(0, np.zeros_like(array))
        for other in simple:
            yield _Operands(kernel, {**arrays, name: other}, sizes)


def _taken(array: Array, axes: tuple[int | None, ...], axis: int, kept: list[int]) -> Array:
    return np.take(array, kept, axis=axes.index(axis)) if axis in axes else array

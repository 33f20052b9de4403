"""Calls a function of the user on many inputs, and finds a small input on which it fails."""

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .. import Vector
from .._arrays import given
from .._core import Error
from .._reports import Judgement

Array = NDArray[Any]
Input = TypeVar("Input")

# Failing inputs that are examined for their cause, and versions of one that are tried to find a small one.
FAILURES, TRIES, SECONDS = 20, 400, 5.0


class Fault(Exception):
    """The function failed before there was a result to compare; `kind` is for comparisons with other failures."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind


@dataclass(frozen=True)
class Failure(Generic[Input]):
    """A failure of the function on an input."""

    kind: str
    what: str | None
    judgement: Judgement | None
    input: Input


def search(
    count: int,
    draw: Callable[[int], Input],
    fails: Callable[[Input], Failure[Input] | None],
    smaller: Callable[[Input], Iterator[Input]],
    size: Callable[[Input], tuple[int, ...]],
) -> tuple[int, list[Failure[Input]]]:
    """How many of `count` inputs were tried, and the failures, the smallest one that was found first."""
    failures: list[Failure[Input]] = []
    tried = 0
    while tried < count and len(failures) < FAILURES:
        failure = fails(draw(tried))
        tried += 1
        failures.extend([] if failure is None else [failure])
    if failures:
        smallest = min(failures, key=lambda failure: size(failure.input))
        return tried, [_shrunk(smallest, fails, smaller), *failures]
    return tried, []


def size_of(vector: Vector) -> tuple[int, ...]:
    """For the order of questions: a smaller network with fewer samples has a smaller one."""
    shape = vector.question["shape"]
    units = shape["hidden_circuits"] * shape["hidden_size"] + shape["actions"]
    return (len(vector.question.get("batch", [None])) * (units + shape["states"]),)


def _shrunk(
    failure: Failure[Input],
    fails: Callable[[Input], Failure[Input] | None],
    smaller: Callable[[Input], Iterator[Input]],
) -> Failure[Input]:
    """A smaller input that fails in the same way: the first smaller version that fails, again and again."""
    end = time.monotonic() + SECONDS
    tries = 0
    while True:
        for candidate in smaller(failure.input):
            tries += 1
            if tries > TRIES or time.monotonic() > end:
                return failure
            try:
                found = fails(candidate)
            except Error:
                # It is no input: options that do not fit the smaller network.
                continue
            if found is not None and found.kind == failure.kind:
                failure = found
                break
        else:
            return failure


def called(
    fn: Callable[..., Any],
    make: Callable[[], Any],
    shapes: Mapping[str, tuple[int, ...]],
    dtype: np.dtype[Any],
    unpack: bool = False,
    whole: tuple[str, ...] = (),
) -> dict[str, Array]:
    """The arrays that the function returns for an input, which `make` makes; two calls must return the same.

    With `unpack`, the fields of the input are the arguments. The arrays `whole` have whole numbers. Raises `Fault`.
    """
    first, second = (_once(fn, make, shapes, dtype, unpack, whole) for _ in range(2))
    for name in shapes:
        if first[name].tobytes() != second[name].tobytes():
            raise Fault(
                "differs",
                f"two calls with equal input return different `{name}`; the result may depend only on the input",
            )
    return first


def _once(
    fn: Callable[..., Any],
    make: Callable[[], Any],
    shapes: Mapping[str, tuple[int, ...]],
    dtype: np.dtype[Any],
    unpack: bool,
    whole: tuple[str, ...],
) -> dict[str, Array]:
    own, untouched = make(), make()
    names = [field.name for field in fields(own)]
    try:
        returned = fn(*(getattr(own, name) for name in names)) if unpack else fn(own)
    except Exception as error:
        raise raised(error) from error
    for name in names:
        if not _same(getattr(untouched, name), getattr(own, name)):
            raise Fault(f"changes {name}", f"the function changes its input `{name}`; work on a copy")
    parts = _parts(returned, list(shapes))
    return {
        name: _array(parts[name], name, shape, None if name in whole else dtype) for name, shape in shapes.items()
    }


def raised(error: Exception) -> Fault:
    """The fault of a function that raises, with the place."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if len(frames) > 1 else ""
    kind = type(error).__name__
    return Fault(f"raises {kind}", f"the function raises {kind}: {error}{place}")


def _array(value: Any, name: str, shape: tuple[int, ...], dtype: np.dtype[Any] | None) -> Array:
    try:
        array = given(value, name)
    except Error as error:
        raise Fault(f"is no array: {name}", f"the returned {error}") from error
    if array.shape != shape:
        raise Fault(f"shape of {name}", f"the returned `{name}` has shape {array.shape}, expected {shape}")
    if dtype is None:
        if array.dtype.kind not in "iu":
            raise Fault(f"dtype of {name}", f"the returned `{name}` has dtype {array.dtype}, expected whole numbers")
        return np.array(array, order="C")
    if array.dtype != dtype:
        raise Fault(f"dtype of {name}", f"the returned `{name}` has dtype {array.dtype}, expected {dtype}")
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        at = tuple(map(int, wrong[0]))
        raise Fault(f"not finite: {name}", f"the returned `{name}{list(at)}` is {array[at]}")
    return np.array(array, order="C")


def _parts(returned: Any, names: list[str]) -> Mapping[str, Any]:
    """The parts of what the function returned, by name; a single part is what it returned."""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    ways = "an array" if len(names) == 1 else "as a tuple, a mapping or attributes"
    expected = f"expected {listed}, {ways}"
    if returned is None:
        raise Fault("returns None", f"the function returns nothing, {expected}")
    if len(names) == 1:
        return {names[0]: returned}
    if isinstance(returned, Mapping):
        missing = [name for name in names if name not in returned]
        parts = {name: returned.get(name) for name in names}
    elif isinstance(returned, tuple | list):
        if len(returned) != len(names):
            raise Fault("number of parts", f"the function returns {len(returned)} parts, {expected}")
        return dict(zip(names, returned))
    else:
        missing = [name for name in names if not hasattr(returned, name)]
        parts = {name: getattr(returned, name, None) for name in names}
    if missing:
        what = f"the function returns {type(returned).__name__} without `{missing[0]}`, {expected}"
        raise Fault(f"no {missing[0]}", what)
    return parts


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray):
        alike = isinstance(after, np.ndarray) and before.shape == after.shape and before.dtype == after.dtype
        return alike and before.tobytes() == after.tobytes()
    if isinstance(before, dict):
        return (
            isinstance(after, dict)
            and before.keys() == after.keys()
            and all(_same(value, after[key]) for key, value in before.items())
        )
    return bool(before == after)


def checked(fn: Any, dtype: DTypeLike, count: int, seed: int, **bounds: float | None) -> np.dtype[Any]:
    """The dtype. Raises `Error` for arguments that no check accepts."""
    try:
        of = np.dtype(dtype)
    except TypeError as error:
        raise Error(f"dtype: {error}; give float64 or float32") from None
    if of.name not in ("float64", "float32"):
        raise Error(f"dtype: found {of.name}; give float64 or float32")
    if not callable(fn):
        raise Error(f"fn: found {type(fn).__name__}; give a function")
    for name, number, least in (("count", count, 1), ("seed", seed, 0)):
        if not isinstance(number, int) or number < least:
            raise Error(f"{name}: found {number!r}; give a whole number of at least {least}")
    for name, bound in bounds.items():
        if bound is not None and not (isinstance(bound, int | float) and 0 <= bound < np.inf):
            raise Error(f"{name}: found {bound!r}; give a finite number of at least 0")
    return of


def is_half(numbers: Array) -> bool:
    """Is every number one of f16?"""
    with np.errstate(over="ignore"):
        return bool(np.array_equal(numbers.astype(np.float16).astype(np.float64), numbers))

"""Tests of a program that answers questions as documents: levels 0 to 2."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from .. import Vector, compare, levels, vectors
from .._core import Error
from .._reports import Judgement, lines
from ._rule import shape_of
from ._trial import Failure, raised, search, size_of


@dataclass(frozen=True, repr=False)
class AnswersReport:
    """The result of `check_answers`. It is true if every answer passes."""

    ok: bool
    level: int
    questions: int
    """Questions that were asked."""
    failures: int
    """Questions on which the function fails; the test ends after 20."""
    cause: str | None
    """What is wrong with the answer to the smallest of them, where there is nothing to compare."""
    judgement: Judgement | None
    """The comparison, block by block, on the smallest of them."""
    question: dict[str, Any] | None
    """The smallest question on which the function fails."""

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        counts = f"passes on {self.questions} questions"
        if not self.ok:
            counts = f"fails on {self.failures} of {self.questions} questions"
        parts = [f"{'PASS' if self.ok else 'FAIL'}  level {self.level}, {levels[self.level].name}: {counts}"]
        parts += [] if self.cause is None else [f"cause  {self.cause}"]
        parts += [] if self.question is None else [f"smallest failing question: {_about(self.question)}"]
        return "\n".join(parts + ([] if self.judgement is None else [self.judgement.text]))

    def _repr_html_(self) -> str:
        return lines(self.ok, repr(self))


def check_answers(
    fn: Callable[[dict[str, Any]], Mapping[str, Any]], *, level: int, count: int = 112, seed: int = 0
) -> AnswersReport:
    """Asks your program `count` questions of a level, and judges its answers as `svpg.compare` does.

    `fn` takes a question and returns the answer, both dictionaries in the formats of `svpg.levels[level]`; arrays
    are allowed in the answer, and `schema` may be left out.

    level: 0: a case. 1: a trajectory of rate or spiking inference, with all random draws; the answer says its
        `arithmetic`: "specified" (f32 in the order of operations of the library, equal to the bit), "f32" or "f64"
        (within the rounding error of a step). 2: an expected update; the answer is `expected`, by enumeration, or
        `samples`: the mean of sampled updates and their number.
    count, seed: the questions are those of `svpg.vectors(count, seed, level=level)`.

    A function that raises, or returns something other than an answer, fails with that cause. Raises `Error` if an
    argument is invalid. Source: docs/conformance.md.
    """
    if not callable(fn):
        raise Error(f"fn: found {type(fn).__name__}; give a function")
    asked = vectors(count, seed, level=level)
    tried, failures = search(
        len(asked), lambda index: asked[index], lambda vector: _fails(fn, vector), lambda _: iter(()), size_of
    )
    if not failures:
        return AnswersReport(True, level, tried, 0, None, None, None)
    small, *failures = failures
    return AnswersReport(False, level, tried, len(failures), small.what, small.judgement, small.input.question)


def assert_answers(fn: Callable[[dict[str, Any]], Mapping[str, Any]], **arguments: Any) -> None:
    """Raises `AssertionError` with the report unless `check_answers(fn, **arguments)` passes."""
    report = check_answers(fn, **arguments)
    if not report.ok:
        raise AssertionError(repr(report))


def _fails(fn: Callable[[dict[str, Any]], Mapping[str, Any]], vector: Vector) -> Failure[Vector] | None:
    try:
        # A function may change its own copy.
        answer = fn(deepcopy(vector.question))
    except Exception as error:
        fault = raised(error)
        return Failure(fault.kind, str(fault), None, vector)
    if not isinstance(answer, Mapping):
        what = f"the function returns {type(answer).__name__}, expected an answer, a dictionary"
        return Failure("no answer", what, None, vector)
    try:
        judgement = compare(vector.question, answer)
    except Error as error:
        return Failure("no answer", str(error), None, vector)
    return None if judgement.ok else Failure("fails", None, judgement, vector)


def _about(question: dict[str, Any]) -> str:
    kind = question["rule"] if "rule" in question else f"{question['inference']['kind']} inference"
    return f"{kind}, {shape_of(question)}"

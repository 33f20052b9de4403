"""The compiled part of the package. Use the functions of `svpg`, which check their arguments."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, TypeAlias, final

__all__ = [
    "Error",
    "NoFixedPoint",
    "Pendulum",
    "StoredNetwork",
    "check",
    "compare",
    "draw_options",
    "envelopes",
    "infer",
    "kernel",
    "kernels",
    "levels",
    "most_vectors",
    "oracle",
    "rate_draws",
    "rate_trajectory",
    "rules",
    "train",
    "validate",
    "vectors",
    "verify",
    "version",
]

_Judged: TypeAlias = tuple[bool, str, str]
# Path or text of a chapter, and the rule.
_Asked: TypeAlias = tuple[str | PathLike[str] | None, str | None, str | None]

version: str
most_vectors: int

class Error(Exception): ...
class NoFixedPoint(Error): ...

def oracle(case: bytes, gradients: bool, place: str | None = None, chapter: _Asked | None = None) -> str: ...
def validate(case: bytes) -> None: ...
def compare(
    question: bytes,
    answer: bytes,
    rtol: float,
    atol: float,
    ulp: int,
    places: tuple[str | None, str | None],
    chapter: _Asked | None = None,
) -> _Judged: ...
def check(path: str | PathLike[str] | None, text: str | None, thorough: bool, seed: int, controls: bool) -> _Judged: ...
def verify(thorough: bool, seed: int) -> _Judged: ...
def vectors(folder: str | PathLike[str], count: int, seed: int, level: int) -> None: ...
def levels() -> list[tuple[int, str, str, str, str, str]]: ...
def envelopes() -> list[tuple[str, str]]: ...
def rules() -> list[tuple[str, str, list[str], bool]]: ...
def draw_options(rule: str, samples: int, seed: int) -> str | None: ...
def kernels() -> list[tuple[str, list[str], str]]: ...
def kernel(name: str, operands: Sequence[tuple[int, int, bytes]], sizes: Sequence[int]) -> tuple[bytes, bytes]: ...
def rate_draws(
    network: Mapping[str, Any], samples: int, iterations: int, seed: int, number: int
) -> tuple[bytes, bytes, bytes]: ...
def rate_trajectory(
    network: Mapping[str, Any],
    states: bytes,
    samples: int,
    sigma: float,
    iterations: int,
    seed: int,
    number: int,
) -> bytes: ...
def train(
    task: str | None,
    preset: str | None,
    out: str | PathLike[str],
    seed: int | None,
    changes: str,
    resume: bool,
    threads: int | None,
    data: str | PathLike[str] | None,
    save_every: float,
    callback: Callable[[dict[str, Any]], Any] | None,
) -> tuple[bool, int, int]: ...
def infer(network: Mapping[str, Any], inference: str, states: bytes, samples: int, seed: int, number: int) -> bytes: ...

@final
class StoredNetwork:
    def __new__(cls, folder: str | PathLike[str], last: bool) -> StoredNetwork: ...
    @property
    def task(self) -> str: ...
    @property
    def preset(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def network(self) -> str: ...
    @property
    def step(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def states(self) -> int: ...
    @property
    def actions(self) -> int: ...
    @property
    def votes(self) -> int: ...
    @property
    def pole(self) -> tuple[float, float] | None: ...
    def infer(self, states: bytes, samples: int, seed: int, number: int) -> bytes: ...

@final
class Pendulum:
    def __new__(cls, length: float, radius: float) -> Pendulum: ...
    @property
    def actions(self) -> int: ...
    @property
    def max_steps(self) -> int: ...
    @staticmethod
    def reset(units: Sequence[float]) -> list[float]: ...
    def reset_of(self, seed: int, number: int) -> list[float]: ...
    def observe(self, state: Sequence[float]) -> list[float]: ...
    def step(self, state: Sequence[float], action: int) -> tuple[list[float], float, bool]: ...

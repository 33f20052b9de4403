"""Check learning rules for spiking winner-take-all networks against a formally tested reference.

    import svpg

    svpg.oracle("case.json")                      # the reference's answer to a case
    svpg.compare("case.json", "mine.json")        # judges your answer, block by block
    svpg.check("my-rule.md")                      # checks a derivation
    svpg.testing.check_rule(my_rule, rule="svpg") # tries your rule on generated networks

Every failure is a `svpg.Error`: what is wrong, where, and how to correct it. Results equal those of the
command line in every bit. Computations release Python's lock, and Ctrl-C interrupts them.
"""

import json
import math
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._core import Error, NoFixedPoint
from ._documents import Document, asked, read
from ._reports import Block, Claim, Hint, Judgement, Report

if TYPE_CHECKING:
    from . import testing as testing
    from ._network import Gradients, Network, Parameters
    from ._policy import Policy, load
    from ._training import Run, train

__all__ = [
    "Block",
    "Claim",
    "Error",
    "Gradients",
    "Hint",
    "Judgement",
    "Network",
    "NoFixedPoint",
    "Parameters",
    "Policy",
    "Report",
    "Rule",
    "Run",
    "Vector",
    "__version__",
    "check",
    "compare",
    "load",
    "oracle",
    "rules",
    "testing",
    "train",
    "vectors",
    "verify",
]

__version__: str = _core.version


@dataclass(frozen=True)
class Rule:
    """A learning rule of the library."""

    name: str
    summary: str
    options: tuple[str, ...]
    """Keys that `options` may have in a case."""
    trains: bool
    """Can it train a network? Otherwise it is only for cases."""


rules: Mapping[str, Rule] = MappingProxyType(
    {name: Rule(name, summary, tuple(options), trains) for name, summary, options, trains in _core.rules()}
)
"""Every rule, by its name."""


def oracle(
    case: Document,
    gradients: bool = False,
    *,
    chapter: str | PathLike[str] | None = None,
    rule: str | None = None,
) -> dict[str, Any]:
    """The reference's answer to a case, computed with twice the precision of f64.

    `case` is a dictionary, JSON text or the path of a file, in the format `svpg-case/1`. In a dictionary,
    arrays are allowed where the format has lists. The answer is a dictionary in the format `svpg-answer/1`:
    `q` (samples × units), `residual`, and `update` with `recurrent` (units × units), `state` (states × units)
    and `bias` (units). With `gradients`, it also has `gradients`: `exact`, `mean_field`, `last_step` and
    `free_energy` of Σ_b A_b ln π(a_b|s_b) / B.

    `chapter` is a derivation with a rule of your own: the path of a Markdown file, or its text. `rule` is a rule
    in it, or what a claim writes before `.W[i,j]`, as in `two_phase(qplus(a), A)`; by default the `rule` of the
    case. Its update is computed in f64. `svpg oracle --help` says which options the case gives.

    Raises `NoFixedPoint` if the solver finds no fixed point, and `Error` if the case is invalid.
    """
    document, place = read(case, "case")
    answer: dict[str, Any] = json.loads(_core.oracle(document, gradients, place, asked(chapter, rule)))
    return answer


def compare(
    case: Document,
    answer: Document,
    *,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    ulp: int = 0,
    chapter: str | PathLike[str] | None = None,
    rule: str | None = None,
) -> Judgement:
    """Compares your answer to a case with the reference, block by block.

    `answer` has the format `svpg-answer/1`; only `update` is required (`schema` may be left out of a
    dictionary). An entry x passes for the true entry y if |x − y| ≤ atol + rtol·|y|, or if they are at most
    `ulp` steps of f64 apart. If the answer equals the result of a known mistake, a hint names the mistake.
    `chapter` and `rule` as in `oracle`.

    Raises `NoFixedPoint` and `Error` as `oracle`.
    """
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if not (isinstance(tolerance, int | float) and math.isfinite(tolerance) and tolerance >= 0):
            raise Error(f"{name}: found {tolerance!r}; give a finite number, at least 0")
    if isinstance(answer, Mapping) and "schema" not in answer:
        answer = {"schema": "svpg-answer/1", **answer}
    document, place = read(case, "case")
    other, place_of_answer = read(answer, "answer")
    places = (place, place_of_answer)
    judged = _core.compare(document, other, rtol, atol, _whole("ulp", ulp), places, asked(chapter, rule))
    return Judgement._of(judged)


def check(
    path_or_text: str | PathLike[str], *, thorough: bool = False, seed: int = 0, controls: bool = False
) -> Report:
    """Checks a derivation: the path of a Markdown file, or its text (a `str` of several lines).

    `thorough` tries larger shapes. `controls` also tries deliberately wrong versions of every rule, each of
    which must be refuted. The language is described in docs/derivation-language.md. Raises `Error` with one
    line per error of the file.
    """
    if isinstance(path_or_text, str) and "\n" in path_or_text:
        return Report._of(_core.check(None, path_or_text, thorough, _whole("seed", seed), controls))
    if not isinstance(path_or_text, str | PathLike):
        raise Error(f"path_or_text: found {type(path_or_text).__name__}; give the path of a Markdown file, or its text")
    return Report._of(_core.check(fspath(path_or_text), None, thorough, _whole("seed", seed), controls))


def verify(thorough: bool = False, *, seed: int = 0) -> Report:
    """Checks every built-in derivation, the controls, and the optimised kernels: 15 seconds on two cores."""
    return Report._of(_core.verify(thorough, _whole("seed", seed)))


class Vector(NamedTuple):
    """A conformance vector: a case with its answer."""

    name: str
    case: dict[str, Any]
    answer: dict[str, Any]
    """With gradients."""
    comment: str
    """What the case has."""
    catches: list[str]
    """The codes of the mistakes with which a program fails on it: see `Hint`."""


def vectors(count: int = 112, seed: int = 0) -> list[Vector]:
    """Conformance vectors: `count` cases (1 to 9999) with the reference's answers, as `svpg vectors` writes them."""
    with tempfile.TemporaryDirectory(prefix="svpg-vectors-") as name:
        folder = Path(name)
        _core.vectors(folder, _whole("count", count), _whole("seed", seed))
        manifest = json.loads((folder / "manifest.json").read_bytes())

        def document(name: str, kind: str) -> dict[str, Any]:
            found: dict[str, Any] = json.loads((folder / f"{name}.{kind}.json").read_bytes())
            return found

        return [
            Vector(name, document(name, "case"), document(name, "answer"), about["comment"], about["catches"])
            for about in manifest["vectors"]
            for name in [about["name"]]
        ]


def _whole(name: str, value: int, most: int = 2**64 - 1) -> int:
    """A whole number from 0 on, as the library takes it."""
    try:
        number = value.__index__()
    except AttributeError:
        number = -1
    if not 0 <= number <= most:
        raise Error(f"{name}: found {value!r}; give a whole number, 0 to {most}")
    return number


# Modules that need NumPy are imported when they are used: `import svpg` stays fast.
_LAZY: Mapping[str, tuple[str, str | None]] = {
    "Gradients": ("_network", "Gradients"),
    "Network": ("_network", "Network"),
    "Parameters": ("_network", "Parameters"),
    "Policy": ("_policy", "Policy"),
    "load": ("_policy", "load"),
    "Run": ("_training", "Run"),
    "testing": ("testing", None),
    "train": ("_training", "train"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LAZY[name]
    found = import_module(f".{module}", __name__)
    value = found if attribute is None else getattr(found, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})


if "gymnasium" in sys.modules:
    import_module(".envs", __name__)

"""Check learning rules for spiking winner-take-all networks against a formally tested reference.

    import svpg

    svpg.oracle("case.json")                      # the reference's answer to a case
    svpg.compare("case.json", "mine.json")        # judges your answer, block by block, at every level
    svpg.check("my-rule.md")                      # checks a derivation
    svpg.testing.check_rule(my_rule, rule="svpg") # tries your rule on generated networks

Every failure is a `svpg.Error`: what is wrong, where, and how to correct it. Results equal those of the
command line in every bit. Computations release Python's lock, and Ctrl-C interrupts them.
"""

import json
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._core import Error, NoFixedPoint
from ._documents import Document, asked, read, schema_of
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
    "Level",
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
    "envelopes",
    "levels",
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


@dataclass(frozen=True)
class Level:
    """A level of conformance: docs/conformance.md."""

    number: int
    """From 0, the strictest."""
    name: str
    question: str
    """The format of a question: the `schema` that says its level."""
    answer: str
    """The format of an answer."""
    claim: str
    """What a passed level claims."""
    not_claimed: str
    """What it does not claim."""


levels: tuple[Level, ...] = tuple(Level(*about) for about in _core.levels())
"""Every level of conformance."""

envelopes: Mapping[str, dict[str, Any]] = MappingProxyType(
    {name: json.loads(document) for name, document in _core.envelopes()}
)
"""The questions of level 3, by name: intervals of the metrics of a short training."""


def compare(
    question: Document,
    answer: Document | Sequence[Mapping[str, Any]],
    *,
    rtol: float = 1e-9,
    atol: float = 1e-12,
    ulp: int = 0,
    chapter: str | PathLike[str] | None = None,
    rule: str | None = None,
) -> Judgement:
    """Compares your answer to a question with the reference, block by block.

    The `schema` of the question says its level: a case (0), a trajectory (1), an expectation (2) or an envelope
    (3). `svpg.levels` lists the formats of questions and answers. `schema` may be left out of an answer that is a
    dictionary. Of an answer to a case, only `update` is required. The answer to an envelope is the path or the text
    of a `metrics.jsonl`, or its rows as a list of dictionaries.

    At levels 0 and 2, an entry x passes for the true entry y if |x − y| ≤ atol + rtol·|y|, or at level 0 if they are
    at most `ulp` steps of f64 apart. The other levels have bounds of their own. If an answer to a case equals the
    result of a known mistake, a hint names the mistake. `chapter` and `rule` as in `oracle`, for cases.

    Raises `NoFixedPoint` and `Error` as `oracle`. An answer from too few samples is an `Error` that says how many
    are needed.
    """
    for name, tolerance in (("rtol", rtol), ("atol", atol)):
        if not (isinstance(tolerance, int | float) and math.isfinite(tolerance) and tolerance >= 0):
            raise Error(f"{name}: found {tolerance!r}; give a finite number, at least 0")
    document, place = read(question, "question")
    if isinstance(answer, Mapping) and "schema" not in answer:
        schema = schema_of(document)
        level = next((level for level in levels if level.question == schema), levels[0])
        answer = {"schema": level.answer, **answer}
    other, place_of_answer = read(answer, "answer", lines=True)
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
    """A conformance vector: a question with its answer."""

    name: str
    question: dict[str, Any]
    """A case, a trajectory or an expectation."""
    answer: dict[str, Any]
    """To a case: with gradients."""
    comment: str
    """What the question has."""
    catches: list[str]
    """The codes of the mistakes with which a program fails on it: see `Hint`. Empty above level 0."""


def vectors(count: int = 112, seed: int = 0, *, level: int = 0) -> list[Vector]:
    """Conformance vectors: `count` questions (1 to 9999) of a level with the reference's answers.

    level: 0: cases; 1: trajectories of rate and spiking inference under given draws; 2: expected updates. The
    question of level 3 is in `svpg.envelopes`. They are those of `svpg vectors --level`.
    """
    with tempfile.TemporaryDirectory(prefix="svpg-vectors-") as name:
        folder = Path(name)
        number = _whole("count", count, 1, _core.most_vectors)
        of = _whole("level", level, 0, 2)
        _core.vectors(folder, number, _whole("seed", seed), of)
        manifest = json.loads((folder / "manifest.json").read_bytes())

        def document(name: str, kind: str) -> dict[str, Any]:
            found: dict[str, Any] = json.loads((folder / f"{name}.{kind}.json").read_bytes())
            return found

        # The format `svpg-case/1` is in files NNNN.case.json.
        kind = levels[of].question.removeprefix("svpg-").partition("/")[0]
        return [
            Vector(name, document(name, kind), document(name, "answer"), about["comment"], about["catches"])
            for about in manifest["vectors"]
            for name in [about["name"]]
        ]


def _whole(name: str, value: int, least: int = 0, most: int = 2**64 - 1) -> int:
    """A whole number in this range, as the library takes it."""
    try:
        number = value.__index__()
    except AttributeError:
        number = least - 1
    if not least <= number <= most:
        raise Error(f"{name}: found {value!r}; give a whole number, {least} to {most}")
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

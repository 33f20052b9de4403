"""Results that people read: judgements of answers, reports on derivations."""

import json
from dataclasses import dataclass
from html import escape
from typing import Any

_GOOD, _BAD = "#1a7f37", "#cf222e"


@dataclass(frozen=True)
class Block:
    """The comparison of one block of an answer: `q`, or `hh`, `ha`, `ah`, `aa`, `sh`, `sa`, `b_H`, `b_A`.

    h is hidden, a action, s state, b bias. The name of a gradient stands before the block if it belongs to one.
    Trajectories have `start`, `q`, `winners`, `iterations` and `end`; a learning curve has a block for each metric.
    """

    name: str
    passed: bool
    entries: int
    max_abs: float
    """Largest absolute error."""
    max_rel: float | None
    """Largest error relative to the true entry; None if an entry differs from a true 0."""
    max_ulp: int
    """Largest number of f64 steps between an entry and the true one."""
    worst: str
    """JSON path of the worst entry."""
    expected: float
    """The true value of the worst entry."""
    found: float
    """The given value of the worst entry."""
    angle_degrees: float | None
    """Angle to the true block; None if one of the two is zero."""
    length_ratio: float | None
    """Length relative to the true block; None if that is zero."""


@dataclass(frozen=True)
class Hint:
    """A known mistake that explains a failing answer."""

    code: str
    """A stable name, such as `SIGN`."""
    sentence: str
    """What is wrong with the answer."""

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"


@dataclass(frozen=True, repr=False)
class Judgement:
    """The comparison of an answer with the reference. It is true if every compared block passes."""

    ok: bool
    blocks: tuple[Block, ...]
    hints: tuple[Hint, ...]
    """Known mistakes whose result the answer equals."""
    unchecked: tuple[str, ...]
    """Parts of the answer that were not compared, and why."""
    data: dict[str, Any]
    """The whole comparison, as `svpg compare --format json` prints it."""
    text: str
    """The comparison, as `svpg compare` prints it."""

    @classmethod
    def _of(cls, judged: tuple[bool, str, str]) -> "Judgement":
        ok, text_of_data, text = judged
        data = json.loads(text_of_data)
        blocks = tuple(Block(**{key: block[key] for key in Block.__dataclass_fields__}) for block in data["blocks"])
        hints = tuple(Hint(hint["code"], hint["sentence"]) for hint in data["hints"])
        return cls(ok, blocks, hints, tuple(data["unchecked"]), data, text)

    @property
    def level(self) -> int:
        """The level of conformance: see `svpg.levels`."""
        level: int = self.data["level"]
        return level

    @property
    def notes(self) -> tuple[str, ...]:
        """What else was found: near ties, the number of samples."""
        return tuple(self.data["notes"])

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        head = ("block", "", "entries", "max abs", "max rel", "angle", "length", "worst entry", "expected", "found")
        rows = [
            (
                block.name,
                verdict(block.passed, "pass", "fail"),
                str(block.entries),
                f"{block.max_abs:.1e}",
                "–" if block.max_rel is None else f"{block.max_rel:.1e}",
                "–" if block.angle_degrees is None else f"{block.angle_degrees:.2f}°",
                "–" if block.length_ratio is None else f"{block.length_ratio:.4f}",
                *(("", "", "") if block.passed else (block.worst, f"{block.expected:.6g}", f"{block.found:.6g}")),
            )
            for block in self.blocks
        ]
        subject = "rule" if self.level == 0 else f"level {self.level}:"
        title = f"{verdict(self.ok, 'PASS', 'FAIL')} {subject} {escape(str(self.data['rule']))}"
        notes = [f"hint {hint}" for hint in self.hints] + [f"unchecked: {part}" for part in self.unchecked]
        notes += [f"note: {note}" for note in self.notes]
        return _page(title, head, rows, notes)


@dataclass(frozen=True)
class Claim:
    """The verdict on one claim of a derivation."""

    id: str
    title: str
    chapter: str
    expected: str
    """The verdict that the file states: `holds`, `refuted`, …"""
    verdict: str
    """The verdict that was found."""
    ok: bool
    """Is the verdict the expected one, and has the file no error here?"""
    counterexample: dict[str, Any] | None
    data: dict[str, Any]
    """Everything that was found, as `svpg check --format json` prints it."""


@dataclass(frozen=True, repr=False)
class Report:
    """The report on derivations. It is true if everything is as expected."""

    ok: bool
    claims: tuple[Claim, ...]
    data: dict[str, Any]
    """The whole report, as `svpg check --format json` prints it."""
    text: str
    """The report, as `svpg check` prints it."""

    @classmethod
    def _of(cls, judged: tuple[bool, str, str]) -> "Report":
        ok, text_of_data, text = judged
        data = json.loads(text_of_data)
        claims = tuple(
            Claim(
                id=claim["id"],
                title=claim["title"],
                chapter=claim["chapter"],
                expected=claim["expected"],
                verdict=claim["verdict"],
                ok=claim["as_expected"],
                counterexample=claim["counterexample"],
                data=claim,
            )
            for claim in data["claims"]
        )
        return cls(ok, claims, data, text)

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        rows = [
            (claim.chapter, claim.id, verdict(claim.ok, claim.verdict, claim.verdict), claim.expected, claim.title)
            for claim in self.claims
        ]
        head = ("chapter", "claim", "verdict", "expected", "title")
        return _page(verdict(self.ok, "as expected", "not as expected"), head, rows, [])


class _Html(str):
    """Text that is HTML already."""


def verdict(good: bool, yes: str, no: str) -> _Html:
    return _Html(f'<b style="color:{_GOOD if good else _BAD}">{escape(yes if good else no)}</b>')


def lines(good: bool, text: str) -> str:
    """A report of several lines, the first of which is its verdict."""
    head, *rest = text.split("\n")
    return f"<p>{verdict(good, head, head)}</p>" + "".join(f"<p>{escape(line)}</p>" for line in rest)


def _page(title: str, head: tuple[str, ...], rows: list[Any], notes: list[str]) -> str:
    def cells(kind: str, row: Any) -> str:
        texts = (text if isinstance(text, _Html) else escape(text) for text in row)
        return "<tr>" + "".join(f'<{kind} style="text-align:left">{text}</{kind}>' for text in texts) + "</tr>"

    table = f"<table>{cells('th', head)}{''.join(cells('td', row) for row in rows)}</table>"
    return f"<p>{title}</p>{table}" + "".join(f"<p>{escape(note)}</p>" for note in notes)

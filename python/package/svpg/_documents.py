"""Cases and answers as documents: from dictionaries, text and files."""

import json
import math
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import Any, TypeAlias

from ._core import Error

Document: TypeAlias = Mapping[str, Any] | str | bytes | PathLike[str]
"""A dictionary (arrays are allowed in it), JSON text, or the path of a JSON file."""


def read(
    document: Document | Sequence[Mapping[str, Any]], name: str, lines: bool = False
) -> tuple[bytes, str | None]:
    """The bytes of a document, and its file if it has one. `name` is the argument, for errors.

    With `lines`, a list is a document too: JSON Lines.
    """
    if isinstance(document, bytes):
        return document, None
    if isinstance(document, str) and (document.lstrip()[:1] in ("{", "[", "") or "\n" in document):
        return document.encode(), None
    if isinstance(document, str | PathLike):
        path = fspath(document)
        try:
            with open(path, "rb") as file:
                return file.read(), path
        except (OSError, ValueError) as error:
            raise Error(f"{name}: {path}: {error}; give a file that can be read, JSON text or a dictionary") from None
    if isinstance(document, Mapping):
        return dump(document, name), None
    if lines and isinstance(document, Sequence):
        return b"\n".join(dump(row, f"{name}[{at}]") for at, row in enumerate(document)), None
    raise Error(f"{name}: found {type(document).__name__}; give a dictionary, JSON text or the path of a file")


def schema_of(document: bytes) -> str | None:
    """The `schema` of a document; None if it has none, or is no JSON."""
    try:
        content = json.loads(document)
    except (ValueError, RecursionError):
        return None
    schema = content.get("schema") if isinstance(content, dict) else None
    return schema if isinstance(schema, str) else None


def asked(
    chapter: str | PathLike[str] | None, rule: str | None
) -> tuple[str | PathLike[str] | None, str | None, str | None] | None:
    """Path or text of a chapter with the rule that is asked for; None without a chapter."""
    if rule is not None and not isinstance(rule, str):
        raise Error(f"rule: found {type(rule).__name__}; give the name of a rule of the chapter")
    if chapter is None:
        if rule is not None:
            raise Error("rule: it belongs to a chapter; give `chapter` too, or the rule in the case")
        return None
    if not isinstance(chapter, str | PathLike):
        raise Error(f"chapter: found {type(chapter).__name__}; give the path of a Markdown file, or its text")
    if isinstance(chapter, str) and "\n" in chapter:
        return None, chapter, rule
    return fspath(chapter), None, rule


def dump(document: Any, name: str) -> bytes:
    """A document as JSON. Each number is the shortest decimal that parses to the same f64."""
    try:
        return json.dumps(document, allow_nan=False, default=_plain).encode()
    except Error as error:
        raise Error(f"{name}: {error}") from None
    except (TypeError, ValueError, RecursionError) as error:
        place = _not_finite(document, name)
        if place is not None:
            raise Error(f"{place}: found NaN or infinity; give finite numbers") from None
        raise Error(f"{name}: {error}; give numbers, text, lists, arrays and dictionaries") from None


def _plain(value: Any) -> Any:
    if hasattr(value, "__dlpack_device__") or hasattr(value, "__cuda_array_interface__"):
        # Imported here, since it needs NumPy.
        from ._arrays import given

        return given(value, "array").tolist()
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"found {type(value).__name__}")


def _not_finite(value: Any, place: str) -> str | None:
    """The place of the first number that is not finite."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return place
    if isinstance(value, Mapping):
        parts = ((f"{place}.{key}", part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        parts = ((f"{place}[{at}]", part) for at, part in enumerate(value))
    else:
        return None
    return next((found for at, part in parts if (found := _not_finite(part, at)) is not None), None)

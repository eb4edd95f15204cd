"""JSON with nothing left open: no duplicate key, no NaN, no number that would change, no depth."""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeGuard

from .._errors import ModelFileError

# Values nest at most 32 deep (_parameters.py) and one level of a value takes up to three of JSON.
MAX_DEPTH = 128
# 2^1024 has 309 digits. Reading is quadratic in the digits, so a longer number is refused unread.
MAX_DIGITS = 320

# A string is skipped as one token. The possessive quantifiers, and the end of the text as an end
# of a string, keep the scan linear in a text made to make it slow.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|([\[{])|[\]}]', re.DOTALL)


def to_json(value: Any) -> str:
    """Return the one text that stands for `value`: ASCII, no spaces, keys in their given order."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def from_json(text: str) -> Any:
    """Read JSON; ModelFileError for anything that two readers could understand differently."""
    _check_depth(text)
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except (ValueError, RecursionError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"The header must be JSON; {error}.") from error


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a value read from JSON is an object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a value read from JSON is a list."""
    return isinstance(value, list)


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser sees it: its stack depends on the caller's limits."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return  # as in almost every file
    depth = 0
    for token in _TOKEN.finditer(text):
        if token.group(1):
            depth += 1
            if depth > MAX_DEPTH:
                raise ModelFileError(
                    f"JSON in the header must nest at most {MAX_DEPTH} deep; it goes deeper."
                )
        elif token.group() in ("]", "}"):
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise ModelFileError(f"Names in the header must be unique; {name[:80]!r} comes twice.")
        result[name] = value
    return result


def _constant(text: str) -> Any:
    raise ModelFileError(f"Numbers in the header must be finite; found {text}.")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ModelFileError(
            f"Integers in the header must have at most {MAX_DIGITS} digits; found {len(text)}."
        )
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ModelFileError(f"Numbers in the header must fit a float64; found {text[:80]}.")
    return value

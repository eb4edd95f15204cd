"""Numbers that must lie in a range, and the error that names it."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from .._errors import ParameterError


def number_in(
    value: Any,
    name: str,
    *,
    least: float | None = None,
    above: float | None = None,
    below: float | None = None,
) -> float:
    """Return a finite number in its range, or the error that names the range."""
    is_number = isinstance(value, Real) and not isinstance(value, (bool, np.bool_))
    number = float(value) if is_number else np.nan
    inside = (
        np.isfinite(number)
        and (least is None or number >= least)
        and (above is None or number > above)
        and (below is None or number < below)
    )
    if inside:
        return number
    limits = [("at least", least), ("above", above), ("below", below)]
    text = " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
    raise ParameterError(f"{name} must be a number {text}; got {value!r}.")


def flag(value: Any, name: str) -> bool:
    """Return True or False, or the error; an array of them is neither."""
    if isinstance(value, bool):
        return value
    is_number = isinstance(value, (Real, np.bool_))
    if is_number and value in (True, False):
        return value == 1
    raise ParameterError(f"{name} must be True or False; got {value!r}.")


def count(value: Any, name: str, advice: str = "") -> int:
    """Return a size as an int, at least 1, or the error."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ParameterError(
            f"{name} must be an integer, at least 1; got {value!r}. {advice}".rstrip()
        )
    return int(value)

"""The gate for single values: a count, a number in a range, a word of a list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

from ._errors import ParameterError


def is_integer(value: Any) -> bool:
    """Whether a value is an integer, of NumPy too; True and False are none."""
    return not isinstance(value, bool) and isinstance(value, Integral)


def is_real(value: Any) -> bool:
    """Whether a value is a finite number; True and False are none."""
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def check_count(name: str, value: Any, least: int = 1) -> int:
    """An integer that is not below `least`."""
    if not is_integer(value) or value < least:
        raise ParameterError(f"{name} must be an integer of at least {least}; got {value!r}.")
    return int(value)


def check_not_negative(name: str, value: Any) -> float:
    """A finite number from 0 on."""
    if not is_real(value) or not float(value) >= 0:
        raise ParameterError(f"{name} must be a finite number of at least 0; got {value!r}.")
    return float(value)


def check_base(value: Any) -> float:
    """The base of a logarithm."""
    if not is_real(value) or not float(value) > 1:
        raise ParameterError(
            f"base, of the logarithm, must be a finite number above 1; got {value!r}. 2 gives bits, math.e nats."
        )
    return float(value)


def check_choice(name: str, value: Any, known: Sequence[str]) -> None:
    """A word of a list."""
    if value not in known:
        listed = ", ".join(repr(choice) for choice in known)
        raise ParameterError(f"{name} must be one of {listed}; got {value!r}.")

"""Checks of what `metric_params` may hold, each of one value under its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, cast

from .._errors import ParameterError

_ANYWHERE = 2**62  # steps: more than any series has, and what the kernels can count to


def positive(name: str, value: Any) -> float:
    """A positive finite number."""
    if not is_number(value) or not 0 < value < math.inf:
        raise ParameterError(f"{name} must be a positive finite number; got {value!r}.")
    return float(value)


def an_order(name: str, value: Any) -> float:
    """The order of a norm: infinity is the Chebyshev distance, below 1 is none."""
    if not is_number(value) or not value >= 1:
        raise ParameterError(
            f"{name} must be a number of at least 1 (infinity is allowed); got {value!r}. "
            "Below 1 a detour would be shorter than the direct way."
        )
    return float(value)


def a_flag(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise ParameterError(f"{name} must be True or False; got {value!r}.")
    return value


def a_band(name: str, value: Any) -> int | float | None:
    """How far an alignment may run beside the diagonal: steps, a share of the longer series, or None for anywhere."""
    if value is None:
        return None
    if not isinstance(value, bool):
        if isinstance(value, Integral) and int(value) >= 0:
            return min(int(value), _ANYWHERE)
        if isinstance(value, float) and 0 <= value <= 1:
            return value
    raise ParameterError(
        f"{name} must be a number of steps (an integer of at least 0), a share of the longer series "
        f"(a float from 0 to 1), or None; got {value!r}."
    )


def a_prefix_weight(name: str, value: Any) -> float:
    """Winkler's weight of a common prefix of up to 4 characters."""
    if not is_number(value) or not 0 <= value <= 0.25:
        raise ParameterError(f"{name} must be a number from 0 to 0.25; got {value!r}.")
    return float(value)


def a_unicode_form(name: str, value: Any) -> str | None:
    """The Unicode form that texts are brought into."""
    return None if value is None else a_choice("NFC", "NFD", "NFKC", "NFKD")(name, value)


def a_choice(*known: str) -> Callable[[str, Any], str]:
    """Return the check for one of a few words."""

    def check(name: str, value: Any) -> str:
        if value not in known:
            listed = ", ".join(repr(choice) for choice in known)
            raise ParameterError(f"{name} must be one of {listed}; got {value!r}.")
        return value

    return check


def column_kinds(name: str, value: Any) -> dict[str, str] | None:
    """Column to kind."""
    kinds = ("numeric", "categorical", "ordinal")
    given = _by_column(name, value, "{'age': 'numeric', 'size': 'ordinal'}")
    for column, kind in (given or {}).items():
        if kind not in kinds:
            raise ParameterError(
                f"{name} must hold 'numeric', 'categorical' or 'ordinal' for each column; "
                f"got {kind!r} for {column!r}."
            )
    return given


def column_weights(name: str, value: Any) -> dict[str, float] | None:
    """Column to weight, not negative."""
    given = _by_column(name, value, "{'age': 2.0}")
    for column, weight in (given or {}).items():
        if not is_number(weight) or not 0 <= weight < math.inf:
            raise ParameterError(
                f"{name} must hold finite numbers of at least 0; got {weight!r} for {column!r}."
            )
    return given


def column_ranges(name: str, value: Any) -> dict[str, float] | None:
    """Column to the difference that counts as 1."""
    given = _by_column(name, value, "{'age': 100.0}")
    for column, length in (given or {}).items():
        if not is_number(length) or not 0 < length < math.inf:
            raise ParameterError(
                f"{name} must hold positive finite numbers; got {length!r} for {column!r}."
            )
    return given


def _by_column(name: str, value: Any, example: str) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise ParameterError(
            f"{name} must be a dict from column names, such as {example}, or None; got {value!r}."
        )
    return {str(column): cell for column, cell in cast("Mapping[Any, Any]", value).items()}


def is_number(value: Any) -> bool:
    """Whether it is a real number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        float(value)
    except OverflowError:
        return False
    return True

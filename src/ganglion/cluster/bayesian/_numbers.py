"""Checks of single numbers."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from ..._errors import ParameterError


def is_number(value: Any) -> bool:
    """Tell whether a value is one real number, and finite."""
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)


def positive(name: str, value: Any) -> float:
    """Return a finite number above 0 as a float."""
    if not is_number(value) or not float(value) > 0:
        raise ParameterError(f"{name} must be a finite number above 0; got {value!r}.")
    return float(value)

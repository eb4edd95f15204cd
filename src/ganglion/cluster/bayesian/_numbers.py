"""Checks of single numbers."""

from __future__ import annotations

from typing import Any

from ..._errors import ParameterError
from ..._values import is_real


def positive(name: str, value: Any) -> float:
    """Return a finite number above 0 as a float."""
    if not is_real(value) or not float(value) > 0:
        raise ParameterError(f"{name} must be a finite number above 0; got {value!r}.")
    return float(value)

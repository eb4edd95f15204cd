"""A name that must be one of a few, and the error that offers the close ones."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from .._errors import ParameterError


def refuse_unknown(name: Any, known: Iterable[str], what: str) -> None:
    """Raise the error that lists the names and offers a close one; return if `name` is among them."""
    names = list(known)
    if isinstance(name, str) and name in names:
        return
    folded = {known_name.casefold(): known_name for known_name in names}
    close = get_close_matches(str(name).casefold(), folded, n=1, cutoff=0.5)
    advice = f"Did you mean {folded[close[0]]!r}?" if close else "Use one of them."
    raise ParameterError(f"{what} must be one of {', '.join(names)}; got {name!r}. {advice}")

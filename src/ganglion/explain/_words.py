"""Numbers, shares and dates as a sentence has them."""

from __future__ import annotations

import numpy as np

DAY = 86_400
ROUNDING = 8  # units in the last place by which the means of the same numbers may differ
SHORT = 3.0  # days: dates closer than that are told apart by their time


def readable(value: float, beside: float = 0.0) -> str:
    """Return a number for a person: as many digits as it takes to tell it from the one `beside` it.

    Parameters
    ----------
    value : float
        The number.
    beside : float
        The number it is compared with.

    Returns
    -------
    str
        At least 3 significant digits, grouped by commas from 10,000 on; powers of ten below 0.001 and from 1e15 on.

    Examples
    --------
    >>> from ganglion.explain.clusters import readable
    >>> readable(5076.0163), readable(0.5), readable(1234567.0), readable(1000.02, 1000.01)
    ('5076', '0.5', '1,234,567', '1000.02')
    """
    if value != value:
        return "unknown"
    size = abs(value)
    if size and not 1e-3 <= size < 1e15:
        digits = 3
        while digits < 17 and value != beside and f"{value:.{digits}g}" == f"{beside:.{digits}g}":
            digits += 1
        return f"{value:.{digits}g}"
    digits = 3 - (int(np.floor(np.log10(size))) + 1 if size else 1)
    gap = abs(value - beside)
    if np.isfinite(gap) and gap > ROUNDING * np.spacing(size):
        digits = max(digits, 1 - int(np.floor(np.log10(gap)))) if gap < size else digits
    text = f"{value:{',' if size >= 10_000 else ''}.{min(max(digits, 0), 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float) -> str:
    """Return a share as a percentage that does not round the rare to nothing or the frequent to all."""
    if share != share:
        return "unknown"
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def date(days: float, beside: float = np.inf) -> str:
    """Return a day, given in days since 1970-01-01; with the time where the one `beside` it is near."""
    if days != days:
        return "unknown"
    if abs(days - beside) >= SHORT:
        return str(np.datetime64(int(np.floor(days)), "D"))
    moment = np.datetime64(int(np.floor(days * DAY + 0.5)), "s")
    return str(moment.astype("datetime64[m]")).replace("T", " ")


def plural(n: int, noun: str) -> str:
    """Return a number and its noun: 1 row, 2,000 rows."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def times(lift: float) -> str:
    """Return a lift in words: "2.1 times the overall share"."""
    if lift != lift:
        return "unknown"
    return f"{readable(lift) if lift < 100 else f'{lift:,.0f}'} times the overall share"


def listed(words: list[str], joint: str = "and") -> str:
    """Return words as running text has them: a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"

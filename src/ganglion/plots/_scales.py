"""Axes whose values span decades, and how the numbers on them are written."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

# From here on the lower part of a curve would lie flat on a linear axis.
DECADES = 100.0


def spans_decades(*curves: Any, factor: float = DECADES) -> bool:
    """Whether the finite values are all positive and the largest is at least `factor` times the least."""
    values = np.concatenate([np.ravel(np.asarray(curve, dtype=np.float64)) for curve in curves])
    values = values[np.isfinite(values)]
    return bool(len(values) and values.min() > 0 and values.max() >= factor * values.min())


def scale_values(axis: Any, *curves: Any) -> bool:
    """Make a y axis logarithmic where its values span decades; return whether it is."""
    is_log = spans_decades(*curves)
    if is_log:
        axis.axes.set_yscale("log")
        axis.set_major_locator(LogLocator(base=10.0, numticks=6))
        axis.set_minor_formatter(NullFormatter())
    else:
        axis.set_major_locator(MaxNLocator(nbins=6, min_n_ticks=3))
    axis.set_major_formatter(written())
    return is_log


def written(digits: int = 4) -> FuncFormatter:
    """Return what writes the numbers on an axis."""

    def write(value: float, _: int | None = None) -> str:
        return in_words(value, digits)

    return FuncFormatter(write)


def in_words(value: float, digits: int = 4) -> str:
    """Return a number as people write it: 12,000 and 0.002, not 1.2e4; powers of ten outside 1e-4 to 1e7."""
    if value == 0 or not np.isfinite(value):
        return f"{value:g}"
    if 1e-4 <= abs(value) < 1e7:
        text = f"{value:,.{max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace("-", "\N{MINUS SIGN}")
    mantissa, _, power = f"{value:.{max(digits - 2, 0)}e}".partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    tail = f"$10^{{{int(power)}}}$"
    return (
        tail
        if mantissa == "1"
        else f"{mantissa}\N{MULTIPLICATION SIGN}{tail}".replace("-", "\N{MINUS SIGN}", 1)
    )

"""Scales of charts: round numbers on axes, and from data to the page."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """A linear map from data [low, high] to the page [start, end]."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where `value` lies on the page, to a tenth of a unit."""
        width = self.high - self.low
        share = (value - self.low) / width if width > 0 else 0.5
        return round(self.start + share * (self.end - self.start), 1)


def round_ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """About `wanted` round numbers (1, 2 or 5 times a power of ten) that span [low, high]."""
    if not high > low:
        high = low + (abs(low) or 1.0)
    rough = high / wanted - low / wanted  # their difference may leave the doubles
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [i * step for i in range(first, last + 1)]


def whole_ticks(low: int, high: int, wanted: int = 10) -> list[int]:
    """Whole numbers from low to high with a round step, for axes that count."""
    step = max(1, math.ceil((high - low) / wanted))
    return list(range(low, high + 1, step))

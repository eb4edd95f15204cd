"""Names for segments, drawn from how their customers compare with all: the same every time, and no two alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._customer_features import Habits

Floats = NDArray[np.float64]

STANDINGS = (
    "active",
    "lapsing",
    "lapsed",
    "unknown",
)  # the last where nobody ever came back: index -1
_RECENCY = (
    "recent",
    "some time ago",
    "long ago",
)  # where nobody ever came back, no standing is known
_RECENT, _LONG = 30, 180  # days; thirds of all customers would call yesterday long ago
_BASKET = ("small baskets", "medium baskets", "large baskets")


@dataclass(frozen=True)
class Middle:
    """The median customer of a group.

    Attributes
    ----------
    recency, frequency, basket : float
        Medians.
    standing : int or None
        What most are, as in STANDINGS; the more active of equals. None where it is not known.
    """

    recency: float
    frequency: float
    basket: float
    standing: int | None


def middles(
    habits: Habits, labels: NDArray[np.int32], k: int, standing: NDArray[np.int8] | None
) -> list[Middle]:
    """Return the median customer of each segment."""
    return [
        Middle(
            float(np.median(habits.recency[mine])),
            float(np.median(habits.frequency[mine])),
            float(np.median(habits.basket[mine])),
            None if standing is None else int(np.argmax(np.bincount(standing[mine], minlength=3))),
        )
        for mine in (np.flatnonzero(labels == label) for label in range(k))
    ]


def segment_names(habits: Habits, found: Sequence[Middle], money: str) -> tuple[str, ...]:
    """Name each segment by its standing, frequency and baskets: thirds of all customers make the words.

    Where two would have one name, the number that tells them apart best stands behind its word; where none does, they
    are numbered in the order given.
    """
    if len(found) == 1:
        return ("all customers",)
    words = [_words(habits, middle) for middle in found]
    names = [", ".join(parts) for parts in words]
    for name in dict.fromkeys(names):
        twins = [at for at, other in enumerate(names) if other == name]
        if len(twins) == 1:
            continue
        feature, said = _telling([found[at] for at in twins], money)
        for at, number in zip(twins, said, strict=True):
            parts = list(words[at])
            parts[feature] = f"{parts[feature]} ({number})"
            words[at] = tuple(parts)
            names[at] = ", ".join(parts)
    return tuple(
        name if names.count(name) == 1 else f"{name}, {names[: at + 1].count(name)}"
        for at, name in enumerate(names)
    )


def _words(habits: Habits, middle: Middle) -> tuple[str, ...]:
    """Return the three words of a segment; what all customers share is in the middle."""
    if middle.standing is None:
        recency = _RECENCY[int(middle.recency > _RECENT) + int(middle.recency > _LONG)]
    else:
        recency = STANDINGS[middle.standing]
    basket = _BASKET[_third(habits.basket, middle.basket)]
    again = habits.frequency[habits.frequency > 1]
    if middle.frequency < 2:
        frequency = "one purchase"
    else:
        frequency = "frequent" if middle.frequency > float(np.median(again)) else "occasional"
    return recency, frequency, basket


def _third(values: NDArray[np.int64] | Floats, value: float) -> int:
    """Return 0, 1 or 2: in which third of the customers a value stands; 1 where they are all alike."""
    low, high = (float(np.percentile(values, at)) for at in (100 / 3, 200 / 3))
    if low == high:
        return 1 + int(value > high) - int(value < low)
    return 0 if value <= low else (2 if value >= high else 1)


def _telling(twins: Sequence[Middle], money: str) -> tuple[int, list[str]]:
    """Return which of the three numbers tells segments of one name apart best, and the number of each in words.

    The one whose smallest ratio between two neighbours is the largest.
    """
    columns = (
        [twin.recency for twin in twins],
        [twin.frequency for twin in twins],
        [twin.basket for twin in twins],
    )
    ratios = [
        min(
            (high + 1) / (low + 1)
            for low, high in zip(sorted(column), sorted(column)[1:], strict=False)
        )
        for column in columns
    ]
    best = int(np.argmax(ratios))
    return best, [_said(best, value, money) for value in columns[best]]


def _said(feature: int, value: float, money: str) -> str:
    """Return one of the three numbers in words."""
    if feature == 0:
        return _days(value)
    if feature == 1:
        return f"about {value:.3g} purchases"
    return f"about {money}{value:,.0f}" if value >= 100 else f"about {money}{value:.3g}"


def _days(value: float) -> str:
    """Return a number of days in words."""
    return f"about {value:,.0f} day{'' if round(value) == 1 else 's'}"

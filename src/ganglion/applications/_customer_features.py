"""Customers as points: recency, frequency and the value of a basket, as logarithms on one scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.purchases import PurchaseBook

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAMES = ("recency", "frequency", "basket")
_NORMAL = 1.3489795003921634  # the quartiles of a normal distribution stand so many standard deviations apart


@dataclass(frozen=True, eq=False)
class Habits:
    """What customers did, as seen on one day.

    Attributes
    ----------
    recency : ndarray of shape (n,), int64
        Days since the last purchase.
    frequency : ndarray of shape (n,), int64
        Purchases.
    monetary : ndarray of shape (n,), float64
        What they paid in all, returns taken off.
    basket : ndarray of shape (n,), float64
        What a purchase came to, before returns.
    tenure : ndarray of shape (n,), int64
        Days since the first purchase.
    gap : ndarray of shape (n,), float64
        Mean days between two purchases; NaN after one.
    """

    recency: Ints
    frequency: Ints
    monetary: Floats
    basket: Floats
    tenure: Ints
    gap: Floats


def habits_of(book: PurchaseBook) -> Habits:
    """Return the habits of the customers of a book."""
    sums = book.sums
    end = (book.record.as_of - type(book.record.as_of)(1970, 1, 1)).days
    gaps = np.full(len(sums.visits), np.nan)
    again = sums.visits > 1
    gaps[again] = (sums.last - sums.first)[again] / (sums.visits[again] - 1)
    return Habits(
        end - sums.last, sums.visits, sums.spend, sums.gross / sums.visits, end - sums.first, gaps
    )


def logarithms(habits: Habits) -> Floats:
    """Return log(1 + recency), log(frequency), log(1 + basket), shape (n, 3).

    By the system's logarithm, one value at a time: NumPy's differs in the last bit between processors.
    """
    columns = (
        map(math.log1p, habits.recency.tolist()),
        map(math.log, habits.frequency.tolist()),
        map(math.log1p, habits.basket.tolist()),
    )
    n = len(habits.recency)
    return np.column_stack([np.fromiter(column, np.float64, n) for column in columns])


def scale_of(logs: Floats) -> tuple[Floats, Floats]:
    """Return the medians, and what each column is divided by; infinity where it has one value only.

    The larger of the standard deviation and of what the quartiles say it is: where more than half of the customers
    bought once the quartiles say next to nothing, and would make a handful of purchases an extreme.
    """
    low, middle, high = np.percentile(logs, [25, 50, 75], axis=0)
    deviations = np.sqrt(np.mean((logs - logs.mean(axis=0)) ** 2, axis=0))
    spread = np.maximum((high - low) / _NORMAL, deviations)
    one_value = logs.max(axis=0) == logs.min(axis=0)
    return middle, np.where(one_value, np.inf, spread)

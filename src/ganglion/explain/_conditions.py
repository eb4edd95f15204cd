"""Tests in the units of the table: round thresholds, and the conditions that a path of tests comes to, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

import numpy as np

from ._features import Categories, Feature, Numbers
from ._splits import Split
from ._words import DAY, listed

_EXACT = Context(prec=1200)  # the digits of any float64, and of the middle of two
_UNITS = ("Y", "M", "D", "h", "m", "s")


@dataclass(frozen=True)
class Test:
    """A test of one column; rows that pass it go left.

    Attributes
    ----------
    feature : int
        The column.
    threshold : float
        Numbers pass up to here; infinite where the test is whether there is a number.
    category : int
        Texts pass that are this category; one behind the last is a missing cell. -1 for numbers.
    missing_left : bool
        Whether rows without a number pass.
    """

    __test__ = False  # no test of pytest's

    feature: int
    threshold: float
    category: int
    missing_left: bool


def test_of(split: Split, feature: Feature) -> Test:
    """Return the test with the roundest threshold that divides the rows as the split does."""
    threshold = split.low
    if isinstance(feature, Numbers) and math.isfinite(split.low):
        find = roundest_day if feature.kind == "date" else roundest
        threshold = find(split.low, split.high)
    return Test(split.feature, threshold, split.category, split.missing_left)


test_of.__test__ = False  # type: ignore[attr-defined]


def roundest(low: float, high: float) -> float:
    """Return the number t with low <= t < high that has the fewest decimals; of several the nearest to the middle.

    Parameters
    ----------
    low, high : float
        Finite, low < high.

    Returns
    -------
    float
        What is written is what is tested: its shortest decimal form has few digits wherever there is room.
    """
    if low <= 0.0 < high:
        return 0.0
    first, last = Decimal(low), Decimal(high)
    middle = _EXACT.divide(_EXACT.add(first, last), Decimal(2))
    for power in range(max(first.adjusted(), last.adjusted()) + 1, -345, -1):
        step = Decimal(1).scaleb(power)
        scaled = middle.scaleb(-power, _EXACT)
        for rounding in (ROUND_HALF_EVEN, ROUND_FLOOR, ROUND_CEILING):
            t = float(scaled.to_integral_value(rounding) * step)
            if low <= t < high:
                return t
    return low


def roundest_day(low: float, high: float) -> float:
    """Return the moment t with low <= t < high, in days since 1970-01-01, that begins the longest unit of time.

    The last begin of a year in the range, or else of a month, a day, an hour, a minute, a second.
    """
    second = np.datetime64(math.floor(high * DAY), "s")
    for unit in _UNITS:
        start = second.astype(f"datetime64[{unit}]")
        for moment in (start, start - 1):
            days = float(moment.astype("datetime64[s]").astype(np.int64)) / DAY
            if low <= days < high:
                return days
    return low


@dataclass(frozen=True)
class Condition:
    """What a rule asks of one column.

    Attributes
    ----------
    name : str
        The column.
    low, high : float
        A number must be over `low` and at most `high`; days since 1970-01-01 for dates. Infinite where there is no
        such bound.
    categories : tuple of str
        A text must be one of these; empty for numbers.
    excluded : tuple of str
        The texts that it must not be: all others that were there.
    missing : bool
        Whether a missing cell meets the condition.
    has_missing : bool
        Whether the column had missing cells where the tree was grown.
    kind : {"number", "date", "category"}
        What the column holds.
    text : str
        The same in words: "body_mass_g over 4600", "species is Gentoo".
    """

    name: str
    low: float
    high: float
    categories: tuple[str, ...]
    excluded: tuple[str, ...]
    missing: bool
    has_missing: bool
    kind: str
    text: str


def narrow(feature: Feature, path: Sequence[tuple[Test, bool]]) -> Condition:
    """Return what the tests of one column on the way to a leaf, each passed or not, come to."""
    if isinstance(feature, Categories):
        return _narrow_categories(feature, path)
    low, high, missing = -math.inf, math.inf, True
    only_missing = False
    for test, passed in path:
        missing = missing and test.missing_left is passed
        if math.isinf(test.threshold):
            only_missing = only_missing or not passed
        elif passed:
            high = min(high, test.threshold)
        else:
            low = max(low, test.threshold)
    has_missing = bool(np.isnan(feature.values).any())
    kind = feature.kind
    with_time = kind == "date" and not _are_days(feature)
    found = Condition(feature.name, low, high, (), (), missing, has_missing, kind, "")
    if only_missing:
        found = replace(found, low=math.inf, high=math.inf)
    return replace(found, text=_number_words(found, with_time))


def _are_days(feature: Numbers) -> bool:
    """Whether all dates of a column are whole days."""
    known = feature.values[~np.isnan(feature.values)]
    return bool((known == np.floor(known)).all())


def _number_words(asked: Condition, with_time: bool) -> str:
    """Say what a condition asks of numbers or dates."""
    if asked.low == math.inf:
        return f"{asked.name} is missing"

    def show(value: float) -> str:
        return moment(value, with_time) if asked.kind == "date" else exact(value)

    over, most = ("after", "up to") if asked.kind == "date" else ("over", "at most")
    parts: list[str] = []
    if asked.low > -math.inf:
        parts.append(f"{over} {show(asked.low)}")
    if asked.high < math.inf:
        parts.append(f"{most} {show(asked.high)}")
    bounds = " and ".join(parts) or "is known"
    return f"{asked.name} {bounds}{' or missing' if asked.missing and asked.has_missing else ''}"


def _narrow_categories(feature: Categories, path: Sequence[tuple[Test, bool]]) -> Condition:
    """Return which texts are left after some tests."""
    c = len(feature.categories)
    left = set(range(c + 1))
    for test, passed in path:
        left = left & {test.category} if passed else left - {test.category}
    has_missing = bool((feature.codes < 0).any())
    inside = tuple(feature.categories[at] for at in range(c) if at in left)
    excluded = tuple(feature.categories[at] for at in range(c) if at not in left)
    missing = c in left
    told = [*inside, *(["missing"] if missing and has_missing else [])]
    others = [*excluded, *(["missing"] if not missing and has_missing else [])]
    word, words = ("is", told) if 0 < len(told) <= max(len(others), 1) else ("is not", others)
    text = f"{feature.name} {word} {listed(words, 'or')}"
    if not excluded and not missing:
        text = f"{feature.name} is known"
    return Condition(
        feature.name, -math.inf, math.inf, inside, excluded, missing, has_missing, "category", text
    )


def exact(value: float) -> str:
    """Return a number with all the digits that it has: 4600, 12,345.5, 1e-07."""
    if value == math.floor(value) and abs(value) < 1e15:
        whole = int(value)
        return f"{whole:,}" if abs(whole) >= 10_000 else str(whole)
    return f"{value:,}" if 1e-4 <= abs(value) < 1e15 and abs(value) >= 10_000 else repr(value)


def moment(days: float, with_time: bool) -> str:
    """Return a date, given in days since 1970-01-01, with all that it has of a time."""
    second = np.datetime64(round(days * DAY), "s")
    if not with_time:
        return str(second.astype("datetime64[D]"))
    text = str(second).replace("T", " ")
    return text.removesuffix(":00")

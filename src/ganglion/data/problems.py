"""The problems that a table brings along: gaps, columns of one value, equal rows, far values, numbers as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._errors import ParameterError
from ._records import Column, Table, shown

FAR = 3.0  # interquartile ranges beyond the quartiles: Tukey's outer fences
MOSTLY_NUMBERS = 0.5
MOST_TEXTS = 3
NUMBER = re.compile(r"\s*[+-]?(?:\d+(?:[.,]\d*)*|[.,]\d+)(?:[eE][+-]?\d+)?\s*%?\s*\Z")

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class FarValues:
    """A column with values that lie far out.

    Attributes
    ----------
    column : str
        Its name.
    count : int
        How many of its values are beyond a fence.
    low, high : float
        The fences.
    row : int
        The row, from 0, of the value that is farthest out; the first of equals.
    value : float
        That value.
    """

    column: str
    count: int
    low: float
    high: float
    row: int
    value: float


@dataclass(frozen=True)
class MixedTexts:
    """A column of texts most of which are numbers.

    Attributes
    ----------
    column : str
        Its name.
    n_numbers : int
        How many of its texts are numbers.
    n_others : int
        How many are not.
    others : tuple of str
        The first different ones of these.
    """

    column: str
    n_numbers: int
    n_others: int
    others: tuple[str, ...]


@dataclass(frozen=True)
class DataProblems:
    """What is wrong, or worth knowing, about the columns of a table.

    Attributes
    ----------
    n_rows, n_columns : int
        How much was looked at.
    missing : tuple of (str, int)
        Columns with missing cells and how many, the most first.
    constant : tuple of (str, str)
        Columns that have one value only, and that value.
    n_repeated : int
        Rows that are equal to an earlier one in all columns.
    repeated : tuple of (int, int)
        The first rows that come more than once, from 0, and how often each comes; the most frequent first.
    far : tuple of FarValues
        Columns with values far out, those with the most first.
    mixed : tuple of MixedTexts
        Columns of texts that are mostly numbers.
    """

    n_rows: int
    n_columns: int
    missing: tuple[tuple[str, int], ...]
    constant: tuple[tuple[str, str], ...]
    n_repeated: int
    repeated: tuple[tuple[int, int], ...]
    far: tuple[FarValues, ...]
    mixed: tuple[MixedTexts, ...]

    @property
    def n_missing(self) -> int:
        """Missing cells in all."""
        return sum(count for _, count in self.missing)


def data_problems(
    table: Table, *, columns: Sequence[str] | None = None, most_repeated: int = 5
) -> DataProblems:
    """Look for the problems of a table that change what a clustering of it means.

    Parameters
    ----------
    table : Table
        The table.
    columns : sequence of str, optional
        The columns to look at; all by default. Rows are equal where these columns are.
    most_repeated : int
        How many of the rows that come more than once are named.

    Returns
    -------
    DataProblems
        What was found, in the order of the columns where nothing else is said.

    Raises
    ------
    ParameterError
        A column that the table does not have; a negative `most_repeated`.

    Notes
    -----
    A value v is far out where v < Q1 - 3 (Q3 - Q1) or v > Q3 + 3 (Q3 - Q1), with Q1 and Q3 the quartiles of the
    column's values (Tukey's outer fences); columns with Q1 = Q3 have no fences, and neither have booleans. Missing
    cells are equal to each other. Rows are compared by 64-bit hashes first and by their cells then, so that a collision
    is not taken for an equal row. Time O(n d) and two sorts, memory O(n) beyond the table.

    References
    ----------
    J. W. Tukey, Exploratory Data Analysis, Addison-Wesley, 1977, section 2D.

    Examples
    --------
    >>> from ganglion.data import data_problems, table_from_frame
    >>> found = data_problems(table_from_frame({"x": [1.0, 2.0, None, 2.0], "y": ["a", "b", "a", "b"]}))
    >>> found.missing, found.n_repeated, found.repeated
    ((('x', 1),), 1, ((1, 2),))
    """
    if most_repeated < 0:
        raise ParameterError(f"most_repeated must be at least 0; got {most_repeated}.")
    used = table.columns if columns is None else tuple(table.column(name) for name in columns)
    gaps = [column.missing for column in used]
    missing = [
        (column.name, int(gap.sum())) for column, gap in zip(used, gaps, strict=True) if gap.any()
    ]
    known = [column.values[~gap] for column, gap in zip(used, gaps, strict=True)]
    constant = [
        (column.name, shown(values[0]))
        for column, values in zip(used, known, strict=True)
        if len(values) > 1 and bool((values == values[0]).all())
    ]
    far = [found for column, gap in zip(used, gaps, strict=True) if (found := _far(column, gap))]
    mixed = [found for column in used if (found := _mixed(column))]
    n_repeated, repeated = _repeated(used, table.n_rows, most_repeated)
    return DataProblems(
        n_rows=table.n_rows,
        n_columns=len(used),
        missing=tuple(sorted(missing, key=lambda entry: -entry[1])),
        constant=tuple(constant),
        n_repeated=n_repeated,
        repeated=repeated,
        far=tuple(sorted(far, key=lambda entry: -entry.count)),
        mixed=tuple(mixed),
    )


def _far(column: Column, gap: NDArray[np.bool_]) -> FarValues | None:
    """Values of a column of numbers beyond its fences."""
    if column.kind != "number":
        return None
    values = column.values.astype(np.float64)
    present = values[~gap]
    if len(present) < 4:
        return None
    exponent = int(np.frexp(np.abs(present).max(initial=0.0))[1])
    unit = np.ldexp(values, -exponent)  # no fence overflows
    first, third = np.quantile(unit[~gap], (0.25, 0.75))
    width = third - first
    if not width > 0:
        return None
    low, high = first - FAR * width, third + FAR * width
    beyond = np.maximum(low - unit, unit - high)
    beyond[gap] = -np.inf
    count = int(np.count_nonzero(beyond > 0))
    if count == 0:
        return None
    row = int(np.argmax(beyond))
    with np.errstate(over="ignore"):
        fences = np.ldexp(np.array([low, high]), exponent)
    return FarValues(
        column.name, count, float(fences[0]), float(fences[1]), row, float(values[row])
    )


def _mixed(column: Column) -> MixedTexts | None:
    """Texts of a column of which at least half, but not all, are numbers."""
    if column.kind != "text":
        return None
    texts: list[str] = [cell for cell in column.values.tolist() if cell is not None]
    others = [text for text in texts if not NUMBER.match(text)]
    n_numbers = len(texts) - len(others)
    if not others or n_numbers < MOSTLY_NUMBERS * len(texts) or n_numbers < 2:
        return None
    first = list(dict.fromkeys(others))[:MOST_TEXTS]
    return MixedTexts(column.name, n_numbers, len(others), tuple(map(shown, first)))


def _repeated(
    used: Sequence[Column], n_rows: int, most: int
) -> tuple[int, tuple[tuple[int, int], ...]]:
    """How many rows are equal to an earlier one, and the rows that come most often."""
    if n_rows < 2 or not used:
        return 0, ()
    codes = [_codes(column) for column in used]
    hashes = np.zeros(n_rows, dtype=np.uint64)
    for at, code in enumerate(codes):
        hashes = _mix(hashes ^ _mix(code + np.uint64(at + 1)))
    order = np.argsort(hashes, kind="stable")
    same_hash = hashes[order][1:] == hashes[order][:-1]
    # equal hashes stand together in the order of their rows: a row is equal to the one before it, or to none
    same = same_hash & np.all([code[order[1:]] == code[order[:-1]] for code in codes], axis=0)
    starts = np.flatnonzero(np.r_[True, ~same])
    lengths = np.diff(np.r_[starts, n_rows])
    several = np.flatnonzero(lengths > 1)
    firsts = order[starts[several]]
    ranked = np.lexsort((firsts, -lengths[several]))[:most]
    named = [(int(firsts[at]), int(lengths[several[at]])) for at in ranked.tolist()]
    return int(same.sum()), tuple(named)


def _codes(column: Column) -> Hashes:
    """One whole number for each different value of a column, the same for the same value."""
    values = column.values
    if values.dtype.kind == "O":
        number_of: dict[object, int] = {}
        return np.fromiter(
            (number_of.setdefault(cell, len(number_of)) for cell in values),
            dtype=np.uint64,
            count=len(values),
        )
    if values.dtype.kind == "f":
        plain = values.astype(np.float64) + 0.0  # -0 and 0 are equal
        plain[np.isnan(plain)] = np.nan  # and so are all NaN
        return plain.view(np.uint64)
    return values.astype(np.int64).view(np.uint64)


def _mix(z: Hashes) -> Hashes:
    """One 64-bit hash for each number (the finaliser of SplitMix64: Steele, Lea and Flood 2014, figure 16)."""
    with np.errstate(over="ignore"):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))

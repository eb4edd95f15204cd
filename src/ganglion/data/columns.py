"""Columns as the inputs of a network: numbers with their gaps marked, texts as zeros and ones; nothing is left out.

`features` prepares a table for distances and chooses among its columns. Here every column is used, a missing number is
filled and marked, and a text that is missing or was never seen is all zeros.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from ._encoding import Floats, Scale, numbers, scaled, texts
from ._learning import learn
from ._records import Column, Table, shown

__all__ = ["ColumnRule", "TableEncoding", "learn_columns", "table_of_array"]

MAX_CATEGORIES = 1000
SCALES = ("standard", "robust", "none")


@dataclass(frozen=True)
class ColumnRule:
    """How one column becomes inputs of a network.

    Attributes
    ----------
    column : str
        The column's name.
    kind : {"number", "category"}
        What it holds; booleans are categories of their own, "false" and "true".
    fill : float
        What stands for a missing number: the median of those that are there.
    center, scale : float
        The input is (value - center) / scale.
    has_gaps : bool
        Whether a second input says, by 1, where the number was missing.
    categories : tuple of str
        The texts, one input of zeros and ones for each; empty for numbers.
    """

    column: str
    kind: Literal["number", "category"]
    fill: float
    center: float
    scale: float
    has_gaps: bool
    categories: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its inputs, such as "age", "age is missing" or "species=Adelie"."""
        if self.kind == "category":
            return tuple(f"{self.column}={category}" for category in self.categories)
        return (self.column, f"{self.column} is missing") if self.has_gaps else (self.column,)


@dataclass(frozen=True)
class TableEncoding:
    """What was learned from the columns of one table, to make inputs of others.

    Attributes
    ----------
    columns : tuple of ColumnRule
        A rule for each column, in order.
    """

    columns: tuple[ColumnRule, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(name for rule in self.columns for name in rule.names)

    @property
    def has_texts(self) -> bool:
        """Whether a column holds anything but numbers."""
        return any(rule.kind == "category" for rule in self.columns)

    def encode(self, table: Table) -> Floats:
        """Return the inputs of a table.

        Parameters
        ----------
        table : Table
            As many columns as there are rules, in their order.

        Returns
        -------
        ndarray of shape (n, n_inputs)
            Finite numbers.

        Raises
        ------
        DataError
            Another number of columns, texts or dates where numbers were, an infinite value.
        """
        if len(table.columns) != len(self.columns):
            raise DataError(
                f"Rows must have the {len(self.columns)} columns that were learned from; these have "
                f"{len(table.columns)}. Add or drop columns."
            )
        inputs: Floats = np.zeros((table.n_rows, len(self.names)))
        start = 0
        for rule, column in zip(self.columns, table.columns, strict=True):
            width = len(rule.names)
            _encode_into(inputs[:, start : start + width], rule, column)
            start += width
        return inputs

    def encode_changed(self, table: Table, known: Table, inputs: Floats) -> Floats:
        """Return the inputs of a table that has most of its columns from another one whose inputs are known.

        Parameters
        ----------
        table : Table
            As for `encode`.
        known : Table
            As many rows and columns; those that are the same objects in both are not encoded again.
        inputs : ndarray of shape (n, n_inputs)
            What `encode` returned for `known`; not written to.

        Returns
        -------
        ndarray of shape (n, n_inputs)
            What `encode` returns for `table`.
        """
        changed = inputs.copy()
        pairs = zip(table.columns, known.columns, strict=True)
        for at in [at for at, (column, before) in enumerate(pairs) if column is not before]:
            place = changed[:, self._starts[at] : self._starts[at + 1]]
            place[...] = 0.0
            _encode_into(place, self.columns[at], table.columns[at])
        return changed

    @cached_property
    def _starts(self) -> list[int]:
        """Where the inputs of each column begin, and where the last ones end."""
        return [0, *accumulate(len(rule.names) for rule in self.columns)]

    def encode_numbers(self, X: NDArray[Any]) -> Floats:
        """Return the inputs of an array, where all columns are numbers.

        Parameters
        ----------
        X : ndarray of shape (n, n_columns)
            Numbers, NaN where missing; not infinite.

        Returns
        -------
        ndarray of shape (n, n_inputs)
            As `encode` gives.
        """
        fills, centers, scales, places, marked = self._parts
        rows = X.astype(np.float64)
        gaps = np.isnan(rows)
        filled = np.where(gaps, fills, rows) if gaps.any() else rows
        inputs: Floats = np.zeros((len(rows), len(self.names)))
        inputs[:, places] = scaled(filled, centers, scales)
        inputs[:, places[marked] + 1] = gaps[:, marked]
        return inputs

    @cached_property
    def _parts(self) -> tuple[Floats, Floats, Floats, NDArray[np.intp], NDArray[np.intp]]:
        """Fills, centres and scales of all columns, where each input stands, and which columns mark their gaps."""
        widths = [len(rule.names) for rule in self.columns]
        places = np.concatenate([[0], np.cumsum(widths)[:-1]]).astype(np.intp)
        marked = np.flatnonzero([rule.has_gaps for rule in self.columns])
        values = [[rule.fill, rule.center, rule.scale] for rule in self.columns]
        fills, centers, scales = np.array(values).T
        return fills, centers, scales, places, marked

    def to_record(self) -> list[dict[str, Any]]:
        """Return the rules as plain dicts, for a model file.

        Returns
        -------
        list of dict
            What `from_record` takes.
        """
        return [{**vars(rule), "categories": list(rule.categories)} for rule in self.columns]

    @staticmethod
    def from_record(record: object) -> TableEncoding:
        """Return the encoding that `to_record` wrote.

        Parameters
        ----------
        record : list of dict
            What a model file holds; it is not trusted.

        Returns
        -------
        TableEncoding
            The same encoding.

        Raises
        ------
        ValueError
            The record is not one that `to_record` writes.
        """
        if type(record) is not list or not record:
            raise ValueError("an encoding must be a list of columns")
        return TableEncoding(tuple(_rule_from(entry) for entry in cast("list[Any]", record)))


def learn_columns(table: Table, scale: Scale = "none") -> TableEncoding:
    """Learn from a table how its columns become inputs.

    Parameters
    ----------
    table : Table
        Numbers, booleans, texts and categories; missing values are allowed.
    scale : {"none", "standard", "robust"}, default "none"
        Numbers as they are; (x - mean) / standard deviation; (x - median) / interquartile range.

    Returns
    -------
    TableEncoding
        A rule for each column.

    Raises
    ------
    DataError
        Dates, lists or other values that are neither numbers nor texts, an infinite number, more than 1,000 different
        texts in a column, nothing at all in any column.

    Notes
    -----
    A number that is missing somewhere gets a second input of zeros and ones that says where, and the median of the
    others in its place. A text becomes one input for each text that occurs, in code point order; where it is missing,
    or was not seen when the encoding was learned, all of them are 0. Booleans are texts, "false" and "true".

    Examples
    --------
    >>> from ganglion.data import table_from_frame
    >>> from ganglion.data.columns import learn_columns
    >>> table = table_from_frame({"age": [20.0, None, 40.0], "kind": ["a", "b", None]})
    >>> encoding = learn_columns(table)
    >>> encoding.names
    ('age', 'age is missing', 'kind=a', 'kind=b')
    >>> encoding.encode(table)
    array([[20.,  0.,  1.,  0.],
           [30.,  1.,  0.,  1.],
           [40.,  0.,  0.,  0.]])
    """
    encoding = TableEncoding(tuple(_learn(column, scale) for column in table.columns))
    if not encoding.names:
        raise DataError(
            "At least one column must hold a value; all of them are empty. Give columns with values."
        )
    return encoding


def table_of_array(X: NDArray[Any], names: Sequence[str] | None = None) -> Table:
    """Return the columns of an array of numbers as a table.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Numbers, NaN where missing.
    names : sequence of str, optional
        The columns' names; x0, x1, ... by default.

    Returns
    -------
    Table
        Its columns, all of them numbers.
    """
    known = [f"x{at}" for at in range(X.shape[1])] if names is None else list(names)
    rows = X.astype(np.float64)
    columns = tuple(Column(name, rows[:, at], "number") for at, name in enumerate(known))
    return Table(columns, len(rows), "array")


def _learn(column: Column, scale: Scale) -> ColumnRule:
    """Return the rule of one column."""
    if column.kind in ("date", "other"):
        what = "dates" if column.kind == "date" else column.note or "neither numbers nor texts"
        advice = (
            "Turn them into numbers, such as days since a date"
            if column.kind == "date"
            else "Turn them into numbers or texts"
        )
        raise DataError(
            f"Columns must hold numbers or texts; {shown(column.name)} holds {what}. {advice}, or leave the column out."
        )
    if column.kind != "number":
        present = {cell for cell in texts(column) if cell is not None}
        categories = ("false", "true") if column.kind == "boolean" else tuple(sorted(present))
        if len(categories) > MAX_CATEGORIES:
            raise DataError(
                f"A column of texts may hold at most {MAX_CATEGORIES} different ones; {shown(column.name)} holds "
                f"{len(categories)}. Leave it out, or turn it into numbers."
            )
        return ColumnRule(column.name, "category", 0.0, 0.0, 1.0, False, categories)
    values, absent = numbers(column, "number"), column.missing
    has_gaps = bool(absent.any())
    if has_gaps and bool(absent.all()):
        return ColumnRule(column.name, "number", 0.0, 0.0, 1.0, True, ())
    code = learn(column, scale)
    if code is None:  # one value only
        value = float(values[~absent][0])
        center = 0.0 if scale == "none" else value
        return ColumnRule(column.name, "number", value, center, 1.0, has_gaps, ())
    center, spread = code.centers[0], code.scales[0]
    return ColumnRule(column.name, "number", float(code.fill), center, spread, has_gaps, ())


def _encode_into(inputs: Floats, rule: ColumnRule, column: Column) -> None:
    """Write the inputs of one column; they are zeros so far."""
    if rule.kind == "category":
        place = {category: at for at, category in enumerate(rule.categories)}
        if column.kind == "date" or column.kind == "other":
            raise DataError(
                f"Column {shown(column.name)} must hold texts, as in the rows it was learned from; here it holds "
                f"{column.kind}s. Correct its values."
            )
        for row, cell in enumerate(texts(column)):
            at = None if cell is None else place.get(cell)
            if at is not None:
                inputs[row, at] = 1.0
        return
    absent = column.missing
    values = numbers(column, "number")
    filled = np.where(absent, rule.fill, values)[:, None]
    inputs[:, :1] = scaled(filled, np.array([rule.center]), np.array([rule.scale]))
    if rule.has_gaps:
        inputs[:, 1] = absent


def _rule_from(entry: Any) -> ColumnRule:
    """Return one rule from a record; ValueError where something does not fit."""
    fields: dict[str, Any] = {**entry, "categories": tuple(entry["categories"])}
    rule: Any = ColumnRule(**fields)
    sound = (
        isinstance(rule.column, str)
        and rule.kind in ("number", "category")
        and type(rule.has_gaps) is bool
        and all(isinstance(text, str) for text in rule.categories)
        and all(type(v) is float and math.isfinite(v) for v in (rule.fill, rule.center, rule.scale))
        and rule.scale > 0
        and not (rule.kind == "number" and rule.categories)
        and not (rule.kind == "category" and rule.has_gaps)
    )
    if not sound:
        raise ValueError(f"column {shown(entry.get('column'))} of an encoding")
    return rule

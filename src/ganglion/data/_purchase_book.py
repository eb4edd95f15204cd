"""Purchases in a database of their own: read once, aggregated there, spilled to a folder where memory ends.

Everything that is summed is a whole number (days, millionths of the currency, counts), so that no answer depends on
the order of the rows or on which thread added them up. Statements are made of our own names and constants alone.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from ._days import DateReading, DayOrder, read_dates
from ._money import AmountReading, read_amounts
from ._purchase_roles import LONGEST_VALUE
from ._purchase_statements import (
    KEYS,
    SUM_TYPE,
    SUMS,
    Meaning,
    Rows,
    first_pointed,
    parameters_of,
    raw_rows,
)
from ._records import shown

LONGEST_SEEN = 100  # characters of a cell that its role is guessed from
LONGEST_KEY = 10_000  # characters in the name of a customer, an order, a product
# different ones in a column of dates, or of amounts that are no plain numbers
MOST_TEXTS = 2_000_000


@dataclass(frozen=True)
class LinesRead:
    """What the cells of all rows meant.

    Attributes
    ----------
    date_forms : dict of str to int
        How many different texts have each form.
    amounts : dict of str to AmountReading
        For each column of numbers what its odd texts meant.
    """

    date_forms: dict[str, int]
    amounts: dict[str, AmountReading]


def first_rows(
    connection: duckdb.DuckDBPyConnection, rows: Rows, n: int
) -> list[tuple[str | None, ...]]:
    """Return the first rows as texts, cut where they are very long."""
    cells = ", ".join(
        f"left(CAST(c{at} AS VARCHAR), {LONGEST_SEEN})" for at in range(len(rows.holds))
    )
    statement = f"SELECT {cells} FROM {rows.relation} LIMIT {n}"
    return connection.execute(statement, dict(rows.parameters)).fetchall()


def ingest(
    connection: duckdb.DuckDBPyConnection, rows: Rows, places: Mapping[str, int], meaning: Meaning
) -> int:
    """Copy the columns that have a role to the table `raw`, as `raw_rows` has them. Returns the number of rows.

    Rows are numbered by rowid in the order of the file.
    """
    connection.execute(
        f"CREATE TABLE raw AS {raw_rows(rows, places, meaning)}", parameters_of(rows, meaning)
    )
    if rows.is_checked:
        wrong = one(connection, "SELECT min(rowid) FILTER (bad) FROM raw")[0]
        if wrong is not None:
            raise DataError(
                f"Every line must have as many fields as the first one, {len(rows.holds)}; row {wrong + 1} has "
                "another number. Correct that line."
            )
    return int(one(connection, "SELECT count(*) FROM raw")[0])


def read_cells(
    connection: duckdb.DuckDBPyConnection,
    rows: Rows,
    places: Mapping[str, int],
    names: Mapping[str, str],
    meaning: Meaning,
) -> LinesRead:
    """Make `lines` of `raw`: customer, day, amount, quantity, what is NULL where it could not be read.

    `places` and `names` are those of the columns, by role. Without texts that had to be read `lines` is a view.
    """
    _check_keys(connection, names)
    days, is_joined = _read_days(connection, names["date"], meaning.dates)
    cells, joins = ["raw.customer", "raw.date_plain AS day"], list[str]()
    if is_joined:
        cells[1] = "coalesce(raw.date_plain, days.v) AS day"
        joins.append('LEFT JOIN days ON raw."date" = days.t')
    readings: dict[str, AmountReading] = {}
    for role in SUMS:
        if role not in names:
            cells.append(f"CAST(NULL AS {SUM_TYPE}) AS {role}")
            continue
        column = _Column(role, places[role], names[role])
        readings[role], is_joined = _read_sums(connection, rows, column, meaning)
        cells.append(_sum_cell(role, readings[role].mark, is_joined=is_joined))
        if is_joined:
            joins.append(f"LEFT JOIN {role}s ON raw.{role} = {role}s.t")
    cells += [
        f'raw."{role}" AS "{role}"' if role in names else f'CAST(NULL AS VARCHAR) AS "{role}"'
        for role in KEYS[1:]
    ]
    paid = "amount"
    if "amount" not in names:
        paid = "price" if "quantity" not in names else f"TRY_CAST(price * quantity AS {SUM_TYPE})"
    statement = (
        f"SELECT *, {paid} AS paid FROM "
        f"(SELECT {', '.join(cells)}, raw.h, raw.rowid AS place FROM raw {' '.join(joins)})"
    )
    if joins:
        connection.execute(f"CREATE TABLE lines AS {statement}")
        connection.execute("DROP TABLE raw")
    else:
        connection.execute(f"CREATE VIEW lines AS {statement}")
    return LinesRead(days.forms, readings)


def _sum_cell(role: str, mark: str, *, is_joined: bool) -> str:
    """Return SQL for a sum, which odd texts are joined to."""
    plain = f"raw.{role}_plain"
    if not is_joined:
        return f"{plain} AS {role}"
    if mark == ",":  # what holds a point was read with its meaning there, or is no amount
        plain = f"CASE WHEN raw.{role} IS NULL THEN {plain} END"
    return f"coalesce({role}s.v, {plain}) AS {role}"


@dataclass(frozen=True)
class _Column:
    """A column of numbers: its role, its place, its name."""

    role: str
    place: int
    name: str


def _check_keys(connection: duckdb.DuckDBPyConnection, names: Mapping[str, str]) -> None:
    """No name of a customer, an order or a product may be longer than a name can be."""
    for role in KEYS:
        # bytes are counted faster than characters, and there are at least as many
        if role not in names or (
            (one(connection, f'SELECT max(strlen("{role}")) FROM raw')[0] or 0) <= LONGEST_KEY
        ):
            continue
        at, length = one(
            connection, f'SELECT arg_max(rowid, length("{role}")), max(length("{role}")) FROM raw'
        )
        if length > LONGEST_KEY:
            advice = (
                "Correct that row."
                if role == "customer"
                else f"Name another column with --{role}, or correct it."
            )
            raise DataError(
                f"The {role} in column {shown(names[role])} may have at most {LONGEST_KEY} characters; row {at + 1} "
                f"has {length}. {advice}"
            )


def _read_days(
    connection: duckdb.DuckDBPyConnection, column: str, order: DayOrder
) -> tuple[DateReading, bool]:
    """Return what the dates are; for those that are not plain make the table `days` of texts t and days v."""
    text = 'coalesce("date", CAST(date_plain AS VARCHAR))'
    texts = _distinct(
        connection, f'{text} AS text FROM raw GROUP BY "date", date_plain', column, "dates"
    )
    found = read_dates(texts, "auto" if order == "unix" else order, column)
    known = [
        (text, str(day)) for text, day in zip(texts, found.days, strict=True) if day is not None
    ]
    if one(connection, 'SELECT count("date") FROM raw')[0] == 0:
        connection.execute('ALTER TABLE raw DROP COLUMN "date"')
        return found, False
    _put(connection, "days", known, "DATE '1970-01-01' + CAST(v AS INTEGER)")
    return found, True


def _read_sums(
    connection: duckdb.DuckDBPyConnection, rows: Rows, column: _Column, meaning: Meaning
) -> tuple[AmountReading, bool]:
    """Return what the odd texts of a column mean; for those make a table, such as `amounts`: texts t and sums v."""
    role, name, decimal = column.role, column.name, meaning.decimal
    if rows.holds[column.place] != "text":
        decimal = "auto"  # numbers have no mark
    listed = f"{role} AS text FROM raw WHERE {role} IS NOT NULL AND {role}_plain IS"
    what = "amounts that are no plain numbers"
    texts = _distinct(connection, f"{listed} NULL GROUP BY {role}", name, what)
    # A plain number tells its mark too: 12.5 has a decimal point, 1.234 need not.
    seen = ""
    if texts and decimal == "auto":
        statement = first_pointed(rows, column.place, meaning)
        pointed = connection.execute(statement, parameters_of(rows, meaning)).fetchall()
        seen = str(pointed[0][0]) if pointed else ""
    found = read_amounts(texts, decimal, name, point_seen=seen)
    micros = found.micros
    if found.mark == ",":  # then the points of plain numbers stand between thousands
        pointed = _distinct(connection, f"{listed} NOT NULL GROUP BY {role}", name, "amounts")
        texts = [*texts, *pointed]
        micros = (*micros, *read_amounts(pointed, "comma", name).micros)
    if not texts:
        connection.execute(f"ALTER TABLE raw DROP COLUMN {role}")
        return found, False
    exact = [
        (text, str(Decimal(micro).scaleb(-6)))
        for text, micro in zip(texts, micros, strict=True)
        if micro is not None
    ]
    _put(connection, f"{role}s", exact, f"CAST(v AS {SUM_TYPE})")
    return found, True


def _distinct(
    connection: duckdb.DuckDBPyConnection, groups: str, column: str, what: str
) -> list[str]:
    """Return the different short texts of groups of `raw`, by first appearance."""
    rows = connection.execute(
        f"SELECT text FROM (SELECT min(rowid) AS first, {groups}) WHERE length(text) <= {LONGEST_VALUE} "
        f"ORDER BY first LIMIT {MOST_TEXTS + 1}"
    ).fetchall()
    if len(rows) > MOST_TEXTS:
        raise DataError(
            f"Column {shown(column)} has more than {MOST_TEXTS:,} different {what}: it must hold something else. "
            "Name the right column."
        )
    return [str(row[0]) for row in rows]


def _put(
    connection: duckdb.DuckDBPyConnection, table: str, pairs: list[tuple[str, str]], value: str
) -> None:
    """Make a small table of texts t and their values v."""
    columns = {
        "t": np.array([text for text, _ in pairs], dtype=object),
        "v": np.array([number for _, number in pairs], dtype=object),
    }
    with registered(connection, "given", columns):
        connection.execute(
            f"CREATE TABLE {table} AS SELECT t, {value} AS v FROM "
            "(SELECT CAST(t AS VARCHAR) AS t, CAST(v AS VARCHAR) AS v FROM given)"
        )


@contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, NDArray[Any]]
) -> Generator[None]:
    """Let statements read arrays as a table."""
    connection.register(name, columns)
    try:
        yield
    finally:
        connection.unregister(name)


def one(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[Any, ...]:
    """Return the one row of a statement."""
    return connection.execute(statement).fetchall()[0]

"""Purchases in a database of their own: read once, aggregated there, spilled to a folder where memory ends.

Everything that is summed is a whole number (days, millionths of the currency, counts), so that no answer depends on
the order of the rows or on which thread added them up. Statements are made of our own names and constants alone.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from ._database import BLANKS
from ._purchase_cells import (
    LONGEST_VALUE,
    TIME,
    AmountReading,
    DateReading,
    DayOrder,
    DecimalMark,
    read_amounts,
    read_dates,
)
from ._records import shown

LONGEST_KEY = 10_000  # characters in the name of a customer, an order, a product
# different ones in a column of dates, or of amounts that are no plain numbers
MOST_TEXTS = 2_000_000
KEYS = ("customer", "order", "product")
SUMS = ("amount", "price", "quantity")
_SUM = "DECIMAL(18, 6)"


@dataclass(frozen=True)
class Meaning:
    """How the cells of a book are meant.

    Attributes
    ----------
    dates : {"auto", "dmy", "mdy", "unix"}
        Order of day and month; seconds since 1970.
    decimal : {"auto", "point", "comma"}
        Decimal mark.
    missing : tuple of str
        Texts that stand for nothing.
    """

    dates: DayOrder
    decimal: DecimalMark
    missing: tuple[str, ...]


@dataclass(frozen=True)
class LinesRead:
    """What the cells of all rows meant.

    Attributes
    ----------
    n_rows : int
        Rows of the file.
    date_forms : dict of str to int
        How many different texts have each form.
    amounts : dict of str to AmountReading
        For each column of numbers what its odd texts meant.
    """

    n_rows: int
    date_forms: dict[str, int]
    amounts: dict[str, AmountReading]


def ingest(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    parameters: dict[str, object],
    places: Mapping[str, int],
    meaning: Meaning,
    *,
    n_columns: int,
    is_checked: bool,
) -> int:
    """Copy the columns that have a role to the table `raw`, trimmed, gaps NULL, with a digest `h` of the whole row.

    Rows are numbered by rowid in the order of the file. Returns their number.
    """
    gaps = "|".join(re.escape(text) for text in ("", *meaning.missing))
    longest = max(map(len, meaning.missing), default=0)
    trimmed, cells = list[str](), list[str]()
    for role, at in places.items():
        cell = f"CAST(c{at} AS VARCHAR)"
        # the trimming is dear and seldom needed: CASE spares the other cells of it, as it does the search for gaps
        trimmed.append(
            f"CASE WHEN regexp_matches({cell}, '^\\s|\\s$') THEN trim({cell}, $blanks) ELSE {cell} END AS t{at}"
        )
        gap = f"length(t{at}) <= {longest} AND regexp_full_match(t{at}, $gaps)"
        text = f"CASE WHEN {gap} THEN NULL ELSE t{at} END"
        if role == "date":
            text = _day_text(text, meaning.dates)
        cells.append(f'{text} AS "{role}"')
    everything = ", ".join(f"c{at}" for at in range(n_columns))
    bad = ", bad" if is_checked else ""
    connection.execute(
        f"CREATE TABLE raw AS SELECT {', '.join(cells)}, h{bad} FROM "
        f"(SELECT {', '.join(trimmed)}, hash(row({everything})) AS h{bad} FROM {relation})",
        parameters | {"gaps": gaps, "blanks": BLANKS},
    )
    if is_checked:
        wrong = one(connection, "SELECT min(rowid) FILTER (bad) FROM raw")[0]
        if wrong is not None:
            raise DataError(
                f"Every line must have as many fields as the first one, {n_columns}; row {wrong + 1} has another "
                "number. Correct that line."
            )
    return int(one(connection, "SELECT count(*) FROM raw")[0])


def _day_text(text: str, order: DayOrder) -> str:
    """Return SQL for the day of a text: without its time, or from seconds (milli-, microseconds) since 1970."""
    if order != "unix":
        return f"regexp_replace({text}, '{TIME.replace(chr(39), chr(39) * 2)}', '')"
    number = f"TRY_CAST({text} AS DOUBLE)"
    micros = (
        f"CASE WHEN abs({number}) < 1e11 THEN {number} * 1e6 WHEN abs({number}) < 1e14 THEN {number} * 1e3 "
        f"WHEN abs({number}) < 1e17 THEN {number} END"
    )
    return f"CAST(CAST(make_timestamp(CAST(floor({micros}) AS BIGINT)) AS DATE) AS VARCHAR)"


def read_cells(
    connection: duckdb.DuckDBPyConnection, roles: Mapping[str, str], meaning: Meaning, n_rows: int
) -> LinesRead:
    """Make the table `lines` of `raw`: customer, day, amount, quantity, what is NULL where it could not be read."""
    _check_keys(connection, roles)
    days = _read_days(connection, roles["date"], meaning.dates)
    readings: dict[str, AmountReading] = {}
    cells, joins = ['raw."customer"', "days.v AS day"], ['LEFT JOIN days ON raw."date" = days.t']
    for role in SUMS:
        if role not in roles:
            cells.append(f"CAST(NULL AS {_SUM}) AS {role}")
            continue
        readings[role] = found = _read_sums(connection, role, roles[role], meaning.decimal)
        joins.append(f'LEFT JOIN {role}s ON raw."{role}" = {role}s.t')
        plain = _plain(f'raw."{role}"')
        if found.mark == ",":  # what holds a point was read with its meaning there, or is no amount
            plain = f"CASE WHEN NOT contains(raw.\"{role}\", '.') THEN {plain} END"
        cells.append(f"coalesce({role}s.v, {plain}) AS {role}")
    cells += [
        f'raw."{role}" AS "{role}"' if role in roles else f'CAST(NULL AS VARCHAR) AS "{role}"'
        for role in KEYS[1:]
    ]
    paid = "amount"
    if "amount" not in roles:
        paid = "price" if "quantity" not in roles else f"TRY_CAST(price * quantity AS {_SUM})"
    connection.execute(
        f"CREATE TABLE cells AS SELECT *, {paid} AS paid FROM (SELECT {', '.join(cells)}, raw.h, raw.rowid AS place "
        f"FROM raw {' '.join(joins)})"
    )
    connection.execute("DROP TABLE raw")
    return LinesRead(n_rows, days.forms, readings)


def _plain(cell: str) -> str:
    """Return SQL for the plain number that a cell is, NULL where it is none."""
    return f"TRY_CAST(CASE WHEN contains({cell}, '_') THEN NULL ELSE {cell} END AS {_SUM})"


def _check_keys(connection: duckdb.DuckDBPyConnection, roles: Mapping[str, str]) -> None:
    """No name of a customer, an order or a product may be longer than a name can be."""
    for role in KEYS:
        if role not in roles:
            continue
        at, length = one(
            connection, f'SELECT arg_max(rowid, length("{role}")), max(length("{role}")) FROM raw'
        )
        if length is not None and length > LONGEST_KEY:
            advice = (
                "Correct that row."
                if role == "customer"
                else f"Name another column with --{role}, or correct it."
            )
            raise DataError(
                f"The {role} in column {shown(roles[role])} may have at most {LONGEST_KEY} characters; row {at + 1} "
                f"has {length}. {advice}"
            )


def _read_days(connection: duckdb.DuckDBPyConnection, column: str, order: DayOrder) -> DateReading:
    """Make the table `days`: each text t of a day, and its number v."""
    texts = _distinct(connection, "date", "TRUE", column, "dates")
    found = read_dates(texts, "auto" if order == "unix" else order, column)
    known = [
        (text, str(day)) for text, day in zip(texts, found.days, strict=True) if day is not None
    ]
    _put(connection, "days", known, "DATE '1970-01-01' + CAST(v AS INTEGER)")
    return found


def _read_sums(
    connection: duckdb.DuckDBPyConnection, role: str, column: str, decimal: DecimalMark
) -> AmountReading:
    """Make a table, such as `amounts`: each text t that needs reading, and its value v."""
    plain = _plain(f'"{role}"')
    texts = _distinct(
        connection, role, f"{plain} IS NULL", column, "amounts that are no plain numbers"
    )
    # A plain number tells its mark too: 12.5 has a decimal point, 1.234 need not.
    seen = one(
        connection,
        f'SELECT arg_min("{role}", rowid) FILTER (contains("{role}", \'.\') AND {plain} IS NOT NULL '
        f"AND NOT regexp_full_match(\"{role}\", '[+-]?[1-9][0-9]{{0,2}}\\.[0-9]{{3}}')) FROM raw",
    )[0]
    found = read_amounts(texts, decimal, column, point_seen=seen or "")
    if found.mark == ",":  # then the points of plain numbers stand between thousands
        pointed = _distinct(
            connection,
            role,
            f"{plain} IS NOT NULL AND contains(\"{role}\", '.')",
            column,
            "amounts",
        )
        more = read_amounts(pointed, "comma", column)
        texts = [*texts, *pointed]
        micros = (*found.micros, *more.micros)
    else:
        micros = found.micros
    exact = [
        (text, str(Decimal(micro).scaleb(-6)))
        for text, micro in zip(texts, micros, strict=True)
        if micro is not None
    ]
    _put(connection, f"{role}s", exact, f"CAST(v AS {_SUM})")
    return found


def _distinct(
    connection: duckdb.DuckDBPyConnection, role: str, condition: str, column: str, what: str
) -> list[str]:
    """Return the different short texts of a role, by first appearance."""
    rows = connection.execute(
        f'SELECT "{role}" FROM raw WHERE "{role}" IS NOT NULL AND length("{role}") <= {LONGEST_VALUE} '
        f'AND {condition} GROUP BY "{role}" ORDER BY min(rowid) LIMIT {MOST_TEXTS + 1}'
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

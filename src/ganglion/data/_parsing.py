"""From the loaded text or typed columns to `Column`: which kind each column is, and its values as an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from ._amounts import with_amounts
from ._database import clean
from ._files import TableFile
from ._records import Column, Kind, Limits, Values, shown

EXACT = 2.0**53
DECIMAL_COMMA = r"[+-]?([0-9]*|[0-9]{1,3}(\.[0-9]{3})+),[0-9]+([eE][+-]?[0-9]+)?"
SURE_GROUPS = r"[+-]?[1-9][0-9]{0,2}((,[0-9]{3})+\.[0-9]*|(,[0-9]{3}){2,})"

INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
WIDE = {"UBIGINT", "HUGEINT", "UHUGEINT", "BIGNUM"}


@dataclass(frozen=True)
class TextOptions:
    """How cells of delimited text are meant: the decimal mark, and the texts that stand for nothing."""

    decimal: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Cells:
    """Where a column's cells are: a table, SQL for the text and the number that a cell is, and whether commas group."""

    table: str
    text: str
    number: str
    has_groups: bool = False


@dataclass(frozen=True)
class Profile:
    """What one column of text looks like: counts of its cells, the longest text, the largest number."""

    present: int
    numbers: int
    longest: int
    largest: float
    integers: int = 0
    zero_led: int = 0
    booleans: int = 0
    dates: int = 0
    commas: int = 0

    @property
    def is_number(self) -> bool:
        """Whether every cell is a number that may be computed with: 01234 is a code, and loses its zero as one."""
        return self.numbers == self.present and not self.is_code

    @property
    def is_code(self) -> bool:
        """Whether the cells are whole numbers, some with leading zeros."""
        return self.present == self.integers > 0 and self.zero_led > 0


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[Any, ...]:
    """Return the one row of an aggregate, 0 where it has nothing to say."""
    row = connection.execute(statement).fetchone()
    return tuple(0 if value is None else value for value in row or ())


def _cells(connection: duckdb.DuckDBPyConnection, at: int, options: TextOptions) -> Cells:
    """Return where to find a column's cells: as they were loaded where all are plain numbers, cleaned otherwise."""
    if options.decimal == ".":
        number = f"TRY_CAST(c{at} AS DOUBLE)"
        counts = f"count(c{at}), count({number}), count(*) FILTER (contains(c{at}, '_'))"
        present, numbers, odd = _one(connection, f"SELECT {counts} FROM raw")
        if present == numbers and not odd:
            return Cells("raw", f"c{at}", number)
    clean(connection, at, options.missing, options.decimal)
    if options.decimal == "," or not _has_groups(connection):
        return Cells("clean", "v", "n")
    clean(connection, at, options.missing, options.decimal, has_groups=True)
    return Cells("clean", "v", "n", has_groups=True)


def _has_groups(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a cell of the column leaves no doubt that commas group thousands: 1,234.5 or 1,234,567; 1,234 does."""
    test = f"regexp_full_match(v, '{SURE_GROUPS}')"
    (seen,) = _one(connection, f"SELECT count(*) FILTER ({test}) FROM clean")
    return bool(seen)


def _profile(connection: duckdb.DuckDBPyConnection, cells: Cells) -> Profile:
    """Count the cells that read as a number, a boolean or a date; only what can matter."""
    v, n = cells.text, cells.number
    first = f"SELECT count({v}), count({n}), max(length({v})), max(abs({n})) FROM {cells.table}"
    present, numbers, longest, largest = _one(connection, first)
    if present and numbers == present:
        tests = {
            "integers": f"regexp_full_match({v}, '\\s*[+-]?[0-9]+\\s*')",
            "zero_led": f"regexp_full_match({v}, '\\s*[+-]?0[0-9]+\\s*')",
        }
    else:
        tests = {
            "booleans": f"lower({v}) IN ('true', 'false')",
            "dates": f"TRY_CAST(CASE WHEN {v} LIKE '____-__-%' THEN {v} END AS TIMESTAMP) IS NOT NULL",
            "commas": f"regexp_full_match({v}, '{DECIMAL_COMMA}')",
        }
    counted = ", ".join(f"count(*) FILTER ({test})" for test in tests.values())
    counts = _one(connection, f"SELECT {counted} FROM {cells.table}")
    return Profile(present, numbers, longest, largest, **dict(zip(tests, counts, strict=True)))


def text_columns(
    connection: duckdb.DuckDBPyConnection,
    file: TableFile,
    names: dict[int, str],
    options: TextOptions,
    limits: Limits,
) -> tuple[Column, ...]:
    """Turn the cells of a CSV file into columns, the kind decided by all of a column's cells."""
    columns: list[Column] = []
    for at, name in names.items():
        cells = _cells(connection, at, options)
        profile = _profile(connection, cells)
        _check_length(file, name, profile.longest, limits)
        commas = options.decimal == "." and profile.commas > 0
        if commas and profile.commas + profile.numbers == profile.present:
            raise _decimal_comma(connection, file, name)
        kind, expression = _kind(profile, cells)
        values = _fetch(connection, expression, kind, cells.table)
        column = Column(name, values, kind, _note(connection, profile, cells))
        columns.append(with_amounts(column, "comma" if options.decimal == "," else "auto"))
    return tuple(columns)


def _kind(profile: Profile, cells: Cells) -> tuple[Kind, str]:
    """Return the kind of a column of text, and the SQL for its values."""
    v = cells.text
    if profile.is_number:
        whole = profile.present == profile.integers > 0 and profile.largest < 2.0**62
        return (
            "number",
            f"CAST({v} AS BIGINT)" if whole else f"coalesce({cells.number}, 'NaN'::DOUBLE)",
        )
    if profile.booleans == profile.present:
        return "boolean", f"coalesce(CAST(CAST({v} AS BOOLEAN) AS DOUBLE), 'NaN'::DOUBLE)"
    if profile.dates == profile.present:
        return "date", f"CAST({v} AS TIMESTAMP)"
    return "text", f"trim({v})"


def _note(connection: duckdb.DuckDBPyConnection, profile: Profile, cells: Cells) -> str:
    """What a reader should know about a column of text or numbers."""
    if profile.is_code:
        return "codes with leading zeros, kept as text"
    if profile.is_number:
        if cells.has_groups:
            return "commas in its numbers group thousands"
        whole = profile.present == profile.integers > 0
        return (
            "integers beyond 2^53, rounded when they are computed with"
            if whole and profile.largest > EXACT
            else ""
        )
    if 2 * profile.numbers < profile.present:
        return ""
    place, cell = _one(
        connection,
        "SELECT rowid, v FROM clean WHERE v IS NOT NULL AND n IS NULL ORDER BY rowid LIMIT 1",
    )
    return (
        f"{profile.numbers} of its {profile.present} values are numbers, the first other one is "
        f"{shown(cell)} in row {place + 1}"
    )


def _decimal_comma(connection: duckdb.DuckDBPyConnection, file: TableFile, name: str) -> DataError:
    """Return the error for a column of numbers with commas."""
    place, cell = _one(
        connection, "SELECT rowid, v FROM clean WHERE contains(v, ',') ORDER BY rowid LIMIT 1"
    )
    return DataError(
        f"Numbers must have a decimal point; column {shown(name)} of {file.name} holds {shown(cell)} in row "
        f"{place + 1}. Say decimal=',' if the comma is the decimal mark; remove it if it groups thousands."
    )


def _check_length(file: TableFile, name: str, longest: int, limits: Limits) -> None:
    """No cell may be longer than the limit."""
    if longest > limits.field_length:
        raise DataError(
            f"A cell may have at most {limits.field_length} characters; column {shown(name)} of {file.name} has "
            f"one with {longest}. Leave the column out (columns=) or raise limits.field_length."
        )


def typed_columns(
    connection: duckdb.DuckDBPyConnection, file: TableFile, names: dict[int, str], limits: Limits
) -> tuple[Column, ...]:
    """Turn the columns of a Parquet or JSON lines file, which have types, into ours."""
    types = {str(row[0]): str(row[1]) for row in connection.execute("DESCRIBE raw").fetchall()}
    columns: list[Column] = []
    for at, name in names.items():
        kind, expression, note = _from_type(types[f"c{at}"], f"c{at}")
        if kind in ("text", "category", "other"):
            (longest,) = _one(connection, f"SELECT max(length(CAST(c{at} AS VARCHAR))) FROM raw")
            _check_length(file, name, longest, limits)
        values = _fetch(connection, expression, kind, "raw")
        columns.append(with_amounts(Column(name, values, kind, note)))
    return tuple(columns)


def _from_type(type_name: str, cell: str) -> tuple[Kind, str, str]:
    """Return kind, SQL for the values, and a note, for a type of duckdb."""
    text = f"CAST({cell} AS VARCHAR)"
    double = f"coalesce(CAST({cell} AS DOUBLE), 'NaN'::DOUBLE)"
    if type_name == "BOOLEAN":
        return "boolean", double, ""
    if type_name in INTEGERS:
        return "number", f"CAST({cell} AS BIGINT)", ""
    if type_name in ("FLOAT", "DOUBLE") or type_name.startswith("DECIMAL"):
        return "number", double, ""
    if type_name in WIDE:
        return "number", double, "64-bit integers, rounded to double precision"
    if type_name.startswith(("DATE", "TIMESTAMP")):
        return "date", f"CAST({cell} AS TIMESTAMP)", ""
    if type_name in ("VARCHAR", "UUID"):
        return "text", text, ""
    if type_name.startswith("ENUM"):
        return "category", text, ""
    what = "mixed types" if type_name == "JSON" else f"type {type_name[:60]}"
    return "other", text, what


def _fetch(
    connection: duckdb.DuckDBPyConnection, expression: str, kind: Kind, relation: str
) -> Values:
    """Fetch one column in row order, missing values as `Column` promises them; the array is read-only."""
    fetched: dict[str, Any] = connection.execute(
        f"SELECT {expression} AS v FROM {relation}"
    ).fetchnumpy()
    found: NDArray[Any] | np.ma.MaskedArray[Any, Any] = fetched["v"]
    mask = np.ma.getmaskarray(found)
    values: Values = np.array(np.ma.getdata(found))
    if kind in ("text", "category", "other"):
        values = values.astype(object)
        values[mask] = None
    elif kind == "date":
        values = values.astype("datetime64[us]")
        values[mask] = np.datetime64("NaT")
    elif mask.any():  # integers with gaps become doubles, in which NaN can stand for a gap
        values = np.where(mask, np.nan, values.astype(np.float64))
    values.flags.writeable = False
    return values

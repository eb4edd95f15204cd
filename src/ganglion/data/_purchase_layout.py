"""How a file of purchases is laid out: its delimiter, which may be blanks, and whether its first line is a header."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import duckdb

from .._errors import DataError
from ._database import aliases, reader, where
from ._days import looks_like_a_date
from ._files import (
    DELIMITERS,
    FORMATS,
    USUAL_DELIMITERS,
    TableFile,
    check_names,
    checked_content,
    first_record,
)
from ._money import looks_like_an_amount
from ._purchase_statements import Holds, Rows
from ._records import Limits

BLANK = " "  # the delimiter of a file whose fields stand apart by any number of blanks
_LOOKED_AT = 200
_HELD: dict[str, Holds] = {
    **dict.fromkeys(("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "day"),
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), "number"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"), "number"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "double"),
}
_LONGEST = 2**20


@contextmanager
def open_purchase_file(
    path: str, header: bool | None, limits: Limits, encoding: str | None = None
) -> Generator[TableFile]:
    """Check the file and say how it is laid out; with `header` None its first line is one where it holds no values."""
    with checked_content(path, limits, encoding) as content:
        inner, name, form = content.path, content.name, FORMATS[content.suffix]
        if form != "csv":
            yield TableFile(inner, name, form, notes=content.notes)
            return
        delimiter, first = first_record(
            inner, name, DELIMITERS.get(content.suffix, USUAL_DELIMITERS)
        )
        fields = _fields_apart_by_blanks(inner)
        if len(first) < 3 and fields:
            delimiter, first = BLANK, fields
        is_header = not any(_is_value(cell) for cell in first) if header is None else header
        names = (
            check_names(first, name, limits)
            if is_header
            else tuple(f"column_{at}" for at in range(1, len(first) + 1))
        )
        if len(names) > limits.columns:
            raise DataError(
                f"A table may have at most {limits.columns} columns; {name} has {len(names)}. "
                "Raise limits.columns if you mean it."
            )
        yield TableFile(inner, name, form, delimiter, is_header, names, content.notes)


def _fields_apart_by_blanks(path: str) -> list[str]:
    """Return the fields of the first line where the lines have one number of them, at least three; else nothing."""
    with open(path, encoding="utf-8-sig", errors="replace", newline=None) as file:
        lines = [file.readline(_LONGEST) for _ in range(_LOOKED_AT)]
    rows = [line.split() for line in lines if line.strip()]
    return rows[0] if rows and len(rows[0]) >= 3 and len({*map(len, rows)}) == 1 else []


def _is_value(cell: str) -> bool:
    """Whether a cell of the first line is a value and no name."""
    return looks_like_a_date(cell) or looks_like_an_amount(cell)


def rows_of(connection: duckdb.DuckDBPyConnection, file: TableFile, n_columns: int) -> Rows:
    """Return SQL for the rows of the file, and what its columns hold.

    Fields apart by blanks are cut here: duckdb has no such delimiter. `bad` is then true for a row with another
    number of them.
    """
    if file.delimiter != BLANK:
        relation = f"(SELECT * FROM {reader(file)} AS file({aliases(n_columns)}))"
        return Rows(relation, where(file), _held(connection, file, relation, n_columns))
    cells = ", ".join(f"nullif(cut[{at + 1}], '') AS c{at}" for at in range(n_columns))
    text = (
        "SELECT regexp_split_to_array(trim(line, ' ' || chr(9) || chr(13)), '[ \\t]+') AS cut FROM "
        "read_csv($path, columns = {'line': 'VARCHAR'}, delim = chr(1), quote = '', escape = '', comment = '', "
        f"header = {str(file.header).lower()}, auto_detect = false, strict_mode = true, null_padding = false, "
        "ignore_errors = false, max_line_size = 16777216, hive_partitioning = false) "
        "WHERE trim(line, ' ' || chr(9) || chr(13)) <> ''"
    )
    relation = f"(SELECT {cells}, len(cut) <> {n_columns} AS bad FROM ({text}))"
    return Rows(relation, where(file), ("text",) * n_columns, is_checked=True)


def _held(
    connection: duckdb.DuckDBPyConnection, file: TableFile, relation: str, n_columns: int
) -> tuple[Holds, ...]:
    """Return what the columns hold: text, where the file does not know better."""
    if file.format == "csv":
        return ("text",) * n_columns
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}", where(file)).fetchall()
    return tuple(_HELD.get(str(row[1]), "text") for row in rows)

"""duckdb as a locked reader: one connection per file, that may open this file and nothing else.

SQL text is made here from our own names (c0, c1, ...) and constants alone; paths and values go in as parameters. So
nothing that stands in a file, names of columns included, is ever part of a statement.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import duckdb

from .._errors import DataError, GanglionError, MemoryPlanError
from ._files import TableFile, check_names
from ._records import Limits, shown

LINE_BYTES = 16 * 2**20
_THOUSANDS = {".": ",", ",": "\\."}  # as patterns
_MARK = {".": "\\.", ",": ","}
BLANKS = " \t\n\f\r"
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
    "temp_directory": "",  # otherwise it may spill into the caller's working directory
}


@contextmanager
def connect(file: TableFile) -> Generator[duckdb.DuckDBPyConnection]:
    """Open an empty database in memory that can read `file` only, and turn duckdb's errors into ours."""
    with translated(file), duckdb.connect(":memory:", config=CONFIG) as connection:
        silence(connection)
        lock(connection, file)
        yield connection


def silence(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep statements that take seconds from drawing a bar on the standard output of interactive sessions."""
    connection.execute("SET enable_progress_bar = false")


def lock(connection: duckdb.DuckDBPyConnection, file: TableFile) -> None:
    """Let the connection open this file and nothing else, for good."""
    connection.execute("SET allowed_paths = ?", [sorted({file.path, literal(file.path)})])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def translated(file: TableFile) -> Generator[None]:
    """Turn duckdb's errors about a file into ours."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except duckdb.OutOfMemoryException as error:
        raise MemoryPlanError(
            f"The table must fit into memory; {file.name} does not. Read fewer columns (columns=)."
        ) from error
    except duckdb.Error as error:
        raise _explained(file, str(error)) from error


def column_names(
    connection: duckdb.DuckDBPyConnection, file: TableFile, limits: Limits
) -> tuple[str, ...]:
    """Return the file's column names, checked against doubles and limits."""
    if file.format == "csv":
        return file.names
    if file.format == "parquet":
        names = _parquet_names(connection, file, limits)
    else:
        rows = connection.execute(f"DESCRIBE SELECT * FROM {reader(file)}", where(file)).fetchall()
        names = [str(row[0]) for row in rows]
    if len(names) > limits.columns:
        raise DataError(
            f"A table may have at most {limits.columns} columns; {file.name} has {len(names)}. "
            "Raise limits.columns if you mean it."
        )
    return check_names(names, file.name, limits)


def load(
    connection: duckdb.DuckDBPyConnection,
    file: TableFile,
    n_columns: int,
    chosen: list[int],
    missing: tuple[str, ...],
    max_rows: int,
) -> int:
    """Copy the chosen columns into the table `raw`, named c0, c1, ... by their place in the file.

    In text files, cells that equal one of `missing` become NULL. Returns the number of rows, at most `max_rows` + 1.
    """
    cells = ", ".join(f"c{at}" for at in chosen)
    gaps = {"missing": ["", *missing]} if file.format == "csv" else {}
    connection.execute(
        f"CREATE TABLE raw AS SELECT {cells} FROM {reader(file, bool(gaps))} AS file({aliases(n_columns)}) "
        f"LIMIT {max_rows + 1}",
        where(file) | gaps,
    )
    row = connection.execute("SELECT count(*) FROM raw").fetchone()
    return 0 if row is None else int(row[0])


def clean(
    connection: duckdb.DuckDBPyConnection,
    at: int,
    missing: tuple[str, ...],
    decimal: str,
    *,
    has_groups: bool = False,
) -> None:
    """Make the table `clean` of one column of `raw`: v, its text, and n, the number that the text is.

    Blanks around a cell are dropped; missing values are NULL in v, and all that is no number (1_000 too) in n. Points
    group thousands where the comma is the decimal mark; commas do where `has_groups` says so. One column at a time,
    because duckdb's time and memory for planning grow faster than the expressions in a statement.
    """
    # the trimming is dear and seldom needed: CASE spares the other cells of it
    trimmed = (
        f"CASE WHEN regexp_matches(c{at}, '^\\s|\\s$') THEN trim(c{at}, $blanks) ELSE c{at} END"
    )
    # the first group has no zero in front: 0.125 is a fraction, whatever the mark
    pattern = f"[+-]?[1-9][0-9]{{0,2}}({_THOUSANDS[decimal]}[0-9]{{3}})+({_MARK[decimal]}[0-9]*)?"
    groups = f"regexp_full_match(v, '{pattern}')"
    if decimal == ",":
        number = (
            f"CASE WHEN {groups} THEN replace(replace(v, '.', ''), ',', '.') "
            "WHEN contains(v, '_') OR contains(v, '.') THEN NULL ELSE replace(v, ',', '.') END"
        )
    elif has_groups:
        number = (
            f"CASE WHEN {groups} THEN replace(v, ',', '') "
            "WHEN contains(v, '_') THEN NULL ELSE v END"
        )
    else:
        number = "CASE WHEN contains(v, '_') THEN NULL ELSE v END"
    # a pattern and not a list: duckdb turns the search in a list into a join, which loses the order of the rows
    gaps = "|".join(re.escape(text) for text in ("", *missing))
    connection.execute(
        f"CREATE OR REPLACE TABLE clean AS SELECT v, TRY_CAST({number} AS DOUBLE) AS n FROM ("
        "SELECT CASE WHEN regexp_full_match(v, $gaps) THEN NULL ELSE v END AS v FROM ("
        f"SELECT {trimmed} AS v FROM raw))",
        {"gaps": gaps, "blanks": BLANKS},
    )


def text_rows(
    connection: duckdb.DuckDBPyConnection, file: TableFile, n_columns: int
) -> Iterator[list[tuple[str | None, ...]]]:
    """Give the rows of the file as text, in its order and by batches: untouched, None where there is nothing."""
    cells = ", ".join(f"CAST(c{at} AS VARCHAR)" for at in range(n_columns))
    result = connection.execute(
        f"SELECT {cells} FROM {reader(file)} AS file({aliases(n_columns)})", where(file)
    )
    while rows := result.fetchmany(4096):
        yield rows


def aliases(n_columns: int) -> str:
    """c0, c1, ... for all columns of a file."""
    return ", ".join(f"c{at}" for at in range(n_columns))


def where(file: TableFile) -> dict[str, object]:
    """The path as a parameter; duckdb takes * ? [ for patterns."""
    return {"path": literal(file.path)}


def literal(path: str) -> str:
    """Return the pattern that matches this path alone."""
    return glob.escape(path)


def reader(file: TableFile, with_gaps: bool = False) -> str:
    """Return the table function for the file's format; nothing is guessed that could change rows."""
    if file.format == "parquet":
        return "read_parquet($path, hive_partitioning = false)"
    if file.format == "jsonl":
        return (
            "read_json($path, format = 'newline_delimited', records = true, sample_size = -1, "
            "map_inference_threshold = -1, field_appearance_threshold = 0, hive_partitioning = false)"
        )
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(file.names)))
    return (
        f"read_csv($path, columns = {{{columns}}}, header = {str(file.header).lower()}, "
        f"delim = chr({ord(file.delimiter)}), quote = chr(34), escape = chr(34), comment = '', "
        f"nullstr = {'$missing' if with_gaps else chr(39) * 2}, "
        "auto_detect = false, strict_mode = true, null_padding = false, ignore_errors = false, "
        f"max_line_size = {LINE_BYTES}, hive_partitioning = false)"
    )


def _parquet_names(
    connection: duckdb.DuckDBPyConnection, file: TableFile, limits: Limits
) -> list[str]:
    """Return the top-level names as they stand in the file, after checking the sizes that its footer tells."""
    size = connection.execute(
        "SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata($path)",
        where(file),
    ).fetchone()
    rows = connection.execute(
        "SELECT sum(num_rows) FROM parquet_file_metadata($path)", where(file)
    ).fetchone()
    n_bytes, n_rows = int(size[0]) if size else 0, int(rows[0]) if rows else 0
    if n_bytes > limits.bytes:
        raise DataError(
            f"A file may expand to at most {limits.bytes} bytes; {file.name} expands to {n_bytes}. "
            "Raise limits.bytes if you trust it."
        )
    if n_rows > limits.rows:
        raise too_many_rows(file, limits.rows)
    schema = connection.execute(
        "SELECT name, num_children FROM parquet_schema($path)", where(file)
    ).fetchall()
    names: list[str] = []
    at = 1  # the root stands first; children follow their parents
    while at < len(schema):
        names.append(str(schema[at][0]))
        pending = 1
        while pending and at < len(schema):
            pending += int(schema[at][1] or 0) - 1
            at += 1
    return names


def too_many_rows(file: TableFile, most: int) -> DataError:
    """Return the error for a table that is too long."""
    return DataError(
        f"A table may have at most {most} rows here; {file.name} has more. "
        "Raise limits.rows and limits.cells, read fewer columns, or take a sample."
    )


def _explained(file: TableFile, text: str) -> GanglionError:
    """Return our error for what duckdb says about a file."""
    where = re.search(r"Line: (\d+)", text) or re.search(r"in line (\d+)", text)
    line = f"line {where[1]} of {file.name}" if where else file.name
    widths = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if widths:
        return DataError(
            f"Every row must have as many fields as the header; {line} has {widths[2]} where {widths[1]} are "
            "expected. Correct that line, or quote fields that hold the delimiter."
        )
    if "unterminated quote" in text:
        return DataError(
            f"A quoted field must be closed, and a quote inside it doubled; {line} breaks this. Correct its quotes."
        )
    if "aximum line size" in text:
        return DataError(
            f"A line may hold at most {LINE_BYTES} bytes; {line} is longer. Check that its quotes are closed."
        )
    if "state machine reached an invalid state" in text:
        return DataError(
            f"A CSV file must have one kind of line end and well-formed quotes; {file.name} mixes them. "
            "Save it again with one kind of line end."
        )
    if "duplicate key" in text:
        return DataError(f"A JSON object must not repeat a key; {line} does. Rename one of them.")
    if file.format == "jsonl":
        return DataError(
            f"Every line must hold one JSON object {{...}}; {line} does not. Correct or remove that line."
        )
    first = shown(text.partition("\n")[0], 160)
    return DataError(
        f"A .{file.format} file must be whole and well-formed; {file.name} is not ({first}). Write it again."
    )

"""Purchases: who bought when and for how much, from a file of any size to one row of sums for each customer."""

from __future__ import annotations

import datetime
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError, ParameterError
from .._memory import available_memory, read_memory_limit
from .._threads import get_num_threads
from ._purchase_roles import ROLES
from ._records import Limits, Table, shown
from .tables import MISSING, table_from_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from ._files import TableFile
    from ._purchase_book import LinesRead
    from ._purchase_statements import Rows
    from ._purchase_sums import Kept, Spells, Sums

__all__ = ["ROLES", "PurchaseBook", "PurchaseOptions", "PurchaseRecord", "open_purchases"]

SAMPLE = 2_000  # rows that the roles of columns are guessed from
LEAST_MEMORY = 256 * 2**20
MOST_MEMORY = 4 * 2**30


@dataclass(frozen=True, kw_only=True)
class PurchaseOptions:
    """How a file of purchases is read.

    Attributes
    ----------
    columns : mapping of str to str
        Columns by role: "customer", "date", "amount", "order", "product", "quantity", "price"; those that are not
        named are guessed. A price counts times the quantity, where there is no amount.
    expected : mapping of str to str
        Columns by role as another file had them: taken where this file has all of them and `columns` says nothing.
    header : bool or None
        Whether the first line of delimited text holds names; None looks whether it holds values.
    encoding : str or None
        Encoding of text, as for `read_table`.
    dates : {"auto", "dmy", "mdy", "unix"}
        Order of day and month where a month is a number behind or before the day; "unix" for seconds since 1970.
    decimal : {"auto", "point", "comma"}
        The decimal mark.
    as_of : date or None
        The day on which the customers are looked at; later rows are left out. None takes that of the last purchase.
    repeated : {"keep", "drop"}
        Whether a row that is equal to an earlier one counts.
    memory_limit : int, str or None
        Memory of the database, in bytes or such as "2GB"; what is more goes to a temporary folder. None takes half of
        what there is, from 256 MiB to 4 GiB.
    limits : Limits or None
        Caps on the file; None allows 1 TiB and 10^11 rows.
    """

    columns: Mapping[str, str] | None = None
    expected: Mapping[str, str] | None = None
    header: bool | None = None
    encoding: str | None = None
    dates: Literal["auto", "dmy", "mdy", "unix"] = "auto"
    decimal: Literal["auto", "point", "comma"] = "auto"
    as_of: datetime.date | None = None
    repeated: Literal["keep", "drop"] = "keep"
    memory_limit: int | float | str | None = None
    limits: Limits | None = None


@dataclass(frozen=True, kw_only=True)
class PurchaseRecord:
    """What was found in a file of purchases, and how it was read.

    Attributes
    ----------
    source : str
        Name of the file, without its folder.
    columns : dict of str to str
        The column of each role.
    examples : dict of str to str
        A cell of each of these columns.
    n_rows, n_used : int
        Rows of the file, and those that count.
    left_out : dict of str to int
        Rows that do not, by reason.
    n_returns, n_zero, n_repeated : int
        Of the rows that count: negative amounts, amounts of 0, and rows that are equal to an earlier one.
    only_returns : int
        Customers who have returns only, and are in no segment.
    first_day, last_day, as_of : date
        The first and the last day of a row that counts, and the day on which customers are looked at.
    currency : str
        Sign of the amounts; "" where there is none.
    revenue : float
        Sum of all amounts, returns taken off.
    notes : tuple of str
        What a reader should know, in words.
    """

    source: str
    columns: dict[str, str]
    examples: dict[str, str]
    n_rows: int
    n_used: int
    left_out: dict[str, int]
    n_returns: int
    n_zero: int
    n_repeated: int
    only_returns: int
    first_day: datetime.date
    last_day: datetime.date
    as_of: datetime.date
    currency: str
    revenue: float
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PurchaseBook:
    """Purchases in an open database.

    Attributes
    ----------
    record : PurchaseRecord
        What the file holds.
    sums : Sums
        One row for each customer, sorted by name.
    spells : Spells
        How long customers stayed away, counted.
    connection : DuckDBPyConnection
        The database, as long as the context of `open_purchases`.
    """

    record: PurchaseRecord
    sums: Sums
    spells: Spells
    connection: DuckDBPyConnection = field(repr=False)

    def products(self, labels: NDArray[np.int32]) -> list[tuple[int, str, int]]:
        """Count the customers who bought each product.

        Parameters
        ----------
        labels : ndarray of shape (n,), int32
            A label for each customer.

        Returns
        -------
        list of tuple
            Label, product, number of customers; the most frequent first within a label. Empty where no column names
            products.
        """
        from . import _purchase_sums

        if "product" not in self.record.columns:
            return []
        return _purchase_sums.products(self.connection, self.sums.names, labels)


@contextmanager
def open_purchases(
    purchases: str | os.PathLike[str] | Any, options: PurchaseOptions | None = None
) -> Generator[PurchaseBook]:
    """Read purchases into a database that lives as long as the context.

    Parameters
    ----------
    purchases : path, or data frame
        A CSV, TSV, Parquet or JSON lines file (text also .gz; fields may stand apart by blanks), or anything that
        `table_from_frame` takes.
    options : PurchaseOptions, optional
        How it is read.

    Yields
    ------
    PurchaseBook
        The sums for each customer, and what was found.

    Raises
    ------
    DataError
        The file is no table; a role has no column; dates or amounts contradict each other, are in several currencies,
        or most of them cannot be read; nothing was bought.
    ParameterError
        A column that was named is not there, or is named twice.
    MemoryPlanError
        The customers do not fit into memory.
    OSError
        There is no such file, it may not be read, or the disk is full.

    Notes
    -----
    A purchase is an order, or all that a customer buys on one day where no column names orders. Amounts are kept in
    millionths and added as whole numbers: the sums do not depend on the order of the rows or on threads. Dates are read
    as the days that are written, without zones. Time O(rows log rows) in duckdb; memory: the limit, and some 400 bytes
    for each customer; what the limit does not hold of the columns that have a role goes to a temporary folder.

    Examples
    --------
    >>> from ganglion.data.purchases import open_purchases
    >>> frame = {"customer": ["a", "b", "a"], "date": ["2024-01-31", "2024-02-01", "2024-02-02"], "amount": [5, 7, 2.5]}
    >>> with open_purchases(frame) as book:
    ...     book.sums.names.tolist(), book.sums.visits.tolist(), book.sums.spend.tolist()
    (['a', 'b'], [2, 1], [7.5, 7.0])
    """
    from . import _database, _purchase_book, _purchase_frames, _purchase_layout
    from ._text_encodings import check_encoding

    asked = PurchaseOptions() if options is None else options
    check_encoding(asked.encoding)
    limits = Limits(bytes=2**40, rows=10**11) if asked.limits is None else asked.limits
    with tempfile.TemporaryDirectory(prefix="ganglion-") as folder:
        if isinstance(purchases, str | os.PathLike):
            full = os.path.abspath(cast("str", purchases))
            with _purchase_layout.open_purchase_file(
                full, asked.header, limits, asked.encoding
            ) as file:
                source = shown(os.path.basename(full), 200)[1:-1]
                with _database.translated(file), _connected(folder, asked) as connection:
                    _database.lock(connection, file)
                    names = _database.column_names(connection, file, limits)
                    rows = _purchase_layout.rows_of(connection, file, len(names))
                    origin = _Origin(source, names, file)
                    sample = _purchase_book.first_rows(connection, rows, SAMPLE)
                    roles = _roles(sample, origin, asked)
                    yield _book(connection, rows, origin, roles, asked)
            return
        table = purchases if isinstance(purchases, Table) else table_from_frame(purchases)
        origin = _Origin(table.source, table.names, None)
        roles = _roles(_purchase_frames.first_rows(table, SAMPLE), origin, asked)
        places = roles.places(table.names)
        with _connected(folder, asked) as connection:
            rows = _purchase_frames.taken(connection, table, places)
            yield _book(connection, rows, origin, roles, asked)


@dataclass(frozen=True)
class _Origin:
    """Where rows come from: a name for messages, the columns, the file."""

    source: str
    names: tuple[str, ...]
    file: TableFile | None

    @property
    def file_notes(self) -> tuple[str, ...]:
        """How the file was read, where that was not to be expected."""
        return () if self.file is None else self.file.notes

    @property
    def is_named(self) -> bool:
        """Whether the columns have names of their own."""
        return self.file is None or self.file.format != "csv" or self.file.header


@contextmanager
def _connected(folder: str, asked: PurchaseOptions) -> Generator[DuckDBPyConnection]:
    """Open an empty database in a folder, with bounded memory."""
    import duckdb

    from ._database import CONFIG, silence

    limit = read_memory_limit(asked.memory_limit)
    if limit is None:
        limit = min(max(available_memory() / 2, LEAST_MEMORY), MOST_MEMORY)
    config = CONFIG | {
        "temp_directory": os.path.join(folder, "spill"),
        "memory_limit": f"{int(limit) // 2**20}MiB",
        "threads": get_num_threads(),
    }
    with duckdb.connect(":memory:", config=config) as connection:
        silence(connection)
        yield connection


@dataclass(frozen=True)
class _Roles:
    """The column of each role, and a cell of each."""

    columns: dict[str, str]
    examples: dict[str, str]

    def places(self, names: tuple[str, ...]) -> dict[str, int]:
        """Return where the columns stand."""
        return {role: names.index(name) for role, name in self.columns.items()}


def _book(
    connection: DuckDBPyConnection,
    rows: Rows,
    origin: _Origin,
    roles: _Roles,
    asked: PurchaseOptions,
) -> PurchaseBook:
    """Read the cells, sum them up, and say what was found."""
    from . import _purchase_book, _purchase_sums
    from ._purchase_notes import check_kept
    from ._purchase_statements import Meaning

    places = roles.places(origin.names)
    meaning = Meaning(asked.dates, asked.decimal, MISSING)
    n_rows = _purchase_book.ingest(connection, rows, places, meaning)
    read = _purchase_book.read_cells(connection, rows, places, roles.columns, meaning)
    kept = _kept(connection, asked)
    check_kept(kept, n_rows, roles.columns, origin.source)
    sums = _purchase_sums.sum_up(connection, has_orders="order" in places)
    if len(sums.names) == 0:
        raise DataError(
            f"Purchases must be positive amounts; all {kept.rows} rows of {origin.source} that can be read are "
            "negative, which are returns. Turn their sign round."
        )
    end = kept.last if asked.as_of is None else (asked.as_of - datetime.date(1970, 1, 1)).days
    record = _record(origin, roles, (n_rows, read, kept), sums, end)
    return PurchaseBook(record, sums, _purchase_sums.spells(connection, end), connection)


def _kept(connection: DuckDBPyConnection, asked: PurchaseOptions) -> Kept:
    """Leave out what does not count, days in the future too: nobody has bought then."""
    from . import _purchase_sums

    today = datetime.datetime.now(datetime.UTC).date()
    as_of = None if asked.as_of is None else asked.as_of.isoformat()
    last = max(today, asked.as_of or today).isoformat()
    return _purchase_sums.keep(connection, last, as_of, drop_repeated=asked.repeated == "drop")


def _roles(rows: list[tuple[str | None, ...]], origin: _Origin, asked: PurchaseOptions) -> _Roles:
    """Return the column of each role and a cell of each, guessed from the first rows where it is not given."""
    from ._purchase_roles import guess_roles, sketch

    given = dict(asked.columns or {})
    wrong = [role for role in given if role not in ROLES]
    if wrong:
        raise ParameterError(
            f"Columns are named by role, {', '.join(ROLES)}; got {shown(wrong[0])}. Use one of these."
        )
    expected = dict(asked.expected or {})
    if set(expected.values()) <= set(origin.names):
        taken = set(given.values())
        given |= {r: name for r, name in expected.items() if r not in given and name not in taken}
    if not rows:
        raise DataError(
            f"Purchases need at least one row; {origin.source} holds the column names only. Add rows."
        )
    columns = [
        sketch(name, [None if row[at] in MISSING else row[at] for row in rows])
        for at, name in enumerate(origin.names)
    ]
    roles = guess_roles(columns, given, named=origin.is_named, source=origin.source)
    examples = {
        role: next((str(row[at]).strip() for row in rows if row[at] is not None), "")
        for role, at in _Roles(roles, {}).places(origin.names).items()
    }
    return _Roles(roles, examples)


def _record(
    origin: _Origin, roles: _Roles, found: tuple[int, LinesRead, Kept], sums: Sums, end: int
) -> PurchaseRecord:
    """Put together what is said about the file; `found` is its number of rows, how they were read, which count."""
    from ._purchase_notes import notes_on

    n_rows, read, kept = found

    def day(number: int) -> datetime.date:
        return datetime.date(1970, 1, 1) + datetime.timedelta(days=number)

    currencies = [one.currency for one in read.amounts.values() if one.currency]
    return PurchaseRecord(
        source=origin.source,
        columns=roles.columns,
        examples=roles.examples,
        n_rows=n_rows,
        n_used=kept.rows,
        left_out={why: count for why, (count, _) in kept.left_out.items()},
        n_returns=kept.returns,
        n_zero=kept.zeros,
        n_repeated=kept.repeated,
        only_returns=sums.only_returns,
        first_day=day(kept.first),
        last_day=day(kept.last),
        as_of=day(end),
        currency=currencies[0] if currencies else "",
        revenue=sums.revenue,
        notes=(*origin.file_notes, *notes_on(roles.columns, read, kept, sums)),
    )

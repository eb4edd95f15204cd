"""From rows to visits to customers: what counts as a purchase, and the sums for each customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from .._memory import check_memory
from ._purchase_book import one, registered

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STRATA = 5  # customers with as many purchases or more share one curve of their returns
# The digest is of the whole row; that what is used agrees as well leaves no room for two rows of one digest.
_ROW = "h, customer, day, paid"
_PER_CUSTOMER = 400  # bytes: the name, the sums, the features and what is made of them


@dataclass(frozen=True)
class Kept:
    """How many rows count, and why the others do not.

    Attributes
    ----------
    rows : int
        Rows that count.
    left_out : dict of str to tuple of int
        For each reason the number of rows, and the first of them, from 1.
    returns, zeros, repeated : int
        Rows with a negative amount, with none, and rows that are equal to an earlier one.
    first, last : int
        The days of the first and the last row that counts, since 1970-01-01.
    """

    rows: int
    left_out: dict[str, tuple[int, int]]
    returns: int
    zeros: int
    repeated: int
    first: int
    last: int


@dataclass(frozen=True)
class Sums:
    """The customers, by name, and what they bought.

    Attributes
    ----------
    names : ndarray of shape (n,), object
        Names of the customers, sorted.
    visits : ndarray of shape (n,), int64
        Orders, or days on which they bought.
    first, last : ndarray of shape (n,), int64
        Days of the first and the last purchase, since 1970-01-01.
    spend, gross, returned : ndarray of shape (n,), float64
        What they paid in all (returns taken off), without returns, and the returns (positive).
    items : ndarray of shape (n,), float64
        Sum of the quantities that were bought; NaN where there are none.
    only_returns : int
        Customers without a purchase, who are not listed.
    revenue : float
        Sum of all amounts, theirs too.
    """

    names: NDArray[Any]
    visits: Ints
    first: Ints
    last: Ints
    spend: Floats
    gross: Floats
    returned: Floats
    items: Floats
    only_returns: int
    revenue: float


@dataclass(frozen=True)
class Spells:
    """How long customers stayed away, counted.

    Attributes
    ----------
    stratum : ndarray of shape (m,), int64
        Purchases before the spell, at most STRATA.
    days : ndarray of shape (m,), int64
        Its length.
    ended, running : ndarray of shape (m,), int64
        How many such spells ended in a purchase, and how many still run at the end.
    """

    stratum: Ints
    days: Ints
    ended: Ints
    running: Ints


def keep(
    connection: duckdb.DuckDBPyConnection, today: str, as_of: str | None, *, drop_repeated: bool
) -> Kept:
    """Make the view `bought` of the rows of `lines` that count; dates beyond `as_of`, or `today`, do not."""
    last = "DATE '9999-12-31'" if as_of is None else f"DATE '{as_of}'"
    connection.execute(
        "CREATE VIEW judged AS SELECT *, CASE WHEN customer IS NULL THEN 'without a customer' "
        "WHEN day IS NULL THEN 'without a date that can be read' "
        "WHEN paid IS NULL THEN 'without an amount that can be read' "
        f"WHEN day > {last} THEN 'after the day asked for' "
        f"WHEN day > DATE '{today}' THEN 'dated in the future' END AS why FROM lines"
    )
    counted = "judged"
    if drop_repeated:
        counted = "unrepeated"
        connection.execute(
            f"CREATE TABLE repeats AS SELECT place FROM (SELECT place, row_number() OVER "
            f"(PARTITION BY {_ROW} ORDER BY place) AS nth FROM judged WHERE why IS NULL) WHERE nth > 1"
        )
        connection.execute(
            "CREATE VIEW unrepeated AS SELECT * REPLACE (CASE WHEN why IS NULL AND place IN (FROM repeats) "
            "THEN 'equal to an earlier row' ELSE why END AS why) FROM judged"
        )
    rows = connection.execute(
        f"SELECT why, count(*), min(place) + 1 FROM {counted} WHERE why IS NOT NULL GROUP BY why ORDER BY 3"
    ).fetchall()
    connection.execute(f"CREATE VIEW bought AS SELECT * FROM {counted} WHERE why IS NULL")
    found = one(
        connection,
        "SELECT count(*), count(*) FILTER (paid < 0), count(*) FILTER (paid = 0), "
        "coalesce(min(day) - DATE '1970-01-01', 0), coalesce(max(day) - DATE '1970-01-01', 0) FROM bought",
    )
    repeated = 0 if drop_repeated else _repeated(connection)
    left_out = {str(why): (int(n), int(first)) for why, n, first in rows}
    n, returns, zeros, first, end = map(int, found)
    return Kept(n, left_out, returns, zeros, repeated, first, end)


def _repeated(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many rows that count are equal to an earlier one: few digests are there twice, and only those are
    looked at closely."""
    return int(
        one(
            connection,
            f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM bought WHERE h IN "
            f"(SELECT h FROM bought GROUP BY h HAVING count(*) > 1) GROUP BY {_ROW})",
        )[0]
    )


def sum_up(connection: duckdb.DuckDBPyConnection, *, has_orders: bool) -> Sums:
    """Make the table `turns` and return the sums of customers.

    A visit, which is an order or a day, counts as a purchase where at least one of its rows is no return; what is
    returned by itself is taken off what was spent, and is neither a purchase nor a sign of life.
    """
    _make_turns(connection, has_orders=has_orders)
    connection.execute(
        "CREATE TABLE customers AS SELECT customer, sum(paid) AS spend, "
        "coalesce(sum(paid) FILTER (paid > 0), 0) AS gross, coalesce(-sum(paid) FILTER (paid < 0), 0) AS returned, "
        "sum(quantity) FILTER (paid >= 0) AS items FROM bought GROUP BY customer"
    )
    n, revenue = one(connection, "SELECT count(*), CAST(sum(spend) AS DOUBLE) FROM customers")
    check_memory(
        n * _PER_CUSTOMER,
        f"A table of {n:,} customers",
        "Take the customers of one region or one year at a time.",
    )
    found = connection.execute(
        "SELECT customer, nth AS visits, first - DATE '1970-01-01' AS first, last - DATE '1970-01-01' AS last, "
        "CAST(spend AS DOUBLE) AS spend, CAST(gross AS DOUBLE) AS gross, CAST(returned AS DOUBLE) AS returned, "
        "CAST(items AS DOUBLE) AS items FROM customers JOIN turns USING (customer) ORDER BY customer"
    ).fetchnumpy()
    names = np.asarray(found["customer"], dtype=object)
    return Sums(
        names=names,
        visits=_whole(found["visits"]),
        first=_whole(found["first"]),
        last=_whole(found["last"]),
        spend=np.asarray(found["spend"], dtype=np.float64),
        gross=np.asarray(found["gross"], dtype=np.float64),
        returned=np.asarray(found["returned"], dtype=np.float64),
        items=_with_gaps(found["items"]),
        only_returns=int(n) - len(names),
        revenue=float(revenue),
    )


def _make_turns(connection: duckdb.DuckDBPyConnection, *, has_orders: bool) -> None:
    """Make the table `turns` of what follows a purchase, with one look at the purchases in their order.

    One row for each customer: nth and `last` are the number and day of the last purchase, `first` is that of the first.
    Those without a customer say that n spells of so many days ended after the nth purchase, at most STRATA.
    """
    visits, nth, is_last_row = (
        "SELECT customer, day FROM bought WHERE paid >= 0",
        "dense_rank()",
        "next > day",
    )
    if has_orders:
        # an order counts on its first day, and two on one day are two; rows without an order are one on each day
        visits = (
            'SELECT customer, min(day) AS day FROM bought GROUP BY customer, "order", '
            'CASE WHEN "order" IS NULL THEN day END HAVING bool_or(paid >= 0)'
        )
        nth, is_last_row = "row_number()", "TRUE"
    connection.execute(
        "CREATE TABLE turns AS SELECT CASE WHEN is_over THEN customer END AS customer, "
        f"CASE WHEN is_over THEN nth ELSE least(nth, {STRATA}) END AS nth, CASE WHEN is_over THEN first END AS first, "
        "CASE WHEN is_over THEN day END AS last, next - day AS days, count(*) AS n FROM "
        "(SELECT *, next IS NULL AS is_over FROM (SELECT customer, day, "
        f"{nth} OVER turns AS nth, first_value(day) OVER turns AS first, lead(day) OVER turns AS next "
        f"FROM ({visits}) WINDOW turns AS (PARTITION BY customer ORDER BY day))) "
        f"WHERE is_over OR {is_last_row} GROUP BY ALL"
    )


def _whole(values: Any) -> Ints:
    """Return whole numbers of any width as int64."""
    return np.asarray(values).astype(np.int64)


def _with_gaps(values: Any) -> Floats:
    """Return numbers with NaN where duckdb has none."""
    masked = np.ma.MaskedArray(values, dtype=np.float64)
    return np.where(np.ma.getmaskarray(masked), np.nan, np.ma.getdata(masked))


def spells(connection: duckdb.DuckDBPyConnection, end: int) -> Spells:
    """Count the times between purchases, and those that run until the day `end`."""
    found = connection.execute(
        "SELECT stratum, days, CAST(sum(ended) AS BIGINT) AS ended, CAST(sum(running) AS BIGINT) AS running FROM "
        "(SELECT nth AS stratum, days, n AS ended, 0 AS running FROM turns WHERE customer IS NULL UNION ALL "
        f"SELECT least(nth, {STRATA}), DATE '1970-01-01' + {end} - last, 0, 1 FROM turns WHERE customer IS NOT NULL) "
        "GROUP BY stratum, days ORDER BY stratum, days"
    ).fetchnumpy()
    return Spells(*(_whole(found[name]) for name in ("stratum", "days", "ended", "running")))


def products(
    connection: duckdb.DuckDBPyConnection, names: NDArray[Any], labels: NDArray[np.int32]
) -> list[tuple[int, str, int]]:
    """Count the customers of each label who bought each product."""
    columns = {"customer": names, "label": np.ascontiguousarray(labels, dtype=np.int32)}
    with registered(connection, "labelled", columns):
        rows = connection.execute(
            "SELECT label, product, count(DISTINCT customer) AS n FROM bought JOIN "
            "(SELECT CAST(customer AS VARCHAR) AS customer, label FROM labelled) USING (customer) "
            "WHERE product IS NOT NULL AND paid >= 0 GROUP BY label, product ORDER BY label, n DESC, product"
        ).fetchall()
    return [(int(label), str(product), int(n)) for label, product, n in rows]

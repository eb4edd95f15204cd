"""`python -m benchmarks customers`: purchases to customers, in processes of their own, and the summary of CDNOW."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import results, timing
from .processes import PROGRAM, peak_mb

SIZES = {"1m": 1_000_000, "5m": 5_000_000}
PARTS = (*SIZES, "cdnow")
LIMIT = "500MB"
GOAL_MB = 1000
OURS, FLOOR = "ganglion", "floor: one SQL statement"
METHOD = f"""Text files of purchases (customer, date, amount), of nearly a tenth as many customers as rows and of
unequal habits. Every system runs in a process of its own, because the peak of memory decides whether a file can be
read at all: seconds are medians from the start of Python to the end, in turns; peak MB is the largest resident
memory of such a process. *Table*: recency, frequency (days with a purchase) and monetary value (the sum) of each
customer, in the order of their names, saved by NumPy. ganglion guesses the columns, decides how dates and amounts
are written, counts what cannot be read and says so, and sums whole millionths, so that the order of rows does not
matter; the peers are told all types and trust the file. pandas: `read_csv` by pyarrow, then `groupby`. polars:
`scan_csv`, streaming. *The floor*: one statement of SQL in duckdb with all types given, which reads and adds up and
decides nothing. *Segments*: `ganglion customers FILE --labels TABLE`, which looks for the number of segments, names
them, and adds chances and a list of whom to write to. ganglion's database and the floor's get {LIMIT}
(`--memory-limit`); the others take what they take. The goal: 5,000,000 rows in at most {GOAL_MB:,} MB. Agreement:
customers whose recency and frequency are those of the floor's table, and whose monetary value is, to the cent."""
SUMMARY = """The 69,659 purchases of CDNOW from a pandas frame, in one process: the sums of each customer
(`open_purchases`) beside lifetimes' `summary_data_from_transaction_data` with the monetary value. The floor is
pandas' `groupby` on the customers, with the number of rows and the first and last day. Agreement: customers with
equal frequency, recency and age."""

Floats = NDArray[np.float64]

# Each is told the file, where its table goes, and the number of threads; none imports what it does not need.
TABLES = {
    OURS: f"""
import sys
import numpy as np
import ganglion as gl
from ganglion.data.purchases import PurchaseOptions, open_purchases
gl.set_num_threads(int(sys.argv[3]))
with open_purchases(sys.argv[1], PurchaseOptions(memory_limit="{LIMIT}")) as book:
    sums = book.sums
    end = (book.record.as_of - type(book.record.as_of)(1970, 1, 1)).days
    np.save(sys.argv[2], np.stack([end - sums.last, sums.visits, sums.spend], axis=1))
""",
    "pandas": """
import sys
import numpy as np
import pandas as pd
import pyarrow as pa
pa.set_cpu_count(int(sys.argv[3]))
types = {"customer": "string[pyarrow]", "amount": "float64"}
rows = pd.read_csv(sys.argv[1], engine="pyarrow", dtype=types, parse_dates=["date"])
days = rows.groupby("customer").agg(
    last=("date", "max"), frequency=("date", "nunique"), monetary=("amount", "sum")
)
recency = (rows["date"].max() - days["last"]).dt.days
np.save(sys.argv[2], np.stack([recency, days["frequency"], days["monetary"]], axis=1))
""",
    "polars": """
import sys
import numpy as np
import polars as pl
types = {"customer": pl.String, "date": pl.Date, "amount": pl.Float64}
rows = pl.scan_csv(sys.argv[1], schema=types)
days = rows.group_by("customer").agg(
    pl.col("date").max().alias("last"), pl.col("date").n_unique().alias("n"), pl.col("amount").sum()
)
days = days.sort("customer").collect(engine="streaming")
recency = (days["last"].max() - days["last"]).dt.total_days()
np.save(sys.argv[2], np.stack([recency, days["n"], days["amount"]], axis=1))
""",
    FLOOR: f"""
import sys
import duckdb
import numpy as np
database = duckdb.connect(config={{"threads": int(sys.argv[3]), "memory_limit": "{LIMIT}"}})
found = database.execute(\"\"\"
    SELECT max(last) OVER () - last AS recency, n::DOUBLE AS n, amount::DOUBLE AS amount FROM (
        SELECT customer, max(date) AS last, count(DISTINCT date) AS n, sum(amount) AS amount
        FROM read_csv(?, header = true, auto_detect = false, delim = ',', columns = {{
            'customer': 'VARCHAR', 'date': 'DATE', 'amount': 'DECIMAL(18, 2)'}})
        GROUP BY customer)
    ORDER BY customer\"\"\", [sys.argv[1]]).fetchnumpy()
np.save(sys.argv[2], np.stack([found[name] for name in ("recency", "n", "amount")], axis=1))
""",
}


def purchases(n: int, path: Path) -> None:
    """Write n purchases of n / 10 customers, who come at rates and for spans and sums of their own."""
    import duckdb
    import pyarrow as pa

    rng = np.random.default_rng(n)
    m = n // 10
    rate = rng.exponential(size=m)
    who = rng.choice(m, size=n, p=rate / rate.sum())
    first = rng.integers(0, 1_000, m)
    span = rng.integers(1, 1_096 - first)
    cents = np.rint(100 * rng.lognormal(rng.normal(3.0, 0.7, m)[who], 0.5)).astype(np.int64)
    day = first[who] + (rng.random(n) * span[who]).astype(np.int64)
    database = duckdb.connect()
    database.register("rows", pa.table({"who": who, "day": day, "cents": cents}))
    database.execute(
        f"""COPY (SELECT format('C{{:07d}}', who) AS customer, DATE '2022-01-01' + day::INTEGER AS date,
        (cents::DECIMAL(18, 2) / 100)::DECIMAL(18, 2) AS amount FROM rows) TO '{path}' (HEADER, DELIMITER ',')"""
    )


def agreeing(mine: Floats, theirs: Floats) -> int:
    """Return how many customers have the same recency, frequency and, to the cent, monetary value."""
    same = (mine[:, :2] == theirs[:, :2]).all(axis=1)
    return int(np.sum(same & (np.abs(mine[:, 2] - theirs[:, 2]) < 0.005)))


def from_files(n: int, folder: Path, *, quick: bool, threads: int) -> list[list[str]]:
    """Return the rows of a size: every system's table, and the segments."""
    path = folder / "purchases.csv"
    purchases(n, path)
    tables = {name: folder / f"{at}.npy" for at, name in enumerate(TABLES)}
    runs: dict[str, Callable[[int], float]] = {}
    for name, code in TABLES.items():
        words = [sys.executable, "-c", code, path, tables[name], threads]
        runs[name] = partial(_peak, words, threads)
    words = [PROGRAM, "customers", path, "--labels", folder / "labels.csv", "--quiet"]
    segments = [*words, "--memory-limit", LIMIT]
    runs["ganglion, segments"] = partial(_peak, segments, threads)
    repetitions = 1 if quick else 2 if n > SIZES["1m"] else 3
    timings = timing.interleave(runs, budget=45.0, cap=60.0, repetitions=repetitions)
    expected = np.load(tables[FLOOR])
    rows: list[list[str]] = []
    for name, timed in timings.items():
        table = tables.get(name)
        same = "-"
        if table is not None:
            same = f"{agreeing(np.load(table), expected):,} of {len(expected):,}"
            if name == OURS and agreeing(np.load(table), expected) < len(expected):
                raise SystemExit(f"Our table differs from that of one SQL statement: {same}.")
        ratio = timed.median / timings[OURS].median
        title = f"{n:,} rows ({path.stat().st_size / 1e6:.0f} MB), {name}"
        peak = max(timed.results)
        rows.append([title, f"{timed.median:.2f}", f"{peak:.0f}", f"{ratio:.2f}", same])
        print("; ".join(rows[-1]), flush=True)
    return rows


def _peak(words: list[Any], threads: int, _repetition: int) -> float:
    """Return the peak of a command's process."""
    return peak_mb(words, threads)


def cdnow_frame() -> Any:
    """Return the purchases that come with the package lifetimes, as a frame; None where it is not installed."""
    import pandas as pd

    found = find_spec("lifetimes")
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / "datasets" / "CDNOW_master.txt"
    names = [
        "customer",
        "date",
        "items",
        "amount",
    ]  # in place of the header, which names other things
    rows = pd.read_csv(
        path, sep=r"\s+", header=0, names=names, dtype={"customer": str, "date": str}
    )
    return rows.assign(date=pd.to_datetime(rows["date"], format="%Y%m%d"))


def cdnow(*, quick: bool) -> list[list[str]]:
    """Return the rows of CDNOW: ours, and lifetimes' where it can be imported."""
    from ganglion.data.purchases import PurchaseOptions, open_purchases

    frame = cdnow_frame()
    if frame is None:
        return []
    roles = {name: name for name in ("customer", "date", "amount")}

    def ours(_: int) -> Floats:
        with open_purchases(frame, PurchaseOptions(columns=roles)) as book:
            sums = book.sums
            end = (book.record.as_of - type(book.record.as_of)(1970, 1, 1)).days
            return np.stack([sums.visits - 1, sums.last - sums.first, end - sums.first], axis=1)

    def grouped(_: int) -> Any:
        by_customer = frame.groupby("customer")
        return by_customer["date"].agg(["min", "max", "count"]), by_customer["amount"].sum()

    runs: dict[str, Callable[[int], Any]] = {OURS: ours, "floor: groupby": grouped}
    try:
        from lifetimes.utils import summary_data_from_transaction_data as summary
    except ImportError as error:
        print(f"lifetimes cannot be imported ({error}): no peer for CDNOW.")
    else:
        runs["lifetimes"] = lambda _: summary(frame, "customer", "date", "amount").sort_index()
    timings = timing.interleave(
        runs, budget=1.0 if quick else 20.0, cap=20.0, repetitions=3 if quick else 7
    )
    mine = timings[OURS].results[-1]
    rows: list[list[str]] = []
    for name, timed in timings.items():
        same = "-"
        if name == "lifetimes":
            theirs = timed.results[-1][["frequency", "recency", "T"]].to_numpy()
            same = f"{int((mine == theirs).all(axis=1).sum()):,} of {len(theirs):,}"
        ratio = timed.median / timings[OURS].median
        rows.append([f"CDNOW, {name}", f"{timed.median:.3f}", f"{ratio:.2f}", same])
        print("; ".join(rows[-1]), flush=True)
    return rows


def main(names: str | None = None, *, quick: bool = False, threads: int = 1) -> str:
    """Return the section: the sizes that were asked for, and CDNOW."""
    import ganglion as gl

    gl.set_num_threads(threads)
    wanted = [name.strip() for name in names.split(",")] if names else list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        raise SystemExit(f"--rows must be among {', '.join(PARTS)}; got {', '.join(unknown)}.")
    lines: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            if name in SIZES:
                n = SIZES[name] // 100 if quick else SIZES[name]
                lines += from_files(n, Path(folder), quick=quick, threads=threads)
    summary = cdnow(quick=quick) if "cdnow" in wanted else []
    note = " (quick: small data, no result)" if quick else ""
    packages = ("duckdb", "pandas", "pyarrow", "polars", "lifetimes")
    setting = results.setting(threads, packages)
    sections = [f"## Customers{note}", setting, results.paragraph(METHOD)]
    if lines:
        head = ["purchases", "seconds", "peak MB", "seconds / ganglion's", "agreement"]
        sections.append(results.markdown(head, lines))
    if summary:
        sections.append(results.paragraph(SUMMARY))
        head = ["purchases", "seconds", "seconds / ganglion's", "agreement"]
        sections.append(results.markdown(head, summary))
    return "\n\n".join(sections)

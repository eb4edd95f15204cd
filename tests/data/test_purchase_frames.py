"""Purchases from data frames: whole columns mean what their texts in a file would mean."""

from __future__ import annotations

import datetime
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ganglion import DataError
from ganglion.data._purchase_frames import _micros
from ganglion.data.purchases import PurchaseOptions, open_purchases

ROLES = {name: name for name in ("customer", "date", "amount")}


def book(rows, **options):
    """The record and the sums of a frame, with its columns named as their roles."""
    with open_purchases(rows, PurchaseOptions(**({"columns": ROLES} | options))) as found:
        return found.record, found.sums


def same(one, other):
    """Whether two books have equal sums, and records that differ in the source and the cells shown only."""
    names = ("names", "visits", "first", "last", "spend", "gross", "returned")
    facts = (
        "n_rows",
        "n_used",
        "left_out",
        "n_returns",
        "n_zero",
        "n_repeated",
        "revenue",
        "notes",
    )
    return all(
        np.array_equal(getattr(one[1], name), getattr(other[1], name)) for name in names
    ) and all(getattr(one[0], name) == getattr(other[0], name) for name in facts)


@given(value=st.floats(allow_nan=True, allow_infinity=True))
@example(value=5e-7)
@example(value=2.5e-6)
@example(value=-1.0000005)
@example(value=12345678901.234567)
@example(value=999999999999.9999)
@example(value=-0.0)
@settings(max_examples=300, deadline=None)
def test_a_double_is_the_sum_that_its_shortest_text_says(value):
    found = int(_micros(np.array([value]))[0])
    if not abs(value) < 10**12:
        assert found == -(2**63)
        return
    exact = (Decimal(repr(value)) * 10**6).to_integral_value(ROUND_HALF_UP)
    assert found == int(exact)


@given(value=st.integers(-(2**63), 2**63 - 1))
@example(value=-(2**63))
@settings(max_examples=50, deadline=None)
def test_a_whole_number_is_that_sum(value):
    found = int(_micros(np.array([value]))[0])
    assert found == (value * 10**6 if abs(value) < 10**12 else -(2**63))


@pytest.mark.parametrize("make", ["dict", "pandas", "polars", "pyarrow"])
def test_columns_of_any_frame_mean_what_their_texts_in_a_file_mean(tmp_path, make):
    rng = np.random.default_rng(3)
    days = np.datetime64("2024-01-01") + rng.integers(0, 90, 400)
    cents = rng.integers(-300, 9000, 400)
    who = [f"c{number}" for number in rng.integers(0, 60, 400)]
    lines = [f"{a},{b},{c / 100}" for a, b, c in zip(who, days, cents, strict=True)]
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(["customer,date,amount", *lines, lines[0]]) + "\n")
    columns = {
        "customer": [*who, who[0]],
        "date": np.append(days, days[0]).astype("datetime64[us]"),
        "amount": np.append(cents, cents[0]) / 100,
    }
    frame = columns if make == "dict" else framed(make, columns)
    assert same(book(frame), book(path))


def framed(make, columns):
    """A data frame of this make."""
    library = pytest.importorskip(make)
    return library.table(columns) if make == "pyarrow" else library.DataFrame(columns)


def test_identifiers_that_are_numbers_are_written_without_a_point():
    # as pandas has them where some are missing
    rows = {
        "customer": np.array([12346.0, np.nan, 7.0, 12346.0]),
        "date": np.array(["2024-01-01"] * 3 + ["2024-01-05"], dtype="datetime64[D]"),
        "amount": np.array([5, 6, 7, 8]),
    }
    record, sums = book(rows)
    assert (sums.names.tolist(), sums.spend.tolist()) == (["12346", "7"], [13.0, 7.0])
    assert record.left_out == {"without a customer": 1}


def test_days_and_sums_that_are_none_are_left_out_by_their_reason():
    rows = {
        "customer": ["x"] * 7,
        "date": np.array(
            [
                "2024-01-01",
                "NaT",
                "1850-01-01",
                "2024-01-02",
                "2024-01-03",
                "2024-01-04",
                "2024-01-05",
            ],
            dtype="datetime64[us]",
        ),
        "amount": [1.5, 1.0, 1.0, np.nan, np.inf, 1e12, 2.0],
    }
    record, sums = book(rows)
    assert record.left_out == {
        "without a date that can be read": 2,
        "without an amount that can be read": 3,
    }
    assert (sums.visits.tolist(), sums.spend.tolist()) == ([2], [3.5])


def test_numbers_of_a_frame_have_no_decimal_mark_to_mistake():
    rows = {"customer": ["x", "x"], "date": ["2024-01-01", "2024-01-02"], "amount": [1.234, 12.5]}
    assert book(rows, decimal="comma")[1].spend.tolist() == [13.734]


def test_texts_in_a_frame_are_read_as_those_of_a_file():
    rows = {
        "customer": [" x ", "x", "NA"],
        "date": ["31.12.2023 8:15", "2024-01-01", "2024-01-01"],
        "amount": ["1.234,50 €", "1,00 €", "7,00 €"],
    }
    record, sums = book(rows)
    assert (record.first_day, record.currency) == (datetime.date(2023, 12, 31), "€")
    assert (sums.names.tolist(), sums.spend.tolist()) == (["x"], [1235.5])
    rows["amount"] = ["$1", "1 €", "2 €"]
    with pytest.raises(DataError, match="must be in one currency"):
        book(rows)


def test_long_statements_draw_no_bar_in_an_interactive_session():
    # there is no file of the main module then, which is what duckdb takes for somebody who watches
    code = (
        "from ganglion.data.purchases import open_purchases\n"
        "rows = {'customer': ['x'], 'date': ['2024-01-01'], 'amount': [1]}\n"
        "with open_purchases(rows) as book:\n"
        "    print(book.connection.execute(\"SELECT current_setting('enable_progress_bar')\").fetchall())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[(False,)]\n"

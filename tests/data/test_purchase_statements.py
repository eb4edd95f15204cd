"""What the database takes for a plain day or sum is what the reader of texts would say, and nothing else is taken."""

from __future__ import annotations

import datetime

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ganglion.data._days import read_dates
from ganglion.data._money import read_amounts
from ganglion.data._purchase_statements import Meaning, Rows, parameters_of, raw_rows

PLACES = {"customer": 0, "date": 1, "amount": 2}
EPOCH = datetime.date(1970, 1, 1)


@pytest.fixture(scope="module")
def kept():
    """Customer, day, text of the day, sum, text of the sum, as they are kept of one row."""
    with duckdb.connect(":memory:") as connection:

        def read(cells, decimal="auto"):
            listed = ", ".join(f"$cell{at} AS c{at}" for at in range(3))
            rows = Rows(
                f"(SELECT {listed})",
                {f"cell{at}": cell for at, cell in enumerate(cells)},
                ("text",) * 3,
            )
            meaning = Meaning("auto", decimal, ("NA", "nan"))
            statement = raw_rows(rows, PLACES, meaning)
            return connection.execute(
                f'SELECT customer, date_plain, "date", amount_plain, amount FROM ({statement})',
                parameters_of(rows, meaning),
            ).fetchone()

        yield read


SIGNS = "0123456789-/. T:+"


@given(
    text=st.one_of(
        st.text(SIGNS, max_size=12),
        st.dates(datetime.date(1890, 1, 1), datetime.date(3010, 1, 1)).map(str),
        st.from_regex(r"\A[0-9 +-]{4}-[0-9 ]{2}-[0-9 ]{2}\Z"),
    )
)
@example(text="-202-01-01")
@example(text="2024-02-30")
@example(text="2024- 1- 1")
@example(text="2024/01/01")
@example(text="2024-01-01T08:26:13Z")
@settings(max_examples=40, deadline=None)
def test_a_plain_day_is_what_the_reader_says(kept, text):
    _, day, rest, _, _ = kept(("x", text, "1"))
    if day is not None:
        bare = text.strip()[:10]
        assert rest is None
        assert read_dates([bare], "auto", "date").days == ((day - EPOCH).days,)
    else:
        assert rest is None or len(rest) <= len(text)


@given(day=st.dates(datetime.date(1900, 1, 1), datetime.date(2999, 12, 31)))
@settings(max_examples=10, deadline=None)
def test_every_day_as_machines_write_it_is_plain(kept, day):
    for text in (str(day), f" {day}\t", f"{day} 08:26:13", f"{day}T08:26:13.5+02:00"):
        assert kept(("x", text, "1"))[1:3] == (day, None)


@given(number=st.integers(-(10**9), 10**9), places=st.integers(0, 6))
@settings(max_examples=30, deadline=None)
def test_a_plain_sum_is_what_the_reader_says(kept, number, places):
    text = f"{number / 10**places:.{places}f}"
    *_, value, rest = kept(("x", "2024-01-01", f" {text} "))
    micros = read_amounts([text], "point", "amount").micros[0]
    assert int(value * 10**6) == micros
    assert rest in (None, text)


@pytest.mark.parametrize(
    ("text", "decimal", "is_plain", "is_kept"),
    [
        ("12.50", "auto", True, False),
        ("1.234", "auto", True, True),  # may be one thousand two hundred and thirty-four
        ("-1.234 ", "auto", True, True),
        ("0.125", "auto", True, False),
        ("1234.567", "auto", True, False),
        ("1.234", "point", True, False),
        ("12.50", "comma", True, True),
        ("1_000", "auto", False, True),
        ("$5", "auto", False, True),
        ("NA", "auto", False, False),
        ("", "auto", False, False),
    ],
)
def test_the_text_of_a_sum_is_kept_where_it_must_be_read(kept, text, decimal, is_plain, is_kept):
    *_, value, rest = kept(("x", "2024-01-01", text), decimal)
    assert (value is not None, rest) == (is_plain, text.strip() if is_kept else None)


@pytest.mark.parametrize("blanks", [" ", "\t", "\n", "\f", "\r", " \t "])
def test_blanks_around_a_name_are_none_of_it(kept, blanks):
    assert kept((f"{blanks}a b{blanks}", "2024-01-01", "1"))[0] == "a b"
    assert kept((f"{blanks}NA{blanks}", "2024-01-01", "1"))[0] is None
    assert kept((blanks, "2024-01-01", "1"))[0] is None

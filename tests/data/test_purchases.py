"""Purchases from files of any layout: the sums of each customer against an oracle, every kind of bad input."""

from __future__ import annotations

import datetime
import gzip
import json
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion import DataError, MemoryPlanError, ParameterError
from ganglion.data.purchases import PurchaseOptions, open_purchases
from oracles import purchases as oracle

EPOCH = datetime.date(1970, 1, 1)
HEAD = "customer,date,amount\n"


def book(path, **options):
    """The record, the sums and the spells of a file."""
    with open_purchases(path, PurchaseOptions(**options)) as found:
        return found.record, found.sums, found.spells


def written(folder, text, name="sales.csv"):
    """A file with this text."""
    path = Path(folder) / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def datasets(name):
    """A file of the package lifetimes, by its path: importing it would ask for half of the ecosystem."""
    spec = find_spec("lifetimes")
    if spec is None or not spec.submodule_search_locations:
        if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
            pytest.fail("no lifetimes, and GANGLION_REQUIRE_PEERS=1 demands it")
        pytest.skip("the package lifetimes, which has the CDNOW purchases, is not installed")
    return Path(spec.submodule_search_locations[0]) / "datasets" / name


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ann", "Bob", "ö", "007", "7"]),
        st.one_of(st.none(), st.sampled_from(["o1", "o2", "o3"])),
        st.integers(10_000, 10_030),
        st.integers(-500, 1500),
    ),
    min_size=1,
    max_size=40,
)


@given(rows=ROWS, has_orders=st.booleans())
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_sums_are_those_of_adding_row_by_row(rows, has_orders, tmp_path):
    if not has_orders:
        rows = [(customer, None, day, amount) for customer, _, day, amount in rows]
    lines = [
        f"{customer},{order or ''},{EPOCH + datetime.timedelta(day)},{amount / 100:.2f}"
        for customer, order, day, amount in rows
    ]
    path = written(tmp_path, "\n".join(["customer,order,date,amount", *lines]) + "\n")
    expected = oracle.sums(rows)
    if not expected:
        with pytest.raises(DataError, match="must be positive amounts"):
            book(path)
        return
    record, sums, spells = book(path)
    found = zip(
        sums.names,
        sums.visits,
        sums.first,
        sums.last,
        sums.spend,
        sums.gross,
        sums.returned,
        strict=True,
    )
    assert {
        name: (n, first, last, *(round(100 * value) for value in money))
        for name, n, first, last, *money in found
    } == expected
    assert list(sums.names) == sorted(expected)
    end = max(day for _, _, day, _ in rows)
    counted = {
        (stratum, days, kind): n
        for stratum, days, *both in zip(
            spells.stratum, spells.days, spells.ended, spells.running, strict=True
        )
        for kind, n in zip((True, False), both, strict=True)
        if n
    }
    listed = oracle.spells(rows, end, 5)
    assert counted == {key: listed.count(key) for key in set(listed)}
    assert record.n_returns == sum(amount < 0 for *_, amount in rows)
    assert round(100 * record.revenue) == sum(amount for *_, amount in rows)


def test_three_purchases_by_hand(tmp_path):
    # a buys on day 0 and day 9 and returns 5 of the second one a day later; b buys on day 3. Seen on day 10.
    text = "a,2024-01-01,10\nb,2024-01-04,7.50\na,2024-01-10,20\na,2024-01-11,-5\n"
    record, sums, spells = book(written(tmp_path, HEAD + text))
    assert (sums.visits.tolist(), sums.spend.tolist()) == ([2, 1], [25.0, 7.5])
    assert (sums.gross.tolist(), sums.returned.tolist()) == ([30.0, 7.5], [5.0, 0.0])
    assert record.as_of == datetime.date(2024, 1, 11)
    # Spells: a waits 9 days after the first purchase, then 1 day and still waits; b still waits after 7 days.
    listed = np.column_stack([spells.stratum, spells.days, spells.ended, spells.running]).tolist()
    assert listed == [[1, 7, 0, 1], [1, 9, 1, 0], [2, 1, 0, 1]]
    assert any("taken as returns" in note for note in record.notes)


def test_the_order_of_the_rows_changes_nothing(tmp_path):
    rng = np.random.default_rng(0)
    rows = [
        f"c{rng.integers(50)},2024-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d},{rng.integers(1, 10**6) / 1e4}"
        for _ in range(800)
    ]
    one = book(written(tmp_path, HEAD + "\n".join(rows)))
    rng.shuffle(rows)
    other = book(written(tmp_path, HEAD + "\n".join(rows)))
    for name in ("names", "visits", "first", "last", "spend", "gross", "returned"):
        assert np.array_equal(getattr(one[1], name), getattr(other[1], name))
    assert one[0].revenue == other[0].revenue


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_the_number_of_threads_changes_nothing(tmp_path, threads):
    rows = [
        f"c{i % 977},2024-01-{i % 28 + 1:02d},{(i * 7919 % 10007) / 7:.6f}" for i in range(5000)
    ]
    path = written(tmp_path, HEAD + "\n".join(rows))
    before = gl.get_num_threads()
    try:
        gl.set_num_threads(threads)
        sums = book(path)[1]
    finally:
        gl.set_num_threads(before)
    expected = {}
    for i in range(5000):
        expected[f"c{i % 977}"] = expected.get(f"c{i % 977}", 0) + round(
            float(f"{(i * 7919 % 10007) / 7:.6f}") * 10**6
        )
    assert sums.spend.tolist() == [expected[name] / 10**6 for name in sums.names]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "customer,date,amount\nx,2023-12-31,1.2345e3\nx,2024-01-01,1E0\n"),
        ("a.csv", "when;client;total\n31.12.2023;x;1.234,50 €\n01.01.2024;x;1,00 €\n"),
        ("a.tsv", "Customer ID\tInvoiceDate\tRevenue\nx\t12/31/2023 8:26\t1234.50\nx\t1/1/2024 9:00\t1\n"),
        ("a.txt", " x 20231231  1 1234.50\r\n x 20240101  1    1.00\r\n"),
        ("a.txt", "customer_id date number_of_cds dollar_value\nx 20231231 1 1234.50\nx 20240101 1 1.00\n"),
        ("a.csv", "\ufeffKunde,Datum,Betrag\nx,31. Dezember 2023,\"1,234.50\"\nx,1. Januar 2024,1\n"),
        ("a.csv", "x,2023-12-31,1234.50\nx,2024-01-01,1.00\n"),
        ("a.csv", "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
                  "1,A,10,12/31/2023 8:26,123.45,x\n2,A,2,1/1/2024 8:26,0.5,x\n"),
    ],
)  # fmt: skip
def test_one_history_in_many_layouts(tmp_path, name, text):
    record, sums, _ = book(written(tmp_path, text, name))
    assert sums.names.tolist() == ["x"]
    assert (sums.visits.tolist(), sums.spend.tolist()) == ([2], [1235.5])
    assert record.first_day == datetime.date(2023, 12, 31)


def test_parquet_json_lines_gzip_and_frames_give_the_same(tmp_path):
    plain = "x,2023-12-31,1234.5\ny,2024-01-01,1.25\n"
    rows = [line.split(",") for line in plain.split()]
    objects = [{"customer": a, "date": b, "amount": float(c)} for a, b, c in rows]
    lines = "\n".join(map(json.dumps, objects))
    found = [
        book(written(tmp_path, HEAD + plain)),
        book(written(tmp_path, gzip.compress((HEAD + plain).encode()), "a.csv.gz")),
        book(written(tmp_path, lines, "a.jsonl")),
        book({key: [row[key] for row in objects] for key in objects[0]}),
    ]
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(objects).assign(date=lambda f: pandas.to_datetime(f["date"]))
    frame.to_parquet(tmp_path / "a.parquet")
    found += [book(tmp_path / "a.parquet"), book(frame)]
    for record, sums, _ in found:
        assert (sums.names.tolist(), sums.spend.tolist()) == (["x", "y"], [1234.5, 1.25])
        assert record.columns == {"customer": "customer", "date": "date", "amount": "amount"}


def test_seconds_since_1970_are_days_when_asked_for(tmp_path):
    text = "customer,date,amount\nx,1704067199,1\nx,1704067200000,2\n"  # the last second of 2023; 2024-01-01 in ms
    record, sums, _ = book(written(tmp_path, text), dates="unix", columns={"date": "date"})
    assert (record.first_day, record.last_day) == (
        datetime.date(2023, 12, 31),
        datetime.date(2024, 1, 1),
    )
    assert sums.visits.tolist() == [2]


def test_what_was_left_out_is_counted_with_its_first_row(tmp_path):
    future = datetime.date.today() + datetime.timedelta(days=400)
    text = f" x\t,2024-01-01,5\n{' ' * 50},2024-01-01,5\nx,unknown,5\nx,2024-01-02,free\n"
    text += f"x,{future},5\nx,2024-01-03,0\nx,2024-01-03,0\n"
    record, sums, _ = book(written(tmp_path, HEAD + text))
    assert record.left_out == {
        "without a customer": 1,
        "without a date that can be read": 1,
        "without an amount that can be read": 1,
        "dated in the future": 1,
    }
    assert "1 row without a date that can be read left out (the first is row 3)" in record.notes
    assert (record.n_used, record.n_zero, record.n_repeated) == (3, 2, 1)
    assert sums.visits.tolist() == [2]
    assert record.last_day == datetime.date(2024, 1, 3)


def test_repeated_rows_can_be_dropped(tmp_path):
    path = written(tmp_path, HEAD + "x,2024-01-01,5\nx,2024-01-01,5\nx,2024-01-01,6\n")
    assert book(path)[1].spend.tolist() == [16.0]
    record, sums, _ = book(path, repeated="drop")
    assert (sums.spend.tolist(), record.left_out) == ([11.0], {"equal to an earlier row": 1})


def test_customers_are_looked_at_on_the_day_that_is_asked_for(tmp_path):
    path = written(tmp_path, HEAD + "x,2024-01-01,5\nx,2024-02-01,6\n")
    record, sums, spells = book(path, as_of=datetime.date(2024, 1, 15))
    assert (sums.spend.tolist(), record.left_out) == ([5.0], {"after the day asked for": 1})
    assert (spells.days.tolist(), spells.running.tolist()) == ([14], [1])


def test_customers_with_returns_only_are_in_no_segment(tmp_path):
    record, sums, _ = book(written(tmp_path, HEAD + "x,2024-01-01,5\ny,2024-01-01,-5\n"))
    assert (sums.names.tolist(), record.only_returns, record.revenue) == (["x"], 1, 0.0)


def test_memory_is_bounded_by_spilling(tmp_path):
    n = 150_000
    rng = np.random.default_rng(1)
    who, cents = rng.integers(0, n, n), rng.integers(1, 10_000, n)
    lines = [
        f"customer-with-a-rather-long-name-{a:012d},2024-01-01,{b / 100:.2f}"
        for a, b in zip(who, cents, strict=True)
    ]
    path = written(tmp_path, HEAD + "\n".join(lines))
    _, sums, _ = book(path, memory_limit="64MiB")
    assert round(100 * sums.spend.sum()) == cents.sum()
    assert len(sums.names) == len(np.unique(who))


BAD = [
    ("", "is empty"),
    (HEAD, "holds the column names only"),
    ("name,colour\na,red\nb,blue\n", r"Purchases need a column that says .*'name', 'colour'\. Name it: --"),
    (HEAD + "x,03/04/2024,5\n", r"must tell the day from the month; in column 'date' all are like '03/04/2024'"),
    (HEAD + "x,31/01/2024,5\nx,01/31/2024,5\n", "must have day and month in one order"),
    (HEAD + "x,2024-01-01,$5\nx,2024-01-01,€5\n", "must be in one currency"),
    (HEAD + 'x,2024-01-01,"1,5"\nx,2024-01-01,2.5\n', "must have one decimal mark"),
    (HEAD + "x,2024-01-01,-5\ny,2024-01-01,-6\n", "must be positive amounts; all 2 rows"),
    (HEAD + ",2024-01-01,5\n,2024-01-02,6\n", "Purchases need a column that says who bought"),
    (HEAD + f"{'x' * 20_000},2024-01-01,5\ny,2024-01-01,5\n", r"at most 10000 characters; row 1 has 20000\. Correct"),
    (HEAD + "x,2024-01-01,free\ny,2024-01-02,gift\n", r"'amount' is called so, but holds such as 'free'"),
    (HEAD + "x,45292,5\ny,45293,6\n", r"'date' is called so, but holds such as '45292'\. Name it: --date COLUMN"),
    (HEAD + "x,2024-01-01,5,9\n", "Every row must have as many fields as the header"),
    ("x 20240101 1 5\ny 20240101 1 6\n" * 150 + "z 20240101 7\n", "as many fields as the first one, 4; row 301 has"),
    ("customer,date,amount\nDvořák,2024-01-01,5\n".encode("cp1250"), "may be Windows-125.* as well as"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD, ids=[f"case{at}" for at in range(len(BAD))])
def test_bad_files_are_named_errors(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        book(
            written(
                tmp_path,
                text,
                "bad.txt" if isinstance(text, str) and "," not in text and text else "bad.csv",
            )
        )


def test_a_million_characters_in_a_column_that_is_not_used_do_not_matter(tmp_path):
    text = (
        f"customer,date,amount,remark\nx,2024-01-01,5,{'y' * 1_000_000}\nx,{'2' * 1_000_000},5,\n"
    )
    record, sums, _ = book(written(tmp_path, text))
    assert (sums.spend.tolist(), record.left_out) == ([5.0], {"without a date that can be read": 1})


def test_most_rows_must_be_readable(tmp_path):
    path = written(tmp_path, HEAD + "x,2024-01-01,5\n" + "x,soon,5\n" * 2)
    with pytest.raises(
        DataError,
        match=r"in column 'date' of bad\.csv|in column 'date' of sales\.csv 2 of 3 do not",
    ):
        book(path, columns={"date": "date"})


def test_columns_that_are_not_there_or_have_two_roles_are_refused(tmp_path):
    path = written(tmp_path, HEAD + "x,2024-01-01,5\n")
    with pytest.raises(
        ParameterError,
        match=r"The customer must be a column of sales\.csv; .* 'client'\. Did you mean",
    ):
        book(path, columns={"customer": "client"})
    with pytest.raises(ParameterError, match="Every column has one role; 'amount' is given two"):
        book(path, columns={"price": "amount", "amount": "amount"})
    with pytest.raises(ParameterError, match="Columns are named by role, customer, date"):
        book(path, columns={"who": "customer"})
    with pytest.raises(FileNotFoundError, match="must exist"):
        book(tmp_path / "none.csv")


def test_customers_that_do_not_fit_into_memory_are_refused_before_they_are_read(
    tmp_path, monkeypatch
):
    from ganglion import _memory

    monkeypatch.setattr(_memory, "available_memory", lambda: 500.0)
    path = written(tmp_path, HEAD + "x,2024-01-01,5\ny,2024-01-01,5\n")
    with pytest.raises(
        MemoryPlanError, match=r"A table of 2 customers needs 800 bytes; 500 bytes are available"
    ):
        book(path)


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    path = written(tmp_path, HEAD + "x,2024-01-01,5\n")
    book(path)
    with pytest.raises(DataError):
        book(written(tmp_path, HEAD + "x,2024-01-01,$5\nx,2024-01-01,€5\n"))
    assert list((tmp_path / "t").iterdir()) == []


def test_columns_of_an_earlier_file_are_taken_where_all_are_there(tmp_path):
    expected = {"customer": "who", "date": "date", "amount": "b"}
    path = written(tmp_path, "who,date,b,amount\nx,2024-01-01,1,5\n")
    assert book(path, expected=expected)[0].columns == expected
    path = written(tmp_path, HEAD + "x,2024-01-01,5\n")
    assert book(path, expected=expected)[0].columns["amount"] == "amount"


def test_cdnow_has_its_known_facts():
    record, sums, _ = book(datasets("CDNOW_master.txt"))
    assert (record.n_rows, record.n_used, len(sums.names)) == (69_659, 69_659, 23_570)
    assert record.columns == {
        "customer": "customer_id",
        "date": "date",
        "amount": "dollar_value",
        "quantity": "number_of_cds",
    }
    assert (record.first_day, record.last_day) == (
        datetime.date(1997, 1, 1),
        datetime.date(1998, 6, 30),
    )
    assert 0.5 < (sums.visits == 1).mean() < 0.53
    assert round(100 * record.revenue) == 250_031_563


def test_the_one_in_ten_sample_has_the_published_repeats_and_spans():
    # The summary that goes with the sample: weeks until 1997-09-30, repeats, weeks from the first to the last purchase.
    import csv

    record, sums, _ = book(
        datasets("CDNOW_sample.txt"),
        columns={"customer": "column_2"},
        as_of=datetime.date(1997, 9, 30),
    )
    assert record.columns["amount"] == "column_5"
    with datasets("cdnow_customers_summary.csv").open() as file:
        known = list(csv.DictReader(file))
    assert len(known) == len(sums.names) == 2_357
    end = (datetime.date(1997, 9, 30) - EPOCH).days
    for at, row in enumerate(known):
        assert int(sums.names[at]) == int(row["ID"])
        assert sums.visits[at] - 1 == int(row["frequency"])
        assert (
            abs((sums.last[at] - sums.first[at]) / 7 - float(row["recency"])) <= 0.0051
        )  # two decimals
        assert abs((end - sums.first[at]) / 7 - float(row["T"])) <= 0.0051

"""Dates and sums of money, as people write them: the column decides what a doubtful cell means, or it is an error."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganglion import DataError
from ganglion.data._days import looks_like_a_date, read_dates
from ganglion.data._money import MICRO, looks_like_an_amount, read_amounts

DAYS = st.dates(datetime.date(1970, 1, 1), datetime.date(2068, 12, 31))
EPOCH = datetime.date(1970, 1, 1)


def number(day):
    """Days since 1970."""
    return (day - EPOCH).days


# 2024-01-31 is 19,753 days after 1970-01-01: 54 years of 365 days, 13 leap days from 1972 to 2020, 30 days of January.
@pytest.mark.parametrize(
    "text",
    [
        "2024-01-31",
        "2024/1/31",
        "2024.01.31",
        "20240131",
        "20240131T1015",
        "31/01/2024",
        "31.1.24",
        "31-01-2024",
        "31 Jan 2024",
        "31. Januar 2024",
        "31-Jan-24",
        "31 janvier 2024",
        "31 ene 2024",
        "Jan 31, 2024",
        "January 31st, 2024",
    ],
)
def test_one_day_in_many_forms(text):
    assert 54 * 365 + 13 + 30 == 19_753
    assert read_dates([text], "auto", "when").days == (19_753,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2024-02-30",
        "2024-13-01",
        "31/31/2024",
        "00004",
        "0001-01-01",
        "12.5",
        "31 Foo 2024",
        "9" * 50,
    ],
)
def test_what_is_no_day_has_none(text):
    assert read_dates([text], "auto", "when").days == (None,)


@given(
    st.lists(DAYS, min_size=1, max_size=20), st.sampled_from(["dmy", "mdy"]), st.sampled_from("-/")
)
def test_days_written_in_one_order_are_read_in_it(days, order, mark):
    form = {"dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y"}[order].format(mark)
    texts = [day.strftime(form) for day in days]
    assert list(read_dates(texts, order, "when").days) == [number(day) for day in days]
    if any(day.day > 12 for day in days):  # then the column tells its order by itself
        assert read_dates(texts, "auto", "when") == read_dates(texts, order, "when")


def test_days_that_do_not_tell_their_order_are_an_error():
    with pytest.raises(
        DataError, match=r"must tell the day from the month; .*'03/04/2024'.* --dates dmy"
    ):
        read_dates(["03/04/2024", "01/02/2024"], "auto", "when")


def test_days_in_two_orders_are_an_error_that_shows_both():
    with pytest.raises(
        DataError, match=r"'31/01/2024' can only be day/month and '01/31/2024' only month/day"
    ):
        read_dates(["31/01/2024", "01/31/2024"], "auto", "when")


def test_each_separator_has_an_order_of_its_own():
    found = read_dates(["31.01.2024", "01/31/2024", "02.03.2024", "03/02/2024"], "auto", "when")
    assert found.days == (
        19_753,
        19_753,
        19_753 + 31,
        19_753 + 31,
    )  # 2 March is 31 days later in a leap year


@pytest.mark.parametrize(
    "text",
    [
        "12/1/2010 8:26",
        "2024-01-31T10:00:00Z",
        "2024-01-31 10:00:00.123+02:00",
        "31.01.2024, 10.15",
        "Jan 31, 2024 1:05 PM",
    ],
)
def test_a_time_behind_a_day_does_not_matter(text):
    assert looks_like_a_date(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("$1,234.56", 1234.56),
        ("1.234,56 €", 1234.56),
        ("EUR 12,5", 12.5),
        ("-$5.00", -5),
        ("$-5.00", -5),
        ("(3.20)", -3.2),
        ("5.00-", -5),
        ("1 234,50", 1234.5),
        ("1\u202f234,50", 1234.5),
        ("1'234.50", 1234.5),
        ("₹12,34,567.80", 1234567.8),
        ("US$ 7", 7),
        (".5", 0.5),
        ("0,005", 0.005),
        ("−3.5", -3.5),
    ],
)
def test_sums_of_money_as_they_are_written(text, value):
    assert read_amounts([text], "auto", "paid").micros == (round(value * MICRO),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "free",
        "1,23,4.5",
        "12.5.3,1,1",
        "(5",
        "(-5)",
        "$5€",
        "1e999",
        "inf",
        "nan",
        "9" * 13,
        "1 2",
        "--5",
    ],
)
def test_what_is_no_sum_has_no_value(text):
    assert read_amounts([text], "point", "paid").micros == (None,)


def test_one_column_has_one_decimal_mark():
    found = read_amounts(["1.234", "1,5"], "auto", "paid")
    assert (found.mark, found.micros) == (",", (1_234_000_000, 1_500_000))
    with pytest.raises(
        DataError,
        match=r"one decimal mark; column 'paid' has '1\.5 €' with a point and '2,5 €' with",
    ):
        read_amounts(["1.5 €", "2,5 €"], "auto", "paid")
    with pytest.raises(DataError, match=r"has '0\.5' with a point and '2,5' with a comma"):
        read_amounts(["2,5"], "auto", "paid", point_seen="0.5")


def test_a_lone_group_of_three_is_thousands_and_that_is_said():
    found = read_amounts(["1,234", "980"], "auto", "paid")
    assert (found.micros, found.guessed) == ((1_234_000_000, 980_000_000), "1,234")
    assert read_amounts(["1,234"], "comma", "paid").micros == (1_234_000,)


def test_two_currencies_are_an_error_but_two_names_of_one_are_not():
    with pytest.raises(
        DataError, match=r"one currency; column 'paid' has '\$5' \(\$\) and '5 €' \(€\)"
    ):
        read_amounts(["$5", "5 €"], "auto", "paid")
    assert read_amounts(["$5", "5 USD"], "auto", "paid").currency == "$"


@given(st.integers(-(10**14), 10**14), st.booleans(), st.booleans())
def test_hundredths_are_read_to_the_last_one(hundredths, has_groups, has_comma):
    text = f"{hundredths // 100 if hundredths >= 0 else -(-hundredths // 100):{',' if has_groups else ''}}"
    if hundredths < 0 and not text.startswith("-"):
        text = "-" + text
    text += f".{abs(hundredths) % 100:02d}"
    if has_comma:
        text = text.translate(str.maketrans(".,", ",."))
    found = read_amounts([text], "auto", "paid")
    expected = hundredths * (MICRO // 100)
    assert found.micros == ((expected,) if abs(expected) < 10**12 * MICRO else (None,))
    assert looks_like_an_amount(text) == (found.micros != (None,))

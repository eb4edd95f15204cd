"""SQL for what the cells of purchases are: names, days and sums of money, and what of them a person must have written.

Most cells are written as a machine writes them: 2024-12-31, 12.50. Those become values while the rows are read. The
texts of the others are kept beside them, because what they mean is decided for a whole column at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from ._database import BLANKS
from ._days import FIRST_YEAR, LAST_YEAR, TIME, DayOrder
from ._money import DecimalMark

Holds = Literal["text", "day", "number", "double"]

KEYS = ("customer", "order", "product")
SUMS = ("amount", "price", "quantity")
SUM_TYPE = "DECIMAL(18, 6)"
# Characters of the shortest day that a time can stand behind, as in 1/1/24 8:26.
_SHORTEST_TIMED = 11
# A point before three digits groups thousands where the column has decimal commas; no other plain number may have one.
_DOUBTFUL = "[+-]?[1-9][0-9]{0,2}\\.[0-9]{3}"


@dataclass(frozen=True)
class Meaning:
    """How the cells of a book are meant.

    Attributes
    ----------
    dates : {"auto", "dmy", "mdy", "unix"}
        Order of day and month; seconds since 1970.
    decimal : {"auto", "point", "comma"}
        Decimal mark.
    missing : tuple of str
        Texts that stand for nothing.
    """

    dates: DayOrder
    decimal: DecimalMark
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """Where rows come from.

    Attributes
    ----------
    relation : str
        SQL for them, with columns c0, c1, ..., and `bad`, true for a row with another number of fields.
    parameters : mapping
        Values of the parameters in it.
    holds : tuple of {"text", "day", "number", "double"}
        What each column holds: text, dates or times, numbers that a decimal takes exactly, others.
    is_checked : bool
        Whether there is `bad`.
    """

    relation: str
    parameters: Mapping[str, object]
    holds: tuple[Holds, ...]
    is_checked: bool = False


def parameters_of(rows: Rows, meaning: Meaning) -> dict[str, object]:
    """Return the parameters of the statements below."""
    gaps = "|".join(re.escape(text) for text in ("", *meaning.missing))
    return {**rows.parameters, "gaps": gaps, "blanks": BLANKS}


def raw_rows(rows: Rows, places: Mapping[str, int], meaning: Meaning) -> str:
    """Return SQL for the rows as they are kept, with a digest `h` of the whole row.

    A name has one column, called as its role. A day, and a sum, has two: `date_plain` its value where it is plain, and
    `date` its text where that must be read. Both of a sum are there where its point may group thousands.
    """
    read = [_read(role, at, rows.holds[at], meaning) for role, at in places.items()]
    everything = ", ".join(f"c{at}" for at in range(len(rows.holds)))
    statement = f"SELECT *, hash({everything}) AS h FROM {rows.relation}"
    # one step after the other, so that what a step needs twice is computed once
    for together in zip_longest(*(steps for steps, _ in read)):
        listed = ", ".join(step for step in together if step)
        statement = f"SELECT *, {listed} FROM ({statement})"
    kept = [
        *(cell for _, cells in read for cell in cells),
        "h",
        *(["bad"] if rows.is_checked else []),
    ]
    return f"SELECT {', '.join(kept)} FROM ({statement})"


def first_pointed(rows: Rows, at: int, meaning: Meaning) -> str:
    """Return SQL for the first plain number of a column whose point can only be a decimal mark."""
    steps = _text_steps(at, "TRUE", meaning)
    return (
        f"SELECT g{at} FROM (SELECT {steps[1]} FROM (SELECT {steps[0]} FROM {rows.relation})) "
        f"WHERE contains(g{at}, '.') AND {_plain(f'g{at}')} IS NOT NULL "
        f"AND NOT regexp_full_match(g{at}, '{_DOUBTFUL}') LIMIT 1"
    )


def _read(role: str, at: int, holds: Holds, meaning: Meaning) -> tuple[list[str], list[str]]:
    """Return the steps in which a column c is read, and what is kept of it."""
    if role in KEYS:
        return _text_steps(at, "TRUE", meaning), [f'g{at} AS "{role}"']
    if role == "date":
        return _day(at, holds, meaning)
    return _sum(role, at, holds, meaning)


def _day(at: int, holds: Holds, meaning: Meaning) -> tuple[list[str], list[str]]:
    """Read a day q as it stands; where it is none, without blanks, gaps and its time."""
    if holds == "day":
        return [f"{_in_range(f'CAST(c{at} AS DATE)')} AS q{at}"], _kept("date", at, "NULL")
    is_unix = meaning.dates == "unix"
    quick = "CAST(NULL AS DATE)" if is_unix else _plain_day(f"CAST(c{at} AS VARCHAR)")
    last = f"CASE WHEN q{at} IS NULL THEN {_plain_day(f'x{at}')} ELSE q{at} END AS d{at}"
    steps = [f"{quick} AS q{at}", *_text_steps(at, f"q{at} IS NULL", meaning)]
    steps += [f"{_day_text(f'g{at}', meaning.dates)} AS x{at}", last]
    return steps, [f"d{at} AS date_plain", f'CASE WHEN d{at} IS NULL THEN x{at} END AS "date"']


def _sum(role: str, at: int, holds: Holds, meaning: Meaning) -> tuple[list[str], list[str]]:
    """Read a plain number q, to which blanks around it do not matter; where it is none, or doubtful, keep the text."""
    cell = f"CAST(c{at} AS VARCHAR)"
    if holds == "number":
        return [f"TRY_CAST(c{at} AS {SUM_TYPE}) AS q{at}"], _kept(role, at, "NULL")
    if holds == "double":
        return [f"{_plain(cell)} AS q{at}"], _kept(role, at, "NULL")
    again = odd = f"q{at} IS NULL"
    if meaning.decimal == "comma":
        again += f" OR contains({cell}, '.')"
        odd += f" OR contains(g{at}, '.')"
    elif meaning.decimal == "auto":
        again += f" OR {cell} LIKE '%.___%'"
        odd += f" OR regexp_full_match(g{at}, '{_DOUBTFUL}')"
    steps = [f"{_plain(cell)} AS q{at}", *_text_steps(at, again, meaning)]
    return steps, _kept(role, at, f"CASE WHEN {odd} THEN g{at} END")


def _kept(role: str, at: int, text: str) -> list[str]:
    """Return the two columns of a role whose plain values are q."""
    return [f"q{at} AS {role}_plain", f'CAST({text} AS VARCHAR) AS "{role}"']


def _text_steps(at: int, condition: str, meaning: Meaning) -> list[str]:
    """Return the steps to the text g of a column: without blanks around it, NULL where it stands for nothing."""
    cell = f"CAST(c{at} AS VARCHAR)"
    # the trimming is dear and seldom needed: CASE spares the other cells of it, as it does the search for gaps
    trimmed = f"CASE WHEN {cell} < '!' OR right({cell}, 1) < '!' THEN trim({cell}, $blanks) ELSE {cell} END"
    if condition != "TRUE":
        trimmed = f"CASE WHEN {condition} THEN {trimmed} END"
    longest = max(map(len, meaning.missing), default=0)
    gap = f"strlen(t{at}) <= {longest} AND regexp_full_match(t{at}, $gaps)"
    return [f"{trimmed} AS t{at}", f"CASE WHEN {gap} THEN NULL ELSE t{at} END AS g{at}"]


def _plain_day(text: str) -> str:
    """Return SQL for the day that a text is: nothing else is written so, other signs in these places are no date."""
    return _in_range(f"TRY_CAST(CASE WHEN {text} LIKE '____-__-__' THEN {text} END AS DATE)")


def _in_range(day: str) -> str:
    """Return SQL for a day of the years that purchases are made in, NULL for another."""
    return f"CASE WHEN {day} BETWEEN DATE '{FIRST_YEAR}-01-01' AND DATE '{LAST_YEAR}-12-31' THEN {day} END"


def _plain(cell: str) -> str:
    """Return SQL for the plain number that a cell is, NULL where it is none."""
    return f"TRY_CAST(CASE WHEN contains({cell}, '_') THEN NULL ELSE {cell} END AS {SUM_TYPE})"


def _day_text(text: str, order: DayOrder) -> str:
    """Return SQL for the day of a text: without its time, or from seconds (milli-, microseconds) since 1970."""
    if order != "unix":
        time = TIME.replace("'", "''")
        return f"CASE WHEN strlen({text}) < {_SHORTEST_TIMED} THEN {text} ELSE regexp_replace({text}, '{time}', '') END"
    number = f"TRY_CAST({text} AS DOUBLE)"
    micros = (
        f"CASE WHEN abs({number}) < 1e11 THEN {number} * 1e6 WHEN abs({number}) < 1e14 THEN {number} * 1e3 "
        f"WHEN abs({number}) < 1e17 THEN {number} END"
    )
    return f"CAST(CAST(make_timestamp(CAST(floor({micros}) AS BIGINT)) AS DATE) AS VARCHAR)"

"""How people write dates, read with one meaning for a whole column.

03/04/2024 can be read in two ways. So it is the column that decides, by those of its cells that can only mean one
thing; where its cells contradict each other that is an error which shows two of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .._errors import DataError
from ._records import shown

DayOrder = Literal["auto", "dmy", "mdy", "unix"]

# What may stand behind a day: a time, a half of the day, a zone. The day is the one that is written.
TIME = (
    r"(?:[T ,]+[0-9]{1,2}[:.h][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?"
    r"\s*(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)$"
)
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T?[0-9]{4}(?:[0-9]{2})?Z?)?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_DAY_NAMED = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th|\.)?[ \-/]*([^\W\d_]{3,10})\.?,?[ \-/]*([0-9]{4}|[0-9]{2})"
)
_NAMED_DAY = re.compile(
    r"([^\W\d_]{3,10})\.?[ \-/]*([0-9]{1,2})(?:st|nd|rd|th)?,?[ \-/]+([0-9]{4})"
)
# English, German, French, Spanish, Italian, Portuguese, Dutch; without accents, the first letters that tell them apart.
_MONTHS = {
    1: "jan ene gen",
    2: "feb fev",
    3: "mar maa mrz",
    4: "apr avr abr",
    5: "may mai mag mei",
    6: "jun juin giu",
    7: "jul juil lug",
    8: "aug aou ago",
    9: "sep set",
    10: "oct okt ott out",
    11: "nov",
    12: "dec dez dic",
}
_MONTH_OF = {word: month for month, words in _MONTHS.items() for word in words.split()}
FIRST_YEAR, LAST_YEAR = 1900, 2999
_PIVOT = 69  # years of two digits: 69 to 99 are 1969 to 1999, as strptime has it
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class DateReading:
    """What the texts of a column of dates mean.

    Attributes
    ----------
    days : tuple of int or None
        Days since 1970-01-01; None where a text is no date.
    forms : dict of str to int
        How many of the texts have each form, such as "year-month-day".
    """

    days: tuple[int | None, ...]
    forms: dict[str, int]


def read_dates(texts: Sequence[str], order: DayOrder, column: str) -> DateReading:
    """Read days that are written in any of the usual forms, without their times.

    Raises
    ------
    DataError
        Of days like 03/04/2024 some can only have the day first and others only the month, or none tells.
    """
    forms: dict[str, int] = {}
    days: list[int | None] = []
    day_first = _day_first(texts, order, column)
    for text in texts:
        found = _day_of(text, day_first)
        days.append(None if found is None else found[0])
        if found is not None:
            forms[found[1]] = forms.get(found[1], 0) + 1
    return DateReading(tuple(days), forms)


def looks_like_a_date(text: str) -> bool:
    """Whether a text is a date with either order of day and month."""
    bare = re.sub(TIME, "", text.strip())
    return any(_day_of(bare, dict.fromkeys("-/.", first)) is not None for first in (True, False))


def _day_first(texts: Iterable[str], order: DayOrder, column: str) -> dict[str, bool]:
    """Return for each separator whether the day stands before the month; a separator that is not there is left out.

    A dot is always day first: no country writes 12.31.2024.
    """
    if order in ("dmy", "mdy"):
        return dict.fromkeys("-/.", order == "dmy")
    proofs: dict[str, dict[bool, str]] = {}
    doubtful: dict[str, str] = {}
    for text in texts:
        match = _YEAR_LAST.fullmatch(text.strip())
        if match is None:
            continue
        mark, one, other = match[2], int(match[1]), int(match[3])
        if 12 < max(one, other) <= 31 and 1 <= min(one, other) <= 12:
            proofs.setdefault(mark, {}).setdefault(one > 12, text)
        elif one != other and min(one, other) >= 1 and max(one, other) <= 12:
            doubtful.setdefault(mark, text)
    found: dict[str, bool] = {}
    for mark in dict.fromkeys([*doubtful, *proofs]):
        proof = proofs.get(mark, {})
        if len(proof) == 2:
            raise DataError(
                f"Dates must have day and month in one order; in column {shown(column)} {shown(proof[True])} can only "
                f"be day/month and {shown(proof[False])} only month/day. Say --dates dmy or mdy (the others are then "
                "left out and counted), or write them as 2024-12-31."
            )
        if not proof and mark != ".":
            raise DataError(
                f"Dates must tell the day from the month; in column {shown(column)} all are like "
                f"{shown(doubtful[mark])}. Say --dates dmy or --dates mdy."
            )
        found[mark] = next(iter(proof), True)
    return found


def _day_of(text: str, day_first: dict[str, bool]) -> tuple[int, str] | None:
    """Return the day number of one text and the form that it has."""
    text = text.strip()
    if match := _YEAR_FIRST.fullmatch(text):
        return _checked(int(match[1]), int(match[3]), int(match[4]), "year-month-day")
    if match := _COMPACT.fullmatch(text):
        return _checked(int(match[1]), int(match[2]), int(match[3]), "yearmonthday")
    if match := _YEAR_LAST.fullmatch(text):
        one, other, first = int(match[1]), int(match[3]), day_first.get(match[2], True)
        day, month = (one, other) if first else (other, one)
        form = f"day{match[2]}month{match[2]}year" if first else f"month{match[2]}day{match[2]}year"
        return _checked(_full_year(match[4]), month, day, form)
    if match := _DAY_NAMED.fullmatch(text):
        return _checked(_full_year(match[3]), _month(match[2]), int(match[1]), "day, name, year")
    if match := _NAMED_DAY.fullmatch(text):
        return _checked(int(match[3]), _month(match[1]), int(match[2]), "name, day, year")
    return None


def _checked(year: int, month: int, day: int, form: str) -> tuple[int, str] | None:
    """Return the day number where there is such a day."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day).toordinal() - _EPOCH, form
    except ValueError:
        return None


def _full_year(digits: str) -> int:
    """Return the year that two or four digits mean."""
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (1900 if year >= _PIVOT else 2000)


def _month(word: str) -> int:
    """Return the month of a name, 0 where it is none."""
    plain = unicodedata.normalize("NFKD", word.lower())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _MONTH_OF.get(plain[:4], _MONTH_OF.get(plain[:3], 0))

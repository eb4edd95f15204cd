"""How people write dates and sums of money, read with one meaning for a whole column.

A single cell can be read in two ways: 03/04/2024, 1,234. So it is the column that decides, by those of its cells that
can only mean one thing; where its cells contradict each other that is an error which shows two of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from .._errors import DataError
from ._records import shown

DayOrder = Literal["auto", "dmy", "mdy", "unix"]
DecimalMark = Literal["auto", "point", "comma"]

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

LONGEST_VALUE = 60  # characters in a date or an amount; anything longer is neither
MICRO = 1_000_000  # amounts are whole numbers of millionths: their sums have one value in any order
LARGEST_AMOUNT = 10**12  # and anything beyond is no amount
_SIGNS = "$¢£¤¥֏؋৲৳૱௹฿៛\u20a0-\u20bf﷼＄￠￡￥￦"
# A closed list: with any letters before a number, customers called c17 would be sums of money.
_CODES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EURO EUR GBP HKD HUF IDR ILS INR JPY KES KRW MXN MYR NGN NOK "
    "NZD PEN PHP PLN RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR SFR. SFR FR. FR RS. RS RP RM KR. KR KČ ZŁ FT LEI"
).split()
_CURRENCY = rf"(?i:{'|'.join(map(re.escape, _CODES))}|(?:US|A|C|R|S|NZ|HK)?[{_SIGNS}])"
MONEY = re.compile(
    rf"(\()?\s*([-+−–])?\s*({_CURRENCY})?\s*([-+−–])?\s*"
    rf"([0-9][0-9.,'’ \u00a0\u202f]*|[.,][0-9]+)\s*({_CURRENCY})?\s*([-−])?\s*(\))?"
)
_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,12}\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_BLANK_GROUPS = re.compile(r"[0-9]{1,3}(?:[ '’\u00a0\u202f][0-9]{3})+(?:[.,][0-9]*)?")
_CURRENCIES = {
    "USD": "$",
    "US$": "$",
    "EUR": "€",
    "EURO": "€",
    "GBP": "£",
    "JPY": "¥",
    "INR": "₹",
    "RS": "₹",
    "RS.": "₹",
}


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


@dataclass(frozen=True)
class AmountReading:
    """What the texts of a column of amounts mean.

    Attributes
    ----------
    micros : tuple of int or None
        Millionths; None where a text is no amount.
    mark : {".", ","}
        The decimal mark that the column has.
    currency : str
        Its sign, "" where there is none.
    guessed : str
        A text whose comma was taken for a mark of thousands without proof, "" where there is none.
    """

    micros: tuple[int | None, ...]
    mark: str
    currency: str
    guessed: str


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


def read_amounts(
    texts: Sequence[str], decimal: DecimalMark, column: str, *, point_seen: str = ""
) -> AmountReading:
    """Read sums of money: signs and codes of currencies, thousands apart, (1.00) and 1.00- for what is negative.

    `point_seen` is a plain number elsewhere in the column whose point can only be a decimal mark.

    Raises
    ------
    DataError
        Both marks are decimal marks, or there are several currencies.
    """
    parsed = [MONEY.fullmatch(text.strip()) for text in texts]
    currency = one_currency(texts, parsed, column)
    mark, guessed = decimal_mark(texts, parsed, decimal, column, point_seen)
    micros = [None if match is None else _micros(match, mark) for match in parsed]
    return AmountReading(tuple(micros), mark, currency, guessed)


def looks_like_an_amount(text: str) -> bool:
    """Whether a text is an amount with either decimal mark, or a plain number."""
    if _PLAIN.fullmatch(text.strip()):
        return True
    match = MONEY.fullmatch(text.strip())
    return match is not None and any(_micros(match, mark) is not None for mark in ".,")


def one_currency(texts: Sequence[str], parsed: Sequence[re.Match[str] | None], column: str) -> str:
    """Return the currency of all amounts, "" for none."""
    seen: dict[str, str] = {}
    for text, match in zip(texts, parsed, strict=True):
        if match is not None and (sign := match[3] or match[6]):
            seen.setdefault(_CURRENCIES.get(sign.upper(), sign.upper()), text)
    if len(seen) > 1:
        (one, first), (other, second) = list(seen.items())[:2]
        raise DataError(
            f"Amounts must be in one currency; column {shown(column)} has {shown(first)} ({one}) and {shown(second)} "
            f"({other}). Convert them, or cluster the purchases of one currency at a time."
        )
    return next(iter(seen), "")


def decimal_mark(
    texts: Sequence[str],
    parsed: Sequence[re.Match[str] | None],
    decimal: DecimalMark,
    column: str,
    point_seen: str,
) -> tuple[str, str]:
    """Return the decimal mark, and a text in which a lone comma was taken for thousands."""
    if decimal != "auto":
        return ("," if decimal == "comma" else "."), ""
    proofs = {".": point_seen} if point_seen else {}
    doubtful = ""
    for text, match in zip(texts, parsed, strict=True):
        if match is None:
            continue
        mark = _proof(match[5])
        if mark:
            proofs.setdefault(mark, text)
        elif "," in match[5]:
            doubtful = doubtful or text
    if len(proofs) == 2:
        raise DataError(
            f"Amounts must have one decimal mark; column {shown(column)} has {shown(proofs['.'])} with a point and "
            f"{shown(proofs[','])} with a comma. Say --decimal point or comma (the others are then left out and "
            "counted), or write them in one way."
        )
    mark = next(iter(proofs), ".")
    return mark, doubtful if not proofs else ""


def _proof(number: str) -> str:
    """Return the mark that can only be the decimal one, "" where the number does not tell."""
    points, commas = number.count("."), number.count(",")
    if points and commas:
        return "." if number.rfind(".") > number.rfind(",") else ","
    if points + commas == 0:
        return ""
    mark, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return other
    behind = number.rpartition(mark)[2].strip()
    return "" if len(behind) == 3 and not number.startswith((mark, "0")) else mark


def _micros(match: re.Match[str], mark: str) -> int | None:
    """Return the millionths of one amount, None where its groups or signs do not fit."""
    text = decimal_text(match, mark)
    if text is None:
        return None
    micros = int((Decimal(text) * MICRO).to_integral_value(ROUND_HALF_EVEN))
    return micros if abs(micros) < LARGEST_AMOUNT * MICRO else None


def decimal_text(match: re.Match[str], mark: str) -> str | None:
    """Return the number of one amount as Python writes it, None where its groups or signs do not fit."""
    opened, closed = match[1] is not None, match[8] is not None
    signs = [sign for sign in (match[2], match[4], match[7]) if sign]
    if opened != closed or len(signs) > 1 or (opened and signs) or (match[3] and match[6]):
        return None
    number = match[5].strip()
    if re.search(r"[ '’\u00a0\u202f]", number):
        if not _BLANK_GROUPS.fullmatch(number):
            return None
        number = re.sub(r"[ '’\u00a0\u202f]", "", number)
    group = "," if mark == "." else "."
    whole, _, part = number.partition(mark)
    if mark in part or group in part:
        return None
    if group in whole:
        # Groups of three, or of two before the last as in India.
        if not re.fullmatch(rf"[0-9]{{1,3}}(?:\{group}[0-9]{{2,3}})*\{group}[0-9]{{3}}", whole):
            return None
        whole = whole.replace(group, "")
    if not (whole or part):
        return None
    return f"{'-' if opened or signs[:1] in (['-'], ['−'], ['–']) else ''}{whole or 0}.{part or 0}"

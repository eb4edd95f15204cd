"""How people write sums of money, read with one meaning for a whole column.

1,234 can be read in two ways. So it is the column that decides, by those of its cells that can only mean one thing;
where its cells contradict each other that is an error which shows two of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from .._errors import DataError
from ._records import shown

DecimalMark = Literal["auto", "point", "comma"]

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

"""Columns of texts that are amounts with a sign, as numbers: $12, € 1.234,50, (12.00), 12 %.

The sign is what tells an amount from a code: room 12, 12-14 and 555 123 stay texts. One meaning holds for the whole
column, and a column with a single text of another kind stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .._errors import DataError
from ._money import MONEY, DecimalMark, decimal_mark, decimal_text, one_currency
from ._records import Column, shown

_PERCENT = re.compile(r"\(?\s*[+-−–]?\s*(?:%[^%]*|[^%]*%)\s*\)?")
_BLANK = re.compile(r"[ '’\u00a0\u202f]")
_LEADING_ZERO = re.compile(r"0[0-9]")
# Codes of currencies that are words or labels as well: "RM 12" is a room, "3 ft" a length; in front, "Euro 6" a norm.
_DOUBTFUL = frozenset({"RM", "RS", "RP", "FT", "LEI", "FR.", "TRY", "PEN", "COP", "SAR"})
_DOUBTFUL_IN_FRONT = _DOUBTFUL | {"EURO"}

Match = re.Match[str]


def with_amounts(column: Column, decimal: DecimalMark = "auto") -> Column:
    """Return a column of texts as one of numbers where all of them are amounts or percentages; else as it is.

    Amounts in several currencies, or with both decimal marks, stay texts, with a note that says so.
    """
    first = next((text for text in column.values if text is not None), None)
    if column.kind != "text" or first is None or _read(first) is None:
        return column  # nearly all columns of texts end here, at their first cell
    texts: list[str] = list(dict.fromkeys(t for t in column.values.tolist() if t is not None))
    matches = _matches(texts)
    if matches is None:
        return column
    is_percent = "%" in first
    if not (is_percent or _is_signed(matches)):
        return column
    try:
        currency = one_currency(texts, matches, column.name)
        mark, guessed = decimal_mark(texts, matches, decimal, column.name, "")
    except DataError:
        why = "amounts in several currencies or with two decimal marks, kept as texts"
        return replace(column, note=why)
    numbers = {text: decimal_text(m, mark) for text, m in zip(texts, matches, strict=True)}
    if None in numbers.values():
        return column
    known = {text: float(number) for text, number in numbers.items() if number is not None}
    values = np.array([np.nan if t is None else known[t] for t in column.values], dtype=np.float64)
    values.flags.writeable = False
    said = "percentages" if is_percent else f"amounts{f' in {currency}' if currency else ''}"
    doubtful = guessed or (_undecided(texts, matches) if decimal == "auto" else "")
    if doubtful:
        said += f" ({shown(doubtful)} was read as {known[doubtful]:g})"
    return Column(column.name, values, "number", f"{said}, read as numbers")


def _matches(texts: Sequence[str]) -> list[Match] | None:
    """Return every text as a sum of money, its percent sign left away; None where one is none, or some are percents."""
    found: list[Match] = []
    percents = 0
    for text in texts:
        match = _read(text)
        if match is None:
            return None
        percents += "%" in text
        found.append(match)
    return found if percents in (0, len(texts)) else None


def _read(text: str) -> Match | None:
    """Return a text as a sum of money, or as a percentage without its sign; None where it is neither."""
    text = text.strip()
    if "%" not in text:
        return MONEY.fullmatch(text)
    match = MONEY.fullmatch(text.replace("%", "", 1)) if _PERCENT.fullmatch(text) else None
    return None if match is None or match[3] or match[6] else match


def _is_signed(matches: Sequence[Match]) -> bool:
    """Whether the column shows that its texts are amounts: by a currency, or by negative ones as book-keepers write."""
    in_front = {match[3].upper() for match in matches if match[3]}
    behind = {match[6].upper() for match in matches if match[6]}
    if in_front or behind:
        return not (in_front <= _DOUBTFUL_IN_FRONT and behind <= _DOUBTFUL)
    if any(_BLANK.search(match[5].strip()) or _LEADING_ZERO.match(match[5]) for match in matches):
        return False  # telephone numbers, codes
    in_brackets = sum(match[1] is not None for match in matches)
    if in_brackets:
        # "(1)", "(2)" alone are numbered answers
        return in_brackets < len(matches) or all(re.search("[.,]", match[5]) for match in matches)
    return any((match[2] or match[4] or "+") in "−–" for match in matches)


def _undecided(texts: Sequence[str], matches: Sequence[Match]) -> str:
    """Return a text whose point may be a decimal mark or group thousands, where no text of the column decides it."""
    if any("," in match[5] or re.search(r"\.(?![0-9]{3}\s*$)", match[5]) for match in matches):
        return ""
    return next((t for t, match in zip(texts, matches, strict=True) if "." in match[5]), "")

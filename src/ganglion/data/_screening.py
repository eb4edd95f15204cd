"""Which columns can take part in an analysis, and the reason in words for each that cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ._records import Column, Values, shown

SEQUENCE_ROWS = 10  # fewer whole numbers in sequence happen in real measurements too
MOSTLY_MISSING = 0.5
EXACT = 2.0**53
_TIME = r"([ T]\d{1,2}:\d{2}(:\d{2})?)?"
WRITTEN_DATE = re.compile(  # a year of four digits tells a date from a version such as 1.12.3
    rf"(\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{4}}|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}){_TIME}"
)
_NUMBER = r"[+-]?\d[\d.,\u00a0']*"
SIGNED_AMOUNT = re.compile(rf"[+-]?[$€£¥%]\s?{_NUMBER}|{_NUMBER}\s?[$€£¥%]")
IDENTIFIER_NAME = re.compile(
    r"(?:^|[\s_.\-])(?:id|ids|index|idx|key|uuid|guid|nr|no|num|number|row|rowid|rownum|rownames|serial|code)$"
    r"|(?<=[a-z])(?:Id|ID|Key|Nr|No)$|^id[\s_.\-]|^unnamed|^column_[0-9]+_*$|^#$"
)


def reason_to_leave_out(
    column: Column, *, wanted: bool, keep_gaps: bool, max_categories: int
) -> str:
    """Say why `column` cannot be used, or "" where it can.

    A column that was `wanted` by name is not taken for an identifier; with `keep_gaps` one that is mostly missing
    stays.
    """
    present = column.values[~column.missing]
    if len(present) == 0:
        return "all its values are missing"
    if column.kind == "other":
        return f"cannot be used as a feature ({column.note})"
    if column.kind == "date":
        return "holds dates; turn it into a number, such as days since a date, to use it"
    distinct = n_distinct(present)
    if distinct == 1:
        return f"has one value only ({shown(present[0])})"
    is_plain = column.kind == "text" and not column.note
    if is_plain and distinct > max_categories and (written := _as_written(present)):
        return written
    is_worded = column.kind in ("text", "category")
    more = f" ({column.note})" if is_worded and column.note else ""
    if not wanted and is_identifier(column.name, column.kind, present, distinct):
        return f"looks like an identifier: every value is different{more}"
    if is_worded and distinct > max_categories:
        return f"has {distinct} different texts, more than max_categories={max_categories}{more}"
    gaps = 1.0 - len(present) / len(column.values)
    if gaps > MOSTLY_MISSING and not (wanted or keep_gaps):
        return f"{100 * gaps:.0f} % of its values are missing"
    return ""


def _as_written(present: Values) -> str:
    """Say where many different texts are dates or amounts of money that are not written as such; "" where not."""
    example = shown(present[0])
    if all(WRITTEN_DATE.fullmatch(text) for text in present):
        return f"holds dates such as {example}; turn it into a number, such as days since a date, to use it"
    if all(SIGNED_AMOUNT.fullmatch(text) for text in present):
        return f"holds amounts with a sign such as {example}; leave the sign away to use them as numbers"
    return ""


def n_distinct(present: Values) -> int:
    """Number of different values."""
    if present.dtype.kind == "O":
        return len(set(present.tolist()))
    return len(np.unique(present))


def is_identifier(name: str, kind: str, present: Values, distinct: int) -> bool:
    """Whether values that all differ name the rows: any texts, or whole numbers that are a sequence or named like ids.

    Whole numbers that merely all differ (incomes, populations) are measurements, and so is anything with a fraction.
    """
    if distinct < len(present):
        return False
    if kind in ("text", "category"):
        return True
    if kind != "number" or not np.isfinite(present).all() or (present != np.floor(present)).any():
        return False
    if IDENTIFIER_NAME.search(name if re.search("[a-z]", name) else name.lower()):
        return True
    if re.search("[A-Z]", name) and IDENTIFIER_NAME.search(name.lower()):
        return True
    sequence = float(present.max()) - float(present.min()) == len(present) - 1
    return sequence and len(present) >= SEQUENCE_ROWS


def notes_on_columns(used: Sequence[Column]) -> tuple[str, ...]:
    """Say what the reader should know about how the used columns were read."""
    notes = [f"column {shown(column.name)}: {column.note}" for column in used if column.note]
    for column in used:
        inexact = (
            column.values.dtype.kind == "i"
            and np.abs(column.values.astype(np.float64)).max() > EXACT
        )
        if inexact and not column.note:
            notes.append(
                f"column {shown(column.name)}: integers beyond 2^53, rounded to double precision"
            )
    return tuple(notes)

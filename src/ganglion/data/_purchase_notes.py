"""What a reader of purchases should know about how they were read, in words; and what cannot be gone on with."""

from __future__ import annotations

from collections.abc import Mapping

from .._errors import DataError
from ._purchase_book import LinesRead
from ._purchase_sums import Kept, Sums
from ._records import shown

_LEAST = 0.5  # part of the rows that must be readable


def check_kept(kept: Kept, n_rows: int, roles: Mapping[str, str], source: str) -> None:
    """Refuse a table of which less than half can be read: a column must have been taken for another."""
    unread = {why: found for why, found in kept.left_out.items() if "can be read" in why}
    worst = max(unread, key=lambda why: unread[why][0], default="")
    if worst and unread[worst][0] > _LEAST * n_rows:
        role = "date" if "date" in worst else "amount"
        column = roles.get(role, roles.get("price", ""))
        raise DataError(
            f"Most rows must have {'a date' if role == 'date' else 'an amount'} that can be read; in column "
            f"{shown(column)} of {source} {unread[worst][0]} of {n_rows} do not, the first in row {unread[worst][1]}. "
            f"Name the right column with --{role}, or write {_FORMS[role]}."
        )
    if kept.rows == 0:
        reasons = ", ".join(f"{count} {why}" for why, (count, _) in kept.left_out.items())
        raise DataError(
            f"At least one row must have a customer, a date and an amount; of the {n_rows} of {source} none does: "
            f"{reasons}. Check the columns."
        )


_FORMS = {"date": "dates as 2024-12-31", "amount": "amounts as 12.50"}


def notes_on(roles: Mapping[str, str], read: LinesRead, kept: Kept, sums: Sums) -> tuple[str, ...]:
    """Return one sentence for each thing that was done to the rows, or assumed of them."""
    notes = [
        f"{_rows(count)} {why} left out (the first is row {first})"
        for why, (count, first) in kept.left_out.items()
    ]
    if kept.returns:
        notes.append(
            f"{_rows(kept.returns)} with a negative amount taken as returns and taken off what was spent"
        )
    if sums.only_returns:
        n = sums.only_returns
        notes.append(
            f"{n:,} {'customer has' if n == 1 else 'customers have'} returns only: no purchase, so no segment"
        )
    if kept.zeros:
        notes.append(f"{_rows(kept.zeros)} with an amount of 0 counted as purchases")
    if kept.repeated:
        notes.append(
            f"{_rows(kept.repeated)} equal to an earlier one counted all the same (--repeated drop leaves them out)"
        )
    if len(read.date_forms) > 1:
        forms = ", ".join(f"{form} ({count})" for form, count in read.date_forms.items())
        notes.append(f"dates in {len(read.date_forms)} forms: {forms}")
    for role, found in read.amounts.items():
        if found.mark == ",":
            notes.append(f"column {shown(roles[role])} has decimal commas")
        if found.guessed:
            notes.append(
                f"column {shown(roles[role])} has numbers such as {shown(found.guessed)}, whose comma was taken for a "
                "mark of thousands (--decimal comma says otherwise)"
            )
    if "amount" not in roles:
        of = f" times {shown(roles['quantity'])}" if "quantity" in roles else ""
        notes.append(f"the amount of a row is its price {shown(roles['price'])}{of}")
    if "order" not in roles:
        notes.append("no column names orders: what a customer buys on one day is one purchase")
    return tuple(notes)


def _rows(n: int) -> str:
    return f"{n:,} row{'' if n == 1 else 's'}"

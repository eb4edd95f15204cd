"""Segments of customers on a terminal and as JSON."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
from rich.text import Text

from ..applications import (
    STANDINGS,
    CustomerSegment,
    CustomerSegmentation,
    customer_rules,
    customer_sentences,
)
from ._content import VERSION
from ._printing import grid, percent, plural, print_headline, print_stripped, print_table
from ._reading import MOST_NOTES
from ._talk import Screen, Talk, clean

SHOWN = 5  # customers of the list on a terminal; all are in --labels


def say_reading(found: CustomerSegmentation, talk: Talk) -> None:
    """Say which column was taken for what, and what was done with the rows."""
    read = found.purchases
    roles = ", ".join(
        f"{role} = {clean(column, 60)!r} (such as {clean(read.examples[role], 40)!r})"
        for role, column in read.columns.items()
    )
    talk.note(f"columns: {roles}")
    for text in read.notes[:MOST_NOTES]:
        talk.note(text)


def print_customers(found: CustomerSegmentation, screen: Screen) -> None:
    """Print the answer, a table of the segments, and whom to contact first."""
    first, *others = customer_sentences(found)
    print_headline(screen, found.purchases.source, first)
    heads = ("customers", "of sales", "last", "times", "basket", "back")
    table = grid("segment", *heads, right=heads)
    for one in found.segments:
        table.add_row(Text(_folded(clean(one.name))), *_cells(one))
    print_table(screen, table)
    print_stripped(
        screen,
        "last: days since the last purchase; times: purchases; basket: value of one, before returns (medians). "
        f"back: the chance to buy again within {found.horizon} days.",
    )
    screen.print()
    for sentence in others:
        screen.print(sentence, soft_wrap=True)
    ranked = _ranked(found)
    if len(ranked) == 0:
        return
    screen.print()
    screen.print(f"Contact first ({plural(len(ranked), 'customer')} lapsing, by what they spent):")
    heads = ("last bought", "purchases", "spent", "chance")
    table = grid("customer", *heads, right=heads)
    habits = found.habits
    for at in ranked[:SHOWN].tolist():
        table.add_row(
            Text(clean(str(found.customers[at]), 60)),
            plural(int(habits.recency[at]), "day"),
            f"{habits.frequency[at]:,}",
            f"{habits.monetary[at]:,.2f}",
            percent(float(found.chance[at])),
        )
    print_stripped(screen, table)


def _folded(name: str) -> str:
    """Return a name in two lines where it is long: numbers beside it stay on a narrow screen."""
    words = name.split(", ")
    return name if len(name) < 24 else f"{', '.join(words[:-1])},\n{words[-1]}"


def _cells(one: CustomerSegment) -> tuple[str, ...]:
    """The numbers of one segment; a dash where nobody is in it."""
    if one.size == 0:
        return ("0", "0 %", "-", "-", "-", "-")
    return (
        f"{one.size:,}",
        percent(one.spend_share) if one.spend_share >= 0 else f"{one.spend_share:.1%}",
        f"{one.recency:,.0f}",
        f"{one.frequency:,.3g}",
        f"{one.basket:,.2f}",
        percent(one.chance) if isfinite(one.chance) else "-",
    )


def _ranked(found: CustomerSegmentation) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the customers on the list, in its order."""
    listed = np.flatnonzero(found.contact)
    return listed[np.argsort(found.contact[listed])].astype(np.int64)


def customers_json(found: CustomerSegmentation, files: dict[str, str]) -> dict[str, Any]:
    """Return the result as one object."""
    read = found.purchases
    settings = found.model.settings
    return {
        "ganglion": VERSION,
        "command": "customers",
        "source": read.source,
        "columns": read.columns,
        "rows": read.n_rows,
        "rows_used": read.n_used,
        "left_out": read.left_out,
        "returns": read.n_returns,
        "zero_amounts": read.n_zero,
        "repeated": read.n_repeated,
        "customers_with_returns_only": read.only_returns,
        "first_day": read.first_day.isoformat(),
        "last_day": read.last_day.isoformat(),
        "as_of": read.as_of.isoformat(),
        "currency": read.currency,
        "revenue": read.revenue,
        "notes": list(read.notes),
        "customers": len(found.customers),
        "k": len(found.segments),
        "how": found.how,
        "reason": "" if found.choice is None else found.choice.reason,
        "explained": found.explained,
        "seed": settings.get("seed"),
        "horizon": found.horizon,
        "segments": [_segment_json(one) for one in found.segments],
        "rules": _rules_json(found),
        "contact": [str(found.customers[at]) for at in _ranked(found)[:100].tolist()],
        "files": files,
    }


def _rules_json(found: CustomerSegmentation) -> dict[str, Any] | None:
    """Return the segments as rules in words, and of how many customers they give the segment."""
    tree = customer_rules(found)
    if tree is None:
        return None
    rules = [
        {"segment": rule.label, "if": rule.text, "customers": rule.size, "right": rule.precision}
        for rule in tree.rules
    ]
    return {"fidelity": tree.fidelity, "rules": rules}


def _segment_json(one: CustomerSegment) -> dict[str, Any]:
    """Return one segment; null where a number has no meaning."""

    def known(value: float | None) -> float | None:
        return value if value is not None and isfinite(value) else None

    return {
        "label": one.label,
        "name": one.name,
        "size": one.size,
        "share": one.share,
        "spend": one.spend,
        "spend_share": one.spend_share,
        "recency_days": known(one.recency),
        "frequency": known(one.frequency),
        "basket": known(one.basket),
        "monetary": known(one.monetary),
        "tenure_days": known(one.tenure),
        "gap_days": known(one.gap),
        "bought_once": known(one.once),
        "chance": known(one.chance),
        "standings": dict(zip(STANDINGS, one.standings, strict=False)),
        "products": [
            {"product": lift.product, "buyers": lift.buyers, "share": lift.share, "lift": lift.lift}
            for lift in one.products
        ],
        "nearest": one.nearest,
        "typical": list(one.typical),
        "advice": one.advice,
    }

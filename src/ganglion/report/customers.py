"""The page about customers: the answer, the map, a card for each segment, whom to contact, how it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..applications import (
    STANDINGS,
    CustomerSegment,
    CustomerSegmentation,
    customer_rules,
    customer_sentences,
)
from ..applications.customer_words import percent
from ._wording import signed
from .parts import (
    Answer,
    Card,
    CardBar,
    CardPart,
    Part,
    PointMap,
    Problem,
    ProblemsPart,
    ReproducePart,
    TablePart,
    choice_of,
    page,
    rules_of,
)

LISTED = 300  # customers of the list that the page shows; all are in the table of --labels
NAMED = 5_000  # customers that the map names under the pointer


def customers_page(found: CustomerSegmentation, *, command: str = "") -> str:
    """Make the page of a segmentation.

    Parameters
    ----------
    found : CustomerSegmentation
        What `segment_customers` returned.
    command : str
        The command line that it was made with.

    Returns
    -------
    str
        One self-contained HTML file.

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.report.customers import customers_page
    >>> rows = {"customer": ["a", "b"], "date": ["2024-01-01", "2024-03-30"], "amount": [10, 12]}
    >>> customers_page(gl.segment_customers(rows, n_clusters=1))[:15]
    '<!doctype html>'
    """
    source = found.purchases.source
    parts: list[Answer | Part] = [
        _answer(found),
        _map(found),
        _cards(found),
        *_rules(found),
        _numbers(found),
        *_list(found),
        *_choice(found),
        _problems(found),
        _reproduce(found, command),
    ]
    return page(f"Customers of {source}", parts, kicker=f"Customers of {source}")


def _answer(found: CustomerSegmentation) -> Answer:
    """The sentences, and the numbers to see at a glance."""
    read = found.purchases
    said = customer_sentences(found)
    money = f"{read.currency}{read.revenue:,.0f}"
    doubts = [said[1]] if found.how == "cut" else []
    return Answer(
        sentences=[said[0], *(sentence for sentence in said[1:] if sentence not in doubts)],
        facts=[
            ("customers", f"{len(found.customers):,}"),
            ("segments", str(len(found.segments))),
            ("purchases", f"{int(found.habits.frequency.sum()):,}"),
            ("sales", money),
            ("bought once", percent(int((found.habits.frequency == 1).sum()) / len(found.labels))),
            ("lapsing", f"{int((found.standing == 1).sum()):,}"),
        ],
        doubts=doubts,
    )


def _map(found: CustomerSegmentation) -> PointMap:
    """Customers by how long ago they bought and by what they spent."""
    habits = found.habits
    spent = np.log10(1.0 + np.maximum(habits.monetary, 0.0))
    points = np.column_stack([np.log10(1.0 + habits.recency), spent])
    texts = None
    if len(points) <= NAMED:
        texts = [
            f"{name}: {visits:,} purchase{'' if visits == 1 else 's'}, {spend:,.2f} in all, "
            f"{days:,} days ago, {STANDINGS[standing]}"
            for name, visits, spend, days, standing in zip(
                found.customers.tolist(),
                habits.frequency.tolist(),
                habits.monetary.tolist(),
                habits.recency.tolist(),
                found.standing.tolist(),
                strict=True,
            )
        ]
    centers = np.array(
        [points[found.labels == one.label].mean(axis=0) for one in found.segments if one.size]
    )
    is_whole = len(centers) == len(found.segments)
    return PointMap(
        points=points,
        labels=found.labels,
        names=found.names,
        texts=texts,
        search=texts is not None,
        centers=centers if is_whole else None,
        noun="customer",
        axes=("longer ago", "spent more"),
        caption=(
            "Each customer by the days since the last purchase and by what they spent in all, both on a logarithmic "
            "scale. Segments overlap here where they differ in how often and how much at once."
        ),
    )


def _cards(found: CustomerSegmentation) -> CardPart:
    """One card for each segment."""
    return CardPart(
        cards=[_card(found, one) for one in found.segments],
        noun="customer",
        title="What sets each segment apart",
        caption=(
            "Bars show how far the mean of a segment lies from the mean of all customers, in standard deviations of "
            "the logarithms, on one scale for all segments. The values beside them are medians."
        ),
    )


def _card(found: CustomerSegmentation, one: CustomerSegment) -> Card:
    """What a segment is, and what to do about it."""
    habits, mine = found.habits, found.labels == one.label
    columns = (
        ("days since last purchase", habits.recency.astype(np.float64), "{:,.0f}"),
        ("purchases", habits.frequency.astype(np.float64), "{:,.3g}"),
        ("value of a purchase", habits.basket, "{:,.2f}"),
        ("spent in all", np.maximum(habits.monetary, 0.0), "{:,.2f}"),
    )
    bars: list[CardBar] = []
    for name, values, form in columns if one.size else ():
        logs = np.log1p(values)
        deviation = float(logs.std())
        length = float(logs[mine].mean() - logs.mean()) / deviation if deviation > 0 else 0.0
        here, overall = float(np.median(values[mine])), float(np.median(values))
        bars.append(
            CardBar(
                name=name,
                length=length,
                said=signed(length),
                here=form.format(here),
                overall=form.format(overall),
            )
        )
    return Card(
        label=one.label,
        name=one.name,
        size=one.size,
        sentence=_sentence(one) if one.size else "",
        bars=bars,
        facts=_facts(found, one) if one.size else (),
        members=[("typical", one.typical), ("between this and the next", one.borderline)],
        advice=one.advice,
    )


def _sentence(one: CustomerSegment) -> str:
    """Who they are, in one line."""
    again = "" if one.gap is None else f"; who came again did so every {one.gap:,.0f} days"
    times = f"{one.frequency:,.3g} purchase{'' if one.frequency == 1 else 's'}"
    return (
        f"{percent(one.share)} of the customers and {percent(one.spend_share)} of the sales. In the middle: {times} of "
        f"{one.basket:,.2f}, the last one {one.recency:,.0f} days ago{again}."
    )


def _facts(found: CustomerSegmentation, one: CustomerSegment) -> list[tuple[str, str]]:
    """Numbers below the sentence, and what the baskets hold more often than others."""
    standing = ", ".join(
        f"{count:,} {word}" for word, count in zip(STANDINGS, one.standings, strict=False) if count
    )
    facts = [
        ("bought once", percent(one.once)),
    ]
    if found.purchases_come_back:
        facts += [
            (f"back within {found.horizon} days", percent(one.chance)),
            ("standing", standing),
        ]
    if one.nearest is not None:
        facts.append(("most like it", found.names[one.nearest]))
    facts += [
        (
            f"buys {lift.product}",
            f"{lift.lift:.1f} times as often as all ({lift.buyers:,} customers, {percent(lift.share)})",
        )
        for lift in one.products
    ]
    return facts


def _numbers(found: CustomerSegmentation) -> TablePart:
    """The segments as rows."""
    rows = [
        (
            one.name,
            one.size,
            round(100 * one.share, 1),
            round(100 * one.spend_share, 1),
            *(
                round(value, digits)
                for value, digits in (
                    (one.recency, 0),
                    (one.frequency, 1),
                    (one.basket, 2),
                    (one.monetary, 2),
                )
            ),
            round(100 * one.chance, 1) if found.purchases_come_back else None,
        )
        for one in found.segments
        if one.size
    ]
    columns = (
        "segment",
        "customers",
        "% of customers",
        "% of sales",
        "days since last purchase",
        "purchases",
        "value of one",
        "spent in all",
        f"% back within {found.horizon} days",
    )
    return TablePart(
        columns=columns,
        rows=rows,
        title="The segments in numbers",
        caption="Medians over customers.",
    )


def _list(found: CustomerSegmentation) -> list[Part]:
    """Whom to contact next."""
    listed = np.flatnonzero(found.contact)
    ranked = listed[np.argsort(found.contact[listed])]
    if len(ranked) == 0:
        return []
    habits = found.habits
    rows = [
        (
            str(found.customers[at]),
            found.names[found.labels[at]],
            int(found.contact[at]),
            int(habits.recency[at]),
            int(habits.frequency[at]),
            round(float(habits.monetary[at]), 2),
            round(100 * float(found.chance[at]), 1),
        )
        for at in ranked[:LISTED].tolist()
    ]
    columns = ("customer", "segment", "place", "days ago", "purchases", "spent", "% chance")
    return [
        TablePart(
            columns=columns,
            rows=rows,
            title="Whom to contact next",
            caption=(
                "Customers who are lapsing: their chance to come back has fallen below half of what it was after their "
                "last purchase, and is still above a fifth. By what they spent."
            ),
            limit=LISTED,
            n_rows=len(ranked),
        )
    ]


def _rules(found: CustomerSegmentation) -> list[Part]:
    """The segments as rules, by the names that they have."""
    tree = customer_rules(found)
    if tree is None:
        return []
    part = rules_of(tree, noun="customer")
    rules = [replace(rule, name=found.names[rule.label]) for rule in part.rules]
    return [replace(part, rules=rules, title="The segments as rules")]


def _choice(found: CustomerSegmentation) -> list[Part]:
    """The curves over the number of segments, where it was looked at."""
    if found.choice is None:
        return []
    part = choice_of(found.choice, used=len(found.segments))
    return [replace(part, title="How many segments?")]


def _problems(found: CustomerSegmentation) -> ProblemsPart:
    """What was left out or assumed."""
    read = found.purchases
    problems = [
        Problem(name=why, sentence=f"{count:,} of {read.n_rows:,} rows; they were left out.")
        for why, count in read.left_out.items()
    ]
    counted = (
        ("returns", read.n_returns, "rows with a negative amount; taken off what was spent."),
        ("customers with returns only", read.only_returns, "without a purchase; in no segment."),
        ("amounts of 0", read.n_zero, "rows; counted as purchases."),
        ("equal rows", read.n_repeated, "rows are equal to an earlier one; counted all the same."),
    )
    problems += [
        Problem(name=name, sentence=f"{count:,} {what}") for name, count, what in counted if count
    ]
    return ProblemsPart(
        problems=problems,
        looked_for=(
            "gaps",
            "dates and amounts that cannot be read",
            "future dates",
            "returns",
            "equal rows",
        ),
    )


def _reproduce(found: CustomerSegmentation, command: str) -> ReproducePart:
    """Command, seed, columns, and what was done with the rows."""
    read, settings = found.purchases, found.model.settings
    parameters: Sequence[tuple[str, str]] = [
        (name, str(value)) for name, value in settings.items() if name != "seed"
    ]
    return ReproducePart(
        command=command,
        seed=settings.get("seed"),
        versions=[("numpy", np.__version__)],
        parameters=parameters,
        done=[
            f"{read.n_used:,} of {read.n_rows:,} rows counted, from {read.first_day} to {read.last_day}; customers "
            f"were looked at on {read.as_of}.",
            *(f"{note[:1].upper()}{note[1:]}." for note in read.notes),
            "Customers were compared by the logarithms of days since the last purchase, number of purchases and mean "
            "value of one.",
        ],
        columns_used=[f"{role}: {column}" for role, column in read.columns.items()],
    )

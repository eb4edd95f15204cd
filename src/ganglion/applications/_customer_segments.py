"""What a segment is: its size and share of the money, its median customer, its baskets, who stands for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from .._arrays import Labels
from ..data.purchases import PurchaseBook
from ..explain import describe_clusters
from ._customer_features import Habits

Floats = NDArray[np.float64]

LEAST_BUYERS = 5  # customers of a segment that a product needs before its lift means something
LEAST_LIFT = 1.2
MOST_PRODUCTS = 5
EXAMPLES = 3


@dataclass(frozen=True)
class ProductLift:
    """A product that a segment buys more often than others do.

    Attributes
    ----------
    product : str
        Its name.
    buyers : int
        Customers of the segment who bought it.
    share, overall : float
        Their part of the segment, and the part of all customers who bought it.
    lift : float
        share / overall.
    """

    product: str
    buyers: int
    share: float
    overall: float
    lift: float


@dataclass(frozen=True, kw_only=True)
class CustomerSegment:
    """One segment of customers.

    Attributes
    ----------
    label : int
        Its number.
    name : str
        Its name, drawn from the medians below.
    size : int
        Number of customers.
    share : float
        Their part of all customers.
    spend, spend_share : float
        What they paid in all, and their part of what all paid.
    recency, frequency, basket, monetary, tenure : float
        Medians over its customers: days since the last purchase, purchases, value of one, sum, days since the first.
    gap : float or None
        Median over those who came again of the mean days between purchases; None where nobody did.
    once : float
        Part of them who bought once.
    chance : float
        Mean chance of a purchase within the horizon.
    standings : tuple of int
        How many are active, lapsing, lapsed.
    products : tuple of ProductLift
        What they buy more often than others; the highest lift first.
    typical, borderline : tuple of str
        Customers nearest to its centre, and those between it and the next segment.
    nearest : int or None
        The segment that is most like it.
    advice : str
        What a shop would do about it, in one sentence.
    """

    label: int
    name: str
    size: int
    share: float
    spend: float
    spend_share: float
    recency: float
    frequency: float
    basket: float
    monetary: float
    tenure: float
    gap: float | None
    once: float
    chance: float
    standings: tuple[int, int, int]
    products: tuple[ProductLift, ...]
    typical: tuple[str, ...]
    borderline: tuple[str, ...]
    nearest: int | None
    advice: str


def describe_segments(
    book: PurchaseBook,
    habits: Habits,
    names: Sequence[str],
    labels: Labels,
    more: tuple[Floats, Floats, NDArray[np.int8]],
) -> tuple[CustomerSegment, ...]:
    """Describe each segment; `more` holds the points, the chances and the standings of the customers."""
    points, chance, standing = more
    cards = {card.label: card for card in describe_clusters(points, labels, n_examples=EXAMPLES)}
    lifts = product_lifts(book.products(labels), np.bincount(labels, minlength=len(names)))
    total = float(habits.monetary.sum())
    found: list[CustomerSegment] = []
    for label, name in enumerate(names):
        mine = np.flatnonzero(labels == label)
        if len(mine) == 0:  # a model's segment that nobody of another month is in
            found.append(_empty(label, name))
            continue
        card = cards[label]
        spend = float(habits.monetary[mine].sum())
        counts = [int(np.count_nonzero(standing[mine] == at)) for at in range(3)]
        once = int(np.count_nonzero(habits.frequency[mine] == 1)) / len(mine)
        segment = CustomerSegment(
            label=label,
            name=name,
            size=len(mine),
            share=len(mine) / len(labels),
            spend=spend,
            spend_share=spend / total if total else 0.0,
            **_medians(habits, mine),
            once=once,
            chance=float(chance[mine].mean()),
            standings=(counts[0], counts[1], counts[2]),
            products=lifts.get(label, ()),
            typical=tuple(str(book.sums.names[at]) for at in card.typical),
            borderline=tuple(str(book.sums.names[at]) for at in card.borderline),
            nearest=card.nearest,
            advice=_advice(counts, once),
        )
        found.append(segment)
    return tuple(found)


class _Medians(TypedDict):
    recency: float
    frequency: float
    basket: float
    monetary: float
    tenure: float
    gap: float | None


def _medians(habits: Habits, mine: NDArray[np.intp]) -> _Medians:
    """Return the median customer of a segment."""
    again = habits.gap[mine][habits.frequency[mine] > 1]
    return {
        "recency": float(np.median(habits.recency[mine])),
        "frequency": float(np.median(habits.frequency[mine])),
        "basket": float(np.median(habits.basket[mine])),
        "monetary": float(np.median(habits.monetary[mine])),
        "tenure": float(np.median(habits.tenure[mine])),
        "gap": float(np.median(again)) if len(again) else None,
    }


def product_lifts(
    counted: list[tuple[int, str, int]], sizes: NDArray[np.int64]
) -> dict[int, tuple[ProductLift, ...]]:
    """Return for each label the products that its customers buy more often than all do, the highest lift first."""
    buyers: Counter[str] = Counter()
    for _, product, n in counted:
        buyers[product] += n
    everyone = int(sizes.sum())
    found: dict[int, list[ProductLift]] = defaultdict(list)
    for label, product, n in counted:
        share, overall = n / int(sizes[label]), buyers[product] / everyone
        if n >= LEAST_BUYERS and share >= LEAST_LIFT * overall:
            found[label].append(ProductLift(product, n, share, overall, share / overall))
    return {
        label: tuple(
            sorted(lifts, key=lambda one: (-one.lift, -one.buyers, one.product))[:MOST_PRODUCTS]
        )
        for label, lifts in found.items()
    }


def _advice(counts: Sequence[int], once: float) -> str:
    """Return what the standing of most customers suggests."""
    n = sum(counts)
    if counts[2] > n / 2:
        return (
            "Most bought once and are gone: a reminder costs more than it brings, but for the largest baskets."
            if once > 0.5
            else "Most have stayed away longer than such customers do: win back the largest spenders, leave the others."
        )
    if counts[1] > n / 4:
        return "Many are about to stay away: contact these first, in the order of the list."
    if once > 0.5:
        return "Most are new: what brings them to a second purchase is worth the most."
    return "They come by themselves: keep them, and do not spend on reminders."


def _empty(label: int, name: str) -> CustomerSegment:
    """A segment without customers."""
    nan = float("nan")
    return CustomerSegment(
        label=label,
        name=name,
        size=0,
        share=0.0,
        spend=0.0,
        spend_share=0.0,
        recency=nan,
        frequency=nan,
        basket=nan,
        monetary=nan,
        tenure=nan,
        gap=None,
        once=nan,
        chance=nan,
        standings=(0, 0, 0),
        products=(),
        typical=(),
        borderline=(),
        nearest=None,
        advice="Nobody of this file is in it.",
    )

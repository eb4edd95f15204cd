"""The answer about customers in sentences: how many segments, how sure that is, where the money is."""

from __future__ import annotations

import numpy as np

from ..explain import ThresholdTree, threshold_tree
from .customers import CustomerSegmentation

__all__ = ["customer_rules", "customer_sentences"]

RULE_ROWS = 100_000  # customers that rules are made from


def customer_sentences(found: CustomerSegmentation) -> tuple[str, ...]:
    """Say what was found: the headline, how sure the number is, who brings the money, who comes back.

    Parameters
    ----------
    found : CustomerSegmentation
        What `segment_customers` returned.

    Returns
    -------
    tuple of str
        One sentence each; the first is the headline.

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.applications import customer_sentences
    >>> rows = {"customer": ["a", "b"], "date": ["2024-01-01", "2024-03-30"], "amount": [10, 12]}
    >>> customer_sentences(gl.segment_customers(rows, n_clusters=1))[0]
    '2 customers in 1 segment'
    """
    n, k = len(found.customers), sum(one.size > 0 for one in found.segments)
    headline = f"{_plural(n, 'customer')} in {_plural(k, 'segment')}"
    said = [headline, _how_sure(found, k)]
    best = max(found.segments, key=lambda one: one.spend_share)
    if k > 1 and 0 < best.spend_share <= 1:
        said.append(
            f"{percent(best.share)} of the customers ({best.name}) brought {percent(best.spend_share)} of the sales."
        )
    once = int((found.habits.frequency == 1).sum())
    if n > 1:
        said.append(f"{_plural(once, 'customer')} of {n:,} ({percent(once / n)}) bought once.")
    counts = [int((found.standing == at).sum()) for at in range(3)]
    if found.purchases_come_back:
        said.append(
            f"Active: {counts[0]:,}; lapsing: {counts[1]:,}; lapsed: {counts[2]:,}. That is measured by how often "
            f"customers with as many purchases came back within {found.horizon} days after as long a silence."
        )
    else:
        said.append(
            "Nobody bought twice, so nothing is known of who comes back: no customer is on a list to contact."
        )
    return tuple(said)


def customer_rules(found: CustomerSegmentation) -> ThresholdTree | None:
    """Say the segments as rules on days, purchases and baskets, such as can be typed into any other system.

    Parameters
    ----------
    found : CustomerSegmentation
        What `segment_customers` returned.

    Returns
    -------
    ThresholdTree or None
        A few rules, and of how many customers they give the segment; None where there is one segment only.

    Notes
    -----
    Of more than 100,000 customers every so many-th is taken.

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.applications import customer_rules
    >>> rows = {"customer": list("abcd"), "date": ["2024-01-01"] * 2 + ["2024-03-30"] * 2, "amount": [9, 9, 12, 12]}
    >>> customer_rules(gl.segment_customers(rows, n_clusters=2)).rules[0].text
    'days since last purchase at most 0'
    """
    step = -(-len(found.labels) // RULE_ROWS)
    habits, labels = found.habits, found.labels[::step]
    if len(np.unique(labels)) < 2:
        return None
    columns = np.column_stack([habits.recency, habits.frequency, habits.basket])[::step]
    names = ("days since last purchase", "purchases", "value of a purchase")
    return threshold_tree(columns, labels, names=names)


def _how_sure(found: CustomerSegmentation, k: int) -> str:
    """Say where the number of segments comes from."""
    part = f"{percent(found.explained)} of the spread"
    if found.how == "few":
        return "They are too few to tell whether they differ in kind: they stay together, unless a number is asked for."
    if k == 1 and found.how != "model":
        return "All of them are alike enough to be one segment."
    match found.how:
        case "found":
            return f"This number stands out; the segments account for {part}."
        case "cut":
            return (
                "No number of segments stands out: the customers form a continuum. This is a cut of it that accounts "
                f"for {part}, made to act on; another number would be as true (-k N)."
            )
        case "given":
            return f"This number was asked for; the segments account for {part}."
        case _:
            return f"The segments are those that were found in {found.model.source}."


def percent(share: float) -> str:
    """Return a share with as many digits as a reader needs; the rare is not rounded to nothing.

    Parameters
    ----------
    share : float
        From 0 to 1.

    Returns
    -------
    str
        Such as "51 %", "4.2 %", "under 0.1 %".
    """
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"


def _plural(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"

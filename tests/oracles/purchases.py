"""Purchase histories summed as one would by hand, row by row; the product-limit estimate as its formula has it."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction


def sums(rows):
    """Sums by customer of rows (customer, order or None, day number, amount in hundredths).

    Returns {customer: (visits, first, last, spend, gross, returned)} of those who bought, amounts in hundredths.
    """
    visits = defaultdict(lambda: defaultdict(list))
    for customer, order, day, amount in rows:
        key = ("order", order) if order is not None else ("day", day)
        visits[customer][key].append((day, amount))
    found = {}
    for customer, mine in visits.items():
        bought = [lines for lines in mine.values() if any(amount >= 0 for _, amount in lines)]
        if not bought:
            continue
        days = [min(day for day, _ in lines) for lines in bought]
        amounts = [amount for lines in mine.values() for _, amount in lines]
        found[customer] = (
            len(bought),
            min(days),
            max(days),
            sum(amounts),
            sum(amount for amount in amounts if amount > 0),
            -sum(amount for amount in amounts if amount < 0),
        )
    return found


def spells(rows, end, strata):
    """Lengths of the times between purchases: a list of (stratum, days, ended) for rows as above."""
    visits = defaultdict(lambda: defaultdict(list))
    for customer, order, day, amount in rows:
        visits[customer][("order", order) if order is not None else ("day", day)].append(
            (day, amount)
        )
    found = []
    for mine in visits.values():
        days = sorted(
            min(day for day, _ in lines)
            for lines in mine.values()
            if any(amount >= 0 for _, amount in lines)
        )
        for at, day in enumerate(days, start=1):
            if at < len(days):
                found.append((min(at, strata), days[at] - day, True))
            else:
                found.append((min(at, strata), end - day, False))
    return found


def survival(lengths, t):
    """S(t): the product over the days s <= t of 1 - ended(s) / at_risk(s), for (days, ended) pairs."""
    value = Fraction(1)
    for s in sorted({days for days, ended in lengths if ended and days <= t}):
        ended = sum(1 for days, is_end in lengths if is_end and days == s)
        at_risk = sum(1 for days, _ in lengths if days >= s)
        value *= 1 - Fraction(ended, at_risk)
    return value

"""Customers as a table to act on: who is in which segment, what they did, and whom to contact next."""

from __future__ import annotations

import datetime

import numpy as np

from ..data import Table, table_from_frame
from ._customer_names import STANDINGS
from .customers import CustomerSegmentation

__all__ = ["customer_table"]


def customer_table(found: CustomerSegmentation) -> Table:
    """Return one row for each customer: the segment, what they did, the chance that they come back, their place.

    Parameters
    ----------
    found : CustomerSegmentation
        What `segment_customers` returned.

    Returns
    -------
    Table
        Columns customer, segment (from 0), name, recency_days, frequency, monetary, basket, tenure_days, gap_days
        (missing after one purchase), last_purchase, chance, standing, contact (a place on the list from 1; missing for
        those who need no contact). Rows in the order of the customers' names.

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.applications import customer_table
    >>> rows = {"customer": ["a", "b"], "date": ["2024-01-01", "2024-03-30"], "amount": [10, 12]}
    >>> table = customer_table(gl.segment_customers(rows, n_clusters=1))
    >>> table.column("recency_days").values.tolist(), table.column("standing").values.tolist()
    ([89, 0], ['unknown', 'unknown'])
    """
    habits, names = found.habits, np.array(found.names, dtype=object)
    last = [
        found.purchases.as_of - datetime.timedelta(days=days) for days in habits.recency.tolist()
    ]
    return table_from_frame(
        {
            "customer": found.customers,
            "segment": found.labels.astype(np.int64),
            "name": names[found.labels],
            "recency_days": habits.recency,
            "frequency": habits.frequency,
            "monetary": habits.monetary,
            "basket": np.round(habits.basket, 4),
            "tenure_days": habits.tenure,
            "gap_days": np.round(habits.gap, 1),
            "last_purchase": np.array([day.isoformat() for day in last], dtype=object),
            "chance": np.round(found.chance, 4),
            "standing": np.array(STANDINGS, dtype=object)[found.standing],
            "contact": np.where(found.contact > 0, found.contact, np.nan),
        }
    )

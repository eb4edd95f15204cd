"""Entropies of a contingency table, in nats."""

from __future__ import annotations

import numpy as np

from .contingency import Contingency, Counts


def conditional_entropies(found: Contingency) -> tuple[float, float]:
    """H(rows | columns) and H(columns | rows) in nats; no term is negative."""
    share = found.counts / found.total
    of_rows = share * np.log(found.column_totals[found.columns] / found.counts)
    of_columns = share * np.log(found.row_totals[found.rows] / found.counts)
    return float(of_rows.sum()), float(of_columns.sum())


def entropy(sizes: Counts) -> float:
    """Of a partition into clusters of these sizes, in nats."""
    total = sizes.sum()
    return float((sizes / total * np.log(total / sizes)).sum())


def information(found: Contingency) -> float:
    """The mutual information, in nats; 0 where rounding says less."""
    expected = found.column_totals[found.columns] / found.total
    there = found.counts / found.row_totals[found.rows]
    terms = found.counts / found.total * np.log(there / expected)
    return max(0.0, float(terms.sum()))


def are_equal(found: Contingency) -> bool:
    """Whether the partitions are the same but for names."""
    return len(found.counts) == len(found.row_totals) == len(found.column_totals)

"""Rules for the clusters that a command has found: thresholds in the table's own units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from ..data import Table
from ..explain import ThresholdTree, threshold_tree
from ._talk import Talk

MOST_CLUSTERS = 60  # rules for more of them are read by nobody


def grow_rules(
    table: Table,
    labels: NDArray[np.int32],
    rows: NDArray[np.int64],
    columns: Sequence[str],
    talk: Talk,
) -> ThresholdTree | None:
    """Return rules that tell the clusters of the rows of a table; None for one cluster, and for very many.

    Parameters
    ----------
    table : Table
        The table; its cells are what rules speak of, so that their thresholds are exact.
    labels : ndarray of shape (n,)
        The cluster of each row.
    rows : ndarray of shape (n,)
        Which rows of the table those are.
    columns : sequence of str
        What was clustered.
    talk : Talk
        Where progress is shown.

    Returns
    -------
    ThresholdTree or None
        The rules.
    """
    if not 1 < int(labels.max()) + 1 <= MOST_CLUSTERS:
        return None
    with talk.bar("rules"):
        try:
            return threshold_tree(
                table, labels, names=list(columns), rows=rows, max_categories=table.n_rows
            )
        except DataError:
            # columns of which none can be compared, such as lists under a distance of one's own
            return None

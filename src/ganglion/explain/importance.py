"""What a prediction rests on: how much worse it gets when a column is shuffled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .._errors import ParameterError
from .._random import RandomState, generator
from ..data.tables import Column, Table


@dataclass(frozen=True)
class ColumnImportance:
    """What one column is worth to a prediction.

    Attributes
    ----------
    column : str
        Its name.
    drop : float
        By how much the score falls, on average, when the column's values are dealt out to other rows.
    spread : float
        Standard deviation of that over the shuffles.
    """

    column: str
    drop: float
    spread: float


def column_importance(
    score: Callable[[Table], float],
    table: Table,
    *,
    n_shuffles: int = 5,
    random_state: RandomState = 0,
) -> tuple[ColumnImportance, ...]:
    """Shuffle each column of a table in turn, and see how much a score falls.

    Parameters
    ----------
    score : callable
        `score(table)`: how good the predictions for these rows are, larger is better. It gets tables that differ from
        `table` in the order of one column only.
    table : Table
        Rows that had no part in the training.
    n_shuffles : int, default 5
        Shuffles of each column, at least 1.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default 0
        Where the orders are drawn from.

    Returns
    -------
    tuple of ColumnImportance
        One for each column, the most important first; in the order of the table where they are equal.

    Raises
    ------
    ParameterError
        n_shuffles below 1.

    Notes
    -----
    A column whose information also stands in another one loses little: what is measured is what the model uses, and not
    what it could do without. Calls `score` 1 + n_shuffles n_columns times.

    References
    ----------
    L. Breiman, "Random forests", Machine Learning 45, 2001, section 10.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.data import table_from_frame
    >>> from ganglion.explain import column_importance
    >>> table = table_from_frame({"x": np.arange(8.0), "noise": np.ones(8)})
    >>> found = column_importance(lambda t: -np.abs(t.column("x").values - np.arange(8.0)).mean(), table)
    >>> [(part.column, part.drop > 0) for part in found]
    [('x', True), ('noise', False)]
    """
    if n_shuffles < 1:
        raise ParameterError(f"n_shuffles must be at least 1; got {n_shuffles}.")
    draws = generator(random_state)
    whole = score(table)
    found: list[ColumnImportance] = []
    for at, column in enumerate(table.columns):
        drops: list[float] = []
        for _ in range(n_shuffles):
            dealt = column.values[draws.permutation(table.n_rows)]
            shuffled = Column(column.name, dealt, column.kind, column.note)
            columns = (*table.columns[:at], shuffled, *table.columns[at + 1 :])
            drops.append(whole - score(replace(table, columns=columns)))
        found.append(ColumnImportance(column.name, float(np.mean(drops)), float(np.std(drops))))
    return tuple(sorted(found, key=lambda part: -part.drop))

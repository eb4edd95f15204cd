"""Agglomerative clustering: start from single items and merge the two closest clusters until one is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import check_weights
from ..distances import as_items
from ..progress import Progress
from ._agglomeration import agglomerate
from ._parameters import check_choice, check_progress
from ._ward import ward
from .tree import Tree

_METHODS = ("complete", "average", "weighted", "ward")


def linkage(
    X: Any,
    method: str = "ward",
    metric: Any = "euclidean",
    *,
    metric_params: Mapping[str, Any] | None = None,
    sample_weight: npt.ArrayLike | None = None,
    memory_limit: float | str | None = None,
    progress: Progress | None = None,
) -> Tree:
    """Merge the two closest clusters again and again, from single items to one cluster.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features), or any collection that `metric` is between
        What is clustered.
    method : {"complete", "average", "weighted", "ward"}
        The distance between clusters.
    metric : str or callable
        The distance between items.
    metric_params : dict, optional
        Parameters of the metric.
    sample_weight : array-like of shape (n_samples,), optional
        Positive. An integer weight equals that many equal samples.
    memory_limit : float or str, optional
        The most bytes for a matrix.
    progress : callable, optional
        Called with a `ganglion.progress.Step` now and then.

    Returns
    -------
    Tree
        The merges.

    Examples
    --------
    >>> import ganglion as gl
    >>> gl.linkage([[0.0], [1.0], [5.0]], "complete").merges.tolist()
    [[0.0, 1.0, 1.0, 2.0], [2.0, 3.0, 5.0, 3.0]]
    """
    check_choice("method", method, _METHODS)
    check_progress(progress)
    items = as_items(X, metric, metric_params=metric_params)
    weights = check_weights(sample_weight, items.n)
    if items.n == 1:
        merges = np.empty((0, 4))
    elif method == "ward" and items.metric == "euclidean" and items.vectors is not None:
        merges = ward(items.vectors, weights, progress)
    else:
        merges = agglomerate(items, method, weights, memory_limit=memory_limit, progress=progress)
    return Tree(merges=merges, method=method, metric=items.metric, items=items)

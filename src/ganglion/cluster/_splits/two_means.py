"""One split of bisecting k-means."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Real, is_sparse
from ..._errors import GanglionWarning
from ..kmeans import kmeans
from .splitters import Parts, wss_of


class TwoMeans:
    """Splits clusters of rows by k-means with two centres, and keeps the centres of the parts."""

    def __init__(
        self,
        X: Any,
        weights: NDArray[np.float64] | None,
        rng: np.random.Generator,
        options: Mapping[str, Any],
    ) -> None:
        self._rows = X.tocsr() if is_sparse(X) else X
        self._weights, self._rng, self._options = weights, rng, options
        self.centers: list[Real] = []
        """Of every cluster that came of a split, in the order of their numbers."""

    def split(self, members: NDArray[np.int64]) -> Parts | None:
        """The members nearer to either centre; None where they are all equal."""
        run = self._run(members, 2)
        if len(run.centers) < 2:
            return None
        parts = members[run.labels == 0], members[run.labels == 1]
        if min(map(len, parts)) == 0:
            return None
        self.centers.extend(run.centers)
        return parts

    def wss(self, members: NDArray[np.int64]) -> float:
        """Weighted sum of squared distances to the mean."""
        if self._weights is None and not is_sparse(self._rows):
            return wss_of(self._rows, members)
        if self._weights is not None and not self._weights[members].any():
            return 0.0
        return self._one(members).inertia

    def weight(self, members: NDArray[np.int64]) -> float:
        """How many members there are, each counted by its weight."""
        return len(members) if self._weights is None else float(self._weights[members].sum())

    def mean(self) -> Real:
        """The mean of all rows."""
        everything: NDArray[np.int64] = np.arange(self._rows.shape[0], dtype=np.int64)
        return self._one(everything).centers[0]

    def _one(self, members: NDArray[np.int64]) -> Any:
        """The mean, which no start changes: nothing is drawn, so that splits draw the same with weights and without."""
        options = {**self._options, "init": "random", "n_init": 1, "random_state": 0}
        return self._run_with(members, 1, options)

    def _run(self, members: NDArray[np.int64], k: int) -> Any:
        options: dict[str, Any] = {"init": "random", "random_state": self._rng, **self._options}
        return self._run_with(members, k, options)

    def _run_with(self, members: NDArray[np.int64], k: int, options: Mapping[str, Any]) -> Any:
        weights = None if self._weights is None else self._weights[members]
        with warnings.catch_warnings():  # rows that are all equal stay together, without a word
            warnings.simplefilter("ignore", GanglionWarning)
            return kmeans(self._rows[members], k, sample_weight=weights, **options)

"""Chains of the hybrid sampler: clusters with rows have weights and parameters, all others are integrated out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ..._native import core
from ._rows import Rows
from ._sweep_model import sweep_model

Arrays = dict[str, NDArray[Any]]


@final
class HybridChains:
    """Chains side by side over the same rows; between two sweeps a chain is its labels and its stream.

    Parameters
    ----------
    model : the rows and the component; None for a likelihood that is the same for every partition
    labels : where the chains start (n_chains, n), any integers
    seeds : four words for each chain (n_chains, 4), uint64
    subclusters : whether splits and merges of sub-clusters stand in place of exact ones
    """

    def __init__(
        self,
        model: core.SweepModel,
        labels: NDArray[Any],
        seeds: NDArray[np.uint64],
        subclusters: bool = False,
    ) -> None:
        self.n_chains, self.n_samples = labels.shape
        self.subclusters = subclusters
        self._chains = core.SweepChains(model, self.n_chains)
        words = np.ascontiguousarray(seeds, dtype=np.uint64)
        for chain, start in enumerate(labels):
            dense = np.unique(start, return_inverse=True)[1].astype(np.int32)
            self._chains.start(chain, dense, None, words[chain], 0, np.zeros(0, np.int32))
        self._chains.count()

    def advance(self, tables: Sequence[Any], n_sweeps: int) -> None:
        """Let every chain make sweeps, each with the prior of its own hyperparameters."""
        self._chains.advance(*_unpacked(tables), n_sweeps, self.subclusters)

    def start_up(self, tables: Sequence[Any]) -> None:
        """Bring every chain near the posterior by sweeps with sub-clusters, which are quick and not exact."""
        self._chains.start_up(*_unpacked(tables))

    @property
    def labels(self) -> Labels:
        """The partition of each chain (n_chains, n), int32, in any numbering from 0 on."""
        return np.stack([self._chains.labels(chain) for chain in range(self.n_chains)])

    @property
    def n_clusters(self) -> NDArray[np.int64]:
        """The number of clusters of each chain."""
        return np.array([self._chains.n_clusters(c) for c in range(self.n_chains)], np.int64)

    @property
    def peak(self) -> NDArray[np.int64]:
        """The most clusters that each chain had during its last sweep."""
        return np.array([self._chains.peak(c) for c in range(self.n_chains)], np.int64)

    @property
    def log_likelihood(self) -> NDArray[np.float64]:
        """Log density of the rows given each chain's partition, parameters integrated out."""
        self._chains.count()
        return np.array([self._chains.log_likelihood(c) for c in range(self.n_chains)])

    def state(self) -> Arrays:
        """Everything that is needed to go on with the same bits."""
        chains = range(self.n_chains)
        return {
            "labels": self.labels,
            "order": np.stack([self._chains.order(c) for c in chains]),
            "words": np.stack([self._chains.words(c) for c in chains]),
            "moved": np.array([self._chains.moved(c) for c in chains], np.int64),
            "halves": np.stack([self._halves(c) for c in chains]),
        }

    def _halves(self, chain: int) -> Labels:
        """Which sub-cluster each row is in; nothing where that will not be asked again."""
        return self._chains.halves(chain) if self.subclusters else np.zeros(0, np.int32)

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state."""
        shape = (self.n_chains, self.n_samples)
        labels = np.ascontiguousarray(arrays["labels"], dtype=np.int32)
        order = np.ascontiguousarray(arrays["order"], dtype=np.int32)
        if labels.shape != shape or order.shape != shape:
            raise ValueError(f"the state must be of {shape[0]} chains of {shape[1]} rows")
        words = np.ascontiguousarray(arrays["words"], dtype=np.uint64)
        for c in range(self.n_chains):
            moved, halves = int(arrays["moved"][c]), arrays["halves"][c]
            self._chains.start(c, labels[c], order[c], words[c], moved, halves)
        self._chains.count()


def hybrid_chains(
    rows: Rows,
    component: Any,
    seeds: NDArray[np.uint64],
    labels: NDArray[Any],
    subclusters: bool = False,
) -> HybridChains:
    """Return chains over checked rows and a resolved component, started from labels (n_chains, n)."""
    return HybridChains(sweep_model(rows, component), labels, seeds, subclusters)


def _unpacked(tables: Sequence[Any]) -> tuple[list[float], list[NDArray[np.float64]]]:
    log_v = [np.ascontiguousarray(table.log_v, dtype=np.float64) for table in tables]
    return [float(table.shift) for table in tables], log_v


def prior_chains(seeds: NDArray[np.uint64], labels: NDArray[Any]) -> HybridChains:
    """Return chains under a likelihood that is the same for every partition."""
    n = labels.shape[1]
    nothing = core.SweepModel(np.zeros((n, 0)), None, None, None, [], 0.0)
    return HybridChains(nothing, labels, seeds)

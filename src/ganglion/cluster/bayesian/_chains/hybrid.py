"""Chains of the hybrid sampler: clusters with rows have weights and parameters, all others are integrated out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Labels
from ...._native import core
from .._rows import Rows
from .sweep_model import sweep_model

Arrays = dict[str, NDArray[Any]]


_QUIET = 8
"""Sweeps without a split or a merge after which a chain has found its clusters."""


@final
class HybridChains:
    """Chains side by side over the same rows; between two sweeps a chain is its labels and its stream.

    Parameters
    ----------
    model : the rows and the component; None for a likelihood that is the same for every partition
    labels : where the chains start (n_chains, n), any integers
    seeds : four words for each chain (n_chains, 4), uint64
    subclusters : whether splits and merges of sub-clusters stand in place of exact ones, which is quick and not exact
    n_start : the most sweeps for which they do so at the start of a chain, where being inexact biases no draw; a chain
        that finds nothing to split or merge in eight of them ends its start before
    """

    def __init__(
        self,
        model: core.SweepModel,
        labels: NDArray[Any],
        seeds: NDArray[np.uint64],
        subclusters: bool = False,
        n_start: int = 0,
    ) -> None:
        self.n_chains, self.n_samples = int(labels.shape[0]), int(labels.shape[1])
        self.subclusters = subclusters
        self._left = np.full(self.n_chains, n_start, np.int64)
        self._quiet = np.zeros(self.n_chains, np.int64)
        self._chains = core.SweepChains(model, self.n_chains)
        words = np.ascontiguousarray(seeds, dtype=np.uint64)
        for chain, start in enumerate(labels):
            dense = np.unique(start, return_inverse=True)[1].astype(np.int32)
            self._chains.start(chain, dense, None, words[chain], 0, np.zeros(0, np.int32))
        self._chains.count()

    def advance(self, tables: Sequence[Any], n_sweeps: int) -> None:
        """Let every chain make sweeps, each with the prior of its own hyperparameters."""
        log_v = [np.ascontiguousarray(table.log_v, dtype=np.float64) for table in tables]
        shifts = [float(table.shift) for table in tables]
        for _ in range(n_sweeps):
            starting = self._left > 0
            before = self._accepted()
            self._chains.advance(shifts, log_v, 1, (starting | self.subclusters).tolist())
            self._quiet = np.where(self._accepted() == before, self._quiet + 1, 0)
            self._left = np.where(self._quiet < _QUIET, np.maximum(self._left - 1, 0), 0)

    def _accepted(self) -> NDArray[np.int64]:
        """Splits and merges that each chain has made."""
        return np.array([self._chains.n_accepted(c) for c in range(self.n_chains)], np.int64)

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
        """Log density of the rows given each chain's partition, parameters integrated out.

        To 38 bits: chains add up statistics in orders of their own, and diagnostics must see equal partitions as equal.
        """
        self._chains.count()
        values = np.array([self._chains.log_likelihood(c) for c in range(self.n_chains)])
        fraction, exponent = np.frexp(values)
        return np.ldexp(np.rint(np.ldexp(fraction, 38)), exponent - 38)

    def state(self) -> Arrays:
        """Everything that is needed to go on with the same bits."""
        chains = range(self.n_chains)
        return {
            "labels": self.labels,
            "order": np.stack([self._chains.order(c) for c in chains]),
            "words": np.stack([self._chains.words(c) for c in chains]),
            "moved": np.array([self._chains.moved(c) for c in chains], np.int64),
            "halves": np.stack([self._halves(c) for c in chains]),
            "left": self._left,
            "quiet": self._quiet,
        }

    def _halves(self, chain: int) -> Labels:
        """Which sub-cluster each row is in; zeros where that will not be asked again."""
        is_needed = self.subclusters or bool(np.any(self._left > 0))
        if not is_needed:
            return np.zeros(0, np.int32)
        halves: Labels = self._chains.halves(chain)
        return halves if len(halves) else np.zeros(self.n_samples, np.int32)

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
        self._left, self._quiet = arrays["left"].copy(), arrays["quiet"].copy()
        self._chains.count()


def hybrid_chains(
    rows: Rows,
    component: Any,
    seeds: NDArray[np.uint64],
    labels: NDArray[Any],
    subclusters: bool = False,
    n_start: int = 0,
) -> HybridChains:
    """Return chains over checked rows and a resolved component, started from labels (n_chains, n)."""
    return HybridChains(sweep_model(rows, component), labels, seeds, subclusters, n_start)


def prior_chains(seeds: NDArray[np.uint64], labels: NDArray[Any]) -> HybridChains:
    """Return chains under a likelihood that is the same for every partition."""
    n = labels.shape[1]
    nothing = core.SweepModel(np.zeros((n, 0)), None, None, None, [], 0.0)
    return HybridChains(nothing, labels, seeds)

"""Chains of the collapsed sampler, side by side: Gibbs sweeps over all rows, splits and merges of whole clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...._native import core
from .._partitions.numbering import by_first_appearance
from .._priors.partition_prior import PriorTable

Arrays = dict[str, NDArray[np.generic]]
COUNTED = (
    "moves",
    "new_clusters",
    "splits_proposed",
    "splits_accepted",
    "merges_proposed",
    "merges_accepted",
)


@dataclass(frozen=True)
class ChainOptions:
    """How a sweep is made up.

    Attributes
    ----------
    n_split_merge : int
        Proposals to split or to merge before the Gibbs sweep; none where clusters have explicit parameters. From one
        cluster of 10,000 rows, three a sweep find all of 20 clusters in a third of the sweeps that one needs.
    n_scans : int
        Restricted Gibbs scans between the sequential allocation and the proposal (Jain and Neal 2004: t). After such
        an allocation more of them change little.
    n_auxiliary : int
        Atoms without members that a row sees where clusters have explicit parameters (Neal 2000: m).
    """

    n_split_merge: int = 3
    n_scans: int = 2
    n_auxiliary: int = 3


class GibbsChains:
    """Independent chains on one model; each has its own stream, so that none depends on how many there are.

    The posterior is left unchanged by every step, whatever the order of the rows: Neal's algorithm 3 where parameters
    are integrated out, algorithm 8 where they are explicit, and Jain and Neal's restricted split-merge, whose scans
    start from a sequential allocation to the two points. A sweep costs O(n k s) with s numbers for each of k clusters
    (d^2 / 2 + 3 d / 2 for the normal distribution), and a proposal O(m s (t + 2)) with m rows in its two clusters.
    Memory: O(n + k s) a chain.

    Parameters
    ----------
    model : core.BayesModel
        The rows under their components.
    seeds : ndarray of shape (n_chains, 4), uint64
        The streams' first states; no row is all zeros.
    labels : ndarray of shape (n_chains, n)
        Where each chain starts, with any numbering.
    options : ChainOptions
        What a sweep consists of.

    References
    ----------
    R. M. Neal, "Markov chain sampling methods for Dirichlet process mixture models", Journal of Computational and
    Graphical Statistics 9 (2000), doi:10.1080/10618600.2000.10474879 (algorithms 3 and 8). S. Jain and R. M. Neal, "A
    split-merge Markov chain Monte Carlo procedure for the Dirichlet process mixture model", Journal of Computational
    and Graphical Statistics 13 (2004), doi:10.1198/1061860043001 (section 4.2). D. B. Dahl, "Sequentially-allocated
    merge-split sampler for conjugate and nonconjugate Dirichlet process mixture models", technical report, Texas A&M
    University (2005) (the allocation).
    """

    def __init__(
        self,
        model: core.BayesModel,
        seeds: NDArray[np.uint64],
        labels: NDArray[np.integer],
        options: ChainOptions | None = None,
    ) -> None:
        options = options or ChainOptions()
        self._model = model
        self._chains = [
            core.BayesChain(
                model,
                by_first_appearance(np.ascontiguousarray(start)),
                np.ascontiguousarray(words, np.uint64),
                options.n_split_merge,
                options.n_scans,
                options.n_auxiliary,
            )
            for start, words in zip(labels, seeds, strict=True)
        ]

    def advance(self, tables: Sequence[PriorTable], n_sweeps: int) -> None:
        """Make `n_sweeps` sweeps of every chain, each under its own table of the prior.

        A chain that would need more of its table than there is stops and says so in `peak`: the caller restores the
        state from before and repeats the call with a longer one.
        """
        core.advance_chains(
            self._chains,
            [float(table.shift) for table in tables],
            [np.ascontiguousarray(table.log_v, np.float64) for table in tables],
            n_sweeps,
        )

    @property
    def labels(self) -> NDArray[np.int32]:
        """(n_chains, n), numbered by first appearance."""
        return np.stack([chain.labels() for chain in self._chains])

    @property
    def n_clusters(self) -> NDArray[np.int64]:
        """(n_chains,)."""
        return np.array([chain.n_clusters for chain in self._chains])

    @property
    def log_likelihood(self) -> NDArray[np.float64]:
        """(n_chains,) the log marginal likelihood of each chain's partition, all constants included.

        Where clusters have explicit parameters: the joint density of the rows and these parameters.
        """
        return np.array([chain.log_likelihood() for chain in self._chains])

    @property
    def peak(self) -> NDArray[np.int64]:
        """(n_chains,) the most clusters at any moment of the last advance; beyond the table where it was too short."""
        return np.array([chain.peak for chain in self._chains])

    @property
    def counts(self) -> dict[str, NDArray[np.int64]]:
        """What the chains have done since they began: name -> (n_chains,)."""
        counted = np.stack([chain.counts() for chain in self._chains], axis=1)
        return dict(zip(COUNTED, counted, strict=True))

    def shared(self, block: int) -> NDArray[np.float64]:
        """(n_chains, m): what the clusters of a block with explicit parameters share, such as rates that are drawn."""
        return np.stack([chain.read_parameters(block)[1] for chain in self._chains])

    def state(self) -> Arrays:
        """All that the chains are: their labels and streams, and explicit parameters where clusters have any."""
        arrays: Arrays = {
            "labels": self.labels,
            "words": np.stack([chain.words() for chain in self._chains]),
        }
        for block in self._explicit_blocks():
            read = [chain.read_parameters(block) for chain in self._chains]
            arrays[f"parameters_{block}"] = np.concatenate([numbers for numbers, _ in read])
            arrays[f"shared_{block}"] = np.stack([shared for _, shared in read])
        return arrays

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Put a state back: what follows is what followed it, bit for bit."""
        for at, chain in enumerate(self._chains):
            chain.restore(
                np.ascontiguousarray(arrays["labels"][at], np.int32),
                np.ascontiguousarray(arrays["words"][at], np.uint64),
            )
        ends = np.cumsum(self.n_clusters)
        for block in self._explicit_blocks():
            parts = np.split(np.asarray(arrays[f"parameters_{block}"], np.float64), ends[:-1])
            for at, (chain, numbers) in enumerate(zip(self._chains, parts, strict=True)):
                shared = np.ascontiguousarray(arrays[f"shared_{block}"][at], np.float64)
                chain.write_parameters(block, np.ascontiguousarray(numbers), shared)

    def _explicit_blocks(self) -> list[int]:
        chain = self._chains[0]
        return [block for block in range(self._model.n_blocks) if chain.has_parameters(block)]

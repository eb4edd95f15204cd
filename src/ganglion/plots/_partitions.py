"""What drawings of a posterior share: the gate for its draws, the colours of its chains."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from ._axes import colour_of

Draws = NDArray[Any]


def chains_of(draws: ArrayLike) -> Draws:
    """Return draws (n_chains, n_draws, n) of one chain or several, or refuse what is none."""
    given = np.asarray(draws)
    if given.ndim not in (2, 3) or 0 in given.shape or given.dtype.kind not in "iu":
        raise ParameterError(
            "draws must hold partitions as integers, (n_draws, n) of one chain or (n_chains, n_draws, n); got shape "
            f"{given.shape} and dtype {given.dtype}. Pass the draws_ of a fitted BayesianClustering."
        )
    return given if given.ndim == 3 else given[None]


def labels_of(labels: ArrayLike, n: int) -> NDArray[np.int64]:
    """Return the labels (n,) of one partition, numbered 0, 1, ... in the order of their numbers."""
    given = np.asarray(labels)
    if given.shape != (n,) or given.dtype.kind not in "iu":
        raise ParameterError(
            f"labels must hold one integer for each of the {n} points of the draws; got shape {given.shape} and dtype "
            f"{given.dtype}. Pass the labels_ of the same fit."
        )
    return np.unique(given, return_inverse=True)[1].astype(np.int64)


def numbers_of_clusters(draws: Draws) -> NDArray[np.int64]:
    """Count the clusters of each draw: (n_chains, n_draws), whatever the clusters are called."""
    counts = np.empty(draws.shape[:2], dtype=np.int64)
    for chain, partitions in enumerate(draws):
        along = np.sort(partitions, axis=1)
        counts[chain] = 1 + np.count_nonzero(along[:, 1:] != along[:, :-1], axis=1)
    return counts


def chain_colour(chain: int) -> str:
    """Return the colour of a chain."""
    return colour_of(chain)

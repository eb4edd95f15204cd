"""Groups of documents by their directions: spherical k-means that begins where latent axes say, or a tree on these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ...cluster import kmeans

Floats = NDArray[np.float64]

N_STARTS = 10
MAX_STEPS = 100
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Partition:
    """Documents in groups.

    Attributes
    ----------
    labels : ndarray of shape (n,), int32
        The group whose centre is nearest.
    centers : ndarray of shape (k, n_terms)
        Mean directions, of length 1.
    similarity : ndarray of shape (n, k)
        Cosine of each document with each centre.
    """

    labels: Labels
    centers: Floats
    similarity: Floats


def spherical_groups(
    rows: Any, latent: Floats, k: int, rng: np.random.Generator, n_starts: int = N_STARTS
) -> Partition:
    """Group documents around k directions.

    k-means from many starts on the unit vectors of latent space, where topics stand apart, then spherical k-means
    (Dhillon and Modha 2001) on all terms from there: from random documents it ends in far worse groups, since two
    documents of one topic need not share a word.
    """
    rough = kmeans(
        latent, k, n_init=n_starts, max_iter=MAX_STEPS, random_state=rng, on_duplicates="reduce"
    )
    return refine(rows, np.asarray(rough.labels))


def refine(rows: Any, labels: NDArray[np.integer[Any]]) -> Partition:
    """Let spherical k-means go on from a partition."""
    start = directions(rows, labels)
    run = kmeans(rows, len(start), init=start, metric="cosine", max_iter=MAX_STEPS, tol=0.0)
    centers = np.asarray(run.centers, dtype=np.float64)
    return Partition(run.labels, centers, np.asarray(rows @ centers.T))


def directions(rows: Any, labels: NDArray[np.integer[Any]]) -> Floats:
    """Return the mean direction (k, n_terms) of each group that is there, by rising label; of length 1."""
    _, codes = np.unique(labels, return_inverse=True)
    found = group_sums(rows, codes)
    lengths = np.sqrt(np.add.reduce(found * found, axis=1, keepdims=True))
    return found / np.where(lengths > 0, lengths, 1.0)


def group_sums(rows: Any, codes: NDArray[np.integer[Any]]) -> Floats:
    """Return the sum (k, n_terms) of the rows of each group 0 .. k - 1."""
    k = int(codes.max()) + 1
    found = np.zeros((k, rows.shape[1]))
    group_of = np.repeat(codes, np.diff(rows.indptr))
    np.add.at(found, (group_of, rows.indices), rows.data)
    return found


def unit(points: Floats) -> Floats:
    """Return rows of length 1 without what is rounding; zero rows stay."""
    lengths = np.sqrt(np.add.reduce(points * points, axis=1, keepdims=True))
    found = points / np.where(lengths > 0, lengths, 1.0)
    # Documents that share no word are at right angles: what is left there is noise on a scale of its own.
    found[np.abs(found) < _ROUNDING] = 0.0
    return found

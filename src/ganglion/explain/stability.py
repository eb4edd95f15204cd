"""How firmly each cluster stands: what becomes of it when the rows are drawn again and clustered anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError
from .._random import RandomState, generator
from .._values import check_choice, check_count
from ._labels import NOISE

Floats = NDArray[np.float64]
Verdict = Literal["stable", "doubtful", "dissolved"]

STABLE, DISSOLVED = 0.75, 0.5  # of Hennig's paper
SUBSET_SHARE = 0.5
_SCHEMES = ("bootstrap", "subset")


@dataclass(frozen=True, eq=False)
class ClusterStability:
    """What became of k clusters in resampled rows.

    Attributes
    ----------
    clusters : ndarray of shape (k,)
        The labels of the clusters, ascending; -1 (noise) is none.
    jaccard : ndarray of shape (k,), float64
        Mean over the resamples of the Jaccard similarity to the cluster that is most similar there, 0 to 1; NaN for a
        cluster that no resample holds a row of.
    error : ndarray of shape (k,), float64
        Standard error of that mean; NaN with fewer than two resamples.
    recovered, dissolved : ndarray of shape (k,), float64
        Shares of resamples with a similarity of at least 0.75, and of at most 0.5.
    values : ndarray of shape (n_resamples, k), float64
        The similarities; NaN where a resample holds no row of the cluster.
    scheme : {"bootstrap", "subset"}
        How the rows were drawn.
    """

    clusters: NDArray[Any]
    jaccard: Floats
    error: Floats
    recovered: Floats
    dissolved: Floats
    values: Floats
    scheme: str

    @property
    def n_resamples(self) -> int:
        """How many times the rows were drawn."""
        return len(self.values)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """A word for each cluster: "stable" from 0.75 on, "dissolved" up to 0.5 or without a value, or "doubtful"."""
        return tuple(
            "stable" if mean >= STABLE else "doubtful" if mean > DISSOLVED else "dissolved"
            for mean in self.jaccard
        )


def cluster_stability(
    X: Any,
    labels: ArrayLike,
    fit: Callable[[Any], Any],
    *,
    n_resamples: int = 50,
    scheme: Literal["bootstrap", "subset"] = "bootstrap",
    random_state: RandomState = None,
) -> ClusterStability:
    """Cluster resampled rows and measure how much of each cluster comes back.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n, d), or sequence of n items
        What was clustered. Rows are taken by position.
    labels : array-like of int or str, shape (n,)
        The clusters; the integer -1 is noise.
    fit : callable
        Clusters rows as `labels` were made: gets rows of X (with repetitions) in the form that X has (a sequence as a
        list), returns their labels, or a record with `labels` or `labels_`.
    n_resamples : int, default=50
        How often the rows are drawn.
    scheme : {"bootstrap", "subset"}, default="bootstrap"
        n rows with replacement, or half of them without: for methods that equal rows mislead, such as those that go by
        density or nearest neighbours.
    random_state : int, Generator, RandomState or None
        Seed of the draws; `fit` has its own.

    Returns
    -------
    ClusterStability
        The mean similarity of each cluster with its standard error, and how often it came back.

    Raises
    ------
    DataError
        Where X has no rows, labels do not belong to it, or `fit` does not return a label for each row that it got.
    ParameterError
        Where n_resamples or scheme is out of range.

    Notes
    -----
    With C* the rows of cluster C that a resample holds, each counted once, and D the clusters found there, the value is
    ``max_D |C* n D| / |C* u D|``; noise is in no D. The mean over resamples is Hennig's clusterwise stability. By his
    simulations a cluster below 0.5 is dissolved, and one of 0.75 and more says something about the data; between them
    lies a pattern whose rows are uncertain. A high value is no proof of a cluster: a method that cuts a cloud always at
    the same place is stable too. Time: n_resamples runs of `fit` and O(n) for each; memory: a copy of the rows.

    References
    ----------
    .. [1] C. Hennig, "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52(1),
       2007, doi:10.1016/j.csda.2006.11.025: section 2 and, for the bounds, section 3.

    Examples
    --------
    >>> import ganglion as gl
    >>> import numpy as np
    >>> from ganglion.explain import cluster_stability
    >>> rng = np.random.default_rng(0)
    >>> X = np.concatenate([rng.normal(0, 1, size=(60, 2)), rng.normal(9, 1, size=(60, 2))])
    >>> def halves(rows):
    ...     return gl.kmeans(rows, 2, random_state=0)
    >>> found = cluster_stability(X, halves(X).labels, halves, random_state=0)
    >>> found.jaccard.tolist(), found.verdicts
    ([1.0, 1.0], ('stable', 'stable'))
    """
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    clusters, codes = _clusters(labels, n)
    n_drawn = check_count("n_resamples", n_resamples)
    check_choice("scheme", scheme, _SCHEMES)
    rng = generator(random_state)
    values = np.empty((n_drawn, len(clusters)))
    for row in values:
        rows = _drawn(n, scheme, rng)
        found = _fitted(fit, _taken(X, rows), len(rows))
        distinct, first = np.unique(rows, return_index=True)
        row[:] = _similarities(codes[distinct], len(clusters), found[first])
    return _summary(clusters, values, scheme)


def _clusters(labels: ArrayLike, n: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the labels of the clusters, and the number of its cluster for each item, -1 for noise."""
    given: NDArray[Any] = np.asarray(labels)
    if n == 0:
        raise DataError("X must have at least one row; got none.")
    if given.shape != (n,) or given.dtype.kind not in "iubU":
        raise DataError(
            f"labels must hold an integer or a text for each of the {n} rows of X; got shape {given.shape} of "
            f"{given.dtype}. Pass the labels of these rows."
        )
    values = given.astype(np.int64) if given.dtype.kind in "iu" else given
    names, codes = np.unique(values, return_inverse=True)
    if given.dtype.kind not in "iu" or not (names == NOISE).any():
        return names, codes.reshape(-1)
    at = int(np.searchsorted(names, NOISE))
    codes = np.where(codes == at, NOISE, codes - (codes > at))
    return np.delete(names, at), codes.reshape(-1)


def _drawn(n: int, scheme: str, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the rows of one resample, ascending."""
    if scheme == "bootstrap":
        return np.sort(rng.integers(0, n, size=n).astype(np.intp))
    return np.sort(rng.permutation(n)[: max(1, int(SUBSET_SHARE * n))])


def _taken(X: Any, rows: NDArray[np.intp]) -> Any:
    """Return rows of whatever X is."""
    if hasattr(X, "iloc"):
        return X.iloc[rows]
    if hasattr(X, "shape"):
        return (X.tocsr() if hasattr(X, "tocsr") else X)[rows]
    items: Sequence[Any] = X
    return [items[i] for i in rows]


def _fitted(fit: Callable[[Any], Any], rows: Any, n: int) -> NDArray[Any]:
    """Return what `fit` says of n rows."""
    answer = fit(rows)
    answer = getattr(answer, "labels", getattr(answer, "labels_", answer))
    found: NDArray[Any] = np.asarray(answer)
    if found.shape != (n,) or found.dtype.kind not in "iubU":
        raise DataError(
            f"fit must return an integer or a text for each of the {n} rows that it got; got shape {found.shape} of "
            f"{found.dtype}. Return such labels, or a record that has them as `labels` or `labels_`."
        )
    return found


def _similarities(codes: NDArray[np.int64], k: int, found: NDArray[Any]) -> Floats:
    """Return the largest Jaccard similarity of each of k clusters to one that was found; NaN for one without rows."""
    sizes = np.bincount(codes[codes >= 0], minlength=k)
    names, other = np.unique(found, return_inverse=True)
    is_noise = names == NOISE if found.dtype.kind in "iu" else np.zeros(len(names), dtype=bool)
    clustered = ~is_noise[other]
    n_found = len(names)
    found_sizes = np.bincount(other[clustered], minlength=n_found)
    both = clustered & (codes >= 0)
    pairs, shared = np.unique(codes[both] * n_found + other[both], return_counts=True)
    mine, theirs = pairs // n_found, pairs % n_found
    best = np.zeros(k)
    np.maximum.at(best, mine, shared / (sizes[mine] + found_sizes[theirs] - shared))
    best[sizes == 0] = np.nan
    return best


def _summary(clusters: NDArray[Any], values: Floats, scheme: str) -> ClusterStability:
    """Average the similarities over the resamples that hold rows of a cluster."""
    held = ~np.isnan(values)
    count = held.sum(axis=0).astype(np.float64)
    filled = np.where(held, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / count
        spread = np.where(held, (values - mean) ** 2, 0.0).sum(axis=0) / (count - 1)
        error = np.where(count > 1, np.sqrt(spread / count), np.nan)
        recovered = (held & (filled >= STABLE)).sum(axis=0) / count
        dissolved = (held & (filled <= DISSOLVED)).sum(axis=0) / count
    return ClusterStability(clusters, mean, error, recovered, dissolved, values, scheme)

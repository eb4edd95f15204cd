"""Where new rows belong, averaged over all draws: no partition is taken for the truth."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._arrays import Sparse
from ..._errors import DataError
from ._densities.partitioned import predictive, sample_rows
from ._memberships import WeightedDraw, chunks, is_compiled, rows_at_once, sum_memberships
from ._partitions.numbering import by_first_appearance
from ._priors.partition_prior import PartitionPrior
from ._rows import Rows
from ._special import log_sum_exp
from .posterior import PosteriorSample

__all__ = ["Membership", "membership"]

Floats = NDArray[np.float64]

# New rows that are looked at together: a table of densities under all clusters of a draw stays below some 32 MB.
_CELLS = 1 << 22


@dataclass(frozen=True, eq=False)
class Membership:
    """What the draws say about new rows.

    Attributes
    ----------
    probabilities : ndarray of shape (m, k + 1)
        Probability of each cluster of the reference partition, and last of a cluster of its own; rows sum to 1.
    log_density : ndarray of shape (m,)
        Log posterior predictive density of each row.
    """

    probabilities: Floats
    log_density: Floats


def membership(X: Any, rows: Any, sample: PosteriorSample, labels: ArrayLike) -> Membership:
    """Say to which clusters of a partition new rows belong, and how likely they are, averaged over the draws.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (m, n_features)
        New rows.
    rows : array-like or sparse matrix of shape (n_samples, n_features)
        The rows that were partitioned.
    sample : PosteriorSample
        Draws of their partitions.
    labels : array-like of shape (n_samples,)
        The reference partition, with k clusters: a point estimate.

    Returns
    -------
    Membership
        Probabilities, and log densities.

    Raises
    ------
    DataError
        When X is not what the component describes, or has other columns.

    Notes
    -----
    Under a draw with clusters ``B_1 .. B_t`` a new row x joins ``B_j`` with probability proportional to
    ``p(B_j | draw) f(x | X_Bj)`` and is alone in proportion to ``p(new | draw) f(x)``: the prior's weights for point
    ``n + 1``, and posterior predictive densities with parameters integrated out. The share of a block is split among
    the clusters of `labels` in proportion to its members there. Both results are means over the draws, the density
    before its logarithm is taken.

    Equal draws are looked at once. Time ``O(distinct draws * (n_samples + m t) * cost of a density)``; memory beyond
    the results is bounded.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import membership, sample_partitions
    >>> X = [[0.0], [0.1], [0.2], [9.0], [9.1], [9.3]]
    >>> sample = sample_partitions(X, n_draws=200, random_state=0)
    >>> found = membership([[0.15], [9.2]], X, sample, [0, 0, 0, 1, 1, 1])
    >>> found.probabilities.argmax(axis=1).tolist()
    [0, 1]
    """
    known, new = sample.component.check(rows), sample.component.check(X)
    if new.shape[1] != known.shape[1]:
        raise DataError(
            f"X must have {known.shape[1]} columns, as the rows that were partitioned; got {new.shape[1]}."
        )
    reference = by_first_appearance(np.asarray(labels))
    m, k = new.shape[0], int(reference.max()) + 1
    probabilities, log_density = np.zeros((m, k + 1)), np.full(m, -np.inf)
    if is_compiled(sample.component, known.shape[1]):
        for chunk in chunks(m, rows_at_once(k)):
            some = some_rows(new, chunk)
            probabilities[chunk], log_density[chunk] = sum_memberships(
                some, known, sample.component, _weighted_draws(sample), reference
            )
    else:
        most = max(256, _CELLS // (int(sample.draws.max()) + 2 + k))
        for chunk in chunks(m, most):
            probabilities[chunk], log_density[chunk] = _sum_memberships(
                some_rows(new, chunk), known, sample, reference
            )
    n_draws = sample.n_chains * sample.n_draws
    return Membership(probabilities / n_draws, log_density - math.log(n_draws))


def _weighted_draws(sample: PosteriorSample) -> Iterator[WeightedDraw]:
    """Distinct draws with the prior's log weights of their clusters."""
    for draw in distinct_draws(sample):
        weights = [log_weights(sample.prior, draw.labels, values) for values, _ in draw.values]
        counts = np.array([count for _, count in draw.values], np.float64)
        yield draw.labels, np.stack(weights), counts


def _sum_memberships(
    new: Rows, known: Rows, sample: PosteriorSample, reference: NDArray[np.int32]
) -> tuple[Floats, Floats]:
    """As `sum_memberships`, for components whose densities are integrals."""
    m, k = new.shape[0], int(reference.max()) + 1
    probabilities, log_density = np.zeros((m, k + 1)), np.full(m, -np.inf)
    for draw in distinct_draws(sample):
        log_f = predictive(new, known, draw.labels, sample.component)
        split = _split(draw.labels, reference)
        for values, count in draw.values:
            log_joint = log_f + log_weights(sample.prior, draw.labels, values)
            total = log_sum_exp(log_joint, axis=1)
            probabilities += count * np.exp(log_joint - total[:, None]) @ split
            log_density = np.logaddexp(log_density, total + math.log(count))
    return probabilities, log_density


@dataclass(frozen=True, eq=False)
class DistinctDraw:
    """A partition (n,) that was drawn, with the hyperparameters beside it: each how often."""

    labels: NDArray[np.int32]
    values: list[tuple[dict[str, float], int]]


def distinct_draws(sample: PosteriorSample) -> Iterator[DistinctDraw]:
    """Draws that are equal, once; in the order in which they first appear."""
    draws = sample.draws.reshape(-1, sample.n_samples)
    free = {name: sample.hyperparameters[name].ravel() for name in sample.prior.free}
    places: dict[bytes, list[int]] = {}
    for at, labels in enumerate(draws):
        places.setdefault(hashlib.sha256(labels.tobytes()).digest(), []).append(at)
    for found in places.values():
        if free:
            each = [({name: float(free[name][at]) for name in free}, 1) for at in found]
        else:
            each = [(dict[str, float](), len(found))]
        yield DistinctDraw(draws[found[0]].astype(np.int32), each)


def log_weights(prior: PartitionPrior, labels: NDArray[Any], values: Mapping[str, float]) -> Floats:
    """Log probabilities (t + 1,) that point n + 1 joins each of t clusters, or is alone, by the prior."""
    sizes = np.bincount(labels)
    t = len(sizes)
    table = prior.table(len(labels) + 1, values, t + 1)
    # A start that the prior does not allow never opens a cluster.
    is_possible = np.isfinite(table.log_v[t])
    alone = table.log_v[t + 1] - table.log_v[t] if is_possible else -np.inf
    with np.errstate(divide="ignore"):
        weights = np.append(np.log(sizes + table.shift), alone)
    return weights - log_sum_exp(weights)


def some_rows(rows: Rows, chunk: slice) -> Rows:
    """Consecutive rows."""
    values = rows.values
    if not isinstance(values, Sparse):
        return Rows(values[chunk], rows.is_complete, rows.names)
    indptr = values.indptr[chunk.start : chunk.stop + 1]
    cells = slice(int(indptr[0]), int(indptr[-1]))
    shape = (len(indptr) - 1, values.shape[1])
    part = Sparse(values.values[cells], indptr - indptr[0], values.columns[cells], shape)
    return Rows(part, rows.is_complete, rows.names)


def _split(labels: NDArray[np.int32], reference: NDArray[np.int32]) -> Floats:
    """The share (t + 1, k + 1) of each block that each cluster of the reference has; what is alone stays alone."""
    t, k = int(labels.max()) + 1, int(reference.max()) + 1
    cells = np.bincount(labels.astype(np.int64) * k + reference, minlength=t * k).reshape(t, k)
    split = np.zeros((t + 1, k + 1))
    split[:t, :k] = cells / cells.sum(axis=1, keepdims=True)
    split[t, k] = 1.0
    return split


def predictive_rows(
    n_rows: int, rows: Rows, sample: PosteriorSample, labels: ArrayLike, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.int32]]:
    """New rows (m, d) from the posterior predictive density, and their clusters in a reference partition (k: new).

    Each comes from a draw taken at random, one of its blocks or a new one, and that block's predictive density.
    """
    reference = by_first_appearance(np.asarray(labels))
    draws = sample.draws.reshape(-1, sample.n_samples)
    free = {name: sample.hyperparameters[name].ravel() for name in sample.prior.free}
    chosen = rng.integers(len(draws), size=n_rows)
    new = np.empty((n_rows, rows.shape[1]))
    clusters = np.empty(n_rows, np.int32)
    for at in np.unique(chosen):
        own = np.flatnonzero(chosen == at)
        partition = draws[at].astype(np.int32)
        values = {name: float(drawn[at]) for name, drawn in free.items()}
        weights = np.exp(log_weights(sample.prior, partition, values))
        blocks = rng.choice(len(weights), size=len(own), p=weights / weights.sum())
        new[own] = sample_rows(blocks, rows, partition, sample.component, rng)
        shares = _split(partition, reference)[blocks].cumsum(axis=1)
        clusters[own] = (rng.random((len(own), 1)) * shares[:, -1:] >= shares).sum(axis=1)
    return new, clusters

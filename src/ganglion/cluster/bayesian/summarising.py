"""Several partitions with weights, where one does not do for the whole posterior."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._errors import ParameterError
from ..._random import RandomState, generator
from ..._values import check_count
from ._partitions.contingency import Loss, check_loss, loss_matrix
from ._partitions.draws import Draws, check_draws, distinct_rows
from ._partitions.search import Effort, Partitions, salso

__all__ = ["Summary", "wasabi"]

_EFFORT = (4, 2)  # runs and zealous updates of one search, beside the partition that is there


@dataclass(frozen=True)
class Summary:
    """A few partitions that stand for all draws.

    Attributes
    ----------
    partitions : ndarray of shape (m, n_samples), int32
        Canonical and all different, the one of the largest weight first.
    weights : ndarray of shape (m,)
        The share of draws that each stands for; they add up to 1.
    loss : float
        Mean distance from a draw to its partition: the Wasserstein distance between posterior and summary.
    within : ndarray of shape (m,)
        The same for the draws of each partition.
    assignment : ndarray of shape (n_draws,), int64
        Which partition stands for each draw, chain after chain.
    n_iter : int
        How many times draws were assigned in the run that is returned.
    """

    partitions: Partitions
    weights: NDArray[np.float64]
    loss: float
    within: NDArray[np.float64]
    assignment: NDArray[np.int64]
    n_iter: int


def wasabi(
    draws: ArrayLike,
    n_summaries: int,
    *,
    loss: str = "vi",
    n_init: int = 4,
    max_iter: int = 20,
    random_state: RandomState = None,
) -> Summary:
    """Summarise draws by several partitions with weights, nearest to the posterior in Wasserstein distance.

    Parameters
    ----------
    draws : array-like of shape (n_draws, n_samples) or (n_chains, n_draws, n_samples)
        Partitions: any integers.
    n_summaries : int
        How many partitions: from 1 to the number of different draws. Fewer come back where that many do not help.
    loss : {"vi", "binder"}, default="vi"
        The distance: variation of information in bits, or Binder's loss.
    n_init : int, default=4
        How many starts; the best run is returned, the first of equals.
    max_iter : int, default=20
        At most so many assignments of draws in a run.
    random_state : int, Generator, RandomState or None
        Seed of starts and searches. One seed gives one answer, to the bit, whatever the number of threads.

    Returns
    -------
    Summary
        The partitions, their weights, and how far the draws are from them.

    Raises
    ------
    DataError
        Where draws are not integers.
    ParameterError
        Where a parameter is out of its range.

    Notes
    -----
    Minimises (1 / B) sum_b min_l d(c_l, c_b) over partitions c_1 ... c_m, which is the Wasserstein distance between
    the draws and the best measure on m partitions [1]_. As k-means does: draws are assigned to the nearest partition,
    and each partition is replaced by the one of least expected loss for its draws, found by SALSO from where it stands
    and from other starts, kept only where it is better; so the loss never rises. A run begins with draws drawn one
    after the other in proportion to the distance to those before, and ends when no draw changes its partition.

    One partition is the point estimate. Let the number rise as long as the loss falls by much: a posterior of two
    modes shows in it. Time of an iteration: that of `point_estimate`, shared among the partitions.

    References
    ----------
    .. [1] C. Balocchi, S. Wade, "Understanding uncertainty in Bayesian cluster analysis", arXiv 2506.16295, 2025,
       section 3 and algorithm 1. DOI 10.48550/arXiv.2506.16295.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import wasabi
    >>> found = wasabi([[0, 0, 1, 1]] * 3 + [[0, 1, 0, 1]], 2, random_state=0)
    >>> found.partitions.tolist(), found.weights.tolist(), found.loss
    ([[0, 0, 1, 1], [0, 1, 0, 1]], [0.75, 0.25], 0.0)
    """
    kind = check_loss(loss)
    for name, value in (("n_summaries", n_summaries), ("n_init", n_init), ("max_iter", max_iter)):
        check_count(name, value)
    given = check_draws(draws)
    different = len(distinct_rows(given.labels)[0])
    if n_summaries > different:
        raise ParameterError(
            f"n_summaries must be at most the number of different draws, {different}; got {n_summaries}. "
            "Lower n_summaries."
        )
    random = generator(random_state)
    runs = [_run(given, kind, int(n_summaries), max_iter, random) for _ in range(n_init)]
    return min(runs, key=lambda run: run.loss)


def _run(
    given: Draws, loss: Loss, count: int, max_iter: int, random: np.random.Generator
) -> Summary:
    centers = _first(given, loss, count, random)
    losses = loss_matrix(given, centers, loss)
    nearest = np.argmin(losses, axis=0)
    n_iter = 1
    while n_iter < max_iter:
        centers = check_draws(
            np.stack(
                [_moved(given, loss, centers, at, nearest == at, random) for at in range(count)]
            )
        )
        losses = loss_matrix(given, centers, loss)
        before, nearest = nearest, np.argmin(losses, axis=0)
        n_iter += 1
        if np.array_equal(before, nearest):
            break
    return _summary(centers, losses, n_iter)


def _first(given: Draws, loss: Loss, count: int, random: np.random.Generator) -> Draws:
    """Draws, one after the other, each with a probability in proportion to the distance to those before it."""
    chosen = [int(random.integers(given.count))]
    nearest = loss_matrix(given, given.some(chosen), loss)[0]
    while len(chosen) < count:
        share = nearest / nearest.sum()
        chosen.append(int(random.choice(given.count, p=share)))
        np.minimum(nearest, loss_matrix(given, given.some(chosen[-1:]), loss)[0], out=nearest)
    return given.some(chosen)


def _moved(
    given: Draws,
    loss: Loss,
    centers: Draws,
    at: int,
    own: NDArray[np.bool_],
    random: np.random.Generator,
) -> NDArray[np.int32]:
    """The partition of least expected loss for its draws; itself where the search finds none better, or it has none."""
    center = centers.labels[at].astype(np.int32)
    if not own.any():
        return center
    members = given.some(own)
    effort = Effort(*_EFFORT, given.n)
    found = check_draws(salso(members, loss, random, effort, center[None])[:1])
    both = loss_matrix(members, centers.some([at]), loss), loss_matrix(members, found, loss)
    is_better = float(both[1].mean()) < float(both[0].mean()) - 1e-12
    return found.labels[0].astype(np.int32) if is_better else center


def _summary(centers: Draws, losses: NDArray[np.float64], n_iter: int) -> Summary:
    """The partitions that stand for draws, the heaviest first."""
    nearest = np.argmin(losses, axis=0)
    weights = np.bincount(nearest, minlength=centers.count)
    order = np.argsort(-weights, kind="stable")[: np.count_nonzero(weights)]
    place = np.argsort(np.argsort(-weights, kind="stable"))
    least = losses[nearest, np.arange(len(nearest))]
    totals = np.bincount(nearest, weights=least, minlength=centers.count)
    return Summary(
        partitions=centers.labels[order].astype(np.int32),
        weights=weights[order] / len(nearest),
        loss=float(np.mean(least)),
        within=totals[order] / weights[order],
        assignment=place[nearest],
        n_iter=n_iter,
    )

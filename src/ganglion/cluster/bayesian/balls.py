"""Credible balls: how far from one partition the posterior reaches, and what stands at the rim."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._arrays import Labels
from ..._errors import ParameterError
from ..._values import is_real
from ._partitions.contingency import check_loss, loss_matrix
from ._partitions.draws import Draws, check_draws, check_partition, distinct_rows

__all__ = ["CredibleBall", "credible_ball"]

Partitions = NDArray[np.int32]
"""(m, n_samples): distinct partitions, canonical, in the order in which they were drawn."""

# Distances are sums of up to n rounded terms; closer ones count as equal. Distances that differ do so by far more.
_EQUAL = 1e-10


@dataclass(frozen=True)
class CredibleBall:
    """The smallest ball around a partition that holds a given share of the draws.

    Attributes
    ----------
    center : ndarray of shape (n_samples,), int32
        The partition in the middle, canonical.
    radius : float
        The smallest r such that at least `level` of the draws are within r of the center.
    level : float
        The share that was asked for.
    mass : float
        The share of draws within the ball, ties at the rim included: at least `level`.
    loss : {"vi", "binder"}
        The distance; "vi" in bits.
    horizontal : ndarray of shape (m, n_samples), int32
        The distinct draws at the distance `radius`.
    upper : ndarray of shape (m, n_samples), int32
        Of the draws in the ball with the fewest clusters, the farthest from the center.
    lower : ndarray of shape (m, n_samples), int32
        Of the draws in the ball with the most clusters, the farthest from the center.
    """

    center: Labels
    radius: float
    level: float
    mass: float
    loss: str
    horizontal: Partitions
    upper: Partitions
    lower: Partitions


def credible_ball(
    draws: ArrayLike, labels: ArrayLike, level: float = 0.95, *, loss: str = "vi"
) -> CredibleBall:
    """Return the credible ball of draws around a partition, with its horizontal and vertical bounds.

    Parameters
    ----------
    draws : array-like of shape (n_draws, n_samples) or (n_chains, n_draws, n_samples)
        Partitions: any integers.
    labels : array-like of shape (n_samples,)
        The center, such as what `point_estimate` returns: any integers.
    level : float, default=0.95
        The share of draws that the ball must hold at least: above 0, at most 1.
    loss : {"vi", "binder"}, default="vi"
        The distance: variation of information in bits, or Binder's loss.

    Returns
    -------
    CredibleBall
        Its radius, and the partitions that are farthest in it: at the rim, and with the fewest and the most clusters.

    Raises
    ------
    DataError
        Where draws or labels are not integers, or not of the same items.
    ParameterError
        Where level is not a share, or loss not one of the two.

    Notes
    -----
    The ball is B(c, r) = {c' : d(c, c') <= r} with the smallest r that holds the level [1]_, ties included. Its bounds
    say in partitions what an interval says in numbers: what the data leave open. Distances are metric for both losses.
    Distances that differ by less than 1e-10 are taken for equal: rounding is far below it.
    Time O(n_draws n_samples).

    References
    ----------
    .. [1] S. Wade, Z. Ghahramani, "Bayesian cluster analysis: point estimation and credible balls", Bayesian Analysis
       13, 2018, section 5. DOI 10.1214/17-BA1073.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import credible_ball
    >>> ball = credible_ball([[0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 1, 2]], [0, 0, 1], level=0.9)
    >>> round(ball.radius, 4), ball.lower.tolist()
    (0.6667, [[0, 1, 2]])
    """
    kind = check_loss(loss)
    share = _check_level(level)
    given = check_draws(draws)
    center = check_partition(labels, n=given.n)
    distance = loss_matrix(given, center, kind)[0]
    ordered: NDArray[np.float64] = np.sort(distance)
    # 0.95 x 1000 is 950.0000000000001 in floating point: the rank is not pushed up by it.
    rank = max(1, math.ceil(share * given.count - 1e-9))
    limit = ordered[rank - 1] + _EQUAL
    inside = distance <= limit
    radius = float(ordered[np.count_nonzero(inside) - 1])
    k = given.n_clusters
    return CredibleBall(
        center=center.labels[0].astype(np.int32),
        radius=radius,
        level=share,
        mass=np.count_nonzero(inside) / given.count,
        loss=kind.name,
        horizontal=_distinct(given, inside & (distance >= radius - _EQUAL)),
        upper=_farthest(given, distance, inside & (k == k[inside].min())),
        lower=_farthest(given, distance, inside & (k == k[inside].max())),
    )


def _farthest(given: Draws, distance: NDArray[np.float64], among: NDArray[np.bool_]) -> Partitions:
    return _distinct(given, among & (distance >= distance[among].max() - _EQUAL))


def _distinct(given: Draws, chosen: NDArray[np.bool_]) -> Partitions:
    """The different partitions among the draws chosen, each where it came first."""
    labels = given.labels[chosen]
    return labels[distinct_rows(labels)[0]].astype(np.int32)


def _check_level(level: Any) -> float:
    if not is_real(level) or not 0 < float(level) <= 1:
        raise ParameterError(
            f"level, the share of draws in the ball, must be above 0 and at most 1; got {level!r}. "
            "Use 0.95 for 95 percent."
        )
    return float(level)

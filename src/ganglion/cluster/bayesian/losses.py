"""Losses between partitions: variation of information and Binder's loss, from contingency tables."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ._partitions.contingency import Loss, check_loss, loss_matrix
from ._partitions.draws import check_draws, check_partition

__all__ = ["binder", "expected_loss", "variation_of_information"]


def variation_of_information(first: ArrayLike, second: ArrayLike, base: float = 2) -> float:
    """Return the variation of information between two partitions of the same items.

    Parameters
    ----------
    first, second : array-like of shape (n_samples,)
        The cluster of each item: any integers.
    base : float, default=2
        Of the logarithm: 2 gives bits, ``math.e`` nats as scikit-learn, igraph and graph-tool have it.

    Returns
    -------
    float
        From 0, for equal partitions, to log n.

    Raises
    ------
    DataError
        Where the labels are not integers in one dimension, or not as many in both.
    ParameterError
        Where base is not above 1.

    Notes
    -----
    With n_c, n_l the sizes of clusters of the two partitions and n_cl of their intersections,

        VI = H(first | second) + H(second | first)
           = (sum_c n_c log n_c + sum_l n_l log n_l - 2 sum_cl n_cl log n_cl) / n [1]_.

    A metric. Time and memory O(n).

    References
    ----------
    .. [1] M. Meila, "Comparing clusterings: an information based distance", Journal of Multivariate Analysis 98, 2007,
       equation 15. DOI 10.1016/j.jmva.2006.11.013.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import variation_of_information
    >>> variation_of_information([0, 0, 1, 1], [0, 1, 0, 1])
    2.0
    """
    return _between(first, second, check_loss("vi", base=base))


def binder(first: ArrayLike, second: ArrayLike) -> float:
    """Return Binder's loss between two partitions: the share of ordered pairs of items on which they differ.

    Parameters
    ----------
    first, second : array-like of shape (n_samples,)
        The cluster of each item: any integers.

    Returns
    -------
    float
        From 0, for equal partitions, to (n - 1) / n.

    Raises
    ------
    DataError
        Where the labels are not integers in one dimension, or not as many in both.

    Notes
    -----
    Of the n^2 ordered pairs (i, j), those that are together in one partition and apart in the other, over n^2 [1]_;
    with n_c, n_l the sizes of clusters and n_cl of their intersections,

        B = (sum_c n_c^2 + sum_l n_l^2 - 2 sum_cl n_cl^2) / n^2 = (1 - Rand index) (n - 1) / n.

    Time and memory O(n).

    References
    ----------
    .. [1] D. A. Binder, "Bayesian cluster analysis", Biometrika 65, 1978, section 3.1. DOI 10.1093/biomet/65.1.31.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import binder
    >>> binder([0, 0, 1, 1], [0, 1, 0, 1])
    0.5
    """
    return _between(first, second, check_loss("binder"))


def expected_loss(
    draws: ArrayLike, labels: ArrayLike, loss: str = "vi", base: float = 2, *, a: float = 1.0
) -> float:
    """Return the mean loss of a partition over draws of the posterior.

    Parameters
    ----------
    draws : array-like of shape (n_draws, n_samples) or (n_chains, n_draws, n_samples)
        Partitions: any integers.
    labels : array-like of shape (n_samples,)
        The partition that is judged: any integers.
    loss : {"vi", "binder"}, default="vi"
        Variation of information, or Binder's loss.
    base : float, default=2
        Of the logarithm in "vi".
    a : float, default=1.0
        What it costs to part items that belong together, from 0 to 2; to join items that do not costs 2 - a.

    Returns
    -------
    float
        The estimate of the posterior expected loss.

    Raises
    ------
    DataError
        Where draws or labels are not integers, or not of the same items.
    ParameterError
        Where loss, base or a is not one of those above.

    Notes
    -----
    With h(m) = m log m for "vi" and m^2 for "binder", t the clusters of a draw and e those of `labels`, the loss is

        L = (a sum_t h(n_t) + (2 - a) sum_e h(n_e) - 2 sum_te h(n_te)) / (n or n^2) [1]_.

    Time O(n_draws n_samples).

    References
    ----------
    .. [1] D. B. Dahl, D. J. Johnson, P. Mueller, "Search algorithms and loss functions for Bayesian clustering",
       Journal of Computational and Graphical Statistics 31, 2022, sections 2.1 and 2.2.
       DOI 10.1080/10618600.2022.2069779.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import expected_loss
    >>> expected_loss([[0, 0, 1, 1], [0, 1, 0, 1]], [0, 0, 1, 1])
    1.0
    """
    kind = check_loss(loss, a, base)
    given = check_draws(draws)
    partition = check_partition(labels, n=given.n)
    return float(loss_matrix(given, partition, kind).mean())


def _between(first: ArrayLike, second: ArrayLike, loss: Loss) -> float:
    left = check_partition(first, "first")
    right = check_partition(second, "second", left.n)
    return float(loss_matrix(right, left, loss)[0, 0])

"""Whether to believe the draws: do the chains agree, on what, and on which items do they not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._errors import DataError, ParameterError
from ..._values import check_count
from ._mixing import bulk_ess, rank_normalised_r_hat
from ._partitions.contingency import check_loss, loss_matrix, size_sums
from ._partitions.draws import Draws, check_draws, check_partition, distinct_items
from ._partitions.similarities import similarity_block

_ROUNDING = 1e-12  # of the largest value
_R_HAT = 1.01
_ESS_PER_CHAIN = 100
_DISPUTED = 0.25  # with 100 effective draws in each, shares of one half differ by 0.07 by chance
_MAX_ITEMS = 2000
_NAMES = {
    "n_clusters": "the number of clusters",
    "largest": "the size of the largest cluster",
    "entropy": "the entropy of the sizes",
    "distance": "the distance to a reference partition",
    "log_posterior": "the log posterior",
}


__all__ = ["Diagnostics", "Gap", "diagnose"]


@dataclass(frozen=True)
class Gap:
    """How far the similarities of two chains are apart.

    Attributes
    ----------
    largest : float
        The largest difference over pairs of chains and pairs of items; 0 for one chain.
    rms : float
        The largest root mean square difference over pairs of chains.
    pair : tuple of int
        The items at which the difference is largest.
    chains : tuple of int
        The chains between which it is.
    items : ndarray of shape (n_judged,), int64
        The items that were looked at, in order: all of them, or a sample.
    disputed : ndarray, int64
        The items among them with a difference above 0.25 to some other item, the most disputed first.
    """

    largest: float
    rms: float
    pair: tuple[int, int]
    chains: tuple[int, int]
    items: NDArray[np.int64]
    disputed: NDArray[np.int64]


@dataclass(frozen=True)
class Diagnostics:
    """What the chains agree on.

    Attributes
    ----------
    r_hat : dict of str to float
        Rank-normalised split R-hat of each statistic: 1 where chains cannot be told apart.
    ess : dict of str to float
        Effective number of draws of each statistic, over all chains.
    traces : dict of str to ndarray of shape (n_chains, n_draws)
        The statistics themselves.
    gap : Gap
        How far the chains' similarities are apart, and on which items.
    n_chains, n_draws : int
        How many chains, and draws of each.
    verdict : {"converged", "not converged"}
        "converged" where every R-hat is at most 1.01 and every ess at least 100 for each chain.
    sentence : str
        The verdict in words: what disagrees, by how much, on which items.
    """

    r_hat: Mapping[str, float]
    ess: Mapping[str, float]
    traces: Mapping[str, NDArray[np.float64]]
    gap: Gap
    n_chains: int
    n_draws: int
    verdict: str
    sentence: str


def diagnose(
    draws: ArrayLike,
    log_posterior: ArrayLike | None = None,
    *,
    reference: ArrayLike | None = None,
    max_items: int = _MAX_ITEMS,
) -> Diagnostics:
    """Judge whether chains of draws have converged to one posterior, by what they say of partitions.

    Parameters
    ----------
    draws : array-like of shape (n_chains, n_draws, n_samples), or (n_draws, n_samples) for one chain
        Partitions: any integers.
    log_posterior : array-like of shape (n_chains, n_draws), optional
        Of each draw; one more statistic.
    reference : array-like of shape (n_samples,), optional
        A partition; the distance to it is a statistic. By default the most central of 32 draws.
    max_items : int, default=2000
        Similarities of chains are compared on at most so many items, which lie evenly among all.

    Returns
    -------
    Diagnostics
        R-hat and effective draws of each statistic, the gap between chains, and the verdict.

    Raises
    ------
    DataError
        Where draws are not integers or not of these shapes.
    ParameterError
        Where log_posterior does not have a number for each draw, or max_items is not a positive integer.

    Notes
    -----
    Labels of clusters mean nothing from draw to draw, so chains are compared in what does not depend on them: the
    number of clusters, the size of the largest, the entropy of the sizes (in nats), the variation of information to a
    reference (in bits), and the log posterior. For each, R-hat is the larger of those of ranks and of folded ranks of
    half chains, and the effective sample size that of ranks [1]_. A statistic that is the same in all draws has R-hat
    1 and as many effective draws as draws (values apart by less than 1e-12 of the largest are the same: sums of equal
    partitions may round differently); chains that are stuck at different values have R-hat infinity. With fewer
    than four draws a chain neither exists (NaN), and the verdict is "not converged".

    One chain is compared with itself in halves: it cannot know of a mode that it has not seen, and the sentence says
    so.

    References
    ----------
    .. [1] A. Vehtari, A. Gelman, D. Simpson, B. Carpenter, P.-C. Buerkner, "Rank-normalization, folding, and
       localization: an improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16, 2021, sections 3 and
       4. DOI 10.1214/20-BA1221.

    Examples
    --------
    >>> from ganglion.cluster.bayesian import diagnose
    >>> found = diagnose([[[0, 0, 1]] * 100, [[0, 1, 1]] * 100])
    >>> found.verdict, found.gap.disputed.tolist()
    ('not converged', [0, 1, 2])
    """
    array = np.asarray(draws)
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3:
        raise DataError(
            f"draws must have the shape (n_chains, n_draws, n_samples), or (n_draws, n_samples) for one chain; got "
            f"{array.shape}."
        )
    check_count("max_items", max_items)
    given = check_draws(array)
    shape = (array.shape[0], array.shape[1])
    traces = _traces(given, shape, reference)
    if log_posterior is not None:
        traces["log_posterior"] = _check_trace(log_posterior, shape)
    traces = {name: _without_rounding(trace) for name, trace in traces.items()}
    r_hat = {name: rank_normalised_r_hat(trace) for name, trace in traces.items()}
    ess = {name: bulk_ess(trace) for name, trace in traces.items()}
    gap = _similarity_gap(given, shape, int(max_items))
    converged = all(value <= _R_HAT for value in r_hat.values()) and all(
        value >= _ESS_PER_CHAIN * shape[0] for value in ess.values()
    )
    verdict = "converged" if converged else "not converged"
    return Diagnostics(
        r_hat, ess, traces, gap, *shape, verdict, _sentence(verdict, r_hat, ess, gap, shape)
    )


def _traces(
    given: Draws, shape: tuple[int, int], reference: ArrayLike | None
) -> dict[str, NDArray[np.float64]]:
    """The statistics of every draw: (n_chains, n_draws) each."""
    loss = check_loss("vi")
    sums, largest = size_sums(given, loss.tables(given.n)[0])
    traces = {
        "n_clusters": given.n_clusters.astype(np.float64),
        "largest": largest.astype(np.float64),
        "entropy": np.log(given.n) - sums / given.n,
    }
    center = (
        _reference(given) if reference is None else check_partition(reference, "reference", given.n)
    )
    traces["distance"] = loss_matrix(given, center, loss)[0]
    return {name: trace.reshape(shape) for name, trace in traces.items()}


def _reference(given: Draws) -> Draws:
    """The most central of up to 32 draws that lie evenly among all."""
    some = given.some(np.unique(np.linspace(0, given.count - 1, 32).astype(np.int64)))
    losses = loss_matrix(some, some, check_loss("vi")).sum(axis=0)
    return some.some([int(np.argmin(losses))])


def _similarity_gap(given: Draws, shape: tuple[int, int], max_items: int) -> Gap:
    """Compare the chains' similarities, pair by pair of chains, on at most `max_items` items that lie evenly.

    Items that no draw of any chain parts stand for each other, as many as they are.
    """
    n_chains, n_draws = shape
    items = np.arange(given.n)
    if given.n > max_items:
        items = np.unique(np.linspace(0, given.n - 1, max_items).astype(np.int64))
    firsts, atoms = distinct_items(np.ascontiguousarray(given.labels[:, items]))
    share = np.bincount(atoms) / len(items)
    shown = items[firsts]
    own = [
        similarity_block(given.some(slice(c * n_draws, (c + 1) * n_draws)), shown, shown)
        for c in range(n_chains)
    ]
    worst = np.zeros(len(shown))
    found = (0.0, (0, 0), (0, 0))
    rms = 0.0
    for first in range(n_chains):
        for second in range(first + 1, n_chains):
            apart = np.abs(own[first] - own[second])
            np.maximum(worst, apart.max(axis=1), out=worst)
            rms = max(rms, math.sqrt(share @ apart**2 @ share))
            at = int(np.argmax(apart))
            largest = float(apart.flat[at])
            if largest > found[0]:
                i, j = divmod(at, len(shown))
                found = (largest, (int(shown[i]), int(shown[j])), (first, second))
    worst = worst[atoms]
    order = np.argsort(-worst, kind="stable")
    disputed = items[order[worst[order] > _DISPUTED]]
    return Gap(found[0], rms, found[1], found[2], items, disputed)


def _without_rounding(trace: NDArray[np.float64]) -> NDArray[np.float64]:
    """The trace with values that rounding alone tells apart made equal: ranks would take them for different."""
    flat = trace.ravel()
    order = np.argsort(flat, kind="stable")
    ascending = flat[order]
    finite = np.abs(ascending[np.isfinite(ascending)])
    unit = _ROUNDING * float(finite.max(initial=0.0))
    with np.errstate(invalid="ignore"):  # infinities less each other
        starts = np.concatenate([[True], ~(np.diff(ascending) <= unit)])
    firsts = np.flatnonzero(starts)
    same = np.empty_like(flat)
    same[order] = ascending[firsts[np.cumsum(starts) - 1]]
    return same.reshape(trace.shape)


def _check_trace(values: Any, shape: tuple[int, int]) -> NDArray[np.float64]:
    trace = np.asarray(values, dtype=np.float64)
    if trace.ndim == 1 and shape[0] == 1:
        trace = trace[None]
    if trace.shape != shape:
        raise ParameterError(
            f"log_posterior must hold a number for each draw, in the shape {shape}; got {trace.shape}."
        )
    return trace


def _sentence(
    verdict: str,
    r_hat: Mapping[str, float],
    ess: Mapping[str, float],
    gap: Gap,
    shape: tuple[int, int],
) -> str:
    """The verdict, what it rests on, and on which items the chains disagree."""
    n_chains, n_draws = shape
    if verdict == "converged":
        worst, least = max(r_hat.values()), min(ess.values())
        text = f"Converged: R-hat is at most {worst:.3f} and there are at least {least:.0f} effective draws"
        return f"{text}{_about_chains(gap, n_chains)}."
    if n_draws < 4:
        return f"Not converged: {n_draws} draws a chain are too few to tell; draw at least {_ESS_PER_CHAIN}."
    apart = [name for name, value in r_hat.items() if not value <= _R_HAT]
    if apart:
        # NaN, of a log posterior that is not finite, is worse than any number.
        worst = max(apart, key=lambda name: np.nan_to_num(r_hat[name], nan=np.inf))
        listed = _listed([_NAMES[name] for name in apart])
        who = "the chains disagree" if n_chains > 1 else "the halves of the chain disagree"
        text = f"Not converged: {who} on {listed} (R-hat {r_hat[worst]:.3g} for {_NAMES[worst]})"
        advice = "Burn in longer, or draw more."
    else:
        name = min(ess, key=lambda key: ess[key])
        needed = _ESS_PER_CHAIN * n_chains
        text = f"Not converged: {_NAMES[name]} has {ess[name]:.0f} effective draws of the {needed} needed"
        advice = "Draw more."
    return f"{text}{_about_chains(gap, n_chains)}. {advice}"


def _about_chains(gap: Gap, n_chains: int) -> str:
    if n_chains == 1:
        return ", in one chain, which cannot know of modes it has not seen"
    text = f"; the chains' similarities differ by up to {gap.largest:.2f}"
    if len(gap.disputed) == 0:
        return text
    shown = ", ".join(str(i) for i in gap.disputed[:5])
    if len(gap.disputed) == 1:
        return f"{text}, by more than {_DISPUTED} on item {shown}"
    more = ", ..." if len(gap.disputed) > 5 else ""
    return f"{text}, by more than {_DISPUTED} on {len(gap.disputed)} items: {shown}{more}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

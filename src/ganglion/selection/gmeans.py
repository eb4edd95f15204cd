"""G-means: a cluster is divided as long as its rows are not normal along the line on which it would be divided."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, isnan, nan, sqrt

import numpy as np

from .._arrays import Labels
from ..cluster.kmeans import kmeans
from ..criteria._moments import Floats, exact_scale, mean
from ._resampling import one_or_none
from ._sweep import Sweep
from .verdict import Verdict

MOST_ROWS = 3000
# Of A^2 with estimated mean and variance at the level 0.0001, as in the paper.
CRITICAL = 1.8692
# Rows of each half below which the statistic's correction for size is not known to hold.
LEAST_HALF = 8
# Beyond this many standard deviations the complement of the normal distribution leaves float64.
FARTHEST = 37.0


@dataclass(frozen=True, eq=False)
class _Tested:
    """What the test says of one cluster: A^2, and the centres of its two parts."""

    statistic: float
    parts: Floats


def gmeans(sweep: Sweep) -> Verdict:
    """Find the number of clusters at which each of them looks normal along the line that would divide it.

    Parameters
    ----------
    sweep : Sweep
        The data and the numbers of clusters; its runs are not used.

    Returns
    -------
    Verdict
        The number, 1 included; None where clusters still do not look normal at the largest number that was tried.

    Notes
    -----
    From one cluster on, the rows of each are divided by 2-means, projected on the line through the two centres, and
    tested for normality by Anderson and Darling's statistic with estimated mean and variance [2]_,

        A^2 = (1 + 4 / n - 25 / n^2) n integral (F_n - F)^2 / (F (1 - F)) dF,

    against its critical value at the level 0.0001, 1.8692 [1]_. Where a cluster fails, the one with the largest A^2 is
    replaced by its two parts and k-means goes on from all centres. Four departures from the paper: one cluster is
    divided at a time, so that the curve has a value for every k, and the answer is the first k where all pass; the line
    is found on one half of a cluster's rows and tested on the other, and the other way round, because the line that
    divides a normal sample best is one along which it does not look normal (in 50 dimensions of 200 rows always); at
    most 3,000 rows are looked at, since any deviation is significant in enough of them; with weights F_n is weighted
    and n is Kish's effective number. Clusters of fewer than 16 rows pass.

    The table has the largest A^2 at each k, and as its uncertainty the probability of a larger one under normality, by
    the formula of [2]_. Clusters that are no normal clouds (rings, squares, skewed columns) are divided on and on.

    Time: for each k one run of k-means, and 2-means of the rows of two clusters.

    References
    ----------
    .. [1] G. Hamerly, C. Elkan, "Learning the k in k-means", NIPS 2003: algorithm 1 and section 2.1.
    .. [2] R. B. D'Agostino, M. A. Stephens, "Goodness-of-fit techniques", 1986, doi:10.1201/9780203753064: section
       4.8.5, table 4.9.
    """
    at = sweep.sample(MOST_ROWS)
    taken = sweep.X[at].astype(np.float64)
    weight = None if sweep.sample_weight is None else sweep.sample_weight[at]
    if len(taken) < 2 * LEAST_HALF:
        return Verdict(
            None, f"A test of normality needs {2 * LEAST_HALF} rows at least; got {len(taken)}.", {}
        )
    middle = mean(taken, weight)
    X = (taken - middle) * exact_scale(taken, middle)
    if not X.any():
        return Verdict(one_or_none(sweep), "All points are equal: one cluster.", {})
    largest = _curve(X, weight, sweep.k[-1], sweep.seed("gmeans"))
    shown = dict(enumerate(largest, start=1))
    columns = {
        "gaussianity": tuple(shown.get(k, nan) for k in sweep.k),
        "gaussianity_p": tuple(_probability_beyond(shown.get(k, nan)) for k in sweep.k),
    }
    return _verdict(largest, sweep, columns)


def _curve(
    X: Floats, weight: Floats | None, most: int, seed: np.random.SeedSequence
) -> list[float]:
    """Return the largest A^2 of any cluster for k = 1, 2, ... (fewer than `most` where no cluster can be divided)."""
    rng = np.random.default_rng(seed)
    labels: Labels = np.zeros(len(X), dtype=np.int32)
    centers = mean(X, weight)[None]
    known: dict[bytes, _Tested] = {}
    largest: list[float] = []
    while True:
        tested = [_tested(X, weight, labels == j, known, rng) for j in range(len(centers))]
        worst = max(range(len(centers)), key=lambda j: tested[j].statistic)
        largest.append(tested[worst].statistic)
        if len(centers) == most or len(tested[worst].parts) < 2:
            return largest
        start = np.concatenate([np.delete(centers, worst, axis=0), tested[worst].parts])
        run = kmeans(X, len(start), init=start, sample_weight=weight)
        if len(run.centers) < len(start):
            return largest
        labels, centers = run.labels, run.centers.astype(np.float64)


def _tested(
    X: Floats,
    weight: Floats | None,
    member: np.ndarray[tuple[int], np.dtype[np.bool_]],
    known: dict[bytes, _Tested],
    rng: np.random.Generator,
) -> _Tested:
    """Test one cluster; the same rows are tested once."""
    key = np.packbits(member).tobytes()
    if key not in known:
        own = None if weight is None else weight[member]
        known[key] = _test(X[member], own, rng)
    return known[key]


def _test(X: Floats, weight: Floats | None, rng: np.random.Generator) -> _Tested:
    """Divide a cluster, and test its rows for normality along lines that were found without them."""
    if len(X) < 2 * LEAST_HALF or not (X[0] != X).any():
        return _Tested(0.0, np.empty((0, X.shape[1])))
    parts = _two_means(X, weight, rng)
    order = rng.permutation(len(X))
    halves = (order[: len(X) // 2], order[len(X) // 2 :])
    scores, counts = list[Floats](), list[Floats]()
    for here, there in (halves, halves[::-1]):
        found = _two_means(X[there], None if weight is None else weight[there], rng)
        own = np.ones(len(here)) if weight is None else weight[here]
        line = found[1] - found[0] if len(found) == 2 else np.zeros(X.shape[1])
        scores.append(_standardised(X[here] @ line, own))
        counts.append(own)
    return _Tested(_anderson_darling(np.concatenate(scores), np.concatenate(counts)), parts)


def _two_means(X: Floats, weight: Floats | None, rng: np.random.Generator) -> Floats:
    """Return two centres, or one where all rows of weight are equal."""
    used = X if weight is None else X[weight > 0]
    if not (used != used[0]).any():
        return used[:1]
    return kmeans(X, 2, n_init=2, sample_weight=weight, random_state=rng).centers.astype(np.float64)


def _standardised(values: Floats, weight: Floats) -> Floats:
    """Return values of mean 0 and variance 1, by the effective number of them; zeros where all are equal."""
    share = weight / weight.sum()
    centered = values - share @ values
    # The unbiased variance: for equal weights the divisor is n - 1.
    variance = float(share @ centered**2) / max(1.0 - float(share @ share), 1e-300)
    return centered / sqrt(variance) if variance > 0 else np.zeros_like(values)


def _anderson_darling(values: Floats, weight: Floats) -> float:
    """Return A^2 of standardised values against the normal distribution, corrected for estimated moments."""
    order = np.argsort(values, kind="stable")
    z = np.clip(values[order], -FARTHEST, FARTHEST)
    share = weight[order] / weight.sum()
    n = 1.0 / float(share @ share)
    below = np.array([erfc(-x / sqrt(2.0)) / 2.0 for x in z])
    above = np.array([erfc(x / sqrt(2.0)) / 2.0 for x in z])
    step = np.cumsum(share)[:-1]
    # Between two values F_n is constant at W, and (W - u)^2 / (u (1 - u)) = W^2 / u + (1 - W)^2 / (1 - u) - 1.
    log_below, log_above = np.log(below), np.log(above)
    inside = step**2 * np.diff(log_below) - (1.0 - step) ** 2 * np.diff(log_above) - np.diff(below)
    ends = -log_above[0] - below[0] - log_below[-1] - above[-1]
    statistic = n * (float(inside.sum()) + float(ends))
    return statistic * (1.0 + 4.0 / n - 25.0 / n**2)


def _probability_beyond(statistic: float) -> float:
    """Return how probable a larger A^2 is for a normal sample (D'Agostino and Stephens 1986, table 4.9)."""
    a = statistic
    if isnan(a):
        return nan
    if a >= 0.6:
        # The quadratic turns at 153, where the probability has long left float64.
        return exp(1.2937 - 5.709 * a + 0.0186 * a * a) if a < 100.0 else 0.0
    if a >= 0.34:
        return exp(0.9177 - 4.279 * a - 1.38 * a * a)
    if a >= 0.2:
        return 1.0 - exp(-8.318 + 42.796 * a - 59.938 * a * a)
    return 1.0 - exp(-13.436 + 101.14 * a - 223.73 * a * a)


def _verdict(largest: list[float], sweep: Sweep, columns: dict[str, tuple[float, ...]]) -> Verdict:
    """Take the first number of clusters that all look normal."""
    passed = [k for k, value in enumerate(largest, start=1) if value <= CRITICAL]
    if not passed:
        k = len(largest)
        return Verdict(
            None,
            f"With {k} clusters one still does not look normal along the line that would divide it (A^2 = "
            f"{largest[-1]:.3g}, critical {CRITICAL}): there are more, or they are no normal clouds.",
            columns,
        )
    k = passed[0]
    if k not in sweep.k:
        return Verdict(
            None, f"G-means stops at k = {k}, which is not among the numbers tried.", columns
        )
    what = "The data look" if k == 1 else f"At k = {k} every cluster looks"
    return Verdict(
        k,
        f"{what} normal along the line that would divide {'them' if k == 1 else 'it'} (A^2 = {largest[k - 1]:.3g}, "
        f"critical {CRITICAL}).",
        columns,
    )

"""Choosing the number of clusters: a sweep over k, rules that read it, and one answer or none."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import Samples, check_samples, check_weights
from .._errors import ParameterError
from .._random import RandomState, generator
from ..progress import Progress
from ._sweep import Sweep, sweep
from .rules import RULES
from .verdict import Verdict


@dataclass(frozen=True)
class KChoice:
    """The answer, the votes of the rules, and the curve that they read.

    Attributes
    ----------
    k : int or None
        The number of clusters that most rules name (the smallest of them, on a tie); None where no rule names one.
    votes : dict of str to int or None
        What each rule says.
    table : dict of str to list
        A column for each quantity, a row for each k: "k", "wss", "bss", "explained" (BSS / TSS), and what the rules
        computed: "reference" (the WSS of a cloud of the same covariance without clusters), "gain" (log of reference
        over WSS) and "chance" (the gain that such a cloud may reach).
    reason : str
        Why, in a sentence for each rule.
    centers : dict of int to ndarray of shape (k, d)
        The best centres that were found for each k, to start a fit from: ``kmeans(X, k, init=choice.centers[k])``.
    """

    k: int | None
    votes: dict[str, int | None]
    table: dict[str, list[float]]
    reason: str
    centers: dict[int, Samples]

    def plot(self, ax: Any = None) -> Any:
        """Draw the curve with its reference and the choice (needs matplotlib).

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; None makes a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            The axes with the drawing.
        """
        # Plots stand above this module: the name is looked up when a user asks for a drawing.
        return importlib.import_module("ganglion.plots").elbow(self, ax=ax)


def choose_k(
    X: ArrayLike,
    k: Iterable[int] = range(1, 11),
    *,
    rules: str | Iterable[str] = "all",
    random_state: RandomState = None,
    n_init: int = 3,
    sample_weight: ArrayLike | None = None,
    progress: Progress | None = None,
) -> KChoice:
    """Look for the number of clusters, and say so where the data have none.

    Parameters
    ----------
    X : array-like of shape (n, d)
        The points. Columns count by their variance, as in k-means: bring them to one scale first.
    k : iterable of int, default range(1, 11)
        The numbers to try, within 1 .. n, in any order; repeated ones count once. A knee is only seen with some k
        beyond it.
    rules : "all", str or iterable of str, default "all"
        Which rules vote: "elbow" (the knee of the WSS curve).
    random_state : int, Generator, RandomState or None, default None
        Seed of the starts; an integer gives the same answer every time.
    n_init : int, default 3
        Fresh k-means++ starts for each k, beside the one from the centres of the k before.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; None gives every point the weight 1.
    progress : Progress, optional
        Told each k; a true answer stops there, and the rules read what there is.

    Returns
    -------
    KChoice
        The answer `k` (or None), with `votes`, `table`, `reason`, `centers` and `plot()`.

    Raises
    ------
    ParameterError
        Where k holds anything but integers in 1 .. n, or nothing; where a rule is unknown or n_init is below 1.

    Notes
    -----
    The objective over k is WSS(k) = min over k centres of sum_i w_i min_j |x_i - c_j|^2, as far as n_init + 1 runs of
    k-means find it; the curve never rises, because each k also starts from the centres of the k before and the point
    farthest from them. Time: n_init + 1 runs of k-means for each k, and O(n d^2) for the covariance; memory: a run for
    each k, O(n) labels. The runs have the same bits for every number of threads. The reference curve is computed by
    LAPACK, whose last bits may not; a vote would depend on them only at a margin of 1e-12.

    References
    ----------
    .. [1] R. L. Thorndike, "Who belongs in the family?", Psychometrika 18(4), 1953, doi:10.1007/BF02289263: the elbow.
    .. [2] V. Satopaa, J. Albrecht, D. Irwin, B. Raghavan, "Finding a 'Kneedle' in a haystack: detecting knee points in
       system behavior", ICDCS Workshops 2011, doi:10.1109/ICDCSW.2011.20: the knee of a curve.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.selection import choose_k
    >>> rng = np.random.default_rng(0)
    >>> cloud = rng.normal(size=(300, 2))
    >>> choose_k(cloud, random_state=0).k is None
    True
    >>> corners = 10 * rng.integers(0, 2, size=(300, 2))
    >>> choose_k(cloud + corners, random_state=0).k
    4
    """
    data = check_samples(X)
    tried = _numbers(k, len(data))
    names = _names(rules)
    if not _is_integer(n_init) or n_init < 1:
        raise ParameterError(
            f"n_init must be an integer of at least 1; got {n_init!r}. 3 is the default."
        )
    weight = check_weights(sample_weight, len(data))
    swept = sweep(
        data,
        tried,
        n_init=int(n_init),
        rng=generator(random_state),
        sample_weight=weight,
        progress=progress,
    )
    verdicts = {name: RULES[name].decide(swept) for name in names}
    votes = {name: verdict.k for name, verdict in verdicts.items()}
    return KChoice(
        k=_majority(votes),
        votes=votes,
        table=_table(swept, verdicts),
        reason=" ".join(verdict.reason for verdict in verdicts.values()),
        centers={number: run.centers for number, run in zip(swept.k, swept.runs, strict=True)},
    )


def _is_integer(value: object) -> bool:
    """Whether the value is an integer, and no truth value."""
    return not isinstance(value, bool) and isinstance(value, Integral)


def _numbers(k: Iterable[int], n: int) -> tuple[int, ...]:
    """Return the numbers of clusters to try, ascending, each once."""
    if not np.iterable(k):
        raise ParameterError(
            f"k must hold the numbers of clusters to try; got {k!r}. Pass range(1, 11), for example."
        )
    given = list(k)
    wrong = [value for value in given if not _is_integer(value)]
    if wrong:
        raise ParameterError(
            f"k must hold integers; got {wrong[0]!r} among them. Pass range(1, 11), for example."
        )
    numbers = sorted({int(value) for value in given})
    if not numbers:
        raise ParameterError(
            "k must hold at least one number of clusters; got none. Pass range(1, 11), for example."
        )
    if numbers[0] < 1 or numbers[-1] > n:
        beyond = numbers[0] if numbers[0] < 1 else numbers[-1]
        raise ParameterError(
            f"choose_k needs 1 <= k <= n_samples; got k={beyond} and {n} samples. "
            f"Pass k=range(1, {min(n, 10) + 1}), for example."
        )
    return tuple(numbers)


def _names(rules: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names of the rules that vote, each once, in the order given."""
    if isinstance(rules, str) and rules == "all":
        return tuple(RULES)
    names = tuple(dict.fromkeys([rules] if isinstance(rules, str) else rules))
    unknown = [name for name in names if name not in RULES]
    if unknown or not names:
        found = repr(unknown[0]) if unknown else "none"
        raise ParameterError(
            f"rules must be 'all' or some of {', '.join(map(repr, RULES))}; got {found}. "
            "Pass rules='all' for all that there are."
        )
    return names


def _majority(votes: Mapping[str, int | None]) -> int | None:
    """Return what most rules name, the smallest on a tie; None where none names a number."""
    counts = Counter(vote for vote in votes.values() if vote is not None)
    return min(counts, key=lambda number: (-counts[number], number), default=None)


def _table(swept: Sweep, verdicts: Mapping[str, Verdict]) -> dict[str, list[float]]:
    """Return the columns: the curve, and what the rules computed."""
    wss = list(swept.wss)
    table: dict[str, list[float]] = {
        "k": list(swept.k),
        "wss": wss,
        "bss": [swept.tss - value for value in wss],
        "explained": [1.0 - value / swept.tss if swept.tss > 0 else 0.0 for value in wss],
    }
    for verdict in verdicts.values():
        table |= {name: list(values) for name, values in verdict.columns.items()}
    return table
